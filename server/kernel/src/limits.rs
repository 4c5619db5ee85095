//! Rate limits that hold across nodes and restarts: a sliding window per key, counted in the database.
//!
//! The count of the window before fades out over the current one, so that a burst across the border of two windows is
//! not allowed twice. A refused attempt is not counted: whoever waits as told is let in.

use crate::clock::Clock;
use crate::db::{Db, DbError, Scope};
use contract::{Fault, Micros};
use std::sync::Arc;
use thiserror::Error;

/// Why an attempt was not let in.
#[derive(Debug, Error)]
pub enum LimitFault {
    /// Too many.
    #[error("too many attempts, wait {retry_after} s")]
    Exceeded {
        /// Seconds until the next attempt is let in.
        retry_after: u32,
    },
    /// Not counted, hence not let in.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<LimitFault> for Fault {
    fn from(fault: LimitFault) -> Self {
        match fault {
            LimitFault::Exceeded { retry_after } => {
                let message = match retry_after {
                    0..=119 => format!("Too many attempts. Try again in {retry_after} seconds."),
                    _ => format!("Too many attempts. Try again in {} minutes.", retry_after.div_ceil(60)),
                };
                Self::Busy { retry_after, message }
            }
            LimitFault::Db(error) => error.into(),
        }
    }
}

crate::sql! {
    TAKE = "INSERT INTO rate_limit (key, window_start, used, previous, expires_at)
        VALUES ($1, $2, 1, 0, $4)
        ON CONFLICT (key) DO UPDATE SET
            previous = CASE rate_limit.window_start
                WHEN $2 THEN rate_limit.previous
                WHEN $3 THEN rate_limit.used
                ELSE 0 END,
            used = CASE rate_limit.window_start WHEN $2 THEN rate_limit.used + 1 ELSE 1 END,
            window_start = $2,
            expires_at = $4
        RETURNING used, previous";
    FORGET = "DELETE FROM rate_limit WHERE key = $1";
    PRUNE = "DELETE FROM rate_limit
        WHERE key IN (SELECT key FROM rate_limit WHERE expires_at < $1 ORDER BY expires_at LIMIT 5000)";
}

/// What is left after an attempt that was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Attempts that would be let in right now.
    pub left: u32,
    /// Seconds until the window of this attempt ends.
    pub resets: u32,
}

/// Counts attempts.
#[derive(Clone, Debug)]
pub struct RateLimits {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl RateLimits {
    /// Counts in `db`.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Counts one attempt and lets it in while at most `max` fall into any `window_secs`. Runs in a transaction of its
    /// own, so that the attempt stays counted when the caller's work is rolled back.
    pub async fn take(&self, key: &str, window_secs: u32, max: u32) -> Result<(), LimitFault> {
        self.take_one(key, window_secs, max).await.map(drop)
    }

    /// The same, and says how much room is left.
    pub async fn take_one(&self, key: &str, window_secs: u32, max: u32) -> Result<Room, LimitFault> {
        let now = self.clock.now().0;
        let window = i64::from(window_secs.max(1)) * 1_000_000;
        let start = now.div_euclid(window) * window;
        let mut tx = self.db.begin(Scope::System).await?;
        let take = tx.query(TAKE).bind(key).bind(start).bind(start - window).bind(start + 2 * window);
        let (used, previous) = take.fetch_one::<(i64, i64)>().await?;
        match wait(used, previous, now - start, window, i64::from(max)) {
            None => {
                tx.commit().await?;
                let left = window - (now - start);
                let fading =
                    i64::try_from(i128::from(previous) * i128::from(left) / i128::from(window)).unwrap_or(i64::MAX);
                let room = u32::try_from(i64::from(max) - used - fading).unwrap_or(0);
                Ok(Room { left: room, resets: u32::try_from(left.div_euclid(1_000_000) + 1).unwrap_or(u32::MAX) })
            }
            Some(micros) => {
                tx.rollback().await?;
                let seconds = micros.div_euclid(1_000_000) + 1;
                Err(LimitFault::Exceeded { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX) })
            }
        }
    }

    /// Forgets a key's attempts, for example after a right password.
    pub async fn forget(&self, key: &str) -> Result<(), DbError> {
        let mut tx = self.db.begin(Scope::System).await?;
        tx.query(FORGET).bind(key).execute().await?;
        tx.commit().await
    }

    /// Deletes up to 5,000 counters that no longer matter.
    pub async fn prune(db: &Db, now: Micros) -> Result<u64, DbError> {
        let mut tx = db.begin(Scope::System).await?;
        let gone = tx.query(PRUNE).bind(now.0).execute().await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// How long (microseconds) until this attempt, the `used`-th of its window, would be let in; `None` when it is now.
/// `passed` of the `window` have gone by.
fn wait(used: i64, previous: i64, passed: i64, window: i64, max: i64) -> Option<i64> {
    let left = window - passed;
    // previous * left / window + used <= max, without fractions.
    if i128::from(previous) * i128::from(left) <= i128::from(max - used) * i128::from(window) {
        return None;
    }
    // Time left in a window until `count` of the one before have faded to what leaves room for `own` of this one.
    let faded = |count: i64, own: i64| window - (max - own).max(0).saturating_mul(window) / count.max(1);
    Some(if used > max {
        // This window is full: its `used - 1` become the ones before, and one more must fit beside them.
        left + faded(used - 1, 1).max(0)
    } else {
        faded(previous, used) - passed
    })
}

#[cfg(test)]
mod tests {
    use super::wait;
    use proptest::prelude::*;

    #[test]
    fn the_first_are_let_in_and_the_next_waits_for_the_window_to_fade() {
        assert_eq!(wait(5, 0, 10, 100, 5), None);
        // Full at 10 of 100: the window ends in 90, then one of five must fade: a fifth of 100.
        assert_eq!(wait(6, 0, 10, 100, 5), Some(90 + 20));
        // Five before, of which half still counts: two fit beside.
        assert_eq!(wait(2, 5, 60, 100, 5), None);
        assert!(wait(4, 5, 60, 100, 5).is_some());
    }

    proptest! {
        #[test]
        fn whoever_waits_as_told_is_let_in(used in 1_i64..50, previous in 0_i64..50, passed in 0_i64..1_000_000, max in 1_i64..50) {
            let window = 1_000_000;
            let used = used.min(max + 1);
            if let Some(micros) = wait(used, previous.min(max), passed, window, max) {
                prop_assert!(micros >= 0);
                let then = passed + micros + 1;
                let (used, previous, passed) =
                    if then < window { (used, previous.min(max), then) } else { (1, used - 1, then - window) };
                let again = if passed < window { wait(used, previous, passed, window, max) } else { None };
                prop_assert_eq!(again, None);
            }
        }
    }
}
