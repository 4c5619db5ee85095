use super::*;
use contract::accounts::TotpSetup;

/// Turns the authenticator on and off.
#[component]
pub fn Authenticator() -> impl IntoView {
    let viewer = Viewer::here();
    let on = RwSignal::new(viewer.0.with_untracked(|me| me.totp));
    let setup = RwSignal::new(None::<TotpSetup>);
    let problems = Problems::new();
    let begin = Action::new(move |(): &()| async move {
        setup.set(problems.keep(api::totp_begin().await));
    });
    let body = move || {
        match (on.get(), setup.get()) {
        (true, _) => view! { <TurnOff on problems /> }.into_any(),
        (false, Some(made)) => view! { <Confirm made on setup problems /> }.into_any(),
        (false, None) => view! {
            <p>"A code from your phone, besides the password, keeps others out even if they learn the password."</p>
            <Line>
                <Button busy=begin.pending() on_press=move |()| { begin.dispatch(()); }>"Set up an authenticator"</Button>
            </Line>
        }
        .into_any(),
    }
    };
    view! {
        <Card title="Authenticator">
            <CardBody>
                {move || problems.besides(&["code", "password"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Stack>{body}</Stack>
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn Confirm(
    made: TotpSetup,
    on: RwSignal<bool>,
    setup: RwSignal<Option<TotpSetup>>,
    problems: Problems,
) -> impl IntoView {
    let code = RwSignal::new(String::new());
    let toasts = use_toasts();
    let confirm = Action::new(move |(): &()| {
        let code = code.get_untracked().trim().to_owned();
        async move {
            if problems.keep(api::totp_confirm(code).await).is_some() {
                toasts.ok("Authenticator is on");
                setup.set(None);
                on.set(true);
            }
        }
    });
    view! {
        <p>"Scan this with the authenticator on your phone, or type the secret, then enter the six digits it shows."</p>
        <QrCode path=made.qr_path size=made.qr_size label="QR code for your authenticator" />
        <Line>
            <code>{made.secret.clone()}</code>
            <CopyButton text=made.secret label="Copy the secret" />
        </Line>
        <Form on_send=move |()| { confirm.dispatch(()); }>
            <Field label="Six digits" name="totp-code" error=problems.of("code")>
                <TextInput value=code kind=InputKind::Code autocomplete="one-time-code" />
            </Field>
            <Line>
                <Button submit=true busy=confirm.pending()>"Turn on"</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| setup.set(None)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

#[component]
fn TurnOff(on: RwSignal<bool>, problems: Problems) -> impl IntoView {
    let password = RwSignal::new(String::new());
    let toasts = use_toasts();
    let off = Action::new(move |(): &()| {
        let password = Secret(password.get_untracked());
        async move {
            if problems.keep(api::totp_disable(password).await).is_some() {
                toasts.ok("Authenticator is off");
                on.set(false);
            }
        }
    });
    view! {
        <Status tone=Tone::Good>"On"</Status>
        <Form on_send=move |()| { off.dispatch(()); }>
            <Field label="Password, to turn it off" name="totp-password" error=problems.of("password")>
                <TextInput value=password kind=InputKind::Password autocomplete="current-password" />
            </Field>
            <Line>
                <Button kind=ButtonKind::Danger submit=true busy=off.pending()>"Turn off"</Button>
            </Line>
        </Form>
    }
    .into_any()
}
