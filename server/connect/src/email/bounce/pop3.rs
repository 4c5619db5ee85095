//! A mailbox over POP3 (RFC 1939, STLS of RFC 2595): small enough to be our own, and no kept crate speaks it without
//! blocking a thread.
//!
//! POP3 has no place to go on from: what was seen is known by the server's unique ids.

use super::inbox::{Access, After, Batch, Guard, Inbox, Letter, MAX_LETTER};
use super::wire::{Wire, within};
use crate::{Failure, Kind};
use async_trait::async_trait;
use secrecy::ExposeSecret;
use std::collections::{HashMap, HashSet};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

const PROVIDER: &str = "pop3";
/// Longest line we read; what is longer is cut.
const LINE: u64 = 64 * 1024;
/// Most letters of one listing.
const MOST: usize = 100_000;

/// A signed-in session.
#[derive(Debug)]
pub struct Pop3 {
    wire: BufReader<Wire>,
    after: After,
    /// Number of each id in this session.
    numbers: HashMap<String, u32>,
}

fn lost(operation: &'static str, text: impl Into<String>) -> Failure {
    Failure::temporary(Kind::Unreachable, PROVIDER, operation).with("text", text)
}

impl Pop3 {
    /// Reaches the server, signs in and lists what is there.
    ///
    /// # Errors
    /// Permanent where a person has to change the settings.
    pub async fn open(access: &Access) -> Result<Self, Failure> {
        let wire = Wire::open(PROVIDER, access).await?;
        let mut own = Self { wire: BufReader::new(wire), after: access.after.clone(), numbers: HashMap::new() };
        within(PROVIDER, "greeting", own.answer("greeting")).await?;
        if access.tls == Guard::StartTls {
            own.command("tls", "STLS").await?;
            if !own.wire.buffer().is_empty() {
                // Somebody spoke in between.
                return Err(Failure::permanent(Kind::Tls, PROVIDER, "tls").with("text", "words before the handshake"));
            }
            own.wire = BufReader::new(own.wire.into_inner().encrypt(PROVIDER, access).await?);
        }
        let plain = |text: &str| !text.contains(['\r', '\n']);
        if !plain(&access.user) || !plain(access.secret.expose_secret()) {
            return Err(Failure::permanent(Kind::Config, PROVIDER, "login").with("text", "a line break in the login"));
        }
        let refused = |failure: Failure| match failure.kind {
            Kind::Refused => Failure { kind: Kind::Auth, ..failure },
            _ => failure,
        };
        own.command("login", &format!("USER {}", access.user)).await.map_err(refused)?;
        own.command("login", &format!("PASS {}", access.secret.expose_secret())).await.map_err(refused)?;
        own.numbers = own.list().await?;
        Ok(own)
    }

    async fn say(&mut self, operation: &'static str, line: &str) -> Result<(), Failure> {
        let sent = async {
            self.wire.write_all(format!("{line}\r\n").as_bytes()).await?;
            self.wire.flush().await
        };
        sent.await.map_err(|error| lost(operation, error.to_string()))
    }

    /// One line without its end; `None` at the end of the connection.
    async fn line(&mut self, operation: &'static str) -> Result<Option<Vec<u8>>, Failure> {
        let mut line = Vec::new();
        let mut part = (&mut self.wire).take(LINE);
        let read = part.read_until(b'\n', &mut line).await.map_err(|error| lost(operation, error.to_string()))?;
        while line.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
            line.pop();
        }
        Ok((read > 0).then_some(line))
    }

    async fn answer(&mut self, operation: &'static str) -> Result<String, Failure> {
        let line = self.line(operation).await?.ok_or_else(|| lost(operation, "the server hung up"))?;
        let text = String::from_utf8_lossy(&line).into_owned();
        if let Some(rest) = text.strip_prefix("+OK") {
            return Ok(rest.trim().to_owned());
        }
        match text.strip_prefix("-ERR") {
            Some(rest) => Err(Failure::permanent(Kind::Refused, PROVIDER, operation).with("text", rest.trim())),
            None => Err(Failure::permanent(Kind::Protocol, PROVIDER, operation).with("text", text)),
        }
    }

    async fn command(&mut self, operation: &'static str, line: &str) -> Result<String, Failure> {
        within(PROVIDER, operation, async {
            self.say(operation, line).await?;
            self.answer(operation).await
        })
        .await
    }

    /// A command with a body that ends with a dot; what is over `most` bytes is read and dropped.
    async fn long(&mut self, operation: &'static str, line: &str, most: usize) -> Result<Vec<u8>, Failure> {
        within(PROVIDER, operation, async {
            self.say(operation, line).await?;
            self.answer(operation).await?;
            let mut body = Vec::new();
            loop {
                let line = self.line(operation).await?.ok_or_else(|| lost(operation, "the server hung up"))?;
                if line == b"." {
                    return Ok(body);
                }
                if body.len() < most {
                    body.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                    body.extend_from_slice(b"\r\n");
                }
            }
        })
        .await
    }

    async fn list(&mut self) -> Result<HashMap<String, u32>, Failure> {
        let body = self.long("list", "UIDL", 16 * 1024 * 1024).await?;
        let text = String::from_utf8_lossy(&body);
        let entry = |line: &str| {
            let (number, id) = line.trim().split_once(' ')?;
            Some((id.trim().to_owned(), number.parse().ok()?))
        };
        Ok(text.lines().filter_map(entry).take(MOST).collect())
    }
}

#[async_trait]
impl Inbox for Pop3 {
    async fn letters(&mut self, _bookmark: &str, known: &HashSet<String>, limit: usize) -> Result<Batch, Failure> {
        let mut waiting: Vec<(u32, String)> =
            self.numbers.iter().filter(|(id, _)| !known.contains(*id)).map(|(id, n)| (*n, id.clone())).collect();
        waiting.sort_unstable();
        let more = waiting.len() > limit;
        let mut letters = Vec::new();
        for (number, id) in waiting.into_iter().take(limit) {
            let raw = self.long("fetch", &format!("RETR {number}"), MAX_LETTER).await?;
            letters.push(Letter { id, raw });
        }
        let gone = known.iter().filter(|id| !self.numbers.contains_key(*id)).cloned().collect();
        Ok(Batch { letters, bookmark: String::new(), gone, more })
    }

    async fn tidy(&mut self, ids: &[String]) -> Result<(), Failure> {
        if self.after == After::Mark {
            return Ok(());
        }
        for id in ids {
            if let Some(number) = self.numbers.remove(id) {
                self.command("delete", &format!("DELE {number}")).await?;
            }
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Failure> {
        // Only this makes the deletions true.
        self.command("quit", "QUIT").await.map(drop)
    }
}
