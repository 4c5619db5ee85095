//! One conversation: greeting, EHLO, TLS, sign-in; then commands and replies.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::config::{Config, Tls};
use super::reply::{Parser, Reply};
use super::stream::{self, Stream};
use super::verdict::{self, PROVIDER};
use crate::email::outcome::{Outcome, Stage};
use crate::oauth::Tokens;
use crate::{Failure, Kind, Status};

/// How a conversation ended before its time.
#[derive(Debug)]
pub(super) enum Break {
    /// The server hung up or the network failed.
    Lost(String),
    /// No answer within the limit.
    Timeout,
    /// An answer that is not SMTP.
    Garbage(String),
}

impl Break {
    pub(super) fn io(error: &io::Error) -> Self {
        Self::Lost(format!("the connection broke: {error}"))
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Lost(text) | Self::Garbage(text) => text.clone(),
            Self::Timeout => "the server did not answer in time".to_owned(),
        }
    }

    /// As a failure of the sender; for stages in which no message is under way.
    pub(super) fn failure(&self, stage: Stage) -> Failure {
        let kind = match self {
            Self::Lost(_) => Kind::Unreachable,
            Self::Timeout => Kind::Timeout,
            Self::Garbage(_) => Kind::Protocol,
        };
        Failure::temporary(kind, PROVIDER, stage.as_str()).with("text", self.words())
    }
}

/// What the server said it can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) pipelining: bool,
    pub(super) eight_bit: bool,
    pub(super) smtputf8: bool,
    pub(super) starttls: bool,
    /// Largest message in bytes, 0 when none is given.
    pub(super) size: usize,
    pub(super) auth_plain: bool,
    pub(super) auth_login: bool,
    /// Ways to sign in as the server names them, for the connection test.
    pub(super) auth: Vec<String>,
}

impl Capabilities {
    fn read(lines: &[String]) -> Self {
        let mut found = Self::default();
        for line in lines.iter().skip(1) {
            let upper = line.trim().to_ascii_uppercase();
            let mut words = upper.split([' ', '=']);
            match words.next().unwrap_or_default() {
                "PIPELINING" => found.pipelining = true,
                "8BITMIME" => found.eight_bit = true,
                "SMTPUTF8" => found.smtputf8 = true,
                "STARTTLS" => found.starttls = true,
                "SIZE" => found.size = words.next().and_then(|size| size.parse().ok()).unwrap_or(0),
                "AUTH" => found.auth.extend(words.filter(|word| !word.is_empty()).map(str::to_owned)),
                _ => {}
            }
        }
        found.auth_plain = found.auth.iter().any(|way| way == "PLAIN");
        found.auth_login = found.auth.iter().any(|way| way == "LOGIN");
        found
    }
}

/// An open conversation.
pub(super) struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
    parser: Parser,
    pub(super) can: Capabilities,
    /// Messages tried on it.
    pub(super) used: u32,
    /// When it was last given back.
    pub(super) rested: Instant,
    /// The last transaction did not end with an acceptance: `RSET` comes first.
    pub(super) dirty: bool,
    /// Counts this connection as open until it is dropped.
    pub(super) counted: Option<Counted>,
}

/// One of a number of things that exist.
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Connection {
    /// Everything up to the point where mail can be sent.
    pub(super) async fn open(config: &Config, tls: Option<&TlsConnector>) -> Result<Self, Failure> {
        let tcp = stream::reach(config).await?;
        let mut connection = Self::greeted(config, tls, tcp).await?;
        connection.hello(config).await?;
        if config.tls == Tls::StartTls {
            connection = connection.start_tls(config, tls).await?;
            connection.hello(config).await?;
        }
        connection.sign_in(config).await?;
        Ok(connection)
    }

    /// Encrypts at once where asked for, and reads the greeting.
    pub(super) async fn greeted(
        config: &Config,
        tls: Option<&TlsConnector>,
        tcp: tokio::net::TcpStream,
    ) -> Result<Self, Failure> {
        let stream = match (config.tls, tls) {
            (Tls::Implicit, Some(tls)) => stream::encrypt(tls, &config.host, tcp, config.timeouts.command).await?,
            _ => Stream::Open(tcp),
        };
        let mut connection = Self::on(stream);
        let reply =
            connection.reply(config.timeouts.greeting).await.map_err(|broken| broken.failure(Stage::Connect))?;
        if reply.is_success() { Ok(connection) } else { Err(refused(Stage::Connect, &reply)) }
    }

    fn on(stream: Stream) -> Self {
        Self {
            stream,
            buffer: Vec::with_capacity(512),
            parser: Parser::default(),
            can: Capabilities::default(),
            used: 0,
            rested: Instant::now(),
            dirty: false,
            counted: None,
        }
    }

    /// Introduces us and learns what the server can do.
    pub(super) async fn hello(&mut self, config: &Config) -> Result<(), Failure> {
        let limit = config.timeouts.command;
        let name = ehlo_name(&config.ehlo);
        let ask = |broken: Break| broken.failure(Stage::Hello);
        let reply = self.ask(&format!("EHLO {name}\r\n"), limit).await.map_err(ask)?;
        if reply.is_success() {
            self.can = Capabilities::read(&reply.lines);
            return Ok(());
        }
        // very old servers
        if matches!(reply.code, 500 | 502) {
            let old = self.ask(&format!("HELO {name}\r\n"), limit).await.map_err(ask)?;
            if old.is_success() {
                self.can = Capabilities::default();
                return Ok(());
            }
        }
        Err(refused(Stage::Hello, &reply))
    }

    /// Changes to TLS.
    pub(super) async fn start_tls(mut self, config: &Config, tls: Option<&TlsConnector>) -> Result<Self, Failure> {
        let fail = |text: &str| Failure::permanent(Kind::Tls, PROVIDER, Stage::Tls.as_str()).with("text", text);
        if !self.can.starttls {
            return Err(fail("the server does not offer STARTTLS").with("offered", "no"));
        }
        let reply =
            self.ask("STARTTLS\r\n", config.timeouts.command).await.map_err(|broken| broken.failure(Stage::Tls))?;
        if !reply.is_success() {
            return Err(refused(Stage::Tls, &reply));
        }
        // bytes that came before the handshake were not protected by it: someone may have put them there
        if !self.buffer.is_empty() {
            return Err(fail("the server sent more before the handshake"));
        }
        match (self.stream, tls) {
            (Stream::Open(tcp), Some(tls)) => {
                Ok(Self::on(stream::encrypt(tls, &config.host, tcp, config.timeouts.command).await?))
            }
            _ => Err(fail("TLS is not prepared")),
        }
    }

    /// Signs in when the settings have a user.
    pub(super) async fn sign_in(&mut self, config: &Config) -> Result<(), Failure> {
        let Some(user) = config.login() else { return Ok(()) };
        if let Some(tokens) = &config.tokens {
            return self.show_token(config, user, &**tokens).await;
        }
        let limit = config.timeouts.command;
        let secret = config.secret.expose_secret();
        let lost = |broken: Break| broken.failure(Stage::Auth);
        let reply = if self.can.auth_plain {
            let token = STANDARD.encode(format!("\0{user}\0{secret}"));
            self.ask(&format!("AUTH PLAIN {token}\r\n"), limit).await.map_err(lost)?
        } else if self.can.auth_login {
            let mut reply = self.ask("AUTH LOGIN\r\n", limit).await.map_err(lost)?;
            for answer in [user, secret] {
                if reply.code == 334 {
                    reply = self.ask(&format!("{}\r\n", STANDARD.encode(answer)), limit).await.map_err(lost)?;
                }
            }
            reply
        } else {
            return Err(self.offers_nothing_known());
        };
        judge_sign_in(&reply)
    }

    fn offers_nothing_known(&self) -> Failure {
        let text = if self.can.auth.is_empty() {
            "the server does not offer to sign in"
        } else {
            "the server only offers other ways to sign in"
        };
        let failure = Failure::permanent(Kind::Auth, PROVIDER, Stage::Auth.as_str()).with("text", text);
        failure.with("offered", self.can.auth.join(" "))
    }

    /// Signs in with a token, and with a new one when the first is refused: it may have ended meanwhile.
    async fn show_token(&mut self, config: &Config, user: &str, tokens: &dyn Tokens) -> Result<(), Failure> {
        if !self.can.auth.iter().any(|way| way == "XOAUTH2") {
            return Err(self.offers_nothing_known());
        }
        let limit = config.timeouts.command;
        let lost = |broken: Break| broken.failure(Stage::Auth);
        let token = tokens.token().await?;
        let mut reply = self.ask(&xoauth2(user, &token), limit).await.map_err(lost)?;
        for is_last in [false, true] {
            if reply.code == 334 {
                // the server says why in a challenge and wants an empty answer before it refuses
                reply = self.ask("\r\n", limit).await.map_err(lost)?;
            }
            if is_last || !matches!(reply.code, 500..=599) {
                break;
            }
            tokens.refused(&token).await;
            let fresh = tokens.token().await?;
            reply = self.ask(&xoauth2(user, &fresh), limit).await.map_err(lost)?;
        }
        judge_sign_in(&reply).map_err(|failure| failure.with("fix", XOAUTH2_FIX))
    }

    /// Words for the connection test.
    pub(super) fn protection(&self) -> String {
        self.stream.protection()
    }

    pub(super) const fn failed_write_is_nothing(&self) -> bool {
        self.stream.failed_write_is_nothing()
    }

    /// One command and its reply.
    pub(super) async fn ask(&mut self, command: &str, limit: Duration) -> Result<Reply, Break> {
        let started = Instant::now();
        self.write(command.as_bytes(), limit).await?;
        self.reply(limit.saturating_sub(started.elapsed())).await
    }

    /// Gives bytes to the network, all of them.
    pub(super) async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), Break> {
        let work = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(limit, work).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Break::io(&error)),
            Err(_) => Err(Break::Timeout),
        }
    }

    /// One write call, which may take only a part.
    pub(super) async fn write_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes).await
    }

    /// The next reply, whole, within the limit.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Reply, Break> {
        match timeout(limit, self.next_reply()).await {
            Ok(result) => result,
            Err(_) => Err(Break::Timeout),
        }
    }

    async fn next_reply(&mut self) -> Result<Reply, Break> {
        loop {
            if let Some(reply) = self.parser.take(&mut self.buffer).map_err(Break::Garbage)? {
                return Ok(reply);
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return Err(Break::Lost("the server closed the connection".to_owned())),
                Ok(_) => {}
                Err(error) => return Err(Break::io(&error)),
            }
        }
    }

    /// Whether the server said or did something without being asked, looked at without waiting. `None` when it is quiet.
    pub(super) async fn interruption(&mut self) -> Option<Result<Reply, Break>> {
        timeout(Duration::ZERO, self.next_reply()).await.ok()
    }

    /// Says goodbye and does not wait long for the answer.
    pub(super) async fn quit(mut self) {
        let _ = self.ask("QUIT\r\n", Duration::from_secs(2)).await;
        let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
    }
}

/// What to change when a token is not good enough.
const XOAUTH2_FIX: &str = "Give the application SMTP.SendAsApp with admin consent, register it in Exchange with the right to send for this mailbox, and allow authenticated SMTP for the mailbox.";

fn xoauth2(user: &str, token: &SecretString) -> String {
    let text = format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose_secret());
    format!("AUTH XOAUTH2 {}\r\n", STANDARD.encode(text))
}

fn judge_sign_in(reply: &Reply) -> Result<(), Failure> {
    match reply.code {
        200..=299 => Ok(()),
        421 | 454 => Err(verdict::failure(Kind::Busy, Status::Temporary, Stage::Auth, reply)),
        400..=499 => Err(verdict::failure(Kind::Auth, Status::Temporary, Stage::Auth, reply)),
        _ => Err(verdict::failure(Kind::Auth, Status::Permanent, Stage::Auth, reply)),
    }
}

/// A refusal before any message: always the sender's trouble.
fn refused(stage: Stage, reply: &Reply) -> Failure {
    match verdict::refusal(stage, reply) {
        Outcome::SenderTrouble { failure } => failure,
        _ if reply.code < 500 => verdict::failure(Kind::Busy, Status::Temporary, stage, reply),
        _ => verdict::failure(Kind::Refused, Status::Permanent, stage, reply),
    }
}

/// Only what may stand in an EHLO line; some servers hang up on anything else.
fn ehlo_name(name: &str) -> String {
    let clean: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':')).collect();
    if clean.is_empty() { "localhost".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_from_the_lines_after_the_greeting() {
        let lines = [
            "mail.example.org PIPELINING",
            "PIPELINING",
            "SIZE 1000",
            "AUTH PLAIN LOGIN",
            "AUTH=XOAUTH2",
            "8BITMIME",
            "starttls",
        ];
        let can = Capabilities::read(&lines.map(str::to_owned));
        assert!(can.pipelining && can.eight_bit && can.starttls && !can.smtputf8);
        assert!(can.auth_plain && can.auth_login);
        assert_eq!((can.size, can.auth.len()), (1000, 3));
        assert_eq!(Capabilities::read(&["PIPELINING".to_owned()]), Capabilities::default());
    }

    #[test]
    fn a_name_cannot_break_out_of_the_hello() {
        assert_eq!(ehlo_name("lux.example.org\r\nMAIL"), "lux.example.orgMAIL");
        assert_eq!(ehlo_name(""), "localhost");
    }
}
