//! The days of the story, counted back from now on the clock of the company.

use anyhow::Result;
use contract::{Micros, Zone};
use kernel::zone;

/// Where Emberfold Ceramics is.
pub const ZONE: &str = "Europe/Copenhagen";

const DAY: i64 = 86_400;
const SATURDAY: u8 = 5;

/// Now, and how to find other days from it.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The end of the story.
    pub now: Micros,
    /// The company's zone.
    pub zone: Zone,
}

impl Calendar {
    /// A calendar that ends now.
    pub fn new(now: Micros) -> Result<Self> {
        Ok(Self { now, zone: zone::around(ZONE, now)? })
    }

    /// So many days before now, at this very time of day.
    pub fn back(&self, days: i64) -> Micros {
        self.now.plus_seconds(-days * DAY)
    }

    /// A wall clock (`HH:MM`) so many days ago, or on the working day before that: its instant, and the whole wall time.
    pub fn workday(&self, days_ago: i64, clock: &str) -> Result<(Micros, String)> {
        let mut at = self.back(days_ago);
        while self.zone.civil(at).weekday >= SATURDAY {
            at = at.plus_seconds(-DAY);
        }
        let day = self.zone.civil(at);
        let wall = format!("{:04}-{:02}-{:02}T{clock}", day.year, day.month, day.day);
        Ok((zone::resolve(&wall, ZONE)?, wall))
    }

    /// `YYYY-MM-DD` of an instant.
    pub fn date(&self, at: Micros) -> String {
        let day = self.zone.civil(at);
        format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
    }

    /// Hour of the day, 0 to 23.
    pub fn hour(&self, at: Micros) -> u8 {
        self.zone.civil(at).hour
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekend_becomes_the_friday_before() {
        // A Monday: two days before is a Saturday.
        let calendar = Calendar::new(Micros::parse("2026-11-23T12:00:00Z").unwrap()).unwrap();
        let (at, wall) = calendar.workday(2, "10:30").unwrap();
        assert_eq!((at.to_string().as_str(), wall.as_str()), ("2026-11-20T09:30:00Z", "2026-11-20T10:30"));
        assert_eq!(calendar.workday(-1, "09:00").unwrap().1, "2026-11-24T09:00");
        assert_eq!(calendar.date(at), "2026-11-20");
    }
}
