//! From the bytes of a letter to what it says.

use super::class::classify;
use super::fields::{Fields, typed};
use super::parts::{self, Parts};
use super::{Action, Class, MAX_LETTER, Notice, Original, Report, ReportKind, auto, find, text};
use crate::email::outcome::Enhanced;
use sha2::{Digest, Sha256};

/// Most recipients of one report that are looked at.
const MOST: usize = 200;

/// Reads a letter. Whatever the bytes are, there is an answer.
#[must_use]
pub fn read(raw: &[u8]) -> Report {
    let raw = raw.get(..MAX_LETTER).unwrap_or(raw);
    let Some(parts) = parts::take(raw) else {
        return Report {
            kind: ReportKind::Other,
            id: digest(&[raw]),
            to: Vec::new(),
            original: Original::default(),
            notices: Vec::new(),
        };
    };
    let original = parts.about_original();
    let (kind, notices) = understand(&parts, &original);
    Report { kind, id: identity(&parts.head, raw), to: parts.to(), original, notices }
}

fn understand(parts: &Parts, original: &Original) -> (ReportKind, Vec<Notice>) {
    if let Some(feedback) = &parts.feedback {
        return complaint(&Fields::read(feedback), original);
    }
    if let Some(delivery) = &parts.delivery {
        let notices = delivery_report(delivery, original);
        if !notices.is_empty() {
            return (ReportKind::Delivery, notices);
        }
    }
    if text::is_complaint(parts) {
        return (ReportKind::Complaint, vec![spam(original.to.clone(), "abuse")]);
    }
    // Reports are answers of programs too, so they are asked for first.
    if text::is_report(parts) {
        return (ReportKind::Delivery, text::notices(parts, original));
    }
    if auto::is_automatic(&parts.head) {
        let notice = Notice {
            address: parts.head.get("From").and_then(find::address),
            original_address: None,
            action: Action::Delivered,
            status: None,
            diagnostic: find::one_line(parts.head.get("Subject").unwrap_or_default()),
            feedback: String::new(),
            class: Class::AutoReply,
        };
        return (ReportKind::AutoReply, vec![notice]);
    }
    (ReportKind::Other, Vec::new())
}

/// RFC 3464: one block about the message, then one per recipient.
fn delivery_report(block: &str, original: &Original) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Fields::groups(block).filter_map(|fields| recipient(&fields)).take(MOST).collect();
    // Where a report hides the address, it can only be about the one that the message went to.
    if let ([notice], Some(to)) = (notices.as_mut_slice(), &original.to)
        && notice.address.is_none()
    {
        notice.address = Some(to.clone());
    }
    notices
}

fn recipient(fields: &Fields) -> Option<Notice> {
    let address = |name: &str| fields.get(name).map(typed).and_then(find::address);
    let action = match fields.get("Action")?.to_ascii_lowercase().split([' ', ';', '(']).next()? {
        "failed" => Action::Failed,
        "delayed" => Action::Delayed,
        "delivered" | "relayed" | "expanded" => Action::Delivered,
        _ => return None,
    };
    let status = fields.get("Status").and_then(|value| Enhanced::parse(value.split([' ', '(']).next()?));
    let words = find::one_line(typed(fields.get("Diagnostic-Code").unwrap_or_default()));
    let (class, status) = classify(action, status, &words);
    Some(Notice {
        address: address("Final-Recipient"),
        original_address: address("Original-Recipient"),
        action,
        status,
        diagnostic: words,
        feedback: String::new(),
        class,
    })
}

/// RFC 5965. Many of these hide the address; then the message itself has to tell whose it was.
fn complaint(fields: &Fields, original: &Original) -> (ReportKind, Vec<Notice>) {
    let kind = fields.get("Feedback-Type").unwrap_or("abuse").to_ascii_lowercase();
    // "This is not spam" is praise, and a failed signature says nothing about the person.
    if matches!(kind.as_str(), "not-spam" | "auth-failure" | "dmarc") {
        return (ReportKind::Other, Vec::new());
    }
    let mut people: Vec<String> = fields
        .all("Original-Rcpt-To")
        .chain(fields.all("Removal-Recipient"))
        .flat_map(find::addresses)
        .take(MOST)
        .collect();
    people.sort();
    people.dedup();
    let notices = match people.is_empty() {
        true => vec![spam(original.to.clone(), &kind)],
        false => people.into_iter().map(|address| spam(Some(address), &kind)).collect(),
    };
    (ReportKind::Complaint, notices)
}

fn spam(address: Option<String>, feedback: &str) -> Notice {
    Notice {
        address,
        original_address: None,
        action: Action::Delivered,
        status: None,
        diagnostic: String::new(),
        feedback: find::one_line(feedback),
        class: Class::Complaint,
    }
}

/// The Message-ID with who wrote it and when, where there is one: a copy that took another way is the same letter.
fn identity(head: &Fields, raw: &[u8]) -> String {
    match head.get("Message-ID") {
        Some(id) => {
            let part = |name| head.get(name).unwrap_or_default().as_bytes();
            digest(&[b"id", id.as_bytes(), part("From"), part("Date"), part("Subject")])
        }
        None => digest(&[b"raw", raw]),
    }
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}
