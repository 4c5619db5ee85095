//! Checks signatures of DKIM the way a receiver does, from the message and the text of the record alone. Written apart from
//! what signs, so that both must agree on the standard (RFC 6376 with `relaxed/relaxed`, RFC 8463).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// What a good signature says, by tag.
pub type Tags = HashMap<String, String>;

fn tags(text: &str) -> Tags {
    let pairs = text.split(';').filter_map(|tag| tag.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.split_whitespace().collect())).collect()
}

/// Headers with their folded values, and the body.
fn parts(message: &str) -> Option<(Vec<(&str, &str)>, &str)> {
    let (head, body) = message.split_once("\r\n\r\n")?;
    let (mut fields, mut start) = (Vec::new(), 0);
    let ends = head.match_indices("\r\n").map(|(at, _)| at).chain([head.len()]);
    for end in ends {
        let is_folded = head.get(end + 2..).is_some_and(|next| next.starts_with([' ', '\t']));
        if !is_folded {
            fields.push(head.get(start..end)?.split_once(':')?);
            start = end + 2;
        }
    }
    Some((fields, body))
}

fn relaxed_header(name: &str, value: &str) -> String {
    format!("{}:{}", name.trim().to_ascii_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn relaxed_body(body: &str) -> String {
    let line = |text: &str| {
        let mut out = String::new();
        let mut is_blank = false;
        for letter in text.trim_end_matches([' ', '\t']).chars() {
            if matches!(letter, ' ' | '\t') {
                is_blank = true;
                continue;
            }
            if std::mem::take(&mut is_blank) {
                out.push(' ');
            }
            out.push(letter);
        }
        out
    };
    let lines: Vec<String> = body.split("\r\n").map(line).collect();
    let text = lines.join("\r\n");
    let text = text.trim_end_matches("\r\n");
    if text.is_empty() { String::new() } else { format!("{text}\r\n") }
}

/// Checks every signature; `record` answers the text at a name. Answers what each says, or why one is not good.
pub fn verify(message: &[u8], record: impl Fn(&str) -> Option<String>) -> Result<Vec<Tags>, String> {
    let text = std::str::from_utf8(message).map_err(|_| "not UTF-8".to_owned())?;
    let (fields, body) = parts(text).ok_or("no message")?;
    let signatures = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("DKIM-Signature"));
    let check = |(name, value): &(&str, &str)| one(&fields, body, name, value, &record);
    signatures.map(check).collect()
}

fn one(
    fields: &[(&str, &str)],
    body: &str,
    name: &str,
    value: &str,
    record: &impl Fn(&str) -> Option<String>,
) -> Result<Tags, String> {
    let said = tags(value);
    let tag = |name: &str| said.get(name).cloned().ok_or(format!("no {name}="));
    if tag("c")? != "relaxed/relaxed" || tag("v")? != "1" {
        return Err("another form".into());
    }
    if tag("bh")? != STANDARD.encode(Sha256::digest(relaxed_body(body))) {
        return Err("the body was changed".into());
    }
    let mut left: Vec<&(&str, &str)> = fields.iter().collect();
    let mut data = String::new();
    for wanted in tag("h")?.split(':') {
        if let Some(at) = left.iter().rposition(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)) {
            let (name, value) = left.remove(at);
            data.push_str(&relaxed_header(name, value));
            data.push_str("\r\n");
        }
    }
    let at = value.rfind("b=").ok_or("no b=")?;
    data.push_str(&relaxed_header(name, value.get(..at + 2).unwrap_or_default()));
    let place = format!("{}._domainkey.{}", tag("s")?, tag("d")?);
    let key = tags(&record(&place).ok_or(format!("nothing at {place}"))?);
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| "no base64".to_owned());
    let (public, signature) = (decode(key.get("p").ok_or("no p=")?)?, decode(&tag("b")?)?);
    let good = match tag("a")?.as_str() {
        "ed25519-sha256" => UnparsedPublicKey::new(&ED25519, public).verify(&Sha256::digest(&data), &signature),
        // ring wants the key of 2048 bits without its wrapper
        "rsa-sha256" => {
            let bare = public.get(24..).ok_or("no key")?;
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bare).verify(data.as_bytes(), &signature)
        }
        other => return Err(format!("{other}?")),
    };
    good.map_err(|_| format!("the signature of {place} is wrong"))?;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message and key of RFC 8463, appendix A.
    const MESSAGE: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\nFrom: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    fn record(name: &str) -> Option<String> {
        (name == "brisbane._domainkey.football.example.com")
            .then(|| "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned())
    }

    #[test]
    fn the_signature_in_the_standard_is_good_and_an_altered_one_is_not() {
        let good = verify(MESSAGE.as_bytes(), record).unwrap();
        assert_eq!((good.len(), good[0]["d"].as_str()), (1, "football.example.com"));
        for (from, to) in [("dinner", "supper"), ("hungry", "thirsty"), ("s=brisbane", "s=sydney")] {
            assert!(verify(MESSAGE.replace(from, to).as_bytes(), record).is_err(), "{from}");
        }
        assert_eq!(verify(b"From: a@example.com\r\n\r\nHi", record), Ok(Vec::new()));
    }
}
