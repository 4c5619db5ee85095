//! SQL of the brake.

use super::Closed;
use contract::{CompanyId, Micros, UserId};
use kernel::{DbError, Engine, Tx};
use std::collections::HashSet;
use uuid::Uuid;

/// Names the lock that gates share and a change of the brake takes alone.
const LOCK: i64 = 0x6c75_7862_726b;

kernel::sql! {
    CLOSED = "SELECT CASE
                WHEN i.frozen_at IS NOT NULL THEN 'frozen'
                WHEN i.stopped_at IS NOT NULL THEN 'installation'
                WHEN s.company_id IS NOT NULL THEN 'company'
                ELSE ''
            END
        FROM installation i
        LEFT JOIN sending_stop s ON s.company_id = $1
        WHERE i.id = 1";
    INSTALLATION = "SELECT stopped_at, stop_reason, frozen_at, freeze_reason, epoch
        FROM installation
        WHERE id = 1";
    STOPPED_COMPANIES = "SELECT company_id FROM sending_stop ORDER BY company_id";
    COMPANY_STOP = "SELECT reason, stopped_by, stopped_at
        FROM sending_stop
        WHERE company_id = $1";
    STOP = "INSERT INTO sending_stop (company_id, reason, stopped_by, stopped_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (company_id) DO NOTHING";
    RELEASE = "DELETE FROM sending_stop WHERE company_id = $1";
    STOP_INSTALLATION = "UPDATE installation
        SET stopped_at = $1, stop_reason = $2
        WHERE id = 1";
    FREEZE = "UPDATE installation
        SET frozen_at = $1, freeze_reason = $2
        WHERE id = 1 AND frozen_at IS NULL";
    THAW = "UPDATE installation
        SET frozen_at = NULL, freeze_reason = '', epoch = epoch + 1
        WHERE id = 1 AND frozen_at IS NOT NULL";
    FORGET_NODES = "DELETE FROM installation_node";
    NODES = "SELECT node, token, beats FROM installation_node ORDER BY node";
    LAST_BEAT = "SELECT MAX(beat_at) FROM installation_node";
    NODE_TOKEN = "SELECT token FROM installation_node WHERE node = $1";
    FOUND = "INSERT INTO installation_node (node, token, beats, beat_at)
        VALUES ($1, $2, 0, $3)
        ON CONFLICT (node) DO UPDATE SET token = excluded.token, beat_at = excluded.beat_at";
    BEAT = "UPDATE installation_node
        SET token = $3, beats = beats + 1, beat_at = $4
        WHERE node = $1 AND token = $2";
    PRUNE_NODES = "DELETE FROM installation_node WHERE beat_at < $1 AND node <> $2";
    HAS_WORK = "SELECT 1 FROM campaign
        WHERE state IN ('scheduled', 'preparing', 'sending', 'paused')
        LIMIT 1";
}

/// Waits for changes of the brake that are about to commit, and holds off new ones until this transaction ends.
pub async fn lock_for_sending(tx: &mut Tx) -> Result<(), DbError> {
    if tx.engine() == Engine::Postgres {
        tx.query("SELECT pg_advisory_xact_lock_shared($1)").bind(LOCK).execute().await?;
    }
    Ok(())
}

/// Waits until nobody writes intents under the old state of the brake.
pub async fn lock_for_change(tx: &mut Tx) -> Result<(), DbError> {
    if tx.engine() == Engine::Postgres {
        tx.query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute().await?;
    }
    Ok(())
}

/// What closes the brake for a company, if anything does.
pub async fn closed(tx: &mut Tx, company: CompanyId) -> Result<Option<Closed>, DbError> {
    let word: String = tx.query(CLOSED).bind(company.0).fetch_scalar().await?;
    Ok(match word.as_str() {
        "frozen" => Some(Closed::Frozen),
        "installation" => Some(Closed::Installation),
        "company" => Some(Closed::Company),
        _ => None,
    })
}

/// The installation's row.
#[derive(Clone, Debug, kernel::FromRow)]
pub struct Installation {
    /// Stopped since.
    pub stopped_at: Option<i64>,
    /// Why.
    pub stop_reason: String,
    /// Frozen since.
    pub frozen_at: Option<i64>,
    /// Why.
    pub freeze_reason: String,
    /// Confirmations so far.
    pub epoch: i64,
}

/// The installation's row.
pub async fn installation(tx: &mut Tx) -> Result<Installation, DbError> {
    tx.query(INSTALLATION).fetch_one().await
}

/// All companies that are stopped.
pub async fn stopped_companies(tx: &mut Tx) -> Result<HashSet<CompanyId>, DbError> {
    let all: Vec<Uuid> = tx.query(STOPPED_COMPANIES).fetch_scalars().await?;
    Ok(all.into_iter().map(CompanyId).collect())
}

/// Reason, who and since when a company is stopped.
pub async fn company_stop(
    tx: &mut Tx,
    company: CompanyId,
) -> Result<Option<(String, Option<UserId>, Micros)>, DbError> {
    let row: Option<(String, Option<Uuid>, i64)> = tx.query(COMPANY_STOP).bind(company.0).fetch_optional().await?;
    Ok(row.map(|(reason, by, at)| (reason, by.map(UserId), Micros(at))))
}

/// Stops a company; the first reason stays.
pub async fn stop(
    tx: &mut Tx,
    company: CompanyId,
    reason: &str,
    by: Option<UserId>,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(STOP).bind(company.0).bind(reason).bind(by.map(|u| u.0)).bind(now.0).execute().await.map(drop)
}

/// Releases a company; answers whether it was stopped.
pub async fn release(tx: &mut Tx, company: CompanyId) -> Result<bool, DbError> {
    Ok(tx.query(RELEASE).bind(company.0).execute().await? > 0)
}

/// Stops the installation, or releases it.
pub async fn stop_installation(tx: &mut Tx, stop: Option<(&str, Micros)>) -> Result<(), DbError> {
    let query = tx.query(STOP_INSTALLATION).bind(stop.map(|(_, at)| at.0));
    query.bind(stop.map_or("", |(reason, _)| reason)).execute_one().await
}

/// Freezes the installation unless it is.
pub async fn freeze(tx: &mut Tx, reason: &str, now: Micros) -> Result<(), DbError> {
    tx.query(FREEZE).bind(now.0).bind(reason).execute().await.map(drop)
}

/// Takes the freeze back and forgets the nodes; answers whether it was frozen.
pub async fn thaw(tx: &mut Tx) -> Result<bool, DbError> {
    let was = tx.query(THAW).execute().await? > 0;
    if was {
        tx.query(FORGET_NODES).execute().await?;
    }
    Ok(was)
}

/// A node's name, token and number of beats.
pub async fn nodes(tx: &mut Tx) -> Result<Vec<(String, String, i64)>, DbError> {
    tx.query(NODES).fetch_all().await
}

/// When a node that sends last gave a sign of life.
pub async fn last_beat(tx: &mut Tx) -> Result<Option<Micros>, DbError> {
    let at: Option<i64> = tx.query(LAST_BEAT).fetch_scalar().await?;
    Ok(at.map(Micros))
}

/// The token this database holds for a node.
pub async fn token(tx: &mut Tx, node: &str) -> Result<Option<String>, DbError> {
    tx.query(NODE_TOKEN).bind(node).fetch_scalar_optional().await
}

/// Enters a node.
pub async fn found(tx: &mut Tx, node: &str, token: &str, now: Micros) -> Result<(), DbError> {
    tx.query(FOUND).bind(node).bind(token).bind(now.0).execute().await.map(drop)
}

/// Moves a node's token on; false when the database does not hold the one this node left there.
pub async fn beat(tx: &mut Tx, node: &str, from: &str, to: &str, now: Micros) -> Result<bool, DbError> {
    Ok(tx.query(BEAT).bind(node).bind(from).bind(to).bind(now.0).execute().await? == 1)
}

/// Forgets nodes that have been silent since then.
pub async fn prune_nodes(tx: &mut Tx, before: Micros, but: &str) -> Result<(), DbError> {
    tx.query(PRUNE_NODES).bind(before.0).bind(but).execute().await.map(drop)
}

/// Whether any campaign could go out by itself or by one press.
pub async fn has_work(tx: &mut Tx) -> Result<bool, DbError> {
    let found: Option<i32> = tx.query(HAS_WORK).fetch_scalar_optional().await?;
    Ok(found.is_some())
}
