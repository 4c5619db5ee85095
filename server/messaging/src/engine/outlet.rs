//! What the engine asks of a sender: a way to hand mail over, room under its limits, and a place for its troubles.

use async_trait::async_trait;
use connect::email::{Address, Transport};
use contract::senders::Rates;
use contract::{CompanyId, Micros, SenderId};
use kernel::{DbError, Tx};
use std::sync::Arc;

/// A sender that is ready to be used. Cheap to clone; made anew when its settings change.
#[derive(Clone)]
pub struct Outlet {
    /// Which.
    pub sender: SenderId,
    /// Name for people.
    pub name: String,
    /// From address.
    pub from: Address,
    /// From name or empty.
    pub from_name: String,
    /// Reply-To or empty.
    pub reply_to: String,
    /// Connections at once, at least 1.
    pub pool: usize,
    /// Limits, for the forecast.
    pub rates: Rates,
    /// Hands over.
    pub transport: Arc<dyn Transport>,
}

/// How many messages may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// At most what was wanted; counted as used when the transaction commits.
    pub granted: u32,
    /// When more may go, if fewer were granted than wanted.
    pub next: Micros,
}

/// What keeps a sender from taking more now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// It does not exist any more.
    Gone,
    /// In words, and until when it rests if it tries again by itself.
    Trouble(String, Option<Micros>),
    /// Its limits are used up until then.
    Full(Micros),
}

/// Why there is no outlet.
#[derive(Debug, thiserror::Error)]
pub enum OutletError {
    /// The sender does not exist.
    #[error("Its sender was deleted. Choose another one.")]
    Gone,
    /// Its settings cannot work.
    #[error("{0}")]
    Unusable(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The senders of all companies, as the engine uses them.
#[async_trait]
pub trait Outlets: Send + Sync {
    /// The sender with its connections.
    async fn open(&self, company: CompanyId, sender: SenderId) -> Result<Outlet, OutletError>;

    /// The company's senders in the order in which one takes over for another.
    async fn order(&self, company: CompanyId) -> Result<Vec<SenderId>, DbError> {
        let _ = company;
        Ok(Vec::new())
    }

    /// Takes room for up to `wanted` messages under the sender's limits, in the transaction that writes their intents.
    async fn grant(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        sender: SenderId,
        wanted: u32,
        now: Micros,
    ) -> Result<Grant, DbError>;

    /// The sender is in trouble and rests until then; `None` when a person has to mend it.
    async fn trouble(
        &self,
        company: CompanyId,
        sender: SenderId,
        detail: &str,
        until: Option<Micros>,
        now: Micros,
    ) -> Result<(), DbError>;

    /// Where the message of a ledger row comes back to: the envelope's sender, while `From` stays what it is.
    async fn return_address(&self, company: CompanyId, sender: SenderId, row: i64, from: &Address) -> Address {
        let _ = (company, sender, row);
        from.clone()
    }

    /// What keeps the sender from taking more, as far as the database tells.
    async fn hindrance(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        sender: SenderId,
        now: Micros,
    ) -> Result<Option<Hindrance>, DbError>;

    /// The sender works again.
    async fn well(&self, company: CompanyId, sender: SenderId, now: Micros) -> Result<(), DbError>;
}
