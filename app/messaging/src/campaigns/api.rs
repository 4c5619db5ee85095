//! Server functions of campaigns: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::campaigns::{
    Audience, AudienceCount, Campaign, CampaignDraft, CampaignFile, CampaignQuery, CampaignReport, CampaignRow, Caps,
    Explanation, LastLook, NewFile, Preflight, RecipientQuery, RecipientRow, ReworkOrder, Reworked, When,
};
use contract::{CampaignId, ContactId, Fault, FileId, Micros, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// A page of campaigns.
#[server(prefix = "/fn", endpoint = "campaigns/list", input = Json)]
pub async fn campaign_page(query: CampaignQuery) -> Result<Page<CampaignRow>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.list(&actor, query).await
}

/// One.
#[server(prefix = "/fn", endpoint = "campaigns/get", input = GetUrl)]
pub async fn get_campaign(id: CampaignId) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.get(&actor, id).await
}

/// Adds a draft.
#[server(prefix = "/fn", endpoint = "campaigns/create", input = Json)]
pub async fn create_campaign(draft: CampaignDraft) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.create(&actor, draft).await
}

/// Changes one.
#[server(prefix = "/fn", endpoint = "campaigns/update", input = Json)]
pub async fn update_campaign(id: CampaignId, draft: CampaignDraft, seen: Option<Micros>) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.update(&actor, id, draft, seen).await
}

/// A new draft with the same words.
#[server(prefix = "/fn", endpoint = "campaigns/duplicate", input = Json)]
pub async fn duplicate_campaign(id: CampaignId) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.duplicate(&actor, id).await
}

/// Removes one.
#[server(prefix = "/fn", endpoint = "campaigns/delete", input = Json)]
pub async fn delete_campaign(id: CampaignId) -> Result<(), Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.delete(&actor, id).await
}

/// The files that go with one.
#[server(prefix = "/fn", endpoint = "campaigns/files", input = GetUrl)]
pub async fn campaign_files(id: CampaignId) -> Result<Vec<CampaignFile>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.files(&actor, id).await
}

/// Adds a file.
#[server(prefix = "/fn", endpoint = "campaigns/add-file", input = Json)]
pub async fn add_campaign_file(id: CampaignId, file: NewFile) -> Result<CampaignFile, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.add_file(&actor, id, file).await
}

/// Takes a file out.
#[server(prefix = "/fn", endpoint = "campaigns/remove-file", input = Json)]
pub async fn remove_campaign_file(id: CampaignId, file: FileId) -> Result<(), Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.remove_file(&actor, id, file).await
}

/// Counts an audience.
#[server(prefix = "/fn", endpoint = "campaigns/count-audience", input = Json)]
pub async fn count_audience(audience: Audience) -> Result<AudienceCount, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.count_audience(&actor, audience).await
}

/// The last look before sending.
#[server(prefix = "/fn", endpoint = "campaigns/last-look", input = GetUrl)]
pub async fn take_last_look(id: CampaignId) -> Result<LastLook, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.last_look(&actor, id).await
}

/// The report before it goes out.
#[server(prefix = "/fn", endpoint = "campaigns/preflight", input = GetUrl)]
pub async fn take_preflight(id: CampaignId, fresh: bool) -> Result<Preflight, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.preflight(&actor, id, fresh).await
}

/// Ends a test by hand.
#[server(prefix = "/fn", endpoint = "campaigns/choose-winner", input = Json)]
pub async fn choose_winner(id: CampaignId, variant: u32) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.choose_winner(&actor, id, variant).await
}

/// A second try for those who did not read it.
#[server(prefix = "/fn", endpoint = "campaigns/resend", input = Json)]
pub async fn resend(id: CampaignId, sure: bool) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.resend(&actor, id, sure).await
}

/// The company's frequency caps.
#[server(prefix = "/fn", endpoint = "campaigns/caps", input = GetUrl)]
pub async fn get_caps() -> Result<Caps, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.caps(&actor).await
}

/// Replaces them.
#[server(prefix = "/fn", endpoint = "campaigns/set-caps", input = Json)]
pub async fn set_caps(caps: Caps) -> Result<Caps, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.set_caps(&actor, caps).await
}

/// Sends a test.
#[server(prefix = "/fn", endpoint = "campaigns/send-test", input = Json)]
pub async fn send_test(id: CampaignId, to: Vec<String>, contact: Option<ContactId>) -> Result<(), Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.send_test(&actor, id, to, contact).await
}

/// Starts at a time to come.
#[server(prefix = "/fn", endpoint = "campaigns/schedule", input = Json)]
pub async fn schedule(id: CampaignId, when: When) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.schedule(&actor, id, when).await
}

/// Back to draft.
#[server(prefix = "/fn", endpoint = "campaigns/unschedule", input = Json)]
pub async fn unschedule(id: CampaignId) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.unschedule(&actor, id).await
}

/// Starts now.
#[server(prefix = "/fn", endpoint = "campaigns/send", input = Json)]
pub async fn send_now(id: CampaignId) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.send(&actor, id).await
}

/// Holds.
#[server(prefix = "/fn", endpoint = "campaigns/pause", input = Json)]
pub async fn pause(id: CampaignId) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.pause(&actor, id).await
}

/// Goes on.
#[server(prefix = "/fn", endpoint = "campaigns/resume", input = Json)]
pub async fn resume(id: CampaignId) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.resume(&actor, id).await
}

/// Why somebody did or did not get it.
#[server(prefix = "/fn", endpoint = "campaigns/explain", input = GetUrl)]
pub async fn explain_recipient(id: CampaignId, contact: ContactId) -> Result<Explanation, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.explain(&actor, id, contact).await
}

/// Tries recipients again, or settles them.
#[server(prefix = "/fn", endpoint = "campaigns/rework", input = Json)]
pub async fn rework_recipients(id: CampaignId, order: ReworkOrder) -> Result<Reworked, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.rework(&actor, id, order).await
}

/// Ends it.
#[server(prefix = "/fn", endpoint = "campaigns/cancel", input = Json)]
pub async fn cancel(id: CampaignId) -> Result<Campaign, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.cancel(&actor, id).await
}

/// What became of it.
#[server(prefix = "/fn", endpoint = "campaigns/report", input = GetUrl)]
pub async fn report(id: CampaignId) -> Result<CampaignReport, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.report(&actor, id).await
}

/// A page of recipients.
#[server(prefix = "/fn", endpoint = "campaigns/recipients", input = Json)]
pub async fn recipients(id: CampaignId, query: RecipientQuery) -> Result<Page<RecipientRow>, Fault> {
    let (actor, campaigns) = session::ask::<dyn contract::campaigns::Campaigns>()?;
    campaigns.recipients(&actor, id, query).await
}
