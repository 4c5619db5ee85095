//! A worker with good jobs and jobs that do harm: what fault 17 runs, kills and starts again.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jobs::{Job, JobError, JobRun, Options, Queue, Registry, Runner, RunnerOptions};
use kernel::Scope;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Works until killed, or until there is nothing left to do.
#[derive(Debug, Args)]
pub struct Harm {
    /// Database
    #[arg(long)]
    database: String,
    /// First put in so many good jobs
    #[arg(long, default_value_t = 0)]
    good: u32,
    /// First put in one of each of these
    #[arg(long, value_delimiter = ',')]
    bad: Vec<Bad>,
    /// Only put them in
    #[arg(long)]
    only_add: bool,
}

/// What a bad job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Bad {
    /// Panics.
    Panic,
    /// Recurses until the stack is used up, which kills the process.
    Overflow,
    /// Wants 10 GB at once and touches them.
    Memory,
    /// Never ends, but lets others work.
    Idle,
    /// Never ends and lets nobody work on its thread.
    Spin,
}

/// When the last good job of this process ended.
type Last = Mutex<Option<Instant>>;

/// Takes a few milliseconds and is done.
#[derive(Debug, Serialize, Deserialize)]
struct Good {
    number: u32,
}

impl Job for Good {
    const NAME: &'static str = "bench.good";
    type Context = Last;

    async fn run(self, last: &Last, _: &JobRun) -> Result<(), JobError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }
}

/// Does harm.
#[derive(Debug, Serialize, Deserialize)]
struct Poison {
    how: Bad,
}

impl Job for Poison {
    const NAME: &'static str = "bench.poison";
    type Context = ();
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(2);

    fn backoff(_: u32) -> Duration {
        Duration::from_millis(200)
    }

    #[expect(clippy::panic, reason = "it is what this job is for")]
    async fn run(self, (): &(), _: &JobRun) -> Result<(), JobError> {
        match self.how {
            Bad::Panic => panic!("a job that panics"),
            Bad::Overflow => {
                deeper(1);
            }
            Bad::Memory => {
                let hoard = vec![1_u8; 10 << 30];
                std::hint::black_box(&hoard);
            }
            Bad::Idle => std::future::pending::<()>().await,
            Bad::Spin => loop {
                std::hint::spin_loop();
            },
        }
        Ok(())
    }
}

#[expect(unconditional_recursion, reason = "it is what this job is for")]
fn deeper(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    deeper(depth + 1).wrapping_add(room.iter().sum::<u64>())
}

impl Harm {
    /// Adds and works.
    pub async fn run(self) -> Result<()> {
        let db = crate::open(&self.database, 10).await?;
        let (clock, ids) = crate::clock_and_ids();
        let queue = Queue::new(Arc::clone(&clock), Arc::clone(&ids));
        let mut tx = db.begin(Scope::System).await?;
        for how in self.bad {
            queue.enqueue(&mut tx, &Poison { how }, Options::default()).await?;
        }
        for number in 0..self.good {
            queue.enqueue(&mut tx, &Good { number }, Options::default()).await?;
        }
        tx.commit().await?;
        if self.only_add {
            return Ok(());
        }
        let mut registry = Registry::new();
        let last = Arc::new(Last::default());
        registry.add::<Good>(Arc::clone(&last)).add::<Poison>(Arc::new(()));
        // A short lease, so that three deaths do not take minutes.
        let options = RunnerOptions { lease: Duration::from_secs(3), ..RunnerOptions::default() };
        let runner = Runner::new(db.clone(), clock, ids, registry).with(options);
        let stop = CancellationToken::new();
        let begun = Instant::now();
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { runner.run(stop).await }
        });
        loop {
            let mut tx = db.read(Scope::System).await?;
            let open = crate::open_jobs(&mut tx).await?;
            drop(tx);
            if open == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.cancel();
        running.await?;
        let last = *last.lock().unwrap_or_else(PoisonError::into_inner);
        let good_seconds = last.map(|last| last.duration_since(begun).as_secs_f64());
        let mut tx = db.read(Scope::System).await?;
        let open = crate::open_jobs(&mut tx).await?;
        let failed = jobs::list(&mut tx, Some("failed"), None, None, 100).await?;
        let failed: Vec<_> =
            failed.iter().map(|job| json!({ "name": job.name, "attempts": job.attempt, "error": job.error })).collect();
        crate::tell(&json!({ "failed": failed, "open": open, "good_seconds": good_seconds }));
        // A thread that spins for ever would hold up the end of the runtime.
        std::process::exit(0)
    }
}
