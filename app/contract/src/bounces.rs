//! What comes back: bounces, complaints, and where they are learned of.

use crate::accounts::Secret;
use crate::senders::{TestStep, TlsMode};
use crate::{Actor, BounceId, CampaignId, ContactId, Cursor, Fault, HookId, MailboxId, Micros, Page, SenderId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What a bounce says about the contact.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BounceClass {
    /// The address does not work: mail to it is withheld at once.
    Hard,
    /// The mailbox has a trouble that may pass: several in a row withhold mail.
    Soft,
    /// About this one message: says nothing about the contact.
    Ignore,
    /// Policy or reputation: about the sender.
    Block,
    /// The person reported spam: mail is withheld at once.
    Complaint,
    /// A program answered.
    AutoReply,
}

impl BounceClass {
    /// Every class.
    pub const ALL: [Self; 6] = [Self::Hard, Self::Soft, Self::Ignore, Self::Block, Self::Complaint, Self::AutoReply];

    /// Name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Ignore => "ignore",
            Self::Block => "block",
            Self::Complaint => "complaint",
            Self::AutoReply => "auto_reply",
        }
    }

    /// Whether the message did not arrive.
    pub fn is_return(self) -> bool {
        matches!(self, Self::Hard | Self::Soft | Self::Ignore | Self::Block)
    }
}

impl FromStr for BounceClass {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|class| class.as_str() == text).ok_or(())
    }
}

/// One thing that came back.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounce {
    /// Id.
    pub id: BounceId,
    /// What it says.
    pub class: BounceClass,
    /// Address, or empty where the report hides it and no message was found.
    pub address: String,
    /// The contact it was sent to, where the message was found.
    pub contact: Option<ContactId>,
    /// The campaign, where the message was found.
    pub campaign: Option<CampaignId>,
    /// Name of the campaign, or empty.
    pub campaign_name: String,
    /// Code, for example `5.1.1` or `abuse`, or empty.
    pub code: String,
    /// The server's words, or empty.
    pub words: String,
    /// Name of the mailbox or hook it came through.
    pub source: String,
    /// What was done: `suppressed`, `counted`, `alert` or `none`.
    pub effect: String,
    /// When it happened.
    pub at: Micros,
    /// When Lux learned of it.
    pub received: Micros,
}

/// Which bounces.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BounceQuery {
    /// One class.
    #[serde(default)]
    pub class: Option<BounceClass>,
    /// One campaign.
    #[serde(default)]
    pub campaign: Option<CampaignId>,
    /// Part of the address.
    #[serde(default)]
    pub search: String,
    /// Go on after; the latest first.
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// Rows, 1 to 100; 0 is 50.
    #[serde(default)]
    pub limit: u32,
}

/// How many came back in the last 30 days.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BounceCounts {
    /// Hard.
    pub hard: i64,
    /// Soft.
    pub soft: i64,
    /// About one message only.
    pub ignore: i64,
    /// Blocked.
    pub block: i64,
    /// Complaints.
    pub complaint: i64,
    /// Automatic answers.
    pub auto_reply: i64,
}

impl BounceCounts {
    /// Of one class.
    pub fn of(&self, class: BounceClass) -> i64 {
        match class {
            BounceClass::Hard => self.hard,
            BounceClass::Soft => self.soft,
            BounceClass::Ignore => self.ignore,
            BounceClass::Block => self.block,
            BounceClass::Complaint => self.complaint,
            BounceClass::AutoReply => self.auto_reply,
        }
    }

    /// All.
    pub fn total(&self) -> i64 {
        BounceClass::ALL.into_iter().map(|class| self.of(class)).sum()
    }
}

/// When mail to an address is withheld, and when a campaign is held.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BounceRules {
    /// So many soft bounces withhold mail, 1 to 20.
    pub soft_limit: u32,
    /// Among the last so many messages; the same as `soft_limit` means in a row. At most 20.
    pub soft_of: u32,
    /// A campaign is held when this many of a thousand messages bounced; 0 never holds.
    pub hold_bounces: u32,
    /// A campaign is held when this many of ten thousand messages were reported as spam; 0 never holds.
    pub hold_complaints: u32,
    /// Messages that must have gone out before either is looked at.
    pub hold_after: u32,
}

impl Default for BounceRules {
    fn default() -> Self {
        Self { soft_limit: 5, soft_of: 5, hold_bounces: 50, hold_complaints: 30, hold_after: 200 }
    }
}

/// How a mailbox is read.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxKind {
    /// IMAP, usually port 993 or 143.
    Imap,
    /// POP3, usually port 995 or 110.
    Pop3,
}

impl MailboxKind {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
        }
    }
}

/// What becomes of reports that were read. Letters of people are never touched.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterRead {
    /// Marked as read (IMAP), left alone (POP3).
    Mark,
    /// Moved to a folder (IMAP only).
    Move,
    /// Deleted.
    Delete,
}

impl AfterRead {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Move => "move",
            Self::Delete => "delete",
        }
    }
}

/// What can be written about a bounce mailbox.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailboxDraft {
    /// Name for people.
    pub name: String,
    /// Protocol.
    pub kind: MailboxKind,
    /// Host name or address of the server.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub tls: TlsMode,
    /// User.
    pub user: String,
    /// New secret; `None` keeps the stored one.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Folder that is read; empty is the inbox.
    #[serde(default)]
    pub folder: String,
    /// What becomes of reports.
    pub after: AfterRead,
    /// Folder reports are moved to; only with `move`.
    #[serde(default)]
    pub move_to: String,
    /// Minutes between two looks, 1 to 1440.
    pub minutes: u32,
    /// Address that mail to this mailbox is sent to, and that returned messages come back to with a signed mark after a
    /// plus; empty leaves the sender's own address.
    #[serde(default)]
    pub return_address: String,
    /// Senders whose returned messages come to the return address.
    #[serde(default)]
    pub senders: Vec<SenderId>,
    /// Whether it is read.
    pub active: bool,
}

/// A bounce mailbox, without its secret.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BounceMailbox {
    /// Id.
    pub id: MailboxId,
    /// What was written, without the secret.
    pub draft: MailboxDraft,
    /// `new`, `good` or `failing`.
    pub state: String,
    /// Last trouble in words, or empty.
    pub detail: String,
    /// Last look.
    pub checked: Option<Micros>,
    /// Letters read so far.
    pub letters: i64,
    /// Reports among them.
    pub reports: i64,
    /// Changed.
    pub updated: Micros,
}

/// Who calls a hook.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookKind {
    /// Anybody, in the form that Lux describes, signed with a shared secret.
    Generic,
    /// Postmark: no signature, so the secret is sent as the password of basic authentication.
    Postmark,
    /// Twilio SendGrid, signed with its public key.
    Sendgrid,
    /// Mailgun, signed with its webhook signing key.
    Mailgun,
    /// Amazon SES through SNS, signed with Amazon's certificate; the secret is the topic's ARN.
    Ses,
}

impl HookKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Generic, Self::Postmark, Self::Sendgrid, Self::Mailgun, Self::Ses];

    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Postmark => "postmark",
            Self::Sendgrid => "sendgrid",
            Self::Mailgun => "mailgun",
            Self::Ses => "ses",
        }
    }
}

impl FromStr for HookKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// What can be written about a hook.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HookDraft {
    /// Name for people.
    pub name: String,
    /// Who calls it.
    pub kind: HookKind,
    /// A new secret, which becomes the first; `None` keeps what is stored. For `generic` one is made when absent.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Whether the secret that was first so far stays good too, so that it can be changed without a gap.
    #[serde(default)]
    pub keep_old: bool,
}

/// A hook, without its secrets.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BounceHook {
    /// Id.
    pub id: HookId,
    /// Name.
    pub name: String,
    /// Who calls it.
    pub kind: HookKind,
    /// Address to give to the provider; it names the hook and cannot be guessed. Only for who may change senders.
    pub url: String,
    /// Secrets that are good now, 0 to 2.
    pub secrets: i32,
    /// Last good call.
    pub used: Option<Micros>,
    /// Events taken so far.
    pub events: i64,
    /// Why the last call was refused, or empty.
    pub detail: String,
    /// Changed.
    pub updated: Micros,
}

/// A hook with the secret that was made for it: shown once.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HookMade {
    /// The hook.
    pub hook: BounceHook,
    /// The secret, where Lux made it.
    pub secret: Option<Secret>,
}

/// Everything on the page of bounces but the list.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BounceSetup {
    /// Rules.
    pub rules: BounceRules,
    /// Mailboxes by name.
    pub mailboxes: Vec<BounceMailbox>,
    /// Hooks by name.
    pub hooks: Vec<BounceHook>,
    /// The last 30 days.
    pub counts: BounceCounts,
    /// Counted at.
    pub at: Micros,
}

/// Bounces service.
#[async_trait]
pub trait Bounces: Send + Sync {
    /// A page, the latest first.
    async fn list(&self, actor: &Actor, query: BounceQuery) -> Result<Page<Bounce>, Fault>;
    /// Rules, mailboxes, hooks and counts.
    async fn setup(&self, actor: &Actor) -> Result<BounceSetup, Fault>;
    /// Changes the rules.
    async fn set_rules(&self, actor: &Actor, rules: BounceRules) -> Result<BounceRules, Fault>;
    /// Lets mail to an address through again. The reason is kept on the contact's timeline.
    async fn release(&self, actor: &Actor, address: String, reason: String) -> Result<(), Fault>;
    /// Adds a mailbox.
    async fn create_mailbox(&self, actor: &Actor, draft: MailboxDraft) -> Result<BounceMailbox, Fault>;
    /// Changes one.
    async fn update_mailbox(&self, actor: &Actor, id: MailboxId, draft: MailboxDraft) -> Result<BounceMailbox, Fault>;
    /// Removes one. Mail that is out already comes back to nobody then.
    async fn delete_mailbox(&self, actor: &Actor, id: MailboxId) -> Result<(), Fault>;
    /// Signs in with these settings (and the stored secret of `id` when the draft has none), reads and changes nothing.
    async fn test_mailbox(
        &self,
        actor: &Actor,
        id: Option<MailboxId>,
        draft: MailboxDraft,
    ) -> Result<Vec<TestStep>, Fault>;
    /// Reads it now, in the background.
    async fn read_mailbox(&self, actor: &Actor, id: MailboxId) -> Result<(), Fault>;
    /// Adds a hook.
    async fn create_hook(&self, actor: &Actor, draft: HookDraft) -> Result<HookMade, Fault>;
    /// Changes its name or secret. Its kind stays.
    async fn update_hook(&self, actor: &Actor, id: HookId, draft: HookDraft) -> Result<HookMade, Fault>;
    /// Makes a new secret where Lux makes them, shown once; the one so far stays good until the next change.
    async fn rotate_hook(&self, actor: &Actor, id: HookId) -> Result<HookMade, Fault>;
    /// Removes one: its address is dead from now on.
    async fn delete_hook(&self, actor: &Actor, id: HookId) -> Result<(), Fault>;
}

/// A call of a hook, as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HookCall {
    /// Last part of the path.
    pub token: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, byte for byte.
    pub body: Vec<u8>,
}

impl HookCall {
    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The door for providers.
#[async_trait]
pub trait BounceHooks: Send + Sync {
    /// Takes a call: what it says is on disk when this answers. [`Fault::Missing`] for an address that is not ours,
    /// [`Fault::Denied`] for a signature that is not good. Answers how many events were new.
    async fn receive(&self, call: HookCall) -> Result<i64, Fault>;
}
