//! An SMTP server for tests that takes mail, remembers it, and misbehaves on demand.
//!
//! What it says it took, it took: a message is kept (and logged) before its `250` goes out. Faults are [`Rule`]s: when,
//! at which point of the conversation, and what happens.
#![expect(clippy::indexing_slicing, reason = "a failure here is a failed test")]

mod script;
mod session;
mod store;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinHandle, JoinSet};

pub use script::{Act, At, Rule, When};
pub use store::{Keep, Received};
pub use tls::Identity;

use script::Script;
use store::Store;

/// How the sink speaks and what goes wrong.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// 0 takes any free port.
    pub port: u16,
    /// Offer PIPELINING.
    pub pipelining: bool,
    /// Offer 8BITMIME.
    pub eight_bit: bool,
    /// Offer SMTPUTF8.
    pub smtputf8: bool,
    /// Largest message, offered as SIZE; 0 offers no limit.
    pub size: usize,
    /// Certificate for STARTTLS or implicit TLS.
    pub identity: Option<Identity>,
    /// TLS from the first byte; otherwise STARTTLS is offered when there is an identity.
    pub implicit_tls: bool,
    /// User and password that must be given before MAIL.
    pub login: Option<(String, String)>,
    /// Ways to sign in that are offered.
    pub auth: Vec<String>,
    /// Messages per connection; the next MAIL is answered with 421.
    pub connection_limit: Option<u32>,
    /// Connections at once; one more is greeted with 421.
    pub connections_at_once: Option<usize>,
    /// What goes wrong; the first rule that fits decides.
    pub rules: Vec<Rule>,
    /// How much of each message is kept in memory.
    pub keep: Keep,
    /// One line per accepted message and recipient: recipient, Message-ID, SHA-256, milliseconds, attempt; tab-separated.
    pub log: Option<PathBuf>,
    /// Whether the log has the digest of each message; without, a `-` stands there and much processor time is saved.
    pub digest: bool,
    /// A folder that gets each accepted message as a file.
    pub save: Option<PathBuf>,
    /// Gets the number of each message (or connection) that reached an [`Act::Tell`].
    pub tell: Option<UnboundedSender<u64>>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            port: 0,
            pipelining: true,
            eight_bit: true,
            smtputf8: true,
            size: 0,
            identity: None,
            implicit_tls: false,
            login: None,
            auth: vec!["PLAIN".to_owned(), "LOGIN".to_owned()],
            connection_limit: None,
            connections_at_once: None,
            rules: Vec::new(),
            keep: Keep::Whole,
            log: None,
            digest: true,
            save: None,
            tell: None,
        }
    }
}

impl Behaviour {
    /// Adds a fault.
    #[must_use]
    pub fn with(mut self, when: When, at: At, act: Act) -> Self {
        self.rules.push(Rule { when, at, act });
        self
    }
}

/// A running sink; stops when dropped.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What all conversations share.
pub(crate) struct Shared {
    behaviour: Behaviour,
    script: Script,
    store: Store,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    started: Instant,
    messages: AtomicU64,
    connections: AtomicU64,
    open: AtomicUsize,
    most_open: AtomicUsize,
    resets: AtomicU64,
    quits: AtomicU64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("behaviour", &self.behaviour).finish_non_exhaustive()
    }
}

/// What the sink counted beside the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Messages accepted.
    pub accepted: u64,
    /// Messages begun with MAIL.
    pub begun: u64,
    /// Connections ever.
    pub connections: u64,
    /// Most connections at once.
    pub most_open: usize,
    /// RSET commands.
    pub resets: u64,
    /// QUIT commands.
    pub quits: u64,
}

impl Sink {
    /// Starts on 127.0.0.1.
    ///
    /// # Errors
    /// When the port or the log cannot be opened.
    pub async fn start(behaviour: Behaviour) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", behaviour.port)).await?;
        let address = listener.local_addr()?;
        let acceptor = behaviour.identity.as_ref().map(Identity::acceptor);
        let shared = Arc::new(Shared {
            script: Script::new(behaviour.rules.clone()),
            store: Store::open(&behaviour)?,
            acceptor,
            behaviour,
            started: Instant::now(),
            messages: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            resets: AtomicU64::new(0),
            quits: AtomicU64::new(0),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Accepted messages in order; empty unless [`Keep::Whole`].
    #[must_use]
    pub fn messages(&self) -> Vec<Received> {
        self.shared.store.messages()
    }

    /// Recipient and Message-ID of each accepted message, in order; empty with [`Keep::Nothing`].
    #[must_use]
    pub fn ids(&self) -> Vec<(String, String)> {
        self.shared.store.ids()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let shared = &self.shared;
        Counts {
            accepted: shared.store.count(),
            begun: shared.messages.load(Ordering::SeqCst),
            connections: shared.connections.load(Ordering::SeqCst),
            most_open: shared.most_open.load(Ordering::SeqCst),
            resets: shared.resets.load(Ordering::SeqCst),
            quits: shared.quits.load(Ordering::SeqCst),
        }
    }

    /// Waits until that many messages are accepted; `false` when the limit passes first.
    pub async fn wait_for(&self, count: u64, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.shared.store.reaches(count)).await.is_ok()
    }

    /// Replaces the faults from now on; counters of rules begin again.
    pub fn set_rules(&self, rules: Vec<Rule>) {
        self.shared.script.replace(rules);
    }

    /// Stops listening and cuts all connections.
    pub async fn stop(self) {
        self.task.abort();
        // the listener is free when the task is gone
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                sessions.spawn(converse(stream, shared.clone()));
            }
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
        }
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
    let open = Open::new(&shared);
    // a conversation that breaks off is the point of this server
    let _ = session::run(stream, &shared, number).await;
    drop(open);
}

/// Counts open connections, also when a conversation is cut.
struct Open<'a>(&'a Shared);

impl<'a> Open<'a> {
    fn new(shared: &'a Shared) -> Self {
        let now = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_open.fetch_max(now, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
