//! Adds and changes a mailbox, in a sheet.

mod draft;
mod fields;

use super::api;
use crate::parts::Hand;
use crate::senders::Steps;
use contract::MailboxId;
use contract::bounces::BounceMailbox;
use contract::senders::TestStep;
use draft::Draft;
use fields::{AfterFields, ReturnFields, ServerFields};
use kit::*;
use leptos::prelude::*;
use session::Problems;

const SHOWN: [&str; 13] = [
    "name",
    "kind",
    "host",
    "port",
    "tls",
    "user",
    "secret",
    "folder",
    "after",
    "move_to",
    "minutes",
    "return_address",
    "senders",
];

/// A sheet that adds a mailbox, or changes the one given.
#[component]
pub fn MailboxEditor(
    /// Whether it shows.
    open: RwSignal<bool>,
    /// The mailbox to change; `None` adds one.
    mailbox: Signal<Option<BounceMailbox>>,
    /// The mailbox that is asked for is not there.
    is_gone: Signal<bool>,
    /// All, to say whose mail comes back where.
    all: Memo<Vec<BounceMailbox>>,
) -> impl IntoView {
    let dirty = RwSignal::new(false);
    let title = Signal::derive(move || {
        mailbox.with(|m| m.as_ref().map_or_else(|| "New mailbox".to_owned(), |m| m.draft.name.clone()))
    });
    let form = move || {
        if !open.get() {
            return None;
        }
        if is_gone.get_untracked() {
            let gone = view! { <Empty title="This mailbox is not there" text="It may have been deleted." icon=IconName::Mail /> };
            return Some(gone.into_any());
        }
        let old = mailbox.get_untracked();
        dirty.set(false);
        let draft = Draft::of(old.as_ref());
        let id = old.map(|m| m.id);
        Some(view! { <EditorForm open id draft dirty all /> }.into_any())
    };
    view! {
        <UnsavedGuard dirty=Signal::derive(move || open.get() && dirty.get()) text="The mailbox has changes that are not saved." />
        <Sheet open title guard=dirty>{form}</Sheet>
    }
    .into_any()
}

#[component]
fn EditorForm(
    open: RwSignal<bool>,
    id: Option<MailboxId>,
    draft: Draft,
    dirty: RwSignal<bool>,
    all: Memo<Vec<BounceMailbox>>,
) -> impl IntoView {
    let (problems, hand) = (Problems::new(), Hand::here());
    let steps = RwSignal::new(Vec::<TestStep>::new());
    let start = untrack(|| draft.read());
    // The sheet around asks whether closing loses something.
    Effect::new(move |_| dirty.set(draft.read() != start));
    let save = Action::new(move |(): &()| {
        let written = untrack(|| draft.read());
        async move {
            let answer = match id {
                Some(id) => api::update_mailbox(id, written).await,
                None => api::create_mailbox(written).await,
            };
            if let Some(saved) = problems.keep(answer) {
                dirty.set(false);
                open.set(false);
                hand.toasts.ok(format!("{} saved", saved.draft.name));
                hand.touch("bounce.changed");
            }
        }
    });
    let test = Action::new(move |(): &()| {
        let written = untrack(|| draft.read());
        steps.set(Vec::new());
        async move {
            if let Some(done) = problems.keep(api::test_mailbox(id, written).await) {
                steps.set(done);
            }
        }
    });
    view! {
        {move || problems.besides(&SHOWN).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <ServerFields draft problems has_secret=id.is_some() />
            <AfterFields draft problems />
            <ReturnFields draft problems id all />
            <Checkbox value=draft.active>"Lux reads this mailbox"</Checkbox>
            <When is=move || steps.with(|s| !s.is_empty())>
                <Card title="Connection test">
                    <Steps steps />
                </Card>
            </When>
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save mailbox"</Button>
                <Button icon=IconName::Plug busy=test.pending() on_press=move |()| { test.dispatch(()); }>"Test connection"</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}
