use super::sign::signed_data;
use super::*;
use crate::email::{ListUnsubscribe, Mailbox, Message, address::normalise, headers, mime};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::HashMap;

/// The message and keys of RFC 8463, appendix A.
const STANDARD_MESSAGE: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\nFrom: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
const STANDARD_PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// Randomness that is always the same.
fn fill(bytes: &mut [u8]) {
    thread_local!(static STATE: Cell<u64> = const { Cell::new(0x9E37_79B9_7F4A_7C15) });
    for byte in bytes {
        STATE.with(|state| {
            let mut x = state.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            state.set(x);
            *byte = (x >> 24) as u8;
        });
    }
}

/// Checks the first signature of a message the way a receiver does, from its own text.
fn verify(message: &[u8], public: &str) -> Result<HashMap<String, String>, &'static str> {
    let (fields, body) = headers::split(message).ok_or("no message")?;
    let field = fields.iter().find(|f| f.is("DKIM-Signature")).ok_or("no signature")?;
    let tags: HashMap<String, String> = field
        .unfolded()
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.split_whitespace().collect()))
        .collect();
    let hash = STANDARD.encode(canonical::body_hash(&message[body..]));
    if tags["bh"] != hash {
        return Err("the body was changed");
    }
    let names: Vec<&str> = tags["h"].split(':').collect();
    let empty = &field.value[..field.value.rfind("b=").ok_or("no b=")? + 2];
    let data = signed_data(&fields, &names, empty);
    let (signature, key) = (STANDARD.decode(&tags["b"]).unwrap(), STANDARD.decode(public).unwrap());
    let good = match tags["a"].as_str() {
        "ed25519-sha256" => UnparsedPublicKey::new(&ED25519, key).verify(&Sha256::digest(&data), &signature),
        // ring wants the key without its wrapper
        _ => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key[24..]).verify(&data, &signature),
    };
    good.map(|()| tags).map_err(|_| "the signature is wrong")
}

fn message() -> Vec<u8> {
    let at = |text: &str| Mailbox::named("Nyheder på dansk", normalise(text).unwrap());
    let mut message = Message::new(
        at("news@example.com"),
        at("ase@example.org"),
        "Hej ".repeat(40),
        "id@example.com",
        1_700_000_000_000_000,
    );
    message.text = "Line with  spaces \t and an end   \n\n\n.\n\nlast\n\n\n".into();
    message.html = Some("<p>Hej</p>".into());
    message.list_unsubscribe = Some(ListUnsubscribe { url: "https://lux.example/u/abc".into(), mailto: None });
    mime::build(&message).unwrap()
}

fn signed(signer: &Signer, bytes: &[u8]) -> Vec<u8> {
    [signer.sign(bytes, 1_700_000_000).unwrap().as_bytes(), bytes].concat()
}

#[test]
fn the_signature_in_the_standard_is_good_and_an_altered_one_is_not() {
    verify(STANDARD_MESSAGE.as_bytes(), STANDARD_PUBLIC).unwrap();
    for (from, to) in [("dinner", "supper"), ("hungry", "thirsty"), ("s=brisbane", "s=sydney")] {
        assert!(verify(STANDARD_MESSAGE.replace(from, to).as_bytes(), STANDARD_PUBLIC).is_err(), "{from}");
    }
}

#[test]
fn both_kinds_of_key_sign_so_that_a_receiver_can_check() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let pair = generate(algorithm, &fill).unwrap();
        assert!(record(algorithm, &pair.public).starts_with(&format!("v=DKIM1; k={}; p=", algorithm.name())));
        let signer = Signer::new(algorithm, "example.com", "lux1", &pair.private).unwrap();
        let bytes = signed(&signer, &message());
        let tags = verify(&bytes, &pair.public).unwrap();
        assert_eq!((tags["d"].as_str(), tags["s"].as_str(), tags["t"].as_str()), ("example.com", "lux1", "1700000000"));
        for name in ["List-Unsubscribe", "List-Unsubscribe-Post", "Subject", "Content-Type"] {
            assert!(tags["h"].split(':').any(|n| n == name), "{name} is not signed");
        }
        let head = String::from_utf8_lossy(&bytes).split("\r\nFrom:").next().unwrap().to_owned();
        assert!(head.lines().all(|line| line.len() <= 78), "{head}");
        let other = generate(algorithm, &fill).unwrap();
        assert!(verify(&bytes, &other.public).is_err(), "another key");
    }
}

#[test]
fn what_may_change_on_the_way_may_and_nothing_else() {
    let pair = generate(Algorithm::Ed25519, &fill).unwrap();
    let signer = Signer::new(Algorithm::Ed25519, "example.com", "lux1", &pair.private).unwrap();
    let bytes = signed(&signer, &message());
    let text = String::from_utf8(bytes).unwrap();
    let same = |changed: String| verify(changed.as_bytes(), &pair.public).is_ok();
    assert!(same(text.clone() + "\r\n\r\n"), "empty lines at the end");
    assert!(same(text.replace("MIME-Version: 1.0", "mime-version:   1.0 ")), "case and white space of headers");
    assert!(same(format!("Received: by somebody\r\n{text}")), "headers of the way");
    assert!(!same(text.replace("Hej</p>", "Hey</p>")), "the body");
    assert!(!same(text.replace("https://lux.example/u/abc", "https://lux.example/u/abd")), "a signed header");
    for added in [
        "From: other@example.net\r\n",
        "Subject: other\r\n",
        "Reply-To: other@example.net\r\n",
        "To: x@example.net\r\n",
    ] {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!same(format!("{head}\r\n{added}\r\n{body}")), "a second {added}");
    }
}

#[test]
fn a_key_that_is_none_is_refused_and_secrets_are_not_shown() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        assert!(Signer::new(algorithm, "example.com", "s", &"bm8ga2V5".into()).is_err());
        assert!(Signer::new(algorithm, "example.com", "s", &"***".into()).is_err());
    }
    let pair = generate(Algorithm::Ed25519, &fill).unwrap();
    use secrecy::ExposeSecret;
    assert!(!format!("{pair:?}").contains(pair.private.expose_secret()));
}
