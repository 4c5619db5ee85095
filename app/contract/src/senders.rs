//! Accounts that mail is sent through.

use crate::accounts::Secret;
use crate::live::Need;
use crate::{Actor, Fault, Micros, SenderId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// How the connection is protected.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// STARTTLS, refused if the server does not offer it; usually port 587.
    Starttls,
    /// No protection; only sensible to a server on the same machine.
    None,
}

impl TlsMode {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Starttls => "starttls",
            Self::None => "none",
        }
    }
}

/// At most so many messages in each window; `None` is no limit.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// In any second.
    #[serde(default)]
    pub per_second: Option<u32>,
    /// In any minute.
    #[serde(default)]
    pub per_minute: Option<u32>,
    /// In any hour.
    #[serde(default)]
    pub per_hour: Option<u32>,
    /// In any 24 hours.
    #[serde(default)]
    pub per_day: Option<u32>,
}

/// What can be written about an SMTP sender.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SenderDraft {
    /// Name for people.
    pub name: String,
    /// Host name or address of the server.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub tls: TlsMode,
    /// User, or empty for no authentication.
    pub user: String,
    /// New secret; `None` keeps the stored one.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// From address.
    pub from_email: String,
    /// From name.
    pub from_name: String,
    /// Reply-To address or empty.
    pub reply_to: String,
    /// Connections at once, 1 to 100.
    pub pool: u16,
    /// Limits.
    #[serde(default)]
    pub rates: Rates,
}

/// How a sender is doing.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SenderHealth {
    /// `untested`, `good`, `cooling` (backs off until `until`) or `failing`.
    pub state: String,
    /// Last trouble in words, or empty.
    pub detail: String,
    /// Since when.
    pub at: Option<Micros>,
    /// When it will be tried again.
    pub until: Option<Micros>,
}

/// A sender, without its secret.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sender {
    /// Id.
    pub id: SenderId,
    /// Name for people.
    pub name: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub tls: TlsMode,
    /// User or empty.
    pub user: String,
    /// Whether a secret is stored.
    pub has_secret: bool,
    /// From address.
    pub from_email: String,
    /// From name.
    pub from_name: String,
    /// Reply-To or empty.
    pub reply_to: String,
    /// Connections at once.
    pub pool: u16,
    /// Limits.
    pub rates: Rates,
    /// Health.
    pub health: SenderHealth,
    /// Messages handed over in the last 24 hours, counted from the ledger.
    pub sent_day: i64,
    /// Changed.
    pub updated: Micros,
}

/// One step of a test.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestStep {
    /// For example `Connect to mail.example:587`.
    pub name: String,
    /// Whether it worked.
    pub ok: bool,
    /// What the server said, or what to do.
    pub detail: String,
}

/// Senders service.
#[async_trait]
pub trait Senders: Send + Sync {
    /// By name.
    async fn list(&self, actor: &Actor) -> Result<Vec<Sender>, Fault>;
    /// One.
    async fn get(&self, actor: &Actor, id: SenderId) -> Result<Sender, Fault>;
    /// Adds one.
    async fn create(&self, actor: &Actor, draft: SenderDraft) -> Result<Sender, Fault>;
    /// Changes it; a running campaign goes on with the new settings.
    async fn update(&self, actor: &Actor, id: SenderId, draft: SenderDraft) -> Result<Sender, Fault>;
    /// Removes it. Refused while a campaign that is not ended names it.
    async fn delete(&self, actor: &Actor, id: SenderId) -> Result<(), Fault>;
    /// Connects and signs in with these settings (and the stored secret of `id` when the draft has none), sends nothing.
    async fn test(&self, actor: &Actor, id: Option<SenderId>, draft: SenderDraft) -> Result<Vec<TestStep>, Fault>;
    /// Sends one short test mail.
    async fn send_test(&self, actor: &Actor, id: SenderId, to: String) -> Result<Vec<TestStep>, Fault>;
    /// Senders that fail, for the bell.
    async fn needs(&self, actor: &Actor) -> Result<Vec<Need>, Fault>;
}
