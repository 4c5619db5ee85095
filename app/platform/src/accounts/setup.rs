use super::sign_in::leave;
use super::{api, zone_choices};
use contract::accounts::{CreateOwner, Secret};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_query_map;
use leptos_router::lazy_route;
use session::Problems;

/// `/setup`
#[derive(Debug)]
pub struct SetupRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
#[derive(Debug)]
struct SetupReads {
    zones: Resource<Result<Vec<String>, contract::Fault>>,
}

impl SetupReads {
    fn new() -> Self {
        Self { zones: Resource::new(|| (), |()| api::zones()) }
    }
}

#[lazy_route]
impl LazyRoute for SetupRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = SetupReads::new();
        view! { <SetupPage zones=this.zones /> }.into_any()
    }
}

#[component]
fn SetupPage(zones: Resource<Result<Vec<String>, contract::Fault>>) -> impl IntoView {
    let field = || RwSignal::new(String::new());
    let (company, name, email, password) = (field(), field(), field(), field());
    let given = use_query_map().with_untracked(|q| q.get("token")).unwrap_or_default();
    let has_token = !given.is_empty();
    let token = RwSignal::new(given);
    let zone = RwSignal::new("UTC".to_owned());
    // The browser knows its own zone; the server does not.
    Effect::new(move |_| {
        if let Some(own) = browser_zone() {
            zone.set(own);
        }
    });
    let problems = Problems::new();
    let send = Action::new(move |(): &()| {
        let request = CreateOwner {
            token: Secret(token.get_untracked().trim().to_owned()),
            company: company.get_untracked(),
            zone: zone.get_untracked(),
            name: name.get_untracked(),
            email: email.get_untracked(),
            password: Secret(password.get_untracked()),
        };
        async move {
            if problems.keep(api::create_owner(request).await).is_some() {
                leave("/");
            }
        }
    });
    let options =
        Signal::derive(move || zone_choices(zones.get().and_then(Result::ok).unwrap_or_else(|| vec!["UTC".into()])));
    view! {
        <Door title="Welcome to Lux" detail="Make the company and your own account. You can invite others afterwards.">
            {move || problems.besides(&SHOWN).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Form on_send=move |()| { send.dispatch(()); }>
                {(!has_token)
                    .then(|| {
                        view! {
                            <Field
                                label="Setup token"
                                name="token"
                                help="Lux printed it in its log at the first start. It proves that you run this server."
                                error=problems.of("token")
                            >
                                <TextInput value=token autocomplete="off" />
                            </Field>
                        }
                    })}
                <Field label="Company" name="company" error=problems.of("company")>
                    <TextInput value=company autocomplete="organization" />
                </Field>
                <Suspense>
                    <Field label="Time zone" name="zone" help="Times are shown and campaigns scheduled on this clock." error=problems.of("zone")>
                        <Select value=zone options />
                    </Field>
                </Suspense>
                <Field label="Your name" name="name" error=problems.of("name")>
                    <TextInput value=name autocomplete="name" />
                </Field>
                <Field label="Your email" name="email" error=problems.of("email")>
                    <TextInput value=email kind=InputKind::Email autocomplete="username" />
                </Field>
                <Field label="Password" name="password" help="At least 10 characters." error=problems.of("password")>
                    <TextInput value=password kind=InputKind::Password autocomplete="new-password" />
                </Field>
                <Button kind=ButtonKind::Primary size=Size::Wide submit=true busy=send.pending()>"Create company"</Button>
            </Form>
        </Door>
    }
    .into_any()
}

const SHOWN: [&str; 6] = ["token", "company", "zone", "name", "email", "password"];

fn browser_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}
