//! A letter taken apart: its own head, its texts, the report within it and what it says about the original.

use super::Original;
use super::fields::Fields;
use super::find;
use crate::email::mime::ATTEMPT_HEADER;
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

/// What the rest of the module works with; nothing of it borrows from the letter.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    /// The letter's own head.
    pub head: Fields,
    /// Every text that is shown to a person, in order.
    pub text: String,
    /// The block of a delivery report.
    pub delivery: Option<String>,
    /// The block of a feedback report.
    pub feedback: Option<String>,
    /// The head of the message that came back.
    pub original: Option<Fields>,
}

/// Most of a text that is looked at, bytes.
const MOST_TEXT: usize = 64 * 1024;

/// Takes a letter apart; `None` when there is no head at all.
pub(super) fn take(raw: &[u8]) -> Option<Parts> {
    // The library promises not to panic; a letter from a stranger is no place to rely on it.
    let message = std::panic::catch_unwind(|| MessageParser::new().parse(raw)).ok()??;
    let mut parts = Parts { head: head(&message, raw), ..Parts::default() };
    for part in message.parts.iter().skip(1) {
        parts.part(part);
    }
    if message.parts.len() == 1 {
        parts.say(message.root_part());
    }
    Some(parts)
}

fn head(message: &Message<'_>, raw: &[u8]) -> Fields {
    let end = usize::try_from(message.root_part().offset_body).unwrap_or(0);
    Fields::read(&String::from_utf8_lossy(raw.get(..end).unwrap_or(raw)))
}

fn kind(part: &MessagePart<'_>) -> String {
    let Some(kind) = part.content_type() else { return "text/plain".into() };
    format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase()
}

fn lossy(part: &MessagePart<'_>) -> String {
    let bytes = part.contents();
    String::from_utf8_lossy(bytes.get(..MOST_TEXT).unwrap_or(bytes)).into_owned()
}

impl Parts {
    fn part(&mut self, part: &MessagePart<'_>) {
        match kind(part).as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                self.delivery.get_or_insert_with(|| lossy(part));
            }
            "message/feedback-report" => {
                self.feedback.get_or_insert_with(|| lossy(part));
            }
            "message/rfc822"
            | "message/global"
            | "message/rfc822-headers"
            | "text/rfc822-headers"
            | "message/global-headers"
            | "text/rfc822-header" => {
                self.original.get_or_insert_with(|| Fields::read(lossy(part).trim_start()));
            }
            _ => self.say(part),
        }
    }

    fn say(&mut self, part: &MessagePart<'_>) {
        let text = match (part.is_text_html(), part.is_text()) {
            (true, _) => crate::email::text::from_html(&lossy(part)),
            (false, true) => lossy(part),
            _ => return,
        };
        if self.text.len() < MOST_TEXT {
            self.text.push_str(&text);
            self.text.push('\n');
        }
    }

    /// What is known about the message that came back: from its head where that came along, else from lines of the text
    /// that look like it.
    pub fn about_original(&self) -> Original {
        let mut original = self.original.as_ref().map(of_head).unwrap_or_default();
        let quoted = |name: &str| {
            let line = self.text.lines().find_map(|line| {
                let (field, value) = line.trim_start_matches(['>', ' ', '\t']).split_once(':')?;
                field.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            });
            line.filter(|value| !value.is_empty())
        };
        if original.message_id.is_none() {
            original.message_id = quoted("Message-ID").and_then(|value| bare_id(&value));
        }
        if original.attempt.is_none() {
            original.attempt = quoted(ATTEMPT_HEADER).and_then(|value| attempt(&value));
        }
        if original.message_id.is_none() {
            // An answer names what it answers.
            let answered = self.head.get("In-Reply-To").or(self.head.get("References"));
            original.message_id = answered.and_then(bare_id);
        }
        original
    }

    /// Addresses a signed return address can be among.
    pub fn to(&self) -> Vec<String> {
        const OWN: [&str; 6] =
            ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To"];
        let mut all: Vec<String> = Vec::new();
        for name in OWN {
            all.extend(self.head.all(name).flat_map(find::addresses));
        }
        if let Some(original) = &self.original {
            all.extend(
                ["Return-Path", "X-Original-From"].iter().filter_map(|n| original.get(n)).flat_map(find::addresses),
            );
        }
        if let Some(feedback) = &self.feedback {
            all.extend(Fields::read(feedback).all("Original-Mail-From").flat_map(find::addresses));
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|address| seen.insert(address.clone()));
        all.truncate(40);
        all
    }
}

fn of_head(head: &Fields) -> Original {
    Original {
        message_id: head.get("Message-ID").and_then(bare_id),
        attempt: head.get(ATTEMPT_HEADER).and_then(attempt),
        to: head.get("To").and_then(find::address),
    }
}

/// The first id of a value, without brackets; ids of endless length are nobody's.
fn bare_id(value: &str) -> Option<String> {
    let inside = match value.split_once('<') {
        Some((_, rest)) => rest.split_once('>').map_or(rest, |(id, _)| id),
        None => value,
    };
    let id = inside.trim();
    (!id.is_empty() && id.len() <= 250 && id.bytes().all(|b| b.is_ascii_graphic())).then(|| id.to_owned())
}

fn attempt(value: &str) -> Option<String> {
    let value = value.trim();
    (value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit())).then(|| value.to_ascii_lowercase())
}
