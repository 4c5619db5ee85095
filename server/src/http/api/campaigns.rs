//! Campaigns and audiences.

use super::endpoint::{Call, Endpoint, Group, NoQuery, delete, get, patch, post, put};
use super::input::{Json, Patch};
use super::reply::{Csv, Done, Made, Shown};
use super::templates::SeenQuery;
use contract::campaigns::{
    Audience, AudienceCount, Campaign, CampaignDraft, CampaignFile, CampaignQuery, CampaignReport, CampaignRow,
    CampaignState, Caps, Explanation, LastLook, NewFile, Preflight, RecipientQuery, RecipientRow, ReworkOrder,
    Reworked, WarmUp, When,
};
use contract::{CampaignId, Capability, ContactId, Cursor, Fault, FileId, Page, SenderId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// The rows of this noun.
pub fn group() -> Group {
    Group {
        name: "Campaigns",
        about: "An email to an audience: written, looked at, sent now or at a time, watched, reported.",
        endpoints: [written(), moved(), watched(), paced()].concat(),
    }
}

fn written() -> Vec<Endpoint> {
    let id = "0193e0a4-7d4e-7c3a-9b43-5f0c2f6b8a11";
    vec![
        get("/campaigns", "List campaigns", list).needs(Capability::CampaignsRead),
        post("/campaigns", "Write a campaign", create)
            .needs(Capability::CampaignsWrite)
            .about("A draft; nothing is sent.")
            .example(json!({
                "name": "Spring news",
                "content": {
                    "subject": "News for {{ contact.first_name | default('you') }}",
                    "source": "<p>Hello</p><p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p>"
                },
                "sender": id,
                "audience": { "lists": [id] }
            }))
            .once(),
        get("/campaigns/{id}", "Get a campaign", read)
            .needs(Capability::CampaignsRead)
            .about("With its recipients counted by state."),
        patch("/campaigns/{id}", "Change a campaign", update)
            .needs(Capability::CampaignsWrite)
            .about(
                "A merge patch of the draft: what is absent stays. Content and audience are fixed once sending began.",
            )
            .example(json!({ "name": "Spring news", "content": { "subject": "News" } })),
        delete("/campaigns/{id}", "Delete a campaign", remove)
            .needs(Capability::CampaignsWrite)
            .about("Refused while anything may still go out. The report of an ended one goes too."),
        post("/campaigns/{id}/duplicate", "Duplicate a campaign", duplicate).needs(Capability::CampaignsWrite).once(),
        get("/campaigns/{id}/files", "List the files of a campaign", |call: Call<CampaignId>| async move {
            Ok(Shown(call.app.campaigns.files(&call.actor, call.path).await?))
        })
        .needs(Capability::CampaignsRead)
        .about("Attachments, and pictures that the HTML shows by cid: and their name."),
        post("/campaigns/{id}/files", "Add a file to a campaign", add_file)
            .needs(Capability::CampaignsWrite)
            .about(
                "Up to 5 MB, 8 MB and 10 files in all, until it begins. With <img src=\"cid:logo.png\"> in the HTML, the file logo.png is shown there; the others are attached.",
            )
            .example(json!({ "name": "prices.txt", "body": "SGVsbG8=" }))
            .once(),
        delete("/campaigns/{id}/files/{file}", "Remove a file from a campaign", remove_file)
            .needs(Capability::CampaignsWrite),
        post("/audiences/count", "Count an audience", count)
            .needs(Capability::CampaignsRead)
            .about("Who would get it, and who would not and why.")
            .example(json!({ "lists": [id], "exclude_tags": [] })),
    ]
}

async fn add_file(call: Call<CampaignId, NoQuery, Json<NewFile>>) -> Result<Made<CampaignFile>, Fault> {
    let file = call.app.campaigns.add_file(&call.actor, call.path, call.body.0).await?;
    Ok(Made(format!("/campaigns/{}/files/{}", call.path, file.id), file))
}

async fn remove_file(call: Call<(CampaignId, FileId)>) -> Result<Done, Fault> {
    let (campaign, file) = call.path;
    call.app.campaigns.remove_file(&call.actor, campaign, file).await?;
    Ok(Done)
}

fn moved() -> Vec<Endpoint> {
    let send = Capability::CampaignsSend;
    vec![
        post("/campaigns/{id}/test", "Send a test", test)
            .needs(Capability::CampaignsWrite)
            .about("Sends the content as it stands to up to ten addresses, marked as a test.")
            .example(json!({ "to": ["me@example.com"] }))
            .once(),
        post("/campaigns/{id}/schedule", "Schedule a campaign", schedule)
            .needs(send)
            .about("At a wall clock time in a zone.")
            .example(json!({ "wall": "2030-03-01T09:00", "zone": "Europe/Copenhagen" })),
        post("/campaigns/{id}/unschedule", "Unschedule a campaign", |call: Call<CampaignId>| async move {
            Ok(Shown(call.app.campaigns.unschedule(&call.actor, call.path).await?))
        })
        .needs(send)
        .about("Back to a draft."),
        post("/campaigns/{id}/send", "Send a campaign now", |call: Call<CampaignId>| async move {
            Ok(Shown(call.app.campaigns.send(&call.actor, call.path).await?))
        })
        .needs(send)
        .about(
            "Each consenting recipient gets it once. Asking again while it goes out is a conflict, not a second mail.",
        ),
        post("/campaigns/{id}/pause", "Pause a campaign", |call: Call<CampaignId>| async move {
            Ok(Shown(call.app.campaigns.pause(&call.actor, call.path).await?))
        })
        .needs(send)
        .about("What is being handed over finishes."),
        post("/campaigns/{id}/resume", "Resume a campaign", |call: Call<CampaignId>| async move {
            Ok(Shown(call.app.campaigns.resume(&call.actor, call.path).await?))
        })
        .needs(send),
        post("/campaigns/{id}/rework", "Try recipients again, or settle them", rework)
            .needs(send)
            .about(
                "What to do about recipients that ended badly: retry_failed tries those that failed again, unknown_check asks Microsoft 365 what became of those that are not known, unknown_sent counts those that are not known as sent, unknown_again sends them again (who has it gets it twice, so it needs sure). All that it fits, or only the contacts named.",
            )
            .example(json!({ "what": "retry_failed" }))
            .once(),
        post("/campaigns/{id}/cancel", "Cancel a campaign", |call: Call<CampaignId>| async move {
            Ok(Shown(call.app.campaigns.cancel(&call.actor, call.path).await?))
        })
        .needs(send)
        .about("Nobody further is mailed."),
    ]
}

async fn rework(call: Call<CampaignId, NoQuery, Json<ReworkOrder>>) -> Result<Shown<Reworked>, Fault> {
    Ok(Shown(call.app.campaigns.rework(&call.actor, call.path, call.body.0).await?))
}

fn paced() -> Vec<Endpoint> {
    vec![
        post("/campaigns/{id}/winner", "Choose the winner of a test", winner)
            .needs(Capability::CampaignsSend)
            .about("Ends the test by hand: the variant, counted from 0, goes to everybody who waits.")
            .example(json!({ "variant": 1 })),
        post("/campaigns/{id}/resend", "Resend to those who did not read", resend)
            .needs(Capability::CampaignsWrite)
            .about(
                "A new draft for those who got the campaign and neither opened nor clicked it. Within 48 hours of its end only with sure.",
            )
            .example(json!({ "sure": true }))
            .once(),
        get("/frequency-caps", "Get the frequency caps", |call: Call| async move {
            Ok(Shown(call.app.campaigns.caps(&call.actor).await?))
        })
        .needs(Capability::CampaignsRead)
        .about("How many messages a person gets at most in rolling days, over all campaigns."),
        put("/frequency-caps", "Set the frequency caps", set_caps)
            .needs(Capability::SendersManage)
            .about("At most three; an empty list is no cap. Holds for every message from now on.")
            .example(json!({ "rules": [{ "messages": 3, "days": 7 }], "defer_days": 2 })),
        get("/senders/{id}/warm-up", "Get a warm-up", |call: Call<SenderId>| async move {
            Ok(Shown(call.app.campaigns.warm_up(&call.actor, call.path).await?))
        })
        .needs(Capability::CampaignsRead)
        .about("How a young sender's daily limit grows; null if it does not."),
        put("/senders/{id}/warm-up", "Begin or change a warm-up", set_warm_up)
            .needs(Capability::SendersManage)
            .about("The limit of each day is the day before's and so many per cent more, until the target.")
            .example(json!({ "first_day": 50, "growth_percent": 40, "target": 10000 })),
        delete("/senders/{id}/warm-up", "End a warm-up", |call: Call<SenderId>| async move {
            call.app.campaigns.set_warm_up(&call.actor, call.path, None).await?;
            Ok(Done)
        })
        .needs(Capability::SendersManage),
    ]
}

/// The chosen variant.
#[derive(Debug, Deserialize, JsonSchema)]
struct Chosen {
    /// Counted from 0.
    variant: u32,
}

async fn winner(call: Call<CampaignId, NoQuery, Json<Chosen>>) -> Result<Shown<Campaign>, Fault> {
    Ok(Shown(call.app.campaigns.choose_winner(&call.actor, call.path, call.body.0.variant).await?))
}

/// A second try.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SecondTry {
    /// Also within 48 hours of the end of the first.
    sure: bool,
}

async fn resend(call: Call<CampaignId, NoQuery, Json<SecondTry>>) -> Result<Made<Campaign>, Fault> {
    let campaign = call.app.campaigns.resend(&call.actor, call.path, call.body.0.sure).await?;
    Ok(Made(format!("/campaigns/{}", campaign.id), campaign))
}

async fn set_caps(call: Call<(), NoQuery, Json<Caps>>) -> Result<Shown<Caps>, Fault> {
    Ok(Shown(call.app.campaigns.set_caps(&call.actor, call.body.0).await?))
}

async fn set_warm_up(call: Call<SenderId, NoQuery, Json<WarmUp>>) -> Result<Shown<Option<WarmUp>>, Fault> {
    Ok(Shown(call.app.campaigns.set_warm_up(&call.actor, call.path, Some(call.body.0)).await?))
}

fn watched() -> Vec<Endpoint> {
    vec![
        get("/campaigns/{id}/last-look", "Take the last look", last_look)
            .needs(Capability::CampaignsRead)
            .about("Who gets it, through what, until when, and what stands in the way."),
        get("/campaigns/{id}/preflight", "Get the pre-flight report", preflight)
            .needs(Capability::CampaignsRead)
            .about(
                "What stands in the way, what to know and what is in order: links tried, size, alt texts, fields that are empty, duplicates, overlap, limits. Links of unchanged content are tried again after half an hour, or with fresh=true.",
            ),
        post("/campaigns/{id}/explain", "Explain one contact", explain)
            .needs(Capability::CampaignsRead)
            .about("Why the contact did or did not get it: a sentence, what happened in order, the sender and the Message-ID. Changes nothing.")
            .example(json!({ "contact": "0193e0a4-7d4e-7c3a-9b43-5f0c2f6b8a11" })),
        get("/campaigns/{id}/report", "Get a report", report).needs(Capability::CampaignsRead),
        get("/campaigns/{id}/recipients", "List recipients", recipients).needs(Capability::CampaignsRead),
        get("/campaigns/{id}/recipients.csv", "Export recipients", export)
            .needs(Capability::ContactsExport)
            .about("As CSV, cells that a spreadsheet would run are defused. Needs campaigns:read as well."),
    ]
}

/// Whom to explain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Explained {
    /// The contact.
    contact: ContactId,
}

async fn explain(call: Call<CampaignId, NoQuery, Json<Explained>>) -> Result<Shown<Explanation>, Fault> {
    Ok(Shown(call.app.campaigns.explain(&call.actor, call.path, call.body.0.contact).await?))
}

/// Which campaigns; last changed first.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CampaignsQuery {
    /// Part of the name or subject.
    search: String,
    /// One state.
    state: Option<CampaignState>,
    /// `next` of the page before.
    cursor: Option<Cursor>,
    /// Rows, 1 to 100; 25 if absent.
    limit: u32,
}

async fn list(call: Call<(), CampaignsQuery>) -> Result<Shown<Page<CampaignRow>>, Fault> {
    let CampaignsQuery { search, state, cursor, limit } = call.query;
    let query = CampaignQuery { search, state, cursor, limit };
    Ok(Shown(call.app.campaigns.list(&call.actor, query).await?))
}

async fn create(call: Call<(), NoQuery, Json<CampaignDraft>>) -> Result<Made<Campaign>, Fault> {
    let campaign = call.app.campaigns.create(&call.actor, call.body.0).await?;
    Ok(Made(format!("/campaigns/{}", campaign.id), campaign))
}

async fn read(call: Call<CampaignId>) -> Result<Shown<Campaign>, Fault> {
    Ok(Shown(call.app.campaigns.get(&call.actor, call.path).await?))
}

async fn update(call: Call<CampaignId, SeenQuery, Patch<CampaignDraft>>) -> Result<Shown<Campaign>, Fault> {
    let before = call.app.campaigns.get(&call.actor, call.path).await?;
    let seen = call.query.seen.unwrap_or(before.updated);
    let after = call.body.over(&before.draft)?;
    Ok(Shown(call.app.campaigns.update(&call.actor, call.path, after, Some(seen)).await?))
}

async fn remove(call: Call<CampaignId>) -> Result<Done, Fault> {
    call.app.campaigns.delete(&call.actor, call.path).await?;
    Ok(Done)
}

async fn duplicate(call: Call<CampaignId>) -> Result<Made<Campaign>, Fault> {
    let campaign = call.app.campaigns.duplicate(&call.actor, call.path).await?;
    Ok(Made(format!("/campaigns/{}", campaign.id), campaign))
}

async fn count(call: Call<(), NoQuery, Json<Audience>>) -> Result<Shown<AudienceCount>, Fault> {
    Ok(Shown(call.app.campaigns.count_audience(&call.actor, call.body.0).await?))
}

/// A test to a few addresses.
#[derive(Debug, Deserialize, JsonSchema)]
struct CampaignTest {
    /// 1 to 10 addresses.
    to: Vec<String>,
    /// Written for this contact; an example person if absent.
    #[serde(default)]
    contact: Option<ContactId>,
}

async fn test(call: Call<CampaignId, NoQuery, Json<CampaignTest>>) -> Result<Done, Fault> {
    let Json(CampaignTest { to, contact }) = call.body;
    if contact.is_some() {
        // What is written for a contact shows their data.
        call.actor.require(Capability::ContactsRead)?;
    }
    call.app.campaigns.send_test(&call.actor, call.path, to, contact).await?;
    Ok(Done)
}

async fn schedule(call: Call<CampaignId, NoQuery, Json<When>>) -> Result<Shown<Campaign>, Fault> {
    Ok(Shown(call.app.campaigns.schedule(&call.actor, call.path, call.body.0).await?))
}

async fn last_look(call: Call<CampaignId>) -> Result<Shown<LastLook>, Fault> {
    Ok(Shown(call.app.campaigns.last_look(&call.actor, call.path).await?))
}

/// How to look.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct PreflightQuery {
    /// Tries links again even if they were a moment ago.
    fresh: bool,
}

async fn preflight(call: Call<CampaignId, PreflightQuery>) -> Result<Shown<Preflight>, Fault> {
    Ok(Shown(call.app.campaigns.preflight(&call.actor, call.path, call.query.fresh).await?))
}

async fn report(call: Call<CampaignId>) -> Result<Shown<CampaignReport>, Fault> {
    Ok(Shown(call.app.campaigns.report(&call.actor, call.path).await?))
}

/// Which recipients.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct RecipientsQuery {
    /// A state, or `opened`, `clicked`, `unsubscribed`; all if absent.
    state: Option<String>,
    /// Part of the address.
    search: String,
    /// `next` of the page before.
    cursor: Option<Cursor>,
    /// Rows, 1 to 200; 50 if absent.
    limit: u32,
}

impl From<RecipientsQuery> for RecipientQuery {
    fn from(query: RecipientsQuery) -> Self {
        let RecipientsQuery { state, search, cursor, limit } = query;
        Self { state: state.filter(|s| !s.is_empty()), search, cursor, limit }
    }
}

async fn recipients(call: Call<CampaignId, RecipientsQuery>) -> Result<Shown<Page<RecipientRow>>, Fault> {
    Ok(Shown(call.app.campaigns.recipients(&call.actor, call.path, call.query.into()).await?))
}

/// Which recipients.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct RecipientsExport {
    /// A state, or `opened`, `clicked`, `unsubscribed`; all if absent.
    state: Option<String>,
    /// Part of the address.
    search: String,
}

async fn export(call: Call<CampaignId, RecipientsExport>) -> Result<Csv, Fault> {
    let RecipientsExport { state, search } = call.query;
    let query = RecipientQuery { state: state.filter(|s| !s.is_empty()), search, ..RecipientQuery::default() };
    Ok(Csv(crate::http::files::recipients_csv(&call.app, call.actor, call.path, query).await))
}
