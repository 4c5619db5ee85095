//! The form that Lux describes, signed as Standard Webhooks (standardwebhooks.com) says: HMAC-SHA256 over
//! `id.timestamp.body`, in base64, as `v1,…` in `webhook-signature`, which can hold several separated by spaces.

use super::{Call, Event, HookError, MOST, Told, WINDOW, fresh, micros};
use crate::email::bounce::Class;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

#[derive(Deserialize)]
struct Body {
    events: Vec<Value>,
}

#[derive(Deserialize)]
struct One {
    id: String,
    address: String,
    /// `bounce` or `complaint`.
    kind: String,
    /// Our word for what it says; absent is sorted by code and words.
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    code: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    message_id: Option<String>,
    #[serde(default)]
    at: String,
}

/// Reads a call.
///
/// # Errors
/// When it is not signed by one of the secrets within the window, or not in the form.
pub fn read(call: &Call<'_>) -> Result<Vec<Event>, HookError> {
    let header = |name| (call.header)(name).ok_or(HookError::Refused("a webhook-… header is missing"));
    let (id, time, signatures) = (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
    let signed: i64 = time.trim().parse().map_err(|_| HookError::Refused("webhook-timestamp is not a number"))?;
    if !call.secrets.iter().any(|secret| is_signed(secret, id, time, call.body, signatures)) {
        return Err(HookError::Refused("the signature does not fit any of the secrets"));
    }
    fresh(signed, call.now, WINDOW)?;
    let body: Body = serde_json::from_slice(call.body)?;
    if body.events.len() > MOST {
        return Err(HookError::Form(format!("more than {MOST} events")));
    }
    let (mut events, mut wrong) = (Vec::with_capacity(body.events.len()), None);
    for one in body.events {
        match event(one, call.now) {
            Ok(event) => events.extend(event),
            Err(why) => wrong = wrong.or(Some(why)),
        }
    }
    // One that cannot be read keeps nobody from the others; who sends nothing else hears of it.
    match wrong {
        Some(why) if events.is_empty() => Err(why),
        _ => Ok(events),
    }
}

fn event(one: Value, now: i64) -> Result<Option<Event>, HookError> {
    let one: One = serde_json::from_value(one)?;
    let class = match (one.kind.as_str(), one.class.as_deref()) {
        ("complaint", _) => Some(Class::Complaint),
        ("bounce", None) => None,
        ("bounce", Some(word)) => {
            let known = Class::ALL.into_iter().find(|class| class.as_str() == word);
            Some(known.ok_or_else(|| HookError::Form(format!("there is no class {word}")))?)
        }
        (other, _) => return Err(HookError::Form(format!("there is no kind {other}"))),
    };
    let told = Told {
        id: one.id,
        address: &one.address,
        class,
        code: &one.code,
        words: &one.text,
        message_id: one.message_id.as_deref(),
        at: micros(&one.at, now),
    };
    Ok(told.event())
}

fn mac(secret: &str, id: &str, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let text = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = BASE64_STANDARD.decode(text).unwrap_or_else(|_| secret.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac)
}

fn is_signed(secret: &str, id: &str, time: &str, body: &[u8], signatures: &str) -> bool {
    signatures.split_ascii_whitespace().take(8).any(|signature| {
        let given = signature.strip_prefix("v1,").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let mac = mac(secret, id, time, body);
        given.zip(mac).is_some_and(|(given, mac)| mac.verify_slice(&given).is_ok())
    })
}

/// The value of `webhook-signature` for a call, for those who make one.
#[must_use]
pub fn sign(secret: &str, id: &str, time: i64, body: &[u8]) -> String {
    let sum = mac(secret, id, &time.to_string(), body).map(|mac| mac.finalize().into_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(sum.unwrap_or_default()))
}
