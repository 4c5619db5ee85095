//! What a sender's settings say.

use std::time::Duration;

/// Address of Microsoft Graph.
pub const GRAPH: &str = "https://graph.microsoft.com/v1.0";

/// How a message is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As [`Mode::Draft`] when the token names `Mail.ReadWrite`, else as [`Mode::Send`].
    #[default]
    Auto,
    /// A draft, then its sending; lost answers are looked up. Needs `Mail.ReadWrite` beside `Mail.Send`.
    Draft,
    /// `sendMail` at once; a lost answer stays unknown. Needs `Mail.Send`.
    Send,
}

/// How to use Graph.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address with version, [`GRAPH`] or that of a national cloud.
    pub base_url: String,
    /// How messages are handed over.
    pub mode: Mode,
    /// Mailboxes that the connection test tries.
    pub mailboxes: Vec<String>,
    /// Requests at once per mailbox; Exchange Online refuses a fifth.
    pub at_once: usize,
    /// Largest request body in bytes, in base64.
    pub most_bytes: usize,
    /// After a lost answer: how long to wait before each look. Sent messages do not appear at once.
    pub looks: Vec<Duration>,
}

impl Config {
    /// The usual limits.
    #[must_use]
    pub fn new(mode: Mode, mailboxes: Vec<String>) -> Self {
        Self {
            base_url: GRAPH.to_owned(),
            mode,
            mailboxes,
            at_once: 4,
            most_bytes: 4 * 1024 * 1024,
            looks: [1, 4, 10].map(Duration::from_secs).to_vec(),
        }
    }
}
