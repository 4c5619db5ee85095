//! Wake-ups after a commit: hints that save the next poll, never the only way to learn of something.

use super::{Db, DbError};
use sqlx::postgres::PgListener;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// What is woken, for example `jobs`. A word of letters.
pub type Tag = &'static str;

const CHANNEL: &str = "lux_wake";

/// At most one NOTIFY per node in this time, and never inside a caller's transaction: its commit takes a lock that is
/// global to the whole server.
const COALESCE: Duration = Duration::from_millis(100);

/// The tags of this process.
#[derive(Debug, Default)]
pub struct Wakes {
    tags: Mutex<HashMap<String, watch::Sender<u64>>>,
    /// Tags for the other nodes; `None` while nobody forwards them.
    outgoing: Mutex<Option<Vec<Tag>>>,
    forward: Notify,
}

impl Wakes {
    pub(super) fn listen(&self, tag: Tag) -> WakeListener {
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = tags.entry(tag.to_owned()).or_insert_with(|| watch::Sender::new(0));
        WakeListener(sender.subscribe())
    }

    pub(super) fn fire(&self, fired: &[Tag]) {
        if fired.is_empty() {
            return;
        }
        fired.iter().for_each(|tag| self.fire_here(tag));
        if let Some(outgoing) = &mut *self.outgoing.lock().unwrap_or_else(PoisonError::into_inner) {
            for tag in fired {
                if !outgoing.contains(tag) {
                    outgoing.push(tag);
                }
            }
            self.forward.notify_one();
        }
    }

    fn fire_here(&self, tag: &str) {
        let tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = tags.get(tag) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    fn set_outgoing(&self, value: Option<Vec<Tag>>) -> Option<Vec<Tag>> {
        std::mem::replace(&mut *self.outgoing.lock().unwrap_or_else(PoisonError::into_inner), value)
    }
}

/// Waits for a tag.
#[derive(Debug)]
pub struct WakeListener(watch::Receiver<u64>);

impl WakeListener {
    /// Returns at the next wake-up, or at once if there was one since the last call.
    pub async fn woken(&mut self) {
        if self.0.changed().await.is_err() {
            // The database is gone, and nobody will ever wake us.
            std::future::pending::<()>().await;
        }
    }

    /// Returns at the next wake-up or after `at_most`, whichever comes first: the usual way to wait for work.
    pub async fn woken_or(&mut self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.woken()).await;
    }
}

impl Db {
    /// Carries wake-ups between nodes until `stop`. Does nothing on SQLite, which has one node.
    pub async fn run_wakes(&self, stop: CancellationToken) {
        let Self::Postgres { pool, wakes } = self else { return };
        let send = async {
            loop {
                wakes.forward.notified().await;
                let tags = wakes.set_outgoing(Some(Vec::new())).unwrap_or_default();
                if !tags.is_empty() {
                    let payload = tags.join(",");
                    let done = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(pool).await;
                    if let Err(error) = done {
                        tracing::debug!(%error, "wake-up was not sent; the others poll");
                    }
                }
                tokio::time::sleep(COALESCE).await;
            }
        };
        let receive = async {
            loop {
                if let Err(error) = self.receive_wakes().await {
                    tracing::debug!(%error, "wake-ups are not received; polling goes on");
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        wakes.set_outgoing(Some(Vec::new()));
        tokio::select! {
            () = send => {}
            () = receive => {}
            () = stop.cancelled() => {}
        }
        wakes.set_outgoing(None);
    }

    async fn receive_wakes(&self) -> Result<(), DbError> {
        let Self::Postgres { pool, wakes } = self else { return Ok(()) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let note = listener.recv().await?;
            note.payload().split(',').for_each(|tag| wakes.fire_here(tag));
        }
    }
}
