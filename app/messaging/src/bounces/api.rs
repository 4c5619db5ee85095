//! Server functions of bounces: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::bounces::{
    Bounce, BounceMailbox, BounceQuery, BounceRules, BounceSetup, HookDraft, HookMade, MailboxDraft,
};
use contract::contacts::Suppressed;
use contract::senders::TestStep;
use contract::{ContactId, Fault, HookId, MailboxId, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// A page, the latest first.
#[server(prefix = "/fn", endpoint = "bounces/list", input = Json)]
pub async fn bounce_page(query: BounceQuery) -> Result<Page<Bounce>, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.list(&actor, query).await
}

/// Rules, mailboxes, hooks and counts.
#[server(prefix = "/fn", endpoint = "bounces/setup", input = GetUrl)]
pub async fn setup() -> Result<BounceSetup, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.setup(&actor).await
}

/// Why mail to an address of a contact is withheld, if it is; nothing where the contact has another address by now.
#[server(prefix = "/fn", endpoint = "bounces/withheld", input = Json)]
pub async fn why_withheld(contact: ContactId, address: String) -> Result<Option<Suppressed>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.get(&actor, contact).await.map(|one| one.suppressed.filter(|_| one.email.eq_ignore_ascii_case(&address)))
}

/// Changes the rules.
#[server(prefix = "/fn", endpoint = "bounces/set-rules", input = Json)]
pub async fn set_rules(rules: BounceRules) -> Result<BounceRules, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.set_rules(&actor, rules).await
}

/// Lets mail to an address through again.
#[server(prefix = "/fn", endpoint = "bounces/release", input = Json)]
pub async fn release_address(address: String, reason: String) -> Result<(), Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.release(&actor, address, reason).await
}

/// Adds a mailbox.
#[server(prefix = "/fn", endpoint = "bounces/create-mailbox", input = Json)]
pub async fn create_mailbox(draft: MailboxDraft) -> Result<BounceMailbox, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.create_mailbox(&actor, draft).await
}

/// Changes one.
#[server(prefix = "/fn", endpoint = "bounces/update-mailbox", input = Json)]
pub async fn update_mailbox(id: MailboxId, draft: MailboxDraft) -> Result<BounceMailbox, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.update_mailbox(&actor, id, draft).await
}

/// Removes one.
#[server(prefix = "/fn", endpoint = "bounces/delete-mailbox", input = Json)]
pub async fn delete_mailbox(id: MailboxId) -> Result<(), Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.delete_mailbox(&actor, id).await
}

/// Signs in with these settings and changes nothing.
#[server(prefix = "/fn", endpoint = "bounces/test-mailbox", input = Json)]
pub async fn test_mailbox(id: Option<MailboxId>, draft: MailboxDraft) -> Result<Vec<TestStep>, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.test_mailbox(&actor, id, draft).await
}

/// Reads it now, in the background.
#[server(prefix = "/fn", endpoint = "bounces/read-mailbox", input = Json)]
pub async fn read_mailbox(id: MailboxId) -> Result<(), Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.read_mailbox(&actor, id).await
}

/// Adds a hook.
#[server(prefix = "/fn", endpoint = "bounces/create-hook", input = Json)]
pub async fn create_hook(draft: HookDraft) -> Result<HookMade, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.create_hook(&actor, draft).await
}

/// Changes its name or secret.
#[server(prefix = "/fn", endpoint = "bounces/update-hook", input = Json)]
pub async fn update_hook(id: HookId, draft: HookDraft) -> Result<HookMade, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.update_hook(&actor, id, draft).await
}

/// Makes a new secret, shown once.
#[server(prefix = "/fn", endpoint = "bounces/rotate-hook", input = Json)]
pub async fn rotate_hook(id: HookId) -> Result<HookMade, Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.rotate_hook(&actor, id).await
}

/// Removes one.
#[server(prefix = "/fn", endpoint = "bounces/delete-hook", input = Json)]
pub async fn delete_hook(id: HookId) -> Result<(), Fault> {
    let (actor, bounces) = session::ask::<dyn contract::bounces::Bounces>()?;
    bounces.delete_hook(&actor, id).await
}
