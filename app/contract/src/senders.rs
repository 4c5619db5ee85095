//! Accounts that mail is sent through.

use crate::accounts::Secret;
use crate::live::Need;
use crate::{Actor, Fault, Micros, SenderId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// How the connection is protected.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// STARTTLS, refused if the server does not offer it; usually port 587.
    #[default]
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

/// What a sender speaks.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    /// SMTP to a mail server.
    #[default]
    Smtp,
    /// Microsoft Graph to mailboxes of a Microsoft 365 tenant.
    Graph,
}

impl SenderKind {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Graph => "graph",
        }
    }
}

/// How an SMTP sender signs in. Graph always uses OAuth.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// The secret is the user's password.
    #[default]
    Password,
    /// The secret is that of an application in Microsoft 365 (`tenant`, `client_id`), which signs in for `user` (XOAUTH2).
    Oauth,
}

impl SignIn {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Oauth => "oauth",
        }
    }
}

/// How messages are handed to Graph.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphMode {
    /// As `draft` where the application has Mail.ReadWrite, else as `send`.
    #[default]
    Auto,
    /// A draft that is then sent: a lost answer is looked up in the mailbox.
    Draft,
    /// At once: a lost answer stays unknown.
    Send,
}

impl GraphMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Draft, Self::Send];

    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Draft => "draft",
            Self::Send => "send",
        }
    }
}

/// What is said about Microsoft 365 only. The limits are Microsoft's; they change, so they can be changed here.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GraphSettings {
    /// How messages are handed over.
    pub mode: GraphMode,
    /// Mailboxes that send, used in turn.
    pub mailboxes: Vec<String>,
    /// Exchange licences of the tenant: what it may send to the outside in 24 hours follows from them. 0 is a trial.
    pub licences: Option<u32>,
    /// What the tenant may send in 24 hours, where that is known better than by the licences.
    pub tenant_per_day: Option<u32>,
    /// Messages a minute and mailbox.
    pub per_minute: u32,
    /// Recipients in 24 hours and mailbox.
    pub per_day: u32,
    /// Requests at once per mailbox.
    pub at_once: u16,
}

impl Default for GraphSettings {
    fn default() -> Self {
        Self {
            mode: GraphMode::Auto,
            mailboxes: Vec::new(),
            licences: None,
            tenant_per_day: None,
            per_minute: 30,
            per_day: 10_000,
            at_once: 4,
        }
    }
}

impl GraphSettings {
    /// What the tenant may send to the outside in 24 hours, if that is known.
    pub fn tenant_limit(&self) -> Option<u32> {
        self.tenant_per_day.or_else(|| self.licences.map(tenant_limit))
    }

    /// What all mailboxes together may send.
    pub fn rates(&self) -> Rates {
        let boxes = u32::try_from(self.mailboxes.len()).unwrap_or(u32::MAX);
        let per_day = self.per_day.saturating_mul(boxes);
        Rates {
            per_minute: Some(self.per_minute.saturating_mul(boxes)),
            per_day: Some(self.tenant_limit().map_or(per_day, |tenant| tenant.min(per_day))),
            ..Rates::default()
        }
    }
}

/// Recipients outside that a tenant with so many Exchange licences may send to in 24 hours: 500 × licences^0.7 + 9,500,
/// and 5,000 in a trial.
pub fn tenant_limit(licences: u32) -> u32 {
    if licences == 0 {
        return 5_000;
    }
    // far below u32::MAX for every u32
    (500.0 * f64::from(licences).powf(0.7) + 9_500.0) as u32
}

/// What can be written about a sender.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SenderDraft {
    /// Name for people.
    pub name: String,
    /// What it speaks.
    #[serde(default)]
    pub kind: SenderKind,
    /// Host name or address of the SMTP server.
    #[serde(default)]
    pub host: String,
    /// Port.
    #[serde(default)]
    pub port: u16,
    /// Protection.
    #[serde(default)]
    pub tls: TlsMode,
    /// User, or empty for no authentication.
    #[serde(default)]
    pub user: String,
    /// How it signs in.
    #[serde(default)]
    pub sign_in: SignIn,
    /// Tenant of the application: id or domain. For Graph, and for SMTP by OAuth.
    #[serde(default)]
    pub tenant: String,
    /// Id of the application.
    #[serde(default)]
    pub client_id: String,
    /// Mailboxes and limits of Microsoft 365.
    #[serde(default)]
    pub graph: GraphSettings,
    /// New secret; `None` keeps the stored one.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// From address; with Graph it is the first mailbox.
    #[serde(default)]
    pub from_email: String,
    /// From name.
    #[serde(default)]
    pub from_name: String,
    /// Reply-To address or empty.
    #[serde(default)]
    pub reply_to: String,
    /// SMTP connections at once, 1 to 100.
    #[serde(default = "four")]
    pub pool: u16,
    /// Limits.
    #[serde(default)]
    pub rates: Rates,
}

fn four() -> u16 {
    4
}

impl Default for SenderDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: SenderKind::Smtp,
            host: String::new(),
            port: 587,
            tls: TlsMode::Starttls,
            user: String::new(),
            sign_in: SignIn::Password,
            tenant: String::new(),
            client_id: String::new(),
            graph: GraphSettings::default(),
            secret: None,
            from_email: String::new(),
            from_name: String::new(),
            reply_to: String::new(),
            pool: 4,
            rates: Rates::default(),
        }
    }
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
    /// Place in the company's order, from 0: the first that can is used, the next are what it falls back to.
    pub position: i64,
    /// What it speaks.
    pub kind: SenderKind,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub tls: TlsMode,
    /// User or empty.
    pub user: String,
    /// How it signs in.
    pub sign_in: SignIn,
    /// Tenant or empty.
    pub tenant: String,
    /// Id of the application or empty.
    pub client_id: String,
    /// Mailboxes and limits of Microsoft 365.
    pub graph: GraphSettings,
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
    /// Limits as set; see [`Sender::effective`].
    pub rates: Rates,
    /// Health.
    pub health: SenderHealth,
    /// Messages handed over in the last 24 hours, counted from the ledger.
    pub sent_day: i64,
    /// Changed.
    pub updated: Micros,
}

impl Sender {
    /// The limits that hold: those that are set and those of Microsoft 365.
    pub fn effective(&self) -> Rates {
        effective(self.kind, &self.rates, &self.graph)
    }
}

/// The limits that hold for a sender of this kind.
pub fn effective(kind: SenderKind, rates: &Rates, graph: &GraphSettings) -> Rates {
    if kind == SenderKind::Smtp {
        return *rates;
    }
    let less = |a: Option<u32>, b: Option<u32>| [a, b].into_iter().flatten().min();
    let theirs = graph.rates();
    Rates {
        per_second: rates.per_second,
        per_minute: less(rates.per_minute, theirs.per_minute),
        per_hour: rates.per_hour,
        per_day: less(rates.per_day, theirs.per_day),
    }
}

/// What was used of a limit in the stretch of time that ends now.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaPart {
    /// Messages.
    pub used: i64,
    /// At most; `None` is no limit.
    pub limit: Option<i64>,
}

impl QuotaPart {
    /// Messages that still may go now; `None` without a limit.
    pub fn left(&self) -> Option<i64> {
        self.limit.map(|limit| (limit - self.used).max(0))
    }
}

/// What was used of one mailbox.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxQuota {
    /// Address.
    pub address: String,
    /// In the last minute.
    pub minute: QuotaPart,
    /// In the last 24 hours.
    pub day: QuotaPart,
    /// Why it rests, or empty.
    pub trouble: String,
    /// Until when it rests.
    pub rests_until: Option<Micros>,
}

/// What was used of a sender's limits, counted in the transactions that granted it. Tests and mail of accounts count too.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderQuota {
    /// Whose.
    pub sender: SenderId,
    /// When it was counted.
    pub at: Micros,
    /// In the last minute.
    pub minute: QuotaPart,
    /// In the last 24 hours.
    pub day: QuotaPart,
    /// When the next message may go, if none may now.
    pub next: Option<Micros>,
    /// By mailbox; empty for SMTP.
    pub mailboxes: Vec<MailboxQuota>,
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
    /// In the company's order.
    async fn list(&self, actor: &Actor) -> Result<Vec<Sender>, Fault>;
    /// One.
    async fn get(&self, actor: &Actor, id: SenderId) -> Result<Sender, Fault>;
    /// Adds one.
    async fn create(&self, actor: &Actor, draft: SenderDraft) -> Result<Sender, Fault>;
    /// Changes it; a running campaign goes on with the new settings.
    async fn update(&self, actor: &Actor, id: SenderId, draft: SenderDraft) -> Result<Sender, Fault>;
    /// Removes it. Refused while a campaign that is not ended names it.
    async fn delete(&self, actor: &Actor, id: SenderId) -> Result<(), Fault>;
    /// Sets the order: these first, as they are named, then the others as they were. Answers all.
    async fn reorder(&self, actor: &Actor, order: Vec<SenderId>) -> Result<Vec<Sender>, Fault>;
    /// What was used of every sender's limits, in the company's order.
    async fn quotas(&self, actor: &Actor) -> Result<Vec<SenderQuota>, Fault>;
    /// Connects and signs in with these settings (and the stored secret of `id` when the draft has none), sends nothing.
    async fn test(&self, actor: &Actor, id: Option<SenderId>, draft: SenderDraft) -> Result<Vec<TestStep>, Fault>;
    /// Sends one short test mail.
    async fn send_test(&self, actor: &Actor, id: SenderId, to: String) -> Result<Vec<TestStep>, Fault>;
    /// Senders that fail, for the bell.
    async fn needs(&self, actor: &Actor) -> Result<Vec<Need>, Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_limit_follows_from_its_licences() {
        assert_eq!([0, 1, 100, 1000].map(tenant_limit), [5_000, 10_000, 22_059, 72_446]);
    }

    #[test]
    fn the_tightest_limit_holds() {
        let graph = GraphSettings { mailboxes: vec!["a".into(), "b".into(), "c".into()], ..GraphSettings::default() };
        let of = |rates: Rates, graph: &GraphSettings| effective(SenderKind::Graph, &rates, graph);
        let all = of(Rates::default(), &graph);
        assert_eq!((all.per_minute, all.per_day, all.per_second), (Some(90), Some(30_000), None));
        let licensed = GraphSettings { licences: Some(100), ..graph.clone() };
        assert_eq!(of(Rates::default(), &licensed).per_day, Some(22_059));
        let known = GraphSettings { tenant_per_day: Some(7), ..licensed };
        assert_eq!(of(Rates { per_minute: Some(10), ..Rates::default() }, &known).per_minute, Some(10));
        assert_eq!(of(Rates::default(), &known).per_day, Some(7));
        assert_eq!(effective(SenderKind::Smtp, &Rates::default(), &known), Rates::default());
    }

    #[test]
    fn a_draft_of_an_older_client_is_smtp() {
        let text = r#"{"name":"a","host":"h","port":25,"tls":"none","user":"","from_email":"a@b.example","from_name":"","reply_to":"","pool":2}"#;
        let draft: SenderDraft = serde_json::from_str(text).unwrap();
        assert_eq!((draft.kind, draft.pool, draft.graph.per_minute), (SenderKind::Smtp, 2, 30));
    }
}
