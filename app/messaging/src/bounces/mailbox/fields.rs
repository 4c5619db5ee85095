//! The fields of a mailbox: where it is, what becomes of reports, whose mail comes back to it.

use super::draft::Draft;
use crate::parts::{Arriving, Fetched};
use crate::senders::{api as senders, tls_mode};
use contract::bounces::{AfterRead, BounceMailbox, MailboxKind};
use contract::senders::{Sender, SenderKind, TlsMode};
use contract::{MailboxId, SenderId};
use kit::*;
use leptos::prelude::*;
use session::Problems;

/// Name, protocol, server, user.
#[component]
pub fn ServerFields(draft: Draft, problems: Problems, has_secret: bool) -> impl IntoView {
    let kind = Bind::new(draft.kind, move |kind: String| {
        draft.kind.set(kind);
        draft.follow_port(untrack(|| draft.protocol()), tls_mode(&draft.tls.get_untracked()));
    });
    let tls = Bind::new(draft.tls, move |mode: String| {
        draft.follow_port(untrack(|| draft.protocol()), tls_mode(&mode));
        draft.tls.set(mode);
    });
    let kinds = vec![
        Choice::new(MailboxKind::Imap.as_str(), "IMAP"),
        Choice::new(MailboxKind::Pop3.as_str(), "POP3, if there is no IMAP"),
    ];
    let modes = vec![
        Choice::new(TlsMode::Tls.as_str(), "TLS"),
        Choice::new(TlsMode::Starttls.as_str(), "STARTTLS"),
        Choice::new(TlsMode::None.as_str(), "None, only on the same machine"),
    ];
    let secret_help = if has_secret {
        "Leave empty to keep the stored one. If the server changes, enter it again."
    } else {
        "Often a password made for applications. It is stored encrypted and never shown again."
    };
    view! {
        <Field label="Name" name="mailbox-name" help="For your colleagues, such as Returns." error=problems.of("name")>
            <TextInput value=draft.name />
        </Field>
        <Columns min=160>
            <Field label="Protocol" name="mailbox-kind" error=problems.of("kind")>
                <Select value=kind options=kinds />
            </Field>
            <Field label="Server" name="mailbox-host" help="Such as imap.example.com." error=problems.of("host")>
                <TextInput value=draft.host />
            </Field>
        </Columns>
        <Columns min=160>
            <Field label="Protection" name="mailbox-tls" error=problems.of("tls")>
                <Select value=tls options=modes />
            </Field>
            <Field label="Port" name="mailbox-port" error=problems.of("port")>
                <TextInput value=draft.port kind=InputKind::Number />
            </Field>
        </Columns>
        <When is=move || draft.tls.with(|mode| mode == TlsMode::None.as_str())>
            <Notice tone=Tone::Warn>"Without protection everybody on the way can read the reports and the password."</Notice>
        </When>
        <Columns min=160>
            <Field label="User" name="mailbox-user" help="Often the whole address." error=problems.of("user")>
                <TextInput value=draft.user />
            </Field>
            <Field label="Password" name="mailbox-secret" help=secret_help error=problems.of("secret")>
                <TextInput value=draft.secret kind=InputKind::Password autocomplete="new-password" />
            </Field>
        </Columns>
    }
    .into_any()
}

/// What is read how often, and what becomes of reports.
#[component]
pub fn AfterFields(draft: Draft, problems: Problems) -> impl IntoView {
    let is_imap = Memo::new(move |_| draft.protocol() == MailboxKind::Imap);
    let choices = Signal::derive(move || {
        let delete = Choice::new(AfterRead::Delete.as_str(), "Delete them");
        if !is_imap.get() {
            return vec![Choice::new(AfterRead::Mark.as_str(), "Leave them"), delete];
        }
        vec![
            Choice::new(AfterRead::Mark.as_str(), "Mark them as read"),
            Choice::new(AfterRead::Move.as_str(), "Move them to a folder"),
            delete,
        ]
    });
    let after = Bind::new(Signal::derive(move || draft.after().as_str().to_owned()), move |now| draft.after.set(now));
    view! {
        <Columns min=160>
            <Field label="Minutes between two looks" name="mailbox-minutes" help="1 to 1,440." error=problems.of("minutes")>
                <TextInput value=draft.minutes kind=InputKind::Number />
            </Field>
            <When is=is_imap>
                <Field label="Folder" name="mailbox-folder" optional=true help="Empty reads the inbox." error=problems.of("folder")>
                    <TextInput value=draft.folder />
                </Field>
            </When>
        </Columns>
        <Field
            label="Reports that were read"
            name="mailbox-after"
            help="Letters of people are never touched, whatever you choose."
            error=problems.of("after")
        >
            <Select value=after options=choices />
        </Field>
        <When is=move || draft.after() == AfterRead::Move>
            <Field label="Folder for reports" name="mailbox-move-to" help="Another one than the one that is read." error=problems.of("move_to")>
                <TextInput value=draft.move_to />
            </Field>
        </When>
    }
    .into_any()
}

/// The address that mail comes back to, and whose mail does.
#[component]
pub fn ReturnFields(
    draft: Draft,
    problems: Problems,
    id: Option<MailboxId>,
    all: Memo<Vec<BounceMailbox>>,
) -> impl IntoView {
    let fetched = Fetched::new(|| (), |()| senders::all_senders());
    let error = move || problems.of("senders").get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> });
    view! {
        <Field
            label="Return address"
            name="mailbox-return"
            optional=true
            help="The address of this mailbox, if it takes mail with a mark after a plus, such as bounces+mark@example.com. Each message then comes back under a mark of its own. At most 20 letters before the @. SPF of its domain must list your mail server."
            error=problems.of("return_address")
        >
            <TextInput value=draft.return_address kind=InputKind::Email />
        </Field>
        <When is=move || draft.return_address.with(|text| !text.trim().is_empty()) || draft.senders.with(|all| !all.is_empty())>
            <Card title="Mail of these senders comes back here">
                <CardBody>
                    {error}
                    <Arriving fetched bones=Bones::Text(2) let:senders>
                        <Senders senders draft id all />
                    </Arriving>
                </CardBody>
            </Card>
        </When>
    }
    .into_any()
}

#[component]
fn Senders(
    senders: Signal<Vec<Sender>>,
    draft: Draft,
    id: Option<MailboxId>,
    all: Memo<Vec<BounceMailbox>>,
) -> impl IntoView {
    let other = move |sender: SenderId| {
        let of_another = |m: &&BounceMailbox| Some(m.id) != id && m.draft.senders.contains(&sender);
        all.with_untracked(|all| all.iter().find(of_another).map(|m| m.draft.name.clone()))
    };
    let line = move |sender: Sender| {
        let own = sender.id;
        let is_graph = matches!(sender.kind, SenderKind::Graph);
        let note = match (is_graph, other(own)) {
            (true, _) => Some("Microsoft 365 takes no other return address; read its own mailbox instead.".to_owned()),
            (false, Some(name)) => Some(format!("Comes back to {name} so far.")),
            (false, None) => None,
        };
        let value = Bind::new(Signal::derive(move || draft.senders.with(|all| all.contains(&own))), move |on: bool| {
            draft.senders.update(|all| {
                all.retain(|one| *one != own);
                if on {
                    all.push(own);
                }
            });
        });
        // One that was chosen once can be taken off again.
        let disabled = Signal::derive(move || is_graph && draft.senders.with(|all| !all.contains(&own)));
        view! {
            <Checkbox value disabled>
                {sender.name}
                {note.map(|note| view! { " " <Faint tiny=true>{note}</Faint> })}
            </Checkbox>
        }
        .into_any()
    };
    let lines = move || {
        let all = senders.get();
        if all.is_empty() {
            return view! { <Soft>"There are no senders yet. Add one first, then choose it here."</Soft> }.into_any();
        }
        all.into_iter().map(line).collect_view().into_any()
    };
    view! { <Stack gap=Gap::Small>{lines}</Stack> }.into_any()
}
