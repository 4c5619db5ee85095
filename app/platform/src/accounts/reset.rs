use super::api;
use super::sign_in::leave;
use contract::accounts::Secret;
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;
use session::Problems;

/// `/reset/:token`
#[derive(Debug)]
pub struct ResetRoute;

#[lazy_route]
impl LazyRoute for ResetRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <ResetPage /> }.into_any()
    }
}

#[component]
fn ResetPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|p| p.get("token")).unwrap_or_default();
    let token = StoredValue::new(token);
    let password = RwSignal::new(String::new());
    let problems = Problems::new();
    let send = Action::new(move |(): &()| {
        let (token, password) = (Secret(token.get_value()), Secret(password.get_untracked()));
        async move {
            if problems.keep(api::reset_password(token, password).await).is_some() {
                leave("/sign-in?reset=1");
            }
        }
    });
    view! {
        <Door
            title="Choose a new password"
            detail="All your sessions end, on every device."
            below=|| view! { <a href="/forgot">"Ask for a new link"</a> }
        >
            {move || problems.besides(&["password"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Form on_send=move |()| { send.dispatch(()); }>
                <Field label="New password" name="password" help="At least 10 characters." error=problems.of("password")>
                    <TextInput value=password kind=InputKind::Password autocomplete="new-password" />
                </Field>
                <Button kind=ButtonKind::Primary size=Size::Wide submit=true busy=send.pending()>"Set password"</Button>
            </Form>
        </Door>
    }
    .into_any()
}
