//! The days of a young sender.

use crate::Micros;
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400;

/// Grows a sender's daily limit from little to full.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    /// Messages on the first day; 1 or more.
    pub first_day: u32,
    /// Per cent more on each following day; 1 to 300.
    pub growth_percent: u32,
    /// Done when a day reaches this.
    pub target: u32,
    /// When the first day began.
    #[serde(default)]
    pub started: Option<Micros>,
}

impl WarmUp {
    /// Which day it is, counted from 0; `None` before it began.
    pub fn day(&self, now: Micros) -> Option<i64> {
        Some((now.seconds() - self.started?.seconds()).div_euclid(DAY).max(0))
    }

    /// When a day begins, counted from 0; `None` before it began.
    pub fn begins(&self, day: i64) -> Option<Micros> {
        Some(self.started?.plus_seconds(day.saturating_mul(DAY)))
    }

    /// The limits of its days in order, without the first that reaches the target.
    pub fn limits(&self) -> impl Iterator<Item = i64> {
        let (growth, target) = (i64::from(self.growth_percent), i64::from(self.target));
        // At least one more each day, so that it ends.
        let more = move |limit: &i64| Some(limit.saturating_add((limit.saturating_mul(growth) / 100).max(1)));
        std::iter::successors(Some(i64::from(self.first_day)), more).take_while(move |limit| *limit < target)
    }

    /// The limit of a day, counted from 0; `None` once the target is reached.
    pub fn limit(&self, day: i64) -> Option<i64> {
        self.limits().nth(usize::try_from(day).unwrap_or(usize::MAX))
    }

    /// How many days it holds a sender back.
    pub fn days(&self) -> i64 {
        i64::try_from(self.limits().count()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_each_day_and_ends_however_slowly() {
        let warm = WarmUp { first_day: 50, growth_percent: 50, target: 200, started: None };
        assert_eq!(warm.limits().collect::<Vec<_>>(), [50, 75, 112, 168]);
        assert_eq!((warm.limit(3), warm.limit(4), warm.days()), (Some(168), None, 4));
        let slow = WarmUp { first_day: 1, growth_percent: 1, target: 10_000, started: None };
        assert!(slow.days() > 400 && slow.limit(slow.days()).is_none());
    }

    #[test]
    fn a_day_is_24_hours_from_its_beginning() {
        let began = Micros::from_seconds(1_000);
        let warm = WarmUp { first_day: 50, growth_percent: 50, target: 200, started: Some(began) };
        assert_eq!(warm.day(began.plus_seconds(DAY - 1)), Some(0));
        assert_eq!(warm.day(began.plus_seconds(DAY)), Some(1));
        assert_eq!(warm.begins(2), Some(began.plus_seconds(2 * DAY)));
    }
}
