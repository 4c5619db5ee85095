//! Days and hours in which messages may go out.

use super::minutes;
use contract::campaigns::{SendWindow, Whose};
use contract::{Fault, Micros};
use kernel::zone;

/// A window that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Monday first.
    days: [bool; 7],
    from: i64,
    until: i64,
    /// On whose clock.
    pub clock: Whose,
}

impl Hours {
    /// Reads what was written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(window: &SendWindow) -> Result<Self, Fault> {
        let mut days = [false; 7];
        for day in &window.days {
            let place = usize::from(*day).checked_sub(1).and_then(|n| days.get_mut(n));
            *place.ok_or_else(|| Fault::invalid("plan.window.days", "Days are 1, Monday, to 7, Sunday."))? = true;
        }
        if !days.contains(&true) {
            return Err(Fault::invalid("plan.window.days", "Choose at least one day."));
        }
        let bad = |field: &str| Fault::invalid(field, "Write a time such as 09:00.");
        let from = minutes(&window.from).ok_or_else(|| bad("plan.window.from"))?;
        let until = minutes(&window.until).ok_or_else(|| bad("plan.window.until"))?;
        if from >= until {
            return Err(Fault::invalid("plan.window.until", "The window must end later on the day than it begins."));
        }
        Ok(Self { days, from, until, clock: window.clock })
    }

    /// Whether messages may go out at this instant on the clock of a zone, and if not, when again. A zone that is not
    /// known is never open, which cannot happen: zones are resolved before.
    pub fn next_open(&self, at: Micros, zone_name: &str) -> Option<Micros> {
        let table = zone::table(zone_name, at, at.plus_seconds(9 * 86_400)).ok()?;
        let now = table.civil(at);
        let minute = i64::from(now.hour) * 60 + i64::from(now.minute);
        // Noon is on its day whatever the clocks do.
        let noon = at.plus_seconds((12 * 60 - minute) * 60);
        for ahead in 0..=7 {
            let civil = table.civil(noon.plus_seconds(ahead * 86_400));
            let day = usize::try_from(weekday(civil.year, i64::from(civil.month), i64::from(civil.day))).ok()?;
            if !self.days.get(day).copied().unwrap_or(false) {
                continue;
            }
            if ahead == 0 {
                if (self.from..self.until).contains(&minute) {
                    return Some(at);
                }
                if minute >= self.until {
                    continue;
                }
            }
            let (hour, rest) = (self.from / 60, self.from % 60);
            let wall = format!("{:04}-{:02}-{:02}T{hour:02}:{rest:02}", civil.year, civil.month, civil.day);
            // A gap at the opening opens after it; that it lies before now cannot be, so look on.
            match zone::resolve(&wall, zone_name) {
                Ok(open) if open >= at => return Some(open),
                _ => continue,
            }
        }
        None
    }
}

/// 0 is Monday.
fn weekday(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month < 3 { (year - 1, month + 12) } else { (year, month) };
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * (m - 3) + 2) / 5 + day;
    // Day 1 of March of the year 0 was a Wednesday.
    (days + 1).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Micros {
        Micros::parse(text).unwrap()
    }

    fn hours(days: &[u8], from: &str, until: &str) -> Hours {
        let window =
            SendWindow { days: days.to_vec(), from: from.into(), until: until.into(), clock: Whose::Recipient };
        Hours::read(&window).unwrap()
    }

    #[test]
    fn days_of_the_week_are_right() {
        for (date, day) in
            [((2026, 11, 21), 5), ((2024, 2, 29), 3), ((2000, 1, 1), 5), ((2026, 3, 1), 6), ((1970, 1, 1), 3)]
        {
            assert_eq!(weekday(date.0, date.1, date.2), day, "{date:?}");
        }
    }

    #[test]
    fn inside_it_is_open_and_outside_it_opens_at_the_next_day_that_is_chosen() {
        let office = hours(&[1, 2, 3, 4, 5], "09:00", "17:00");
        let next = |text: &str| office.next_open(at(text), "Europe/Copenhagen").unwrap().to_string();
        // Friday 20 November 2026.
        assert_eq!(next("2026-11-20T08:00:00Z"), "2026-11-20T08:00:00Z");
        assert_eq!(next("2026-11-20T07:59:59Z"), "2026-11-20T08:00:00Z");
        assert_eq!(next("2026-11-20T15:59:59Z"), "2026-11-20T15:59:59Z");
        assert_eq!(next("2026-11-20T16:00:00Z"), "2026-11-23T08:00:00Z");
        assert_eq!(next("2026-11-22T12:00:00Z"), "2026-11-23T08:00:00Z");
    }

    #[test]
    fn the_window_follows_the_clock_over_daylight_saving() {
        let daily = hours(&[1, 2, 3, 4, 5, 6, 7], "02:30", "04:00");
        // On 29 March 2026 two o'clock is skipped in Copenhagen: the first minute that exists is three.
        let open = daily.next_open(at("2026-03-28T20:00:00Z"), "Europe/Copenhagen").unwrap();
        assert_eq!(open.to_string(), "2026-03-29T01:00:00Z");
        let evening = hours(&[7], "20:00", "24:00");
        let open = evening.next_open(at("2026-10-25T10:00:00Z"), "Europe/Copenhagen").unwrap();
        assert_eq!(open.to_string(), "2026-10-25T19:00:00Z");
        assert_eq!(
            evening.next_open(at("2026-10-25T22:59:59Z"), "Europe/Copenhagen"),
            Some(at("2026-10-25T22:59:59Z"))
        );
    }

    #[test]
    fn from_any_instant_the_next_opening_is_open() {
        let odd = hours(&[2, 7], "01:15", "02:45");
        for zone in ["Australia/Lord_Howe", "America/New_York", "Africa/Casablanca", "Pacific/Kiritimati", "UTC"] {
            let mut now = at("2026-01-01T00:00:00Z");
            for _ in 0..700 {
                let open = odd.next_open(now, zone).unwrap();
                assert!(open >= now && open.seconds() - now.seconds() <= 8 * 86_400, "{zone} {now} {open}");
                assert_eq!(odd.next_open(open, zone), Some(open), "{zone} {now} {open}");
                now = now.plus_seconds(13 * 3600 + 77);
            }
        }
    }

    #[test]
    fn what_is_no_window_is_refused_at_its_field() {
        let read = |days: &[u8], from: &str, until: &str| {
            Hours::read(&SendWindow {
                days: days.to_vec(),
                from: from.into(),
                until: until.into(),
                clock: Whose::Company,
            })
        };
        assert!(read(&[], "09:00", "10:00").unwrap_err().field("plan.window.days").is_some());
        assert!(read(&[8], "09:00", "10:00").unwrap_err().field("plan.window.days").is_some());
        assert!(read(&[1], "9", "10:00").unwrap_err().field("plan.window.from").is_some());
        assert!(read(&[1], "09:00", "25:00").unwrap_err().field("plan.window.until").is_some());
        assert!(read(&[1], "10:00", "10:00").unwrap_err().field("plan.window.until").is_some());
        assert!(read(&[1], "00:00", "24:00").is_ok());
    }
}
