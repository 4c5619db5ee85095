//! Postmark: calls are not signed. What proves them is basic authentication with the secret as the password, over our
//! secret address.

use super::{Call, Event, HookError, Told, micros, same};
use crate::email::bounce::Class;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    record_type: String,
    #[serde(default, rename = "ID")]
    id: i64,
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    bounced_at: String,
    #[serde(default)]
    changed_at: String,
    #[serde(default, rename = "MessageID")]
    message_id: String,
    #[serde(default)]
    suppress_sending: bool,
    #[serde(default)]
    suppression_reason: Option<String>,
}

/// Reads a call.
///
/// # Errors
/// When the password is not one of the secrets, or the body not in the form.
pub fn read(call: &Call<'_>) -> Result<Vec<Event>, HookError> {
    let given = (call.header)("authorization").and_then(password).unwrap_or_default();
    // All are compared, so that time does not tell which came close.
    let good = call.secrets.iter().filter(|secret| !secret.is_empty() && same(secret.as_bytes(), &given)).count();
    if good == 0 {
        return Err(HookError::Refused("the password of basic authentication does not fit the secret"));
    }
    let body: Body = serde_json::from_slice(call.body)?;
    Ok(event(&body, call.now).into_iter().collect())
}

fn password(value: &str) -> Option<Vec<u8>> {
    let (scheme, text) = value.split_once(' ')?;
    let decoded = BASE64_STANDARD.decode(text.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let at = decoded.iter().position(|b| *b == b':')?;
    decoded.get(at + 1..).map(<[u8]>::to_vec)
}

fn event(body: &Body, now: i64) -> Option<Event> {
    let class = match (body.record_type.as_str(), body.kind.as_str()) {
        ("SpamComplaint", _) | ("Bounce", "SpamComplaint") => Some(Class::Complaint),
        ("Bounce", "HardBounce" | "BadEmailAddress" | "ManuallyDeactivated") => Some(Class::Hard),
        ("Bounce", "SoftBounce" | "DnsError") => Some(Class::Soft),
        ("Bounce", "Blocked" | "SpamNotification" | "DMARCPolicy") => Some(Class::Block),
        ("Bounce", "AutoResponder") => Some(Class::AutoReply),
        // Still being tried, or about one message, or about nobody.
        ("Bounce", "Transient" | "VirusNotification" | "ChallengeVerification" | "AddressChange") => {
            Some(Class::Ignore)
        }
        ("Bounce", "Unknown") => None,
        ("SubscriptionChange", _) if body.suppress_sending => match body.suppression_reason.as_deref() {
            Some("HardBounce") => Some(Class::Hard),
            Some("SpamComplaint") => Some(Class::Complaint),
            _ => return None,
        },
        _ => return None,
    };
    let filled = |first: &'_ str, second: &'_ str| if first.is_empty() { second.to_owned() } else { first.to_owned() };
    let (address, at) = (filled(&body.email, &body.recipient), filled(&body.bounced_at, &body.changed_at));
    let words = filled(&body.details, &body.description);
    let id = match body.id {
        0 => format!("{}:{}:{at}", body.record_type, body.message_id),
        id => id.to_string(),
    };
    // Postmark's own message id is not the Message-ID of the mail, so it is of no use to find it.
    let told = Told { id, address: &address, class, code: "", words: &words, message_id: None, at: micros(&at, now) };
    told.event()
}
