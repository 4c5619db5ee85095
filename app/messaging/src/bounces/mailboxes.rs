//! Mailboxes that are read for reports: the list, and a sheet that adds or changes one.

use super::asked::{NEW_MAILBOX, Shown, mailbox_address, opened_while, shown};
use super::mailbox::MailboxEditor;
use super::{api, words};
use crate::parts::Hand;
use contract::bounces::{BounceMailbox, BounceSetup, MailboxDraft};
use contract::{Capability, MailboxId};
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use session::Viewer;

/// The card with all of them.
#[component]
pub fn Mailboxes(
    /// What is set.
    setup: Signal<BounceSetup>,
) -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let all = Memo::new(move |_| setup.with(|s| s.mailboxes.clone()));
    let is_empty = Memo::new(move |_| all.with(Vec::is_empty));
    let body = move || match is_empty.get() {
        true => nothing(may).into_any(),
        false => view! { <MailboxTable all /> }.into_any(),
    };
    view! {
        <Card title="Mailboxes" bleed=true>{body}</Card>
        {may.then(|| view! { <MailboxSheet all /> })}
    }
    .into_any()
}

fn nothing(may: bool) -> impl IntoView {
    let text = if may {
        "Mail servers send back what they cannot deliver. Give Lux a mailbox for that, such as bounces@example.com, and it reads the reports over IMAP or POP3."
    } else {
        "Lux reads the reports of mail servers from a mailbox. An admin of your company can add one."
    };
    view! {
        <Empty title="No mailbox is read" text icon=IconName::Mail>
            {may.then(|| view! { <LinkButton href=NEW_MAILBOX icon=IconName::Plus>"Add a mailbox"</LinkButton> })}
        </Empty>
    }
}

#[component]
fn MailboxTable(all: Memo<Vec<BounceMailbox>>) -> impl IntoView {
    let viewer = Viewer::here();
    let may = viewer.may(Capability::SendersManage);
    let columns = vec![
        Column::named(
            "Mailbox",
            |m: &BounceMailbox| m.draft.name.clone(),
            move |m: &BounceMailbox| {
                let href = may.then(|| mailbox_address(m.id));
                view! { <Named title=m.draft.name.clone() detail=words::place(&m.draft) href /> }
            },
        ),
        Column::new("State", state_cell),
        Column::new("Last look", move |m: &BounceMailbox| {
            m.checked.map_or_else(|| "Not yet".to_owned(), |at| viewer.brief(at))
        }),
        Column::wide("Read so far", words::read_so_far),
        Column::wide("Mail comes back to", |m: &BounceMailbox| {
            if m.draft.return_address.is_empty() { "The sender".to_owned() } else { m.draft.return_address.clone() }
        }),
    ];
    if may {
        let menu = menu();
        view! { <Table label="Mailboxes" columns rows=all key=|m: &BounceMailbox| m.id.to_string() menu=menu /> }
            .into_any()
    } else {
        view! { <Table label="Mailboxes" columns rows=all key=|m: &BounceMailbox| m.id.to_string() /> }.into_any()
    }
}

fn state_cell(mailbox: &BounceMailbox) -> AnyView {
    let detail = words::is_failing(mailbox).then(|| mailbox.detail.clone()).filter(|detail| !detail.is_empty());
    let status = words::mailbox_status(mailbox);
    view! { <Stack gap=Gap::Small>{status} {detail.map(|detail| view! { <Faint tiny=true>{detail}</Faint> })}</Stack> }
        .into_any()
}

fn menu() -> impl Fn(BounceMailbox) -> Vec<MenuItem> + Send + Sync + 'static {
    let (hand, confirm) = (Hand::here(), use_confirm());
    move |mailbox: BounceMailbox| {
        let (id, name, draft) = (mailbox.id, mailbox.draft.name.clone(), mailbox.draft);
        let is_active = draft.active;
        let read = move || {
            let said = "Lux reads it now; what it finds shows here by itself";
            hand.call("bounce.mailbox_read", api::read_mailbox(id), move |()| hand.toasts.ok(said));
        };
        let delete = move || {
            let question = Question::danger(
                format!("Delete the mailbox {name}?"),
                "Its password is removed from Lux, and mail that is out already comes back to nobody. What it told stays in the list. Letters in the mailbox stay as they are.",
                "Delete mailbox",
            );
            confirm.ask(question, move || {
                hand.call("bounce.changed", api::delete_mailbox(id), move |()| hand.toasts.ok("Mailbox deleted"))
            });
        };
        let look = MenuItem::run("Read now", read).icon(IconName::Retry);
        let turn = move || pause(hand, id, draft.clone());
        let (label, icon) = if is_active { ("Pause", IconName::Pause) } else { ("Read again", IconName::Play) };
        vec![
            MenuItem::link("Edit", mailbox_address(id)).icon(IconName::Pencil),
            look,
            MenuItem::run(label, turn).icon(icon),
            MenuItem::run("Delete", delete).icon(IconName::Trash).danger(),
        ]
    }
}

/// Stops or starts reading, with a way back.
fn pause(hand: Hand, id: MailboxId, before: MailboxDraft) {
    let after = MailboxDraft { active: !before.active, ..before.clone() };
    let said = if after.active { "It is read again" } else { "It is not read any more" };
    hand.call("bounce.changed", api::update_mailbox(id, after), move |_| {
        hand.toasts.undo(said, move || {
            let done = move |_| hand.toasts.ok("The mailbox is as before");
            hand.call("bounce.changed", api::update_mailbox(id, before.clone()), done);
        });
    });
}

/// Opens with the address.
#[component]
fn MailboxSheet(all: Memo<Vec<BounceMailbox>>) -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(|q| shown::<MailboxId>("mailbox", |name| q.get(name))));
    let open = opened_while(Signal::derive(move || wanted.get().is_some()));
    let mailbox = Signal::derive(move || match wanted.get() {
        Some(Shown::One(id)) => all.with(|all| all.iter().find(|one| one.id == id).cloned()),
        Some(Shown::New) | None => None,
    });
    let is_gone = Signal::derive(move || matches!(wanted.get(), Some(Shown::One(_))) && mailbox.with(Option::is_none));
    view! { <MailboxEditor open mailbox is_gone all /> }
}
