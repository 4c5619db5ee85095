//! Server functions of delivery: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::sending::{Delivery, Policy, RestingDomain};
use contract::{CampaignId, Fault};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// How the company's mail is delivered.
#[server(prefix = "/fn", endpoint = "sending/policy", input = GetUrl)]
pub async fn delivery_policy() -> Result<Policy, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.policy(&actor).await
}

/// Replaces it.
#[server(prefix = "/fn", endpoint = "sending/set-policy", input = Json)]
pub async fn set_policy(policy: Policy) -> Result<Policy, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.set_policy(&actor, policy).await
}

/// Recipient domains that are left alone now.
#[server(prefix = "/fn", endpoint = "sending/resting", input = GetUrl)]
pub async fn resting_domains() -> Result<Vec<RestingDomain>, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.resting(&actor).await
}

/// How a campaign is delivered.
#[server(prefix = "/fn", endpoint = "sending/delivery", input = GetUrl)]
pub async fn campaign_delivery(id: CampaignId) -> Result<Delivery, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.delivery(&actor, id).await
}

/// Replaces it.
#[server(prefix = "/fn", endpoint = "sending/set-delivery", input = Json)]
pub async fn set_delivery(id: CampaignId, delivery: Delivery) -> Result<Delivery, Fault> {
    let (actor, sending) = session::ask::<dyn contract::sending::Sending>()?;
    sending.set_delivery(&actor, id, delivery).await
}
