//! A transport that signs what goes through it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::sign::Signer;
use crate::email::headers;
use crate::email::outcome::Outcome;
use crate::email::transport::{Envelope, Probe, Transport};

/// Unix time; injected, since a signature says when it was made.
pub type Now = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Signs messages whose `From` is in the keys' domain or below it and hands them on; others go on as they are.
pub struct Signing {
    inner: Arc<dyn Transport>,
    keys: Vec<Signer>,
    now: Now,
}

impl Signing {
    /// Before `inner`, with these keys of one domain.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>, keys: Vec<Signer>, now: Now) -> Self {
        Self { inner, keys, now }
    }

    fn signed(&self, message: &[u8]) -> Option<Vec<u8>> {
        let from = headers::value(message, "From")?;
        let domain = headers::only_address(&from)?.rsplit_once('@')?.1.to_ascii_lowercase();
        let at = i64::try_from((self.now)().as_secs()).unwrap_or(0);
        let mut head = String::new();
        for key in self.keys.iter().filter(|key| is_aligned(&domain, key.domain())) {
            match key.sign(message, at) {
                Ok(signature) => head.push_str(&signature),
                Err(failure) => tracing::warn!(%failure, ?key, "a message goes without this signature"),
            }
        }
        (!head.is_empty()).then(|| [head.as_bytes(), message].concat())
    }
}

/// Receivers that ask for relaxed alignment take a signature of a domain above as well.
fn is_aligned(from: &str, signing: &str) -> bool {
    from == signing || from.strip_suffix(signing).is_some_and(|rest| rest.ends_with('.'))
}

#[async_trait]
impl Transport for Signing {
    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        match self.signed(message) {
            Some(signed) => self.inner.send(envelope, &signed).await,
            None => self.inner.send(envelope, message).await,
        }
    }

    async fn probe(&self) -> Probe {
        self.inner.probe().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
