//! The report before a campaign goes out: what stands in the way, what to know, what is in order.

use crate::Micros;
use serde::{Deserialize, Serialize};

/// How much a finding matters. What was not tried is told apart from what is good.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// It cannot go out.
    Blocker,
    /// It can go out; a person should know.
    Warning,
    /// It could not be checked.
    NotChecked,
    /// In order.
    Good,
}

/// Where a finding is mended.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Subject, preview text, source, text part.
    Content,
    /// Lists and tags.
    Audience,
    /// Sender of the campaign.
    Sender,
    /// When it goes out, and how often.
    Schedule,
    /// Settings of the company.
    Company,
}

/// One thing behind a finding: a link, a picture, a field, a campaign.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingItem {
    /// What.
    pub what: String,
    /// What about it.
    pub detail: String,
}

/// One finding.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name: `links`, `size`, `alt_texts`, `unsubscribe`, `preheader`, `fields`, `domain`, `duplicates`,
    /// `overlap`, `quota`, `content`, `sender`, `audience`, `address`, `schedule`, `cap`.
    pub code: String,
    /// How much it matters.
    pub gravity: Gravity,
    /// What was found, one sentence.
    pub title: String,
    /// What to do about it, or empty.
    pub fix: String,
    /// Where that is done.
    pub place: Place,
    /// What is behind it; at most twenty.
    pub items: Vec<FindingItem>,
}

/// The report.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// Blockers first, what is good last.
    pub findings: Vec<Finding>,
    /// How many stand in the way.
    pub blockers: u32,
    /// How many to know of.
    pub warnings: u32,
    /// People who would get it now.
    pub people: i64,
    /// When the last message would be handed over, if it started now and the limits allow to tell.
    pub finishes: Option<Micros>,
    /// When the links were tried; links of unchanged content are not tried again for half an hour.
    pub links_at: Option<Micros>,
    /// Made at.
    pub at: Micros,
}
