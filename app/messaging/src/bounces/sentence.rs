//! Rules as sentences, and shares in percent as people write them.

use contract::bounces::BounceRules;
use kit::format;

/// When mail to an address is withheld for soft bounces.
pub fn soft(rules: &BounceRules) -> String {
    let BounceRules { soft_limit, soft_of, .. } = *rules;
    match (soft_limit, soft_of) {
        (1, 1) => "Mail to an address is withheld after one soft bounce.".to_owned(),
        (limit, of) if of <= limit => format!("Mail to an address is withheld after {limit} soft bounces in a row."),
        (limit, of) => format!(
            "Mail to an address is withheld after {} among the last {of} messages to it.",
            format::count(limit, "soft bounce", "soft bounces")
        ),
    }
}

/// When a campaign is held.
pub fn hold(rules: &BounceRules) -> String {
    let bounces =
        (rules.hold_bounces > 0).then(|| format!("{} % of its messages came back", percent(rules.hold_bounces, 1)));
    let complaints =
        (rules.hold_complaints > 0).then(|| format!("{} % were reported as spam", percent(rules.hold_complaints, 2)));
    let parts: Vec<String> = [bounces, complaints].into_iter().flatten().collect();
    if parts.is_empty() {
        return "No campaign is held for what comes back.".to_owned();
    }
    format!(
        "A campaign that goes out is held for a person when {}. Lux looks at it after {}; one or two reports never hold it.",
        parts.join(", or "),
        format::count(rules.hold_after, "message", "messages")
    )
}

/// A share in percent from whole parts: `places` is 1 for thousandths, 2 for ten thousandths.
pub fn percent(parts: u32, places: u32) -> String {
    let base = 10_u32.saturating_pow(places);
    let (whole, rest) = (parts / base, parts % base);
    let width = usize::try_from(places).unwrap_or(1);
    let rest = format!("{rest:0width$}");
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_string() } else { format!("{whole}.{rest}") }
}

/// Whole parts from a share in percent as typed; `None` where it is no share, or finer than `places`.
pub fn parts(text: &str, places: u32) -> Option<u32> {
    let text = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let width = usize::try_from(places).ok()?;
    let rest = rest.trim_end_matches('0');
    if rest.len() > width || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let base = 10_u32.checked_pow(places)?;
    let whole: u32 = if whole.is_empty() && !rest.is_empty() { 0 } else { whole.parse().ok()? };
    let rest: u32 = format!("{rest:0<width$}").parse().ok()?;
    let all = whole.checked_mul(base)?.checked_add(rest)?;
    (all <= base.saturating_mul(100)).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_in_percent_and_read_again() {
        for (n, places, text) in [(50, 1, "5"), (55, 1, "5.5"), (30, 2, "0.3"), (5, 2, "0.05"), (0, 1, "0")] {
            assert_eq!(percent(n, places), text);
            assert_eq!(parts(text, places), Some(n), "{text}");
        }
        assert_eq!(parts(" 0,30 % ", 2), Some(30));
        assert_eq!(parts("100", 1), Some(1000));
        assert_eq!(parts(".5", 1), Some(5));
        for bad in ["", "x", "101", "0.05", "-1", "1.x", "."] {
            assert_eq!(parts(bad, 1), None, "{bad}");
        }
    }

    #[test]
    fn rules_read_as_sentences() {
        let rules = BounceRules::default();
        assert_eq!(soft(&rules), "Mail to an address is withheld after 5 soft bounces in a row.");
        assert!(soft(&BounceRules { soft_limit: 3, ..rules }).contains("3 soft bounces among the last 5"));
        assert!(soft(&BounceRules { soft_limit: 1, ..rules }).contains("1 soft bounce among"));
        assert!(hold(&rules).contains("when 5 % of its messages came back, or 0.3 % were reported as spam."));
        assert!(hold(&BounceRules { hold_bounces: 0, ..rules }).contains("when 0.3 % were"));
        assert_eq!(
            hold(&BounceRules { hold_bounces: 0, hold_complaints: 0, ..rules }),
            "No campaign is held for what comes back."
        );
    }
}
