//! Putting jobs into the queue.

use crate::{Job, JobError, JobId, TAG, store};
use contract::{CompanyId, Micros};
use kernel::{Clock, DbError, Ids, Tx};
use std::sync::Arc;

/// When, for whom and how often.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Not before this; at once when `None`.
    pub run_at: Option<Micros>,
    /// While a job of the same name and key is queued, no second one is: the earlier time counts.
    pub key: Option<String>,
    /// Whose work it is; the company of the transaction when `None`.
    pub company: Option<CompanyId>,
}

impl Options {
    /// Not before `at`.
    pub fn at(at: Micros) -> Self {
        Self { run_at: Some(at), ..Self::default() }
    }

    /// At most one of this key queued.
    #[must_use]
    pub fn key(mut self, key: impl ToString) -> Self {
        self.key = Some(key.to_string());
        self
    }

    /// On behalf of a company.
    #[must_use]
    pub fn company(mut self, company: CompanyId) -> Self {
        self.company = Some(company);
        self
    }
}

/// Enqueues; services hold one. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queue {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Queue {
    /// Takes time and ids from the given sources.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { clock, ids }
    }

    /// Enqueues a job if the transaction commits. Answers its id, or the id of the queued job that has the same key.
    pub async fn enqueue<J: Job>(&self, tx: &mut Tx, job: &J, options: Options) -> Result<JobId, DbError> {
        let payload = serde_json::to_string(job).map_err(|error| {
            DbError::Driver(sqlx::Error::Encode(Box::new(JobError::fail(format!("{}: {error}", J::NAME)))))
        })?;
        self.enqueue_raw(tx, J::NAME, payload, J::MAX_ATTEMPTS, options).await
    }

    pub(crate) async fn enqueue_raw(
        &self,
        tx: &mut Tx,
        name: &str,
        payload: String,
        max_attempts: u32,
        options: Options,
    ) -> Result<JobId, DbError> {
        let now = self.clock.now();
        let company = options.company.or(tx.scope().company());
        // The key of one company never meets that of another.
        let key = options.key.map(|key| match company {
            Some(company) => format!("{company}:{key}"),
            None => key,
        });
        let new = store::New {
            id: self.ids.uuid(),
            company: company.map(|company| company.0),
            name,
            key,
            payload,
            max_attempts: i64::from(max_attempts.max(1)),
            run_at: options.run_at.unwrap_or(now).0,
            now: now.0,
        };
        let id = store::insert(tx, new).await?;
        tx.wake(TAG);
        Ok(JobId(id))
    }
}
