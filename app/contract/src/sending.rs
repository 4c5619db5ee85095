//! Whether mail may go out at all: the emergency stop, and the freeze of a restored copy.

use crate::{Actor, Fault, Micros};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Why, by whom and since when nothing goes out.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// In words.
    pub reason: String,
    /// Who stopped it, by name, or empty.
    pub by: String,
    /// Since.
    pub at: Micros,
}

/// Whether mail may go out.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingState {
    /// The company stopped its mail.
    pub stopped: Option<Halt>,
    /// An operator stopped all mail of this installation, on the server's terminal.
    pub installation: Option<Halt>,
    /// This database looks like a copy of another one; nothing goes out until an admin confirms it.
    pub frozen: Option<Halt>,
}

impl SendingState {
    /// Whether anything stands in the way.
    pub fn is_halted(&self) -> bool {
        self.stopped.is_some() || self.installation.is_some() || self.frozen.is_some()
    }
}

/// The brake of one company and of the whole installation.
#[async_trait]
pub trait Sending: Send + Sync {
    /// Whether mail may go out. For everybody who sees campaigns.
    async fn state(&self, actor: &Actor) -> Result<SendingState, Fault>;
    /// Emergency stop: holds every campaign that goes out, takes every scheduled one back to draft, and lets nothing of
    /// the company out, tests and single messages included, until it is released. Answers how many campaigns it held.
    async fn stop(&self, actor: &Actor, reason: String) -> Result<i64, Fault>;
    /// Lets mail out again. Held campaigns stay held until each is resumed. For admins.
    async fn release(&self, actor: &Actor) -> Result<SendingState, Fault>;
    /// Says that this copy of the database is the one that sends. For admins.
    async fn confirm_copy(&self, actor: &Actor) -> Result<SendingState, Fault>;
}
