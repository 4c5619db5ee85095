//! What a domain may be, which records it needs, and what a found one is worth. Pure.

pub(super) mod dkim;
pub(super) mod dmarc;
pub(super) mod spf;
mod tags;

use connect::email::address;
use contract::Fault;
use contract::domains::{KeyKind, RecordCheck, RecordState};

/// Longest domain that leaves room for a selector before it.
const LONGEST: usize = 220;

/// The domain in its one spelling.
pub(super) fn checked(text: &str) -> Result<String, Fault> {
    let text = text.trim().trim_end_matches('.');
    let refused = |message: String| Fault::invalid("domain", message);
    if text.contains('@') {
        return Err(refused("Write the part after the @ alone, for example example.com.".into()));
    }
    if text.contains("://") || text.contains('/') {
        return Err(refused("Write the name alone, for example example.com, without https:// and paths.".into()));
    }
    match address::normalise_domain(text) {
        Ok(domain) if domain == "localhost" => Err(refused("localhost has no records. Write a domain.".into())),
        Ok(domain) if domain.len() > LONGEST => Err(refused(format!("Use at most {LONGEST} characters."))),
        Ok(domain) => Ok(domain),
        Err(error) => Err(refused(format!("This is not a domain that can send: {error}."))),
    }
}

/// A selector nobody else at this domain uses.
pub(super) fn selector(kind: KeyKind, random: [u8; 4]) -> String {
    let end = match kind {
        KeyKind::Rsa => 'r',
        KeyKind::Ed25519 => 'e',
    };
    format!("lux{}{end}", hex::encode(random))
}

/// Whether mail from `from` may be signed by `domain`: receivers take the same domain or one above it.
pub(crate) fn covers(domain: &str, from: &str) -> bool {
    from == domain || from.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether this is about mail from `from`, and closest to it of those that are.
pub(crate) fn closest<'a, T>(all: &'a [T], from: &str, name: impl Fn(&T) -> &str) -> Option<&'a T> {
    all.iter().filter(|one| covers(name(one), from)).max_by_key(|one| name(one).len())
}

/// What nobody looked at yet.
pub(super) fn unchecked(name: String) -> RecordCheck {
    let words = "Not looked up yet.".into();
    RecordCheck { state: RecordState::Unchecked, name, found: String::new(), wanted: String::new(), words }
}

/// What DNS did not answer.
pub(super) fn unreachable(name: String, why: &str) -> RecordCheck {
    let words = format!("{why}. This says nothing about the domain; try again in a moment.");
    RecordCheck { state: RecordState::Unreachable, name, found: String::new(), wanted: String::new(), words }
}

/// Several texts as they are shown.
fn joined<T: AsRef<str>>(texts: &[T]) -> String {
    let all: Vec<String> = texts.iter().take(4).map(|text| text.as_ref().chars().take(1_000).collect()).collect();
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_spelling() {
        for (written, kept) in [
            ("Example.COM", "example.com"),
            ("  example.com. ", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("news.shop.example", "news.shop.example"),
        ] {
            assert_eq!(checked(written).unwrap(), kept);
        }
    }

    #[test]
    fn what_is_no_domain_is_refused_with_a_reason() {
        let long = format!("{}example", "a.".repeat(110));
        for (written, word) in [
            ("", "domain"),
            ("me@example.com", "after the @"),
            ("https://example.com", "https"),
            ("example.com/path", "paths"),
            ("localhost", "localhost"),
            ("example", "domain"),
            ("127.0.0.1", "domain"),
            ("exa mple.com", "domain"),
            ("-x.example", "domain"),
            (&long, "at most"),
        ] {
            let fault = checked(written).unwrap_err();
            assert!(fault.field("domain").is_some_and(|m| m.contains(word)), "{written}: {fault}");
        }
    }

    #[test]
    fn a_domain_signs_for_itself_and_for_those_below() {
        assert!(covers("example.com", "example.com"));
        assert!(covers("example.com", "news.example.com"));
        assert!(!covers("news.example.com", "example.com"));
        assert!(!covers("example.com", "badexample.com"));
        assert!(!covers("example.com", "example.com.evil.net"));
        let all = ["example.com", "news.example.com", "other.net"];
        assert_eq!(closest(&all, "a.news.example.com", |name| name), Some(&"news.example.com"));
        assert_eq!(closest(&all, "shop.example.com", |name| name), Some(&"example.com"));
        assert_eq!(closest(&all, "example.org", |name| name), None);
    }

    #[test]
    fn selectors_of_two_kinds_differ_even_by_the_same_chance() {
        assert_eq!(selector(KeyKind::Rsa, [1, 2, 3, 255]), "lux010203ffr");
        assert_eq!(selector(KeyKind::Ed25519, [1, 2, 3, 255]), "lux010203ffe");
    }
}
