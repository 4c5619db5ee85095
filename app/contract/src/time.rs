//! Instants and zones without a time zone database.
//!
//! An instant is microseconds since 1970-01-01T00:00:00Z. JSON carries it as RFC 3339. The server sends a
//! [`Zone`], a short table of offsets, so that the browser writes times exactly as the server does.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;

impl Micros {
    /// Whole seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// This instant moved by `seconds`, which may be negative.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// The date and time of day at a fixed offset from UTC in seconds.
    pub fn civil(self, offset: i32) -> Civil {
        let local = self.seconds() + i64::from(offset);
        let (year, month, day) = civil_from_days(local.div_euclid(DAY));
        let of_day = local.rem_euclid(DAY);
        Civil {
            year,
            month,
            day,
            hour: (of_day / 3600) as u8,
            minute: (of_day % 3600 / 60) as u8,
            second: (of_day % 60) as u8,
            weekday: (local.div_euclid(DAY) + 3).rem_euclid(7) as u8,
        }
    }

    /// Reads RFC 3339, for example `2026-11-21T09:00:00Z` or with a fraction and an offset.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let part = text.get(from..to)?;
            part.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
            part.parse().ok()
        };
        let sign = |at: usize, byte: &[u8]| bytes.get(at).is_some_and(|b| byte.contains(b));
        if !(sign(4, b"-") && sign(7, b"-") && sign(10, b"Tt ") && sign(13, b":") && sign(16, b":")) {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut micros = 0;
        if let Some(tail) = rest.strip_prefix('.') {
            let digits: String = tail.chars().take_while(char::is_ascii_digit).collect();
            rest = tail.get(digits.len()..)?;
            micros = format!("{digits:0<6}").get(..6)?.parse().ok()?;
        }
        let offset = match rest {
            "Z" | "z" => 0,
            _ => {
                let minutes = |t: &str| -> Option<i64> {
                    let (h, m) = t.split_once(':')?;
                    Some(h.parse::<i64>().ok()? * 60 + m.parse::<i64>().ok()?)
                };
                match rest.split_at_checked(1)? {
                    ("+", t) => minutes(t)? * 60,
                    ("-", t) => -minutes(t)? * 60,
                    _ => return None,
                }
            }
        };
        let days = days_from_civil(year, month, day);
        let seconds = days * DAY + hour * 3600 + minute * 60 + second - offset;
        Some(Self(seconds * SECOND + micros))
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil(0);
        write!(f, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second)?;
        match self.0.rem_euclid(SECOND) {
            0 => f.write_str("Z"),
            fraction => write!(f, ".{fraction:06}Z"),
        }
    }
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a time such as 2026-11-21T09:00:00Z")))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Micros {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A wall-clock reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, for example 2026.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 is Monday.
    pub weekday: u8,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Civil {
    /// English month name.
    pub fn month_name(&self) -> &'static str {
        MONTHS.get(usize::from(self.month.saturating_sub(1))).copied().unwrap_or("")
    }

    /// English weekday name.
    pub fn weekday_name(&self) -> &'static str {
        WEEKDAYS.get(usize::from(self.weekday)).copied().unwrap_or("")
    }
}

/// From `from` on, the zone is `offset` seconds east of UTC and calls itself `short`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneSpan {
    /// First instant of the span, microseconds.
    pub from: i64,
    /// Seconds east of UTC.
    pub offset: i32,
    /// Abbreviation, for example `CET`.
    pub short: String,
}

/// A time zone as a table over the years that matter, ordered by `from`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// IANA name, for example `Europe/Copenhagen`.
    pub name: String,
    /// At least one span.
    pub spans: Vec<ZoneSpan>,
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), spans: vec![ZoneSpan { from: i64::MIN, offset: 0, short: "UTC".into() }] }
    }

    fn span(&self, at: Micros) -> (i32, &str) {
        self.spans
            .iter()
            .rev()
            .find(|s| s.from <= at.0)
            .or(self.spans.first())
            .map_or((0, "UTC"), |s| (s.offset, s.short.as_str()))
    }

    /// The wall clock in this zone.
    pub fn civil(&self, at: Micros) -> Civil {
        at.civil(self.span(at).0)
    }

    /// The zone's abbreviation at that instant.
    pub fn short(&self, at: Micros) -> &str {
        self.span(at).1
    }

    /// `20 Nov 2025, 10:42 CET`
    pub fn full(&self, at: Micros) -> String {
        format!("{}, {} {}", self.date(at), self.clock(at), self.short(at))
    }

    /// `20 Nov 2025`
    pub fn date(&self, at: Micros) -> String {
        let c = self.civil(at);
        format!("{} {} {}", c.day, c.month_name().get(..3).unwrap_or(""), c.year)
    }

    /// `10:42`
    pub fn clock(&self, at: Micros) -> String {
        let c = self.civil(at);
        format!("{:02}:{:02}", c.hour, c.minute)
    }

    /// The clock on the same day as `now`, else day and month, else the date with the year.
    pub fn brief(&self, at: Micros, now: Micros) -> String {
        let (a, b) = (self.civil(at), self.civil(now));
        if (a.year, a.month, a.day) == (b.year, b.month, b.day) {
            self.clock(at)
        } else if a.year == b.year {
            format!("{} {}, {}", a.day, a.month_name().get(..3).unwrap_or(""), self.clock(at))
        } else {
            self.date(at)
        }
    }

    /// `2025-11-20T10:42`, as a `datetime-local` input wants it.
    pub fn wall(&self, at: Micros) -> String {
        let c = self.civil(at);
        format!("{:04}-{:02}-{:02}T{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute)
    }
}

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u8;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u8;
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_goes_both_ways() {
        for text in
            ["2026-11-21T09:00:00Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59.000001Z", "1969-12-31T23:59:59Z"]
        {
            assert_eq!(Micros::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Micros::parse("2026-11-21T10:00:00+01:00"), Micros::parse("2026-11-21T09:00:00Z"));
        for bad in ["", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T09:00:00", "2026-11-21T+9:00:00Z"] {
            assert_eq!(Micros::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_zone_writes_the_wall_clock_of_its_span() {
        let zone = Zone {
            name: "Europe/Copenhagen".into(),
            spans: vec![
                ZoneSpan { from: i64::MIN, offset: 7200, short: "CEST".into() },
                ZoneSpan { from: Micros::parse("2025-10-26T01:00:00Z").unwrap().0, offset: 3600, short: "CET".into() },
            ],
        };
        let at = Micros::parse("2025-11-20T09:42:00Z").unwrap();
        assert_eq!(zone.full(at), "20 Nov 2025, 10:42 CET");
        assert_eq!(zone.civil(at).weekday_name(), "Thursday");
        let before = Micros::parse("2025-10-26T00:59:59Z").unwrap();
        assert_eq!(zone.full(before), "26 Oct 2025, 02:59 CEST");
        assert_eq!(zone.wall(before), "2025-10-26T02:59");
    }
}
