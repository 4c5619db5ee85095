//! A few connections to one server, shared by many messages.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::config::Config;
use super::connection::{Connection, Counted};
use super::{probe, stream, transaction};
use crate::email::outcome::{Outcome, Stage};
use crate::email::transport::{Envelope, Probe, Transport};
use crate::{Failure, Kind};

/// The SMTP transport. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    tls: Option<TlsConnector>,
    slots: Semaphore,
    idle: Mutex<Idle>,
    /// Connections that exist, resting or not.
    open: Arc<AtomicUsize>,
    /// Slots that are not taken away for a while.
    size: AtomicUsize,
}

/// How long the pool stays smaller after the server refused one more connection.
const SMALLER_FOR: Duration = Duration::from_secs(60);

/// Connections nobody uses, the most recently used last.
#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    has_sweeper: bool,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool that opens nothing yet.
    ///
    /// # Errors
    /// When the extra certificates cannot be read.
    pub fn new(config: Config) -> Result<Self, Failure> {
        let tls = stream::connector(&config)?;
        let size = config.connections.max(1);
        let shared = Shared {
            config,
            tls,
            slots: Semaphore::new(size),
            idle: Mutex::default(),
            open: Arc::default(),
            size: AtomicUsize::new(size),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Hands one message over; waits while all connections are busy.
    pub async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        loop {
            let Ok(slot) = self.shared.slots.acquire().await else {
                let reason = "the connections were shut down".to_owned();
                return Outcome::NotHandedOver { stage: Stage::Connect, reason };
            };
            match Box::pin(self.shared.send(envelope, message)).await {
                Ok(outcome) => return outcome,
                // the server has enough of us: send this message over one of the connections it does allow
                Err(_) if self.shared.open.load(Ordering::SeqCst) > 0 && self.shared.may_shrink() => {
                    self.shared.shrink(slot)
                }
                Err(failure) => return Outcome::SenderTrouble { failure },
            }
        }
    }

    /// Tries everything short of sending, on a connection of its own.
    pub async fn probe(&self) -> Probe {
        Box::pin(probe::run(&self.shared.config, self.shared.tls.as_ref())).await
    }

    /// Says goodbye on idle connections.
    pub async fn close(&self) {
        let connections = std::mem::take(&mut self.shared.idle().connections);
        let goodbyes: Vec<_> = connections.into_iter().map(|connection| tokio::spawn(connection.quit())).collect();
        for goodbye in goodbyes {
            let _ = goodbye.await;
        }
    }
}

impl Shared {
    /// Sends over a rested connection or a new one. The failure is a server that does not want one more connection.
    async fn send(self: &Arc<Self>, envelope: &Envelope, message: &[u8]) -> Result<Outcome, Failure> {
        let limits = self.config.timeouts;
        if let Some(mut connection) = self.rested() {
            let done = Box::pin(transaction::send(&mut connection, limits, envelope, message)).await;
            if !done.stale {
                self.give_back(connection, done.keep);
                return Ok(done.outcome);
            }
            tracing::debug!(outcome = %done.outcome, "the server had closed an idle connection, opening another");
        }
        let mut connection = match Box::pin(Connection::open(&self.config, self.tls.as_ref())).await {
            Ok(connection) => connection,
            Err(failure) if failure.kind == Kind::Busy => return Err(failure),
            Err(failure) => return Ok(Outcome::SenderTrouble { failure }),
        };
        connection.counted = Some(Counted::new(&self.open));
        let done = Box::pin(transaction::send(&mut connection, limits, envelope, message)).await;
        self.give_back(connection, done.keep);
        Ok(done.outcome)
    }

    /// Takes one off the size, unless it is the last.
    fn may_shrink(&self) -> bool {
        self.size.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |size| (size > 1).then(|| size - 1)).is_ok()
    }

    /// Uses one connection less for a while.
    fn shrink(self: &Arc<Self>, slot: SemaphorePermit<'_>) {
        tracing::warn!(host = %self.config.host, "the server allows fewer connections than the settings, using one less for a minute");
        slot.forget();
        let shared = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(SMALLER_FOR).await;
            if let Some(shared) = shared.upgrade() {
                shared.size.fetch_add(1, Ordering::SeqCst);
                shared.slots.add_permits(1);
            }
        });
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that was used last, if it is still good to use.
    fn rested(&self) -> Option<Connection> {
        let connection = self.idle().connections.pop()?;
        if connection.rested.elapsed() < self.config.idle {
            return Some(connection);
        }
        tokio::spawn(connection.quit());
        None
    }

    fn give_back(self: &Arc<Self>, mut connection: Connection, keep: bool) {
        if !keep {
            return;
        }
        if connection.used >= self.config.messages_per_connection.max(1) {
            tokio::spawn(connection.quit());
            return;
        }
        connection.rested = Instant::now();
        let mut idle = self.idle();
        idle.connections.push(connection);
        if !idle.has_sweeper {
            idle.has_sweeper = true;
            tokio::spawn(sweep(Arc::downgrade(self), self.config.idle));
        }
    }

    /// Takes out connections that rested too long. `None` when no connection is left to watch.
    fn expired(&self) -> Option<Vec<Connection>> {
        let mut idle = self.idle();
        if idle.connections.is_empty() {
            idle.has_sweeper = false;
            return None;
        }
        let limit = self.config.idle;
        Some(idle.connections.extract_if(.., |connection| connection.rested.elapsed() >= limit).collect())
    }
}

/// Says goodbye to connections nobody used for a while; ends when none is left or the pool is gone.
async fn sweep(shared: std::sync::Weak<Shared>, every: Duration) {
    loop {
        tokio::time::sleep(every.max(Duration::from_millis(10))).await;
        let Some(expired) = shared.upgrade().and_then(|shared| shared.expired()) else { return };
        for connection in expired {
            connection.quit().await;
        }
    }
}

#[async_trait]
impl Transport for Pool {
    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        Self::send(self, envelope, message).await
    }

    async fn probe(&self) -> Probe {
        Self::probe(self).await
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}
