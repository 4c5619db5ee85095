//! What comes back: the list, the rules, and where it is learned of.

use super::endpoint::{Call, Group, NoQuery, delete, get, patch, post};
use super::find::whole;
use super::input::{Json, Patch};
use super::reply::{Done, Made, Shown, Unkept};
use contract::accounts::Secret;
use contract::bounces::{
    Bounce, BounceClass, BounceCounts, BounceHook, BounceMailbox, BounceQuery, BounceRules, HookDraft, HookMade,
    MailboxDraft,
};
use contract::senders::TestStep;
use contract::{CampaignId, Capability, Cursor, Fault, HookId, MailboxId, Page};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Rows of the list and the rules.
pub fn group() -> Group {
    let endpoints = vec![
        get("/bounces", "List bounces and complaints", list)
            .needs(Capability::CampaignsRead)
            .about("The latest first. `next` is the cursor of the next page."),
        get("/bounces/counts", "Count bounces", counts)
            .needs(Capability::SendersRead)
            .about("Of the last 30 days by class; a message that two sources tell of counts once."),
        get("/bounces/rules", "Get the rules", rules).needs(Capability::SendersRead),
        patch("/bounces/rules", "Change the rules", set_rules)
            .needs(Capability::SendersManage)
            .about("When mail to an address is withheld, and when a campaign is held.")
            .example(json!({ "soft_limit": 3, "soft_of": 5 })),
        post("/bounces/release", "Let mail to an address through again", release)
            .needs(Capability::CampaignsSend)
            .about("The reason is kept on the contact's timeline. 404 where nothing is withheld.")
            .example(json!({ "address": "maja@example.com", "reason": "She has a new mailbox" })),
    ];
    Group {
        name: "Bounces",
        about: "Messages that came back and reports of spam. A dead address and a complaint withhold mail at once.",
        endpoints,
    }
}

/// Rows of mailboxes.
pub fn mailboxes() -> Group {
    let example = json!({
        "name": "Returns", "kind": "imap", "host": "imap.example.com", "port": 993, "tls": "tls", "user": "bounces",
        "secret": "…", "after": "mark", "minutes": 5, "return_address": "bounces@example.com", "senders": [], "active": true
    });
    let endpoints = vec![
        get("/bounce-mailboxes", "List bounce mailboxes", list_mailboxes).needs(Capability::SendersRead),
        post("/bounce-mailboxes", "Add a bounce mailbox", create_mailbox)
            .needs(Capability::SendersManage)
            .example(example),
        get("/bounce-mailboxes/{id}", "Get a bounce mailbox", read_mailbox).needs(Capability::SendersRead),
        patch("/bounce-mailboxes/{id}", "Change a bounce mailbox", update_mailbox)
            .needs(Capability::SendersManage)
            .about("A merge patch: what is absent stays, the secret too. Another host asks for the secret again.")
            .example(json!({ "minutes": 15 })),
        delete("/bounce-mailboxes/{id}", "Remove a bounce mailbox", remove_mailbox).needs(Capability::SendersManage),
        post("/bounce-mailboxes/{id}/test", "Test a bounce mailbox", test_mailbox)
            .needs(Capability::SendersManage)
            .about("Signs in and opens the folder; reads and changes nothing."),
        post("/bounce-mailboxes/{id}/read", "Read a bounce mailbox now", look)
            .needs(Capability::SendersManage)
            .about("In the background."),
    ];
    Group {
        name: "Bounce mailboxes",
        about: "Mailboxes that returned messages come to. Secrets go in and never come out.",
        endpoints,
    }
}

/// Rows of hooks.
pub fn hooks() -> Group {
    let endpoints = vec![
        get("/bounce-hooks", "List bounce hooks", list_hooks)
            .needs(Capability::SendersRead)
            .about("`url` is shown to keys that may change senders."),
        post("/bounce-hooks", "Add a bounce hook", create_hook)
            .needs(Capability::SendersManage)
            .about("Without `secret` one is made for `generic` and `postmark`, and shown in this answer only. Give `url` to the provider.")
            .example(json!({ "name": "Gateway", "kind": "generic" })),
        get("/bounce-hooks/{id}", "Get a bounce hook", read_hook).needs(Capability::SendersRead),
        patch("/bounce-hooks/{id}", "Change a bounce hook", update_hook)
            .needs(Capability::SendersManage)
            .about("With `keep_old` the secret so far stays good beside the new one.")
            .example(json!({ "name": "Mail gateway" })),
        post("/bounce-hooks/{id}/rotate", "Renew the secret of a bounce hook", rotate)
            .needs(Capability::SendersManage)
            .about("For `generic` and `postmark`; shown in this answer only. The secret so far stays good until the next change.")
            .once(),
        delete("/bounce-hooks/{id}", "Remove a bounce hook", remove_hook)
            .needs(Capability::SendersManage)
            .about("Its address is dead from then on."),
    ];
    Group {
        name: "Bounce hooks",
        about: "Addresses that providers call when a message came back. Every call is checked against the hook's secret.",
        endpoints,
    }
}

/// Which bounces.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct BouncesQuery {
    /// One class.
    class: Option<BounceClass>,
    /// One campaign.
    campaign: Option<CampaignId>,
    /// Part of the address.
    search: String,
    /// `next` of the page before.
    cursor: Option<Cursor>,
    /// Rows, 1 to 100; 50 if absent.
    limit: u32,
}

async fn list(call: Call<(), BouncesQuery>) -> Result<Shown<Page<Bounce>>, Fault> {
    let BouncesQuery { class, campaign, search, cursor, limit } = call.query;
    let query = BounceQuery { class, campaign, search, cursor, limit };
    Ok(Shown(call.app.bounces.list(&call.actor, query).await?))
}

async fn counts(call: Call) -> Result<Shown<BounceCounts>, Fault> {
    Ok(Shown(call.app.bounces.setup(&call.actor).await?.counts))
}

async fn rules(call: Call) -> Result<Shown<BounceRules>, Fault> {
    Ok(Shown(call.app.bounces.setup(&call.actor).await?.rules))
}

async fn set_rules(call: Call<(), NoQuery, Patch<BounceRules>>) -> Result<Shown<BounceRules>, Fault> {
    let before = call.app.bounces.setup(&call.actor).await?.rules;
    let after = call.body.over(&before)?;
    Ok(Shown(call.app.bounces.set_rules(&call.actor, after).await?))
}

/// What to let through.
#[derive(Debug, Deserialize, JsonSchema)]
struct Release {
    /// Address.
    address: String,
    /// Why.
    reason: String,
}

async fn release(call: Call<(), NoQuery, Json<Release>>) -> Result<Done, Fault> {
    let Release { address, reason } = call.body.0;
    call.app.bounces.release(&call.actor, address, reason).await?;
    Ok(Done)
}

async fn mailbox<Q, B>(call: &Call<MailboxId, Q, B>) -> Result<BounceMailbox, Fault> {
    let all = call.app.bounces.setup(&call.actor).await?.mailboxes;
    all.into_iter().find(|mailbox| mailbox.id == call.path).ok_or_else(|| Fault::missing("Mailbox"))
}

async fn list_mailboxes(call: Call) -> Result<Shown<Page<BounceMailbox>>, Fault> {
    Ok(Shown(whole(call.app.bounces.setup(&call.actor).await?.mailboxes)))
}

async fn create_mailbox(call: Call<(), NoQuery, Json<MailboxDraft>>) -> Result<Made<BounceMailbox>, Fault> {
    let made = call.app.bounces.create_mailbox(&call.actor, call.body.0).await?;
    Ok(Made(format!("/bounce-mailboxes/{}", made.id), made))
}

async fn read_mailbox(call: Call<MailboxId>) -> Result<Shown<BounceMailbox>, Fault> {
    Ok(Shown(mailbox(&call).await?))
}

async fn update_mailbox(call: Call<MailboxId, NoQuery, Patch<MailboxDraft>>) -> Result<Shown<BounceMailbox>, Fault> {
    let before = mailbox(&call).await?.draft;
    let after = call.body.over(&before)?;
    Ok(Shown(call.app.bounces.update_mailbox(&call.actor, call.path, after).await?))
}

async fn remove_mailbox(call: Call<MailboxId>) -> Result<Done, Fault> {
    call.app.bounces.delete_mailbox(&call.actor, call.path).await?;
    Ok(Done)
}

/// How the test went.
#[derive(Debug, Serialize, JsonSchema)]
struct MailboxTested {
    /// Whether all steps worked.
    ok: bool,
    /// The steps in order.
    steps: Vec<TestStep>,
}

async fn test_mailbox(call: Call<MailboxId>) -> Result<Shown<MailboxTested>, Fault> {
    let draft = mailbox(&call).await?.draft;
    let steps = call.app.bounces.test_mailbox(&call.actor, Some(call.path), draft).await?;
    Ok(Shown(MailboxTested { ok: steps.iter().all(|step| step.ok), steps }))
}

async fn look(call: Call<MailboxId>) -> Result<Done, Fault> {
    call.app.bounces.read_mailbox(&call.actor, call.path).await?;
    Ok(Done)
}

async fn hook<Q, B>(call: &Call<HookId, Q, B>) -> Result<BounceHook, Fault> {
    let all = call.app.bounces.setup(&call.actor).await?.hooks;
    all.into_iter().find(|hook| hook.id == call.path).ok_or_else(|| Fault::missing("Hook"))
}

async fn list_hooks(call: Call) -> Result<Shown<Page<BounceHook>>, Fault> {
    Ok(Shown(whole(call.app.bounces.setup(&call.actor).await?.hooks)))
}

async fn create_hook(call: Call<(), NoQuery, Json<HookDraft>>) -> Result<Unkept<Made<HookMade>>, Fault> {
    let made = call.app.bounces.create_hook(&call.actor, call.body.0).await?;
    Ok(Unkept(Made(format!("/bounce-hooks/{}", made.hook.id), made)))
}

async fn read_hook(call: Call<HookId>) -> Result<Shown<BounceHook>, Fault> {
    Ok(Shown(hook(&call).await?))
}

/// What can be changed of a hook.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct HookChange {
    /// Name.
    name: String,
    /// A new secret, for example the provider's next key; absent keeps what is stored.
    #[serde(default)]
    secret: Option<Secret>,
    /// Whether the secret before stays good too.
    #[serde(default)]
    keep_old: bool,
}

async fn update_hook(call: Call<HookId, NoQuery, Patch<HookChange>>) -> Result<Shown<BounceHook>, Fault> {
    let before = hook(&call).await?;
    let known = HookChange { name: before.name, secret: None, keep_old: before.secrets > 1 };
    let HookChange { name, secret, keep_old } = call.body.over(&known)?;
    let draft = HookDraft { name, kind: before.kind, secret, keep_old };
    Ok(Shown(call.app.bounces.update_hook(&call.actor, call.path, draft).await?.hook))
}

async fn rotate(call: Call<HookId>) -> Result<Unkept<Shown<HookMade>>, Fault> {
    Ok(Unkept(Shown(call.app.bounces.rotate_hook(&call.actor, call.path).await?)))
}

async fn remove_hook(call: Call<HookId>) -> Result<Done, Fault> {
    call.app.bounces.delete_hook(&call.actor, call.path).await?;
    Ok(Done)
}
