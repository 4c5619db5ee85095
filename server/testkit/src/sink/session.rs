//! One conversation.

use std::io;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Shared;
use super::script::{Act, At};

/// The connection, open or encrypted.
enum Wire {
    Open(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Open(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }

    async fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Open(tcp) => tcp.read_buf(buffer).await,
            Self::Tls(tls) => tls.read_buf(buffer).await,
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Open(tcp) => tcp.write_all(bytes).await,
            Self::Tls(tls) => {
                tls.write_all(bytes).await?;
                tls.flush().await
            }
        }
    }
}

/// The conversation is over.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

struct Session<'a> {
    wire: Wire,
    shared: &'a Shared,
    /// Read, not yet used.
    buffer: Vec<u8>,
    used: usize,
    /// Answers not yet written.
    out: Vec<u8>,
    connection: u64,
    number: u64,
    here: u32,
    is_signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
}

pub(super) async fn run(tcp: TcpStream, shared: &Shared, connection: u64) -> Result<(), ()> {
    let wire = match (&shared.acceptor, shared.behaviour.implicit_tls) {
        (Some(acceptor), true) => Wire::Tls(Box::new(acceptor.accept(tcp).await.map_err(|_| ())?)),
        _ => Wire::Open(tcp),
    };
    let mut session = Session {
        wire,
        shared,
        buffer: Vec::with_capacity(16 * 1024),
        used: 0,
        out: Vec::new(),
        connection,
        number: connection,
        here: 0,
        is_signed_in: shared.behaviour.login.is_none(),
        from: None,
        to: Vec::new(),
    };
    let most = shared.behaviour.connections_at_once;
    if most.is_some_and(|most| shared.open.load(Ordering::SeqCst) > most) {
        session.say("421 4.7.0 Too many connections");
        return session.flush().await.map_err(|_: Over| ());
    }
    session.answer(At::Connect, "220 sink.test ESMTP").await.map_err(|_: Over| ())?;
    loop {
        session = session.step().await.map_err(|_: Over| ())?;
    }
}

impl<'a> Session<'a> {
    /// One command.
    async fn step(mut self) -> Result<Self, Over> {
        let line = self.line().await?;
        let upper = line.to_ascii_uppercase();
        let verb = upper.split([' ', ':']).next().unwrap_or_default();
        match verb {
            "EHLO" | "HELO" => {
                let text = self.hello(verb);
                self.answer(At::Hello, &text).await?;
            }
            "STARTTLS" => return self.start_tls().await,
            "AUTH" => self.auth(&line).await?,
            "MAIL" => self.mail(&line).await?,
            "RCPT" => self.rcpt(&line).await?,
            "DATA" => self.data().await?,
            "RSET" => {
                self.shared.resets.fetch_add(1, Ordering::SeqCst);
                self.from = None;
                self.to.clear();
                self.answer(At::Reset, "250 2.0.0 Reset").await?;
            }
            "NOOP" => self.say("250 2.0.0 Ok"),
            "QUIT" => {
                self.shared.quits.fetch_add(1, Ordering::SeqCst);
                self.answer(At::Quit, "221 2.0.0 Bye").await?;
                self.flush().await?;
                return Err(Over);
            }
            _ => self.say("500 5.5.1 Unknown command"),
        }
        Ok(self)
    }

    fn hello(&self, verb: &str) -> String {
        let behaviour = &self.shared.behaviour;
        if verb == "HELO" {
            return "250 sink.test".to_owned();
        }
        let mut lines = vec!["sink.test".to_owned(), "ENHANCEDSTATUSCODES".to_owned()];
        let mut offer = |offered: bool, line: String| {
            if offered {
                lines.push(line);
            }
        };
        let is_open = matches!(self.wire, Wire::Open(_));
        offer(behaviour.pipelining, "PIPELINING".to_owned());
        offer(behaviour.eight_bit, "8BITMIME".to_owned());
        offer(behaviour.smtputf8, "SMTPUTF8".to_owned());
        offer(behaviour.size > 0, format!("SIZE {}", behaviour.size));
        offer(self.shared.acceptor.is_some() && is_open, "STARTTLS".to_owned());
        let offers_auth = behaviour.login.is_some() && (self.shared.acceptor.is_none() || !is_open);
        offer(offers_auth, format!("AUTH {}", behaviour.auth.join(" ")));
        let last = lines.len() - 1;
        let lines: Vec<_> = lines
            .iter()
            .enumerate()
            .map(|(i, line)| format!("250{}{line}", if i == last { ' ' } else { '-' }))
            .collect();
        lines.join("\r\n")
    }

    async fn start_tls(mut self) -> Result<Self, Over> {
        self.answer(At::StartTls, "220 2.0.0 Go ahead").await?;
        self.flush().await?;
        let (Wire::Open(tcp), Some(acceptor)) = (self.wire, &self.shared.acceptor) else { return Err(Over) };
        let tls = acceptor.accept(tcp).await?;
        Ok(Self { wire: Wire::Tls(Box::new(tls)), buffer: Vec::with_capacity(16 * 1024), used: 0, ..self })
    }

    async fn auth(&mut self, line: &str) -> Result<(), Over> {
        let mut words = line.split(' ').skip(1);
        let way = words.next().unwrap_or_default().to_ascii_uppercase();
        let given = match (way.as_str(), words.next()) {
            ("PLAIN", Some(token)) => plain(token),
            ("PLAIN", None) => plain(&self.ask("334 ").await?),
            ("LOGIN", _) => {
                let user = self.ask("334 VXNlcm5hbWU6").await?;
                let secret = self.ask("334 UGFzc3dvcmQ6").await?;
                decoded(&user).zip(decoded(&secret))
            }
            ("XOAUTH2", Some(token)) => {
                let given = bearer(token);
                if given != self.shared.behaviour.login {
                    // why not, as a challenge; the client answers with nothing
                    self.ask("334 eyJzdGF0dXMiOiI0MDAifQ==").await?;
                }
                given
            }
            _ => None,
        };
        if given.is_some() && given == self.shared.behaviour.login {
            self.is_signed_in = self.answer(At::Auth, "235 2.7.0 Signed in").await?;
        } else {
            self.answer(At::Auth, "535 5.7.8 Wrong user name or password").await?;
        }
        Ok(())
    }

    async fn ask(&mut self, prompt: &str) -> Result<String, Over> {
        self.say(prompt);
        self.line().await
    }

    async fn mail(&mut self, line: &str) -> Result<(), Over> {
        if !self.is_signed_in {
            self.say("530 5.7.0 Sign in first");
            return Ok(());
        }
        self.number = self.shared.messages.fetch_add(1, Ordering::SeqCst) + 1;
        self.here += 1;
        self.from = None;
        self.to.clear();
        if self.shared.behaviour.connection_limit.is_some_and(|limit| self.here > limit) {
            return self.act(Act::Reply("421 4.7.0 Too many messages on this connection".to_owned()), "").await;
        }
        if self.answer(At::Mail, "250 2.1.0 Ok").await? {
            self.from = Some(path(line));
        }
        Ok(())
    }

    async fn rcpt(&mut self, line: &str) -> Result<(), Over> {
        if self.from.is_none() {
            self.say("503 5.5.1 MAIL first");
            return Ok(());
        }
        self.to.push(path(line));
        if !self.answer(At::Rcpt, "250 2.1.5 Ok").await? {
            self.to.pop();
        }
        Ok(())
    }

    async fn data(&mut self) -> Result<(), Over> {
        if self.to.is_empty() {
            self.say("554 5.5.1 No valid recipients");
            return Ok(());
        }
        if !self.answer(At::Data, "354 Go ahead").await? {
            return Ok(());
        }
        let fault = self.shared.script.content(self.number, &self.to);
        let content = self.content(fault).await?;
        let act = self.shared.script.act(At::End, self.number, &self.to);
        let keeps = matches!(
            act,
            None | Some(
                Act::TakeAndReset | Act::TakeAndClose | Act::TakeAndHang | Act::Delay(_) | Act::Drip(_) | Act::Tell
            )
        );
        let proper = if keeps {
            let from = self.from.take().unwrap_or_default();
            self.shared.store.accept(&from, &self.to, content, self.shared.started.elapsed());
            format!("250 2.0.0 Ok: queued as {:X}", self.number)
        } else {
            String::new()
        };
        self.from = None;
        match act {
            None => self.say(&proper),
            Some(act) => self.act(act, &proper).await?,
        }
        self.to.clear();
        Ok(())
    }

    /// The content up to its end mark, without dot-stuffing.
    async fn content(&mut self, mut fault: Option<(usize, Act)>) -> Result<Vec<u8>, Over> {
        self.flush().await?;
        // counted from the start of the content, since the buffer moves
        let mut searched = 0_usize;
        loop {
            let here = &self.buffer[self.used..];
            // an empty message has its end mark at once
            let found = if here.starts_with(b".\r\n") {
                Some(self.used)
            } else {
                memchr::memmem::find(&here[searched..], b"\r\n.\r\n").map(|at| self.used + searched + at + 2)
            };
            let arrived = found.unwrap_or(self.buffer.len()) - self.used;
            if let Some((_, act)) = fault.take_if(|(bytes, _)| arrived >= *bytes) {
                match act {
                    // nothing is said in the middle of the content
                    Act::Delay(pause) | Act::Drip(pause) => tokio::time::sleep(pause).await,
                    Act::Tell => {
                        if let Some(tell) = &self.shared.behaviour.tell {
                            let _ = tell.send(self.number);
                        }
                    }
                    act => self.act(act, "").await?,
                }
            }
            if let Some(end) = found {
                let content = unstuff(&self.buffer[self.used..end]);
                self.used = end + 3;
                return Ok(content);
            }
            searched = arrived.saturating_sub(4);
            self.fill().await?;
        }
    }

    /// The proper answer, or what the script wants; `true` when the proper answer was given.
    async fn answer(&mut self, at: At, proper: &str) -> Result<bool, Over> {
        let number =
            if matches!(at, At::Connect | At::Hello | At::StartTls | At::Auth) { self.connection } else { self.number };
        match self.shared.script.act(at, number, &self.to) {
            None => {
                self.say(proper);
                Ok(true)
            }
            Some(act) => {
                let is_proper = matches!(act, Act::Delay(_) | Act::Drip(_) | Act::Tell);
                self.act(act, proper).await?;
                Ok(is_proper)
            }
        }
    }

    async fn act(&mut self, act: Act, proper: &str) -> Result<(), Over> {
        match act {
            Act::Reply(text) => {
                self.say(&text);
                if text.starts_with("421") {
                    self.flush().await?;
                    return Err(Over);
                }
            }
            Act::Garbage => self.say("\u{1}\u{2} this is not SMTP"),
            Act::Flood => {
                self.flush().await?;
                loop {
                    self.wire.write(b"250-and another line\r\n").await?;
                }
            }
            Act::Reset | Act::TakeAndReset => {
                self.flush().await?;
                let _ = self.wire.tcp().set_zero_linger();
                return Err(Over);
            }
            Act::Close | Act::TakeAndClose => {
                self.flush().await?;
                return Err(Over);
            }
            Act::Hang | Act::TakeAndHang => {
                self.flush().await?;
                std::future::pending::<()>().await;
            }
            Act::Drip(pause) => {
                self.flush().await?;
                for byte in format!("{proper}\r\n").into_bytes() {
                    self.wire.write(&[byte]).await?;
                    tokio::time::sleep(pause).await;
                }
            }
            Act::Delay(pause) => {
                self.flush().await?;
                tokio::time::sleep(pause).await;
                self.say(proper);
            }
            Act::Tell => {
                self.say(proper);
                self.flush().await?;
                if let Some(tell) = &self.shared.behaviour.tell {
                    let _ = tell.send(self.number);
                }
            }
        }
        Ok(())
    }

    fn say(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    async fn flush(&mut self) -> Result<(), Over> {
        if !self.out.is_empty() {
            self.wire.write(&self.out).await?;
            self.out.clear();
        }
        Ok(())
    }

    /// More from the client. Answers go out only now, so that a pipelined group is answered in one write.
    async fn fill(&mut self) -> Result<(), Over> {
        self.flush().await?;
        if self.used == self.buffer.len() {
            self.buffer.clear();
            self.used = 0;
        }
        if self.wire.read(&mut self.buffer).await? == 0 {
            return Err(Over);
        }
        Ok(())
    }

    async fn line(&mut self) -> Result<String, Over> {
        loop {
            let rest = &self.buffer[self.used..];
            if let Some(end) = memchr::memchr(b'\n', rest) {
                let line = String::from_utf8_lossy(&rest[..end]).trim_end_matches('\r').to_owned();
                self.used += end + 1;
                return Ok(line);
            }
            if rest.len() > 100_000 {
                return Err(Over);
            }
            self.fill().await?;
        }
    }
}

/// The address between `<` and `>`.
fn path(line: &str) -> String {
    let start = line.find('<').map_or(0, |at| at + 1);
    let end = line.find('>').unwrap_or(line.len());
    line.get(start..end).unwrap_or_default().to_owned()
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()
}

/// User and token of XOAUTH2.
fn bearer(token: &str) -> Option<(String, String)> {
    let text = decoded(token)?;
    let (user, rest) = text.strip_prefix("user=")?.split_once("\u{1}auth=Bearer ")?;
    Some((user.to_owned(), rest.strip_suffix("\u{1}\u{1}")?.to_owned()))
}

fn plain(token: &str) -> Option<(String, String)> {
    let text = decoded(token)?;
    let mut parts = text.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}

fn unstuff(wire: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(wire.len());
    let mut rest = wire;
    if let Some(after) = rest.strip_prefix(b".") {
        rest = after;
    }
    while let Some(at) = memchr::memmem::find(rest, b"\r\n.") {
        out.extend_from_slice(&rest[..at + 2]);
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest);
    out
}
