//! Times, sorted.

use serde_json::{Value, json};
use std::time::Duration;

/// Many times of the same thing.
#[derive(Debug, Default)]
pub struct Spread {
    micros: Vec<u64>,
}

impl Spread {
    /// One more.
    pub fn add(&mut self, time: Duration) {
        self.micros.push(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// Those of another.
    pub fn join(&mut self, other: Self) {
        self.micros.extend(other.micros);
    }

    /// Median and tail in milliseconds.
    pub fn figures(mut self) -> Value {
        self.micros.sort_unstable();
        let at = |percent: usize| {
            let place = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
            self.micros.get(place).map(|micros| Duration::from_micros(*micros).as_secs_f64() * 1000.0)
        };
        json!({ "count": self.micros.len(), "p50_ms": at(50), "p95_ms": at(95), "p99_ms": at(99), "most_ms": at(100) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_tail() {
        let mut spread = Spread::default();
        (1..=1000).rev().for_each(|n| spread.add(Duration::from_millis(n)));
        let figures = spread.figures();
        assert_eq!((figures["p50_ms"].as_f64(), figures["p99_ms"].as_f64()), (Some(501.0), Some(991.0)));
        assert_eq!(figures["most_ms"].as_f64(), Some(1000.0));
        assert!(Spread::default().figures()["p50_ms"].is_null());
    }
}
