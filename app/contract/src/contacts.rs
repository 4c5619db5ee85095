//! People in the audience: profile, consent, tags, lists, custom fields, timeline.

use crate::live::Hit;
use crate::{Actor, ContactId, Cursor, Fault, FieldId, ListId, Micros, Page, TagId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a contact can be reached.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Email.
    Email,
    /// Text message.
    Sms,
}

/// Whether the person agreed to marketing on a channel.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Agreed.
    Subscribed,
    /// Said no. Never mailed, never turned back by an import.
    Unsubscribed,
    /// Never asked. Not mailed.
    None,
}

impl ConsentState {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribed => "subscribed",
            Self::Unsubscribed => "unsubscribed",
            Self::None => "none",
        }
    }
}

/// Consent with its proof.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    /// Channel.
    pub channel: Channel,
    /// State.
    pub state: ConsentState,
    /// Where it came from, for example `import fair.csv` or `unsubscribe link`.
    pub source: String,
    /// Since when.
    pub at: Option<Micros>,
}

/// Why mail to an address is withheld whatever the consent says.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suppressed {
    /// `bounced`, `complained`, `manual`.
    pub reason: String,
    /// Since when.
    pub at: Micros,
}

/// A tag or a list by name.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Id.
    pub id: TagId,
    /// Name, unique per company whatever the case.
    pub name: String,
    /// Contacts that carry it.
    pub contacts: i64,
}

/// A static list.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// Id.
    pub id: ListId,
    /// Name, unique per company whatever the case.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Members.
    pub contacts: i64,
    /// Members who can be mailed now.
    pub subscribed: i64,
    /// Made.
    pub created: Micros,
}

/// Type of a custom field.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// At most 2,000 characters.
    Text,
    /// A decimal number.
    Number,
    /// `YYYY-MM-DD`.
    Date,
    /// True or false.
    Boolean,
    /// One of the options.
    Choice,
    /// An http or https address.
    Url,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Text, Self::Number, Self::Date, Self::Boolean, Self::Choice, Self::Url];

    /// Name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Boolean => "boolean",
            Self::Choice => "choice",
            Self::Url => "url",
        }
    }
}

/// A custom field.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Id.
    pub id: FieldId,
    /// Key in templates and the API: `contact.fields.<key>`; lower-case letters, digits and `_`.
    pub key: String,
    /// What people read.
    pub label: String,
    /// Type.
    pub kind: FieldKind,
    /// For a choice.
    pub options: Vec<String>,
}

/// A new or changed custom field. Key and kind cannot change later.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldDraft {
    /// Key.
    pub key: String,
    /// Label.
    pub label: String,
    /// Type.
    pub kind: FieldKind,
    /// Options of a choice.
    #[serde(default)]
    pub options: Vec<String>,
}

/// What can be written about a contact. Absent optional parts of a change stay as they are.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactDraft {
    /// Address; unique per company when lower-cased. May be empty when there is a phone number.
    #[serde(default)]
    pub email: Option<String>,
    /// First name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// Phone in E.164, for example `+4512345678`.
    #[serde(default)]
    pub phone: Option<String>,
    /// Company the person works for.
    #[serde(default)]
    pub organisation: Option<String>,
    /// IANA zone of the person.
    #[serde(default)]
    pub zone: Option<String>,
    /// Language, for example `da`.
    #[serde(default)]
    pub language: Option<String>,
    /// Custom fields by key; `null` clears one.
    #[serde(default)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Tags by name to have; `None` leaves them alone. Unknown tags are made.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// Lists to be on; `None` leaves them alone.
    #[serde(default)]
    pub lists: Option<Vec<ListId>>,
    /// Email consent to record.
    #[serde(default)]
    pub consent: Option<ConsentState>,
    /// Where that consent came from; required with `consent: subscribed`.
    #[serde(default)]
    pub consent_source: Option<String>,
}

/// A row of the contact table.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactRow {
    /// Id.
    pub id: ContactId,
    /// Address or empty.
    pub email: String,
    /// First and last name, or empty.
    pub name: String,
    /// Organisation or empty.
    pub organisation: String,
    /// Email consent.
    pub consent: ConsentState,
    /// Whether mail is withheld.
    pub suppressed: bool,
    /// Tags by name.
    pub tags: Vec<String>,
    /// Added.
    pub created: Micros,
    /// Last thing the person did (open, click, form), if any.
    pub active: Option<Micros>,
}

/// A contact, whole.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Id.
    pub id: ContactId,
    /// Address or empty.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone or empty.
    pub phone: String,
    /// Organisation or empty.
    pub organisation: String,
    /// Zone or empty.
    pub zone: String,
    /// Language or empty.
    pub language: String,
    /// Custom fields by key.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Tags by name.
    pub tags: Vec<String>,
    /// Lists.
    pub lists: Vec<NamedList>,
    /// Consent per channel.
    pub consents: Vec<Consent>,
    /// Suppression, if any.
    pub suppressed: Option<Suppressed>,
    /// How the contact came in, for example `import fair.csv`.
    pub source: String,
    /// Added.
    pub created: Micros,
    /// Last changed.
    pub updated: Micros,
    /// Last thing the person did.
    pub active: Option<Micros>,
}

impl Contact {
    /// The name, or the address, or the phone: never empty.
    pub fn shown(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name).trim().to_owned();
        [name, self.email.clone(), self.phone.clone()]
            .into_iter()
            .find(|t| !t.is_empty())
            .unwrap_or_else(|| "No name".into())
    }
}

/// A list by name.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedList {
    /// Id.
    pub id: ListId,
    /// Name.
    pub name: String,
}

/// Which contacts. All parts must hold.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactFilter {
    /// Part of address, name or organisation.
    #[serde(default)]
    pub search: String,
    /// Carries this tag.
    #[serde(default)]
    pub tag: Option<TagId>,
    /// Is on this list.
    #[serde(default)]
    pub list: Option<ListId>,
    /// Email status: `subscribed`, `unsubscribed`, `none` or `suppressed`.
    #[serde(default)]
    pub status: Option<String>,
}

/// Order of the contact table; ties break by id.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactSort {
    /// Newest first.
    #[default]
    CreatedDesc,
    /// Oldest first.
    CreatedAsc,
    /// Address A to Z.
    EmailAsc,
    /// Address Z to A.
    EmailDesc,
    /// Last name A to Z.
    NameAsc,
    /// Last name Z to A.
    NameDesc,
}

/// A page of contacts.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactQuery {
    /// Which.
    #[serde(default)]
    pub filter: ContactFilter,
    /// Order.
    #[serde(default)]
    pub sort: ContactSort,
    /// Go on after.
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// Rows, 1 to 200; 0 is the default of 50.
    #[serde(default)]
    pub limit: u32,
    /// Whether to count all matches too.
    #[serde(default)]
    pub count: bool,
}

/// Contacts picked for a bulk action.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These.
    Ids(Vec<ContactId>),
    /// All that match, across pages.
    Filter(ContactFilter),
}

/// What to do with them.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAct {
    /// Add a tag by name; made if new.
    AddTag(String),
    /// Take a tag off.
    RemoveTag(TagId),
    /// Put on a list.
    AddToList(ListId),
    /// Take off a list.
    RemoveFromList(ListId),
    /// Unsubscribe from email.
    Unsubscribe,
    /// Delete.
    Delete,
}

/// What a bulk action did.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkDone {
    /// Contacts that changed.
    pub changed: i64,
    /// Hand this to [`Contacts::undo`] within 15 minutes; absent where nothing changed.
    pub undo: Option<String>,
}

/// One entry of a contact's timeline.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// `created`, `imported`, `changed`, `tag_added`, `list_added`, `subscribed`, `unsubscribed`, `sent`, `opened`, `clicked`, `failed`, …
    pub kind: String,
    /// What happened, one clause.
    pub title: String,
    /// More, or empty.
    pub detail: String,
    /// Page it leads to, or empty.
    pub href: String,
    /// When.
    pub at: Micros,
}

/// What became of each line of a bulk upsert.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Upserted {
    /// New contacts.
    pub created: i64,
    /// Changed ones.
    pub updated: i64,
    /// Refused lines: index and reasons.
    pub refused: Vec<RefusedLine>,
}

/// A refused line.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusedLine {
    /// From 0.
    pub index: i64,
    /// Field.
    pub field: String,
    /// Reason.
    pub message: String,
}

/// A day and a number.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayCount {
    /// `YYYY-MM-DD` in the company's zone.
    pub day: String,
    /// Count.
    pub count: i64,
}

/// Figures of the audience, counted now.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudienceSummary {
    /// Contacts.
    pub contacts: i64,
    /// Who can be mailed now.
    pub subscribed: i64,
    /// Who said no.
    pub unsubscribed: i64,
    /// Withheld.
    pub suppressed: i64,
    /// Added in the last 30 days.
    pub added: i64,
    /// Added in the 30 days before those.
    pub added_before: i64,
    /// Added per day, the last 30 days, oldest first, no day missing.
    pub per_day: Vec<DayCount>,
    /// Lists there are.
    pub lists: i64,
    /// Counted at.
    pub at: Micros,
}

/// A stretch of an export.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportPart {
    /// CSV lines; the first part starts with the header. Cells that a spreadsheet would run as formulas are defused.
    pub csv: String,
    /// Go on after; absent at the end.
    pub next: Option<Cursor>,
}

/// Contacts service.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// A page of contacts.
    async fn list(&self, actor: &Actor, query: ContactQuery) -> Result<Page<ContactRow>, Fault>;
    /// How many match.
    async fn count(&self, actor: &Actor, filter: ContactFilter) -> Result<i64, Fault>;
    /// One, whole.
    async fn get(&self, actor: &Actor, id: ContactId) -> Result<Contact, Fault>;
    /// The contacts behind up to 10,000 addresses; addresses that nobody has are absent.
    async fn by_emails(&self, actor: &Actor, emails: Vec<String>) -> Result<BTreeMap<String, ContactId>, Fault>;
    /// Adds one. An address that exists is a conflict that names the contact.
    async fn create(&self, actor: &Actor, draft: ContactDraft) -> Result<Contact, Fault>;
    /// Changes what is present in the draft.
    async fn update(&self, actor: &Actor, id: ContactId, draft: ContactDraft) -> Result<Contact, Fault>;
    /// Records consent on a channel with its source.
    async fn set_consent(
        &self,
        actor: &Actor,
        id: ContactId,
        channel: Channel,
        state: ConsentState,
        source: String,
    ) -> Result<Contact, Fault>;
    /// Acts on many.
    async fn bulk(&self, actor: &Actor, selection: Selection, act: BulkAct) -> Result<BulkDone, Fault>;
    /// Takes a bulk action back; answers how many contacts changed back.
    async fn undo(&self, actor: &Actor, token: String) -> Result<i64, Fault>;
    /// Newest first, 50 at a time.
    async fn timeline(&self, actor: &Actor, id: ContactId, cursor: Option<Cursor>) -> Result<Page<Moment>, Fault>;
    /// Adds or changes up to 10,000 by address.
    async fn upsert_many(&self, actor: &Actor, drafts: Vec<ContactDraft>) -> Result<Upserted, Fault>;
    /// A stretch of the export, some thousands of rows.
    async fn export(&self, actor: &Actor, filter: ContactFilter, cursor: Option<Cursor>) -> Result<ExportPart, Fault>;

    /// Custom fields by label.
    async fn fields(&self, actor: &Actor) -> Result<Vec<Field>, Fault>;
    /// Adds one.
    async fn create_field(&self, actor: &Actor, draft: FieldDraft) -> Result<Field, Fault>;
    /// Changes label or options.
    async fn update_field(&self, actor: &Actor, id: FieldId, draft: FieldDraft) -> Result<Field, Fault>;
    /// Removes it and its values.
    async fn delete_field(&self, actor: &Actor, id: FieldId) -> Result<(), Fault>;

    /// Tags by name.
    async fn tags(&self, actor: &Actor) -> Result<Vec<Tag>, Fault>;
    /// Renames one.
    async fn rename_tag(&self, actor: &Actor, id: TagId, name: String) -> Result<(), Fault>;
    /// Removes it from all contacts.
    async fn delete_tag(&self, actor: &Actor, id: TagId) -> Result<(), Fault>;

    /// Lists by name.
    async fn lists(&self, actor: &Actor) -> Result<Vec<List>, Fault>;
    /// One.
    async fn get_list(&self, actor: &Actor, id: ListId) -> Result<List, Fault>;
    /// Adds one.
    async fn create_list(&self, actor: &Actor, name: String, description: String) -> Result<List, Fault>;
    /// Changes it.
    async fn update_list(&self, actor: &Actor, id: ListId, name: String, description: String) -> Result<List, Fault>;
    /// Removes the list, not its people. Refused while a scheduled or sending campaign names it.
    async fn delete_list(&self, actor: &Actor, id: ListId) -> Result<(), Fault>;

    /// Search for the palette, at most `limit` hits.
    async fn search(&self, actor: &Actor, text: String, limit: u32) -> Result<Vec<Hit>, Fault>;
    /// Figures for the dashboard.
    async fn summary(&self, actor: &Actor) -> Result<AudienceSummary, Fault>;
}
