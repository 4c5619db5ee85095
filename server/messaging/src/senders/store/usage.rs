//! SQL of what was granted to senders and went through their mailboxes.

use super::super::rates::{Grain, Used, Window};
use super::{GraphSettings, Rates, of_kind, rates};
use contract::senders::{GraphMode, SenderKind};
use contract::{CompanyId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use serde::Serialize;

kernel::sql! {
    LOCK = sqlite "SELECT kind, per_second, per_minute, per_hour, per_day, licences, tenant_per_day, mailbox_per_minute, mailbox_per_day
        FROM sender
        WHERE company_id = $1 AND id = $2",
    postgres "SELECT kind, per_second, per_minute, per_hour, per_day, licences, tenant_per_day, mailbox_per_minute, mailbox_per_day
        FROM sender
        WHERE company_id = $1 AND id = $2
        FOR UPDATE";
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
    MAILBOXES = "SELECT m.address, m.trouble, m.rests_until,
            CAST(COALESCE(SUM(CASE WHEN u.grain = 'second' AND u.bucket >= $3 THEN u.used ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN u.grain = 'minute' AND u.bucket >= $4 THEN u.used ELSE 0 END), 0) AS BIGINT)
        FROM sender_mailbox m
        LEFT JOIN sender_mailbox_usage u
            ON u.company_id = m.company_id AND u.sender_id = m.sender_id AND u.address = m.address
        WHERE m.company_id = $1 AND m.sender_id = $2
        GROUP BY m.address, m.trouble, m.rests_until, m.position
        ORDER BY m.position, m.address";
    ADDRESSES = "SELECT address FROM sender_mailbox
        WHERE company_id = $1 AND sender_id = $2
        ORDER BY position, address";
    MAILBOX_BUCKETS = "SELECT grain, bucket, used FROM sender_mailbox_usage
        WHERE company_id = $1 AND sender_id = $2 AND address = $3";
    MAILBOX_ADD = sqlite "INSERT INTO sender_mailbox_usage (company_id, sender_id, address, grain, bucket, used)
        SELECT $1, $2, $3, value ->> 'grain', value ->> 'bucket', 1 FROM json_each($4) WHERE TRUE
        ON CONFLICT (company_id, sender_id, address, grain, bucket) DO UPDATE SET used = sender_mailbox_usage.used + 1",
    postgres "INSERT INTO sender_mailbox_usage (company_id, sender_id, address, grain, bucket, used)
        SELECT $1::uuid, $2::uuid, $3::text, grain, bucket, 1 FROM json_to_recordset($4::json) AS x(grain text, bucket bigint)
        ON CONFLICT (company_id, sender_id, address, grain, bucket) DO UPDATE SET used = sender_mailbox_usage.used + 1";
    MAILBOX_PRUNE = "DELETE FROM sender_mailbox_usage
        WHERE company_id = $1 AND sender_id = $2 AND grain = $3 AND bucket < $4";
    REST = "UPDATE sender_mailbox SET trouble = $4, rests_until = $5
        WHERE company_id = $1 AND sender_id = $2 AND address = $3";
}

/// The limits of a sender; the mailboxes stand in rows of their own.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub kind: SenderKind,
    pub rates: Rates,
    pub graph: GraphSettings,
}

#[derive(kernel::FromRow)]
struct LimitsRow {
    kind: String,
    per_second: Option<i64>,
    per_minute: Option<i64>,
    per_hour: Option<i64>,
    per_day: Option<i64>,
    licences: Option<i64>,
    tenant_per_day: Option<i64>,
    mailbox_per_minute: i64,
    mailbox_per_day: i64,
}

/// Locks the sender for this transaction and answers its limits; `None` if it is gone.
pub(crate) async fn lock(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Option<Limits>, DbError> {
    let Some(row) = tx.query(LOCK).bind(company.0).bind(id.0).fetch_optional::<LimitsRow>().await? else {
        return Ok(None);
    };
    let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    let graph = GraphSettings {
        mode: GraphMode::Auto,
        licences: row.licences.map(number),
        tenant_per_day: row.tenant_per_day.map(number),
        per_minute: number(row.mailbox_per_minute),
        per_day: number(row.mailbox_per_day),
        ..GraphSettings::default()
    };
    let kind = of_kind(&row.kind).unwrap_or_default();
    Ok(Some(Limits { kind, rates: rates([row.per_second, row.per_minute, row.per_hour, row.per_day]), graph }))
}

/// The mailboxes of a sender, in their order.
pub(crate) async fn addresses(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Vec<String>, DbError> {
    tx.query(ADDRESSES).bind(company.0).bind(id.0).fetch_scalars().await
}

/// What a window holds at its end.
pub(crate) async fn used(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    window: &Window,
    now: Micros,
) -> Result<i64, DbError> {
    let sum = tx.query(USED).bind(company.0).bind(id.0).bind(window.grain.as_str()).bind(window.first(now));
    sum.fetch_scalar().await
}

fn known(rows: Vec<(String, i64, i64)>) -> Vec<Used> {
    let known = |(grain, bucket, used): (String, i64, i64)| {
        let grain = Grain::ALL.into_iter().find(|g| g.as_str() == grain)?;
        Some(Used { grain, bucket, used })
    };
    rows.into_iter().filter_map(known).collect()
}

/// All buckets that are kept.
pub(crate) async fn buckets(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Vec<Used>, DbError> {
    Ok(known(tx.query(BUCKETS).bind(company.0).bind(id.0).fetch_all().await?))
}

#[derive(Serialize)]
struct Bucket {
    grain: &'static str,
    bucket: i64,
}

fn buckets_at(grains: &[Grain], now: Micros) -> String {
    let rows: Vec<Bucket> =
        grains.iter().map(|grain| Bucket { grain: grain.as_str(), bucket: grain.bucket(now) }).collect();
    json_rows(&rows)
}

/// Counts what was granted, and forgets what no window holds any more.
pub(crate) async fn add(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    granted: u32,
    now: Micros,
) -> Result<(), DbError> {
    let rows = buckets_at(&Grain::ALL, now);
    tx.query(ADD).bind(company.0).bind(id.0).bind(i64::from(granted)).bind(rows).execute().await?;
    for grain in Grain::ALL {
        let prune = tx.query(PRUNE).bind(company.0).bind(id.0).bind(grain.as_str()).bind(grain.outdated(now));
        prune.execute().await?;
    }
    Ok(())
}

/// One mailbox and what went through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailboxUse {
    pub address: String,
    pub trouble: String,
    pub rests_until: Option<Micros>,
    pub minute: i64,
    pub day: i64,
}

/// The mailboxes of a sender in their order.
pub(crate) async fn mailboxes(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    [minute, day]: [Window; 2],
    now: Micros,
) -> Result<Vec<MailboxUse>, DbError> {
    type Row = (String, String, Option<i64>, i64, i64);
    let query = tx.query(MAILBOXES).bind(company.0).bind(id.0).bind(minute.first(now)).bind(day.first(now));
    let rows = query.fetch_all::<Row>().await?;
    let one = |(address, trouble, rests_until, minute, day): Row| MailboxUse {
        address,
        trouble,
        rests_until: rests_until.map(Micros),
        minute,
        day,
    };
    Ok(rows.into_iter().map(one).collect())
}

/// All buckets of a mailbox that are kept.
pub(crate) async fn mailbox_buckets(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    address: &str,
) -> Result<Vec<Used>, DbError> {
    Ok(known(tx.query(MAILBOX_BUCKETS).bind(company.0).bind(id.0).bind(address).fetch_all().await?))
}

/// Counts one message through a mailbox.
pub(crate) async fn add_to_mailbox(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    address: &str,
    now: Micros,
) -> Result<(), DbError> {
    const GRAINS: [Grain; 2] = [Grain::Second, Grain::Minute];
    let rows = buckets_at(&GRAINS, now);
    tx.query(MAILBOX_ADD).bind(company.0).bind(id.0).bind(address).bind(rows).execute().await?;
    for grain in GRAINS {
        let prune = tx.query(MAILBOX_PRUNE).bind(company.0).bind(id.0).bind(grain.as_str());
        prune.bind(grain.outdated(now)).execute().await?;
    }
    Ok(())
}

/// A mailbox rests, or with an empty trouble works again.
pub(crate) async fn rest(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    address: &str,
    trouble: &str,
    until: Option<Micros>,
) -> Result<(), DbError> {
    let set = tx.query(REST).bind(company.0).bind(id.0).bind(address).bind(trouble).bind(until.map(|m| m.0));
    set.execute().await.map(drop)
}
