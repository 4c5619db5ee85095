//! A few connections to one server, shared by many messages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::config::Config;
use super::connection::Connection;
use super::{probe, stream, transaction};
use crate::Failure;
use crate::email::outcome::Outcome;
use crate::email::transport::{Envelope, Probe, Transport};

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
}

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
        let slots = Semaphore::new(config.connections.max(1));
        Ok(Self { shared: Arc::new(Shared { config, tls, slots, idle: Mutex::default() }) })
    }

    /// Hands one message over; waits while all connections are busy.
    pub async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        let Ok(_slot) = self.shared.slots.acquire().await else {
            let reason = "the connections were shut down".to_owned();
            return Outcome::NotHandedOver { stage: crate::email::outcome::Stage::Connect, reason };
        };
        let limits = self.shared.config.timeouts;
        if let Some(mut connection) = self.shared.rested() {
            let done = Box::pin(transaction::send(&mut connection, limits, envelope, message)).await;
            if !done.stale {
                self.shared.give_back(connection, done.keep);
                return done.outcome;
            }
            tracing::debug!(outcome = %done.outcome, "the server had closed an idle connection, opening another");
        }
        let mut connection = match Box::pin(Connection::open(&self.shared.config, self.shared.tls.as_ref())).await {
            Ok(connection) => connection,
            Err(failure) => return Outcome::SenderTrouble { failure },
        };
        let done = Box::pin(transaction::send(&mut connection, limits, envelope, message)).await;
        self.shared.give_back(connection, done.keep);
        done.outcome
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
