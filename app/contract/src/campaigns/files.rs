//! Files that go with a campaign: attachments, and pictures that its HTML shows.

use crate::{FileId, Micros};
use serde::{Deserialize, Serialize};

/// Largest file, in bytes.
pub const FILE_BYTES: usize = 5 * 1024 * 1024;
/// All files of a campaign together, in bytes; in a message they take a third more.
pub const ALL_FILE_BYTES: usize = 8 * 1024 * 1024;
/// Files of a campaign.
pub const FILES: usize = 10;

/// One file.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignFile {
    /// Id.
    pub id: FileId,
    /// Name, unique in its campaign whatever the case.
    pub name: String,
    /// For example `application/pdf`, told from the name.
    pub content_type: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Whether the HTML shows it by `cid:` and its name; otherwise it is an attachment.
    pub shown: bool,
    /// When it was added.
    pub added: Micros,
}

/// A file to add.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFile {
    /// Name with its ending, for example `prices.pdf`.
    pub name: String,
    /// The file in base64.
    pub body: String,
}
