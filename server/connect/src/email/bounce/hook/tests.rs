//! Calls of every provider, as each signs them: good, forged, old, and partly broken.

mod ses;

use super::*;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::Sha256;

const NOW: i64 = 1_800_000_000;

type Reader = fn(&Call<'_>) -> Result<Vec<Event>, HookError>;

struct Sent {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Sent {
    fn new(body: &Value) -> Self {
        Self { headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn read(&self, reader: Reader, secrets: &[&str], now: i64) -> Result<Vec<Event>, HookError> {
        self.call(secrets, now, reader)
    }

    fn call<T>(&self, secrets: &[&str], now: i64, read: impl FnOnce(&Call<'_>) -> T) -> T {
        let header = |name: &str| self.headers.iter().find(|(known, _)| *known == name).map(|(_, v)| v.as_str());
        read(&Call { header: &header, body: &self.body, secrets, now })
    }
}

fn is_refused(answer: &Result<Vec<Event>, HookError>) -> bool {
    matches!(answer, Err(HookError::Refused(_)))
}

fn classes(events: &[Event]) -> Vec<(&str, Class)> {
    events.iter().map(|event| (event.address.as_str(), event.class)).collect()
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn generic_call(body: &Value) -> Sent {
    let sent = Sent::new(body);
    let signature = sign_generic(SECRET, "m1", NOW, &sent.body);
    sent.with("webhook-id", "m1").with("webhook-timestamp", NOW.to_string()).with("webhook-signature", signature)
}

#[test]
fn the_own_form_is_taken_under_its_signature_only() {
    let body = json!({ "events": [
        { "id": "1", "address": "Ase@Example.org", "kind": "bounce", "code": "5.1.1", "text": "no such user" },
        { "id": "2", "address": "bo@example.org", "kind": "bounce", "class": "block", "at": "2027-01-15T08:00:00Z" },
        { "id": "3", "address": "cy@example.org", "kind": "complaint", "message_id": "<m@x.example>" },
    ] });
    let sent = generic_call(&body);
    let events = sent.read(generic, &["another secret", SECRET], NOW).unwrap();
    let expected =
        [("ase@example.org", Class::Hard), ("bo@example.org", Class::Block), ("cy@example.org", Class::Complaint)];
    assert_eq!(classes(&events), expected);
    assert_eq!((events[0].code.as_str(), events[0].at), ("5.1.1", NOW * 1_000_000));
    assert_eq!((events[1].at, events[2].message_id.as_deref()), (1_800_000_000_000_000, Some("m@x.example")));
    assert!(is_refused(&sent.read(generic, &["another secret"], NOW)));
    assert!(is_refused(&sent.read(generic, &[], NOW)));
    let changed = Sent { body: body.to_string().replace("ase", "eve").replace("Ase", "Eve").into_bytes(), ..sent };
    assert!(is_refused(&changed.read(generic, &[SECRET], NOW)));
    assert!(is_refused(&Sent::new(&body).read(generic, &[SECRET], NOW)));
}

#[test]
fn the_own_form_is_not_taken_again_later() {
    let sent = generic_call(&json!({ "events": [] }));
    assert_eq!(sent.read(generic, &[SECRET], NOW + WINDOW), Ok(Vec::new()));
    assert_eq!(sent.read(generic, &[SECRET], NOW + WINDOW + 1), Err(HookError::Stale));
    assert_eq!(sent.read(generic, &[SECRET], NOW - WINDOW - 1), Err(HookError::Stale));
    // The time is signed too.
    let (name, _) = sent.headers[1];
    let mut moved = generic_call(&json!({ "events": [] }));
    moved.headers[1] = (name, (NOW + 1000).to_string());
    assert!(is_refused(&moved.read(generic, &[SECRET], NOW + 1000)));
}

#[test]
fn one_broken_event_keeps_nobody_from_the_others() {
    let good = json!({ "id": "1", "address": "ase@example.org", "kind": "bounce" });
    let broken = [
        json!({ "id": "2", "kind": "bounce" }),
        json!({ "id": "2", "address": "bo@example.org", "kind": "party" }),
        json!({ "id": "2", "address": "bo@example.org", "kind": "bounce", "class": "loud" }),
        json!(7),
    ];
    for broken in broken {
        let both = generic_call(&json!({ "events": [broken, good] })).read(generic, &[SECRET], NOW).unwrap();
        assert_eq!(both.len(), 1, "{broken}");
        let alone = generic_call(&json!({ "events": [broken] })).read(generic, &[SECRET], NOW);
        assert!(matches!(alone, Err(HookError::Form(_))), "{broken}");
    }
    let nobody = json!({ "events": [{ "id": "1", "address": "nobody", "kind": "bounce" }, { "id": "", "address": "a@b.example", "kind": "bounce" }] });
    assert_eq!(generic_call(&nobody).read(generic, &[SECRET], NOW), Ok(Vec::new()));
}

fn postmark_call(password: &str, body: &Value) -> Sent {
    Sent::new(body).with("authorization", format!("Basic {}", BASE64_STANDARD.encode(format!("lux:{password}"))))
}

#[test]
fn postmark_is_believed_by_its_password() {
    let bounce = |kind: &str| {
        json!({ "RecordType": "Bounce", "ID": 42, "Type": kind, "Email": "ase@example.org", "Details": "smtp;550 5.1.1 unknown",
            "Description": "The server was unable to deliver", "BouncedAt": "2027-01-15T08:00:00Z", "MessageID": "x" })
    };
    let sent = postmark_call("long enough secret", &bounce("HardBounce"));
    let events = sent.read(postmark, &["older secret", "long enough secret"], NOW).unwrap();
    assert_eq!(classes(&events), [("ase@example.org", Class::Hard)]);
    assert_eq!((events[0].id.as_str(), events[0].at), ("42", 1_800_000_000_000_000));
    assert!(is_refused(&sent.read(postmark, &["another secret too"], NOW)));
    assert!(is_refused(&postmark_call("", &bounce("HardBounce")).read(postmark, &[""], NOW)));
    assert!(is_refused(&Sent::new(&bounce("HardBounce")).read(postmark, &["long enough secret"], NOW)));
    for (kind, class) in [
        ("SoftBounce", Class::Soft),
        ("Blocked", Class::Block),
        ("AutoResponder", Class::AutoReply),
        ("Transient", Class::Ignore),
        ("SpamComplaint", Class::Complaint),
    ] {
        let events = postmark_call("s", &bounce(kind)).read(postmark, &["s"], NOW).unwrap();
        assert_eq!(classes(&events), [("ase@example.org", class)], "{kind}");
    }
    let opened = json!({ "RecordType": "Open", "Recipient": "ase@example.org" });
    assert_eq!(postmark_call("s", &opened).read(postmark, &["s"], NOW), Ok(Vec::new()));
}

struct Grid {
    pair: EcdsaKeyPair,
    key: String,
}

impl Grid {
    fn new() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, made.as_ref(), &random).unwrap();
        let head = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
        let key = BASE64_STANDARD.encode([head.as_slice(), pair.public_key().as_ref()].concat());
        Self { pair, key }
    }

    fn call(&self, body: &Value) -> Sent {
        let sent = Sent::new(body);
        let signed = [NOW.to_string().as_bytes(), sent.body.as_slice()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        sent.with("x-twilio-email-event-webhook-signature", BASE64_STANDARD.encode(signature))
            .with("x-twilio-email-event-webhook-timestamp", NOW.to_string())
    }
}

#[test]
fn sendgrid_is_believed_under_its_key_and_one_broken_event_is_passed_over() {
    let grid = Grid::new();
    assert!(is_sendgrid_key(&grid.key) && grid.key.starts_with("MFkw"));
    let sent = grid.call(&json!([
        { "event": "bounce", "type": "bounce", "email": "ase@example.org", "sg_event_id": "1", "status": "5.1.1", "reason": "550 no such user", "smtp-id": "<m@x.example>", "timestamp": NOW },
        { "event": "bounce", "email": 7 },
        { "email": "nameless@example.org" },
        { "event": "bounce", "type": "blocked", "email": "bo@example.org", "sg_event_id": "2", "status": "5.1.1", "reason": "550 reputation" },
        { "event": "dropped", "email": "cy@example.org", "sg_event_id": "3", "reason": "Bounced Address" },
        { "event": "spamreport", "email": "di@example.org", "sg_event_id": "4" },
        { "event": "open", "email": "ed@example.org", "sg_event_id": "5" },
        { "event": "bounce", "email": "fi@example.org" },
    ]));
    let events = sent.read(sendgrid, &[&grid.key], NOW).unwrap();
    let expected = [
        ("ase@example.org", Class::Hard),
        ("bo@example.org", Class::Block),
        ("cy@example.org", Class::Hard),
        ("di@example.org", Class::Complaint),
    ];
    assert_eq!(classes(&events), expected);
    assert_eq!(events[0].message_id.as_deref(), Some("m@x.example"));
    assert!(is_refused(&sent.read(sendgrid, &[&Grid::new().key], NOW)));
    assert!(is_refused(&sent.read(sendgrid, &["MFkwnokey"], NOW)));
    assert_eq!(sent.read(sendgrid, &[&grid.key], NOW + LONG_WINDOW + 1), Err(HookError::Stale));
    assert_eq!(sent.read(sendgrid, &[&grid.key], NOW - WINDOW - 1), Err(HookError::Stale));
    let changed = Sent { body: [sent.body.as_slice(), b" "].concat(), ..sent };
    assert!(is_refused(&changed.read(sendgrid, &[&grid.key], NOW)));
    assert!(is_refused(&Sent::new(&json!([])).read(sendgrid, &[&grid.key], NOW)));
}

fn mailgun_call(key: &str, data: &Value) -> Sent {
    let (time, token) = (NOW.to_string(), "t0ken");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{time}{token}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    Sent::new(
        &json!({ "signature": { "timestamp": time, "token": token, "signature": signature }, "event-data": data }),
    )
}

#[test]
fn mailgun_is_believed_under_its_signing_key() {
    let failed = |severity: &str, reason: &str| {
        json!({ "event": "failed", "id": "e1", "timestamp": 1_800_000_000.25, "severity": severity, "reason": reason,
            "recipient": "ase@example.org", "message": { "headers": { "message-id": "m@x.example" } },
            "delivery-status": { "code": 550, "enhanced-code": "5.1.1", "message": "no such user" } })
    };
    let sent = mailgun_call("key", &failed("permanent", "bounce"));
    let events = sent.read(mailgun, &["old key", "key"], NOW).unwrap();
    assert_eq!(classes(&events), [("ase@example.org", Class::Hard)]);
    assert_eq!((events[0].at, events[0].message_id.as_deref()), (1_800_000_000_250_000, Some("m@x.example")));
    assert!(is_refused(&sent.read(mailgun, &["another key"], NOW)));
    assert_eq!(sent.read(mailgun, &["key"], NOW + LONG_WINDOW + 1), Err(HookError::Stale));
    assert_eq!(sent.read(mailgun, &["key"], NOW - WINDOW - 1), Err(HookError::Stale));
    let told =
        |severity: &str, reason: &str| mailgun_call("key", &failed(severity, reason)).read(mailgun, &["key"], NOW);
    assert_eq!(told("temporary", "bounce"), Ok(Vec::new()));
    assert_eq!(told("permanent", "old").unwrap()[0].class, Class::Soft);
    assert_eq!(told("permanent", "suppress-complaint").unwrap()[0].class, Class::Complaint);
    let unsigned = Sent::new(&json!({ "event-data": failed("permanent", "bounce") }));
    assert!(matches!(unsigned.read(mailgun, &["key"], NOW), Err(HookError::Form(_))));
}
