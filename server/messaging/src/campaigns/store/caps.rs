//! SQL of frequency caps and warm-ups, and the counts they are checked against.

use contract::campaigns::{Cap, Caps, WarmUp};
use contract::{CampaignId, CompanyId, ContactId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use std::collections::HashMap;
use uuid::Uuid;

kernel::sql! {
    CAPS = "SELECT caps FROM frequency_cap WHERE company_id = $1";
    PUT_CAPS = "INSERT INTO frequency_cap (company_id, caps, updated_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (company_id) DO UPDATE SET caps = excluded.caps, updated_at = excluded.updated_at";
    // Two nodes that mail the same person at the same moment wait for each other here; SQLite has one writer anyway.
    LOCK_PEOPLE = sqlite "SELECT COUNT($1 || value) FROM json_each($2)",
    postgres "SELECT COUNT(pg_advisory_xact_lock(k)) FROM (
            SELECT DISTINCT hashtextextended($1 || value, 7) AS k
            FROM json_array_elements_text($2::json)
            ORDER BY k
        ) AS keys";
    // What people were handed since, newest first, by campaigns that count.
    HANDED = sqlite "SELECT r.contact_id, r.handed_at
        FROM json_each($2) j
        CROSS JOIN recipient r ON r.company_id = $1 AND r.contact_id = unhex(j.value, '-') AND r.handed_at > $3
        JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        WHERE r.campaign_id <> $4 AND r.state IN ('handed', 'accepted', 'unknown') AND c.cap <> 'exempt'
        ORDER BY r.contact_id, r.handed_at DESC, r.id",
    postgres "SELECT r.contact_id, r.handed_at
        FROM json_array_elements_text($2::json) AS j(id)
        JOIN recipient r ON r.company_id = $1 AND r.contact_id = j.id::uuid AND r.handed_at > $3
        JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        WHERE r.campaign_id <> $4 AND r.state IN ('handed', 'accepted', 'unknown') AND c.cap <> 'exempt'
        ORDER BY r.contact_id, r.handed_at DESC, r.id";
    // For whom a campaign with priority waits.
    RESERVED = sqlite "SELECT r.contact_id, COUNT(*)
        FROM campaign c
        CROSS JOIN json_each($2) j
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.contact_id = unhex(j.value, '-')
        WHERE c.company_id = $1 AND c.id <> $3 AND c.state IN ('preparing', 'sending', 'paused')
            AND c.cap = 'priority' AND r.state IN ('pending', 'claimed')
        GROUP BY r.contact_id",
    postgres "SELECT r.contact_id, COUNT(*)
        FROM campaign c
        CROSS JOIN json_array_elements_text($2::json) AS j(id)
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.contact_id = j.id::uuid
        WHERE c.company_id = $1 AND c.id <> $3 AND c.state IN ('preparing', 'sending', 'paused')
            AND c.cap = 'priority' AND r.state IN ('pending', 'claimed')
        GROUP BY r.contact_id";
    HAS_SENDER = "SELECT 1 FROM sender WHERE company_id = $1 AND id = $2";
    WARM_UP = "SELECT first_day, growth_percent, target, started_at FROM warm_up
        WHERE company_id = $1 AND sender_id = $2";
    LOCK_WARM_UP = sqlite "SELECT first_day, growth_percent, target, started_at FROM warm_up
        WHERE company_id = $1 AND sender_id = $2",
    postgres "SELECT first_day, growth_percent, target, started_at FROM warm_up
        WHERE company_id = $1 AND sender_id = $2
        FOR UPDATE";
    PUT_WARM_UP = "INSERT INTO warm_up (company_id, sender_id, first_day, growth_percent, target, started_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (company_id, sender_id) DO UPDATE
        SET first_day = excluded.first_day, growth_percent = excluded.growth_percent, target = excluded.target,
            started_at = excluded.started_at";
    END_WARM_UP = "DELETE FROM warm_up WHERE company_id = $1 AND sender_id = $2";
    HANDED_BY = "SELECT COUNT(*) FROM recipient WHERE company_id = $1 AND sender_id = $2 AND handed_at >= $3";
}

/// The company's caps; none without a row.
pub async fn find(tx: &mut Tx, company: CompanyId) -> Result<Caps, DbError> {
    let text: Option<String> = tx.query(CAPS).bind(company.0).fetch_scalar_optional().await?;
    let wrong = |_| DbError::Inconsistency { table: "frequency_cap", column: "caps", row: company.to_string() };
    text.map_or(Ok(Caps::default()), |text| serde_json::from_str(&text).map_err(wrong))
}

/// Replaces them.
pub async fn put(tx: &mut Tx, company: CompanyId, caps: &Caps, now: Micros) -> Result<(), DbError> {
    tx.query(PUT_CAPS).bind(company.0).bind(json_rows(caps)).bind(now.0).execute_one().await
}

/// What a person was handed, and what is kept for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailed {
    /// When, newest first.
    pub handed: Vec<Micros>,
    /// Messages that campaigns with priority have for them.
    pub reserved: i64,
}

/// What these people were handed since, by other campaigns. Until the transaction ends nobody else decides about them.
pub async fn mailed(
    tx: &mut Tx,
    company: CompanyId,
    campaign: CampaignId,
    people: &[ContactId],
    since: Micros,
    with_reserved: bool,
) -> Result<HashMap<ContactId, Mailed>, DbError> {
    if tx.engine() == kernel::db::Engine::Postgres {
        let lock = tx.query(LOCK_PEOPLE).bind(company.to_string()).bind(json_rows(people));
        lock.fetch_scalar::<i64>().await?;
    }
    let ids = json_rows(people);
    let query = tx.query(HANDED).bind(company.0).bind(ids.clone()).bind(since.0).bind(campaign.0);
    let mut all: HashMap<ContactId, Mailed> = HashMap::new();
    for (contact, at) in query.fetch_all::<(Uuid, i64)>().await? {
        all.entry(ContactId(contact)).or_default().handed.push(Micros(at));
    }
    if with_reserved {
        let query = tx.query(RESERVED).bind(company.0).bind(ids).bind(campaign.0);
        for (contact, count) in query.fetch_all::<(Uuid, i64)>().await? {
            all.entry(ContactId(contact)).or_default().reserved = count;
        }
    }
    Ok(all)
}

/// Whether there is such a sender.
pub async fn has_sender(tx: &mut Tx, company: CompanyId, sender: SenderId) -> Result<bool, DbError> {
    let found: Option<i32> = tx.query(HAS_SENDER).bind(company.0).bind(sender.0).fetch_scalar_optional().await?;
    Ok(found.is_some())
}

type WarmUpRow = (i64, i64, i64, i64);

fn read_warm_up((first, growth, target, started): WarmUpRow) -> WarmUp {
    let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    WarmUp {
        first_day: small(first),
        growth_percent: small(growth),
        target: small(target),
        started: Some(Micros(started)),
    }
}

/// How a sender is warmed up.
pub async fn warm_up(tx: &mut Tx, company: CompanyId, sender: SenderId) -> Result<Option<WarmUp>, DbError> {
    let row: Option<WarmUpRow> = tx.query(WARM_UP).bind(company.0).bind(sender.0).fetch_optional().await?;
    Ok(row.map(read_warm_up))
}

/// The same, and until the transaction ends nobody else counts for it.
pub async fn lock_warm_up(tx: &mut Tx, company: CompanyId, sender: SenderId) -> Result<Option<WarmUp>, DbError> {
    let row: Option<WarmUpRow> = tx.query(LOCK_WARM_UP).bind(company.0).bind(sender.0).fetch_optional().await?;
    Ok(row.map(read_warm_up))
}

/// Begins or changes a warm-up.
pub async fn put_warm_up(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    warm_up: &WarmUp,
    started: Micros,
) -> Result<(), DbError> {
    tx.query(PUT_WARM_UP)
        .bind(company.0)
        .bind(sender.0)
        .bind(i64::from(warm_up.first_day))
        .bind(i64::from(warm_up.growth_percent))
        .bind(i64::from(warm_up.target))
        .bind(started.0)
        .execute_one()
        .await
}

/// Ends a warm-up; again is no error.
pub async fn end_warm_up(tx: &mut Tx, company: CompanyId, sender: SenderId) -> Result<(), DbError> {
    tx.query(END_WARM_UP).bind(company.0).bind(sender.0).execute().await.map(drop)
}

/// Messages of the ledger that a sender was handed since.
pub async fn handed_by(tx: &mut Tx, company: CompanyId, sender: SenderId, since: Micros) -> Result<i64, DbError> {
    tx.query(HANDED_BY).bind(company.0).bind(sender.0).bind(since.0).fetch_scalar().await
}

/// The longest stretch that any of the caps looks back.
pub fn longest(rules: &[Cap]) -> i64 {
    rules.iter().map(|cap| i64::from(cap.days) * 86_400).max().unwrap_or(0)
}
