//! What receivers do with mail that fails (RFC 7489).

use super::joined;
use super::tags::Tags;
use contract::domains::{RecordCheck, RecordState};

/// What a domain without a record is told to begin with.
const FIRST: &str = "v=DMARC1; p=none";

/// Where receivers look, in their order: at the domain, then at those above it up to the one that was registered.
pub(in crate::domains) fn names(domain: &str) -> Vec<String> {
    let mut all = vec![format!("_dmarc.{domain}")];
    let mut rest = domain;
    while let Some((_, above)) = rest.split_once('.') {
        if !above.contains('.') || all.len() == 5 {
            break;
        }
        all.push(format!("_dmarc.{above}"));
        rest = above;
    }
    all
}

/// Whether a text claims to be of DMARC; receivers pass over all others.
pub(in crate::domains) fn is_ours(text: &str) -> bool {
    let Some(rest) = text.trim_start().strip_prefix("v=DMARC1") else { return false };
    matches!(rest.trim_start().chars().next(), None | Some(';'))
}

/// What was found at the first name that has any record of DMARC; `found` is in the order of [`names`].
pub(in crate::domains) fn judge(domain: &str, found: &[(String, Vec<String>)]) -> RecordCheck {
    let own = format!("_dmarc.{domain}");
    let here = found.iter().find_map(|(name, texts)| {
        let ours: Vec<&String> = texts.iter().filter(|text| is_ours(text)).collect();
        (!ours.is_empty()).then_some((name, ours))
    });
    let Some((name, texts)) = here else {
        let words = "There is no DMARC record. Large mailbox providers refuse bulk mail without one. This one only asks for nothing to be done; tighten it later.";
        let state = RecordState::Missing;
        return RecordCheck { state, name: own, found: String::new(), wanted: FIRST.into(), words: words.into() };
    };
    let (state, words) = match texts.as_slice() {
        [one] => policy(one, *name != own),
        more => {
            let words = format!("There are {} DMARC records; receivers then follow none. Leave one.", more.len());
            (RecordState::Wrong, words)
        }
    };
    RecordCheck { state, name: name.clone(), found: joined(&texts), wanted: String::new(), words }
}

fn policy(text: &str, is_above: bool) -> (RecordState, String) {
    let wrong = |words: &str| (RecordState::Wrong, words.to_owned());
    let Some(tags) = Tags::read(text) else {
        return wrong("The record cannot be read; receivers pass over it.");
    };
    let known = |value: &str| ["none", "quarantine", "reject"].iter().any(|word| value.eq_ignore_ascii_case(word));
    let Some(own) = tags.get("p") else {
        return wrong("The policy (p=) is missing.");
    };
    let policy = tags.get("sp").filter(|_| is_above).unwrap_or(own);
    if !known(policy) || !known(own) {
        return wrong("The policy must be none, quarantine or reject.");
    }
    let of = if is_above { " It stands at a domain above and holds here too." } else { "" };
    if policy.eq_ignore_ascii_case("none") {
        return (
            RecordState::Weak,
            format!(
                "Failing mail is let through (p=none). Enough to send; it does not keep others from using the name.{of}"
            ),
        );
    }
    (
        RecordState::Good,
        format!("Receivers are told what to do with failing mail: {}.{of}", policy.to_ascii_lowercase()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(domain: &str, at: &[(&str, &[&str])]) -> RecordCheck {
        let found: Vec<(String, Vec<String>)> = at
            .iter()
            .map(|(name, texts)| ((*name).to_owned(), texts.iter().map(|text| (*text).to_owned()).collect()))
            .collect();
        judge(domain, &found)
    }

    fn one(text: &str) -> RecordCheck {
        judged("example.com", &[("_dmarc.example.com", &[text])])
    }

    #[test]
    fn receivers_look_at_the_domain_and_above_but_not_at_the_top() {
        assert_eq!(names("example.com"), ["_dmarc.example.com"]);
        assert_eq!(names("a.b.example.com"), ["_dmarc.a.b.example.com", "_dmarc.b.example.com", "_dmarc.example.com"]);
        assert_eq!(names("a.b.c.d.e.f.example.com").len(), 5);
    }

    #[test]
    fn a_policy_is_good_and_none_is_weak() {
        assert_eq!(one("v=DMARC1; p=reject").state, RecordState::Good);
        assert_eq!(one("v=DMARC1;p=QUARANTINE;rua=mailto:a@example.com").state, RecordState::Good);
        assert_eq!(one("v=DMARC1; p=none;").state, RecordState::Weak);
    }

    #[test]
    fn what_receivers_do_not_follow_is_wrong() {
        for text in [
            "v=DMARC1",
            "v=DMARC1; rua=mailto:a@example.com",
            "v=DMARC1; p=maybe",
            "v=DMARC1; p",
            "v=DMARC1; p=none; p=none",
        ] {
            assert_eq!(one(text).state, RecordState::Wrong, "{text}");
        }
        let two = judged("example.com", &[("_dmarc.example.com", &["v=DMARC1; p=none", "v=DMARC1; p=reject"])]);
        assert_eq!(two.state, RecordState::Wrong);
    }

    #[test]
    fn other_texts_are_passed_over() {
        let check = judged("example.com", &[("_dmarc.example.com", &["hello", "v=spf1 -all", "v=DMARC1; p=reject"])]);
        assert_eq!(check.state, RecordState::Good);
        for not in ["hello", "v=DMARC10; p=none", "V=dmarc1; p=none", "p=none; v=DMARC1"] {
            assert_eq!(one(not).state, RecordState::Missing, "{not}");
        }
    }

    #[test]
    fn a_domain_without_one_takes_that_of_the_domain_above() {
        let at = |sub: &[&str], above: &[&str]| {
            judged("news.example.com", &[("_dmarc.news.example.com", sub), ("_dmarc.example.com", above)])
        };
        let check = at(&[], &["v=DMARC1; p=reject"]);
        assert_eq!((check.state, check.name.as_str()), (RecordState::Good, "_dmarc.example.com"));
        assert_eq!(at(&[], &["v=DMARC1; p=reject; sp=none"]).state, RecordState::Weak, "sp= is for those below");
        assert_eq!(at(&["v=DMARC1; p=none"], &["v=DMARC1; p=reject"]).state, RecordState::Weak, "the own one counts");
        assert_eq!(one("v=DMARC1; p=reject; sp=none").state, RecordState::Good, "sp= is not for the domain itself");
        let none = at(&[], &[]);
        assert_eq!(
            (none.state, none.name.as_str(), none.wanted.as_str()),
            (RecordState::Missing, "_dmarc.news.example.com", FIRST)
        );
    }
}
