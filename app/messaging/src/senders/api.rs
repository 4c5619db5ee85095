//! Server functions of senders: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::campaigns::WarmUp;
use contract::senders::{Sender, SenderDraft, SenderQuota, TestStep};
use contract::{Fault, SenderId};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// By name.
#[server(prefix = "/fn", endpoint = "senders/list", input = GetUrl)]
pub async fn all_senders() -> Result<Vec<Sender>, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.list(&actor).await
}

/// One.
#[server(prefix = "/fn", endpoint = "senders/get", input = GetUrl)]
pub async fn get_sender(id: SenderId) -> Result<Sender, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.get(&actor, id).await
}

/// Adds one.
#[server(prefix = "/fn", endpoint = "senders/create", input = Json)]
pub async fn create_sender(draft: SenderDraft) -> Result<Sender, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.create(&actor, draft).await
}

/// Changes one.
#[server(prefix = "/fn", endpoint = "senders/update", input = Json)]
pub async fn update_sender(id: SenderId, draft: SenderDraft) -> Result<Sender, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.update(&actor, id, draft).await
}

/// Removes one.
#[server(prefix = "/fn", endpoint = "senders/delete", input = Json)]
pub async fn delete_sender(id: SenderId) -> Result<(), Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.delete(&actor, id).await
}

/// Connects and signs in, sends nothing.
#[server(prefix = "/fn", endpoint = "senders/test", input = Json)]
pub async fn test_sender(id: Option<SenderId>, draft: SenderDraft) -> Result<Vec<TestStep>, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.test(&actor, id, draft).await
}

/// Sends one short test mail.
#[server(prefix = "/fn", endpoint = "senders/send-test", input = Json)]
pub async fn send_test(id: SenderId, to: String) -> Result<Vec<TestStep>, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.send_test(&actor, id, to).await
}

/// Sets the order; answers all in it.
#[server(prefix = "/fn", endpoint = "senders/reorder", input = Json)]
pub async fn reorder_senders(order: Vec<SenderId>) -> Result<Vec<Sender>, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.reorder(&actor, order).await
}

/// What was used of every sender's limits.
#[server(prefix = "/fn", endpoint = "senders/quotas", input = GetUrl)]
pub async fn sender_quotas() -> Result<Vec<SenderQuota>, Fault> {
    let (actor, senders) = session::ask::<dyn contract::senders::Senders>()?;
    senders.quotas(&actor).await
}

/// How one is warmed up, if it is.
#[server(prefix = "/fn", endpoint = "senders/warm-up", input = GetUrl)]
pub async fn sender_warm_up(id: SenderId) -> Result<Option<WarmUp>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.warm_up(&actor, id).await
}

/// Begins, changes or (with nothing) ends a warm-up.
#[server(prefix = "/fn", endpoint = "senders/set-warm-up", input = Json)]
pub async fn set_warm_up(id: SenderId, warm_up: Option<WarmUp>) -> Result<Option<WarmUp>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.set_warm_up(&actor, id, warm_up).await
}
