//! How sending domains read, said once.

use contract::domains::{CheckedDomain, DomainKey, KeyKind, RecordState, SendingDomain};
use kit::{Shape, Status, Tone};
use leptos::prelude::*;

/// What was found, as a status.
pub fn record(state: RecordState) -> AnyView {
    match state {
        RecordState::Good => view! { <Status tone=Tone::Good>"Found"</Status> },
        RecordState::Weak => view! { <Status tone=Tone::Warn>"Can be better"</Status> },
        RecordState::Missing => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Missing"</Status> },
        RecordState::Wrong => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Wrong"</Status> },
        RecordState::Unchecked => view! { <Status shape=Shape::Wait>"Not checked yet"</Status> },
        RecordState::Unreachable => view! { <Status shape=Shape::Unsure>"DNS did not answer"</Status> },
    }
    .into_any()
}

/// Whether mail is signed, as a status.
pub fn signing(domain: &SendingDomain) -> AnyView {
    let was_checked = domain.keys.iter().any(|key| key.checked.is_some());
    match (domain.signs, domain.is_signing, was_checked) {
        (false, ..) => view! { <Status shape=Shape::Wait>"Signing is off"</Status> },
        (true, true, _) => view! { <Status tone=Tone::Good>"Signed"</Status> },
        (true, false, true) => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Not signed"</Status> },
        (true, false, false) => view! { <Status shape=Shape::Wait>"Waits for its records"</Status> },
    }
    .into_any()
}

/// The keys of a domain in one state: that of what signs, else of what shall.
pub fn keys(domain: &SendingDomain) -> RecordState {
    let states = |key: &DomainKey| key.state;
    let found = domain.keys.iter().find(|key| key.state == RecordState::Good);
    found.or(domain.keys.first()).map_or(RecordState::Unchecked, states)
}

/// What a key is called.
pub fn kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa => "RSA",
        KeyKind::Ed25519 => "Ed25519",
    }
}

/// What a key does now.
pub fn role(key: &DomainKey) -> &'static str {
    match (key.is_signing, key.state) {
        (true, _) => "Signs mail now.",
        (false, RecordState::Good) => "Its record is found; it does not sign now.",
        (false, _) => "Signs nothing until its record is found.",
    }
}

/// What a look found, for a short message.
pub fn looked(checked: &CheckedDomain) -> String {
    let report = &checked.report;
    let is_silent = |state| state == RecordState::Unreachable;
    if report.parts().iter().any(|(_, check)| is_silent(check.state)) {
        return "DNS did not answer for all records. What was known stays.".to_owned();
    }
    if checked.domain.signs && !checked.domain.is_signing {
        return "Checked: mail is not signed yet".to_owned();
    }
    "Checked".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(state: RecordState, is_signing: bool) -> DomainKey {
        DomainKey {
            kind: KeyKind::Rsa,
            selector: "lux1".into(),
            record_name: "lux1._domainkey.example.com".into(),
            record_text: "v=DKIM1".into(),
            state,
            found: String::new(),
            words: String::new(),
            is_signing,
            checked: None,
        }
    }

    #[test]
    fn a_key_says_what_it_does() {
        assert_eq!(role(&key(RecordState::Good, true)), "Signs mail now.");
        assert!(role(&key(RecordState::Good, false)).contains("does not sign"));
        assert!(role(&key(RecordState::Missing, false)).contains("until"));
    }
}
