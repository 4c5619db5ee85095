//! SQL of imports.

use super::reader::Checkpoint;
use contract::imports::{Import, ImportCounts, ImportPlan, ImportState, ReasonCount};
use contract::{CompanyId, ImportId, Micros};
use kernel::db::{DbError, Tx, json_rows};
use serde::Serialize;
use uuid::Uuid;

kernel::sql! {
    INSERT = "INSERT INTO contact_import (company_id, id, name, by_name, state, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'uploading', $5, $5)";
    BUSY = "SELECT COUNT(*)
        FROM contact_import
        WHERE company_id = $1 AND (state IN ('trying', 'running') OR (state = 'uploading' AND created_at > $2))";
    ONE = "SELECT id, name, by_name, state, bytes, plan, columns, run, mark, byte_offset, line, recoveries, rows_read, rows_created,
            rows_updated, rows_unchanged, rows_skipped, rows_duplicate, rows_rejected, rows_total, busy_micros, trouble,
            created_at, finished_at
        FROM contact_import
        WHERE company_id = $1 AND id = $2";
    PAGE = "SELECT id, name, by_name, state, bytes, plan, columns, run, mark, byte_offset, line, recoveries, rows_read, rows_created,
            rows_updated, rows_unchanged, rows_skipped, rows_duplicate, rows_rejected, rows_total, busy_micros, trouble,
            created_at, finished_at
        FROM contact_import
        WHERE company_id = $1 AND (created_at, id) < ($2, $3)
        ORDER BY created_at DESC, id DESC
        LIMIT $4";
    ACTIVE = "SELECT id, name, by_name, state, bytes, plan, columns, run, mark, byte_offset, line, recoveries, rows_read, rows_created,
            rows_updated, rows_unchanged, rows_skipped, rows_duplicate, rows_rejected, rows_total, busy_micros, trouble,
            created_at, finished_at
        FROM contact_import
        WHERE company_id = $1 AND state IN ('trying', 'running')
        ORDER BY created_at, id";
    FAILED = "SELECT id, name, by_name, state, bytes, plan, columns, run, mark, byte_offset, line, recoveries, rows_read, rows_created,
            rows_updated, rows_unchanged, rows_skipped, rows_duplicate, rows_rejected, rows_total, busy_micros, trouble,
            created_at, finished_at
        FROM contact_import
        WHERE company_id = $1 AND state = 'failed' AND finished_at > $2
        ORDER BY finished_at DESC, id DESC";
    UPLOADED = "UPDATE contact_import SET state = 'mapping', bytes = $3, updated_at = $4
        WHERE company_id = $1 AND id = $2 AND state = 'uploading'";
    BEGIN = "UPDATE contact_import
        SET state = $3, plan = $4, columns = $5, run = run + 1, byte_offset = 0, line = 1, recoveries = 0, rows_read = 0,
            rows_created = 0, rows_updated = 0, rows_unchanged = 0, rows_skipped = 0, rows_duplicate = 0, rows_rejected = 0,
            busy_micros = 0, trouble = NULL, finished_at = NULL, cleaned_at = NULL, updated_at = $6, started_at = $6, mark = $7
        WHERE company_id = $1 AND id = $2 AND state IN ('mapping', 'tried', 'failed', 'cancelled')";
    // Runs of a company wait for each other, in the order of their starts: their marks would get mixed up.
    EARLIER = "SELECT COUNT(*)
        FROM contact_import o
        JOIN contact_import i ON i.company_id = o.company_id AND i.id = $2
        WHERE o.company_id = $1 AND o.state = 'running' AND i.state = 'running'
            AND (o.started_at < i.started_at OR (o.started_at = i.started_at AND o.id < i.id))";
    CANCEL = "UPDATE contact_import SET state = 'cancelled', finished_at = $3, updated_at = $3
        WHERE company_id = $1 AND id = $2 AND state IN ('uploading', 'mapping', 'trying', 'tried', 'running')";
    HOLD = sqlite "SELECT byte_offset FROM contact_import
        WHERE company_id = $1 AND id = $2 AND run = $3 AND state IN ('trying', 'running') AND byte_offset = $4 AND rows_read = $5",
    postgres "SELECT byte_offset FROM contact_import
        WHERE company_id = $1 AND id = $2 AND run = $3 AND state IN ('trying', 'running') AND byte_offset = $4 AND rows_read = $5
        FOR UPDATE";
    ADVANCE = "UPDATE contact_import
        SET byte_offset = $4, line = $5, recoveries = $6, rows_read = $7, rows_created = $8, rows_updated = $9,
            rows_unchanged = $10, rows_skipped = $11, rows_duplicate = $12, rows_rejected = $13,
            busy_micros = busy_micros + $14, updated_at = $15
        WHERE company_id = $1 AND id = $2 AND run = $3";
    END = "UPDATE contact_import
        SET state = CASE WHEN state = 'trying' THEN 'tried' ELSE 'finished' END, rows_total = rows_read, byte_offset = bytes,
            finished_at = $4, updated_at = $4
        WHERE company_id = $1 AND id = $2 AND run = $3 AND state IN ('trying', 'running')";
    FAIL = "UPDATE contact_import SET state = 'failed', trouble = $4, finished_at = $5, updated_at = $5
        WHERE company_id = $1 AND id = $2 AND run = $3 AND state IN ('trying', 'running')";
    SEEN = sqlite "INSERT INTO import_seen (company_id, import_id, run, address)
        SELECT $1, $2, $3, value
        FROM json_each($4)
        WHERE true
        ON CONFLICT DO NOTHING
        RETURNING address",
    postgres "INSERT INTO import_seen (company_id, import_id, run, address)
        SELECT $1::uuid, $2::uuid, $3::bigint, value
        FROM json_array_elements_text($4::json)
        ON CONFLICT DO NOTHING
        RETURNING address";
    REJECT = sqlite "INSERT INTO import_rejected (company_id, import_id, run, number, line, reason, cells)
        SELECT $1, $2, $3, value ->> 'n', value ->> 'l', value ->> 'r', value ->> 'c'
        FROM json_each($4)",
    postgres "INSERT INTO import_rejected (company_id, import_id, run, number, line, reason, cells)
        SELECT $1::uuid, $2::uuid, $3::bigint, n, l, r, c
        FROM json_to_recordset($4::json) AS j(n bigint, l bigint, r text, c text)";
    REASON = sqlite "INSERT INTO import_reason (company_id, import_id, run, reason, rejected)
        SELECT $1, $2, $3, value ->> 'r', COUNT(*)
        FROM json_each($4)
        WHERE true
        GROUP BY value ->> 'r'
        ON CONFLICT (company_id, import_id, run, reason) DO UPDATE SET rejected = import_reason.rejected + excluded.rejected",
    postgres "INSERT INTO import_reason (company_id, import_id, run, reason, rejected)
        SELECT $1::uuid, $2::uuid, $3::bigint, r, COUNT(*)
        FROM json_to_recordset($4::json) AS j(r text)
        GROUP BY r
        ON CONFLICT (company_id, import_id, run, reason) DO UPDATE SET rejected = import_reason.rejected + excluded.rejected";
    REASONS = "SELECT reason, rejected
        FROM import_reason
        WHERE company_id = $1 AND import_id = $2 AND run = $3
        ORDER BY rejected DESC, reason
        LIMIT 10";
    REJECTED = "SELECT number, line, reason, cells
        FROM import_rejected
        WHERE company_id = $1 AND import_id = $2 AND run = $3 AND number > $4
        ORDER BY number
        LIMIT $5";
    CLEAN_SEEN = "DELETE FROM import_seen
        WHERE company_id = $1 AND import_id = $2 AND run = $3 AND address IN (
            SELECT address FROM import_seen WHERE company_id = $1 AND import_id = $2 AND run = $3 LIMIT 5000)";
    CLEAN_REJECTED = "DELETE FROM import_rejected
        WHERE company_id = $1 AND import_id = $2 AND run = $3 AND number IN (
            SELECT number FROM import_rejected WHERE company_id = $1 AND import_id = $2 AND run = $3 LIMIT 5000)";
    CLEAN_REASON = "DELETE FROM import_reason WHERE company_id = $1 AND import_id = $2 AND run = $3";
    ABANDONED = "UPDATE contact_import SET state = 'failed', trouble = 'The upload was not completed within a day.', finished_at = $1, updated_at = $1
        WHERE state = 'uploading' AND created_at < $2";
    DUE = "SELECT company_id, id
        FROM contact_import
        WHERE cleaned_at IS NULL AND state NOT IN ('uploading', 'trying', 'running') AND updated_at < $1
        ORDER BY company_id, id
        LIMIT 100";
    CLEANED = "UPDATE contact_import SET cleaned_at = $3 WHERE company_id = $1 AND id = $2";
}

/// An import as it is stored.
#[derive(Clone, Debug, kernel::FromRow)]
pub struct ImportRow {
    pub id: Uuid,
    pub name: String,
    pub by_name: String,
    pub state: String,
    pub bytes: i64,
    pub plan: Option<String>,
    pub columns: String,
    pub run: i64,
    pub mark: Option<Uuid>,
    pub byte_offset: i64,
    pub line: i64,
    pub recoveries: i64,
    pub rows_read: i64,
    pub rows_created: i64,
    pub rows_updated: i64,
    pub rows_unchanged: i64,
    pub rows_skipped: i64,
    pub rows_duplicate: i64,
    pub rows_rejected: i64,
    pub rows_total: Option<i64>,
    pub busy_micros: i64,
    pub trouble: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

const STATES: [ImportState; 8] = [
    ImportState::Uploading,
    ImportState::Mapping,
    ImportState::Trying,
    ImportState::Tried,
    ImportState::Running,
    ImportState::Finished,
    ImportState::Cancelled,
    ImportState::Failed,
];

fn broken(column: &'static str, row: Uuid) -> DbError {
    DbError::Inconsistency { table: "contact_import", column, row: row.to_string() }
}

impl ImportRow {
    /// The state.
    pub fn state(&self) -> Result<ImportState, DbError> {
        STATES.into_iter().find(|s| s.as_str() == self.state).ok_or_else(|| broken("state", self.id))
    }

    /// The plan, once there is one.
    pub fn plan(&self) -> Result<Option<ImportPlan>, DbError> {
        let read = |text: &String| serde_json::from_str(text).map_err(|_| broken("plan", self.id));
        self.plan.as_ref().map(read).transpose()
    }

    /// Names of the columns of the file.
    pub fn columns(&self) -> Result<Vec<String>, DbError> {
        serde_json::from_str(&self.columns).map_err(|_| broken("columns", self.id))
    }

    /// What became of the rows so far.
    pub fn counts(&self) -> ImportCounts {
        ImportCounts {
            read: self.rows_read,
            created: self.rows_created,
            updated: self.rows_updated,
            unchanged: self.rows_unchanged,
            skipped: self.rows_skipped,
            duplicates: self.rows_duplicate,
            rejected: self.rows_rejected,
        }
    }

    /// Where the next row begins.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            offset: self.byte_offset.unsigned_abs(),
            line: self.line.unsigned_abs(),
            recoveries: self.recoveries.unsigned_abs(),
        }
    }

    /// Rows per second of work, and seconds left at that rate by the bytes that are settled.
    pub fn rate(&self) -> (Option<i64>, Option<i64>) {
        if self.busy_micros <= 0 || self.byte_offset <= 0 {
            return (None, None);
        }
        let per_second = self.rows_read.saturating_mul(1_000_000) / self.busy_micros;
        let left = (self.bytes - self.byte_offset).max(0);
        let seconds = i128::from(left) * i128::from(self.busy_micros) / i128::from(self.byte_offset) / 1_000_000;
        let running = matches!(self.state.as_str(), "trying" | "running");
        (Some(per_second), running.then_some(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }

    /// As the contract has it.
    pub fn import(self, reasons: Vec<ReasonCount>) -> Result<Import, DbError> {
        let (per_second, seconds_left) = self.rate();
        Ok(Import {
            id: ImportId(self.id),
            state: self.state()?,
            plan: self.plan()?,
            counts: self.counts(),
            bytes: self.bytes,
            bytes_done: self.byte_offset,
            per_second,
            seconds_left,
            reasons,
            name: self.name,
            trouble: self.trouble,
            created: Micros(self.created_at),
            finished: self.finished_at.map(Micros),
            by: self.by_name,
        })
    }
}

/// Which import of which company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Company.
    pub company: CompanyId,
    /// Import.
    pub id: ImportId,
}

/// Adds one that is being uploaded.
pub async fn insert(tx: &mut Tx, key: Key, name: &str, by: &str, now: Micros) -> Result<(), DbError> {
    let sent = tx.query(INSERT).bind(key.company.0).bind(key.id.0).bind(name.to_owned()).bind(by.to_owned());
    sent.bind(now.0).execute_one().await
}

/// Imports of a company under way; uploads that began before `since` do not count.
pub async fn busy(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<i64, DbError> {
    tx.query(BUSY).bind(company.0).bind(since.0).fetch_scalar().await
}

/// One.
pub async fn one(tx: &mut Tx, key: Key) -> Result<Option<ImportRow>, DbError> {
    tx.query(ONE).bind(key.company.0).bind(key.id.0).fetch_optional().await
}

/// Newest first, behind a place.
pub async fn page(
    tx: &mut Tx,
    company: CompanyId,
    (at, id): (i64, Uuid),
    limit: i64,
) -> Result<Vec<ImportRow>, DbError> {
    tx.query(PAGE).bind(company.0).bind(at).bind(id).bind(limit).fetch_all().await
}

/// Being tried or written.
pub async fn active(tx: &mut Tx, company: CompanyId) -> Result<Vec<ImportRow>, DbError> {
    tx.query(ACTIVE).bind(company.0).fetch_all().await
}

/// Failed since.
pub async fn failed(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<Vec<ImportRow>, DbError> {
    tx.query(FAILED).bind(company.0).bind(since.0).fetch_all().await
}

/// The file is whole; false when it was not being uploaded.
pub async fn uploaded(tx: &mut Tx, key: Key, bytes: i64, now: Micros) -> Result<bool, DbError> {
    let sent = tx.query(UPLOADED).bind(key.company.0).bind(key.id.0).bind(bytes).bind(now.0);
    Ok(sent.execute().await? == 1)
}

/// Begins a run from the first byte; false when the state does not allow it.
pub async fn begin(
    tx: &mut Tx,
    key: Key,
    state: ImportState,
    plan: &ImportPlan,
    columns: &[String],
    mark: Uuid,
    now: Micros,
) -> Result<bool, DbError> {
    let sent = tx.query(BEGIN).bind(key.company.0).bind(key.id.0).bind(state.as_str()).bind(json_rows(plan));
    Ok(sent.bind(json_rows(columns)).bind(now.0).bind(mark).execute().await? == 1)
}

/// Whether a run of the company that was started before is still under way.
pub async fn must_wait(tx: &mut Tx, key: Key) -> Result<bool, DbError> {
    Ok(tx.query(EARLIER).bind(key.company.0).bind(key.id.0).fetch_scalar::<i64>().await? > 0)
}

/// Cancels; false when it had ended.
pub async fn cancel(tx: &mut Tx, key: Key, now: Micros) -> Result<bool, DbError> {
    Ok(tx.query(CANCEL).bind(key.company.0).bind(key.id.0).bind(now.0).execute().await? == 1)
}

/// Locks the run if it stands exactly there: not cancelled, not moved by another worker.
pub async fn hold(tx: &mut Tx, key: Key, run: i64, at: Checkpoint, rows: i64) -> Result<bool, DbError> {
    let offset = i64::try_from(at.offset).unwrap_or(i64::MAX);
    let sent = tx.query(HOLD).bind(key.company.0).bind(key.id.0).bind(run).bind(offset).bind(rows);
    Ok(sent.fetch_scalar_optional::<i64>().await?.is_some())
}

/// Moves the checkpoint with the counts.
pub async fn advance(
    tx: &mut Tx,
    key: Key,
    run: i64,
    to: Checkpoint,
    c: &ImportCounts,
    busy: i64,
    now: Micros,
) -> Result<(), DbError> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let sent = tx.query(ADVANCE).bind(key.company.0).bind(key.id.0).bind(run);
    let sent = sent.bind(number(to.offset)).bind(number(to.line)).bind(number(to.recoveries));
    let sent = sent.bind(c.read).bind(c.created).bind(c.updated).bind(c.unchanged).bind(c.skipped);
    sent.bind(c.duplicates).bind(c.rejected).bind(busy.max(0)).bind(now.0).execute_one().await
}

/// All rows are settled.
pub async fn end(tx: &mut Tx, key: Key, run: i64, now: Micros) -> Result<bool, DbError> {
    Ok(tx.query(END).bind(key.company.0).bind(key.id.0).bind(run).bind(now.0).execute().await? == 1)
}

/// Stopped by trouble.
pub async fn fail(tx: &mut Tx, key: Key, run: i64, trouble: &str, now: Micros) -> Result<bool, DbError> {
    let sent = tx.query(FAIL).bind(key.company.0).bind(key.id.0).bind(run).bind(trouble.to_owned()).bind(now.0);
    Ok(sent.execute().await? == 1)
}

/// Remembers addresses; answers those that are new in this run.
pub async fn seen(tx: &mut Tx, key: Key, run: i64, addresses: &[&str]) -> Result<Vec<String>, DbError> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let sent = tx.query(SEEN).bind(key.company.0).bind(key.id.0).bind(run).bind(json_rows(addresses));
    sent.fetch_scalars().await
}

/// A refused row.
#[derive(Clone, Debug, Serialize)]
pub struct RejectedRow {
    /// Number among the rows, from 1.
    #[serde(rename = "n")]
    pub number: i64,
    /// Line of the file.
    #[serde(rename = "l")]
    pub line: i64,
    /// Why.
    #[serde(rename = "r")]
    pub reason: String,
    /// JSON array.
    #[serde(rename = "c")]
    pub cells: String,
}

/// Keeps refused rows and counts their reasons.
pub async fn reject(tx: &mut Tx, key: Key, run: i64, rows: &[RejectedRow]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let json = json_rows(rows);
    tx.query(REJECT).bind(key.company.0).bind(key.id.0).bind(run).bind(json.clone()).execute().await?;
    tx.query(REASON).bind(key.company.0).bind(key.id.0).bind(run).bind(json).execute().await?;
    Ok(())
}

/// The commonest reasons.
pub async fn reasons(tx: &mut Tx, key: Key, run: i64) -> Result<Vec<ReasonCount>, DbError> {
    let rows: Vec<(String, i64)> = tx.query(REASONS).bind(key.company.0).bind(key.id.0).bind(run).fetch_all().await?;
    Ok(rows.into_iter().map(|(reason, rows)| ReasonCount { reason, rows }).collect())
}

/// Refused rows behind a number: number, line, reason, cells as JSON.
pub async fn rejected(
    tx: &mut Tx,
    key: Key,
    run: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, i64, String, String)>, DbError> {
    let sent = tx.query(REJECTED).bind(key.company.0).bind(key.id.0).bind(run).bind(after).bind(limit);
    sent.fetch_all().await
}

/// What of a run is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clean {
    /// The addresses: the run has ended.
    Seen,
    /// Its refused rows too: a later run has begun.
    All,
}

/// Removes up to 5,000 addresses and refused rows of a run; answers whether there were any.
pub async fn clean(tx: &mut Tx, key: Key, run: i64, what: Clean) -> Result<bool, DbError> {
    let mut gone = tx.query(CLEAN_SEEN).bind(key.company.0).bind(key.id.0).bind(run).execute().await?;
    if what == Clean::All {
        gone += tx.query(CLEAN_REJECTED).bind(key.company.0).bind(key.id.0).bind(run).execute().await?;
        tx.query(CLEAN_REASON).bind(key.company.0).bind(key.id.0).bind(run).execute().await?;
    }
    Ok(gone > 0)
}

/// Gives up uploads that began before.
pub async fn abandon(tx: &mut Tx, before: Micros, now: Micros) -> Result<u64, DbError> {
    tx.query(ABANDONED).bind(now.0).bind(before.0).execute().await
}

/// Imports at rest since before whose file is still kept.
pub async fn due(tx: &mut Tx, before: Micros) -> Result<Vec<Key>, DbError> {
    let rows: Vec<(Uuid, Uuid)> = tx.query(DUE).bind(before.0).fetch_all().await?;
    Ok(rows.into_iter().map(|(company, id)| Key { company: CompanyId(company), id: ImportId(id) }).collect())
}

/// Its file is gone.
pub async fn cleaned(tx: &mut Tx, key: Key, now: Micros) -> Result<(), DbError> {
    tx.query(CLEANED).bind(key.company.0).bind(key.id.0).bind(now.0).execute().await.map(drop)
}
