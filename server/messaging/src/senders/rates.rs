//! Limits over sliding windows, counted in buckets.
//!
//! What was granted is counted in buckets of 50 ms, of seconds and of minutes. A window counts every bucket that reaches
//! into it, the oldest one whole although it is only covered in part: what is granted can so fall a little short of a
//! limit (by one bucket: 5 % of a second, 2 % of a minute or an hour), and can never be over it. Pure.

use contract::Micros;
use contract::senders::{GraphSettings, Rates};

const SECOND: i64 = 1_000_000;

/// Size of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// 50 milliseconds, for the limit per second.
    Tick,
    /// A second, for the limit per minute.
    Second,
    /// A minute, for the limits per hour and day.
    Minute,
}

impl Grain {
    /// Every size.
    pub const ALL: [Self; 3] = [Self::Tick, Self::Second, Self::Minute];

    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Second => "second",
            Self::Minute => "minute",
        }
    }

    /// Microseconds.
    pub const fn length(self) -> i64 {
        match self {
            Self::Tick => SECOND / 20,
            Self::Second => SECOND,
            Self::Minute => 60 * SECOND,
        }
    }

    /// The bucket that an instant falls into.
    pub fn bucket(self, at: Micros) -> i64 {
        at.0.div_euclid(self.length())
    }

    /// Buckets before this one are in no window any more.
    pub fn outdated(self, now: Micros) -> i64 {
        let longest = match self {
            Self::Tick => SECOND,
            Self::Second => 60 * SECOND,
            Self::Minute => 24 * 3600 * SECOND,
        };
        (now.0 - longest).div_euclid(self.length())
    }
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Buckets it is counted in.
    pub grain: Grain,
    /// Microseconds.
    pub length: i64,
    /// Messages in any stretch of that length.
    pub limit: i64,
}

impl Window {
    /// The oldest bucket that reaches into the window which ends now.
    pub fn first(&self, now: Micros) -> i64 {
        (now.0 - self.length).div_euclid(self.grain.length())
    }
}

/// The limits that are set.
pub fn windows(rates: &Rates) -> Vec<Window> {
    [
        (rates.per_second, Grain::Tick, SECOND),
        (rates.per_minute, Grain::Second, 60 * SECOND),
        (rates.per_hour, Grain::Minute, 3600 * SECOND),
        (rates.per_day, Grain::Minute, 24 * 3600 * SECOND),
    ]
    .into_iter()
    .filter_map(|(limit, grain, length)| Some(Window { grain, length, limit: i64::from(limit?) }))
    .collect()
}

/// The limits of one mailbox: a minute and 24 hours.
pub fn mailbox_windows(graph: &GraphSettings) -> [Window; 2] {
    [
        Window { grain: Grain::Second, length: 60 * SECOND, limit: i64::from(graph.per_minute) },
        Window { grain: Grain::Minute, length: 24 * 3600 * SECOND, limit: i64::from(graph.per_day) },
    ]
}

/// How many more fit into a mailbox that was used so much.
pub fn room_in(graph: &GraphSettings, minute: i64, day: i64) -> i64 {
    (i64::from(graph.per_minute) - minute).min(i64::from(graph.per_day) - day).max(0)
}

/// How many of `want` fit, given what each window holds already.
pub fn fitting(want: u32, used: impl IntoIterator<Item = (Window, i64)>) -> u32 {
    let room = used.into_iter().map(|(window, used)| (window.limit - used).max(0)).min();
    room.map_or(want, |room| want.min(u32::try_from(room).unwrap_or(u32::MAX)))
}

/// What was granted in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Size of the bucket.
    pub grain: Grain,
    /// Its number.
    pub bucket: i64,
    /// Messages.
    pub used: i64,
}

/// The first instant, not before `now`, at which at least one more message fits.
pub fn next_free(windows: &[Window], used: &[Used], now: Micros) -> Micros {
    let of = |window: &Window| {
        let mut inside: Vec<&Used> =
            used.iter().filter(|u| u.grain == window.grain && u.bucket >= window.first(now)).collect();
        inside.sort_by_key(|u| u.bucket);
        let mut sum: i64 = inside.iter().map(|u| u.used).sum();
        let mut free = now.0;
        for u in inside {
            if sum < window.limit {
                break;
            }
            sum -= u.used;
            free = (u.bucket + 1) * window.grain.length() + window.length;
        }
        free
    };
    Micros(windows.iter().map(of).max().unwrap_or(now.0).max(now.0))
}

/// What the limits allow for `n` messages from a standing start: messages per minute in the long run (`None` is as fast
/// as the server takes them) and seconds until the last.
pub fn forecast(rates: &Rates, n: i64) -> (Option<i64>, Option<i64>) {
    let windows = windows(rates);
    let slowest = windows.iter().min_by(|a, b| (a.limit * b.length).cmp(&(b.limit * a.length)));
    let per_minute = slowest.map(|w| (w.limit * 60 * SECOND / w.length).max(1));
    // A window gives its limit at once and then again each time it has passed.
    let seconds = |w: &Window| (n - 1).max(0) / w.limit.max(1) * (w.length / SECOND);
    (per_minute, windows.iter().map(seconds).max())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What the table does, in memory.
    #[derive(Clone, Default)]
    struct Ledger(BTreeMap<(Grain, i64), i64>);

    impl Ledger {
        fn take(&mut self, rates: &Rates, want: u32, now: Micros) -> u32 {
            let sum = |w: &Window| {
                self.0.iter().filter(|((g, b), _)| *g == w.grain && *b >= w.first(now)).map(|(_, n)| n).sum()
            };
            let windows = windows(rates);
            let granted = fitting(want, windows.iter().map(|w| (*w, sum(w))));
            for grain in Grain::ALL {
                *self.0.entry((grain, grain.bucket(now))).or_default() += i64::from(granted);
            }
            self.0.retain(|(g, b), _| *b >= g.outdated(now));
            granted
        }

        fn used(&self) -> Vec<Used> {
            self.0.iter().map(|((grain, bucket), used)| Used { grain: *grain, bucket: *bucket, used: *used }).collect()
        }
    }

    fn most_in_any(log: &[(i64, u32)], length: i64) -> u64 {
        let within =
            |end: i64| log.iter().filter(|(at, _)| *at <= end && *at > end - length).map(|(_, n)| u64::from(*n)).sum();
        log.iter().map(|(end, _)| within(*end)).max().unwrap_or(0)
    }

    fn rates() -> impl Strategy<Value = Rates> {
        let limit = |most: u32| prop::option::of(1..most);
        (limit(20), limit(100), limit(300), limit(900)).prop_map(|(per_second, per_minute, per_hour, per_day)| Rates {
            per_second,
            per_minute,
            per_hour,
            per_day,
        })
    }

    fn step() -> impl Strategy<Value = i64> {
        prop_oneof![
            4 => 0..200_000_i64,
            2 => 0..3 * SECOND,
            2 => 0..100 * SECOND,
            1 => 0..2 * 3600 * SECOND,
            1 => Just(SECOND),
            1 => Just(60 * SECOND),
        ]
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_holds_more_than_its_limit(
            rates in rates(), start in -5 * SECOND..10_i64.pow(15), steps in prop::collection::vec((step(), 0..200_u32), 1..120),
        ) {
            let mut ledger = Ledger::default();
            let (mut now, mut log) = (start, Vec::new());
            for (pause, want) in steps {
                now += pause;
                // a restart: only what is stored goes on
                ledger = ledger.clone();
                log.push((now, ledger.take(&rates, want, Micros(now))));
            }
            for window in windows(&rates) {
                prop_assert!(most_in_any(&log, window.length) <= window.limit as u64, "{:?}", window);
            }
        }

        #[test]
        fn it_is_worth_trying_at_the_time_that_is_told_and_not_before(
            rates in rates(), steps in prop::collection::vec((step(), 0..200_u32), 1..60),
        ) {
            let mut ledger = Ledger::default();
            let mut now = 1_700_000_000 * SECOND;
            for (pause, want) in steps {
                now += pause;
                ledger.take(&rates, want, Micros(now));
            }
            let next = next_free(&windows(&rates), &ledger.used(), Micros(now));
            prop_assert!(next.0 >= now);
            prop_assert_eq!(ledger.clone().take(&rates, 1, next), 1);
            if next.0 > now {
                prop_assert_eq!(ledger.clone().take(&rates, 1, Micros(next.0 - 1)), 0);
            }
        }
    }

    #[test]
    fn a_limit_is_nearly_used_up_by_who_keeps_asking() {
        for (rates, length) in [
            (Rates { per_second: Some(20), ..Rates::default() }, SECOND),
            (Rates { per_minute: Some(600), ..Rates::default() }, 60 * SECOND),
            (Rates { per_hour: Some(600), ..Rates::default() }, 3600 * SECOND),
        ] {
            let mut ledger = Ledger::default();
            let (mut now, mut sent) = (0, 0);
            while now < 20 * length {
                sent += i64::from(ledger.take(&rates, 7, Micros(now)));
                now = next_free(&windows(&rates), &ledger.used(), Micros(now)).0.max(now + length / 1000);
            }
            let ideal = 20 * windows(&rates)[0].limit;
            assert!(sent * 100 >= ideal * 93, "{sent} of {ideal}");
        }
    }

    #[test]
    fn without_limits_all_goes() {
        assert_eq!(fitting(u32::MAX, []), u32::MAX);
        assert_eq!(next_free(&[], &[], Micros(5)), Micros(5));
        assert_eq!(forecast(&Rates::default(), 1000), (None, None));
    }

    #[test]
    fn the_forecast_follows_the_slowest_limit() {
        let rates = Rates { per_second: Some(10), per_minute: Some(30), per_hour: None, per_day: Some(10_000) };
        assert_eq!(forecast(&rates, 0), (Some(6), Some(0)));
        assert_eq!(forecast(&rates, 31), (Some(6), Some(60)));
        assert_eq!(forecast(&rates, 100_000), (Some(6), Some(9 * 86_400)));
        let quick = Rates { per_second: Some(10), ..Rates::default() };
        assert_eq!(forecast(&quick, 101), (Some(600), Some(10)));
    }
}
