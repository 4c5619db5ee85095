use super::api::{self, SignedIn};
use contract::accounts::{Secret, SignIn};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_query_map;
use leptos_router::lazy_route;
use session::Problems;

/// `/sign-in`
#[derive(Debug)]
pub struct SignInRoute;

#[lazy_route]
impl LazyRoute for SignInRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SignInPage /> }.into_any()
    }
}

#[component]
fn SignInPage() -> impl IntoView {
    let (email, password, code) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wants_code = RwSignal::new(false);
    let problems = Problems::new();
    let query = use_query_map();
    let next = move || query.with_untracked(|q| q.get("next")).unwrap_or_default();
    let send = Action::new(move |(): &()| {
        let code = code.get_untracked();
        let request = SignIn {
            email: email.get_untracked(),
            password: Secret(password.get_untracked()),
            code: (!code.trim().is_empty()).then(|| code.trim().to_owned()),
        };
        async move {
            match problems.keep(api::sign_in(request).await) {
                Some(SignedIn::CodeWanted) => wants_code.set(true),
                Some(SignedIn::Done) => leave(&next()),
                None => {}
            }
        }
    });
    let was_reset = move || query.with(|q| q.get("reset").is_some());
    view! {
        <Door title="Sign in" below=|| view! { <a href="/forgot">"Forgot your password?"</a> }>
            {move || was_reset().then(|| view! { <Notice tone=Tone::Good>"Your new password is set. Sign in with it."</Notice> })}
            {move || problems.besides(&["code"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Form on_send=move |()| { send.dispatch(()); }>
                <Field label="Email" name="email">
                    <TextInput value=email kind=InputKind::Email autocomplete="username" />
                </Field>
                <Field label="Password" name="password">
                    <TextInput value=password kind=InputKind::Password autocomplete="current-password" />
                </Field>
                <When is=move || wants_code.get()>
                    <Field label="Code from your authenticator" name="code" help="Six digits." error=problems.of("code")>
                        <TextInput value=code kind=InputKind::Code autocomplete="one-time-code" />
                    </Field>
                </When>
                <Button kind=ButtonKind::Primary size=Size::Wide submit=true busy=send.pending()>"Sign in"</Button>
            </Form>
        </Door>
    }
    .into_any()
}

/// Goes to where the person wanted, by a fresh page load: everything before knew nobody. Only paths of our own.
pub(super) fn leave(next: &str) {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    let target = if own { next } else { "/" };
    if let Some(window) = web_sys::window() {
        let _ = window.location().set_href(target);
    }
}
