//! Keys and their DNS records.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use rsa::rand_core::{CryptoRng, Error, RngCore};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::{Failure, Kind};

/// Name in failures.
pub(super) const PROVIDER: &str = "dkim";

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA with SHA-256, 2048 bits.
    Rsa,
    /// Ed25519 over SHA-256 (RFC 8463).
    Ed25519,
}

impl Algorithm {
    /// The `k=` of a record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The `a=` of a signature.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }
}

/// A new key.
#[derive(Debug)]
pub struct Pair {
    /// PKCS #8 of RSA, or the seed of Ed25519, in base64.
    pub private: SecretString,
    /// The `p=` of its record.
    pub public: String,
}

/// Randomness from outside, in the shape that the key maker wants.
struct Random<'a>(&'a dyn Fn(&mut [u8]));

impl RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        (self.0)(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        (self.0)(dest);
        Ok(())
    }
}

impl CryptoRng for Random<'_> {}

fn failed(text: impl std::fmt::Display) -> Failure {
    Failure::permanent(Kind::Config, PROVIDER, "key").with("text", text.to_string())
}

/// Makes a key from `fill`, which must give bytes nobody can guess. RSA takes a good part of a second: not for an async thread.
///
/// # Errors
/// When the randomness is worth nothing.
pub fn generate(algorithm: Algorithm, fill: &dyn Fn(&mut [u8])) -> Result<Pair, Failure> {
    match algorithm {
        Algorithm::Rsa => {
            let key = rsa::RsaPrivateKey::new(&mut Random(fill), 2048).map_err(failed)?;
            let private = key.to_pkcs8_der().map_err(failed)?;
            let public = key.to_public_key().to_public_key_der().map_err(failed)?;
            Ok(Pair { private: STANDARD.encode(private.as_bytes()).into(), public: STANDARD.encode(public.as_bytes()) })
        }
        Algorithm::Ed25519 => {
            let mut seed = Zeroizing::new([0; 32]);
            fill(&mut *seed);
            let key = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(failed)?;
            let public = STANDARD.encode(key.public_key().as_ref());
            Ok(Pair { private: STANDARD.encode(seed.as_slice()).into(), public })
        }
    }
}

/// The text of the record at `{selector}._domainkey.{domain}`.
#[must_use]
pub fn record(algorithm: Algorithm, public: &str) -> String {
    format!("v=DKIM1; k={}; p={public}", algorithm.name())
}
