//! The ledger, as far as what comes back is about it.

use crate::bounces::rules::{Row, Standing};
use contract::{CampaignId, CompanyId, Micros};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use serde::Serialize;

kernel::sql! {
    // As in the engine: the company is compared in a way no index serves, so that the few ids lead.
    BY_ID = sqlite "SELECT r.id, r.campaign_id, c.name AS campaign, r.contact_id, r.address, r.message_id, r.attempt_id, r.handed_at,
            r.bounce_class, r.complained_at
        FROM json_each($2) j
        CROSS JOIN recipient r ON r.id = j.value AND +r.company_id = $1
        CROSS JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        ORDER BY r.id",
    postgres "SELECT r.id, r.campaign_id, c.name AS campaign, r.contact_id, r.address, r.message_id, r.attempt_id, r.handed_at,
            r.bounce_class, r.complained_at
        FROM recipient r
        JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        WHERE r.id IN (SELECT value::bigint FROM json_array_elements_text($2::json)) AND r.company_id IS NOT DISTINCT FROM $1
        ORDER BY r.id";
    // No index leads from an address to its rows, and the ledger shall not carry one: each campaign of that time has one
    // that finds an address at once.
    BY_ADDRESS = sqlite "SELECT r.id, r.campaign_id, c.name AS campaign, r.contact_id, r.address, r.message_id, r.attempt_id, r.handed_at,
            r.bounce_class, r.complained_at
        FROM campaign c
        CROSS JOIN json_each($2) j
        CROSS JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.address = j.value
        WHERE c.company_id = $1 AND c.started_at >= $3 AND r.handed_at IS NOT NULL
        ORDER BY r.id",
    postgres "SELECT r.id, r.campaign_id, c.name AS campaign, r.contact_id, r.address, r.message_id, r.attempt_id, r.handed_at,
            r.bounce_class, r.complained_at
        FROM campaign c
        CROSS JOIN json_array_elements_text($2::json) AS j(address)
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.address = j.address
        WHERE c.company_id = $1 AND c.started_at >= $3 AND r.handed_at IS NOT NULL
        ORDER BY r.id";
    LOCK = sqlite "SELECT id, bounce_class, complained_at FROM recipient
        WHERE id IN (SELECT value FROM json_each($2)) AND +company_id = $1
        ORDER BY id",
    postgres "SELECT id, bounce_class, complained_at FROM recipient
        WHERE id IN (SELECT value::bigint FROM json_array_elements_text($2::json)) AND company_id IS NOT DISTINCT FROM $1
        ORDER BY id
        FOR UPDATE";
    WAS_HELD = "SELECT COUNT(*) FROM bounce_hold WHERE company_id = $1 AND campaign_id = $2";
    HELD = "INSERT INTO bounce_hold (company_id, campaign_id, held_at)
        VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";
    MARK = sqlite "UPDATE recipient
        SET bounced_at = COALESCE(recipient.bounced_at, x.value ->> 'b'),
            bounce_class = CASE
                WHEN x.value ->> 'k' = 'hard' THEN 'hard'
                ELSE COALESCE(recipient.bounce_class, x.value ->> 'k')
            END,
            complained_at = COALESCE(recipient.complained_at, x.value ->> 'c')
        FROM json_each($2) x
        WHERE recipient.id = x.value ->> 'i' AND +recipient.company_id = $1",
    postgres "UPDATE recipient
        SET bounced_at = COALESCE(recipient.bounced_at, x.b),
            bounce_class = CASE WHEN x.k = 'hard' THEN 'hard' ELSE COALESCE(recipient.bounce_class, x.k) END,
            complained_at = COALESCE(recipient.complained_at, x.c)
        FROM json_to_recordset($2::json) AS x(i bigint, b bigint, k text, c bigint)
        WHERE recipient.id = x.i AND recipient.company_id IS NOT DISTINCT FROM $1";
    HISTORY = sqlite "SELECT r.address, r.state, r.reason, r.bounce_class, r.opened_at IS NOT NULL OR r.clicked_at IS NOT NULL AS is_read, r.handed_at
        FROM campaign c
        CROSS JOIN json_each($2) j
        CROSS JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.address = j.value
        WHERE c.company_id = $1 AND c.started_at >= $3 AND r.handed_at IS NOT NULL AND r.state IN ('accepted', 'unknown', 'failed')
        ORDER BY r.handed_at DESC, r.id DESC",
    postgres "SELECT r.address, r.state, r.reason, r.bounce_class, r.opened_at IS NOT NULL OR r.clicked_at IS NOT NULL AS is_read, r.handed_at
        FROM campaign c
        CROSS JOIN json_array_elements_text($2::json) AS j(address)
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.address = j.address
        WHERE c.company_id = $1 AND c.started_at >= $3 AND r.handed_at IS NOT NULL AND r.state IN ('accepted', 'unknown', 'failed')
        ORDER BY r.handed_at DESC, r.id DESC";
    STANDING = "SELECT
            (SELECT COUNT(*) FROM recipient WHERE company_id = $1 AND campaign_id = $2 AND bounced_at IS NOT NULL AND bounce_class <> 'ignore'),
            (SELECT COUNT(*) FROM recipient WHERE company_id = $1 AND campaign_id = $2 AND bounced_at IS NOT NULL AND bounce_class = 'block'),
            (SELECT COUNT(*) FROM recipient WHERE company_id = $1 AND campaign_id = $2 AND complained_at IS NOT NULL)";
    SENT = "SELECT COUNT(*) FROM (
            SELECT 1 AS one FROM recipient
            WHERE company_id = $1 AND campaign_id = $2 AND state IN ('accepted', 'unknown')
            LIMIT $3
        ) AS x";
}

/// Rows by id, those of other companies left out.
pub async fn by_id(tx: &mut Tx, company: CompanyId, ids: &[i64]) -> Result<Vec<Row>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(BY_ID).bind(company.0).bind(json_rows(ids)).fetch_all().await
}

/// Rows that were handed over to these addresses, of campaigns that began since then.
pub async fn by_address(
    tx: &mut Tx,
    company: CompanyId,
    addresses: &[&str],
    since: Micros,
) -> Result<Vec<Row>, DbError> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(BY_ADDRESS).bind(company.0).bind(json_rows(addresses)).bind(since.0).fetch_all().await
}

/// What was known of a row before.
#[derive(Clone, Debug, PartialEq, Eq, kernel::FromRow)]
pub struct Before {
    /// Row.
    pub id: i64,
    /// Class of what came back.
    pub bounce_class: Option<String>,
    /// Whether the person complained.
    pub complained_at: Option<i64>,
}

/// Locks rows in the order of their ids, as everybody does who changes several; answers what is known of them.
pub async fn lock(tx: &mut Tx, company: CompanyId, ids: &[i64]) -> Result<Vec<Before>, DbError> {
    tx.query(LOCK).bind(company.0).bind(json_rows(ids)).fetch_all().await
}

/// Whether a campaign was held for what came back before.
pub async fn was_held(tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<bool, DbError> {
    Ok(tx.query(WAS_HELD).bind(company.0).bind(campaign.0).fetch_scalar::<i64>().await? > 0)
}

/// Notes that a campaign is held for what came back.
pub async fn held(tx: &mut Tx, company: CompanyId, campaign: CampaignId, now: Micros) -> Result<(), DbError> {
    tx.query(HELD).bind(company.0).bind(campaign.0).bind(now.0).execute().await.map(drop)
}

/// What came of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Row.
    #[serde(rename = "i")]
    pub id: i64,
    /// Came back.
    #[serde(rename = "b")]
    pub bounced: Option<i64>,
    /// For what.
    #[serde(rename = "k")]
    pub class: Option<&'static str>,
    /// Reported as spam.
    #[serde(rename = "c")]
    pub complained: Option<i64>,
}

/// Marks rows, each named once; first times stay, and a dead address outweighs all else.
pub async fn mark(tx: &mut Tx, company: CompanyId, marks: &[Mark]) -> Result<(), DbError> {
    if marks.is_empty() {
        return Ok(());
    }
    tx.query(MARK).bind(company.0).bind(json_rows(marks)).execute().await.map(drop)
}

/// One message to an address.
#[derive(Clone, Debug, kernel::FromRow)]
pub struct Sent {
    /// Address.
    pub address: String,
    /// State.
    pub state: String,
    /// Code of the state.
    pub reason: String,
    /// What came back.
    pub bounce_class: Option<String>,
    /// Opened or clicked by a person.
    pub is_read: bool,
    /// When.
    pub handed_at: i64,
}

/// Messages to these addresses of campaigns that began since then, the latest first.
pub async fn history(tx: &mut Tx, company: CompanyId, addresses: &[&str], since: Micros) -> Result<Vec<Sent>, DbError> {
    tx.query(HISTORY).bind(company.0).bind(json_rows(addresses)).bind(since.0).fetch_all().await
}

/// What came back of a campaign so far.
pub async fn standing(tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<Standing, DbError> {
    let (bounced, blocked, complained): (i64, i64, i64) =
        tx.query(STANDING).bind(company.0).bind(campaign.0).fetch_one().await?;
    Ok(Standing { bounced, blocked, complained })
}

/// Messages of a campaign that went out, counted up to `most`.
pub async fn sent(tx: &mut Tx, company: CompanyId, campaign: CampaignId, most: i64) -> Result<i64, DbError> {
    tx.query(SENT).bind(company.0).bind(campaign.0).bind(most).fetch_scalar().await
}
