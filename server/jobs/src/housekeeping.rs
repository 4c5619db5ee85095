//! Jobs of the queue itself and of the kernel: throw away what nobody needs any more.

use crate::{Job, JobError, JobRun, Registry, Schedule, desk};
use kernel::{Db, RateLimits, Scope, outbox};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

const DAY: i64 = 86_400;
const KEEP_EVENTS: i64 = 30 * DAY;
const KEEP_JOBS: i64 = 14 * DAY;

/// Prunes events after 30 days, ended jobs after 14, rate-limit counters when they no longer count; then
/// lets the planner learn the sizes of the tables.
#[derive(Debug, Serialize, Deserialize)]
struct Housekeeping {}

impl Job for Housekeeping {
    const NAME: &'static str = "kernel.housekeeping";
    type Context = Db;

    async fn run(self, db: &Db, run: &JobRun) -> Result<(), JobError> {
        let now = run.now();
        while outbox::prune(db, now.plus_seconds(-KEEP_EVENTS)).await? > 0 {
            run.check()?;
        }
        while RateLimits::prune(db, now).await? > 0 {
            run.check()?;
        }
        loop {
            run.check()?;
            let mut tx = db.begin(Scope::System).await?;
            let gone = desk::prune(&mut tx, now.plus_seconds(-KEEP_JOBS)).await?;
            tx.commit().await?;
            if gone == 0 {
                break;
            }
        }
        Ok(db.tune().await?)
    }
}

/// Registers the hourly housekeeping.
pub fn add_housekeeping(registry: &mut Registry, db: Db) {
    registry.add::<Housekeeping>(Arc::new(db));
    registry.repeat("housekeeping", Schedule::Every(Duration::from_secs(3600)), &Housekeeping {});
}
