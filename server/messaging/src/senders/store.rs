//! SQL of senders and of what was granted to them.

use super::rates::{Grain, Used, Window};
use contract::senders::{Rates, Sender, SenderDraft, SenderHealth, TlsMode};
use contract::{CompanyId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use serde::Serialize;
use uuid::Uuid;

kernel::sql! {
    LIST = "SELECT id, name, host, port, tls, login, from_email, from_name, reply_to, pool, per_second, per_minute, per_hour, per_day,
            version, health_state, health_detail, health_at, health_until, updated_at
        FROM sender
        WHERE company_id = $1
        ORDER BY name, id";
    GET = "SELECT id, name, host, port, tls, login, from_email, from_name, reply_to, pool, per_second, per_minute, per_hour, per_day,
            version, health_state, health_detail, health_at, health_until, updated_at
        FROM sender
        WHERE company_id = $1 AND id = $2";
    LOCK = sqlite "SELECT per_second, per_minute, per_hour, per_day FROM sender
        WHERE company_id = $1 AND id = $2",
    postgres "SELECT per_second, per_minute, per_hour, per_day FROM sender
        WHERE company_id = $1 AND id = $2
        FOR UPDATE";
    SENT = "SELECT sender_id, COUNT(*) FROM recipient
        WHERE company_id = $1 AND sender_id IS NOT NULL AND handed_at > $2
        GROUP BY sender_id";
    INSERT = "INSERT INTO sender (company_id, id, name, host, port, tls, login, from_email, from_name, reply_to, pool,
            per_second, per_minute, per_hour, per_day, version, health_state, health_detail, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, 'untested', '', $16, $16)";
    // What reaches the server in another way has not been tested yet.
    UPDATE = "UPDATE sender
        SET name = $3, host = $4, port = $5, tls = $6, login = $7, from_email = $8, from_name = $9, reply_to = $10, pool = $11,
            per_second = $12, per_minute = $13, per_hour = $14, per_day = $15, version = version + 1, updated_at = $16,
            health_state = CASE WHEN $17 THEN 'untested' ELSE health_state END,
            health_detail = CASE WHEN $17 THEN '' ELSE health_detail END,
            health_at = CASE WHEN $17 THEN NULL ELSE health_at END,
            health_until = CASE WHEN $17 THEN NULL ELSE health_until END
        WHERE company_id = $1 AND id = $2";
    DELETE = "DELETE FROM sender WHERE company_id = $1 AND id = $2";
    COUNT = "SELECT COUNT(*) FROM sender WHERE company_id = $1";
    NAMED_BY = "SELECT name FROM campaign
        WHERE company_id = $1 AND sender_id = $2 AND state IN ('draft', 'scheduled', 'preparing', 'sending', 'paused')
        ORDER BY updated_at DESC, id
        LIMIT 3";
    HEALTH = "UPDATE sender
        SET health_state = $3, health_detail = $4, health_at = $5, health_until = $6
        WHERE company_id = $1 AND id = $2
          AND (health_state <> $3 OR health_detail <> $4 OR COALESCE(health_until, 0) <> COALESCE($6, 0))";
    USED = "SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM sender_usage
        WHERE company_id = $1 AND sender_id = $2 AND grain = $3 AND bucket >= $4";
    BUCKETS = "SELECT grain, bucket, used FROM sender_usage
        WHERE company_id = $1 AND sender_id = $2";
    ADD = sqlite "INSERT INTO sender_usage (company_id, sender_id, grain, bucket, used)
        SELECT $1, $2, value ->> 'grain', value ->> 'bucket', $3 FROM json_each($4) WHERE TRUE
        ON CONFLICT (company_id, sender_id, grain, bucket) DO UPDATE SET used = sender_usage.used + excluded.used",
    postgres "INSERT INTO sender_usage (company_id, sender_id, grain, bucket, used)
        SELECT $1::uuid, $2::uuid, grain, bucket, $3::bigint FROM json_to_recordset($4::json) AS x(grain text, bucket bigint)
        ON CONFLICT (company_id, sender_id, grain, bucket) DO UPDATE SET used = sender_usage.used + excluded.used";
    PRUNE = "DELETE FROM sender_usage
        WHERE company_id = $1 AND sender_id = $2 AND grain = $3 AND bucket < $4";
}

#[derive(sqlx::FromRow)]
struct SenderRow {
    id: Uuid,
    name: String,
    host: String,
    port: i64,
    tls: String,
    login: String,
    from_email: String,
    from_name: String,
    reply_to: String,
    pool: i64,
    per_second: Option<i64>,
    per_minute: Option<i64>,
    per_hour: Option<i64>,
    per_day: Option<i64>,
    version: i64,
    health_state: String,
    health_detail: String,
    health_at: Option<i64>,
    health_until: Option<i64>,
    updated_at: i64,
}

/// A sender with the number of its settings.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub sender: Sender,
    pub version: i64,
}

impl TryFrom<SenderRow> for Stored {
    type Error = DbError;

    fn try_from(row: SenderRow) -> Result<Self, DbError> {
        let bad = |column| DbError::Inconsistency { table: "sender", column, row: row.id.to_string() };
        let tls = [TlsMode::Tls, TlsMode::Starttls, TlsMode::None].into_iter().find(|t| t.as_str() == row.tls);
        let sender = Sender {
            id: SenderId(row.id),
            port: u16::try_from(row.port).map_err(|_| bad("port"))?,
            pool: u16::try_from(row.pool).map_err(|_| bad("pool"))?,
            tls: tls.ok_or_else(|| bad("tls"))?,
            rates: rates([row.per_second, row.per_minute, row.per_hour, row.per_day]),
            name: row.name,
            host: row.host,
            user: row.login,
            has_secret: false,
            from_email: row.from_email,
            from_name: row.from_name,
            reply_to: row.reply_to,
            health: SenderHealth {
                state: row.health_state,
                detail: row.health_detail,
                at: row.health_at.map(Micros),
                until: row.health_until.map(Micros),
            },
            sent_day: 0,
            updated: Micros(row.updated_at),
        };
        Ok(Self { sender, version: row.version })
    }
}

fn rates(limits: [Option<i64>; 4]) -> Rates {
    let [per_second, per_minute, per_hour, per_day] = limits.map(|n| n.and_then(|n| u32::try_from(n).ok()));
    Rates { per_second, per_minute, per_hour, per_day }
}

pub(super) async fn list(tx: &mut Tx, company: CompanyId) -> Result<Vec<Stored>, DbError> {
    let rows = tx.query(LIST).bind(company.0).fetch_all::<SenderRow>().await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

pub(super) async fn get(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Option<Stored>, DbError> {
    let row = tx.query(GET).bind(company.0).bind(id.0).fetch_optional::<SenderRow>().await?;
    row.map(TryInto::try_into).transpose()
}

/// Messages handed over since then, by sender, from the ledger.
pub(super) async fn sent_since(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<Vec<(Uuid, i64)>, DbError> {
    tx.query(SENT).bind(company.0).bind(since.0).fetch_all().await
}

pub(super) async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    draft: &SenderDraft,
    now: Micros,
) -> Result<(), DbError> {
    settings(tx.query(INSERT).bind(company.0).bind(id.0), draft).bind(now.0).execute_one().await
}

/// `moved` says that the server is reached in another way than before.
pub(super) async fn update(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    draft: &SenderDraft,
    moved: bool,
    now: Micros,
) -> Result<(), DbError> {
    settings(tx.query(UPDATE).bind(company.0).bind(id.0), draft).bind(now.0).bind(moved).execute_one().await
}

fn settings<'t>(query: kernel::db::Query<'t>, draft: &SenderDraft) -> kernel::db::Query<'t> {
    let rates = &draft.rates;
    query
        .bind(draft.name.clone())
        .bind(draft.host.clone())
        .bind(i64::from(draft.port))
        .bind(draft.tls.as_str())
        .bind(draft.user.clone())
        .bind(draft.from_email.clone())
        .bind(draft.from_name.clone())
        .bind(draft.reply_to.clone())
        .bind(i64::from(draft.pool))
        .bind(rates.per_second.map(i64::from))
        .bind(rates.per_minute.map(i64::from))
        .bind(rates.per_hour.map(i64::from))
        .bind(rates.per_day.map(i64::from))
}

pub(super) async fn delete(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<(), DbError> {
    tx.query(DELETE).bind(company.0).bind(id.0).execute_one().await
}

pub(super) async fn count(tx: &mut Tx, company: CompanyId) -> Result<i64, DbError> {
    tx.query(COUNT).bind(company.0).fetch_scalar().await
}

/// Campaigns that are not ended and name the sender, at most three, by name.
pub(super) async fn named_by(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Vec<String>, DbError> {
    tx.query(NAMED_BY).bind(company.0).bind(id.0).fetch_scalars().await
}

/// Writes how it is doing, unless that is what is written already.
pub(super) async fn set_health(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    health: &SenderHealth,
) -> Result<bool, DbError> {
    let set = tx.query(HEALTH).bind(company.0).bind(id.0).bind(health.state.clone()).bind(health.detail.clone());
    Ok(set.bind(health.at.map(|m| m.0)).bind(health.until.map(|m| m.0)).execute().await? > 0)
}

/// Locks the sender for this transaction and answers its limits; `None` if it is gone.
pub(super) async fn lock(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Option<Rates>, DbError> {
    type Limits = (Option<i64>, Option<i64>, Option<i64>, Option<i64>);
    let row = tx.query(LOCK).bind(company.0).bind(id.0).fetch_optional::<Limits>().await?;
    Ok(row.map(|(second, minute, hour, day)| rates([second, minute, hour, day])))
}

/// What a window holds at its end.
pub(super) async fn used(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    window: &Window,
    now: Micros,
) -> Result<i64, DbError> {
    let sum = tx.query(USED).bind(company.0).bind(id.0).bind(window.grain.as_str()).bind(window.first(now));
    sum.fetch_scalar().await
}

/// All buckets that are kept.
pub(super) async fn buckets(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Vec<Used>, DbError> {
    let rows = tx.query(BUCKETS).bind(company.0).bind(id.0).fetch_all::<(String, i64, i64)>().await?;
    let known = |(grain, bucket, used): (String, i64, i64)| {
        let grain = Grain::ALL.into_iter().find(|g| g.as_str() == grain)?;
        Some(Used { grain, bucket, used })
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

#[derive(Serialize)]
struct Bucket {
    grain: &'static str,
    bucket: i64,
}

/// Counts what was granted, and forgets what no window holds any more.
pub(super) async fn add(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    granted: u32,
    now: Micros,
) -> Result<(), DbError> {
    let buckets = Grain::ALL.map(|grain| Bucket { grain: grain.as_str(), bucket: grain.bucket(now) });
    let add = tx.query(ADD).bind(company.0).bind(id.0).bind(i64::from(granted)).bind(json_rows(&buckets));
    add.execute().await?;
    for grain in Grain::ALL {
        let prune = tx.query(PRUNE).bind(company.0).bind(id.0).bind(grain.as_str()).bind(grain.outdated(now));
        prune.execute().await?;
    }
    Ok(())
}
