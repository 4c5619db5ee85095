use super::api;
use super::sign_in::leave;
use contract::Fault;
use contract::accounts::{AcceptInvitation, InvitationView, Secret};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;
use session::Problems;

/// `/invite/:token`
#[derive(Debug)]
pub struct InviteRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
#[derive(Debug)]
struct InviteReads {
    token: String,
    offer: Resource<Result<InvitationView, Fault>>,
}

impl InviteReads {
    fn new() -> Self {
        let token = use_params_map().with_untracked(|p| p.get("token")).unwrap_or_default();
        let asked = token.clone();
        Self { token, offer: Resource::new(|| (), move |()| api::invitation(Secret(asked.clone()))) }
    }
}

#[lazy_route]
impl LazyRoute for InviteRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = InviteReads::new();
        let token = StoredValue::new(this.token);
        view! {
            <Suspense>
                {move || {
                    this.offer.get().map(|offer| match offer {
                        Ok(offer) => view! { <InvitePage token offer /> }.into_any(),
                        Err(fault) => {
                            view! {
                                <Door title="This invitation cannot be used" below=|| view! { <a href="/sign-in">"Sign in"</a> }>
                                    <p>{fault.to_string()} " It may have been used, taken back, or be older than seven days. Ask for a new one."</p>
                                </Door>
                            }
                                .into_any()
                        }
                    })
                }}
            </Suspense>
        }
        .into_any()
    }
}

#[component]
fn InvitePage(token: StoredValue<String>, offer: InvitationView) -> impl IntoView {
    let field = || RwSignal::new(String::new());
    let (name, password, code) = (field(), field(), field());
    let problems = Problems::new();
    let send = Action::new(move |(): &()| {
        let code = code.get_untracked();
        let request = AcceptInvitation {
            token: Secret(token.get_value()),
            name: name.get_untracked(),
            password: Secret(password.get_untracked()),
            code: (!code.trim().is_empty()).then(|| code.trim().to_owned()),
        };
        async move {
            if problems.keep(api::accept_invitation(request).await).is_some() {
                leave("/");
            }
        }
    });
    let known = offer.known;
    let detail = format!("As {} with {}.", offer.role, offer.email);
    let wants_code = move || problems.of("code").get().is_some();
    view! {
        <Door title=format!("Join {}", offer.company) detail>
            {move || problems.besides(&["name", "password", "code"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Form on_send=move |()| { send.dispatch(()); }>
                {(!known)
                    .then(|| {
                        view! {
                            <Field label="Your name" name="name" error=problems.of("name")>
                                <TextInput value=name autocomplete="name" />
                            </Field>
                        }
                    })}
                <Field
                    label=if known { "Your password" } else { "Choose a password" }
                    name="password"
                    help=if known { "You have an account with this address already." } else { "At least 10 characters." }
                    error=problems.of("password")
                >
                    <TextInput value=password kind=InputKind::Password autocomplete=if known { "current-password" } else { "new-password" } />
                </Field>
                <When is=wants_code>
                    <Field label="Code from your authenticator" name="code" error=problems.of("code")>
                        <TextInput value=code kind=InputKind::Code autocomplete="one-time-code" />
                    </Field>
                </When>
                <Button kind=ButtonKind::Primary size=Size::Wide submit=true busy=send.pending()>"Join"</Button>
            </Form>
        </Door>
    }
    .into_any()
}
