//! Sends campaigns: one [`Engine`] per process, any number of processes on one database.
//!
//! A row goes `pending → claimed → handed → accepted | failed | unknown`, or `skipped`, or back to `pending`. The intent
//! (`handed`) is committed before the first byte of a message leaves, its outcome after; both in groups. A claim whose
//! node falls silent is free again; a hand-over whose node falls silent becomes `unknown` and stays so. Leases are
//! renewed while a node works on the rows, and every write names the attempt and the epoch it belongs to, so that a
//! node that comes back late changes nothing.
//!
//! Parts: `keeper` (starts, prepares, expires, finishes), `lane` (claims a batch and takes it through the gate),
//! `deliver` (one message), `settle` (outcomes, group commit), `prepare` (the ledger), `progress` (live events). The
//! SQL is in `store`.

pub(crate) mod core;
pub(crate) mod deliver;
pub(crate) mod domains;
pub mod faults;
mod gauge;
mod keeper;
mod lane;
pub mod outlet;
mod prepare;
pub mod press;
mod progress;
mod refusals;
pub(crate) mod rules;
mod settle;
pub(crate) mod store;
mod trials;

pub use core::{Options, Parts};
pub use gauge::Patience;
pub(crate) use gauge::in_words;
pub use refusals::Wall;

use self::core::Core;
use crate::brake::{self, Lineage};
use faults::{Faults, NoFaults};
use futures::FutureExt;
use kernel::DbError;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The sender loop of one process.
pub struct Engine {
    core: Arc<Core>,
    outcomes: tokio::sync::mpsc::Receiver<settle::Item>,
    lineage: Option<Lineage>,
}

impl Engine {
    /// With the usual options.
    pub fn new(parts: Parts) -> Self {
        Self::with(parts, Options::default(), Arc::new(NoFaults))
    }

    /// With other options, and for tests with a place to die.
    pub fn with(parts: Parts, options: Options, faults: Arc<dyn Faults>) -> Self {
        Self::build(parts, options, faults, None)
    }

    /// With the usual options, on a database that has to be recognised first.
    pub fn recognising(parts: Parts, options: Options, lineage: Lineage) -> Self {
        Self::build(parts, options, Arc::new(NoFaults), Some(lineage))
    }

    fn build(parts: Parts, options: Options, faults: Arc<dyn Faults>, lineage: Option<Lineage>) -> Self {
        let (core, outcomes) = Core::new(parts, options, faults, lineage.as_ref().map(Lineage::known));
        Self { core: Arc::new(core), outcomes, lineage }
    }

    /// Sends until `shutdown`; then takes no new work, lets what is being handed over finish (at most
    /// [`Options::drain`]) and gives back what was only claimed. Dropping the future is like killing the process.
    pub async fn run(self, shutdown: CancellationToken) {
        let Self { core, outcomes, lineage } = self;
        let _killed_when_dropped = core.dead.clone().drop_guard();
        let settling = core.spawn(settle::run(Arc::clone(&core), outcomes));
        core.spawn(progress::run(Arc::clone(&core)));
        core.spawn(settle::renew(Arc::clone(&core)));
        core.spawn(watch_brake(Arc::clone(&core)));
        core.spawn(crate::messages::lane::run(Arc::clone(&core)));
        if let Some(lineage) = lineage {
            core.spawn(lineage.run(core.dead.clone()));
        }
        tokio::select! {
            () = work(&core, &shutdown) => {}
            () = core.dead.cancelled() => {}
        }
        if !core.dead.is_cancelled() {
            core.stop.cancel();
            let drained = tokio::time::timeout(core.options.drain, async {
                core.idle().await;
                core.outcomes.send(settle::Item::Last).await.ok();
                settling.await.ok();
            });
            if drained.await.is_err() {
                tracing::warn!(
                    "some messages were still being handed over when the engine stopped; they will be unknown"
                );
            }
            if let Err(error) = give_back(&core).await {
                tracing::warn!(%error, "claimed rows were not given back; they are free when their lease ends");
            }
        }
        core.dead.cancel();
        core.tracker.close();
        core.tracker.wait().await;
    }
}

/// A change of the brake is seen at once on the node it was made on, and wherever wake-ups reach.
async fn watch_brake(core: Arc<Core>) {
    let mut wake = core.parts.db.listen(brake::TAG);
    loop {
        wake.woken().await;
        core.brake.stale();
        core.stirred.notify_one();
    }
}

async fn give_back(core: &Core) -> Result<(), DbError> {
    let mut tx = core.parts.db.begin(kernel::Scope::System).await?;
    store::release(&mut tx, &core.node).await?;
    tx.commit().await
}

/// The loop: keep house, start lanes for the campaigns that were served least lately, wait for something to happen.
async fn work(core: &Arc<Core>, shutdown: &CancellationToken) {
    let mut wake = core.parts.db.listen(crate::campaigns::store::TAG);
    let mut lanes = JoinSet::new();
    let mut turns = lane::Turns::default();
    if let Err(error) = keeper::replan(core).await {
        tracing::warn!(%error, "planned starts were not checked against the zones");
    }
    while !shutdown.is_cancelled() {
        let step = async {
            if !core.brake.is_sure() {
                return Ok(());
            }
            keeper::tend(core).await?;
            trials::tend(core).await?;
            for work in turns.next(core).await? {
                turns.begin(&work);
                let core = Arc::clone(core);
                lanes.spawn(async move {
                    let done = AssertUnwindSafe(lane::run(&core, &work)).catch_unwind().await;
                    (work, done.unwrap_or(false))
                });
            }
            Ok::<(), DbError>(())
        };
        if let Err(error) = step.await {
            tracing::warn!(%error, "the engine could not ask the database; it tries again");
            tokio::time::sleep(core.pause()).await;
        }
        tokio::select! {
            () = wake.woken() => {}
            () = tokio::time::sleep(core.pause()) => {}
            () = shutdown.cancelled() => {}
            () = core.stirred.notified() => {}
            Some(Ok((work, is_good))) = lanes.join_next(), if !lanes.is_empty() => turns.end(&work, is_good),
        }
    }
    core.stop.cancel();
    while let Some(done) = lanes.join_next().await {
        if let Ok((work, is_good)) = done {
            turns.end(&work, is_good);
        }
    }
}

#[cfg(test)]
mod tests;
