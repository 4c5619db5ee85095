//! Mailgun: HMAC-SHA256 over timestamp and token under the webhook signing key, in hex, within the body. The signature does
//! not cover the event, so what keeps strangers out is that they never saw one, and that our address is secret too.

use super::{Call, Event, HookError, LONG_WINDOW, Told, fresh};
use crate::email::bounce::Class;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

#[derive(Deserialize)]
struct Body {
    signature: Signature,
    #[serde(rename = "event-data")]
    data: Data,
}

#[derive(Deserialize)]
struct Signature {
    timestamp: String,
    token: String,
    signature: String,
}

#[derive(Deserialize)]
struct Data {
    event: String,
    id: String,
    #[serde(default)]
    timestamp: f64,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    message: Message,
    #[serde(default, rename = "delivery-status")]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Message {
    #[serde(default)]
    headers: Headers,
}

#[derive(Default, Deserialize)]
struct Headers {
    #[serde(default, rename = "message-id")]
    message_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default, rename = "enhanced-code")]
    enhanced: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

/// Reads a call.
///
/// # Errors
/// When it is not signed by one of the secrets, or not in the form.
pub fn read(call: &Call<'_>) -> Result<Vec<Event>, HookError> {
    // The proof stands within the body, so that has to be read first.
    let body: Body = serde_json::from_slice(call.body)?;
    let Signature { timestamp, token, signature } = &body.signature;
    let given = hex::decode(signature).unwrap_or_default();
    let is_good = |secret: &&str| {
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).is_ok_and(|mut mac| {
            mac.update(timestamp.as_bytes());
            mac.update(token.as_bytes());
            mac.verify_slice(&given).is_ok()
        })
    };
    if !call.secrets.iter().any(is_good) {
        return Err(HookError::Refused("the signature does not fit the webhook signing key"));
    }
    let signed = timestamp.parse().map_err(|_| HookError::Refused("the timestamp is not a number"))?;
    fresh(signed, call.now, LONG_WINDOW)?;
    Ok(event(&body.data, call.now).into_iter().collect())
}

fn event(data: &Data, now: i64) -> Option<Event> {
    let words = [data.status.message.as_deref(), data.status.description.as_deref(), Some(data.reason.as_str())];
    let words = words.into_iter().flatten().find(|text| !text.trim().is_empty()).unwrap_or_default();
    let code = data.status.code.map(|code| code.to_string()).unwrap_or_default();
    let class = match (data.event.as_str(), data.severity.as_str(), data.reason.as_str()) {
        ("complained", ..) => Some(Class::Complaint),
        // Not even tried, because of what Mailgun knows of the address.
        ("failed", "permanent", "suppress-bounce") => Some(Class::Hard),
        ("failed", "permanent", "suppress-complaint") => Some(Class::Complaint),
        ("failed", "permanent", "suppress-unsubscribe") => Some(Class::Ignore),
        ("failed", "permanent", "old") => Some(Class::Soft),
        ("failed", "permanent", _) => None,
        // A temporary one is tried again; its end comes as another event.
        _ => return None,
    };
    let told = Told {
        id: data.id.clone(),
        address: &data.recipient,
        class,
        code: data.status.enhanced.as_deref().filter(|code| !code.is_empty()).unwrap_or(&code),
        words,
        message_id: data.message.headers.message_id.as_deref(),
        at: seconds(data.timestamp, now),
    };
    told.event()
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be a time of this age")]
fn seconds(time: f64, now: i64) -> i64 {
    if (1e9..1e11).contains(&time) { (time * 1e6) as i64 } else { now.saturating_mul(1_000_000) }
}
