//! Twilio SendGrid: ECDSA P-256 over timestamp and body, under a key of which we hold the public half (base64 of its DER).

use super::{Call, Event, HookError, LONG_WINDOW, MOST, Told, fresh};
use crate::email::bounce::Class;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

/// What stands before the point in the DER of every public key on this curve.
const HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

#[derive(Deserialize)]
struct One {
    event: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    timestamp: i64,
    #[serde(default)]
    sg_event_id: String,
    #[serde(default, rename = "smtp-id")]
    smtp_id: Option<String>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    status: String,
    #[serde(default, rename = "type")]
    kind: String,
}

/// Whether a text can be a key of this form.
#[must_use]
pub fn is_key(text: &str) -> bool {
    point(text).is_some()
}

fn point(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = BASE64_STANDARD.decode(plain.trim()).ok()?;
    let point = der.strip_prefix(&HEAD)?;
    (point.len() == 65).then(|| point.to_vec())
}

/// Reads a call.
///
/// # Errors
/// When it is not signed under one of the keys, or not in the form.
pub fn read(call: &Call<'_>) -> Result<Vec<Event>, HookError> {
    let missing = HookError::Refused("signed event webhooks are not switched on at SendGrid");
    let header = |name| (call.header)(name).ok_or(missing.clone());
    let signature = header("x-twilio-email-event-webhook-signature")?;
    let time = header("x-twilio-email-event-webhook-timestamp")?;
    let signature = BASE64_STANDARD.decode(signature.trim()).unwrap_or_default();
    let signed = [time.as_bytes(), call.body].concat();
    let is_good = |key: &&str| {
        point(key).is_some_and(|point| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(&signed, &signature).is_ok()
        })
    };
    if !call.secrets.iter().any(is_good) {
        return Err(HookError::Refused("the signature does not fit the verification key"));
    }
    let time = time.trim().parse().map_err(|_| HookError::Refused("the timestamp is not a number"))?;
    fresh(time, call.now, LONG_WINDOW)?;
    let all: Vec<Value> = serde_json::from_slice(call.body)?;
    // One that cannot be read keeps nobody from the others.
    let all = all.into_iter().take(MOST).filter_map(|one| serde_json::from_value(one).ok());
    Ok(all.filter_map(|one: One| event(&one, call.now)).collect())
}

fn event(one: &One, now: i64) -> Option<Event> {
    let reason = one.reason.to_ascii_lowercase();
    let class = match (one.event.as_str(), one.kind.as_str()) {
        ("spamreport", _) => Some(Class::Complaint),
        ("bounce", "blocked") => Some(match sorted(one) {
            // "Blocked" at SendGrid is every refusal that may pass; a full mailbox stays what it is.
            Class::Hard => Class::Block,
            other => other,
        }),
        ("bounce", _) => None,
        // Not even tried, because of what SendGrid knows of the address.
        ("dropped", _) if reason.contains("bounced address") || reason.contains("invalid") => Some(Class::Hard),
        ("dropped", _) if reason.contains("spam report") => Some(Class::Complaint),
        _ => return None,
    };
    let told = Told {
        id: one.sg_event_id.clone(),
        address: &one.email,
        class,
        code: &one.status,
        words: &one.reason,
        message_id: one.smtp_id.as_deref(),
        at: if one.timestamp > 0 { one.timestamp.saturating_mul(1_000_000) } else { now.saturating_mul(1_000_000) },
    };
    told.event()
}

fn sorted(one: &One) -> Class {
    let status = crate::email::outcome::Enhanced::parse(&one.status);
    super::classify(super::Action::Failed, status, &one.reason).0
}
