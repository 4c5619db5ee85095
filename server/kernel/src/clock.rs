//! The time of day, injected: a test moves it by hand.

use contract::Micros;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// Now, UTC.
    fn now(&self) -> Micros;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is moved. Clones share the hands.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// Stands at an instant written as RFC 3339; the Unix epoch if it cannot be read.
    pub fn at(rfc3339: &str) -> Self {
        Self::new(Micros::parse(rfc3339).unwrap_or_default())
    }

    /// Stands at an instant.
    pub fn new(at: Micros) -> Self {
        Self(Arc::new(AtomicI64::new(at.0)))
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Jumps, also backwards.
    pub fn set(&self, at: Micros) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Default for TestClock {
    /// 2026-01-15, a Thursday, at nine in the morning.
    fn default() -> Self {
        Self::at("2026-01-15T09:00:00Z")
    }
}

impl Clock for TestClock {
    fn now(&self) -> Micros {
        Micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_moves_only_by_hand() {
        let clock = TestClock::default();
        let other = clock.clone();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        other.advance(Duration::from_secs(60));
        assert_eq!(clock.now(), before.plus_seconds(60));
    }
}
