//! Letters as servers write them, all composed by us.

mod reports;
mod texts;

use super::*;
use proptest::prelude::*;

fn letter(text: &str) -> Vec<u8> {
    text.trim_start().replace('\n', "\r\n").into_bytes()
}

fn read_text(text: &str) -> Report {
    read(&letter(text))
}

/// The only notice of a letter.
fn one(report: &Report) -> &Notice {
    assert_eq!(report.notices.len(), 1, "{report:?}");
    &report.notices[0]
}

fn class_of(text: &str) -> Class {
    one(&read_text(text)).class
}

/// A delivery report about one recipient with these lines in its block.
fn dsn(lines: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.net
To: bounce+abc@mail.acme.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <r1@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"

--b1
Content-Type: text/plain

I am sorry.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Thu, 20 Nov 2025 10:00:00 +0000

{lines}

--b1
Content-Type: message/rfc822

Return-Path: <bounce+abc@mail.acme.example>
From: Acme <news@acme.example>
To: Mette <mette@example.com>
Subject: News
Message-ID: <0123456789abcdef@acme.example>
X-Lux-Attempt: 0190a1b2c3d4e5f60718293a4b5c6d7e

Hello
--b1--
"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_letter(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let report = read(&bytes);
        prop_assert_eq!(report.id.len(), 64);
    }

    #[test]
    fn a_report_that_was_cut_or_damaged_is_still_a_letter(cut in 0usize..1200, at in 0usize..1200, byte: u8) {
        let mut bytes = letter(&dsn("Final-Recipient: rfc822; mette@example.com\nAction: failed\nStatus: 5.1.1"));
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(cut);
        let report = read(&bytes);
        prop_assert!(report.notices.len() <= 200);
    }

    #[test]
    fn any_block_of_fields_is_read(lines in "(Action|Status|Final-Recipient|Diagnostic-Code|\t| |:|;|[ -~]|\n|é|failed|5\\.1\\.1){0,60}") {
        prop_assert!(read(&letter(&dsn(&lines))).notices.len() <= 200);
    }

    #[test]
    fn any_text_of_a_daemon_is_read(text in "(\\PC|\n|@|<|>|example.com|550|#5.1.1){0,120}") {
        let report = read(&letter(&format!("From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n{text}")));
        prop_assert!(report.notices.iter().all(|notice| notice.diagnostic.chars().count() <= 500));
    }
}

#[test]
fn a_copy_of_a_letter_has_its_id_and_another_letter_another() {
    let text = dsn("Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1");
    let first = read_text(&text);
    let copy = read_text(&format!("Received: from elsewhere\nDelivered-To: x@y.example\n{text}"));
    assert_eq!(first.id, copy.id);
    let other = read_text(&text.replace("<r1@", "<r2@"));
    assert_ne!(first.id, other.id);
    assert_ne!(read(b"").id, read(b"x").id);
}

#[test]
fn a_letter_of_endless_length_is_read_from_its_beginning() {
    let mut bytes = letter(&dsn("Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1"));
    bytes.extend(std::iter::repeat_n(b'x', 3 * MAX_LETTER));
    assert_eq!(one(&read(&bytes)).class, Class::Hard);
}
