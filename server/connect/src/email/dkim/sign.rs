//! The signature of one message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::canonical;
use super::key::{Algorithm, PROVIDER};
use crate::email::headers::{self, Field};
use crate::{Failure, Kind};

/// Headers that are signed where they occur.
const SIGNED: [&str; 17] = [
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];
/// Headers that are signed once more than they occur: another one would change what people see.
const SEALED: [&str; 7] = ["From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID"];

enum Secret {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// A key of a domain, ready to sign.
pub struct Signer {
    domain: String,
    selector: String,
    secret: Secret,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}._domainkey.{})", self.selector, self.domain)
    }
}

impl Signer {
    /// Reads a key as [`super::generate`] made it.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn new(
        algorithm: Algorithm,
        domain: impl Into<String>,
        selector: impl Into<String>,
        private: &SecretString,
    ) -> Result<Self, Failure> {
        let failed =
            || Failure::permanent(Kind::Config, PROVIDER, "key").with("text", "the signing key cannot be read");
        let bytes = Zeroizing::new(STANDARD.decode(private.expose_secret()).map_err(|_| failed())?);
        let secret = match algorithm {
            Algorithm::Rsa => Secret::Rsa(Box::new(RsaKeyPair::from_pkcs8(&bytes).map_err(|_| failed())?)),
            Algorithm::Ed25519 => {
                Secret::Ed25519(Box::new(Ed25519KeyPair::from_seed_unchecked(&bytes).map_err(|_| failed())?))
            }
        };
        Ok(Self { domain: domain.into(), selector: selector.into(), secret })
    }

    /// The domain it signs for.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.secret {
            Secret::Rsa(_) => Algorithm::Rsa,
            Secret::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The `DKIM-Signature` header with its line end, to be put before the message. `at` is in unix seconds.
    ///
    /// # Errors
    /// When the bytes are no message, or signing fails.
    pub fn sign(&self, message: &[u8], at: i64) -> Result<String, Failure> {
        let failed = |text: &str| Failure::permanent(Kind::Config, PROVIDER, "sign").with("text", text);
        let (fields, body) = headers::split(message).ok_or_else(|| failed("the message cannot be read"))?;
        let names = names(&fields);
        let mut value = format!(
            " v=1; a={}; c=relaxed/relaxed;\r\n d={}; s={};\r\n t={at}; bh={};\r\n h={};\r\n b=",
            self.algorithm().tag(),
            self.domain,
            self.selector,
            STANDARD.encode(canonical::body_hash(message.get(body..).unwrap_or_default())),
            folded_names(&names),
        );
        let data = signed_data(&fields, &names, &value);
        let signature = STANDARD.encode(self.seal(&data).ok_or_else(|| failed("the key could not sign"))?);
        for (index, piece) in signature.as_bytes().chunks(70).enumerate() {
            if index > 0 {
                value.push_str("\r\n  ");
            }
            value.push_str(&String::from_utf8_lossy(piece));
        }
        Ok(format!("DKIM-Signature:{value}\r\n"))
    }

    fn seal(&self, data: &[u8]) -> Option<Vec<u8>> {
        match &self.secret {
            Secret::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                // PKCS #1 v1.5 has no randomness of its own: this blinds the arithmetic
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature).ok()?;
                Some(signature)
            }
            Secret::Ed25519(key) => Some(key.sign(&Sha256::digest(data)).as_ref().to_vec()),
        }
    }
}

/// Names of the signed headers, once per occurrence, the sealed ones once more.
fn names(fields: &[Field<'_>]) -> Vec<&'static str> {
    let mut names = Vec::with_capacity(SIGNED.len() + SEALED.len());
    for name in SIGNED {
        let occurs = fields.iter().filter(|field| field.is(name)).count();
        names.extend(std::iter::repeat_n(name, occurs + usize::from(SEALED.contains(&name))));
    }
    names
}

fn folded_names(names: &[&str]) -> String {
    let (mut out, mut line) = (String::new(), 3);
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push(':');
            line += 1;
        }
        if line + name.len() > 72 {
            out.push_str("\r\n  ");
            line = 2;
        }
        out.push_str(name);
        line += name.len();
    }
    out
}

/// What is signed: the named headers, the last of each name first, then the signature without itself.
pub(super) fn signed_data(fields: &[Field<'_>], names: &[&str], signature: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    for (index, name) in names.iter().enumerate() {
        let earlier = names.iter().take(index).filter(|other| other.eq_ignore_ascii_case(name)).count();
        let Some(field) = fields.iter().rev().filter(|field| field.is(name)).nth(earlier) else { continue };
        canonical::header(field.name, field.value, &mut out);
        out.extend_from_slice(b"\r\n");
    }
    canonical::header("DKIM-Signature", signature, &mut out);
    out
}
