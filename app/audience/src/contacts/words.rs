//! How consent and status read, said once.

use contract::contacts::ConsentState;
use kit::{Shape, Status, Tone};
use leptos::prelude::*;

/// Whether a person gets mail, as a status.
pub fn mail_status(consent: ConsentState, is_suppressed: bool) -> AnyView {
    match (consent, is_suppressed) {
        (_, true) => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Suppressed"</Status> },
        (ConsentState::Subscribed, _) => view! { <Status tone=Tone::Good>"Subscribed"</Status> },
        (ConsentState::Unsubscribed, _) => view! { <Status shape=Shape::Stop>"Unsubscribed"</Status> },
        (ConsentState::None, _) => view! { <Status shape=Shape::Wait>"No consent"</Status> },
    }
    .into_any()
}

/// Consent in words.
pub fn consent_words(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Subscribed => "Subscribed",
        ConsentState::Unsubscribed => "Unsubscribed",
        ConsentState::None => "No consent",
    }
}
