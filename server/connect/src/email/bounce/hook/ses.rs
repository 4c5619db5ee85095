//! Amazon SES through SNS: RSA over named fields of the envelope, under a certificate that Amazon serves. Only signature
//! version 2 (SHA-256) is taken; a topic has to be set to it. The secret is the ARN of the topic, since anybody with an
//! account at Amazon can sign messages of a topic of their own.

use super::{Call, Event, HookError, LONG_WINDOW, Told, fresh, micros, same};
use crate::email::bounce::Class;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: String,
    message_id: String,
    topic_arn: String,
    #[serde(default)]
    subject: Option<String>,
    message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    certificate: String,
    #[serde(default, rename = "SubscribeURL")]
    subscribe: Option<String>,
    #[serde(default)]
    token: Option<String>,
}

/// What a call of SNS is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// Events; none where the notification is about something else.
    Events(Vec<Event>),
    /// The topic asks whether it may call: visiting this address says yes.
    Confirm(String),
}

/// The address of the certificate that a call was signed under, if it is one of Amazon's: nothing else may be fetched.
///
/// # Errors
/// When the call is not one of SNS, or names a foreign address.
pub fn certificate_host(body: &[u8]) -> Result<String, HookError> {
    let envelope: Envelope = serde_json::from_slice(body)?;
    match is_amazon(&envelope.certificate) && envelope.certificate.ends_with(".pem") {
        true => Ok(envelope.certificate),
        false => Err(HookError::Refused("the certificate is not Amazon's")),
    }
}

/// `https://sns.<region>.amazonaws.com/…`, without a port, a user or anything else to hide behind.
fn is_amazon(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://sns.") else { return false };
    let Some((host, path)) = rest.split_once('/') else { return false };
    let Some(region) = host.strip_suffix(".amazonaws.com").or(host.strip_suffix(".amazonaws.com.cn")) else {
        return false;
    };
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !region.is_empty()
        && region.bytes().all(plain)
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'@' && b != b'\\')
}

/// Reads a call that was signed under this certificate (PEM), fetched from [`certificate_host`].
///
/// # Errors
/// When the topic is another one, the signature is not good, or the form is not known.
pub fn read(call: &Call<'_>, certificate: &[u8]) -> Result<Notification, HookError> {
    let envelope: Envelope = serde_json::from_slice(call.body)?;
    if !call.secrets.iter().any(|arn| same(arn.trim().as_bytes(), envelope.topic_arn.as_bytes())) {
        return Err(HookError::Refused("the call is of another topic than the one whose ARN was entered"));
    }
    verify(&envelope, certificate)?;
    let signed = micros(&envelope.timestamp, 0) / 1_000_000;
    fresh(signed, call.now, LONG_WINDOW)?;
    match envelope.kind.as_str() {
        "SubscriptionConfirmation" => match envelope.subscribe {
            Some(url) if is_amazon(&url) => Ok(Notification::Confirm(url)),
            _ => Err(HookError::Refused("the address to confirm is not Amazon's")),
        },
        "Notification" => Ok(Notification::Events(events(&envelope, call.now))),
        _ => Ok(Notification::Events(Vec::new())),
    }
}

/// The fields that are signed, in their order, each name and value on a line.
fn signed_text(envelope: &Envelope) -> String {
    let own = |value: &'_ str| Some(value.to_owned());
    let fields = match envelope.kind.as_str() {
        "Notification" => vec![
            ("Message", own(&envelope.message)),
            ("MessageId", own(&envelope.message_id)),
            ("Subject", envelope.subject.clone()),
            ("Timestamp", own(&envelope.timestamp)),
            ("TopicArn", own(&envelope.topic_arn)),
            ("Type", own(&envelope.kind)),
        ],
        _ => vec![
            ("Message", own(&envelope.message)),
            ("MessageId", own(&envelope.message_id)),
            ("SubscribeURL", envelope.subscribe.clone()),
            ("Timestamp", own(&envelope.timestamp)),
            ("Token", envelope.token.clone()),
            ("TopicArn", own(&envelope.topic_arn)),
            ("Type", own(&envelope.kind)),
        ],
    };
    fields.into_iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", value?))).collect()
}

fn verify(envelope: &Envelope, certificate: &[u8]) -> Result<(), HookError> {
    if envelope.signature_version != "2" {
        return Err(HookError::Refused("the topic signs with SHA-1: set its attribute SignatureVersion to 2"));
    }
    let wrong = HookError::Refused("the signature does not fit Amazon's certificate");
    let der = CertificateDer::from_pem_slice(certificate).map_err(|_| wrong.clone())?;
    let certificate = webpki::EndEntityCert::try_from(&der).map_err(|_| wrong.clone())?;
    let signature = BASE64_STANDARD.decode(&envelope.signature).map_err(|_| wrong.clone())?;
    certificate
        .verify_signature(webpki::ring::RSA_PKCS1_2048_8192_SHA256, signed_text(envelope).as_bytes(), &signature)
        .map_err(|_| wrong)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(default, alias = "eventType")]
    notification_type: String,
    #[serde(default)]
    mail: Mail,
    #[serde(default)]
    bounce: Option<Bounce>,
    #[serde(default)]
    complaint: Option<Complaint>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(default)]
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    feedback_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
    #[serde(default)]
    complaint_feedback_type: Option<String>,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    feedback_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    #[serde(default)]
    email_address: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    diagnostic_code: Option<String>,
}

fn events(envelope: &Envelope, now: i64) -> Vec<Event> {
    // A topic can carry other messages too: they are nobody's business here.
    let Ok(message) = serde_json::from_str::<Message>(&envelope.message) else { return Vec::new() };
    let own = message.mail.headers.iter().find(|header| header.name.eq_ignore_ascii_case("message-id"));
    let message_id = own.map(|header| header.value.as_str());
    let told = |id: &str, person: &Recipient, class, code: &str, time: &str| {
        let id = if id.is_empty() { envelope.message_id.as_str() } else { id };
        let words = person.diagnostic_code.as_deref().unwrap_or_default();
        let words = words.strip_prefix("smtp;").unwrap_or(words).trim();
        let at = micros(time, now);
        Told { id: id.to_owned(), address: &person.email_address, class, code, words, message_id, at }.event()
    };
    match (message.notification_type.as_str(), &message.bounce, &message.complaint) {
        ("Bounce", Some(bounce), _) => {
            let class = class(bounce);
            let one = |person: &Recipient| {
                told(
                    &bounce.feedback_id,
                    person,
                    class,
                    person.status.as_deref().unwrap_or_default(),
                    &bounce.timestamp,
                )
            };
            bounce.bounced_recipients.iter().filter_map(one).collect()
        }
        ("Complaint", _, Some(complaint)) => {
            let code = complaint.complaint_feedback_type.as_deref().unwrap_or("abuse");
            if code == "not-spam" {
                return Vec::new();
            }
            let one = |person: &Recipient| {
                told(&complaint.feedback_id, person, Some(Class::Complaint), code, &complaint.timestamp)
            };
            complaint.complained_recipients.iter().filter_map(one).collect()
        }
        _ => Vec::new(),
    }
}

/// `None` where code and words have to tell.
fn class(bounce: &Bounce) -> Option<Class> {
    match (bounce.bounce_type.as_str(), bounce.bounce_sub_type.as_str()) {
        ("Permanent", "General" | "NoEmail" | "Suppressed" | "OnAccountSuppressionList") => Some(Class::Hard),
        ("Transient", "MailboxFull" | "General") => Some(Class::Soft),
        ("Transient", "MessageTooLarge" | "ContentRejected" | "AttachmentRejected") => Some(Class::Ignore),
        _ => None,
    }
}
