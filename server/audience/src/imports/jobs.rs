//! The background work of imports: running one, and tidying up.

use super::run::{Leave, Trouble, Worker};
use super::store::{self, Clean, Key};
use contract::{ImportId, Micros};
use jobs::{Job, JobError, JobRun, Registry, Schedule};
use kernel::db::DbError;
use kernel::{Scope, outbox};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Seconds after which a run lets others have a turn; it goes on at once.
const TURN: i64 = 300;
/// Seconds an upload may take.
const UPLOAD: i64 = 24 * 3600;
/// Seconds for which the file of an import at rest is kept.
const KEEP: i64 = 7 * 24 * 3600;

/// Runs one import, or tries it, until its end. Safe to run twice: every batch checks that the run stands where it was.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunImport {
    /// Which.
    pub import: ImportId,
    /// Which of its runs.
    pub run: i64,
}

impl Job for RunImport {
    const NAME: &'static str = "audience.import";
    type Context = Worker;
    const MAX_ATTEMPTS: u32 = 6;
    const TIMEOUT: Duration = Duration::from_secs(900);

    async fn run(self, worker: &Worker, run: &JobRun) -> Result<(), JobError> {
        let company = run.company().ok_or_else(|| JobError::fail("an import belongs to a company"))?;
        let key = Key { company, id: self.import };
        let until = run.now().plus_seconds(TURN);
        let keep_going = || !run.is_cancelled() && worker.clock.now() < until;
        match worker.drive(key, self.run, &keep_going).await {
            Ok(Leave::Again) => Err(JobError::later(Duration::ZERO)),
            Ok(Leave::Wait) => Err(JobError::later(Duration::from_secs(3))),
            Ok(Leave::Ended | Leave::Stopped) => sweep(worker, key, self.run, &|| !run.is_cancelled()).await,
            // The disk is full or the database away: wait for it, however long that takes.
            Err(Trouble::Db(DbError::Full(_) | DbError::Unavailable(_))) => {
                Err(JobError::later(Duration::from_secs(20)))
            }
            Err(Trouble::Db(error)) if !run.is_last_attempt() => Err(JobError::retry(error)),
            Err(trouble) => {
                worker.give_up(key, self.run, &trouble).await?;
                Err(JobError::fail(trouble))
            }
        }
    }
}

impl Worker {
    /// Marks a run failed and says so.
    async fn give_up(&self, key: Key, run: i64, trouble: &Trouble) -> Result<(), DbError> {
        let now = self.clock.now();
        let words = match trouble {
            Trouble::Db(error) => {
                tracing::error!(%error, import = %key.id, "import stopped");
                "The database refused the rows. What was written before stays; start the import again to go through the file once more."
                    .to_owned()
            }
            other => other.to_string(),
        };
        let mut tx = self.db.begin(key.company).await?;
        if store::fail(&mut tx, key, run, &words, now).await? {
            outbox::record(&mut tx, key.company, "import.failed", key.id, &json!({ "trouble": words }), now);
        }
        tx.commit().await
    }
}

/// Removes what earlier runs left, and the addresses of the last one if it has ended. There are few runs, and those that
/// were swept before cost one look each.
async fn sweep(
    worker: &Worker,
    key: Key,
    run: i64,
    keep_going: &(dyn Fn() -> bool + Send + Sync),
) -> Result<(), JobError> {
    for old in 1..=run {
        while keep_going() {
            let mut tx = worker.db.begin(key.company).await?;
            let Some(row) = store::one(&mut tx, key).await? else { return Ok(()) };
            let under_way = matches!(row.state.as_str(), "trying" | "running");
            let what = if old < row.run { Clean::All } else { Clean::Seen };
            if old == row.run && under_way {
                return Ok(());
            }
            let more = store::clean(&mut tx, key, old, what).await?;
            tx.commit().await?;
            if !more {
                break;
            }
        }
    }
    Ok(())
}

/// Gives up uploads that never ended, and removes files and leftovers of imports at rest.
#[derive(Debug, Serialize, Deserialize)]
pub struct TidyImports {}

impl Job for TidyImports {
    const NAME: &'static str = "audience.tidy_imports";
    type Context = Worker;

    async fn run(self, worker: &Worker, run: &JobRun) -> Result<(), JobError> {
        worker.tidy(run.now(), &|| !run.is_cancelled()).await
    }
}

impl Worker {
    /// One round of tidying.
    pub async fn tidy(&self, now: Micros, keep_going: &(dyn Fn() -> bool + Send + Sync)) -> Result<(), JobError> {
        let mut tx = self.db.begin(Scope::System).await?;
        store::abandon(&mut tx, now.plus_seconds(-UPLOAD), now).await?;
        let due = store::due(&mut tx, now.plus_seconds(-KEEP)).await?;
        tx.commit().await?;
        for key in due {
            let mut tx = self.db.read(key.company).await?;
            let Some(row) = store::one(&mut tx, key).await? else { continue };
            drop(tx);
            sweep(self, key, row.run, keep_going).await?;
            self.files.remove(key.company, key.id).await.map_err(JobError::retry)?;
            let mut tx = self.db.begin(key.company).await?;
            store::cleaned(&mut tx, key, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Makes the jobs of imports known.
pub fn register(registry: &mut Registry, worker: Arc<Worker>) {
    registry.add::<RunImport>(Arc::clone(&worker));
    registry.add::<TidyImports>(worker);
    registry.repeat("audience.tidy_imports", Schedule::Every(Duration::from_secs(3600)), &TidyImports {});
}
