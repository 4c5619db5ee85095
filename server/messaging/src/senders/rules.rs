//! What a sender's settings may be. Pure.

use connect::email::{Step, address};
use contract::Fault;
use contract::fault::Refusals;
use contract::senders::{Rates, Sender, SenderDraft, TestStep};

/// The draft as it is stored: trimmed, addresses in their one spelling.
pub(super) fn checked(draft: SenderDraft) -> Result<SenderDraft, Fault> {
    let mut draft = SenderDraft {
        name: draft.name.trim().to_owned(),
        host: draft.host.trim().trim_end_matches('.').to_owned(),
        user: draft.user.trim().to_owned(),
        from_email: draft.from_email.trim().to_owned(),
        from_name: draft.from_name.trim().to_owned(),
        reply_to: draft.reply_to.trim().to_owned(),
        // a field left empty keeps what is stored
        secret: draft.secret.filter(|s| !s.0.is_empty()),
        ..draft
    };
    let mut refused = Refusals::new();
    let length = draft.name.chars().count();
    refused.check(!(1..=80).contains(&length), "name", "Give the sender a name of at most 80 characters.");
    refused.check(!is_host(&draft.host), "host", "Write the name of the mail server, for example smtp.example.com.");
    refused.check(draft.port == 0, "port", "Write the port, usually 587 or 465.");
    refused.check(
        has_breaks(&draft.user) || draft.user.len() > 320,
        "user",
        "The user name is too long or contains a line break.",
    );
    refused.check(
        draft.secret.as_ref().is_some_and(|s| s.0.len() > 4096),
        "secret",
        "The secret is longer than 4,096 characters.",
    );
    refused.check(
        has_breaks(&draft.from_name) || draft.from_name.chars().count() > 120,
        "from_name",
        "Write a From name of at most 120 characters.",
    );
    match address::normalise(&draft.from_email) {
        Ok(address) => draft.from_email = address.as_str().to_owned(),
        Err(error) => refused.push("from_email", format!("This is not an address that can send: {error}.")),
    }
    if !draft.reply_to.is_empty() {
        match address::normalise(&draft.reply_to) {
            Ok(address) => draft.reply_to = address.as_str().to_owned(),
            Err(error) => refused.push("reply_to", format!("This is not an address that answers can go to: {error}.")),
        }
    }
    refused.check(!(1..=100).contains(&draft.pool), "pool", "Use 1 to 100 connections.");
    for (field, limit) in named(&draft.rates) {
        let bad = limit.is_some_and(|n| !(1..=100_000_000).contains(&n));
        refused.check(bad, field, "Write a number of at least 1, or leave it empty for no limit.");
    }
    refused.done()?;
    Ok(draft)
}

fn named(rates: &Rates) -> [(&'static str, Option<u32>); 4] {
    [
        ("rates.per_second", rates.per_second),
        ("rates.per_minute", rates.per_minute),
        ("rates.per_hour", rates.per_hour),
        ("rates.per_day", rates.per_day),
    ]
}

fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    !host.is_empty() && host.len() <= 253 && host.chars().all(plain) && !host.starts_with(['-', '.'])
}

fn has_breaks(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Whether both lead to the same place as the same user, so that a test of one says something about the other.
pub(super) fn same_connection(stored: &Sender, draft: &SenderDraft) -> bool {
    let stored = (&stored.host, stored.port, stored.tls, &stored.user);
    draft.secret.is_none() && stored == (&draft.host, draft.port, draft.tls, &draft.user)
}

/// A step of the connection test in the words of the contract.
pub(super) fn told(step: Step) -> TestStep {
    let detail = match step.fix {
        Some(fix) if step.detail.is_empty() => fix,
        Some(fix) => format!("{} {fix}", ended(&step.detail)),
        None => step.detail,
    };
    TestStep { name: step.name, ok: step.ok, detail }
}

fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::accounts::Secret;
    use contract::senders::TlsMode;

    fn draft() -> SenderDraft {
        SenderDraft {
            name: " Main ".into(),
            host: "smtp.example.com.".into(),
            port: 587,
            tls: TlsMode::Starttls,
            user: "me".into(),
            secret: Some(Secret(String::new())),
            from_email: "News@Bücher.example".into(),
            from_name: "News".into(),
            reply_to: String::new(),
            pool: 4,
            rates: Rates::default(),
        }
    }

    #[test]
    fn settings_are_stored_in_one_spelling() {
        let checked = checked(draft()).unwrap();
        assert_eq!(checked.name, "Main");
        assert_eq!(checked.host, "smtp.example.com");
        assert_eq!(checked.from_email, "news@xn--bcher-kva.example");
        assert_eq!(checked.secret, None);
    }

    #[test]
    fn every_bad_setting_is_told_at_once() {
        let bad = SenderDraft {
            name: String::new(),
            host: "smtp example".into(),
            port: 0,
            from_email: "nobody".into(),
            from_name: "a\r\nBcc: b".into(),
            reply_to: "x@".into(),
            pool: 0,
            rates: Rates { per_hour: Some(0), ..Rates::default() },
            ..draft()
        };
        let fault = checked(bad).unwrap_err();
        for field in ["name", "host", "port", "from_email", "from_name", "reply_to", "pool", "rates.per_hour"] {
            assert!(fault.field(field).is_some(), "{field}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in ["localhost", "10.0.0.1", "::1", "[::1]", "mail-1.example.com", "bücher.example"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "a b", "http://x", "user@host", "-a.example", "a\nb"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
