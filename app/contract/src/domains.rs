//! Domains that mail is sent from: the keys that sign it, and what the world finds about them in DNS.

use crate::{Actor, DomainId, Fault, Micros, UserId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// How a key signs.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// RSA with 2048 bits: every receiver can check it.
    Rsa,
    /// Ed25519: short and quick, checked by some receivers; used beside RSA.
    Ed25519,
}

impl KeyKind {
    /// Both, in the order they are shown.
    pub const ALL: [Self; 2] = [Self::Rsa, Self::Ed25519];

    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// What a look into DNS found about one thing.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Not looked yet.
    Unchecked,
    /// As it should be.
    Good,
    /// Works, but can be better; the text says how.
    Weak,
    /// There is nothing.
    Missing,
    /// There is something else; the text says what.
    Wrong,
    /// DNS could not be asked; says nothing about the domain.
    Unreachable,
}

impl RecordState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Unchecked, Self::Good, Self::Weak, Self::Missing, Self::Wrong, Self::Unreachable];

    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Good => "good",
            Self::Weak => "weak",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Unreachable => "unreachable",
        }
    }

    /// Whether receivers find what they look for.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Good | Self::Weak)
    }
}

/// One thing that receivers look up about a domain.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCheck {
    /// Found state.
    pub state: RecordState,
    /// Name in DNS that was looked up.
    pub name: String,
    /// What was found, or empty.
    pub found: String,
    /// Text to publish under that name, or empty where nothing needs to be changed.
    pub wanted: String,
    /// What it means and what to do, in words.
    pub words: String,
}

/// What receivers find about a From domain.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainReport {
    /// Domain, in its one spelling.
    pub domain: String,
    /// Who may send for it.
    pub spf: RecordCheck,
    /// Whether what we send is signed with a key that can be found.
    pub dkim: RecordCheck,
    /// What receivers do with mail that fails both.
    pub dmarc: RecordCheck,
}

impl DomainReport {
    /// The three, with their short names.
    pub fn parts(&self) -> [(&'static str, &RecordCheck); 3] {
        [("SPF", &self.spf), ("DKIM", &self.dkim), ("DMARC", &self.dmarc)]
    }

    /// Whether mail from this domain passes where SPF, DKIM and DMARC are asked for.
    pub fn is_good(&self) -> bool {
        self.parts().iter().all(|(_, check)| check.state.is_usable())
    }
}

/// A key of a domain, without its secret half.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainKey {
    /// How it signs.
    pub kind: KeyKind,
    /// Selector: names the key in DNS and in signatures.
    pub selector: String,
    /// Name of the TXT record to be made.
    pub record_name: String,
    /// Its text.
    pub record_text: String,
    /// What the last look found. Mail is signed with a key whose record is `good` and with no other.
    pub state: RecordState,
    /// The text that was found, or empty.
    pub found: String,
    /// What it means, in words, or empty.
    pub words: String,
    /// Whether mail is signed with it now.
    pub is_signing: bool,
    /// When it was looked up last.
    pub checked: Option<Micros>,
}

/// A domain with its keys.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingDomain {
    /// Id.
    pub id: DomainId,
    /// Domain, in its one spelling.
    pub domain: String,
    /// Keys: RSA first; of each kind the one in use, then the one that waits for its record.
    pub keys: Vec<DomainKey>,
    /// Who may send for it, as last found.
    pub spf: RecordCheck,
    /// What receivers do with mail that fails, as last found.
    pub dmarc: RecordCheck,
    /// Whether mail shall be signed; off where the mail server signs itself.
    pub signs: bool,
    /// Whether mail from this domain is signed now: it shall be, and at least one key's record was found.
    pub is_signing: bool,
    /// When DNS answered last.
    pub checked: Option<Micros>,
    /// Added.
    pub created: Micros,
    /// By whom, where it was a person.
    pub created_by: Option<UserId>,
}

/// What of a domain can be changed.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainChange {
    /// Whether mail shall be signed.
    pub signs: bool,
}

/// A domain to add.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainDraft {
    /// Domain, such as `example.com`.
    pub domain: String,
}

/// A domain, and what receivers find about it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedDomain {
    /// As it is stored now; where DNS did not answer, as it was before.
    pub domain: SendingDomain,
    /// What was found just now.
    pub report: DomainReport,
}

/// Domains service.
#[async_trait]
pub trait Domains: Send + Sync {
    /// By name.
    async fn list(&self, actor: &Actor) -> Result<Vec<SendingDomain>, Fault>;
    /// One.
    async fn get(&self, actor: &Actor, id: DomainId) -> Result<SendingDomain, Fault>;
    /// Adds one and makes its keys.
    async fn create(&self, actor: &Actor, draft: DomainDraft) -> Result<SendingDomain, Fault>;
    /// Switches signing on or off.
    async fn change(&self, actor: &Actor, id: DomainId, change: DomainChange) -> Result<SendingDomain, Fault>;
    /// Looks into DNS; what is found is stored, and signing follows it.
    async fn check(&self, actor: &Actor, id: DomainId) -> Result<CheckedDomain, Fault>;
    /// Makes new keys under new selectors. The old ones sign until the new records are found.
    async fn renew(&self, actor: &Actor, id: DomainId) -> Result<SendingDomain, Fault>;
    /// Removes it and its keys; mail from it is not signed any more.
    async fn delete(&self, actor: &Actor, id: DomainId) -> Result<(), Fault>;
}
