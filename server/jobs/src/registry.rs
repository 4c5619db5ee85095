//! Which jobs this program knows, and how to run them.

use crate::{Job, JobError, JobRun, Schedule};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) type Handler = Arc<dyn Fn(String, JobRun) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

/// One known job, without its type.
#[derive(Clone)]
pub(crate) struct Entry {
    pub handler: Handler,
    pub timeout: Duration,
    pub backoff: fn(u32) -> Duration,
}

/// One repeated job, without its type.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    pub schedule: Schedule,
    pub job: &'static str,
    pub payload: String,
    pub max_attempts: u32,
}

/// The jobs of all domains; made once, at start.
#[derive(Clone, Default)]
pub struct Registry {
    jobs: BTreeMap<&'static str, Entry>,
    repeats: BTreeMap<&'static str, Repeat>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("jobs", &self.names()).field("repeats", &self.repeats).finish()
    }
}

impl Registry {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Knows a job, which runs with `context`.
    pub fn add<J: Job>(&mut self, context: Arc<J::Context>) -> &mut Self {
        self.add_alias::<J>(J::NAME, context)
    }

    /// Runs rows of an earlier name as `J`.
    pub fn add_alias<J: Job>(&mut self, name: &'static str, context: Arc<J::Context>) -> &mut Self {
        let handler: Handler = Arc::new(move |payload, run| {
            let context = Arc::clone(&context);
            Box::pin(async move {
                let job: J = serde_json::from_str(&payload)
                    .map_err(|error| JobError::fail(format!("the stored job cannot be read: {error}")))?;
                job.run(&context, &run).await
            })
        });
        self.jobs.insert(name, Entry { handler, timeout: J::TIMEOUT, backoff: J::backoff });
        self
    }

    /// Repeats a job, which must be [`added`](Self::add) too. `name` keeps its place in the rhythm across restarts.
    pub fn repeat<J: Job>(&mut self, name: &'static str, schedule: Schedule, job: &J) -> &mut Self {
        match serde_json::to_string(job) {
            Ok(payload) => {
                let max_attempts = J::MAX_ATTEMPTS;
                self.repeats.insert(name, Repeat { schedule, job: J::NAME, payload, max_attempts });
            }
            Err(error) => tracing::error!(%error, name, "a repeated job cannot be written"),
        }
        self
    }

    /// The names of all known jobs.
    pub fn names(&self) -> Vec<&'static str> {
        self.jobs.keys().copied().collect()
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.jobs.get(name)
    }

    pub(crate) fn repeats(&self) -> impl Iterator<Item = (&'static str, &Repeat)> {
        self.repeats.iter().map(|(name, repeat)| (*name, repeat))
    }

    pub(crate) fn repeated(&self, name: &str) -> Option<&Repeat> {
        self.repeats.get(name)
    }
}
