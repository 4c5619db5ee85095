//! Records of keys (RFC 6376 3.6.1).

use super::joined;
use super::tags::Tags;
use connect::email::dkim::{self, Algorithm};
use contract::domains::{KeyKind, RecordCheck, RecordState};

/// The key maker's word for a kind.
pub(crate) fn algorithm(kind: KeyKind) -> Algorithm {
    match kind {
        KeyKind::Rsa => Algorithm::Rsa,
        KeyKind::Ed25519 => Algorithm::Ed25519,
    }
}

/// Where the record of a key stands.
pub(in crate::domains) fn name(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}

/// Its text.
pub(in crate::domains) fn text(kind: KeyKind, public: &str) -> String {
    dkim::record(algorithm(kind), public)
}

/// What the texts found at a key's name are worth. Only `Good` may be signed with.
pub(in crate::domains) fn judge(name: String, kind: KeyKind, public: &str, texts: &[String]) -> RecordCheck {
    let wanted = text(kind, public);
    let (state, words) = match texts {
        [] => (RecordState::Missing, "There is no such record yet. New ones can take an hour to show.".to_owned()),
        [one] => match fault(one, kind, public) {
            None => (RecordState::Good, "Receivers find this key.".to_owned()),
            Some(words) => (RecordState::Wrong, words.to_owned()),
        },
        more => {
            let words =
                format!("There are {} texts under this name; receivers may take either. Leave this one.", more.len());
            (RecordState::Wrong, words)
        }
    };
    let wanted = if state == RecordState::Good { String::new() } else { wanted };
    RecordCheck { state, name, found: joined(texts), wanted, words }
}

/// What is wrong with a record, if anything is.
fn fault(text: &str, kind: KeyKind, public: &str) -> Option<&'static str> {
    if text.trim_start().starts_with('"') {
        return Some("The text has quotation marks in it. Enter it without them.");
    }
    let Some(tags) = Tags::read(text) else {
        return Some("This is not the record of a key. Copy the text as a whole.");
    };
    if let Some(version) = tags.get("v")
        && (version != "DKIM1" || tags.first() != Some("v"))
    {
        return Some("It must begin with v=DKIM1.");
    }
    let Some(found) = tags.get("p") else {
        return Some("The key itself (p=) is missing. The text was probably cut off.");
    };
    let found: String = found.split_whitespace().collect();
    if found.is_empty() {
        return Some("The key is revoked: p= is empty.");
    }
    if !tags.get("k").unwrap_or("rsa").eq_ignore_ascii_case(algorithm(kind).name()) {
        return Some("It names another kind of key (k=).");
    }
    if found != public {
        let cut = public.starts_with(&found);
        return Some(if cut {
            "The key is cut off. Some DNS services need it in parts of at most 255 characters, each in quotation marks."
        } else {
            "It holds another key."
        });
    }
    if !tags.names("h", "sha256") {
        return Some("It does not allow SHA-256 (h=), which the signatures use.");
    }
    if !tags.names("s", "email") && !tags.names("s", "*") {
        return Some("It is not for email (s=).");
    }
    if tags.get("t").is_some() && tags.names("t", "y") {
        return Some(
            "It says that the domain only tries DKIM out (t=y): receivers treat its mail as unsigned. Take t=y away.",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MIIBIjANBgkq+hkiG/9w0BAQEFAAOCAQ8A==";

    fn judged(texts: &[&str]) -> RecordCheck {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        judge(name("lux1", "example.com"), KeyKind::Rsa, KEY, &texts)
    }

    #[test]
    fn the_record_that_was_asked_for_is_good() {
        let check = judged(&[&text(KeyKind::Rsa, KEY)]);
        assert_eq!((check.state, check.name.as_str()), (RecordState::Good, "lux1._domainkey.example.com"));
        assert_eq!(check.wanted, "", "nothing is left to be made");
    }

    #[test]
    fn spelling_that_means_the_same_is_good() {
        let (front, back) = KEY.split_at(20);
        for same in [
            format!("k=rsa; p={KEY}"),
            format!("p={KEY}; k=rsa"),
            format!("p={KEY}"),
            format!("v=DKIM1;k=RSA;p={KEY};"),
            format!("v=DKIM1; k=rsa; p={front} {back}"),
            format!("v=DKIM1; h=sha1:sha256; s=email; t=s; n=note; p={KEY}"),
            format!("v=DKIM1; s=*; p={KEY}"),
            format!("  v=DKIM1 ; k = rsa ; p = {KEY} "),
        ] {
            assert_eq!(judged(&[&same]).state, RecordState::Good, "{same}");
        }
    }

    #[test]
    fn what_receivers_would_not_take_is_wrong_and_says_why() {
        let cut = KEY.get(..20).unwrap();
        for (text, word) in [
            ("v=DKIM1; k=rsa; p=".to_owned(), "revoked"),
            ("v=DKIM1; k=rsa".to_owned(), "cut off"),
            (format!("v=DKIM1; k=rsa; p={cut}"), "cut off"),
            ("v=DKIM1; k=rsa; p=b3RoZXI=".to_owned(), "another key"),
            (format!("v=DKIM1; k=ed25519; p={KEY}"), "another kind"),
            (format!("v=DKIM2; p={KEY}"), "DKIM1"),
            (format!("k=rsa; v=DKIM1; p={KEY}"), "begin"),
            (format!("v=DKIM1; h=sha1; p={KEY}"), "SHA-256"),
            (format!("v=DKIM1; s=other; p={KEY}"), "email"),
            (format!("v=DKIM1; t=y; p={KEY}"), "t=y"),
            (format!("v=DKIM1; t=s:y; p={KEY}"), "t=y"),
            (format!("\"v=DKIM1; k=rsa; p={KEY}\""), "quotation"),
            ("hello".to_owned(), "not the record"),
            (format!("v=DKIM1; p={KEY}; p={KEY}"), "not the record"),
        ] {
            let check = judged(&[&text]);
            assert!(check.state == RecordState::Wrong && check.words.contains(word), "{text}: {check:?}");
            assert_eq!(check.wanted, super::text(KeyKind::Rsa, KEY));
        }
    }

    #[test]
    fn nothing_is_missing_and_two_are_wrong() {
        assert_eq!(judged(&[]).state, RecordState::Missing);
        let good = text(KeyKind::Rsa, KEY);
        assert_eq!(judged(&[&good, "other"]).state, RecordState::Wrong);
    }

    #[test]
    fn a_key_of_ed25519_says_so_itself() {
        let texts = [format!("v=DKIM1; p={KEY}")];
        assert_eq!(judge("x".into(), KeyKind::Ed25519, KEY, &texts).state, RecordState::Wrong, "without k= it is RSA");
        let texts = [text(KeyKind::Ed25519, KEY)];
        assert_eq!(judge("x".into(), KeyKind::Ed25519, KEY, &texts).state, RecordState::Good);
    }
}
