//! The brake: whether mail may go out at all.

use super::endpoint::{Call, Group, NoQuery, get, post};
use super::input::Json;
use super::reply::Shown;
use contract::sending::SendingState;
use contract::{Capability, Fault};
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
    Group { name: "Sending", about: "Whether mail may go out at all.", endpoints }
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
