//! SQL of policies.

use contract::sending::{Delivery, Policy};
use contract::{CampaignId, CompanyId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    GET = "SELECT policy FROM sending_policy WHERE company_id = $1";
    SET = "INSERT INTO sending_policy (company_id, policy, updated_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (company_id) DO UPDATE SET policy = excluded.policy, updated_at = excluded.updated_at";
    DELIVERY = "SELECT delivery FROM campaign
        WHERE company_id = $1 AND id = $2";
    SENDER_ORDER = "SELECT id FROM sender
        WHERE company_id = $1
        ORDER BY name, id";
    SET_DELIVERY = "UPDATE campaign
        SET delivery = $3
        WHERE company_id = $1 AND id = $2";
}

/// The company's policy, or the defaults.
pub async fn policy(tx: &mut Tx, company: CompanyId) -> Result<Policy, DbError> {
    let text: Option<String> = tx.query(GET).bind(company.0).fetch_scalar_optional().await?;
    let wrong = |_| DbError::Inconsistency { table: "sending_policy", column: "policy", row: company.to_string() };
    text.map_or_else(|| Ok(Policy::default()), |text| serde_json::from_str(&text).map_err(wrong))
}

/// Replaces it.
pub async fn set_policy(tx: &mut Tx, company: CompanyId, policy: &Policy, now: Micros) -> Result<(), DbError> {
    tx.query(SET).bind(company.0).bind(json_rows(policy)).bind(now.0).execute_one().await
}

/// How a campaign is delivered; `None` when there is no such campaign.
pub async fn delivery(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Option<Delivery>, DbError> {
    let text: Option<String> = tx.query(DELIVERY).bind(company.0).bind(id.0).fetch_scalar_optional().await?;
    Ok(text.map(|text| parse(&text)))
}

/// Sets it; false when there is no such campaign.
pub async fn set_delivery(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    delivery: &Delivery,
) -> Result<bool, DbError> {
    Ok(tx.query(SET_DELIVERY).bind(company.0).bind(id.0).bind(json_rows(delivery)).execute().await? == 1)
}

/// The company's senders in the order in which one takes over for another.
pub async fn sender_order(tx: &mut Tx, company: CompanyId) -> Result<Vec<SenderId>, DbError> {
    let ids: Vec<Uuid> = tx.query(SENDER_ORDER).bind(company.0).fetch_scalars().await?;
    Ok(ids.into_iter().map(SenderId).collect())
}

/// From its column. What a newer version wrote and this one does not know is as if it was not set.
pub fn parse(text: &str) -> Delivery {
    serde_json::from_str(text).unwrap_or_default()
}
