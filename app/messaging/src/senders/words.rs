//! How senders read, said once.

use contract::senders::{QuotaPart, Rates, Sender, SenderHealth, SenderKind, TlsMode};
use kit::{Shape, Status, Tone, format};
use leptos::prelude::*;

/// Health as a status.
pub fn health(health: &SenderHealth) -> AnyView {
    match health.state.as_str() {
        "good" => view! { <Status tone=Tone::Good>"Working"</Status> },
        "cooling" => view! { <Status tone=Tone::Warn shape=Shape::Unsure>"Waiting a while"</Status> },
        "failing" => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Failing"</Status> },
        _ => view! { <Status shape=Shape::Wait>"Not tested yet"</Status> },
    }
    .into_any()
}

/// Limits in words.
pub fn limits(rates: &Rates) -> String {
    let parts: Vec<String> = [
        (rates.per_second, "per second"),
        (rates.per_minute, "per minute"),
        (rates.per_hour, "per hour"),
        (rates.per_day, "per day"),
    ]
    .into_iter()
    .filter_map(|(n, unit)| n.map(|n| format!("{} {unit}", format::number(n))))
    .collect();
    if parts.is_empty() { "No limit".to_owned() } else { parts.join(", ") }
}

/// The value of a mode in forms.
pub fn mode(text: &str) -> TlsMode {
    [TlsMode::Tls, TlsMode::Starttls].into_iter().find(|mode| mode.as_str() == text).unwrap_or(TlsMode::None)
}

/// The port that belongs to a mode, where what stands there is the usual port of another mode or nothing.
pub fn port_for(mode: TlsMode, now: &str) -> Option<&'static str> {
    let usual = ["", "25", "465", "587"].contains(&now.trim());
    usual.then_some(match mode {
        TlsMode::Tls => "465",
        TlsMode::Starttls => "587",
        TlsMode::None => "25",
    })
}

/// A limit as typed: empty is no limit. What is not a number reads as 0, which the server refuses with a reason.
pub fn limit(text: &str) -> Option<u32> {
    let text = text.trim().replace([',', ' '], "");
    if text.is_empty() { None } else { Some(text.parse().unwrap_or(0)) }
}

/// Addresses as people write several: on lines, or with commas or semicolons between them.
pub fn addresses(text: &str) -> Vec<String> {
    let parts = text.split(['\n', ',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// What is left of a limit, in words.
pub fn left(part: &QuotaPart) -> String {
    match (part.limit, part.left()) {
        (Some(limit), Some(left)) => format!("{} of {} left", format::number(left), format::number(limit)),
        _ => format!("{} used, no limit", format::number(part.used)),
    }
}

/// What a sender sends through.
pub fn through(sender: &Sender) -> String {
    match sender.kind {
        SenderKind::Smtp => format!("{}:{}", sender.host, sender.port),
        SenderKind::Graph => {
            let boxes = i64::try_from(sender.graph.mailboxes.len()).unwrap_or(i64::MAX);
            format!("Microsoft 365, {}", format::count(boxes, "mailbox", "mailboxes"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_may_be_written_in_any_usual_way() {
        assert_eq!(
            addresses(" a@b.example\nc@d.example; e@f.example,, "),
            ["a@b.example", "c@d.example", "e@f.example"]
        );
        assert!(addresses(" \n ").is_empty());
    }

    #[test]
    fn what_is_left_reads_with_and_without_a_limit() {
        assert_eq!(left(&QuotaPart { used: 1_200, limit: Some(10_000) }), "8,800 of 10,000 left");
        assert_eq!(left(&QuotaPart { used: 12, limit: None }), "12 used, no limit");
    }

    #[test]
    fn a_usual_port_follows_the_mode_and_an_own_one_stays() {
        assert_eq!(port_for(TlsMode::Tls, "587"), Some("465"));
        assert_eq!(port_for(TlsMode::Starttls, ""), Some("587"));
        assert_eq!(port_for(TlsMode::Tls, "2525"), None);
    }

    #[test]
    fn an_empty_limit_is_none_and_a_word_is_refused_later() {
        assert_eq!(limit("  "), None);
        assert_eq!(limit("1,200"), Some(1200));
        assert_eq!(limit("many"), Some(0));
    }

    #[test]
    fn limits_read_from_the_shortest_window() {
        let rates = Rates { per_minute: Some(120), per_day: Some(10_000), ..Rates::default() };
        assert_eq!(limits(&rates), "120 per minute, 10,000 per day");
        assert_eq!(limits(&Rates::default()), "No limit");
    }
}
