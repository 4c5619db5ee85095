//! Server functions of sending domains: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::domains::{CheckedDomain, DomainChange, DomainDraft, SendingDomain};
use contract::{DomainId, Fault};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// By name.
#[server(prefix = "/fn", endpoint = "domains/list", input = GetUrl)]
pub async fn all_domains() -> Result<Vec<SendingDomain>, Fault> {
    let (actor, domains) = session::ask::<dyn contract::domains::Domains>()?;
    domains.list(&actor).await
}

/// Adds one and makes its keys.
#[server(prefix = "/fn", endpoint = "domains/create", input = Json)]
pub async fn create_domain(draft: DomainDraft) -> Result<SendingDomain, Fault> {
    let (actor, domains) = session::ask::<dyn contract::domains::Domains>()?;
    domains.create(&actor, draft).await
}

/// Switches signing on or off.
#[server(prefix = "/fn", endpoint = "domains/change", input = Json)]
pub async fn change_domain(id: DomainId, change: DomainChange) -> Result<SendingDomain, Fault> {
    let (actor, domains) = session::ask::<dyn contract::domains::Domains>()?;
    domains.change(&actor, id, change).await
}

/// Looks into DNS now.
#[server(prefix = "/fn", endpoint = "domains/check", input = Json)]
pub async fn check_domain(id: DomainId) -> Result<CheckedDomain, Fault> {
    let (actor, domains) = session::ask::<dyn contract::domains::Domains>()?;
    domains.check(&actor, id).await
}

/// Makes new keys.
#[server(prefix = "/fn", endpoint = "domains/renew", input = Json)]
pub async fn renew_domain(id: DomainId) -> Result<SendingDomain, Fault> {
    let (actor, domains) = session::ask::<dyn contract::domains::Domains>()?;
    domains.renew(&actor, id).await
}

/// Removes one.
#[server(prefix = "/fn", endpoint = "domains/delete", input = Json)]
pub async fn delete_domain(id: DomainId) -> Result<(), Fault> {
    let (actor, domains) = session::ask::<dyn contract::domains::Domains>()?;
    domains.delete(&actor, id).await
}
