//! The addresses that recipients touch: pixel, links, unsubscribe. No session; the signed token is the right.

use crate::{Fault, Micros};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What is kept of a request for the verdict whether a person made it.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// User agent, cut at 300 characters.
    pub agent: String,
    /// Network address; only a keyed hash of it is stored.
    pub address: String,
}

/// What the unsubscribe page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnsubscribeView {
    /// Company that mails.
    pub company: String,
    /// The address, masked as `m•••@example.com`.
    pub address: String,
    /// Whether the person is subscribed now.
    pub subscribed: bool,
    /// Since when not, if not.
    pub since: Option<Micros>,
    /// Test mails carry working but neutral links.
    pub test: bool,
}

/// Tracking service. Tokens are opaque; a bad one is [`Fault::Missing`].
#[async_trait]
pub trait Tracking: Send + Sync {
    /// Counts an open. Returns once the hit is durable.
    async fn open(&self, token: &str, visit: Visit) -> Result<(), Fault>;
    /// Counts a click and answers the target, byte for byte as written. Durable before it returns.
    async fn click(&self, token: &str, visit: Visit) -> Result<String, Fault>;
    /// The target without counting, for HEAD.
    async fn target(&self, token: &str) -> Result<String, Fault>;
    /// The message as a page, in HTML, for the person it was written for. Counts nothing.
    async fn web_view(&self, token: &str) -> Result<String, Fault>;
    /// The page behind an unsubscribe link. Changes nothing.
    async fn unsubscribe_view(&self, token: &str) -> Result<UnsubscribeView, Fault>;
    /// Unsubscribes at once; again is no fault. `reason` is what the person chose to say, at most 500 characters.
    async fn unsubscribe(&self, token: &str, reason: Option<String>, one_click: bool) -> Result<(), Fault>;
    /// Takes an unsubscription back that the same link made.
    async fn resubscribe(&self, token: &str) -> Result<(), Fault>;
}
