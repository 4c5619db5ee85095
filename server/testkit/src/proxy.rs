//! A TCP proxy that does harm: it delays, stalls, cuts and swallows.
//!
//! What it does to a connection follows from the seed, the number of the connection and the number of the message alone,
//! never from timing, so that a run can be played again. It knows as much of SMTP as is needed to find the answer to the
//! end of a message; for other protocols that part never fires.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What goes wrong, and how often. Shares are between 0 and 1.
#[derive(Debug, Clone, Default)]
pub struct Harm {
    /// Decides everything that is decided by chance.
    pub seed: u64,
    /// Each piece of data waits so long, in both directions.
    pub latency: Duration,
    /// Up to so much longer.
    pub jitter: Duration,
    /// Share of pieces that are lost on the way and come again after [`RETRANSMIT`], as TCP does it.
    pub loss: f64,
    /// Share of connections that are cut (RST) at once.
    pub refuse: f64,
    /// Share of connections that are cut after [`Self::cut_after`] bytes from the client.
    pub cut: f64,
    /// See [`Self::cut`].
    pub cut_after: u64,
    /// Share of connections that fall silent after [`Self::cut_after`] bytes from the client, and stay open.
    pub silent: f64,
    /// Share of messages whose final answer is swallowed; then the connection is cut.
    pub swallow: f64,
}

/// How long a lost piece takes to come again: the shortest that Linux waits before it sends again.
pub const RETRANSMIT: Duration = Duration::from_millis(200);

/// Something that was done, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Cut before anything was said.
    Refused,
    /// Cut in the middle.
    Cut,
    /// Fallen silent.
    Silent,
    /// The answer to the end of a message was swallowed.
    Swallowed,
}

/// What all connections do right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Forward, with the harm that was ordered.
    Forward,
    /// Nothing goes through; connections stay open and new ones are taken, as behind a broken wire.
    Stall,
    /// Open connections are cut and new ones too.
    Cut,
}

/// A running proxy; stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    task: JoinHandle<()>,
}

struct Shared {
    to: String,
    harm: Harm,
    mode: watch::Receiver<Mode>,
    deeds: UnboundedSender<(u64, Deed)>,
}

impl Proxy {
    /// Listens on 127.0.0.1; port 0 takes a free one. Deeds are told with the number of their connection, from 1.
    ///
    /// # Errors
    /// When the port cannot be opened.
    pub async fn start(
        port: u16,
        to: String,
        harm: Harm,
        deeds: UnboundedSender<(u64, Deed)>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let (mode, seen) = watch::channel(Mode::Forward);
        let shared = Arc::new(Shared { to, harm, mode: seen, deeds });
        let task = tokio::spawn(accept(listener, shared));
        Ok(Self { address, mode, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what all connections do.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let count = AtomicU64::new(0);
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let number = count.fetch_add(1, Ordering::Relaxed) + 1;
                open.spawn(carry(client, Arc::clone(&shared), number));
            }
            Some(_) = open.join_next(), if !open.is_empty() => {}
        }
    }
}

/// One connection to its end. Whatever breaks, both sides are cut.
async fn carry(client: TcpStream, shared: Arc<Shared>, number: u64) {
    let mut mode = shared.mode.clone();
    let harm = &shared.harm;
    if *mode.borrow() == Mode::Cut || chance(harm, number, 1, 0) < harm.refuse {
        let _ = client.set_zero_linger();
        let _ = shared.deeds.send((number, Deed::Refused));
        return;
    }
    let Ok(server) = TcpStream::connect(&shared.to).await else {
        let _ = client.set_zero_linger();
        return;
    };
    for side in [&client, &server] {
        let _ = side.set_nodelay(true);
    }
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let wire = Wire { client_read, client_write, server_read, server_write };
    let mut connection = Connection { number, sent: 0, pieces: 0, messages: 0, content: None, swallows: false };
    let wire = tokio::select! {
        wire = connection.run(wire, &shared) => wire,
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => None,
    };
    if let Some(wire) = wire {
        // An RST, so that neither side takes it for a proper end.
        let _ = wire.client_write.as_ref().set_zero_linger();
        let _ = wire.server_write.as_ref().set_zero_linger();
    }
}

struct Wire {
    client_read: OwnedReadHalf,
    client_write: OwnedWriteHalf,
    server_read: OwnedReadHalf,
    server_write: OwnedWriteHalf,
}

struct Connection {
    number: u64,
    /// Bytes from the client.
    sent: u64,
    pieces: u64,
    messages: u64,
    /// Within the content of a message: its last bytes, so that an end mark in two pieces is found.
    content: Option<Vec<u8>>,
    /// The next answer is for nobody.
    swallows: bool,
}

impl Connection {
    /// Forwards; answers with the wire when it is to be cut.
    async fn run(&mut self, mut wire: Wire, shared: &Shared) -> Option<Wire> {
        let harm = &shared.harm;
        let cuts = chance(harm, self.number, 2, 0) < harm.cut;
        let falls_silent = chance(harm, self.number, 3, 0) < harm.silent;
        let mut up = vec![0; 64 * 1024];
        let mut down = vec![0; 64 * 1024];
        let mut mode = shared.mode.clone();
        loop {
            if mode.wait_for(|mode| *mode != Mode::Stall).await.is_err() {
                return None;
            }
            tokio::select! {
                read = wire.client_read.read(&mut up) => {
                    let piece = read.ok().filter(|n| *n > 0).and_then(|n| up.get(..n))?;
                    self.sent += piece.len() as u64;
                    if self.sent > harm.cut_after && cuts {
                        let _ = shared.deeds.send((self.number, Deed::Cut));
                        return Some(wire);
                    }
                    if self.sent > harm.cut_after && falls_silent {
                        let _ = shared.deeds.send((self.number, Deed::Silent));
                        std::future::pending::<()>().await;
                    }
                    self.look_up(piece, harm);
                    self.delay(harm).await;
                    mode.wait_for(|mode| *mode != Mode::Stall).await.ok()?;
                    wire.server_write.write_all(piece).await.ok()?;
                }
                read = wire.server_read.read(&mut down) => {
                    let piece = read.ok().filter(|n| *n > 0).and_then(|n| down.get(..n))?;
                    if self.swallows {
                        let _ = shared.deeds.send((self.number, Deed::Swallowed));
                        return Some(wire);
                    }
                    if self.content.is_none() && last_line(piece).starts_with(b"354") {
                        self.content = Some(Vec::new());
                    }
                    self.delay(harm).await;
                    mode.wait_for(|mode| *mode != Mode::Stall).await.ok()?;
                    wire.client_write.write_all(piece).await.ok()?;
                }
            }
        }
    }

    /// Looks for the end of a message, and decides whether its answer comes through.
    fn look_up(&mut self, piece: &[u8], harm: &Harm) {
        let Some(tail) = &mut self.content else { return };
        tail.extend_from_slice(piece);
        if memchr::memmem::find(tail, b"\r\n.\r\n").is_none() {
            let keep = tail.len().saturating_sub(4);
            tail.drain(..keep);
            return;
        }
        self.content = None;
        self.messages += 1;
        self.swallows = chance(harm, self.number, 4, self.messages) < harm.swallow;
    }

    async fn delay(&mut self, harm: &Harm) {
        self.pieces += 1;
        let mut wait = harm.latency + harm.jitter.mul_f64(chance(harm, self.number, 5, self.pieces));
        if chance(harm, self.number, 6, self.pieces) < harm.loss {
            wait += RETRANSMIT;
        }
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

fn last_line(piece: &[u8]) -> &[u8] {
    let trimmed = piece.strip_suffix(b"\r\n").unwrap_or(piece);
    memchr::memrchr(b'\n', trimmed).and_then(|at| trimmed.get(at + 1..)).unwrap_or(trimmed)
}

/// A number from 0 to 1 that is always the same for the same seed, connection, question and count (splitmix64).
fn chance(harm: &Harm, connection: u64, question: u64, count: u64) -> f64 {
    let mut z = harm.seed;
    for part in [connection, question, count] {
        z = z.wrapping_add(part.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
    }
    // 32 bits are exact in a float.
    f64::from(u32::try_from(z >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::{Behaviour, Sink};
    use tokio::sync::mpsc::unbounded_channel;

    #[test]
    fn the_same_seed_decides_the_same_and_shares_hold() {
        let harm = Harm { seed: 7, ..Harm::default() };
        let draw = |seed: u64| -> Vec<bool> {
            let harm = Harm { seed, ..harm.clone() };
            (0..20_000).map(|n| chance(&harm, n, 4, 1) < 0.01).collect()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let hits = draw(7).iter().filter(|hit| **hit).count();
        assert!((140..=260).contains(&hits), "{hits} of 20,000 at one in a hundred");
    }

    #[test]
    fn the_last_line_of_a_pipelined_answer_is_found() {
        assert_eq!(last_line(b"250 ok\r\n250 ok\r\n354 go\r\n"), b"354 go");
        assert_eq!(last_line(b"354 go\r\n"), b"354 go");
    }

    async fn talk(proxy: &Proxy) -> String {
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        let script = "EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n";
        stream.write_all(script.as_bytes()).await.unwrap();
        let mut said = String::new();
        let mut piece = [0; 1024];
        while let Ok(n @ 1..) = stream.read(&mut piece).await {
            said.push_str(&String::from_utf8_lossy(&piece[..n]));
            if said.contains("354") && !said.contains("ended") {
                said.push_str("ended\n");
                // The end mark in two pieces.
                stream.write_all(b"Subject: x\r\n\r\nhello\r\n.").await.unwrap();
                stream.flush().await.unwrap();
                stream.write_all(b"\r\nQUIT\r\n").await.unwrap();
            }
        }
        said
    }

    #[tokio::test]
    async fn a_swallowed_answer_means_taken_and_not_told() {
        let sink = Sink::start(Behaviour::default()).await.unwrap();
        let (deeds, mut told) = unbounded_channel();
        let to = sink.address().to_string();
        let good = Proxy::start(0, to.clone(), Harm::default(), deeds.clone()).await.unwrap();
        assert!(talk(&good).await.contains("queued as"));
        let harm = Harm { swallow: 1.0, ..Harm::default() };
        let bad = Proxy::start(0, to, harm, deeds).await.unwrap();
        let said = talk(&bad).await;
        assert!(said.contains("354") && !said.contains("queued as"), "{said}");
        assert_eq!(told.recv().await, Some((1, Deed::Swallowed)));
        assert_eq!(sink.messages().len(), 2);
    }
}
