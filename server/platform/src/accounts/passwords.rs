//! Slow hashing of passwords: argon2id with 19 MiB, two passes, one lane.
//!
//! Two promises: whoever asks about an address that does not exist waits as long as for one that does, and however many
//! ask at once, only a few hashes are in memory.

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use contract::Fault;
use contract::accounts::Secret;
use kernel::fault::broken;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hashes at a time: 4 × 19 MiB.
const AT_ONCE: usize = 4;
/// How long a request stands in line before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// No password has this hash. It costs what every other costs.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$bm9ib2R5IGhhcyB0aGlzIHBhc3N3b3JkLCBldmVyISE";

/// Hashes and compares passwords, off the async threads.
#[derive(Debug)]
pub(super) struct Passwords(Arc<Semaphore>);

impl Passwords {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// The text to store.
    pub(super) async fn hash(&self, password: &Secret, salt: [u8; 16]) -> Result<String, Fault> {
        let password = password.0.clone();
        let salt = SaltString::encode_b64(&salt).map_err(broken)?;
        let turn = self.turn().await?;
        let hashed = tokio::task::spawn_blocking(move || {
            // Given back when the work is done, not when the caller goes away.
            let _turn = turn;
            argon().map(|argon| argon.hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()))
        });
        hashed.await.map_err(broken)?.map_err(broken)?.map_err(broken)
    }

    /// Whether it is the password. `stored` is nothing when there is no such person: it takes as long, and is never right.
    pub(super) async fn is_right(&self, password: &Secret, stored: Option<&str>) -> Result<bool, Fault> {
        let known = stored.is_some();
        let password = password.0.clone();
        let stored = stored.unwrap_or(NOBODY).to_owned();
        let turn = self.turn().await?;
        let compared = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let stored = PasswordHash::new(&stored)?;
            Ok(argon()?.verify_password(password.as_bytes(), &stored).is_ok())
        });
        let right = compared.await.map_err(broken)?.map_err(|e: argon2::password_hash::Error| broken(e))?;
        Ok(known && right)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Fault> {
        let busy =
            || Fault::Busy { retry_after: 5, message: "Too many people sign in at once. Try again shortly.".into() };
        tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await.map_err(|_| busy())?.map_err(broken)
    }
}

fn argon() -> Result<Argon2<'static>, argon2::Error> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, None)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_is_right() {
        let passwords = Passwords::new();
        let stored = passwords.hash(&Secret("correct horse".into()), [7; 16]).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.is_right(&Secret("correct horse".into()), Some(&stored)).await.unwrap());
        assert!(!passwords.is_right(&Secret("correct Horse".into()), Some(&stored)).await.unwrap());
        let other = passwords.hash(&Secret("correct horse".into()), [8; 16]).await.unwrap();
        assert_ne!(stored, other);
    }

    #[tokio::test]
    async fn the_hash_of_nobody_costs_the_same_and_is_never_right() {
        let hash = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(Params::try_from(&hash).unwrap(), Params::new(19_456, 2, 1, Some(32)).unwrap());
        assert_eq!(hash.algorithm, Algorithm::Argon2id.ident());
        assert!(!Passwords::new().is_right(&Secret("nobody has this password, ever!!".into()), None).await.unwrap());
    }
}
