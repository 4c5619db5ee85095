//! One hook, in a sheet: a new one, the secret that was made, or what there is to know and change.

use super::{api, words};
use crate::parts::Hand;
use contract::HookId;
use contract::accounts::Secret;
use contract::bounces::{BounceHook, HookDraft, HookKind, HookMade};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

/// Asks for a name and the caller, and for the key where the provider makes it.
#[component]
pub fn NewHook(
    /// Takes what was made.
    made: RwSignal<Option<HookMade>>,
    /// Closes the sheet.
    open: RwSignal<bool>,
) -> impl IntoView {
    let (problems, hand) = (Problems::new(), Hand::here());
    let (name, secret) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let kind = RwSignal::new(HookKind::Postmark.as_str().to_owned());
    let chosen = Memo::new(move |_| kind.with(|kind| kind.parse().unwrap_or(HookKind::Postmark)));
    let kinds: Vec<Choice> =
        [HookKind::Postmark, HookKind::Sendgrid, HookKind::Mailgun, HookKind::Ses, HookKind::Generic]
            .map(|kind| Choice::new(kind.as_str(), words::hook_name(kind)))
            .to_vec();
    let add = Action::new(move |(): &()| {
        let kind = chosen.get_untracked();
        let typed = secret.get_untracked();
        let secret = (!words::makes_secret(kind)).then_some(Secret(typed));
        let draft = HookDraft { name: name.get_untracked(), kind, secret, keep_old: false };
        async move {
            if let Some(done) = problems.keep(api::create_hook(draft).await) {
                hand.toasts.ok(format!("{} added", done.hook.name));
                made.set(Some(done));
                hand.touch("bounce.changed");
            }
        }
    });
    let key = move || {
        let kind = chosen.get();
        (!words::makes_secret(kind)).then(|| view! { <KeyField kind secret problems optional=false /> })
    };
    view! {
        {move || problems.besides(&["name", "kind", "secret"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { add.dispatch(()); }>
            <Field label="Who calls" name="hook-kind" error=problems.of("kind")>
                <Select value=kind options=kinds />
            </Field>
            <Field label="Name" name="hook-name" help="For your colleagues, such as the provider and what it sends." error=problems.of("name")>
                <TextInput value=name />
            </Field>
            {key}
            {move || words::makes_secret(chosen.get()).then(|| view! { <Soft>"Lux makes the secret and shows it once, with the address."</Soft> })}
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=add.pending()>"Add hook"</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

#[component]
fn KeyField(kind: HookKind, secret: RwSignal<String>, problems: Problems, optional: bool) -> impl IntoView {
    let help = if optional { "Leave empty to keep the stored one." } else { words::secret_help(kind) };
    // A public key and the name of a topic are nothing to hide.
    let input = match kind {
        HookKind::Sendgrid | HookKind::Ses => InputKind::Text,
        HookKind::Generic | HookKind::Postmark | HookKind::Mailgun => InputKind::Password,
    };
    view! {
        <Field label=words::secret_name(kind) name="hook-secret" help optional error=problems.of("secret")>
            <TextInput value=secret kind=input autocomplete="new-password" />
        </Field>
    }
    .into_any()
}

/// What was made: its address, its secret for the only time, and what to do with them.
#[component]
pub fn Made(
    /// What was made.
    made: HookMade,
    /// Closes the sheet.
    open: RwSignal<bool>,
) -> impl IntoView {
    let HookMade { hook, secret } = made;
    let shown = secret.map(|secret| {
        let label = words::secret_name(hook.kind);
        view! {
            <Notice tone=Tone::Warn>"Copy the secret now. It is not shown again."</Notice>
            <Facts>
                <Fact name=label>
                    <code>{secret.0.clone()}</code>
                    " "
                    <CopyButton text=secret.0 label="Copy the secret" />
                </Fact>
            </Facts>
        }
    });
    view! {
        <Stack>
            {shown}
            <Address url=hook.url />
            <Steps kind=hook.kind />
            <Line>
                <Button kind=ButtonKind::Primary on_press=move |()| open.set(false)>"Done"</Button>
            </Line>
        </Stack>
    }
    .into_any()
}

#[component]
fn Address(url: String) -> impl IntoView {
    view! {
        <Facts>
            <Fact name="Address">
                <code>{url.clone()}</code>
                " "
                <CopyButton text=url label="Copy the address" />
            </Fact>
        </Facts>
        <Soft>"Whoever knows the address and the secret can withhold mail from people. Give both to the provider only. The address has to be reached from the internet."</Soft>
    }
    .into_any()
}

#[component]
fn Steps(kind: HookKind) -> impl IntoView {
    let title = match kind {
        HookKind::Generic => "In your program".to_owned(),
        kind => format!("At {}", words::hook_name(kind)),
    };
    let steps = words::hook_steps(kind).iter().enumerate().map(|(at, step)| {
        let number = format!("{}.", at + 1);
        view! { <Row title=*step before=move || view! { <Faint>{number}</Faint> } /> }
    });
    view! {
        <Card title>
            <Rows label="What to do there">{steps.collect_view()}</Rows>
        </Card>
    }
    .into_any()
}

/// One hook: how it does, its address, its name and key.
#[component]
pub fn OneHook(
    /// Which.
    id: HookId,
    /// All, as they are now.
    all: Memo<Vec<BounceHook>>,
    /// Takes a secret that was made anew.
    made: RwSignal<Option<HookMade>>,
) -> impl IntoView {
    let hook = Memo::new(move |_| all.with(|all| all.iter().find(|one| one.id == id).cloned()));
    let Some(first) = hook.get_untracked() else {
        return view! { <Empty title="This hook is not there" text="It may have been deleted." icon=IconName::Plug /> }
            .into_any();
    };
    let kind = first.kind;
    let standing = move || hook.get().map(standing);
    view! {
        <Stack>
            {standing}
            <Address url=first.url.clone() />
            <Steps kind />
            <ChangeHook first hook made />
        </Stack>
    }
    .into_any()
}

fn standing(hook: BounceHook) -> AnyView {
    let viewer = Viewer::here();
    let used = hook.used.map_or_else(|| "Not yet".to_owned(), |at| viewer.full(at));
    let secrets = match hook.secrets {
        0 => "None, so every call is refused",
        1 => "One is good",
        _ => "Two are good: the newest and the one before",
    };
    let status = words::hook_status(&hook);
    let why = (!hook.detail.is_empty()).then(|| view! { <Notice tone=Tone::Bad>{hook.detail}</Notice> });
    view! {
        <Line>{status}</Line>
        {why}
        <Facts>
            <Fact name="Called by">{words::hook_name(hook.kind)}</Fact>
            <Fact name="Last good call">{used}</Fact>
            <Fact name="Events">{format::number(hook.events)}</Fact>
            <Fact name="Secrets">{secrets}</Fact>
        </Facts>
    }
    .into_any()
}

#[component]
fn ChangeHook(first: BounceHook, hook: Memo<Option<BounceHook>>, made: RwSignal<Option<HookMade>>) -> impl IntoView {
    let (problems, hand, confirm) = (Problems::new(), Hand::here(), use_confirm());
    let (id, kind) = (first.id, first.kind);
    let makes = words::makes_secret(kind);
    let (name, secret) = (RwSignal::new(first.name), RwSignal::new(String::new()));
    let keep_old = RwSignal::new(true);
    let save = Action::new(move |(): &()| {
        let typed = secret.get_untracked();
        let secret_now = (!makes && !typed.trim().is_empty()).then_some(Secret(typed));
        let draft =
            HookDraft { name: name.get_untracked(), kind, secret: secret_now, keep_old: keep_old.get_untracked() };
        async move {
            if problems.keep(api::update_hook(id, draft).await).is_some() {
                secret.set(String::new());
                hand.toasts.ok("Hook saved");
                hand.touch("bounce.changed");
            }
        }
    });
    let rotate = move |()| {
        let question = Question::plain(
            "Make a new secret?",
            "The secret so far stays good until you make another one or give it up here, so that the provider can be changed without a gap. The one before it is not good any more.",
            "Make a new secret",
        );
        confirm.ask(question, move || {
            hand.call("bounce.changed", api::rotate_hook(id), move |done| made.set(Some(done)));
        });
    };
    // Only where there is an old one, or a new one is being entered.
    let has_old = Memo::new(move |_| {
        hook.with(|h| h.as_ref().is_some_and(|h| h.secrets > 1)) || secret.with(|s| !s.trim().is_empty())
    });
    view! {
        <Card title="Change it">
            <CardBody>
                {move || problems.besides(&["name", "secret"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field label="Name" name="hook-name" error=problems.of("name")>
                        <TextInput value=name />
                    </Field>
                    {(!makes).then(|| view! { <KeyField kind secret problems optional=true /> })}
                    <When is=has_old>
                        <Checkbox value=keep_old>"The secret before stays good as well"</Checkbox>
                    </When>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save hook"</Button>
                        {makes.then(|| view! { <Button icon=IconName::Key on_press=rotate>"Make a new secret"</Button> })}
                    </Line>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}
