//! The queue alone: how many jobs a second, and how soon one starts.

use crate::spread::Spread;
use anyhow::{Result, bail};
use clap::Args;
use contract::Micros;
use jobs::{Job, JobError, JobRun, Options, Queue, Registry, Runner, RunnerOptions};
use kernel::{Db, Scope};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Rows put in by one transaction.
const BATCH: usize = 500;

/// Runs jobs.
#[derive(Debug, Args)]
pub struct Jobs {
    /// Database, empty or used by this before
    #[arg(long)]
    database: String,
    /// Jobs in the backlog
    #[arg(long, default_value_t = 50_000)]
    count: usize,
    /// Milliseconds that each job takes
    #[arg(long, default_value_t = 0)]
    takes: u64,
    /// Jobs at once
    #[arg(long, default_value_t = 16)]
    workers: usize,
    /// Jobs a second for the time from adding to starting; 0 leaves that out
    #[arg(long, default_value_t = 100)]
    trickle: u32,
    /// Seconds of the trickle
    #[arg(long, default_value_t = 5)]
    trickle_seconds: u32,
}

/// What the jobs write their being run into.
#[derive(Debug, Default)]
struct Seen {
    count: AtomicUsize,
    wanted: AtomicUsize,
    reached: Notify,
    waits: Mutex<Spread>,
}

/// Takes its time, and is done.
#[derive(Debug, Serialize, Deserialize)]
struct Nothing {
    number: usize,
    millis: u64,
    added: Option<i64>,
}

impl Job for Nothing {
    const NAME: &'static str = "bench.nothing";
    type Context = Seen;

    async fn run(self, seen: &Seen, run: &JobRun) -> Result<(), JobError> {
        if let Some(added) = self.added {
            let waited = Duration::from_micros(u64::try_from(run.now().0 - added).unwrap_or_default());
            seen.waits.lock().unwrap_or_else(PoisonError::into_inner).add(waited);
        }
        if self.millis > 0 {
            tokio::time::sleep(Duration::from_millis(self.millis)).await;
        }
        if seen.count.fetch_add(1, Ordering::SeqCst) + 1 == seen.wanted.load(Ordering::SeqCst) {
            seen.reached.notify_one();
        }
        Ok(())
    }
}

impl Jobs {
    /// Fills the queue, empties it, then adds a few and times them.
    pub async fn run(self) -> Result<()> {
        let db = crate::open(&self.database, 10).await?;
        let (clock, ids) = crate::clock_and_ids();
        let queue = Queue::new(Arc::clone(&clock), Arc::clone(&ids));
        let begun = Instant::now();
        self.fill(&db, &queue).await?;
        let adding = begun.elapsed().as_secs_f64();

        let seen = Arc::new(Seen::default());
        seen.wanted.store(self.count, Ordering::SeqCst);
        let mut registry = Registry::new();
        registry.add::<Nothing>(Arc::clone(&seen));
        let options = RunnerOptions { workers: self.workers, ..RunnerOptions::default() };
        let runner = Runner::new(db.clone(), Arc::clone(&clock), ids, registry).with(options);
        let stop = CancellationToken::new();
        let begun = Instant::now();
        let waking = tokio::spawn({
            let (db, stop) = (db.clone(), stop.clone());
            async move { db.run_wakes(stop).await }
        });
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { runner.run(stop).await }
        });
        seen.reached.notified().await;
        let started_all = begun.elapsed();
        // Only a job whose end is in the database is done.
        while open(&db).await? > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let seconds = begun.elapsed().as_secs_f64();
        for number in 0..self.trickle * self.trickle_seconds {
            let mut tx = db.begin(Scope::System).await?;
            let Micros(now) = clock.now();
            let job = Nothing { number: usize::try_from(number)?, millis: 0, added: Some(now) };
            queue.enqueue(&mut tx, &job, Options::default()).await?;
            tx.commit().await?;
            tokio::time::sleep(Duration::from_secs_f64(1.0 / f64::from(self.trickle))).await;
        }
        while open(&db).await? > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.cancel();
        running.await?;
        waking.await?;
        let ran = seen.count.load(Ordering::SeqCst);
        let wanted = self.count + usize::try_from(self.trickle * self.trickle_seconds)?;
        if ran != wanted {
            bail!("{ran} attempts for {wanted} jobs");
        }
        let waits = std::mem::take(&mut *seen.waits.lock().unwrap_or_else(PoisonError::into_inner));
        let rate = |seconds: f64| f64::from(u32::try_from(self.count).unwrap_or(u32::MAX)) / seconds;
        crate::tell(&json!({
            "count": self.count, "added_per_second": rate(adding), "per_second": rate(seconds), "seconds": seconds,
            "until_last_started": started_all.as_secs_f64(), "pick_up": waits.figures(),
        }));
        Ok(())
    }

    async fn fill(&self, db: &Db, queue: &Queue) -> Result<()> {
        let mut number = 0;
        while number < self.count {
            let mut tx = db.begin(Scope::System).await?;
            let end = (number + BATCH).min(self.count);
            while number < end {
                let job = Nothing { number, millis: self.takes, added: None };
                queue.enqueue(&mut tx, &job, Options::default()).await?;
                number += 1;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

async fn open(db: &Db) -> Result<i64> {
    let mut tx = db.read(Scope::System).await?;
    crate::open_jobs(&mut tx).await
}
