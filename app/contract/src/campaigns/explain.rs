//! Why a contact did or did not get a campaign.

use super::RecipientState;
use crate::{ContactId, Micros};
use serde::{Deserialize, Serialize};

/// What is stored of one contact and one campaign, as a story.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The contact.
    pub contact: ContactId,
    /// The answer in a sentence.
    pub verdict: String,
    /// Where it stands in the ledger; nothing if it never was in it.
    pub state: Option<RecipientState>,
    /// What happened, in order.
    pub steps: Vec<ExplainedStep>,
    /// The sender that took it, or empty.
    pub route: String,
    /// `Message-ID` of the last try, or empty: mail servers name it in their logs.
    pub message_id: String,
}

/// One thing that happened.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedStep {
    /// When; nothing if that is not kept.
    pub at: Option<Micros>,
    /// What, in words.
    pub text: String,
}
