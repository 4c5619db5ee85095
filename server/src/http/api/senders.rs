//! Senders.

use super::endpoint::{Call, Group, NoQuery, delete, get, patch, post};
use super::find::whole;
use super::input::{Json, Patch};
use super::reply::{Done, Made, Shown};
use contract::senders::{Sender, SenderDraft, SenderQuota, TestStep};
use contract::{Capability, Fault, Page, SenderId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The rows of this noun.
pub fn group() -> Group {
    let endpoints = vec![
        get("/senders", "List senders", list).needs(Capability::SendersRead),
        post("/senders", "Add a sender", create).needs(Capability::SendersManage).example(json!({
            "name": "Shop", "host": "smtp.example.com", "port": 587, "tls": "starttls", "user": "shop", "secret": "…",
            "from_email": "news@example.com", "from_name": "Shop", "reply_to": "", "pool": 4, "rates": { "per_minute": 120 }
        })),
        get("/senders/quotas", "See what was used of limits", quotas)
            .needs(Capability::SendersRead)
            .about("In the last minute and the last 24 hours, by sender and, with Microsoft 365, by mailbox."),
        post("/senders/order", "Set the order of senders", reorder)
            .needs(Capability::SendersManage)
            .about("These first, as they are named, then the others as they were. What one sender certainly did not take may go through the next.")
            .example(json!({ "order": [] }))
            .once(),
        get("/senders/{id}", "Get a sender", read).needs(Capability::SendersRead),
        patch("/senders/{id}", "Change a sender", update)
            .needs(Capability::SendersManage)
            .about("A merge patch: what is absent stays, the secret too. Another host asks for the secret again.")
            .example(json!({ "rates": { "per_minute": 60 } })),
        delete("/senders/{id}", "Delete a sender", remove)
            .needs(Capability::SendersManage)
            .about("Refused while a campaign that has not ended names it."),
        post("/senders/{id}/test", "Test a sender", test)
            .needs(Capability::SendersManage)
            .about("Connects and signs in; with `to` also sends one short mail there.")
            .example(json!({ "to": "me@example.com" }))
            .once(),
    ];
    Group { name: "Senders", about: "Accounts that mail is sent through. Secrets go in and never come out.", endpoints }
}

async fn list(call: Call) -> Result<Shown<Page<Sender>>, Fault> {
    Ok(Shown(whole(call.app.senders.list(&call.actor).await?)))
}

async fn quotas(call: Call) -> Result<Shown<Page<SenderQuota>>, Fault> {
    Ok(Shown(whole(call.app.senders.quotas(&call.actor).await?)))
}

/// The order.
#[derive(Debug, Deserialize, JsonSchema)]
struct SenderOrder {
    /// Ids, the first first.
    order: Vec<SenderId>,
}

async fn reorder(call: Call<(), NoQuery, Json<SenderOrder>>) -> Result<Shown<Page<Sender>>, Fault> {
    Ok(Shown(whole(call.app.senders.reorder(&call.actor, call.body.0.order).await?)))
}

async fn create(call: Call<(), NoQuery, Json<SenderDraft>>) -> Result<Made<Sender>, Fault> {
    let sender = call.app.senders.create(&call.actor, call.body.0).await?;
    Ok(Made(format!("/senders/{}", sender.id), sender))
}

async fn read(call: Call<SenderId>) -> Result<Shown<Sender>, Fault> {
    Ok(Shown(call.app.senders.get(&call.actor, call.path).await?))
}

fn draft(sender: Sender) -> SenderDraft {
    SenderDraft {
        name: sender.name,
        kind: sender.kind,
        sign_in: sender.sign_in,
        tenant: sender.tenant,
        client_id: sender.client_id,
        graph: sender.graph,
        host: sender.host,
        port: sender.port,
        tls: sender.tls,
        user: sender.user,
        secret: None,
        from_email: sender.from_email,
        from_name: sender.from_name,
        reply_to: sender.reply_to,
        pool: sender.pool,
        rates: sender.rates,
    }
}

async fn update(call: Call<SenderId, NoQuery, Patch<SenderDraft>>) -> Result<Shown<Sender>, Fault> {
    let before = call.app.senders.get(&call.actor, call.path).await?;
    let after = call.body.over(&draft(before))?;
    Ok(Shown(call.app.senders.update(&call.actor, call.path, after).await?))
}

async fn remove(call: Call<SenderId>) -> Result<Done, Fault> {
    call.app.senders.delete(&call.actor, call.path).await?;
    Ok(Done)
}

/// What to test.
#[derive(Debug, Deserialize, JsonSchema)]
struct SenderTest {
    /// Also send one short mail to this address.
    #[serde(default)]
    to: Option<String>,
}

/// How the test went.
#[derive(Debug, Serialize, JsonSchema)]
struct SenderTested {
    /// Whether all steps worked.
    ok: bool,
    /// The steps in order.
    steps: Vec<TestStep>,
}

async fn test(call: Call<SenderId, NoQuery, Json<SenderTest>>) -> Result<Shown<SenderTested>, Fault> {
    let (senders, actor) = (&call.app.senders, &call.actor);
    let steps = match call.body.0.to {
        Some(to) => senders.send_test(actor, call.path, to).await?,
        None => {
            let sender = senders.get(actor, call.path).await?;
            senders.test(actor, Some(call.path), draft(sender)).await?
        }
    };
    Ok(Shown(SenderTested { ok: steps.iter().all(|s| s.ok), steps }))
}
