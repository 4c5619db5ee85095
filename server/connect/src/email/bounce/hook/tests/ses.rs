//! Amazon's calls, under a certificate that only has the form of one.

use super::*;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};
use std::sync::LazyLock;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:bounces";
const CERTIFICATE: &str = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem";

/// DER: a tag with its content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

fn short(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
}

/// A certificate about a key, signed by nobody: who made it is not what is asked.
fn certificate(key: &[u8]) -> Vec<u8> {
    // sha256WithRSAEncryption, with its NULL.
    let algorithm = short(0x30, &hex::decode("06092a864886f70d01010b0500").unwrap());
    let time = |text: &str| short(0x17, text.as_bytes());
    let version = hex::decode("a003020102").unwrap();
    let validity = short(0x30, &[time("260101000000Z"), time("300101000000Z")].concat());
    let parts =
        [version, short(0x02, &[1]), algorithm.clone(), short(0x30, &[]), validity, short(0x30, &[]), key.to_vec()];
    let body = der(0x30, &parts.concat());
    let whole = der(0x30, &[body, algorithm, der(0x03, &[0; 257])].concat());
    let text = BASE64_STANDARD.encode(whole);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").into_bytes()
}

struct Topic {
    key: RsaKeyPair,
    certificate: Vec<u8>,
}

struct Random(SystemRandom);

impl rsa::rand_core::RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        rsa::rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rsa::rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        ring::rand::SecureRandom::fill(&self.0, bytes).unwrap();
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Random {}

/// A key of this size takes a while to make.
static TOPIC_KEY: LazyLock<Topic> = LazyLock::new(|| {
    let key = rsa::RsaPrivateKey::new(&mut Random(SystemRandom::new()), 2048).unwrap();
    let public = key.to_public_key().to_public_key_der().unwrap();
    let pair = RsaKeyPair::from_pkcs8(key.to_pkcs8_der().unwrap().as_bytes()).unwrap();
    Topic { key: pair, certificate: certificate(public.as_bytes()) }
});

fn envelope(kind: &str, message: &str) -> Value {
    json!({ "Type": kind, "MessageId": "n1", "TopicArn": TOPIC, "Message": message, "Timestamp": "2027-01-15T08:00:00.000Z",
        "SignatureVersion": "2", "SigningCertURL": CERTIFICATE })
}

fn sign(mut envelope: Value, fields: &[&str]) -> Sent {
    let text: String = fields.iter().map(|name| format!("{name}\n{}\n", envelope[name].as_str().unwrap())).collect();
    let mut signature = vec![0; TOPIC_KEY.key.public().modulus_len()];
    TOPIC_KEY.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    envelope["Signature"] = json!(BASE64_STANDARD.encode(signature));
    Sent::new(&envelope)
}

fn notification(message: &Value) -> Sent {
    sign(envelope("Notification", &message.to_string()), &["Message", "MessageId", "Timestamp", "TopicArn", "Type"])
}

fn read(sent: &Sent, arn: &str, now: i64) -> Result<Notification, HookError> {
    sent.call(&[arn], now, |call| super::super::ses(call, &TOPIC_KEY.certificate))
}

fn bounce(kind: &str, sub: &str) -> Value {
    json!({ "notificationType": "Bounce", "mail": { "headers": [{ "name": "Message-ID", "value": "<m@x.example>" }] },
        "bounce": { "bounceType": kind, "bounceSubType": sub, "feedbackId": "f1", "timestamp": "2027-01-15T08:00:00Z",
            "bouncedRecipients": [
                { "emailAddress": "ase@example.org", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 no such user" },
                { "emailAddress": "nobody" },
            ] } })
}

fn events(sent: &Sent) -> Vec<Event> {
    match read(sent, TOPIC, NOW).unwrap() {
        Notification::Events(events) => events,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_of_the_topic_is_taken_under_amazons_signature_only() {
    let sent = notification(&bounce("Permanent", "General"));
    let found = events(&sent);
    assert_eq!(classes(&found), [("ase@example.org", Class::Hard)]);
    assert_eq!((found[0].code.as_str(), found[0].words.as_str()), ("5.1.1", "550 5.1.1 no such user"));
    assert_eq!((found[0].id.as_str(), found[0].message_id.as_deref()), ("f1", Some("m@x.example")));
    assert!(matches!(read(&sent, "arn:aws:sns:eu-west-1:1:other", NOW), Err(HookError::Refused(_))));
    assert_eq!(read(&sent, TOPIC, NOW + LONG_WINDOW + 1), Err(HookError::Stale));
    let text = String::from_utf8(sent.body.clone()).unwrap();
    let forged = Sent { headers: Vec::new(), body: text.replace("ase@", "eve@").into_bytes() };
    assert!(matches!(read(&forged, TOPIC, NOW), Err(HookError::Refused(_))));
    let weak = Sent {
        headers: Vec::new(),
        body: text.replace("\"SignatureVersion\":\"2\"", "\"SignatureVersion\":\"1\"").into_bytes(),
    };
    assert!(matches!(read(&weak, TOPIC, NOW), Err(HookError::Refused(_))));
    let noise = sent.call(&[TOPIC], NOW, |call| super::super::ses(call, b"no certificate"));
    assert!(matches!(noise, Err(HookError::Refused(_))));
}

#[test]
fn what_amazon_says_is_sorted() {
    assert_eq!(events(&notification(&bounce("Transient", "MailboxFull")))[0].class, Class::Soft);
    assert_eq!(events(&notification(&bounce("Transient", "MessageTooLarge")))[0].class, Class::Ignore);
    let complaint = |kind: &str| {
        json!({ "notificationType": "Complaint", "complaint": { "complaintFeedbackType": kind, "feedbackId": "f2",
            "complainedRecipients": [{ "emailAddress": "ase@example.org" }] } })
    };
    assert_eq!(classes(&events(&notification(&complaint("abuse")))), [("ase@example.org", Class::Complaint)]);
    assert!(events(&notification(&complaint("not-spam"))).is_empty());
    assert!(events(&notification(&json!("Successfully validated"))).is_empty());
}

#[test]
fn a_topic_is_confirmed_at_amazon_and_nowhere_else() {
    let asks = |url: &str| {
        let mut envelope = envelope("SubscriptionConfirmation", "Visit it.");
        envelope["SubscribeURL"] = json!(url);
        envelope["Token"] = json!("t");
        sign(envelope, &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"])
    };
    let url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t";
    assert_eq!(read(&asks(url), TOPIC, NOW), Ok(Notification::Confirm(url.to_owned())));
    for url in [
        "https://evil.example/",
        "https://sns.eu-west-1.amazonaws.com.evil.example/",
        "http://sns.eu-west-1.amazonaws.com/",
    ] {
        assert!(matches!(read(&asks(url), TOPIC, NOW), Err(HookError::Refused(_))), "{url}");
    }
}

#[test]
fn a_certificate_is_fetched_from_amazon_and_nowhere_else() {
    let host = |url: &str| {
        let mut envelope = envelope("Notification", "{}");
        envelope["SigningCertURL"] = json!(url);
        envelope["Signature"] = json!("");
        certificate_host(envelope.to_string().as_bytes())
    };
    assert_eq!(host(CERTIFICATE), Ok(CERTIFICATE.to_owned()));
    assert!(host("https://sns.cn-north-1.amazonaws.com.cn/a.pem").is_ok());
    for url in [
        "https://sns.eu-west-1.amazonaws.com/a.txt",
        "https://sns.evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://sns.a.b.amazonaws.com:8443/a.pem",
        "https://sns..amazonaws.com/a.pem",
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://evil.example/https://sns.eu-west-1.amazonaws.com/a.pem",
    ] {
        assert!(matches!(host(url), Err(HookError::Refused(_))), "{url}");
    }
    assert!(certificate_host(b"{}").is_err());
}
