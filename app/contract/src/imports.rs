//! Importing a CSV file of contacts: upload, map, try, run, resume, reject.

use crate::contacts::ConsentState;
use crate::live::{Need, Work};
use crate::{Actor, Cursor, Fault, ImportId, ListId, Micros, Page};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// How the bytes are read.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dialect {
    /// `,` `;` tab or `|`.
    pub delimiter: char,
    /// `utf-8`, `utf-16le`, `utf-16be` or `windows-1252` (also reads Latin-1).
    pub encoding: String,
    /// Whether the first row names the columns.
    pub header: bool,
}

/// Where a column goes: `email`, `first_name`, `last_name`, `name` (split at the last space), `phone`,
/// `organisation`, `zone`, `language`, `tags` (split at `,` or `;`), `field:<key>` or `` (left out).
pub type Target = String;

/// A column of the file with a guess.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Header, or `Column 3`.
    pub name: String,
    /// Guessed target.
    pub guess: Target,
    /// Up to three values that are not empty.
    pub samples: Vec<String>,
}

/// What was seen in the first part of the file.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Detected, or as asked.
    pub dialect: Dialect,
    /// Columns.
    pub columns: Vec<Column>,
    /// Up to ten rows, cells cut at 200 characters.
    pub rows: Vec<Vec<String>>,
    /// Something odd about the file, in words.
    pub warnings: Vec<String>,
}

/// What to do with an address that is there already.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// Write the file's non-empty cells over it.
    #[default]
    Update,
    /// Leave it alone.
    Skip,
}

/// How to run an import.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportPlan {
    /// How to read.
    pub dialect: Dialect,
    /// A target per column.
    pub targets: Vec<Target>,
    /// Known addresses.
    #[serde(default)]
    pub existing: Existing,
    /// Lists to put everybody on.
    #[serde(default)]
    pub lists: Vec<ListId>,
    /// Tags to give everybody.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Consent that the file proves. People who unsubscribed stay unsubscribed whatever is said here.
    pub consent: ConsentState,
    /// Proof, for example `Stockist fair 2025, paper form`; required with `subscribed`.
    #[serde(default)]
    pub consent_source: String,
}

/// Where an import stands.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// File is coming in.
    Uploading,
    /// File is here; the mapping is missing.
    Mapping,
    /// Reading without writing.
    Trying,
    /// Tried; waits to be started.
    Tried,
    /// Writing.
    Running,
    /// All rows settled.
    Finished,
    /// Stopped by a person; what was written stays.
    Cancelled,
    /// Stopped by trouble that a retry did not mend.
    Failed,
}

impl ImportState {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Mapping => "mapping",
            Self::Trying => "trying",
            Self::Tried => "tried",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// Rows by what became of them. `created + updated + unchanged + skipped + duplicates + rejected = read`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows read (without header and blank lines).
    pub read: i64,
    /// New contacts.
    pub created: i64,
    /// Contacts that changed.
    pub updated: i64,
    /// Contacts that were the same already.
    pub unchanged: i64,
    /// Known addresses left alone as asked.
    pub skipped: i64,
    /// The same address again within the file.
    pub duplicates: i64,
    /// Refused rows; each has its reason in the rejected file.
    pub rejected: i64,
}

/// A reason with its number of rows.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// Reason in words.
    pub reason: String,
    /// Rows.
    pub rows: i64,
}

/// An import.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Id.
    pub id: ImportId,
    /// File name.
    pub name: String,
    /// Size in bytes.
    pub bytes: i64,
    /// State.
    pub state: ImportState,
    /// Plan, once there is one.
    pub plan: Option<ImportPlan>,
    /// Rows settled so far; of a try: what would happen.
    pub counts: ImportCounts,
    /// Bytes of the file settled, the honest measure of progress.
    pub bytes_done: i64,
    /// Rows per second over the run so far.
    pub per_second: Option<i64>,
    /// Seconds left at that rate.
    pub seconds_left: Option<i64>,
    /// The commonest reasons for refusal.
    pub reasons: Vec<ReasonCount>,
    /// What stopped it, when failed.
    pub trouble: Option<String>,
    /// Uploaded.
    pub created: Micros,
    /// Ended.
    pub finished: Option<Micros>,
    /// Who, by name.
    pub by: String,
}

/// Imports service.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Opens an upload. `bytes` is the expected size, if known; at most 2 GB.
    async fn open(&self, actor: &Actor, name: String, bytes: Option<i64>) -> Result<ImportId, Fault>;
    /// Appends bytes to the file on disk.
    async fn append(&self, actor: &Actor, id: ImportId, chunk: Vec<u8>) -> Result<(), Fault>;
    /// The file is whole: synced to disk, state `mapping`.
    async fn uploaded(&self, actor: &Actor, id: ImportId) -> Result<Import, Fault>;
    /// Looks into the file; `dialect` overrides what is detected.
    async fn preview(&self, actor: &Actor, id: ImportId, dialect: Option<Dialect>) -> Result<Preview, Fault>;
    /// Reads everything and says what would happen, as a background job.
    async fn try_run(&self, actor: &Actor, id: ImportId, plan: ImportPlan) -> Result<Import, Fault>;
    /// Starts, as a background job.
    async fn start(&self, actor: &Actor, id: ImportId, plan: ImportPlan) -> Result<Import, Fault>;
    /// Stops at the next batch.
    async fn cancel(&self, actor: &Actor, id: ImportId) -> Result<Import, Fault>;
    /// One.
    async fn get(&self, actor: &Actor, id: ImportId) -> Result<Import, Fault>;
    /// Newest first.
    async fn list(&self, actor: &Actor, cursor: Option<Cursor>) -> Result<Page<Import>, Fault>;
    /// A stretch of the rejected rows as CSV: line, reason, then the row as it was.
    async fn rejected(
        &self,
        actor: &Actor,
        id: ImportId,
        cursor: Option<Cursor>,
    ) -> Result<crate::contacts::ExportPart, Fault>;
    /// Running ones, for the shell.
    async fn work(&self, actor: &Actor) -> Result<Vec<Work>, Fault>;
    /// Failed ones of the last week, for the bell.
    async fn needs(&self, actor: &Actor) -> Result<Vec<Need>, Fault>;
}
