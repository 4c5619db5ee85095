//! What a person decides about recipients that did not end well.

use super::Campaign;
use crate::ContactId;
use serde::{Deserialize, Serialize};

/// What to do.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rework {
    /// Those that failed are tried again. Consent and suppression are asked anew, so a hard bounce is not repeated.
    RetryFailed,
    /// Those that are not known are looked up where their server can be asked (Microsoft 365 with drafts): what is found
    /// among the sent ones counts as sent, what was never sent is sent now, the others stay as they are.
    UnknownCheck,
    /// Those that are not known count as sent from now on.
    UnknownSent,
    /// Those that are not known are sent again; who has it already gets it twice.
    UnknownAgain,
}

/// Which recipients of a campaign, and what to do about them.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReworkOrder {
    /// What to do.
    pub what: Rework,
    /// Only these contacts, at most 1,000; none is all that the decision fits.
    #[serde(default)]
    pub contacts: Vec<ContactId>,
    /// Needed to send again what may have arrived.
    #[serde(default)]
    pub sure: bool,
}

/// What it did.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reworked {
    /// Recipients that were changed.
    pub recipients: i64,
    /// The campaign as it stands now.
    pub campaign: Campaign,
}
