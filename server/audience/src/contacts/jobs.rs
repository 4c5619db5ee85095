//! Purging what was deleted.

use super::store;
use contract::Micros;
use jobs::{Job, JobError, JobRun, Registry, Schedule};
use kernel::{Db, DbError, Scope};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Seconds a deleted contact is kept.
const KEEP: i64 = 30 * 24 * 3600;

/// Removes contacts that were deleted 30 days ago, and bulk actions that can no longer be undone.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeContacts {}

impl Job for PurgeContacts {
    const NAME: &'static str = "audience.purge_contacts";
    type Context = Db;

    async fn run(self, db: &Db, run: &JobRun) -> Result<(), JobError> {
        Ok(purge(db, run.now(), &|| !run.is_cancelled()).await.map(drop)?)
    }
}

/// Purges in short transactions; answers how many contacts went.
pub async fn purge(db: &Db, now: Micros, keep_going: &(dyn Fn() -> bool + Send + Sync)) -> Result<usize, DbError> {
    let mut gone = 0;
    while keep_going() {
        let mut tx = db.begin(Scope::System).await?;
        let some = store::purge_contacts(&mut tx, now.plus_seconds(-KEEP)).await?;
        tx.commit().await?;
        gone += some;
        if some == 0 {
            break;
        }
    }
    while keep_going() {
        let mut tx = db.begin(Scope::System).await?;
        let more = store::purge_undo(&mut tx, now).await?;
        tx.commit().await?;
        if !more {
            break;
        }
    }
    Ok(gone)
}

/// Makes the jobs of contacts known.
pub fn register(registry: &mut Registry, db: Db) {
    registry.add::<PurgeContacts>(Arc::new(db));
    registry.repeat("audience.purge_contacts", Schedule::Every(Duration::from_secs(3600)), &PurgeContacts {});
}
