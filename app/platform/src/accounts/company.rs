use super::{api, zone_choices};
use contract::accounts::CompanyChange;
use contract::{Capability, Fault};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::{Problems, SETTINGS, Viewer};

/// `/settings/company`
#[derive(Debug)]
pub struct CompanyRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
#[derive(Debug)]
struct CompanyReads {
    zones: Resource<Result<Vec<String>, Fault>>,
}

impl CompanyReads {
    fn new() -> Self {
        Self { zones: Resource::new(|| (), |()| api::zones()) }
    }
}

#[lazy_route]
impl LazyRoute for CompanyRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = CompanyReads::new();
        view! {
            <PageTitle title="Settings" />
            <Tabs label="Settings" items=TabLink::of(&SETTINGS, "/settings/company") />
            <CompanyForm zones=this.zones />
        }
        .into_any()
    }
}

const SHOWN: [&str; 4] = ["name", "zone", "address", "website"];

#[component]
fn CompanyForm(zones: Resource<Result<Vec<String>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let company = viewer.0.with_untracked(|me| me.company.clone());
    let name = RwSignal::new(company.name);
    let zone = RwSignal::new(company.zone.name);
    let address = RwSignal::new(company.address);
    let website = RwSignal::new(company.website);
    let problems = Problems::new();
    let toasts = use_toasts();
    let stream = use_stream();
    let save = Action::new(move |(): &()| {
        let change = CompanyChange {
            name: name.get_untracked(),
            zone: zone.get_untracked(),
            address: address.get_untracked(),
            website: website.get_untracked(),
        };
        async move {
            if problems.keep(api::update_company(change).await).is_some() {
                toasts.ok("Company saved");
                stream.touch("company.changed");
            }
        }
    });
    let blocked =
        move || (!viewer.may(Capability::CompanyManage)).then(|| "Only admins may change the company.".to_owned());
    let options = Signal::derive(move || zone_choices(zones.get().and_then(Result::ok).unwrap_or_default()));
    view! {
        <Card>
            <CardBody>
                {move || problems.besides(&SHOWN).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field label="Name" name="name" error=problems.of("name")>
                        <TextInput value=name />
                    </Field>
                    <Suspense>
                        <Field label="Time zone" name="zone" help="Every time is shown on this clock." error=problems.of("zone")>
                            <Select value=zone options />
                        </Field>
                    </Suspense>
                    <Field
                        label="Postal address"
                        name="address"
                        help="Stands at the foot of every marketing email. Many countries require it."
                        error=problems.of("address")
                    >
                        <TextArea value=address rows=3 limit=500 />
                    </Field>
                    <Field label="Website" name="website" optional=true error=problems.of("website")>
                        <TextInput value=website kind=InputKind::Url placeholder="https://" />
                    </Field>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=save.pending() blocked=Signal::derive(blocked)>"Save company"</Button>
                    </Line>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}
