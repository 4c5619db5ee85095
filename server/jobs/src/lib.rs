//! A small durable queue on the database.
//!
//! A job is a serializable struct, enqueued in the transaction that wants it done and run by any node's [`Runner`].
//! Promises: a committed job runs at least once, or is kept as `failed` with its error; a worker that lost its lease
//! can no longer complete (fencing epoch); a schedule fires once per occurrence on all nodes together. Jobs must be
//! safe to run twice. The SQL is in `store.rs`.

mod desk;
mod error;
mod housekeeping;
mod queue;
mod registry;
mod run;
mod runner;
mod schedule;
mod store;
mod work;

pub use desk::{Depth, JobView, cancel, depth, find, list, prune, retry};
pub use error::JobError;
pub use housekeeping::add_housekeeping;
pub use queue::{Options, Queue};
pub use registry::Registry;
pub use run::JobRun;
pub use runner::{Runner, RunnerOptions};
pub use schedule::Schedule;

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::time::Duration;
use uuid::Uuid;

/// The tag that wakes runners.
pub(crate) const TAG: &str = "job";
/// The tag that makes runners look for cancelled jobs at once.
pub(crate) const CANCEL_TAG: &str = "jobcancel";

/// Names a job row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub Uuid);

impl From<Uuid> for JobId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A piece of work. The struct is what is stored: keep it small, and let it name things by id.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// Stored with every row, so never change it; when a job is renamed, keep the old name with
    /// [`Registry::add_alias`] for a release.
    const NAME: &'static str;
    /// What the job works with, usually its domain's service.
    type Context: Send + Sync + 'static;
    /// After so many attempts the job is kept as failed.
    const MAX_ATTEMPTS: u32 = 5;
    /// An attempt that takes longer is stopped and counts as one that wants a retry.
    const TIMEOUT: Duration = Duration::from_secs(600);

    /// How long to wait after the `attempt`-th attempt wanted a retry.
    fn backoff(attempt: u32) -> Duration {
        Duration::from_secs((10 << attempt.saturating_sub(1).min(9)).min(3600))
    }

    /// Does the work. Look at [`JobRun::is_cancelled`] between steps.
    fn run(self, context: &Self::Context, run: &JobRun) -> impl Future<Output = Result<(), JobError>> + Send;
}
