//! Letters that follow no standard.

use super::*;

#[test]
fn qmail_is_understood() {
    let report = read_text(
        "Return-Path: <>
From: MAILER-DAEMON@mail.example.net
To: bounce@mail.acme.example
Subject: failure notice

Hi. This is the qmail-send program at mail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<mette@example.com>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 user unknown
Giving up on 192.0.2.7.

<jan@example.org>:
Sorry, I couldn't find any host named example.org. (#5.1.2)

--- Below this line is a copy of the message.

Return-Path: <bounce@mail.acme.example>
From: news@acme.example
To: mette@example.com, third@example.net
Message-ID: <m3@acme.example>
",
    );
    assert_eq!(report.kind, ReportKind::Delivery);
    let all: Vec<_> = report.notices.iter().map(|n| (n.address.as_deref().unwrap(), n.class)).collect();
    assert_eq!(all, [("mette@example.com", Class::Hard), ("jan@example.org", Class::Hard)]);
    assert_eq!(report.original.message_id.as_deref(), Some("m3@acme.example"));
}

#[test]
fn old_sendmail_is_understood() {
    let report = read_text(
        "From: Mail Delivery Subsystem <MAILER-DAEMON@relay.example.net>
To: <bounce@mail.acme.example>
Subject: Returned mail: see transcript for details

The original message was received at Thu, 20 Nov 2025 10:00:00 GMT

   ----- The following addresses had permanent fatal errors -----
<mette@example.com>
    (reason: 550 5.2.2 mailbox full)

   ----- Transcript of session follows -----
... while talking to mx.example.com.:
>>> DATA
<<< 550 5.2.2 mailbox full
",
    );
    assert_eq!((one(&report).address.as_deref(), one(&report).class), (Some("mette@example.com"), Class::Soft));
}

#[test]
fn exim_names_the_address_in_a_header() {
    let report = read_text(
        "X-Failed-Recipients: mette@example.com
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@exim.example.net>
To: bounce@mail.acme.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  mette@example.com
    host mx.example.com [192.0.2.9]
    SMTP error from remote mail server after RCPT TO:<mette@example.com>:
    550 No such user here

------ This is a copy of the message, including all the headers. ------

To: other@example.com
Message-ID: <m4@acme.example>
",
    );
    let notice = one(&report);
    assert_eq!((notice.address.as_deref(), notice.class), (Some("mette@example.com"), Class::Hard));
    assert!(notice.diagnostic.contains("550 No such user here"), "{}", notice.diagnostic);
    assert_eq!(report.original.message_id.as_deref(), Some("m4@acme.example"));
}

#[test]
fn exchange_in_plain_words_is_understood() {
    let report = read_text(
        "From: postmaster@corp.example
To: bounce@mail.acme.example
Subject: Undeliverable: News
Return-Path: <>

Delivery has failed to these recipients or distribution lists:

mette@example.com
The e-mail address you entered could not be found.

Diagnostic information for administrators:

Generating server: corp.example

mette@example.com
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##

Original message headers:

Received: from mx by corp.example
To: <mette@example.com>
Message-ID: <m5@acme.example>
X-Lux-Attempt: 0190A1B2C3D4E5F60718293A4B5C6D7E
",
    );
    assert_eq!((one(&report).address.as_deref(), one(&report).class), (Some("mette@example.com"), Class::Hard));
    assert_eq!(report.original.message_id.as_deref(), Some("m5@acme.example"));
    assert_eq!(report.original.attempt.as_deref(), Some("0190a1b2c3d4e5f60718293a4b5c6d7e"));
}

#[test]
fn a_notice_in_html_is_read_as_its_text() {
    let report = read_text(
        "From: Mail Delivery System <mailer-daemon@x.example>
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body><p>Could not deliver to</p><p>&lt;mette@example.com&gt;: 550 5.1.1 unknown user</p></body></html>
",
    );
    assert_eq!((one(&report).address.as_deref(), one(&report).class), (Some("mette@example.com"), Class::Hard));
}

#[test]
fn a_warning_that_it_takes_longer_counts_for_nothing() {
    let report = read_text(
        "From: MAILER-DAEMON@x.example
Subject: Warning: message delayed 4 hours

<mette@example.com>: 451 4.4.1 connection timed out. Will keep trying until message is 5 days old.
",
    );
    assert_eq!((one(&report).action, one(&report).class), (Action::Delayed, Class::Ignore));
}

#[test]
fn a_notice_without_an_address_still_tells_the_message() {
    let report = read_text(
        "From: MAILER-DAEMON@x.example
Subject: failure notice

Sorry, no mailbox here by that name. (#5.1.1)

Message-ID: <m6@acme.example>
",
    );
    assert_eq!((one(&report).address.as_deref(), one(&report).class), (None, Class::Hard));
    assert_eq!(report.original.message_id.as_deref(), Some("m6@acme.example"));
}

#[test]
fn answers_of_programs_are_told_from_answers_of_people() {
    let auto = |head: &str| {
        read_text(&format!(
            "From: mette@example.com\nTo: news@acme.example\nIn-Reply-To: <m7@acme.example>\n{head}\n\nI am away.\n"
        ))
    };
    for head in [
        "Subject: Re: News\nAuto-Submitted: auto-replied",
        "Subject: Automatic reply: News",
        "Subject: Out of Office: News",
        "Subject: Autosvar: News",
        "Subject: Re: News\nX-Autoreply: yes",
        "Subject: Re: News\nPrecedence: auto_reply",
    ] {
        let report = auto(head);
        assert_eq!((report.kind, one(&report).class), (ReportKind::AutoReply, Class::AutoReply), "{head}");
        assert_eq!(one(&report).address.as_deref(), Some("mette@example.com"));
        assert_eq!(report.original.message_id.as_deref(), Some("m7@acme.example"));
    }
    for head in ["Subject: Re: News", "Subject: Re: undeliverable parcel", "Subject: Re: News\nAuto-Submitted: no"] {
        let report = auto(head);
        assert_eq!((report.kind, report.notices.len()), (ReportKind::Other, 0), "{head}");
    }
}

#[test]
fn a_postmaster_who_writes_himself_is_a_person() {
    let report =
        read_text("From: postmaster@example.com\nSubject: Your newsletter\n\nHello, could you call me at 550 5511?\n");
    assert_eq!(report.kind, ReportKind::Other);
}

#[test]
fn addresses_are_found_within_sentences() {
    let found =
        find::addresses("<A.b+c@Example.com>, 'x@y.example': to=z@w.example. mailto:q@r.example; no@where @ at");
    assert_eq!(found, ["a.b+c@example.com", "x@y.example", "to=z@w.example", "q@r.example"]);
}
