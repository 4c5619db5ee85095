//! The SQL of the queue.

use kernel::db::json_rows;
use kernel::{DbError, Tx};
use uuid::Uuid;

/// Splices the condition under which a job that would be queued again is not: it was cancelled, or its work is already
/// queued once more under the same key.
macro_rules! given_up {
    () => {
        "cancel OR (key IS NOT NULL AND EXISTS (
            SELECT 1 FROM job o WHERE o.name = job.name AND o.key = job.key AND o.state = 'queued'))"
    };
}

kernel::sql! {
    INSERT = "INSERT INTO job (id, company_id, name, key, payload, state, cancel, run_at, attempt, max_attempts,
            lease_until, epoch, node, progress_done, progress_total, error, created_at, finished_at)
        VALUES ($1, $2, $3, $4, $5, 'queued', FALSE, $6, 0, $7, NULL, 0, NULL, 0, NULL, NULL, $8, NULL)
        ON CONFLICT (name, key) WHERE key IS NOT NULL AND state = 'queued' DO UPDATE
        SET run_at = CASE WHEN excluded.run_at < job.run_at THEN excluded.run_at ELSE job.run_at END
        RETURNING id";
    /// Anything to do? Asked on a reader, so that an idle node takes no lock.
    DUE = "SELECT EXISTS (SELECT 1 FROM job WHERE state = 'queued' AND run_at <= $1),
            EXISTS (SELECT 1 FROM job WHERE state = 'running' AND lease_until < $1),
            EXISTS (SELECT 1 FROM schedule WHERE next_at <= $1)";
    CLAIM = sqlite "UPDATE job
        SET state = 'running', epoch = epoch + 1, attempt = attempt + 1, lease_until = $3, node = $4
        WHERE id IN (
            SELECT id FROM job
            WHERE state = 'queued' AND run_at <= $1 AND name IN (SELECT value FROM json_each($2))
            ORDER BY run_at, id
            LIMIT $5)
        RETURNING id, company_id, name, payload, attempt, max_attempts, epoch",
    postgres "WITH due AS MATERIALIZED (
            SELECT id FROM job
            WHERE state = 'queued' AND run_at <= $1 AND name IN (SELECT json_array_elements_text($2::json))
            ORDER BY run_at, id
            LIMIT $5
            FOR UPDATE SKIP LOCKED)
        UPDATE job
        SET state = 'running', epoch = epoch + 1, attempt = attempt + 1, lease_until = $3, node = $4
        FROM due
        WHERE job.id = due.id
        RETURNING job.id, company_id, name, payload, attempt, max_attempts, epoch";
    EXPIRED = sqlite "SELECT id, epoch, attempt, max_attempts FROM job
        WHERE state = 'running' AND lease_until < $1
        ORDER BY lease_until, id
        LIMIT 1",
    postgres "SELECT id, epoch, attempt, max_attempts FROM job
        WHERE state = 'running' AND lease_until < $1
        ORDER BY lease_until, id
        LIMIT 1
        FOR UPDATE SKIP LOCKED";
    RENEW = sqlite "UPDATE job SET lease_until = $1
        WHERE state = 'running' AND node = $2 AND id IN (SELECT unhex(value, '-') FROM json_each($3))
        RETURNING id, epoch, cancel",
    postgres "UPDATE job SET lease_until = $1
        WHERE state = 'running' AND node = $2 AND id IN (SELECT json_array_elements_text($3::json)::uuid)
        RETURNING id, epoch, cancel";
    HOLD = sqlite "SELECT id FROM job WHERE id = $1 AND epoch = $2 AND state = 'running'",
    postgres "SELECT id FROM job WHERE id = $1 AND epoch = $2 AND state = 'running' FOR UPDATE";
    PROGRESS = "UPDATE job SET progress_done = $3, progress_total = $4
        WHERE id = $1 AND epoch = $2 AND state = 'running'";
    DONE = "UPDATE job SET state = 'done', finished_at = $3, lease_until = NULL, error = NULL
        WHERE id = $1 AND epoch = $2 AND state = 'running'";
    /// Many at once: the hot path of a busy queue.
    DONE_ALL = sqlite "UPDATE job SET state = 'done', finished_at = $1, lease_until = NULL, error = NULL
        FROM json_each($2) AS x
        WHERE job.id = unhex(x.value ->> 'id', '-') AND job.epoch = x.value ->> 'epoch' AND job.state = 'running'",
    postgres "UPDATE job SET state = 'done', finished_at = $1, lease_until = NULL, error = NULL
        FROM json_to_recordset($2::json) AS x(id uuid, epoch bigint)
        WHERE job.id = x.id AND job.epoch = x.epoch AND job.state = 'running'";
    FAIL = "UPDATE job
        SET state = CASE WHEN cancel THEN 'cancelled' ELSE 'failed' END,
            finished_at = $3, lease_until = NULL, error = $4
        WHERE id = $1 AND epoch = $2 AND state = 'running'";
    AGAIN = concat!("UPDATE job
        SET state = CASE WHEN ", given_up!(), " THEN 'cancelled' ELSE 'queued' END,
            finished_at = CASE WHEN ", given_up!(), " THEN CAST($3 AS BIGINT) ELSE NULL END,
            lease_until = NULL, node = NULL, run_at = $4, attempt = attempt - $5, error = $6
        WHERE id = $1 AND epoch = $2 AND state = 'running'");
    PLAN = "INSERT INTO schedule (name, next_at, last_at) VALUES ($1, $2, NULL) ON CONFLICT (name) DO NOTHING";
    PLANNED = "SELECT name, next_at FROM schedule WHERE next_at <= $1 ORDER BY name";
    FIRE = "UPDATE schedule SET next_at = $3, last_at = $2 WHERE name = $1 AND next_at = $2";
}

/// A row to be.
pub(crate) struct New<'a> {
    pub id: Uuid,
    pub company: Option<Uuid>,
    pub name: &'a str,
    pub key: Option<String>,
    pub payload: String,
    pub max_attempts: i64,
    pub run_at: i64,
    pub now: i64,
}

/// A claimed row.
#[derive(Clone, Debug, kernel::FromRow)]
pub(crate) struct Claimed {
    pub id: Uuid,
    pub company_id: Option<Uuid>,
    pub name: String,
    pub payload: String,
    pub attempt: i64,
    pub max_attempts: i64,
    pub epoch: i64,
}

/// A claimed row, as fencing sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub(crate) struct Hold {
    pub id: Uuid,
    pub epoch: i64,
}

pub(crate) async fn insert(tx: &mut Tx, new: New<'_>) -> Result<Uuid, DbError> {
    let insert = tx.query(INSERT).bind(new.id).bind(new.company).bind(new.name).bind(new.key);
    let insert = insert.bind(new.payload).bind(new.run_at).bind(new.max_attempts).bind(new.now);
    insert.fetch_scalar().await
}

/// What a runner has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Jobs wait.
    pub queued: bool,
    /// Jobs were lost with their worker.
    pub lost: bool,
    /// Schedules want to fire.
    pub planned: bool,
}

pub(crate) async fn due(tx: &mut Tx, now: i64) -> Result<Due, DbError> {
    let (queued, lost, planned) = tx.query(DUE).bind(now).fetch_one().await?;
    Ok(Due { queued, lost, planned })
}

pub(crate) async fn done_all(tx: &mut Tx, holds: &[Hold], now: i64) -> Result<u64, DbError> {
    tx.query(DONE_ALL).bind(now).bind(json_rows(holds)).execute().await
}

pub(crate) async fn claim(
    tx: &mut Tx,
    now: i64,
    names: &[&str],
    lease_until: i64,
    node: &str,
    most: i64,
) -> Result<Vec<Claimed>, DbError> {
    let claim = tx.query(CLAIM).bind(now).bind(json_rows(names)).bind(lease_until).bind(node).bind(most);
    claim.fetch_all().await
}

/// The hold, attempt and limit of a job whose worker stopped renewing.
pub(crate) async fn expired(tx: &mut Tx, now: i64) -> Result<Option<(Hold, i64, i64)>, DbError> {
    let row = tx.query(EXPIRED).bind(now).fetch_optional::<(Uuid, i64, i64, i64)>().await?;
    Ok(row.map(|(id, epoch, attempt, max)| (Hold { id, epoch }, attempt, max)))
}

/// Which of these are still ours, and whether somebody wants them cancelled.
pub(crate) async fn renew(tx: &mut Tx, until: i64, node: &str, ids: &[Uuid]) -> Result<Vec<(Hold, bool)>, DbError> {
    let renew = tx.query(RENEW).bind(until).bind(node).bind(json_rows(ids));
    let rows = renew.fetch_all::<(Uuid, i64, bool)>().await?;
    Ok(rows.into_iter().map(|(id, epoch, cancel)| (Hold { id, epoch }, cancel)).collect())
}

pub(crate) async fn is_held(tx: &mut Tx, hold: Hold) -> Result<bool, DbError> {
    let held = tx.query(HOLD).bind(hold.id).bind(hold.epoch).fetch_scalar_optional::<Uuid>().await?;
    Ok(held.is_some())
}

pub(crate) async fn progress(tx: &mut Tx, hold: Hold, done: i64, total: Option<i64>) -> Result<u64, DbError> {
    tx.query(PROGRESS).bind(hold.id).bind(hold.epoch).bind(done).bind(total).execute().await
}

pub(crate) async fn done(tx: &mut Tx, hold: Hold, now: i64) -> Result<u64, DbError> {
    tx.query(DONE).bind(hold.id).bind(hold.epoch).bind(now).execute().await
}

pub(crate) async fn fail(tx: &mut Tx, hold: Hold, now: i64, error: &str) -> Result<u64, DbError> {
    tx.query(FAIL).bind(hold.id).bind(hold.epoch).bind(now).bind(error).execute().await
}

/// Queues again at `run_at`; `refund` is 1 when the attempt shall not count.
pub(crate) async fn again(
    tx: &mut Tx,
    hold: Hold,
    now: i64,
    run_at: i64,
    refund: i64,
    error: Option<&str>,
) -> Result<u64, DbError> {
    let again = tx.query(AGAIN).bind(hold.id).bind(hold.epoch).bind(now).bind(run_at).bind(refund).bind(error);
    again.execute().await
}

pub(crate) async fn plan(tx: &mut Tx, name: &str, next_at: i64) -> Result<u64, DbError> {
    tx.query(PLAN).bind(name).bind(next_at).execute().await
}

pub(crate) async fn planned(tx: &mut Tx, now: i64) -> Result<Vec<(String, i64)>, DbError> {
    tx.query(PLANNED).bind(now).fetch_all().await
}

/// Moves a schedule on from the occurrence that was read; false when another node was faster.
pub(crate) async fn fire(tx: &mut Tx, name: &str, due: i64, next_at: i64) -> Result<bool, DbError> {
    Ok(tx.query(FIRE).bind(name).bind(due).bind(next_at).execute().await? == 1)
}
