//! SQL of limits.

use crate::senders::rates::{Grain, Used};
use contract::sending::RestingDomain;
use contract::{CompanyId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Engine, Tx};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

kernel::sql! {
    BUCKETS = "SELECT grain, bucket, used
        FROM rate_usage
        WHERE company_id = $1 AND key = $2
        ORDER BY grain, bucket";
    ADD = sqlite "INSERT INTO rate_usage (company_id, key, grain, bucket, used)
        SELECT $1, $2, value ->> 'g', value ->> 'b', value ->> 'u'
        FROM json_each($3)
        WHERE true
        ON CONFLICT (company_id, key, grain, bucket) DO UPDATE SET used = rate_usage.used + excluded.used",
    postgres "INSERT INTO rate_usage (company_id, key, grain, bucket, used)
        SELECT $1, $2, x.g, x.b, x.u
        FROM json_to_recordset($3::json) AS x(g text, b bigint, u bigint)
        ON CONFLICT (company_id, key, grain, bucket) DO UPDATE SET used = rate_usage.used + excluded.used";
    FORGET = "DELETE FROM rate_usage
        WHERE company_id = $1 AND key = $2 AND grain = $3 AND bucket < $4";
    TURN = "SELECT turn_at FROM rate_turn
        WHERE company_id = $1 AND key = $2";
    SET_TURN = "INSERT INTO rate_turn (company_id, key, turn_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (company_id, key) DO UPDATE SET turn_at = excluded.turn_at";
    FORGET_TURN = "DELETE FROM rate_turn
        WHERE company_id = $1 AND key = $2";
    REST = "INSERT INTO destination (company_id, sender_id, domain, rests_until, reason, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (company_id, sender_id, domain) DO UPDATE
            SET rests_until = excluded.rests_until, reason = excluded.reason, updated_at = excluded.updated_at";
    FORGET_RESTS = "DELETE FROM destination
        WHERE rests_until < $1";
    WELL = "DELETE FROM destination
        WHERE company_id = $1 AND sender_id = $2 AND domain = $3";
    RESTING = "SELECT domain, rests_until, reason
        FROM destination
        WHERE company_id = $1 AND sender_id = $2 AND rests_until > $3
        ORDER BY rests_until DESC, domain
        LIMIT 200";
    RESTING_OF_ALL = "SELECT d.sender_id, s.name, d.domain, d.rests_until, d.reason
        FROM destination d
        JOIN sender s ON s.company_id = d.company_id AND s.id = d.sender_id
        WHERE d.company_id = $1 AND d.rests_until > $2
        ORDER BY d.rests_until DESC, d.domain, d.sender_id
        LIMIT 200";
}

/// Holds off everybody else at this limit until the transaction ends.
pub async fn lock(tx: &mut Tx, company: CompanyId, key: &str) -> Result<(), DbError> {
    if tx.engine() == Engine::Postgres {
        let mut hash = Sha256::new();
        hash.update(company.0.as_bytes());
        hash.update(key.as_bytes());
        let digest = hash.finalize();
        let number = digest.first_chunk::<8>().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        tx.query("SELECT pg_advisory_xact_lock($1)").bind(number).execute().await?;
    }
    Ok(())
}

/// What was used and still counts.
pub async fn buckets(tx: &mut Tx, company: CompanyId, key: &str, now: Micros) -> Result<Vec<Used>, DbError> {
    let rows: Vec<(String, i64, i64)> = tx.query(BUCKETS).bind(company.0).bind(key).fetch_all().await?;
    let used = rows.into_iter().filter_map(|(grain, bucket, used)| {
        let grain = Grain::ALL.into_iter().find(|g| g.as_str() == grain)?;
        Some(Used { grain, bucket, used })
    });
    Ok(used.filter(|u| u.bucket >= u.grain.outdated(now)).collect())
}

/// Counts what is used now, and forgets what is in no window any more.
pub async fn add(tx: &mut Tx, company: CompanyId, key: &str, used: &[Used], now: Micros) -> Result<(), DbError> {
    let rows: Vec<_> = used.iter().map(|u| json!({ "g": u.grain.as_str(), "b": u.bucket, "u": u.used })).collect();
    tx.query(ADD).bind(company.0).bind(key).bind(json_rows(&rows)).execute().await?;
    for u in used {
        let oldest = u.grain.outdated(now);
        tx.query(FORGET).bind(company.0).bind(key).bind(u.grain.as_str()).bind(oldest).execute().await?;
    }
    Ok(())
}

/// When the next one is due.
pub async fn turn(tx: &mut Tx, company: CompanyId, key: &str) -> Result<Option<i64>, DbError> {
    tx.query(TURN).bind(company.0).bind(key).fetch_scalar_optional().await
}

/// Moves the turn.
pub async fn set_turn(tx: &mut Tx, company: CompanyId, key: &str, at: i64) -> Result<(), DbError> {
    tx.query(SET_TURN).bind(company.0).bind(key).bind(at).execute().await.map(drop)
}

/// The next one is due at once, as far as turns go.
pub async fn forget_turn(tx: &mut Tx, company: CompanyId, key: &str) -> Result<(), DbError> {
    tx.query(FORGET_TURN).bind(company.0).bind(key).execute().await.map(drop)
}

/// Writes down that a domain rests.
pub async fn rest(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    domain: &str,
    until: Micros,
    reason: &str,
    now: Micros,
) -> Result<(), DbError> {
    let query = tx.query(REST).bind(company.0).bind(sender.0).bind(domain).bind(until.0);
    query.bind(reason).bind(now.0).execute().await?;
    tx.query(FORGET_RESTS).bind(now.plus_seconds(-86_400).0).execute().await.map(drop)
}

/// Writes down that a domain takes mail again.
pub async fn well(tx: &mut Tx, company: CompanyId, sender: SenderId, domain: &str) -> Result<(), DbError> {
    tx.query(WELL).bind(company.0).bind(sender.0).bind(domain).execute().await.map(drop)
}

/// Domains that rest: name, until when, why.
pub async fn resting(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    now: Micros,
) -> Result<Vec<(String, Micros, String)>, DbError> {
    let rows: Vec<(String, i64, String)> =
        tx.query(RESTING).bind(company.0).bind(sender.0).bind(now.0).fetch_all().await?;
    Ok(rows.into_iter().map(|(domain, until, reason)| (domain, Micros(until), reason)).collect())
}

/// The same of all senders, at most 200.
pub async fn resting_of_all(tx: &mut Tx, company: CompanyId, now: Micros) -> Result<Vec<RestingDomain>, DbError> {
    let rows: Vec<(Uuid, String, String, i64, String)> =
        tx.query(RESTING_OF_ALL).bind(company.0).bind(now.0).fetch_all().await?;
    let read = |(sender, sender_name, domain, until, reason)| RestingDomain {
        sender: SenderId(sender),
        sender_name,
        domain,
        until: Micros(until),
        reason,
    };
    Ok(rows.into_iter().map(read).collect())
}
