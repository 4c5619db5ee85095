//! What is going on right now: background work, things that need a person, and the stream of events.

use crate::{Actor, CompanyId, Fault, Micros};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One piece of long work, as the shell shows it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// `import` or `campaign`.
    pub kind: String,
    /// Id of the import or campaign.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Rows or messages that are settled.
    pub done: i64,
    /// Rows or messages in all; `None` while still being counted.
    pub total: Option<i64>,
    /// Settled per minute over the last minute; `None` before there is anything to measure.
    pub per_minute: Option<i64>,
    /// Seconds left at that rate; `None` when paused or not known.
    pub seconds_left: Option<i64>,
    /// True while it is held.
    pub paused: bool,
    /// Page that shows it.
    pub href: String,
}

/// Something that waits for a person.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// `campaign`, `sender` or `import`.
    pub kind: String,
    /// What is wrong, one clause.
    pub title: String,
    /// Since when or why, one clause.
    pub why: String,
    /// What the button says.
    pub action: String,
    /// Page that resolves it.
    pub href: String,
    /// When it came up.
    pub at: Micros,
}

/// One hit of the search in the command palette.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// `contact`, `campaign`, `template`, `list`.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// What tells it apart, for example the address.
    pub subtitle: String,
    /// Page that shows it.
    pub href: String,
}

/// One change, as the event stream tells it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Grows within a company; hand the last one back to go on after it.
    pub id: i64,
    /// The company it happened in.
    pub company: CompanyId,
    /// `noun.verb`, for example `campaign.finished`.
    pub kind: String,
    /// Id of the noun.
    pub subject: String,
    /// Details, an object.
    pub payload: serde_json::Value,
    /// When.
    pub at: Micros,
}

/// The stream of events of one company.
#[async_trait]
pub trait Events: Send + Sync {
    /// At most `limit` events after the one numbered `after`, oldest first. Any signed-in actor may listen.
    async fn after(&self, actor: &Actor, after: i64, limit: i64) -> Result<Vec<Event>, Fault>;
    /// The number of the newest event, 0 if there is none.
    async fn latest(&self, actor: &Actor) -> Result<i64, Fault>;
    /// Returns when something new may be there, or after a few seconds.
    async fn changed(&self);
}

/// How all senders of a company do together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverySummary {
    /// Senders.
    pub senders: i64,
    /// Messages handed over in the last 24 hours.
    pub handed_day: i64,
    /// Those that fail or back off.
    pub troubled: Vec<SenderTrouble>,
}

/// A sender that cannot send just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderTrouble {
    /// Its name.
    pub name: String,
    /// Why, in words.
    pub detail: String,
}
