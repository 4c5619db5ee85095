//! Letters that follow the standards.

use super::*;

fn dsn_class(status: &str, words: &str) -> Class {
    let block = format!(
        "Final-Recipient: rfc822; mette@example.com\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {words}"
    );
    class_of(&dsn(&block))
}

#[test]
fn a_delivery_report_tells_recipient_status_words_and_original() {
    let report = read_text(&dsn("Final-Recipient: rfc822;Mette@Example.com
Original-Recipient: rfc822; mette.old@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 5.1.1 <mette@example.com>: Recipient address
    rejected: User unknown"));
    assert_eq!(report.kind, ReportKind::Delivery);
    let notice = one(&report);
    assert_eq!(notice.address.as_deref(), Some("mette@example.com"));
    assert_eq!(notice.original_address.as_deref(), Some("mette.old@example.com"));
    assert_eq!((notice.action, notice.class), (Action::Failed, Class::Hard));
    assert_eq!(notice.status.map(|s| s.to_string()).as_deref(), Some("5.1.1"));
    assert_eq!(notice.diagnostic, "550 5.1.1 <mette@example.com>: Recipient address rejected: User unknown");
    assert_eq!(report.original.message_id.as_deref(), Some("0123456789abcdef@acme.example"));
    assert_eq!(report.original.attempt.as_deref(), Some("0190a1b2c3d4e5f60718293a4b5c6d7e"));
    assert_eq!(report.original.to.as_deref(), Some("mette@example.com"));
    assert_eq!(report.to, ["bounce+abc@mail.acme.example"]);
}

#[test]
fn each_recipient_has_a_notice_of_their_own() {
    let report = read_text(&dsn("Final-Recipient: rfc822; a@example.com
Action: failed
Status: 5.1.1

Final-Recipient: rfc822; b@example.com
Action: delayed
Status: 4.4.1

Final-Recipient: rfc822; c@example.com
Action: delivered
Status: 2.0.0"));
    let all: Vec<_> = report.notices.iter().map(|n| (n.address.as_deref().unwrap(), n.action, n.class)).collect();
    assert_eq!(
        all,
        [
            ("a@example.com", Action::Failed, Class::Hard),
            ("b@example.com", Action::Delayed, Class::Ignore),
            ("c@example.com", Action::Delivered, Class::Ignore),
        ]
    );
}

#[test]
fn statuses_are_sorted_by_what_they_say_about_the_contact() {
    assert_eq!(dsn_class("5.1.1", "550 5.1.1 user unknown"), Class::Hard);
    assert_eq!(dsn_class("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"), Class::Hard);
    assert_eq!(dsn_class("5.2.1", "550 5.2.1 account disabled"), Class::Hard);
    assert_eq!(dsn_class("5.4.1", "550 5.4.1 Recipient address rejected: Access denied"), Class::Hard);
    assert_eq!(dsn_class("5.4.4", "X; Host or domain name not found. Name service error: Host not found"), Class::Hard);
    assert_eq!(dsn_class("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable"), Class::Hard);
    assert_eq!(dsn_class("5.1.10", "556 5.1.10 Recipient address has null MX"), Class::Hard);
    assert_eq!(dsn_class("4.2.2", "452 4.2.2 The email account is over quota"), Class::Soft);
    assert_eq!(dsn_class("5.2.2", "552 5.2.2 mailbox full"), Class::Soft);
    assert_eq!(dsn_class("4.4.7", "delivery time expired"), Class::Soft);
    assert_eq!(dsn_class("4.4.1", "connect to mx.example.com: Connection timed out"), Class::Soft);
    assert_eq!(dsn_class("5.3.4", "552 5.3.4 message size exceeds fixed limit"), Class::Ignore);
    assert_eq!(dsn_class("5.6.0", "554 5.6.0 attachment type not allowed"), Class::Ignore);
    assert_eq!(dsn_class("5.7.1", "550 5.7.1 message rejected as spam"), Class::Block);
    assert_eq!(dsn_class("5.7.26", "550-5.7.26 this mail is unauthenticated"), Class::Block);
    assert_eq!(dsn_class("4.7.0", "451 4.7.0 greylisted, try again later"), Class::Ignore);
}

#[test]
fn a_vague_status_gives_way_to_the_words_of_the_server_that_refused() {
    assert_eq!(dsn_class("5.0.0", "550 5.1.1 no such user"), Class::Hard);
    assert_eq!(dsn_class("5.0.0", "550 No such user here"), Class::Hard);
    assert_eq!(dsn_class("5.0.0", "554 blocked using zen.example"), Class::Block);
    assert_eq!(dsn_class("5.0.0", "452 mailbox full, over quota"), Class::Soft);
    assert_eq!(dsn_class("5.0.0", "something else went wrong"), Class::Soft);
}

#[test]
fn headers_alone_are_enough_to_know_the_original() {
    let text = dsn("Final-Recipient: rfc822; mette@example.com\nAction: failed\nStatus: 5.1.1")
        .replace("Content-Type: message/rfc822\n", "Content-Type: text/rfc822-headers\n")
        .replace("\nHello\n", "\n");
    let report = read_text(&text);
    assert_eq!(report.original.message_id.as_deref(), Some("0123456789abcdef@acme.example"));
    assert_eq!(report.original.attempt.as_deref(), Some("0190a1b2c3d4e5f60718293a4b5c6d7e"));
}

#[test]
fn a_report_that_hides_the_address_is_about_whom_the_message_went_to() {
    let report = read_text(&dsn("Final-Recipient: rfc822; undisclosed\nAction: failed\nStatus: 5.1.1"));
    assert_eq!(one(&report).address.as_deref(), Some("mette@example.com"));
}

#[test]
fn a_block_in_base64_reads_like_any_other() {
    let block = "UmVwb3J0aW5nLU1UQTogZG5zOyBteA0KDQpGaW5hbC1SZWNpcGllbnQ6IHJmYzgyMjsgbWV0dGVAZXhhbXBsZS5jb20NCkFjdGlvbjogZmFpbGVkDQpTdGF0dXM6IDUuMS4xDQo=";
    let text = format!(
        "From: MAILER-DAEMON@x.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n{block}\n--b--\n"
    );
    assert_eq!(class_of(&text), Class::Hard);
}

fn arf(fields: &str) -> String {
    format!(
        "From: feedback@isp.example
To: fbl@acme.example
Subject: FW: News
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=\"f\"

--f
Content-Type: text/plain

This is an abuse report.

--f
Content-Type: message/feedback-report

{fields}

--f
Content-Type: message/rfc822

Return-Path: <bounce+tok3n@mail.acme.example>
From: news@acme.example
To: mette@example.com
Message-ID: <m1@acme.example>

Hello
--f--
"
    )
}

#[test]
fn a_feedback_report_is_a_complaint_of_each_person_it_names() {
    let report = read_text(&arf(
        "Feedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1\nOriginal-Mail-From: <bounce+tok3n@mail.acme.example>\nOriginal-Rcpt-To: <Mette@example.com>",
    ));
    assert_eq!(report.kind, ReportKind::Complaint);
    let notice = one(&report);
    assert_eq!((notice.address.as_deref(), notice.class), (Some("mette@example.com"), Class::Complaint));
    assert_eq!(notice.feedback, "abuse");
    assert_eq!(report.original.message_id.as_deref(), Some("m1@acme.example"));
    assert!(report.to.contains(&"bounce+tok3n@mail.acme.example".to_owned()), "{:?}", report.to);
}

#[test]
fn a_complaint_that_hides_the_person_is_told_by_the_message() {
    let report = read_text(&arf("Feedback-Type: abuse\nVersion: 1"));
    assert_eq!(one(&report).address.as_deref(), Some("mette@example.com"));
}

#[test]
fn praise_and_authentication_reports_are_no_complaints() {
    for kind in ["not-spam", "auth-failure"] {
        let report = read_text(&arf(&format!("Feedback-Type: {kind}\nVersion: 1")));
        assert_eq!((report.kind, report.notices.len()), (ReportKind::Other, 0), "{kind}");
    }
}

#[test]
fn a_letter_of_outlook_with_the_message_attached_is_a_complaint() {
    let report = read_text(
        "From: staff@hotmail.com
Subject: complaint about message from 192.0.2.1
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

To: mette@hotmail.com
From: news@acme.example
Message-ID: <m2@acme.example>

Hello
--b--
",
    );
    assert_eq!(report.kind, ReportKind::Complaint);
    assert_eq!(one(&report).address.as_deref(), Some("mette@hotmail.com"));
}
