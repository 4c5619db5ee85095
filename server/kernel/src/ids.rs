//! Identifiers and randomness, injected: a seed makes a test repeatable.

use crate::clock::Clock;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::{Builder, Uuid};

/// Makes identifiers and random bytes.
pub trait Ids: Debug + Send + Sync {
    /// Fills with bytes nobody can guess (seeded: with bytes only the seed can guess).
    fn fill(&self, bytes: &mut [u8]);

    /// A UUID v7, larger than all that this source made before.
    fn uuid(&self) -> Uuid;

    /// 32 random bytes as 43 letters that fit into a URL: sessions, links, keys.
    fn token(&self) -> String {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// The last instant (milliseconds) and the 12-bit counter within it.
#[derive(Debug, Default)]
struct Order(Mutex<(u64, u16)>);

impl Order {
    fn uuid(&self, clock: &dyn Clock, mut random: [u8; 10]) -> Uuid {
        let now = u64::try_from(clock.now().0 / 1000).unwrap_or(0);
        let [a, b, ..] = random;
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = match *last {
            // A new millisecond starts low enough to leave room for thousands in it.
            (then, _) if now > then => (now, u16::from_be_bytes([a, b]) & 0x03ff),
            // Within one, or when the clock was set back: count on.
            (then, 0x0fff) => (then + 1, 0),
            (then, count) => (then, count + 1),
        };
        let (millis, count) = *last;
        drop(last);
        let [first, second, ..] = &mut random;
        [*first, *second] = count.to_be_bytes();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// Identifiers from the clock and the operating system's randomness.
#[derive(Debug)]
pub struct SystemIds {
    clock: Arc<dyn Clock>,
    order: Order,
}

impl SystemIds {
    /// Takes its time from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, order: Order::default() }
    }
}

impl Ids for SystemIds {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }

    fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        self.order.uuid(&*self.clock, random)
    }
}

/// The same identifiers for the same seed and clock.
pub struct SeededIds {
    clock: Arc<dyn Clock>,
    order: Order,
    rng: Mutex<StdRng>,
}

impl Debug for SeededIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededIds")
    }
}

impl SeededIds {
    /// Takes its time from `clock`.
    pub fn new(seed: u64, clock: Arc<dyn Clock>) -> Self {
        Self { clock, order: Order::default(), rng: Mutex::new(StdRng::seed_from_u64(seed)) }
    }
}

impl Ids for SeededIds {
    fn fill(&self, bytes: &mut [u8]) {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        self.order.uuid(&*self.clock, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TestClock;

    #[test]
    fn ids_of_one_source_only_grow_even_when_the_clock_goes_back() {
        let clock = TestClock::default();
        let ids = SystemIds::new(Arc::new(clock.clone()));
        let mut last = ids.uuid();
        assert_eq!(last.get_version_num(), 7);
        for round in 0..20_000 {
            if round == 10_000 {
                clock.set(clock.now().plus_seconds(-5));
            }
            let next = ids.uuid();
            assert!(next > last, "{next} after {last}");
            last = next;
        }
    }

    #[test]
    fn a_seed_repeats_itself_and_another_does_not() {
        let make = |seed| {
            let ids = SeededIds::new(seed, Arc::new(TestClock::default()));
            (ids.uuid(), ids.token())
        };
        assert_eq!(make(7), make(7));
        assert_ne!(make(7), make(8));
        assert_eq!(make(7).1.len(), 43);
    }
}
