//! Sending domains.

use super::endpoint::{Call, Group, NoQuery, delete, get, patch, post};
use super::find::whole;
use super::input::{Json, Patch};
use super::reply::{Done, Made, Shown};
use contract::domains::{CheckedDomain, DomainChange, DomainDraft, SendingDomain};
use contract::{Capability, DomainId, Fault, Page};
use serde_json::json;

/// The rows of this noun.
pub fn group() -> Group {
    let endpoints = vec![
        get("/domains", "List sending domains", list).needs(Capability::SendersRead),
        post("/domains", "Add a sending domain", create)
            .needs(Capability::SendersManage)
            .about("Makes a key of RSA and one of Ed25519. Publish `record_text` of each under its `record_name`, then have them checked.")
            .example(json!({ "domain": "example.com" })),
        get("/domains/{id}", "Get a sending domain", read).needs(Capability::SendersRead),
        patch("/domains/{id}", "Switch signing on or off", change)
            .needs(Capability::SendersManage)
            .about("Off where the mail server signs itself.")
            .example(json!({ "signs": true })),
        post("/domains/{id}/check", "Check a sending domain", check)
            .needs(Capability::SendersManage)
            .about("Looks into DNS now. Mail is signed with keys whose record is `good`. What DNS does not answer stays as it was."),
        post("/domains/{id}/rotate", "Renew the keys of a sending domain", rotate)
            .needs(Capability::SendersManage)
            .about("New keys under new selectors. The old ones sign until the new records are found.")
            .once(),
        delete("/domains/{id}", "Remove a sending domain", remove)
            .needs(Capability::SendersManage)
            .about("Its keys go with it; mail from it is not signed any more."),
    ];
    Group {
        name: "Sending domains",
        about: "Domains that mail is sent from: keys, DNS records, and what receivers find.",
        endpoints,
    }
}

async fn list(call: Call) -> Result<Shown<Page<SendingDomain>>, Fault> {
    Ok(Shown(whole(call.app.domains.list(&call.actor).await?)))
}

async fn create(call: Call<(), NoQuery, Json<DomainDraft>>) -> Result<Made<SendingDomain>, Fault> {
    let domain = call.app.domains.create(&call.actor, call.body.0).await?;
    Ok(Made(format!("/domains/{}", domain.id), domain))
}

async fn read(call: Call<DomainId>) -> Result<Shown<SendingDomain>, Fault> {
    Ok(Shown(call.app.domains.get(&call.actor, call.path).await?))
}

async fn change(call: Call<DomainId, NoQuery, Patch<DomainChange>>) -> Result<Shown<SendingDomain>, Fault> {
    let before = call.app.domains.get(&call.actor, call.path).await?;
    let after = call.body.over(&DomainChange { signs: before.signs })?;
    Ok(Shown(call.app.domains.change(&call.actor, call.path, after).await?))
}

async fn check(call: Call<DomainId>) -> Result<Shown<CheckedDomain>, Fault> {
    Ok(Shown(call.app.domains.check(&call.actor, call.path).await?))
}

async fn rotate(call: Call<DomainId>) -> Result<Shown<SendingDomain>, Fault> {
    Ok(Shown(call.app.domains.renew(&call.actor, call.path).await?))
}

async fn remove(call: Call<DomainId>) -> Result<Done, Fault> {
    call.app.domains.delete(&call.actor, call.path).await?;
    Ok(Done)
}
