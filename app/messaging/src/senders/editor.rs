//! Adds and changes a sender, in a sheet.

mod draft;
mod graph;

use super::test::Steps;
use super::warm_up::WarmUpCard;
use super::{api, words};
use crate::parts::Hand;
use contract::SenderId;
use contract::senders::{Sender, SenderKind, SignIn, TestStep, TlsMode};
use draft::Draft;
use graph::{ApplicationFields, MailboxFields, TenantFields};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

const SHOWN: [&str; 24] = [
    "kind",
    "tenant",
    "client_id",
    "graph.mailboxes",
    "graph.mode",
    "graph.licences",
    "graph.tenant_per_day",
    "graph.per_minute",
    "graph.per_day",
    "graph.at_once",
    "name",
    "host",
    "port",
    "tls",
    "user",
    "secret",
    "from_email",
    "from_name",
    "reply_to",
    "pool",
    "rates.per_second",
    "rates.per_minute",
    "rates.per_hour",
    "rates.per_day",
];

/// A sheet that adds a sender, or changes the one given.
#[component]
pub fn SenderEditor(
    /// Whether it shows.
    open: RwSignal<bool>,
    /// The sender to change; `None` adds one.
    sender: Signal<Option<Sender>>,
) -> impl IntoView {
    let viewer = Viewer::here();
    let dirty = RwSignal::new(false);
    let title =
        Signal::derive(move || if sender.with(Option::is_some) { "Edit sender" } else { "New sender" }.to_owned());
    let form = move || {
        open.get().then(|| {
            let company = viewer.0.with_untracked(|me| me.company.name.clone());
            let (draft, old) = sender.with_untracked(|s| (Draft::of(s.as_ref(), &company), s.clone()));
            dirty.set(false);
            let id = old.as_ref().map(|s| s.id);
            let full = old.as_ref().and_then(|s| s.effective().per_day);
            let has_secret = old.is_some_and(|s| s.has_secret);
            view! {
                <EditorForm open id has_secret draft dirty />
                {id.map(|id| view! { <WarmUpCard id full /> })}
            }
        })
    };
    view! {
        <UnsavedGuard dirty=Signal::derive(move || open.get() && dirty.get()) text="The sender has changes that are not saved." />
        <Sheet open title guard=dirty>{form}</Sheet>
    }
    .into_any()
}

#[component]
fn EditorForm(
    open: RwSignal<bool>,
    id: Option<SenderId>,
    has_secret: bool,
    draft: Draft,
    dirty: RwSignal<bool>,
) -> impl IntoView {
    let (problems, hand) = (Problems::new(), Hand::here());
    let steps = RwSignal::new(Vec::<TestStep>::new());
    let start = untrack(|| draft.read());
    Effect::new(move |_| dirty.set(draft.read() != start));
    let save = Action::new(move |(): &()| {
        let written = untrack(|| draft.read());
        async move {
            let answer = match id {
                Some(id) => api::update_sender(id, written).await,
                None => api::create_sender(written).await,
            };
            if let Some(saved) = problems.keep(answer) {
                dirty.set(false);
                open.set(false);
                hand.toasts.ok(format!("{} saved", saved.name));
                hand.touch("sender.changed");
            }
        }
    });
    let test = Action::new(move |(): &()| {
        let written = untrack(|| draft.read());
        steps.set(Vec::new());
        async move {
            if let Some(done) = problems.keep(api::test_sender(id, written).await) {
                steps.set(done);
                hand.touch("sender.tested");
            }
        }
    });
    view! {
        {move || problems.besides(&SHOWN).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <KindFields draft problems />
            {move || match draft.is_graph() {
                true => view! { <ApplicationFields draft problems has_secret /> <MailboxFields draft problems /> }.into_any(),
                false => view! { <ServerFields draft problems has_secret /> }.into_any(),
            }}
            <FromFields draft problems />
            <When is=move || draft.is_graph()>
                <TenantFields draft problems />
            </When>
            <PaceFields draft problems />
            <When is=move || steps.with(|s| !s.is_empty())>
                <Card title="Connection test">
                    <Steps steps />
                </Card>
            </When>
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save sender"</Button>
                <Button icon=IconName::Plug busy=test.pending() on_press=move |()| { test.dispatch(()); }>"Test connection"</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

#[component]
fn KindFields(draft: Draft, problems: Problems) -> impl IntoView {
    let kinds = vec![
        Choice::new(SenderKind::Smtp.as_str(), "Mail server (SMTP)"),
        Choice::new(SenderKind::Graph.as_str(), "Microsoft 365 (Graph)"),
    ];
    view! {
        <Field label="Name" name="sender-name" help="For your colleagues, such as Newsletter." error=problems.of("name")>
            <TextInput value=draft.name />
        </Field>
        <Field label="Sends through" name="sender-kind" error=problems.of("kind")>
            <Select value=draft.kind options=kinds />
        </Field>
    }
    .into_any()
}

#[component]
fn ServerFields(draft: Draft, problems: Problems, has_secret: bool) -> impl IntoView {
    let tls = Bind::new(draft.tls, move |mode: String| {
        if let Some(port) = words::port_for(words::mode(&mode), &draft.port.get_untracked()) {
            draft.port.set(port.to_owned());
        }
        draft.tls.set(mode);
    });
    let modes = vec![
        Choice::new(TlsMode::Starttls.as_str(), "STARTTLS, usually port 587"),
        Choice::new(TlsMode::Tls.as_str(), "TLS, usually port 465"),
        Choice::new(TlsMode::None.as_str(), "None, only for a server on the same machine"),
    ];
    let ways = vec![
        Choice::new(SignIn::Password.as_str(), "A password"),
        Choice::new(SignIn::Oauth.as_str(), "OAuth of Microsoft 365"),
    ];
    let secret_help = if has_secret {
        "Leave empty to keep the stored one."
    } else {
        "Often a password made for applications. It is stored encrypted and never shown again."
    };
    view! {
        <Field label="Server" name="host" help="From your mail provider, such as smtp.example.com." error=problems.of("host")>
            <TextInput value=draft.host />
        </Field>
        <Columns min=160>
            <Field label="Protection" name="tls" error=problems.of("tls")>
                <Select value=tls options=modes />
            </Field>
            <Field label="Port" name="port" error=problems.of("port")>
                <TextInput value=draft.port kind=InputKind::Number />
            </Field>
        </Columns>
        <When is=move || draft.tls.with(|mode| mode == TlsMode::None.as_str())>
            <Notice tone=Tone::Warn>"Without protection everybody on the way can read the mail and the password."</Notice>
        </When>
        <Columns min=160>
            <Field label="User" name="smtp-user" help="Empty for a server that asks for none." error=problems.of("user")>
                <TextInput value=draft.user />
            </Field>
            <Field label="Signs in with" name="sign_in" error=problems.of("sign_in")>
                <Select value=draft.sign_in options=ways />
            </Field>
        </Columns>
        {move || match draft.is_oauth() {
            true => view! { <ApplicationFields draft problems has_secret /> }.into_any(),
            false => {
                view! {
                    <Field label="Password" name="smtp-secret" help=secret_help error=problems.of("secret")>
                        <TextInput value=draft.secret kind=InputKind::Password autocomplete="new-password" />
                    </Field>
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

#[component]
fn FromFields(draft: Draft, problems: Problems) -> impl IntoView {
    view! {
        <Columns min=160>
            <Field label="From name" name="from_name" error=problems.of("from_name")>
                <TextInput value=draft.from_name />
            </Field>
            <When is=move || !draft.is_graph()>
                <Field label="From address" name="from_email" help="One that this server may send for." error=problems.of("from_email")>
                    <TextInput value=draft.from_email kind=InputKind::Email />
                </Field>
            </When>
        </Columns>
        <Field label="Replies go to" name="reply_to" optional=true help="Empty sends replies to the From address." error=problems.of("reply_to")>
            <TextInput value=draft.reply_to kind=InputKind::Email />
        </Field>
    }
    .into_any()
}

#[component]
fn PaceFields(draft: Draft, problems: Problems) -> impl IntoView {
    let rates = [
        ("Per second", "per_second", draft.per_second, problems.of("rates.per_second")),
        ("Per minute", "per_minute", draft.per_minute, problems.of("rates.per_minute")),
        ("Per hour", "per_hour", draft.per_hour, problems.of("rates.per_hour")),
        ("Per day", "per_day", draft.per_day, problems.of("rates.per_day")),
    ]
    .into_iter()
    .map(|(label, name, value, error)| {
        view! {
            <Field label name error>
                <TextInput value kind=InputKind::Number placeholder="No limit" />
            </Field>
        }
    })
    .collect_view();
    view! {
        <Soft>"At most this many messages in each window. Ask your mail provider for its limits; Lux never goes over them."</Soft>
        <Columns min=120>{rates}</Columns>
        <When is=move || !draft.is_graph()>
            <Field label="Connections at once" name="pool" help="1 to 100. More is faster, where the server takes them." error=problems.of("pool")>
                <TextInput value=draft.pool kind=InputKind::Number />
            </Field>
        </When>
    }
    .into_any()
}
