//! Where letters are taken from: one trait for IMAP, POP3 and mailboxes behind an API.

use super::super::smtp::Tls;
use crate::Failure;
use async_trait::async_trait;
use secrecy::SecretString;
use std::collections::HashSet;

/// Bytes of a letter that are fetched and read; what a report says stands at its beginning.
pub const MAX_LETTER: usize = 1024 * 1024;

/// A letter as it lies in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Names it within this mailbox, for good.
    pub id: String,
    /// Its bytes, at most [`MAX_LETTER`].
    pub raw: Vec<u8>,
}

/// What one look brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Letters not seen before, oldest first.
    pub letters: Vec<Letter>,
    /// Where the next look goes on, opaque; to be stored together with what the letters said.
    pub bookmark: String,
    /// Ids of `known` that are no longer there, where the mailbox can tell.
    pub gone: Vec<String>,
    /// Whether more wait.
    pub more: bool,
}

/// What becomes of a letter that was read as a report. Letters of people are never touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Stays and is marked as read.
    Mark,
    /// Moves to this folder, which is made when missing.
    Move(String),
    /// Is deleted.
    Delete,
}

/// A mailbox that is open. Every call ends within its own time limit.
#[async_trait]
pub trait Inbox: Send {
    /// At most `limit` letters after the bookmark of the last look (empty at first) that are not in `known`. A mailbox
    /// that was made anew starts from its beginning, so the same letter can come twice.
    async fn letters(&mut self, bookmark: &str, known: &HashSet<String>, limit: usize) -> Result<Batch, Failure>;

    /// Puts letters aside as [`After`] says. Ids that are gone are no failure, so that it can be done again.
    async fn tidy(&mut self, ids: &[String]) -> Result<(), Failure>;

    /// Says goodbye. What was tidied is only certain once this answered.
    async fn close(&mut self) -> Result<(), Failure>;
}

/// How the connection to a mailbox server is protected; the same choices as for sending.
pub type Guard = Tls;

/// How to reach and open a mailbox. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct Access {
    /// Host name or IP address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub tls: Guard,
    /// User.
    pub user: String,
    /// Secret of the user.
    pub secret: SecretString,
    /// Folder that is read; POP3 has only one.
    pub folder: String,
    /// What becomes of reports.
    pub after: After,
    /// More certificate authorities to trust (PEM).
    pub ca_pem: Option<Vec<u8>>,
}
