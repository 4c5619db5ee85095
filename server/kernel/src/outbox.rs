//! What happened, written in the transaction that did it and read in order by whoever reacts.
//!
//! [`record`] only remembers; the events are written as the last thing before COMMIT, under a lock on PostgreSQL. That
//! way ids grow in the order of commits, and a reader that remembers the last id it saw never misses one.

use crate::db::{Db, DbError, Engine, Scope, Tx, json_rows};
use contract::{CompanyId, Micros};
use serde::Serialize;
use std::fmt::Display;
use uuid::Uuid;

/// The tag that wakes readers: `db.listen(outbox::TAG)`.
pub const TAG: &str = "event";

/// Something that happened.
#[derive(Clone, Debug, PartialEq, kernel_derive::FromRow)]
pub struct Event {
    /// Grows in the order of commits.
    pub id: i64,
    /// Whose.
    #[row(try_from = "Uuid")]
    pub company_id: CompanyId,
    /// What, for example `campaign.sent`.
    pub kind: String,
    /// To what, usually an id.
    pub subject: String,
    /// Details, JSON.
    pub payload: String,
    /// When, by the clock of the service; microseconds.
    pub at: i64,
}

/// An event that waits for the commit.
#[derive(Debug, Serialize)]
pub(crate) struct Pending {
    c: CompanyId,
    k: String,
    s: String,
    p: String,
    a: i64,
}

crate::sql! {
    INSERT = sqlite "INSERT INTO event (company_id, kind, subject, payload, at)
        SELECT unhex(value ->> 'c', '-'), value ->> 'k', value ->> 's', value ->> 'p', value ->> 'a'
        FROM json_each($1)
        ORDER BY key",
    postgres "INSERT INTO event (company_id, kind, subject, payload, at)
        SELECT c, k, s, p, a
        FROM ROWS FROM (json_to_recordset($1::json) AS (c uuid, k text, s text, p text, a bigint)) WITH ORDINALITY
        ORDER BY ordinality";
    AFTER_COMPANY = "SELECT id, company_id, kind, subject, payload, at
        FROM event
        WHERE company_id = $1 AND id > $2
        ORDER BY id
        LIMIT $3";
    AFTER_ALL = "SELECT id, company_id, kind, subject, payload, at
        FROM event
        WHERE id > $1
        ORDER BY id
        LIMIT $2";
    LATEST_COMPANY = "SELECT id FROM event WHERE company_id = $1 ORDER BY id DESC LIMIT 1";
    LATEST_ALL = "SELECT id FROM event ORDER BY id DESC LIMIT 1";
    PRUNE = "DELETE FROM event
        WHERE id IN (SELECT id FROM event WHERE at < $1 ORDER BY at, id LIMIT 5000)";
}

// Writers share the first lock, the reader of all companies takes it alone and so waits for commits under way; the
// second lock keeps the events of one company in order for readers that take none. Nothing is locked after these.
const LOCK_ALL: i32 = 1_280_659_457;
const LOCK_COMPANY: i32 = 1_280_659_458;

/// Says that something happened, if this transaction commits.
pub fn record(
    tx: &mut Tx,
    company: CompanyId,
    kind: &str,
    subject: impl Display,
    payload: &serde_json::Value,
    at: Micros,
) {
    tx.wake(TAG);
    tx.events_mut().push(Pending {
        c: company,
        k: kind.to_owned(),
        s: subject.to_string(),
        p: payload.to_string(),
        a: at.0,
    });
}

/// Writes what was recorded; called by `Tx::commit`.
pub(crate) async fn flush(tx: &mut Tx) -> Result<(), DbError> {
    let events = std::mem::take(tx.events_mut());
    if events.is_empty() {
        return Ok(());
    }
    if tx.engine() == Engine::Postgres {
        let mut keys: Vec<i32> = events.iter().map(|e| company_lock(e.c)).collect();
        keys.sort_unstable();
        keys.dedup();
        tx.query("SELECT pg_advisory_xact_lock_shared($1, 0)").bind(LOCK_ALL).execute().await?;
        let lock = "SELECT pg_advisory_xact_lock($1, value::int4) FROM json_array_elements_text($2::json)";
        tx.query(lock).bind(LOCK_COMPANY).bind(json_rows(&keys)).execute().await?;
    }
    tx.query(INSERT).bind(json_rows(&events)).execute().await?;
    Ok(())
}

fn company_lock(company: CompanyId) -> i32 {
    // The random tail of a UUID v7. Two companies on one number only wait for each other.
    let [.., a, b, c, d] = *company.0.as_bytes();
    i32::from_be_bytes([a, b, c, d])
}

/// The next events after `after`, oldest first.
pub async fn after(db: &Db, scope: Scope, after: i64, limit: i64) -> Result<Vec<Event>, DbError> {
    match scope {
        Scope::Company(company) => {
            let mut tx = db.read(scope).await?;
            tx.query(AFTER_COMPANY).bind(company.0).bind(after).bind(limit).fetch_all().await
        }
        Scope::System if db.engine() == Engine::Postgres => {
            let mut tx = db.begin(scope).await?;
            tx.query("SELECT pg_advisory_xact_lock($1, 0)").bind(LOCK_ALL).execute().await?;
            let events = tx.query(AFTER_ALL).bind(after).bind(limit).fetch_all().await?;
            tx.commit().await?;
            Ok(events)
        }
        Scope::System => {
            let mut tx = db.read(scope).await?;
            tx.query(AFTER_ALL).bind(after).bind(limit).fetch_all().await
        }
    }
}

/// The id of the newest event, 0 when there is none: where a new reader starts.
pub async fn latest(db: &Db, scope: Scope) -> Result<i64, DbError> {
    let mut tx = db.read(scope).await?;
    let query = match scope {
        Scope::Company(company) => tx.query(LATEST_COMPANY).bind(company.0),
        Scope::System => tx.query(LATEST_ALL),
    };
    Ok(query.fetch_scalar_optional().await?.unwrap_or(0))
}

/// Deletes up to 5,000 events that are older; call again while it answers more than 0.
pub async fn prune(db: &Db, before: Micros) -> Result<u64, DbError> {
    let mut tx = db.begin(Scope::System).await?;
    let gone = tx.query(PRUNE).bind(before.0).execute().await?;
    tx.commit().await?;
    Ok(gone)
}
