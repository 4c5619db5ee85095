//! Time zones, from a database that travels inside the program.
//!
//! A wall time that daylight saving skips means the first minute that exists after it; one that happens twice means the
//! first of the two.

use contract::{Fault, Micros, Zone, ZoneSpan};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use thiserror::Error;

/// Why a wall time has no instant.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ZoneFault {
    /// No such zone.
    #[error("There is no time zone {0}. Choose one such as Europe/Copenhagen.")]
    Unknown(String),
    /// Not a wall time.
    #[error("{0} is not a time such as 2026-11-21T09:00.")]
    Wall(String),
}

impl From<ZoneFault> for Fault {
    fn from(fault: ZoneFault) -> Self {
        let field = match fault {
            ZoneFault::Unknown(_) => "timezone",
            ZoneFault::Wall(_) => "time",
        };
        Self::invalid(field, fault.to_string())
    }
}

fn find(name: &str) -> Result<TimeZone, ZoneFault> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| ZoneFault::Unknown(name.to_owned()))
}

/// The names of all zones, sorted.
pub fn names() -> Vec<String> {
    let mut names: Vec<_> = TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    names
}

/// Is there a zone of that name?
pub fn exists(name: &str) -> bool {
    find(name).is_ok()
}

/// The instant of a wall time such as `2026-11-21T09:00` in a zone.
pub fn resolve(wall: &str, zone: &str) -> Result<Micros, ZoneFault> {
    let refused = || ZoneFault::Wall(wall.to_owned());
    let wall: DateTime = wall.parse().map_err(|_| refused())?;
    let zone = find(zone)?;
    let at = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall),
        // Read with the later offset it lies before the change; the change itself is the first minute that exists.
        AmbiguousOffset::Gap { after, .. } => after
            .to_timestamp(wall)
            .map(|early| zone.following(early).next().map_or(early, |change| change.timestamp())),
    };
    at.map(|at| Micros(at.as_microsecond())).map_err(|_| refused())
}

/// The offsets of a zone between two instants, as the browser needs them to write times.
pub fn table(name: &str, from: Micros, to: Micros) -> Result<Zone, ZoneFault> {
    let zone = find(name)?;
    let start = Timestamp::from_microsecond(from.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let first = zone.to_offset_info(start);
    let mut spans =
        vec![ZoneSpan { from: i64::MIN, offset: first.offset().seconds(), short: first.abbreviation().to_owned() }];
    let changes = zone.following(start).take_while(|change| change.timestamp().as_microsecond() < to.0);
    spans.extend(changes.map(|change| ZoneSpan {
        from: change.timestamp().as_microsecond(),
        offset: change.offset().seconds(),
        short: change.abbreviation().to_owned(),
    }));
    Ok(Zone { name: name.to_owned(), spans })
}

/// [`table`] from two years before `now` to three years after.
pub fn around(name: &str, now: Micros) -> Result<Zone, ZoneFault> {
    const YEAR: i64 = 366 * 86_400;
    table(name, now.plus_seconds(-2 * YEAR), now.plus_seconds(3 * YEAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: &str, zone: &str) -> String {
        resolve(wall, zone).unwrap().to_string()
    }

    #[test]
    fn a_plain_wall_time_is_moved_by_the_offset() {
        assert_eq!(at("2026-11-21T09:00", "Europe/Copenhagen"), "2026-11-21T08:00:00Z");
        assert_eq!(at("2026-07-01T09:00", "Europe/Copenhagen"), "2026-07-01T07:00:00Z");
        assert_eq!(at("2026-07-01T09:00", "UTC"), "2026-07-01T09:00:00Z");
    }

    #[test]
    fn a_skipped_wall_time_is_the_first_minute_that_exists() {
        // 02:00 to 03:00 does not exist; 03:00 summer time is 01:00 UTC.
        for wall in ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T02:59"] {
            assert_eq!(at(wall, "Europe/Copenhagen"), "2026-03-29T01:00:00Z");
        }
        assert_eq!(at("2026-03-29T01:59", "Europe/Copenhagen"), "2026-03-29T00:59:00Z");
        // Lord Howe moves by half an hour: 02:00 to 02:30.
        assert_eq!(at("2026-10-04T02:15", "Australia/Lord_Howe"), "2026-10-03T15:30:00Z");
    }

    #[test]
    fn a_repeated_wall_time_is_the_first_of_the_two() {
        assert_eq!(at("2026-10-25T02:30", "Europe/Copenhagen"), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn what_is_no_zone_and_what_is_no_time_is_refused() {
        assert!(matches!(resolve("2026-11-21T09:00", "Europe/Atlantis"), Err(ZoneFault::Unknown(_))));
        assert!(matches!(resolve("2026-13-21T09:00", "UTC"), Err(ZoneFault::Wall(_))));
        assert!(matches!(resolve("tomorrow", "UTC"), Err(ZoneFault::Wall(_))));
    }

    #[test]
    fn the_table_writes_every_hour_as_the_database_does() {
        let (from, to) =
            (Micros::parse("2025-01-01T00:00:00Z").unwrap(), Micros::parse("2028-01-01T00:00:00Z").unwrap());
        for name in ["Europe/Copenhagen", "Africa/Casablanca", "Australia/Lord_Howe", "America/New_York", "UTC"] {
            let table = table(name, from, to).unwrap();
            let zone = find(name).unwrap();
            let mut now = from;
            while now < to {
                let there = Timestamp::from_microsecond(now.0).unwrap().to_zoned(zone.clone());
                assert_eq!(table.wall(now), there.strftime("%Y-%m-%dT%H:%M").to_string(), "{name} {now}");
                now = now.plus_seconds(1800);
            }
        }
    }

    #[test]
    fn all_names_can_be_used() {
        let names = names();
        assert!(names.len() > 300 && names.iter().any(|n| n == "Europe/Copenhagen"));
        assert!(names.iter().all(|name| exists(name)));
    }
}
