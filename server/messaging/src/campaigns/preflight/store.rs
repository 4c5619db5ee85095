//! SQL of the report: what links answered, and what else goes to the same people.

use super::probe::Tried;
use contract::{CampaignId, CompanyId, Micros};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    ANSWERS = "SELECT version, answers, checked_at FROM link_check WHERE company_id = $1 AND campaign_id = $2";
    KEEP = "INSERT INTO link_check (company_id, campaign_id, version, answers, checked_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (company_id, campaign_id) DO UPDATE
        SET version = excluded.version, answers = excluded.answers, checked_at = excluded.checked_at";
    // What went out, goes out, or will, in the stretch of time.
    AROUND = "SELECT id, name, audience, COALESCE(started_at, scheduled_at, updated_at) AS at
        FROM campaign
        WHERE company_id = $1 AND id <> $2
            AND state IN ('scheduled', 'preparing', 'sending', 'paused', 'finished', 'finished_with_failures')
            AND COALESCE(started_at, scheduled_at, updated_at) BETWEEN $3 AND $4
        ORDER BY at, id
        LIMIT 20";
}

/// What the links of a campaign answered the last time.
pub struct Kept {
    /// Hash of the targets.
    pub version: String,
    /// The answers.
    pub answers: Vec<Tried>,
    /// When.
    pub at: Micros,
}

/// What is kept, if it can be read.
pub async fn kept(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Option<Kept>, DbError> {
    let row: Option<(String, String, i64)> = tx.query(ANSWERS).bind(company.0).bind(id.0).fetch_optional().await?;
    Ok(row.and_then(|(version, answers, at)| {
        Some(Kept { version, answers: serde_json::from_str(&answers).ok()?, at: Micros(at) })
    }))
}

/// Keeps what they answered.
pub async fn keep(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    version: &str,
    answers: &[Tried],
    now: Micros,
) -> Result<(), DbError> {
    let query = tx.query(KEEP).bind(company.0).bind(id.0).bind(version).bind(json_rows(answers)).bind(now.0);
    query.execute_one().await
}

/// Another campaign near in time.
pub struct Near {
    /// Name.
    pub name: String,
    /// Its audience.
    pub audience: contract::campaigns::Audience,
    /// When it went or goes out.
    pub at: Micros,
}

/// Other campaigns that go out between two instants.
pub async fn around(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    from: Micros,
    until: Micros,
) -> Result<Vec<Near>, DbError> {
    let rows: Vec<(Uuid, String, String, i64)> =
        tx.query(AROUND).bind(company.0).bind(id.0).bind(from.0).bind(until.0).fetch_all().await?;
    let near = |(id, name, audience, at): (Uuid, String, String, i64)| {
        let wrong = |_| DbError::Inconsistency { table: "campaign", column: "audience", row: id.to_string() };
        Ok(Near { name, audience: serde_json::from_str(&audience).map_err(wrong)?, at: Micros(at) })
    };
    rows.into_iter().map(near).collect()
}
