//! What people do with jobs: look, cancel, try again; and the housekeeping.

use crate::{CANCEL_TAG, JobId, TAG};
use contract::{CompanyId, Micros};
use kernel::{DbError, Tx};
use uuid::Uuid;

/// A job as people see it. Times are microseconds.
#[derive(Clone, Debug, PartialEq, kernel::FromRow)]
pub struct JobView {
    /// Row.
    #[row(try_from = "Uuid")]
    pub id: JobId,
    /// Whose, `None` for the instance.
    pub company_id: Option<Uuid>,
    /// Which job.
    pub name: String,
    /// What it works on, JSON.
    pub payload: String,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Not before.
    pub run_at: i64,
    /// Attempts so far.
    pub attempt: i64,
    /// Most attempts.
    pub max_attempts: i64,
    /// Steps done.
    pub progress_done: i64,
    /// Steps in all, when known.
    pub progress_total: Option<i64>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was enqueued.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// How much waits or runs under one name.
#[derive(Clone, Debug, PartialEq, Eq, kernel::FromRow)]
pub struct Depth {
    /// Which job.
    pub name: String,
    /// `queued`, `running` or `failed`.
    pub state: String,
    /// How many.
    pub count: i64,
    /// The earliest due time among them; microseconds.
    pub oldest: i64,
}

kernel::sql! {
    LIST = "SELECT id, company_id, name, payload, state, run_at, attempt, max_attempts, progress_done, progress_total,
            error, created_at, finished_at
        FROM job
        WHERE (CAST($1 AS TEXT) IS NULL OR state = $1) AND (CAST($2 AS TEXT) IS NULL OR name = $2) AND id < $3
        ORDER BY id DESC
        LIMIT $4";
    LIST_COMPANY = "SELECT id, company_id, name, payload, state, run_at, attempt, max_attempts, progress_done,
            progress_total, error, created_at, finished_at
        FROM job
        WHERE company_id = $5 AND (CAST($1 AS TEXT) IS NULL OR state = $1)
            AND (CAST($2 AS TEXT) IS NULL OR name = $2) AND id < $3
        ORDER BY id DESC
        LIMIT $4";
    FIND = "SELECT id, company_id, name, payload, state, run_at, attempt, max_attempts, progress_done, progress_total,
            error, created_at, finished_at
        FROM job
        WHERE id = $1";
    CANCEL = "UPDATE job
        SET cancel = TRUE,
            state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
            finished_at = CASE state WHEN 'queued' THEN $2 ELSE finished_at END
        WHERE id = $1 AND state IN ('queued', 'running')";
    RETRY = "UPDATE job
        SET state = 'queued', cancel = FALSE, attempt = 0, run_at = $2, finished_at = NULL, lease_until = NULL
        WHERE id = $1 AND state IN ('failed', 'cancelled')
            AND (key IS NULL OR NOT EXISTS (
                SELECT 1 FROM job o WHERE o.name = job.name AND o.key = job.key AND o.state = 'queued'))";
    DEPTH = "SELECT name, state, COUNT(*) AS count, MIN(run_at) AS oldest
        FROM job
        WHERE state IN ('queued', 'running', 'failed')
        GROUP BY name, state
        ORDER BY name, state";
    PRUNE = "DELETE FROM job
        WHERE id IN (SELECT id FROM job WHERE finished_at < $1 ORDER BY finished_at, id LIMIT 5000)";
}

/// Jobs, newest first, `before` excluded; in a transaction of a company those of the company, else all.
pub async fn list(
    tx: &mut Tx,
    state: Option<&str>,
    name: Option<&str>,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<JobView>, DbError> {
    let before = before.map_or(Uuid::max(), |id| id.0);
    match tx.scope().company() {
        Some(CompanyId(company)) => {
            let list = tx.query(LIST_COMPANY).bind(state).bind(name).bind(before).bind(limit).bind(company);
            list.fetch_all().await
        }
        None => tx.query(LIST).bind(state).bind(name).bind(before).bind(limit).fetch_all().await,
    }
}

/// One job.
pub async fn find(tx: &mut Tx, id: JobId) -> Result<Option<JobView>, DbError> {
    let found = tx.query(FIND).bind(id.0).fetch_optional::<JobView>().await?;
    let company = tx.scope().company();
    Ok(found.filter(|job| company.is_none_or(|company| job.company_id == Some(company.0))))
}

/// Cancels a job that waits, and asks one that runs to stop; false when it has ended already or is not there.
pub async fn cancel(tx: &mut Tx, id: JobId, now: Micros) -> Result<bool, DbError> {
    if find(tx, id).await?.is_none() {
        return Ok(false);
    }
    tx.wake(CANCEL_TAG);
    Ok(tx.query(CANCEL).bind(id.0).bind(now.0).execute().await? == 1)
}

/// Queues a failed or cancelled job again with all its attempts; false when it is in neither state, or its work is
/// queued already.
pub async fn retry(tx: &mut Tx, id: JobId, now: Micros) -> Result<bool, DbError> {
    if find(tx, id).await?.is_none() {
        return Ok(false);
    }
    tx.wake(TAG);
    Ok(tx.query(RETRY).bind(id.0).bind(now.0).execute().await? == 1)
}

/// What waits, runs and failed, by name.
pub async fn depth(tx: &mut Tx) -> Result<Vec<Depth>, DbError> {
    tx.query(DEPTH).fetch_all().await
}

/// Deletes up to 5,000 jobs that ended before; call again while it answers more than 0.
pub async fn prune(tx: &mut Tx, before: Micros) -> Result<u64, DbError> {
    tx.query(PRUNE).bind(before.0).execute().await
}
