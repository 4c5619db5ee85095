//! Numbers, durations and sizes as words. Pure and without locale look-ups, so that server and browser write the same.

/// `12480` → `12,480`
#[must_use]
pub fn number(value: impl Into<i128>) -> String {
    let value: i128 = value.into();
    let digits = group(&value.unsigned_abs().to_string());
    if value < 0 { format!("−{digits}") } else { digits }
}

/// A count that may come signed from the wire; below zero is zero.
#[must_use]
pub const fn whole(value: i64) -> u64 {
    if value < 0 { 0 } else { value.unsigned_abs() }
}

/// `-1204` → `−1,204`
#[must_use]
pub fn signed(value: i64) -> String {
    let digits = group(&value.unsigned_abs().to_string());
    if value < 0 { format!("−{digits}") } else { digits }
}

fn group(digits: &str) -> String {
    let len = digits.len();
    let mut out = String::with_capacity(len + len / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (len - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1234.56, 1` → `1,234.6`. Not finite → `not available`.
#[must_use]
pub fn decimal(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "not available".to_owned();
    }
    let text = format!("{:.places$}", value.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let sign = if value < 0.0 && text.chars().any(|digit| digit.is_ascii_digit() && digit != '0') { "−" } else { "" };
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{sign}{}{dot}{rest}", group(whole))
}

/// `3, 8` → `37.5 %`; a share of nothing is not available.
#[must_use]
pub fn share(part: u64, whole: u64) -> Option<String> {
    if whole == 0 {
        return None;
    }
    Some(percent(to_float(part) / to_float(whole)))
}

/// `0.241` → `24.1 %`; small shares keep two places, so that they do not read as zero.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let value = fraction * 100.0;
    let places = if value != 0.0 && value.abs() < 0.5 { 2 } else { 1 };
    format!("{} %", decimal(value, places))
}

/// Whole percent of a bar, 0 to 100.
#[must_use]
pub fn percent_of(part: u64, whole: u64) -> u8 {
    let value = u128::from(part).saturating_mul(100).checked_div(u128::from(whole)).unwrap_or(0);
    u8::try_from(value.min(100)).unwrap_or(100)
}

/// Seconds → `8 s`, `36 min`, `1 h 44 min`, `2 d 3 h`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{minutes} min"),
        3_600..=86_399 => two(hours, "h", minutes % 60, "min"),
        _ => two(days, "d", hours % 24, "h"),
    }
}

fn two(big: u64, big_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{big} {big_unit}") } else { format!("{big} {big_unit} {small} {small_unit}") }
}

/// Seconds → `36 min left`
#[must_use]
pub fn time_left(seconds: u64) -> String {
    format!("{} left", duration(seconds))
}

/// How long ago or ahead, in seconds before now (negative is ahead): `just now`, `5 min ago`, `in 2 h`.
#[must_use]
pub fn relative(seconds_ago: i64) -> String {
    let size = seconds_ago.unsigned_abs();
    if size < 45 {
        return "just now".to_owned();
    }
    let words = match size {
        0..=3_599 => format!("{} min", (size / 60).max(1)),
        3_600..=86_399 => format!("{} h", size / 3_600),
        86_400..=172_799 => "1 day".to_owned(),
        _ => format!("{} days", size / 86_400),
    };
    if seconds_ago > 0 { format!("{words} ago") } else { format!("in {words}") }
}

/// Bytes in powers of 1,000: `640 B`, `1.4 MB`.
#[must_use]
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if size < 1_000 {
        return format!("{size} B");
    }
    let mut value = to_float(size);
    let mut unit = "B";
    for next in UNITS {
        if value < 999.5 {
            break;
        }
        value /= 1_000.0;
        unit = next;
    }
    let places = if value < 9.95 { 1 } else { 0 };
    format!("{} {unit}", decimal(value, places))
}

/// Minor units and the sign of a currency: `128400, "€"` → `€1,284`; cents show only when there are some.
#[must_use]
pub fn money(minor: i64, sign: &str) -> String {
    let (whole, cents) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let minus = if minor < 0 { "−" } else { "" };
    let rest = if cents == 0 { String::new() } else { format!(".{cents:02}") };
    format!("{minus}{sign}{}{rest}", number(whole))
}

/// `1, "person", "people"` → `1 person`; `12480` → `12,480 people`.
#[must_use]
pub fn count(value: impl Into<i128>, one: &str, many: &str) -> String {
    let value: i128 = value.into();
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// Large figures for axes: `1.2k`, `3.4M`.
#[must_use]
pub fn short(value: f64) -> String {
    let size = value.abs();
    let (scaled, unit) = match size {
        _ if size >= 999_500_000.0 => (value / 1e9, "B"),
        _ if size >= 999_500.0 => (value / 1e6, "M"),
        _ if size >= 10_000.0 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let is_whole = (scaled - scaled.round()).abs() < 0.05;
    format!("{}{unit}", decimal(scaled, usize::from(!is_whole)))
}

/// Cuts after `most` characters and says so with an ellipsis.
#[must_use]
pub fn clip(text: &str, most: usize) -> String {
    let mut rest = text.chars();
    let head: String = rest.by_ref().take(most).collect();
    if rest.next().is_some() { format!("{}…", head.trim_end()) } else { head }
}

/// Counts up to 2^53 are exact; beyond that the last digits do not show anywhere.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "no lossless conversion exists; shares need no more digits"
)]
fn to_float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(
            [number(0), number(999), number(1_000), number(12_480), number(1_234_567)],
            ["0", "999", "1,000", "12,480", "1,234,567"]
        );
        assert_eq!(signed(-1_204), "−1,204");
    }

    #[test]
    fn decimals_keep_their_places_and_never_read_minus_zero() {
        assert_eq!(
            [decimal(1_234.56, 1), decimal(-0.04, 1), decimal(-2.5, 1), decimal(7.0, 0)],
            ["1,234.6", "0.0", "−2.5", "7"]
        );
        assert_eq!(decimal(f64::NAN, 1), "not available");
    }

    #[test]
    fn a_share_of_nothing_is_not_a_number() {
        assert_eq!(share(3, 8).as_deref(), Some("37.5 %"));
        assert_eq!(share(4, 13_412).as_deref(), Some("0.03 %"));
        assert_eq!(share(0, 0), None);
    }

    #[test]
    fn durations_use_the_two_largest_units() {
        assert_eq!(
            [duration(8), duration(2_160), duration(6_240), duration(7_200), duration(183_600)],
            ["8 s", "36 min", "1 h 44 min", "2 h", "2 d 3 h"]
        );
        assert_eq!(time_left(2_160), "36 min left");
    }

    #[test]
    fn relative_times_read_both_ways() {
        assert_eq!(
            [relative(3), relative(300), relative(-7_300), relative(90_000), relative(400_000)],
            ["just now", "5 min ago", "in 2 h", "1 day ago", "4 days ago"]
        );
    }

    #[test]
    fn bytes_take_the_nearest_unit() {
        assert_eq!(
            [bytes(640), bytes(1_400), bytes(999_999), bytes(21_000_000)],
            ["640 B", "1.4 kB", "1.0 MB", "21 MB"]
        );
    }

    #[test]
    fn money_hides_empty_cents() {
        assert_eq!([money(128_400, "€"), money(-1_250, "€")], ["€1,284", "−€12.50"]);
    }

    #[test]
    fn a_bar_never_passes_its_end() {
        assert_eq!([percent_of(8_252, 12_480), percent_of(5, 0), percent_of(9, 3)], [66, 0, 100]);
    }

    #[test]
    fn axis_figures_are_short() {
        assert_eq!([short(900.0), short(12_500.0), short(3_000_000.0)], ["900", "12.5k", "3M"]);
    }

    #[test]
    fn clipping_counts_characters_not_bytes() {
        assert_eq!([clip("Malmö fair", 5), clip("Malmö", 5)], ["Malmö…", "Malmö"]);
    }
}
