//! Email campaigns: content, audience, schedule, the ledger of recipients, the report.

mod explain;
mod files;
mod plan;
mod preflight;
mod rework;
mod stall;
mod warm_up;

pub use explain::*;
pub use files::*;
pub use plan::*;
pub use preflight::*;
pub use rework::*;
pub use stall::*;
pub use warm_up::*;

use crate::contacts::{DayCount, ExportPart, NamedList};
use crate::live::{Hit, Need, Work};
use crate::templates::Content;
use crate::{Actor, CampaignId, ContactId, Cursor, Fault, FileId, ListId, Micros, Page, SenderId, TagId, TemplateId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Where a campaign stands.
///
/// `draft → scheduled → preparing → sending ⇄ paused → finished | finished_with_failures | cancelled | failed`.
/// `finished` is computed from the recipient rows, never assumed.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Being written.
    Draft,
    /// Will start at its time.
    Scheduled,
    /// Working out who gets it.
    Preparing,
    /// Going out.
    Sending,
    /// Held, by a person or by trouble.
    Paused,
    /// Everybody settled well.
    Finished,
    /// Everybody settled, some failed or unknown.
    FinishedWithFailures,
    /// Stopped by a person; the rest were not mailed.
    Cancelled,
    /// Could not start.
    Failed,
}

impl CampaignState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Scheduled,
        Self::Preparing,
        Self::Sending,
        Self::Paused,
        Self::Finished,
        Self::FinishedWithFailures,
        Self::Cancelled,
        Self::Failed,
    ];

    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Preparing => "preparing",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::FinishedWithFailures => "finished_with_failures",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen by itself.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Finished | Self::FinishedWithFailures | Self::Cancelled | Self::Failed)
    }
}

impl FromStr for CampaignState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(())
    }
}

/// Where one recipient stands.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientState {
    /// Waits.
    #[default]
    Pending,
    /// Taken by a worker, nothing handed over yet.
    Claimed,
    /// Intent is on disk; the message is being handed over.
    Handed,
    /// The server took it.
    Accepted,
    /// Refused for good.
    Failed,
    /// Left out, with a reason.
    Skipped,
    /// Handed over, but no answer came. Never sent again by itself.
    Unknown,
    /// The campaign was cancelled before this one's turn.
    Cancelled,
}

impl RecipientState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Claimed,
        Self::Handed,
        Self::Accepted,
        Self::Failed,
        Self::Skipped,
        Self::Unknown,
        Self::Cancelled,
    ];

    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Handed => "handed",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for RecipientState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(())
    }
}

/// Who gets it: anybody on one of the lists or with one of the tags, and on none of the excluded ones.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Audience {
    /// On any of these lists.
    #[serde(default)]
    pub lists: Vec<ListId>,
    /// With any of these tags.
    #[serde(default)]
    pub tags: Vec<TagId>,
    /// Not on these lists.
    #[serde(default)]
    pub exclude_lists: Vec<ListId>,
    /// Not with these tags.
    #[serde(default)]
    pub exclude_tags: Vec<TagId>,
}

/// A reason with its number of people.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Code: `unsubscribed`, `no_consent`, `suppressed`, `no_address`, `duplicate_address`, `invalid_address`, `render_error`, or the class of a failure.
    pub code: String,
    /// In words.
    pub text: String,
    /// People.
    pub count: i64,
}

/// The audience, counted now: `matched = will_receive + Σ excluded`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AudienceCount {
    /// People who match lists and tags, without those excluded by the audience itself.
    pub matched: i64,
    /// Who of them will be mailed.
    pub will_receive: i64,
    /// Who will not, and why.
    pub excluded: Vec<Reason>,
}

/// What can be written about a campaign.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CampaignDraft {
    /// Name for people in the company.
    pub name: String,
    /// Content.
    #[serde(default)]
    pub content: Content,
    /// Template it was started from.
    #[serde(default)]
    pub template: Option<TemplateId>,
    /// Sender.
    #[serde(default)]
    pub sender: Option<SenderId>,
    /// From name; empty takes the sender's.
    #[serde(default)]
    pub from_name: String,
    /// Reply-To; empty takes the sender's.
    #[serde(default)]
    pub reply_to: String,
    /// Audience.
    #[serde(default)]
    pub audience: Audience,
    /// Whether opens are counted by a pixel.
    #[serde(default = "yes")]
    pub track_opens: bool,
    /// Whether links are wrapped.
    #[serde(default = "yes")]
    pub track_clicks: bool,
    /// Windows, zones, caps, variants, languages.
    #[serde(default)]
    pub plan: Plan,
}

fn yes() -> bool {
    true
}

/// When to start, as a wall clock.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct When {
    /// `YYYY-MM-DDTHH:MM` on the clock of `zone`.
    pub wall: String,
    /// IANA zone.
    pub zone: String,
}

/// Recipients by state; the sum is everybody in the ledger.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Waiting.
    pub pending: i64,
    /// Taken by a worker.
    pub claimed: i64,
    /// Being handed over.
    pub handed: i64,
    /// Taken by the server.
    pub accepted: i64,
    /// Refused.
    pub failed: i64,
    /// Left out.
    pub skipped: i64,
    /// No answer.
    pub unknown: i64,
    /// Not reached before cancel.
    pub cancelled: i64,
}

impl Counts {
    /// Everybody in the ledger.
    pub fn total(&self) -> i64 {
        self.to_send() + self.skipped
    }

    /// Everybody who is to be mailed: the ledger without those left out.
    pub fn to_send(&self) -> i64 {
        self.open() + self.accepted + self.failed + self.unknown + self.cancelled
    }

    /// Not settled yet.
    pub fn open(&self) -> i64 {
        self.pending + self.claimed + self.handed
    }

    /// Settled, one way or another, of those to be mailed.
    pub fn settled(&self) -> i64 {
        self.to_send() - self.open()
    }
}

/// What came of the messages that were taken, each person counted once.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    /// Opened; a click counts as an open.
    pub opened: i64,
    /// Clicked.
    pub clicked: i64,
    /// Unsubscribed through this campaign.
    pub unsubscribed: i64,
    /// Opens that a machine made and no person (prefetch, scanner): not in `opened`.
    pub machine_opened: i64,
    /// Whose message came back after the server had taken it.
    #[serde(default)]
    pub bounced: i64,
    /// Reported the message as spam.
    #[serde(default)]
    pub complained: i64,
}

/// A row of the campaign list.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignRow {
    /// Id.
    pub id: CampaignId,
    /// Name.
    pub name: String,
    /// Subject.
    pub subject: String,
    /// State.
    pub state: CampaignState,
    /// Why it is held, or empty.
    pub state_reason: String,
    /// Recipients.
    pub counts: Counts,
    /// What they did.
    pub engagement: Engagement,
    /// Planned start.
    pub scheduled: Option<Micros>,
    /// First handed over.
    pub started: Option<Micros>,
    /// Ended.
    pub finished: Option<Micros>,
    /// Changed.
    pub updated: Micros,
}

/// A campaign, whole.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Id.
    pub id: CampaignId,
    /// What was written.
    pub draft: CampaignDraft,
    /// State.
    pub state: CampaignState,
    /// Why it is held or failed, in words, or empty.
    pub state_reason: String,
    /// Recipients by state; zero before `preparing`.
    pub counts: Counts,
    /// Planned start, and the wall clock it was given as.
    pub scheduled: Option<Micros>,
    /// As it was given.
    pub when: Option<When>,
    /// Started.
    pub started: Option<Micros>,
    /// Ended.
    pub finished: Option<Micros>,
    /// Made.
    pub created: Micros,
    /// Changed.
    pub updated: Micros,
    /// Who made it, by name.
    pub by: String,
    /// How its test of variants stands; `None` without one, and before it was prepared.
    pub test: Option<TestStanding>,
    /// The campaign whose readers were left out of this one: a second try for those who did not open.
    pub resend_of: Option<CampaignId>,
    /// The next time somebody's turn comes, while all who are left wait for a time.
    pub waits_until: Option<Micros>,
}

/// A link of a campaign with its clicks.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// Target as written.
    pub url: String,
    /// People who clicked it.
    pub people: i64,
    /// Clicks in all.
    pub clicks: i64,
}

/// Opens and clicks in one stretch of time.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HitCount {
    /// Start of the stretch.
    pub at: Micros,
    /// First opens in it.
    pub opens: i64,
    /// First clicks in it.
    pub clicks: i64,
}

/// What became of a campaign, counted now from stored rows.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignReport {
    /// The campaign.
    pub campaign: Campaign,
    /// Sender's name, or empty if it is gone.
    pub sender: String,
    /// Names of the audience.
    pub audience: AudienceNames,
    /// What people did.
    pub engagement: Engagement,
    /// Failures by class.
    pub failures: Vec<Reason>,
    /// Left out, by reason.
    pub skipped: Vec<Reason>,
    /// Links by people.
    pub links: Vec<LinkReport>,
    /// First opens and clicks per hour for 48 hours from the start, no hour missing up to now; empty before the start.
    pub hours: Vec<HitCount>,
    /// Settled per minute over the last minute, while sending.
    pub per_minute: Option<i64>,
    /// When it will be done at that rate.
    pub finishes: Option<Micros>,
    /// What holds it up, if nothing has moved for a minute while it is sending.
    pub stall: Option<Stall>,
    /// Counted at.
    pub at: Micros,
}

/// Lists and tags of an audience by name; those deleted meanwhile are absent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AudienceNames {
    /// Included lists.
    pub lists: Vec<NamedList>,
    /// Included tags.
    pub tags: Vec<String>,
    /// Excluded lists.
    pub exclude_lists: Vec<NamedList>,
    /// Excluded tags.
    pub exclude_tags: Vec<String>,
}

/// Which recipients.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecipientQuery {
    /// A state, or `opened`, `clicked`, `unsubscribed`, `bounced`, `complained`; `None` is all.
    #[serde(default)]
    pub state: Option<String>,
    /// Part of the address.
    #[serde(default)]
    pub search: String,
    /// Go on after.
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// Rows, 1 to 200; 0 is 50.
    #[serde(default)]
    pub limit: u32,
}

/// One recipient.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecipientRow {
    /// The contact.
    pub contact: ContactId,
    /// Address at the time of sending.
    pub address: String,
    /// State.
    pub state: RecipientState,
    /// Reason or the server's words, or empty.
    pub detail: String,
    /// Times it was handed over or tried.
    pub attempts: i32,
    /// Last change.
    pub at: Option<Micros>,
    /// First open by a person.
    pub opened: Option<Micros>,
    /// First click by a person.
    pub clicked: Option<Micros>,
    /// Unsubscribed through this message.
    pub unsubscribed: Option<Micros>,
    /// Came back after the server had taken it.
    #[serde(default)]
    pub bounced: Option<Micros>,
    /// What the bounce says, with `bounced`: `hard`, `soft`, `ignore` or `block`.
    #[serde(default)]
    pub bounce_class: Option<crate::bounces::BounceClass>,
    /// The person reported the message as spam.
    #[serde(default)]
    pub complained: Option<Micros>,
}

/// The last look before something reaches people.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastLook {
    /// Who gets it.
    pub audience: AudienceCount,
    /// Sender's name and From.
    pub sender: String,
    /// Messages per minute that the sender's limits allow; `None` is as fast as the server takes them.
    pub per_minute: Option<i64>,
    /// When it would be done if started now, where the limits allow to tell.
    pub finishes: Option<Micros>,
    /// What stands in the way.
    pub blockers: Vec<String>,
    /// What to know.
    pub warnings: Vec<String>,
}

/// Figures of email for the dashboard, counted now.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailSummary {
    /// Campaigns by state that are not ended: sending, scheduled, paused, draft.
    pub sending: i64,
    /// Scheduled.
    pub scheduled: i64,
    /// Held.
    pub paused: i64,
    /// Drafts.
    pub drafts: i64,
    /// Messages taken by servers in 30 days.
    pub accepted: i64,
    /// In the 30 days before.
    pub accepted_before: i64,
    /// Of those messages of 30 days: opened by a person.
    pub opened: i64,
    /// Same for the 30 days before.
    pub opened_before: i64,
    /// Clicked by a person.
    pub clicked: i64,
    /// Same for the 30 days before.
    pub clicked_before: i64,
    /// Unsubscribed through those messages.
    pub unsubscribed: i64,
    /// No answer, ever, not yet resolved.
    pub unknown: i64,
    /// Accepted per day, last 30 days, oldest first, no day missing.
    pub per_day: Vec<DayCount>,
    /// Opened (first open) per day, the same days.
    pub opens_per_day: Vec<DayCount>,
    /// What starts in the next seven days, soonest first.
    pub coming: Vec<CampaignRow>,
    /// What is going out now.
    pub now_sending: Vec<CampaignRow>,
    /// Last ended ones, at most five.
    pub recent: Vec<CampaignRow>,
    /// Counted at.
    pub at: Micros,
}

/// Which campaigns.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CampaignQuery {
    /// Part of the name or subject.
    #[serde(default)]
    pub search: String,
    /// One state.
    #[serde(default)]
    pub state: Option<CampaignState>,
    /// Go on after; last changed first.
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// Rows, 1 to 100; 0 is 25.
    #[serde(default)]
    pub limit: u32,
}

/// Campaigns service.
#[async_trait]
pub trait Campaigns: Send + Sync {
    /// A page of campaigns.
    async fn list(&self, actor: &Actor, query: CampaignQuery) -> Result<Page<CampaignRow>, Fault>;
    /// One, with counts.
    async fn get(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault>;
    /// Adds a draft.
    async fn create(&self, actor: &Actor, draft: CampaignDraft) -> Result<Campaign, Fault>;
    /// Changes a draft, scheduled or paused campaign. Content and audience are frozen once preparing began.
    /// `seen` is the `updated` the editor started from; a newer one is a conflict.
    async fn update(
        &self,
        actor: &Actor,
        id: CampaignId,
        draft: CampaignDraft,
        seen: Option<Micros>,
    ) -> Result<Campaign, Fault>;
    /// Ends a test by hand: this variant, counted from 0, goes to everybody who waits.
    async fn choose_winner(&self, actor: &Actor, id: CampaignId, variant: u32) -> Result<Campaign, Fault>;
    /// A new draft for those who got this one and neither opened nor clicked it. Within 48 hours of its end only with
    /// `sure`.
    async fn resend(&self, actor: &Actor, id: CampaignId, sure: bool) -> Result<Campaign, Fault>;
    /// The company's frequency caps.
    async fn caps(&self, actor: &Actor) -> Result<Caps, Fault>;
    /// Replaces them; holds for every message from now on.
    async fn set_caps(&self, actor: &Actor, caps: Caps) -> Result<Caps, Fault>;
    /// How a sender is warmed up, if it is.
    async fn warm_up(&self, actor: &Actor, sender: SenderId) -> Result<Option<WarmUp>, Fault>;
    /// Begins, changes or (with `None`) ends a warm-up.
    async fn set_warm_up(
        &self,
        actor: &Actor,
        sender: SenderId,
        warm_up: Option<WarmUp>,
    ) -> Result<Option<WarmUp>, Fault>;
    /// A new draft with the same words and no schedule.
    async fn duplicate(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault>;
    /// Removes a draft; for an ended one its report goes too. Refused while anything may still go out.
    async fn delete(&self, actor: &Actor, id: CampaignId) -> Result<(), Fault>;
    /// The files that go with it, in the order they were added.
    async fn files(&self, actor: &Actor, id: CampaignId) -> Result<Vec<CampaignFile>, Fault>;
    /// Adds a file. Refused once preparing began, and for what mail servers do not take.
    async fn add_file(&self, actor: &Actor, id: CampaignId, file: NewFile) -> Result<CampaignFile, Fault>;
    /// Takes a file out, as long as the words may change.
    async fn remove_file(&self, actor: &Actor, id: CampaignId, file: FileId) -> Result<(), Fault>;
    /// Counts an audience without storing it.
    async fn count_audience(&self, actor: &Actor, audience: Audience) -> Result<AudienceCount, Fault>;
    /// Who, how many, through what, until when, and what stands in the way.
    async fn last_look(&self, actor: &Actor, id: CampaignId) -> Result<LastLook, Fault>;
    /// Everything to know before it goes out: links tried, sizes, fields, duplicates, overlap, limits. With `fresh`,
    /// links are tried again even if they were a moment ago.
    async fn preflight(&self, actor: &Actor, id: CampaignId, fresh: bool) -> Result<Preflight, Fault>;
    /// Sends the content as it stands to up to ten addresses, marked as a test, written for `contact` or an example person.
    async fn send_test(
        &self,
        actor: &Actor,
        id: CampaignId,
        to: Vec<String>,
        contact: Option<ContactId>,
    ) -> Result<(), Fault>;
    /// Starts at a time to come.
    async fn schedule(&self, actor: &Actor, id: CampaignId, when: When) -> Result<Campaign, Fault>;
    /// Back to draft.
    async fn unschedule(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault>;
    /// Starts now.
    async fn send(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault>;
    /// Holds; what is being handed over finishes.
    async fn pause(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault>;
    /// Goes on.
    async fn resume(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault>;
    /// Why a contact did or did not get it.
    async fn explain(&self, actor: &Actor, id: CampaignId, contact: ContactId) -> Result<Explanation, Fault>;
    /// Tries failed recipients again, or settles those that are not known. What goes back into the queue of an ended
    /// campaign makes it go on.
    async fn rework(&self, actor: &Actor, id: CampaignId, order: ReworkOrder) -> Result<Reworked, Fault>;
    /// Ends it; nobody further is mailed.
    async fn cancel(&self, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault>;
    /// Emergency stop: holds every campaign that goes out and takes every scheduled one back to draft, at once.
    /// Answers how many. What is being handed over at this moment finishes.
    async fn stop_all(&self, actor: &Actor, reason: String) -> Result<i64, Fault>;
    /// The report.
    async fn report(&self, actor: &Actor, id: CampaignId) -> Result<CampaignReport, Fault>;
    /// A page of recipients.
    async fn recipients(
        &self,
        actor: &Actor,
        id: CampaignId,
        query: RecipientQuery,
    ) -> Result<Page<RecipientRow>, Fault>;
    /// A stretch of the recipients as CSV.
    async fn export_recipients(
        &self,
        actor: &Actor,
        id: CampaignId,
        query: RecipientQuery,
    ) -> Result<ExportPart, Fault>;
    /// Search for the palette.
    async fn search(&self, actor: &Actor, text: String, limit: u32) -> Result<Vec<Hit>, Fault>;
    /// What is going out, for the shell.
    async fn work(&self, actor: &Actor) -> Result<Vec<Work>, Fault>;
    /// Held by trouble, or ended with unknown outcomes, for the bell.
    async fn needs(&self, actor: &Actor) -> Result<Vec<Need>, Fault>;
    /// Figures for the dashboard.
    async fn summary(&self, actor: &Actor) -> Result<EmailSummary, Fault>;
}
