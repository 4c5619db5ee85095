//! One attempt: run the job, catch what it does wrong, write down how it ended.

use crate::registry::Entry;
use crate::store::{self, Claimed, Hold};
use crate::{JobError, JobRun, Registry};
use kernel::{Clock, Db, DbError, GroupCommit, GroupWork, Scope, Tx};
use std::any::Any;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// How often an ending is written again when the database does not answer; after that the lease runs out.
const SETTLE_TRIES: u32 = 6;

/// How long a job that is told to stop may take to reach its next await. One that does not spins: it is never tried again,
/// because each try would take a thread away for good.
const GRACE: Duration = Duration::from_secs(1);

/// Writes the ends of many jobs in one commit.
#[derive(Debug)]
pub(crate) struct Ends;

/// One end to be written.
#[derive(Clone, Debug)]
pub(crate) struct End {
    hold: Hold,
    ending: Ending,
    now: i64,
}

impl GroupWork for Ends {
    type Item = End;
    type Reply = ();
    const LINGER: Duration = Duration::from_millis(1);

    async fn write(&self, tx: &mut Tx, ends: &[End]) -> Result<Vec<()>, DbError> {
        let is_done = |end: &&End| matches!(end.ending, Ending::Done);
        let done: Vec<Hold> = ends.iter().filter(is_done).map(|end| end.hold).collect();
        if let Some(now) = ends.iter().filter(is_done).map(|end| end.now).max() {
            store::done_all(tx, &done, now).await?;
        }
        for end in ends.iter().filter(|end| !is_done(end)) {
            end.ending.write(tx, end.hold, end.now).await?;
        }
        Ok(vec![(); ends.len()])
    }
}

/// Runs a claimed job; how it ended.
pub(crate) async fn work(
    registry: &Registry,
    claimed: Claimed,
    run: &JobRun,
    stop: &CancellationToken,
) -> Option<Ending> {
    let entry = registry.entry(&claimed.name)?;
    let outcome = attempt(entry, claimed.payload, run.clone()).await;
    if let Err(error) = &outcome {
        let (id, attempt) = (run.id(), run.attempt());
        tracing::debug!(job = claimed.name, %id, attempt, %error, "job is not done");
    }
    Some(Ending::of(outcome, entry, run, stop.is_cancelled()))
}

/// Writes down how a job ended, together with others that end now.
pub(crate) async fn settle(ends: &GroupCommit<Ends>, run: &JobRun, ending: Ending) {
    let mut tries = 0;
    while let Err(error) = ends.submit(End { hold: run.hold, ending: ending.clone(), now: run.now().0 }).await {
        tries += 1;
        if tries == SETTLE_TRIES {
            tracing::error!(id = %run.id(), %error, "the end of a job could not be written; it will run again");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100 << tries)).await;
    }
}

/// In a task of its own, so that one that never yields cannot keep its own time limit from being seen.
async fn attempt(entry: &Entry, payload: String, run: JobRun) -> Result<(), JobError> {
    let mut work = AbortOnDropHandle::new(tokio::spawn((entry.handler)(payload, run)));
    let limit = entry.timeout.as_secs();
    match timeout(entry.timeout, &mut work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(ended)) if ended.is_panic() => Err(JobError::retry(format!("panicked: {}", said(&*ended.into_panic())))),
        Ok(Err(_)) => Err(JobError::later(Duration::ZERO)),
        Err(_) => {
            work.abort();
            match timeout(GRACE, &mut work).await {
                Ok(_) => Err(JobError::retry(format!("took longer than {limit} s"))),
                Err(_) => Err(JobError::fail(format!("took longer than {limit} s and could not be stopped"))),
            }
        }
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    Done,
    Again { after: Duration, refund: bool, message: Option<String> },
    Fail { message: String },
}

impl Ending {
    fn of(outcome: Result<(), JobError>, entry: &Entry, run: &JobRun, stopping: bool) -> Self {
        match outcome {
            Ok(()) => Self::Done,
            Err(JobError::Later { after }) => Self::Again { after, refund: true, message: None },
            // Told to stop and stopped with an error: not its fault.
            Err(_) if stopping || run.is_cancelled() => {
                Self::Again { after: Duration::ZERO, refund: true, message: None }
            }
            Err(JobError::Fail { message }) => Self::Fail { message },
            Err(JobError::Retry { message, .. }) if run.is_last_attempt() => Self::Fail { message },
            Err(JobError::Retry { message, after }) => Self::Again {
                after: after.unwrap_or_else(|| (entry.backoff)(run.attempt())),
                refund: false,
                message: Some(message),
            },
        }
    }

    /// For a job whose worker vanished: the attempt counts, because it may be the job that killed the worker.
    pub(crate) fn of_lost(attempt: i64, max_attempts: i64) -> Self {
        let message = "the worker vanished and its lease ran out".to_owned();
        match attempt < max_attempts {
            true => Self::Again { after: Duration::ZERO, refund: false, message: Some(message) },
            false => Self::Fail { message },
        }
    }

    /// For a job that was cut off by the end of the program: the attempt does not count.
    pub(crate) fn of_cut() -> Self {
        Self::Again { after: Duration::ZERO, refund: true, message: None }
    }

    /// Writes it down. Hits no row when the lease was lost or the job finished itself, and that is fine.
    pub(crate) async fn settle(&self, db: &Db, hold: Hold, now: i64) -> Result<(), DbError> {
        let mut tx = db.begin(Scope::System).await?;
        self.write(&mut tx, hold, now).await?;
        tx.commit().await
    }

    pub(crate) async fn write(&self, tx: &mut kernel::Tx, hold: Hold, now: i64) -> Result<u64, DbError> {
        match self {
            Self::Done => store::done(tx, hold, now).await,
            Self::Fail { message } => store::fail(tx, hold, now, message).await,
            Self::Again { after, refund, message } => {
                let run_at = now.saturating_add(i64::try_from(after.as_micros()).unwrap_or(i64::MAX));
                store::again(tx, hold, now, run_at, i64::from(*refund), message.as_deref()).await
            }
        }
    }
}

/// Brings back one job whose lease ran out; false when there is none.
pub(crate) async fn recover_one(db: &Db, clock: &dyn Clock) -> Result<bool, DbError> {
    let now = clock.now().0;
    let mut tx = db.begin(Scope::System).await?;
    let Some((hold, attempt, max_attempts)) = store::expired(&mut tx, now).await? else { return Ok(false) };
    tracing::warn!(job = %hold.id, attempt, "lease ran out");
    Ending::of_lost(attempt, max_attempts).write(&mut tx, hold, now).await?;
    tx.commit().await?;
    Ok(true)
}
