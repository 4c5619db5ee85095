//! Tells the database this node left from a copy of it.
//!
//! Each node keeps a token on its own disk and the same one in the database, and replaces both again and again (a beat). A
//! database that was restored, or cloned and used elsewhere, holds another token than the disk; a clone that is opened by
//! a node without a past holds tokens of nodes that never beat again. Either way the installation is frozen until an admin says
//! that this copy is the one that sends. A node without a past may still join: it waits until it has seen a node that the
//! database knows beat in this very database, which no node does in a copy.
//!
//! The file is written before the database, with the old and the new token, so that a crash between the two is no riddle.
//! It names the machine and the inode of its folder too: a copied folder is not the folder.

use super::store;
use contract::Micros;
use kernel::{Clock, Db, DbError, Ids, Scope};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Wakes nodes that are known, so that one that waits to join sees a beat at once.
pub const KNOCK: &str = "lineage";

/// Name of the file in the data directory.
const FILE: &str = "lineage.json";

/// Patience.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Between two beats.
    pub beat: Duration,
    /// How long a node without a past looks for the beat of another.
    pub look: Duration,
    /// Between two looks.
    pub pause: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { beat: Duration::from_secs(5), look: Duration::from_secs(15), pause: Duration::from_millis(250) }
    }
}

/// What a node remembers outside the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    node: String,
    /// Epoch of the installation it belongs to.
    epoch: i64,
    /// What the database holds, unless the last beat reached it.
    current: String,
    /// What it holds then.
    next: String,
    /// Machine and folder it was written on.
    place: String,
}

/// What a look at the database says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// It is the one this node left, or a new one.
    Yes,
    /// Nobody has beaten yet.
    NotYet,
    /// It is frozen.
    Frozen,
}

/// Keeps one node's place in the lineage of its database.
#[derive(Debug)]
pub struct Lineage {
    folder: PathBuf,
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    times: Times,
    known: Arc<AtomicBool>,
}

impl Lineage {
    /// Of the node whose files are in `folder`.
    pub fn new(folder: PathBuf, db: Db, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { folder, db, clock, ids, times: Times::default(), known: Arc::default() }
    }

    /// With other patience.
    pub fn with(self, times: Times) -> Self {
        Self { times, ..self }
    }

    /// Whether this node knows its database, as it stands from moment to moment.
    pub fn known(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.known)
    }

    /// Recognises the database and beats until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut knocks = self.db.listen(KNOCK);
        while !stop.is_cancelled() {
            let step = async {
                if self.known.load(Ordering::SeqCst) {
                    return self.beat().await;
                }
                let known = self.recognise(&stop).await?;
                self.known.store(known == Known::Yes, Ordering::SeqCst);
                Ok(())
            };
            if let Err(error) = step.await {
                tracing::warn!(%error, "the database could not be recognised; trying again");
            }
            let pause = if self.known.load(Ordering::SeqCst) { self.times.beat } else { self.times.pause };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = knocks.woken(), if self.known.load(Ordering::SeqCst) => {}
            }
        }
    }

    fn token(&self) -> String {
        self.ids.uuid().simple().to_string()
    }

    fn now(&self) -> Micros {
        self.clock.now()
    }

    /// The next token, to the disk first. A database that does not hold the last one is not the one this node knew.
    async fn beat(&self) -> Result<(), Wrong> {
        let Some(memory) = self.remember()? else {
            self.known.store(false, Ordering::SeqCst);
            return Ok(());
        };
        let mut tx = self.db.begin(Scope::System).await?;
        let epoch = store::installation(&mut tx).await?.epoch;
        let held = store::token(&mut tx, &memory.node).await?;
        let Some(held) = held.filter(|held| epoch == memory.epoch && (*held == memory.current || *held == memory.next))
        else {
            tracing::error!(
                "the database is not the one this node left: was it restored? Nothing goes out from here for now"
            );
            self.known.store(false, Ordering::SeqCst);
            return Ok(());
        };
        let next = self.token();
        self.keep(&Memory { current: held.clone(), next: next.clone(), ..memory.clone() })?;
        store::beat(&mut tx, &memory.node, &held, &next, self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Looks until it is clear whether this is the database this node left, or one that lives.
    async fn recognise(&self, stop: &CancellationToken) -> Result<Known, Wrong> {
        let began = Instant::now();
        let mut first: Option<Vec<(String, i64)>> = None;
        loop {
            let (known, beats) = self.look(first.as_deref(), began.elapsed() >= self.times.look).await?;
            if known != Known::NotYet || stop.is_cancelled() {
                return Ok(known);
            }
            first.get_or_insert(beats);
            tokio::time::sleep(self.times.pause).await;
        }
    }

    async fn look(&self, first: Option<&[(String, i64)]>, is_late: bool) -> Result<(Known, Vec<(String, i64)>), Wrong> {
        let memory = self.remember()?;
        let mut tx = self.db.begin(Scope::System).await?;
        store::lock_for_change(&mut tx).await?;
        let house = store::installation(&mut tx).await?;
        if house.frozen_at.is_some() {
            return Ok((Known::Frozen, Vec::new()));
        }
        let nodes = store::nodes(&mut tx).await?;
        let beats: Vec<(String, i64)> = nodes.iter().map(|(node, _, beats)| (node.clone(), *beats)).collect();
        let place = place(&self.folder);
        let is_home = |m: &Memory| m.place == place && m.epoch == house.epoch;
        let is_ours = memory.as_ref().is_some_and(|m| {
            is_home(m)
                && nodes.iter().any(|(node, token, _)| *node == m.node && (*token == m.current || *token == m.next))
        });
        if is_ours {
            return Ok((Known::Yes, beats));
        }
        let lives = first
            .is_some_and(|first| beats.iter().any(|(node, n)| first.iter().any(|(before, m)| before == node && n > m)));
        // Nobody has sent from this database since it was made or confirmed, and no disk here says otherwise.
        let is_new = nodes.is_empty()
            && (memory.as_ref().is_none_or(|m| m.epoch < house.epoch) || !store::has_work(&mut tx).await?);
        if is_new || lives {
            self.enter(tx, memory.filter(|m| m.place == place), house.epoch).await?;
            return Ok((Known::Yes, beats));
        }
        if is_late {
            let reason = match memory {
                None => {
                    "This server has not sent from this database before, and no server that has is running. It may be a copy."
                }
                Some(m) if m.place != place => "The data directory of this server was copied from another place.",
                Some(_) => {
                    "This database is older or newer than the one this server left. It may have been restored from a backup."
                }
            };
            store::freeze(&mut tx, reason, self.now()).await?;
            tx.wake(super::TAG);
            tx.commit().await?;
            tracing::error!(
                reason,
                "nothing goes out until an admin confirms this copy, on the page or with `lux admin thaw`"
            );
            return Ok((Known::Frozen, beats));
        }
        tx.wake(KNOCK);
        tx.commit().await?;
        Ok((Known::NotYet, beats))
    }

    async fn enter(&self, mut tx: kernel::Tx, memory: Option<Memory>, epoch: i64) -> Result<(), Wrong> {
        let node = memory.map_or_else(|| self.token(), |m| m.node);
        let token = self.token();
        let place = place(&self.folder);
        self.keep(&Memory { node: node.clone(), epoch, current: token.clone(), next: token.clone(), place })?;
        let now = self.now();
        store::found(&mut tx, &node, &token, now).await?;
        store::prune_nodes(&mut tx, now.plus_seconds(-30 * 86_400), &node).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the disk says; what cannot be read counts as nothing.
    fn remember(&self) -> Result<Option<Memory>, Wrong> {
        match std::fs::read(self.folder.join(FILE)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Wrong::Disk(error)),
        }
    }

    fn keep(&self, memory: &Memory) -> Result<(), Wrong> {
        let (path, draft) = (self.folder.join(FILE), self.folder.join("lineage.json.new"));
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(kernel::db::json_rows(memory).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)?;
        std::fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the data directory: {0}")]
    Disk(#[from] std::io::Error),
}

/// Names the machine and the folder, so that a copy of the folder is told from it.
fn place(folder: &Path) -> String {
    let mut hash = Sha256::new();
    hash.update(std::fs::read("/etc/machine-id").unwrap_or_default());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        hash.update(std::fs::metadata(folder).map(|m| m.ino()).unwrap_or_default().to_be_bytes());
    }
    hex::encode(hash.finalize().get(..16).unwrap_or_default())
}
