//! Single messages that programs send: receipts, codes, confirmations.

use crate::campaigns::RecipientState;
use crate::templates::Content;
use crate::{Actor, Cursor, Fault, MessageId, Micros, Page, SenderId, TemplateId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What happens when the answer of the mail server was lost.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It is sent again, with the same Message-ID, so that a second copy can be told from a new message.
    #[default]
    AtLeastOnce,
    /// It stays unknown.
    NeverTwice,
}

impl Certainty {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at_least_once",
            Self::NeverTwice => "never_twice",
        }
    }
}

/// A message to one address. Not for marketing: it carries no unsubscribe link and asks for no consent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageDraft {
    /// Address.
    pub to: String,
    /// Name of the person, or empty.
    #[serde(default)]
    pub to_name: String,
    /// Words from this template.
    #[serde(default)]
    pub template: Option<TemplateId>,
    /// Words given here instead.
    #[serde(default)]
    pub content: Option<Content>,
    /// Values for the placeholders, for example `order` for `{{ order.number }}`.
    #[serde(default)]
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// Sender; may be left out where the company has only one.
    #[serde(default)]
    pub sender: Option<SenderId>,
    /// From name; empty takes the sender's.
    #[serde(default)]
    pub from_name: String,
    /// Reply-To; empty takes the sender's.
    #[serde(default)]
    pub reply_to: String,
    /// What happens when the answer was lost.
    #[serde(default)]
    pub certainty: Certainty,
}

/// A message and what became of it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Id.
    pub id: MessageId,
    /// Address.
    pub to: String,
    /// Subject as written.
    pub subject: String,
    /// The sender it goes or went through.
    pub sender: SenderId,
    /// Its name, or empty if it is gone.
    pub sender_name: String,
    /// Template it was written from.
    pub template: Option<TemplateId>,
    /// Its name, or empty if it is gone or there was none.
    pub template_name: String,
    /// State, as of a recipient of a campaign.
    pub state: RecipientState,
    /// Why, in words, or the server's answer, or empty.
    pub detail: String,
    /// Times it was handed over or tried.
    pub attempts: i32,
    /// Of those, times whose answer never came, so that a copy more may have arrived.
    pub repeats: i32,
    /// Not tried again before; `None` when it is due or settled.
    pub next: Option<Micros>,
    /// What happens when the answer was lost.
    pub certainty: Certainty,
    /// Message-ID without brackets, once it was handed over.
    pub message_id: Option<String>,
    /// Accepted by us.
    pub created: Micros,
    /// Handed to the server.
    pub handed: Option<Micros>,
    /// Settled.
    pub settled: Option<Micros>,
}

/// Which messages.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageQuery {
    /// One state.
    #[serde(default)]
    pub state: Option<RecipientState>,
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

/// Messages service.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Takes a message; it is written out now, and goes out ahead of campaigns.
    async fn send(&self, actor: &Actor, draft: MessageDraft) -> Result<Message, Fault>;
    /// A page of them, the latest first.
    async fn list(&self, actor: &Actor, query: MessageQuery) -> Result<Page<Message>, Fault>;
    /// What became of one.
    async fn get(&self, actor: &Actor, id: MessageId) -> Result<Message, Fault>;
}
