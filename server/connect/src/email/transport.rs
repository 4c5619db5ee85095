//! The one trait a way of sending email implements.

use async_trait::async_trait;

use super::address::Address;
use super::outcome::Outcome;

/// Who sends to whom, outside of the message's own headers. One recipient, so that every outcome is about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where bounces go (`MAIL FROM`).
    pub from: Address,
    /// Recipient (`RCPT TO`).
    pub to: Address,
}

/// One step of a connection test, told to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was tried: "Connect to mail.example.org port 587".
    pub name: String,
    /// Whether it worked.
    pub ok: bool,
    /// What was seen: "Encrypted with TLS 1.3".
    pub detail: String,
    /// What to change, in plain words; only on a failed step.
    pub fix: Option<String>,
}

/// What a connection test found, in order. Nothing was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// Steps up to and including the first that failed.
    pub steps: Vec<Step>,
}

impl Probe {
    /// Every step worked.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.ok)
    }

    /// The step that failed.
    #[must_use]
    pub fn failed(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.ok)
    }
}

/// What became of a message whose answer was lost, as far as the server tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// It was sent.
    Sent,
    /// It was not sent, and will not be any more: what was left of it is removed.
    NotSent,
    /// The server has no trace of it.
    Nowhere,
    /// The server cannot be asked, or did not answer.
    Unasked,
}

/// A way to hand email over.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Hands one built message (see [`super::mime::build`]) to one recipient and says what became of it.
    ///
    /// Dropping the future half-way closes its connection; the outcome is then unknown to the caller.
    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome;

    /// Asks what became of a message, by the mailbox it was sent from and its `Message-ID` without brackets.
    async fn trace(&self, from: &Address, message_id: &str) -> Trace {
        let _ = (from, message_id);
        Trace::Unasked
    }

    /// Tries everything short of sending: for the "Test" button.
    async fn probe(&self) -> Probe;

    /// Says goodbye on idle connections. Sending afterwards opens new ones.
    async fn close(&self);
}
