//! The brake as one node sees it, cheap enough to be asked before every message.

use super::{Closed, store};
use contract::CompanyId;
use kernel::{Db, DbError, Scope};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What was seen is good for this long.
const FRESH: Duration = Duration::from_millis(500);
/// While the database does not answer, the last look counts for this long; after that the brake is closed.
const TRUSTED: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct Seen {
    at: Option<Instant>,
    all: Option<Closed>,
    companies: HashSet<CompanyId>,
}

/// The last look at the brake. It is taken when somebody asks and the one before is too old, by one asker for all.
#[derive(Debug)]
pub struct Watch {
    db: Db,
    seen: Mutex<Seen>,
    looking: tokio::sync::Mutex<()>,
    /// Whether this node knows that the database is the one it left; `None` when nobody keeps track.
    known: Option<Arc<AtomicBool>>,
}

impl Watch {
    /// Has not looked yet. `known` is kept by [`super::Lineage`].
    pub fn new(db: Db, known: Option<Arc<AtomicBool>>) -> Self {
        Self { db, seen: Mutex::default(), looking: tokio::sync::Mutex::new(()), known }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn age(&self) -> Option<Duration> {
        self.seen().at.map(|at| at.elapsed())
    }

    /// Whether this node knows its database; before that it does nothing at all.
    pub fn is_sure(&self) -> bool {
        self.known.as_ref().is_none_or(|known| known.load(Ordering::SeqCst))
    }

    /// What closes the brake for this company, as of at most half a second ago.
    pub async fn closed(&self, company: CompanyId) -> Option<Closed> {
        if !self.is_sure() {
            return Some(Closed::Unsure);
        }
        self.look().await;
        let seen = self.seen();
        if seen.at.is_none_or(|at| at.elapsed() > TRUSTED) {
            return Some(Closed::Unsure);
        }
        seen.all.or_else(|| seen.companies.contains(&company).then_some(Closed::Company))
    }

    /// Forgets what was seen, so that the next asker looks.
    pub fn stale(&self) {
        let mut seen = self.seen();
        // Kept as the last word for the case that the database is away.
        if let Some(at) = seen.at {
            seen.at = at.checked_sub(FRESH).or(Some(at));
        }
    }

    /// Makes the last look older.
    #[cfg(test)]
    pub(super) fn age_for_test(&self, by: Duration) {
        let mut seen = self.seen();
        seen.at = seen.at.and_then(|at| at.checked_sub(by));
    }

    async fn look(&self) {
        let is_fresh = || self.age().is_some_and(|age| age < FRESH);
        if is_fresh() {
            return;
        }
        let _one = self.looking.lock().await;
        if is_fresh() {
            return;
        }
        // The look is as old as its question, not as its answer.
        let at = Instant::now();
        match tokio::time::timeout(TRUSTED, self.ask()).await {
            Ok(Ok((all, companies))) => *self.seen() = Seen { at: Some(at), all, companies },
            Ok(Err(error)) => tracing::warn!(%error, "the brake could not be read"),
            Err(_) => tracing::warn!("the brake could not be read in time"),
        }
    }

    async fn ask(&self) -> Result<(Option<Closed>, HashSet<CompanyId>), DbError> {
        let mut tx = self.db.read(Scope::System).await?;
        let house = store::installation(&mut tx).await?;
        let companies = store::stopped_companies(&mut tx).await?;
        let all = match (house.frozen_at, house.stopped_at) {
            (Some(_), _) => Some(Closed::Frozen),
            (None, Some(_)) => Some(Closed::Installation),
            (None, None) => None,
        };
        Ok((all, companies))
    }
}
