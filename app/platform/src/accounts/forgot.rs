use super::api;
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::Problems;

/// `/forgot`
#[derive(Debug)]
pub struct ForgotRoute;

#[lazy_route]
impl LazyRoute for ForgotRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <ForgotPage /> }.into_any()
    }
}

#[component]
fn ForgotPage() -> impl IntoView {
    let email = RwSignal::new(String::new());
    let is_sent = RwSignal::new(false);
    let problems = Problems::new();
    let send = Action::new(move |(): &()| {
        let email = email.get_untracked();
        async move {
            if problems.keep(api::request_reset(email).await).is_some() {
                is_sent.set(true);
            }
        }
    });
    let form = move || {
        view! {
            <Form on_send=move |()| { send.dispatch(()); }>
                <Field label="Email" name="email" error=problems.of("email")>
                    <TextInput value=email kind=InputKind::Email autocomplete="username" />
                </Field>
                <Button kind=ButtonKind::Primary size=Size::Wide submit=true busy=send.pending()>"Mail me a link"</Button>
            </Form>
        }
        .into_any()
    };
    let sent = || {
        view! {
            <Notice tone=Tone::Good>
                "If an account has this address, a link is on its way. It works for one hour. Nothing came? Ask the person who runs this server: they can make a link without mail."
            </Notice>
        }
        .into_any()
    };
    view! {
        <Door title="Set a new password" detail="We mail you a link to set it." below=|| view! { <a href="/sign-in">"Back to sign in"</a> }>
            {move || problems.besides(&["email"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            {move || if is_sent.get() { sent() } else { form() }}
        </Door>
    }
    .into_any()
}
