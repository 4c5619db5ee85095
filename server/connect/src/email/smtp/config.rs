//! What a sender's settings say.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::oauth::Tokens;

/// How the connection is protected. There is no "if offered": whoever can take the offer out of the conversation would
/// then read the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Not at all; for a server on the same machine or network.
    None,
    /// Starts open and must change to TLS before anything else (usual on port 587).
    #[default]
    StartTls,
    /// TLS from the first byte (usual on port 465).
    Implicit,
}

/// How long each step may take. RFC 5321 4.5.3.2 asks for minutes; a campaign cannot wait that long where nothing is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up and TCP connection.
    pub connect: Duration,
    /// The server's first words.
    pub greeting: Duration,
    /// One command and its whole reply; also the TLS handshake.
    pub command: Duration,
    /// Each 64 KB of content.
    pub data: Duration,
    /// The reply to the whole message. Long, since giving up here makes the outcome unknown.
    pub end: Duration,
    /// One message from the first command to the last reply, so that a server that drips bytes cannot hold a slot.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            greeting: Duration::from_secs(60),
            command: Duration::from_secs(60),
            data: Duration::from_secs(120),
            end: Duration::from_secs(300),
            total: Duration::from_secs(600),
        }
    }
}

/// One SMTP server and how to use it. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Host name or IP address.
    pub host: String,
    /// Port, usually 587 or 465.
    pub port: u16,
    /// Protection of the connection.
    pub tls: Tls,
    /// User name; `None` or empty sends without signing in.
    pub user: Option<String>,
    /// Password or token of that user.
    pub secret: SecretString,
    /// Signs in with tokens (XOAUTH2) instead of the secret.
    pub tokens: Option<Arc<dyn Tokens>>,
    /// Name we introduce ourselves with (`EHLO`): the host of the public URL.
    pub ehlo: String,
    /// Limits in time.
    pub timeouts: Timeouts,
    /// Most connections at the same time.
    pub connections: usize,
    /// How long an unused connection is kept.
    pub idle: Duration,
    /// Messages after which a connection is replaced.
    pub messages_per_connection: u32,
    /// More certificate authorities to trust (PEM), beside the public ones: for a company's own servers.
    pub ca_pem: Option<Vec<u8>>,
}

impl Config {
    /// Settings without sign-in and with the usual limits.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16, tls: Tls) -> Self {
        Self {
            host: host.into(),
            port,
            tls,
            user: None,
            secret: SecretString::default(),
            tokens: None,
            ehlo: "localhost".to_owned(),
            timeouts: Timeouts::default(),
            connections: 4,
            idle: Duration::from_secs(30),
            messages_per_connection: 500,
            ca_pem: None,
        }
    }

    /// Signs in with this user.
    #[must_use]
    pub fn with_login(mut self, user: impl Into<String>, secret: SecretString) -> Self {
        self.user = Some(user.into());
        self.secret = secret;
        self
    }

    /// Signs in for this mailbox with tokens of an application.
    #[must_use]
    pub fn with_tokens(mut self, user: impl Into<String>, tokens: Arc<dyn Tokens>) -> Self {
        self.user = Some(user.into());
        self.tokens = Some(tokens);
        self
    }

    /// The user, when there is one.
    #[must_use]
    pub fn login(&self) -> Option<&str> {
        self.user.as_deref().filter(|user| !user.is_empty())
    }
}
