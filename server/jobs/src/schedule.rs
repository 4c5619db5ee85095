//! When a repeated job is due next.

use contract::Micros;
use kernel::zone;
use std::time::Duration;

/// A rhythm. After a stop of the whole instance at most one missed occurrence is made up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// So often, aligned to the epoch: all nodes agree on the instants.
    Every(Duration),
    /// Each day at a wall time. A time that daylight saving skips fires at the first minute after it, one that comes
    /// twice fires the first time.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
        /// IANA name.
        zone: &'static str,
    },
}

impl Schedule {
    /// The first occurrence after `now`.
    pub fn next(self, now: Micros) -> Micros {
        match self {
            Self::Every(period) => {
                let period = i64::try_from(period.as_micros()).unwrap_or(i64::MAX).max(1_000_000);
                Micros((now.0.div_euclid(period) + 1).saturating_mul(period))
            }
            Self::Daily { hour, minute, zone } => daily(hour, minute, zone, now),
        }
    }
}

fn daily(hour: u8, minute: u8, name: &str, now: Micros) -> Micros {
    const DAY: i64 = 86_400;
    let at = |day: Micros, zone: &str| {
        let civil = day.civil(0);
        let wall = format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}", civil.year, civil.month, civil.day);
        zone::resolve(&wall, zone).ok()
    };
    // The local date lies at most one day beside that of UTC.
    (-1..=2)
        .filter_map(|days| at(now.plus_seconds(days * DAY), name))
        .find(|at| *at > now)
        .unwrap_or_else(|| now.plus_seconds(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_aligned_so_that_all_nodes_agree() {
        let every = Schedule::Every(Duration::from_secs(60));
        let now = Micros::parse("2026-01-15T09:00:30Z").unwrap();
        assert_eq!(every.next(now).to_string(), "2026-01-15T09:01:00Z");
        assert_eq!(every.next(every.next(now)).to_string(), "2026-01-15T09:02:00Z");
    }

    #[test]
    fn a_daily_job_fires_once_per_local_day_through_every_change_of_the_clock() {
        for zone in
            ["Europe/Copenhagen", "Australia/Lord_Howe", "Africa/Casablanca", "America/New_York", "Pacific/Auckland"]
        {
            let daily = Schedule::Daily { hour: 2, minute: 30, zone };
            let mut now = Micros::parse("2026-01-01T00:00:00Z").unwrap();
            let end = Micros::parse("2028-01-01T00:00:00Z").unwrap();
            let table = zone::table(zone, now, end.plus_seconds(86_400 * 3)).unwrap();
            let mut last = String::new();
            let mut count = 0;
            while now < end {
                now = daily.next(now);
                let day = table.date(now);
                assert_ne!(day, last, "{zone} fired twice");
                last = day;
                count += 1;
            }
            assert!((730..=731).contains(&count), "{zone}: {count}");
        }
    }
}
