//! The brake: whether mail may go out at all.

use super::endpoint::{Call, Endpoint, Group, NoQuery, get, patch, post};
use super::find::whole;
use super::input::{Json, Patch};
use super::reply::Shown;
use contract::sending::{Delivery, Policy, RestingDomain, SendingState};
use contract::{CampaignId, Capability, Fault, Page};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The rows of this noun.
pub fn group() -> Group {
    let endpoints = vec![
        get("/sending", "Get whether mail may go out", state).needs(Capability::CampaignsRead),
        post("/sending/stop", "Stop all mail", stop)
            .needs(Capability::CampaignsSend)
            .about(
                "The emergency stop. Campaigns that go out are held, scheduled ones go back to drafts, and nothing of the \
                 company goes out until it is released. What is being handed over at this moment finishes.",
            )
            .example(json!({ "reason": "Wrong price in the subject" })),
        post("/sending/release", "Release the stop", release)
            .needs(Capability::CompanyManage)
            .about("Mail may go out again. Held campaigns stay held until each is resumed."),
        post("/sending/confirm-copy", "Confirm this copy", confirm)
            .needs(Capability::CompanyManage)
            .about("After a restore from a backup: says that this copy of the database is the one that sends."),
    ];
    let endpoints = [endpoints, delivered()].concat();
    Group { name: "Sending", about: "Whether mail may go out at all.", endpoints }
}

fn delivered() -> Vec<Endpoint> {
    vec![
        get("/sending/policy", "Get how mail is delivered", policy)
            .needs(Capability::CampaignsRead)
            .about("When messages are tried again, and limits of recipient domains."),
        patch("/sending/policy", "Change how mail is delivered", set_policy)
            .needs(Capability::CompanyManage)
            .about("A merge patch; used within seconds, also by campaigns that go out.")
            .example(json!({ "retry": { "minutes": [1, 5, 30], "hours": 12 } })),
        get("/sending/resting", "List domains that rest", resting)
            .needs(Capability::CampaignsRead)
            .about("Recipient domains that asked a sender to come back later, the longest rest first; at most 200."),
        get("/campaigns/{id}/delivery", "Get how a campaign is delivered", delivery).needs(Capability::CampaignsRead),
        patch("/campaigns/{id}/delivery", "Change how a campaign is delivered", set_delivery)
            .needs(Capability::CampaignsWrite)
            .about("Its own pace, and whether the next sender takes over from one in trouble. Also while it goes out.")
            .example(json!({ "pace": { "count": 1000, "per": "hour", "evenly": true }, "fallback": true })),
    ]
}

async fn policy(call: Call) -> Result<Shown<Policy>, Fault> {
    Ok(Shown(call.app.sending.policy(&call.actor).await?))
}

async fn set_policy(call: Call<(), NoQuery, Patch<Policy>>) -> Result<Shown<Policy>, Fault> {
    let before = call.app.sending.policy(&call.actor).await?;
    let after = call.body.over(&before)?;
    Ok(Shown(call.app.sending.set_policy(&call.actor, after).await?))
}

async fn resting(call: Call) -> Result<Shown<Page<RestingDomain>>, Fault> {
    Ok(Shown(whole(call.app.sending.resting(&call.actor).await?)))
}

async fn delivery(call: Call<CampaignId>) -> Result<Shown<Delivery>, Fault> {
    Ok(Shown(call.app.sending.delivery(&call.actor, call.path).await?))
}

async fn set_delivery(call: Call<CampaignId, NoQuery, Patch<Delivery>>) -> Result<Shown<Delivery>, Fault> {
    let before = call.app.sending.delivery(&call.actor, call.path).await?;
    let after = call.body.over(&before)?;
    Ok(Shown(call.app.sending.set_delivery(&call.actor, call.path, after).await?))
}

async fn state(call: Call) -> Result<Shown<SendingState>, Fault> {
    Ok(Shown(call.app.sending.state(&call.actor).await?))
}

/// Why it is stopped.
#[derive(Debug, Deserialize, JsonSchema)]
struct StopReason {
    /// For the people who find it stopped.
    #[serde(default)]
    reason: String,
}

/// What was stopped.
#[derive(Debug, Serialize, JsonSchema)]
struct Stopped {
    /// Campaigns held or taken off the schedule.
    campaigns: i64,
    /// As it stands now.
    sending: SendingState,
}

async fn stop(call: Call<(), NoQuery, Json<StopReason>>) -> Result<Shown<Stopped>, Fault> {
    let campaigns = call.app.sending.stop(&call.actor, call.body.0.reason).await?;
    // A key that may stop need not be one that may look.
    let sending = call.app.sending.state(&call.actor).await.unwrap_or_default();
    Ok(Shown(Stopped { campaigns, sending }))
}

async fn release(call: Call) -> Result<Shown<SendingState>, Fault> {
    Ok(Shown(call.app.sending.release(&call.actor).await?))
}

async fn confirm(call: Call) -> Result<Shown<SendingState>, Fault> {
    Ok(Shown(call.app.sending.confirm_copy(&call.actor).await?))
}
