//! The brake: whether mail may go out at all.
//!
//! Three things close it: the emergency stop of a company, the stop of the whole installation, and the freeze of a database
//! that looks like a copy of another one. The gate asks the database in the transaction that writes the intents, under a
//! lock that a stop waits for: once a stop has committed, no further intent can. Every hand-over asks once more right before the
//! network call, from [`Watch`], which is at most half a second old and closes by itself when the database is out of reach.
//!
//! [`lineage`] tells a copy from the original. SQL is in `store`.

pub mod lineage;
mod service;
pub(crate) mod store;
mod watch;

pub use lineage::Lineage;
pub use service::Service;
pub use watch::Watch;

use contract::{CompanyId, Micros};
use kernel::{Db, DbError, Scope, outbox};

/// Wakes engines when a brake was set or released.
pub const TAG: &str = "brake";

/// What closes the brake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The company stopped its mail.
    Company,
    /// An operator stopped the installation.
    Installation,
    /// The database looks like a copy.
    Frozen,
    /// This node cannot tell: the database does not answer, or it has not been recognised yet.
    Unsure,
}

impl Closed {
    /// In words, for whoever asks why nothing goes out.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Company => "Sending is stopped for this company. An admin can release it.",
            Self::Installation => "An operator stopped all sending of this installation.",
            Self::Frozen => {
                "This database looks like a copy of another one. An admin has to confirm it before anything goes out."
            }
            Self::Unsure => "This server cannot reach the database well enough to know whether it may send.",
        }
    }
}

/// Stops or releases all mail of the installation: for the server's own terminal.
///
/// # Errors
/// When the database fails.
pub async fn stop_installation(db: &Db, reason: &str, now: Micros) -> Result<(), DbError> {
    let mut tx = db.begin(Scope::System).await?;
    store::lock_for_change(&mut tx).await?;
    store::stop_installation(&mut tx, Some((reason, now))).await?;
    tx.wake(TAG);
    tx.commit().await
}

/// See [`stop_installation`].
///
/// # Errors
/// When the database fails.
pub async fn release_installation(db: &Db) -> Result<(), DbError> {
    let mut tx = db.begin(Scope::System).await?;
    store::lock_for_change(&mut tx).await?;
    store::stop_installation(&mut tx, None).await?;
    tx.wake(TAG);
    tx.wake(crate::campaigns::store::TAG);
    tx.commit().await
}

/// Releases the stop of a company, from the server's own terminal.
///
/// # Errors
/// When the database fails.
pub async fn release_company(db: &Db, company: CompanyId, now: Micros) -> Result<bool, DbError> {
    let mut tx = db.begin(company).await?;
    store::lock_for_change(&mut tx).await?;
    let was = store::release(&mut tx, company).await?;
    if was {
        outbox::record(&mut tx, company, "sending.released", company, &serde_json::json!({ "by": "terminal" }), now);
    }
    tx.wake(TAG);
    tx.commit().await?;
    Ok(was)
}

/// Freezes the installation, for a copy that is about to be started somewhere else.
///
/// # Errors
/// When the database fails.
pub async fn freeze(db: &Db, reason: &str, now: Micros) -> Result<(), DbError> {
    let mut tx = db.begin(Scope::System).await?;
    store::lock_for_change(&mut tx).await?;
    store::freeze(&mut tx, reason, now).await?;
    tx.wake(TAG);
    tx.commit().await
}

/// Says that this database is the one that sends. Every node is recognised anew. Answers whether it was frozen.
///
/// # Errors
/// When the database fails.
pub async fn thaw(db: &Db) -> Result<bool, DbError> {
    let mut tx = db.begin(Scope::System).await?;
    store::lock_for_change(&mut tx).await?;
    let was = store::thaw(&mut tx).await?;
    tx.wake(TAG);
    tx.wake(crate::campaigns::store::TAG);
    tx.commit().await?;
    Ok(was)
}

#[cfg(test)]
mod tests;
