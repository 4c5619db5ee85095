//! Secrets that Lux hands out: made of 32 random bytes, kept only as SHA-256. They need no slow hash, because nobody can
//! guess 256 bits.

use contract::accounts::Secret;
use sha2::{Digest, Sha256};

/// How every API key begins, so that scanners of leaked secrets find it.
pub(in crate::accounts) const KEY_MARK: &str = "lux_";

/// An API key as it is shown once.
pub(in crate::accounts) fn key_text(token: &str) -> Secret {
    Secret(format!("{KEY_MARK}{token}"))
}

/// What of a key may be shown for ever: the mark and six characters, which leaves 220 bits secret.
pub(in crate::accounts) fn key_prefix(key: &Secret) -> String {
    key.0.chars().take(KEY_MARK.len() + 6).collect()
}

/// What the database keeps.
pub(in crate::accounts) fn digest(secret: &Secret) -> Vec<u8> {
    Sha256::digest(secret.0.trim().as_bytes()).to_vec()
}
