use super::api;
use contract::Fault;
use contract::accounts::{Secret, SessionRow};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::{Problems, SETTINGS, Viewer};

mod authenticator;
mod sessions;
use authenticator::Authenticator;
use sessions::Sessions;

/// `/settings/profile`
#[derive(Debug)]
pub struct ProfileRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
#[derive(Debug)]
struct ProfileReads {
    sessions: Resource<Result<Vec<SessionRow>, Fault>>,
}

impl ProfileReads {
    fn new() -> Self {
        Self { sessions: Resource::new(|| (), |()| api::sessions()) }
    }
}

#[lazy_route]
impl LazyRoute for ProfileRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = ProfileReads::new();
        view! {
            <PageTitle title="Settings" />
            <Tabs label="Settings" items=TabLink::of(&SETTINGS, "/settings/profile") />
            <Columns min=340>
                <Stack>
                    <NameCard />
                    <PasswordCard sessions=this.sessions />
                </Stack>
                <Stack>
                    <Authenticator />
                    <Card title="Look">
                        <CardBody>
                            <ThemeSwitch />
                        </CardBody>
                    </Card>
                </Stack>
            </Columns>
            <Sessions sessions=this.sessions />
        }
        .into_any()
    }
}

#[component]
fn NameCard() -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, stream) = (use_toasts(), use_stream());
    let name = RwSignal::new(viewer.0.with_untracked(|me| me.name.clone()));
    let email = viewer.0.with_untracked(|me| me.email.clone());
    let problems = Problems::new();
    let save = Action::new(move |(): &()| {
        let name = name.get_untracked();
        async move {
            if problems.keep(api::rename_me(name).await).is_some() {
                toasts.ok("Name saved");
                stream.touch("person.changed");
            }
        }
    });
    view! {
        <Card title="You">
            <CardBody>
                {move || problems.besides(&["name"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field label="Name" name="my-name" error=problems.of("name")>
                        <TextInput value=name autocomplete="name" />
                    </Field>
                    <Faint>"You sign in as " {email} "."</Faint>
                    <Line>
                        <Button submit=true busy=save.pending()>"Save name"</Button>
                    </Line>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn PasswordCard(sessions: Resource<Result<Vec<SessionRow>, Fault>>) -> impl IntoView {
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let toasts = use_toasts();
    let problems = Problems::new();
    let save = Action::new(move |(): &()| {
        let (old, next) = (Secret(current.get_untracked()), Secret(new.get_untracked()));
        async move {
            if problems.keep(api::change_password(old, next).await).is_some() {
                toasts.ok("Password changed. All your other sessions ended.");
                current.set(String::new());
                new.set(String::new());
                sessions.refetch();
            }
        }
    });
    view! {
        <Card title="Password">
            <CardBody>
                {move || problems.besides(&["current", "new", "password"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field label="Current password" name="current-password" error=problems.of("current")>
                        <TextInput value=current kind=InputKind::Password autocomplete="current-password" />
                    </Field>
                    <Field
                        label="New password"
                        name="new-password"
                        help="At least 10 characters. All other sessions end."
                        error=Signal::derive(move || problems.of("new").get().or_else(|| problems.of("password").get()))
                    >
                        <TextInput value=new kind=InputKind::Password autocomplete="new-password" />
                    </Field>
                    <Line>
                        <Button submit=true busy=save.pending()>"Change password"</Button>
                    </Line>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}
