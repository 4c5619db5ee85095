//! SQL of links, hits and unsubscriptions.

use contract::campaigns::LinkReport;
use contract::{CampaignId, CompanyId, ContactId, Micros};
use kernel::db::{json_rows, simple_uuid};
use kernel::{DbError, Tx};
use serde::Serialize;
use uuid::Uuid;

kernel::sql! {
    LINKS = "SELECT url FROM campaign_link
        WHERE company_id = $1 AND campaign_id = $2
        ORDER BY link_no";
    CLEAR_LINKS = "DELETE FROM campaign_link WHERE company_id = $1 AND campaign_id = $2";
    PUT_LINKS = sqlite "INSERT INTO campaign_link (company_id, campaign_id, link_no, url)
        SELECT $1, $2, key, value FROM json_each($3)",
    postgres "INSERT INTO campaign_link (company_id, campaign_id, link_no, url)
        SELECT $1::uuid, $2::uuid, n - 1, url FROM json_array_elements_text($3::json) WITH ORDINALITY AS x(url, n)";
    // In the order of ids, as everybody locks recipients in bulk: nobody waits in a circle.
    TOUCHED = sqlite "SELECT r.id, r.company_id, r.campaign_id, r.contact_id, r.handed_at, r.opened_at, r.clicked_at, c.name AS campaign
        FROM recipient r
        JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        WHERE (r.company_id, r.campaign_id, r.contact_id) IN
            (SELECT unhex(value ->> 'company'), unhex(value ->> 'campaign'), unhex(value ->> 'contact') FROM json_each($1))
        ORDER BY r.id",
    postgres "SELECT r.id, r.company_id, r.campaign_id, r.contact_id, r.handed_at, r.opened_at, r.clicked_at, c.name AS campaign
        FROM recipient r
        JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        WHERE (r.company_id, r.campaign_id, r.contact_id) IN
            (SELECT company, campaign, contact FROM json_to_recordset($1::json) AS x(company uuid, campaign uuid, contact uuid))
        ORDER BY r.id
        FOR UPDATE OF r";
    INSERT_HITS = sqlite "INSERT INTO hit (company_id, campaign_id, contact_id, kind, link_no, at, agent, address_hash, verdict, reason)
        SELECT unhex(value ->> 'company'), unhex(value ->> 'campaign'), unhex(value ->> 'contact'), value ->> 'kind', value ->> 'link',
            value ->> 'at', value ->> 'agent', value ->> 'address', value ->> 'verdict', value ->> 'reason'
        FROM json_each($1)
        ORDER BY key",
    postgres "INSERT INTO hit (company_id, campaign_id, contact_id, kind, link_no, at, agent, address_hash, verdict, reason)
        SELECT company, campaign, contact, kind, link, at, agent, address, verdict, reason
        FROM json_to_recordset($1::json) AS x(company uuid, campaign uuid, contact uuid, kind text, link bigint, at bigint,
            agent text, address text, verdict text, reason text)";
    MARK = sqlite "UPDATE recipient
        SET opened_at = COALESCE(recipient.opened_at, x.value ->> 'opened'),
            clicked_at = COALESCE(recipient.clicked_at, x.value ->> 'clicked'),
            machine_opened_at = COALESCE(recipient.machine_opened_at, x.value ->> 'machine')
        FROM json_each($1) x
        WHERE recipient.id = x.value ->> 'id'",
    postgres "UPDATE recipient
        SET opened_at = COALESCE(recipient.opened_at, x.opened),
            clicked_at = COALESCE(recipient.clicked_at, x.clicked),
            machine_opened_at = COALESCE(recipient.machine_opened_at, x.machine)
        FROM json_to_recordset($1::json) AS x(id bigint, opened bigint, clicked bigint, machine bigint)
        WHERE recipient.id = x.id";
    LINK_REPORT = "SELECT l.url, COUNT(DISTINCT h.contact_id), COUNT(h.id)
        FROM campaign_link l
        LEFT JOIN hit h ON h.company_id = l.company_id AND h.campaign_id = l.campaign_id AND h.link_no = l.link_no AND h.verdict = 'person'
        WHERE l.company_id = $1 AND l.campaign_id = $2
        GROUP BY l.link_no, l.url
        ORDER BY 2 DESC, 3 DESC, l.link_no";
    RECIPIENT = sqlite "SELECT r.address, r.unsubscribed_at, c.name
        FROM recipient r
        JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        WHERE r.company_id = $1 AND r.campaign_id = $2 AND r.contact_id = $3",
    postgres "SELECT r.address, r.unsubscribed_at, c.name
        FROM recipient r
        JOIN campaign c ON c.company_id = r.company_id AND c.id = r.campaign_id
        WHERE r.company_id = $1 AND r.campaign_id = $2 AND r.contact_id = $3
        FOR UPDATE OF r";
    VIEWED = "SELECT address FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3";
    SET_UNSUBSCRIBED = "UPDATE recipient SET unsubscribed_at = $4
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3";
    UNSUBSCRIPTION = "SELECT at, reason, effective, undone_at FROM unsubscription
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3";
    PUT_UNSUBSCRIPTION = "INSERT INTO unsubscription (company_id, campaign_id, contact_id, at, one_click, reason, effective)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (company_id, campaign_id, contact_id) DO UPDATE
        SET at = excluded.at, one_click = excluded.one_click, reason = excluded.reason, effective = excluded.effective, undone_at = NULL";
    SET_REASON = "UPDATE unsubscription SET reason = $4
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3";
    UNDO = "UPDATE unsubscription SET undone_at = $4
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3 AND undone_at IS NULL";
    FORGET_HITS = "DELETE FROM hit WHERE company_id = $1 AND campaign_id = $2";
    FORGET_UNSUBSCRIPTIONS = "DELETE FROM unsubscription WHERE company_id = $1 AND campaign_id = $2";
}

/// Targets of a campaign by number.
pub(super) async fn links(tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<Vec<String>, DbError> {
    tx.query(LINKS).bind(company.0).bind(campaign.0).fetch_scalars().await
}

/// Stores where the links of a campaign lead, in the order of `render::Compiled::links`, over what was stored before.
pub(super) async fn put_links(
    tx: &mut Tx,
    company: CompanyId,
    campaign: CampaignId,
    urls: &[String],
) -> Result<(), DbError> {
    tx.query(CLEAR_LINKS).bind(company.0).bind(campaign.0).execute().await?;
    if !urls.is_empty() {
        tx.query(PUT_LINKS).bind(company.0).bind(campaign.0).bind(json_rows(urls)).execute().await?;
    }
    Ok(())
}

/// Removes all that was tracked of a campaign that is deleted.
pub(super) async fn forget_campaign(tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<(), DbError> {
    for sql in [CLEAR_LINKS, FORGET_HITS, FORGET_UNSUBSCRIPTIONS] {
        tx.query(sql).bind(company.0).bind(campaign.0).execute().await?;
    }
    Ok(())
}

/// Every link with the people who clicked it and their clicks, the most clicked first. Machines are left out.
pub(super) async fn link_report(
    tx: &mut Tx,
    company: CompanyId,
    campaign: CampaignId,
) -> Result<Vec<LinkReport>, DbError> {
    let rows = tx.query(LINK_REPORT).bind(company.0).bind(campaign.0).fetch_all::<(String, i64, i64)>().await?;
    Ok(rows.into_iter().map(|(url, people, clicks)| LinkReport { url, people, clicks }).collect())
}

/// A recipient as a hit finds it.
#[derive(Clone, Debug, kernel::FromRow)]
pub(super) struct Touched {
    pub id: i64,
    pub company_id: Uuid,
    pub campaign_id: Uuid,
    pub contact_id: Uuid,
    pub handed_at: Option<i64>,
    pub opened_at: Option<i64>,
    pub clicked_at: Option<i64>,
    pub campaign: String,
}

/// Names a recipient in a bulk statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Who {
    #[serde(serialize_with = "simple_uuid")]
    pub company: CompanyId,
    #[serde(serialize_with = "simple_uuid")]
    pub campaign: CampaignId,
    #[serde(serialize_with = "simple_uuid")]
    pub contact: ContactId,
}

/// The recipients, locked until the transaction ends; who is not in the ledger is absent.
pub(super) async fn touched(tx: &mut Tx, who: &[Who]) -> Result<Vec<Touched>, DbError> {
    tx.query(TOUCHED).bind(json_rows(who)).fetch_all().await
}

/// A hit as it is stored.
#[derive(Debug, Serialize)]
pub(super) struct HitRow<'a> {
    #[serde(flatten)]
    pub who: Who,
    pub kind: &'static str,
    pub link: i64,
    pub at: i64,
    pub agent: &'a str,
    pub address: &'a str,
    pub verdict: &'static str,
    pub reason: &'static str,
}

pub(super) async fn insert_hits(tx: &mut Tx, rows: &[HitRow<'_>]) -> Result<(), DbError> {
    tx.query(INSERT_HITS).bind(json_rows(rows)).execute().await.map(drop)
}

/// First times, for the row of a recipient; what is there already stays.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Mark {
    pub id: i64,
    pub opened: Option<i64>,
    pub clicked: Option<i64>,
    pub machine: Option<i64>,
}

pub(super) async fn mark(tx: &mut Tx, marks: &[Mark]) -> Result<(), DbError> {
    tx.query(MARK).bind(json_rows(marks)).execute().await.map(drop)
}

/// A recipient as an unsubscription finds it.
#[derive(Debug, kernel::FromRow)]
pub(super) struct Leaving {
    pub unsubscribed_at: Option<i64>,
    /// Name of the campaign.
    pub name: String,
}

pub(super) async fn leaving(tx: &mut Tx, who: Who) -> Result<Option<Leaving>, DbError> {
    tx.query(RECIPIENT).bind(who.company.0).bind(who.campaign.0).bind(who.contact.0).fetch_optional().await
}

/// Address at the time of sending.
pub(super) async fn address(tx: &mut Tx, who: Who) -> Result<Option<String>, DbError> {
    let row = tx.query(VIEWED).bind(who.company.0).bind(who.campaign.0).bind(who.contact.0);
    Ok(row.fetch_scalar_optional::<Option<String>>().await?.flatten())
}

pub(super) async fn set_unsubscribed(tx: &mut Tx, who: Who, at: Option<Micros>) -> Result<(), DbError> {
    let set = tx.query(SET_UNSUBSCRIBED).bind(who.company.0).bind(who.campaign.0).bind(who.contact.0);
    set.bind(at.map(|m| m.0)).execute().await.map(drop)
}

/// What a link did before.
#[derive(Debug, kernel::FromRow)]
pub(super) struct Unsubscription {
    pub at: i64,
    pub reason: String,
    pub effective: bool,
    pub undone_at: Option<i64>,
}

impl Unsubscription {
    /// It holds and was this link's doing.
    pub fn holds(&self) -> bool {
        self.effective && self.undone_at.is_none()
    }
}

pub(super) async fn unsubscription(tx: &mut Tx, who: Who) -> Result<Option<Unsubscription>, DbError> {
    tx.query(UNSUBSCRIPTION).bind(who.company.0).bind(who.campaign.0).bind(who.contact.0).fetch_optional().await
}

pub(super) async fn put_unsubscription(
    tx: &mut Tx,
    who: Who,
    at: Micros,
    one_click: bool,
    reason: &str,
    effective: bool,
) -> Result<(), DbError> {
    let put = tx.query(PUT_UNSUBSCRIPTION).bind(who.company.0).bind(who.campaign.0).bind(who.contact.0);
    put.bind(at.0).bind(one_click).bind(reason.to_owned()).bind(effective).execute_one().await
}

pub(super) async fn set_reason(tx: &mut Tx, who: Who, reason: &str) -> Result<(), DbError> {
    let set = tx.query(SET_REASON).bind(who.company.0).bind(who.campaign.0).bind(who.contact.0);
    set.bind(reason.to_owned()).execute_one().await
}

pub(super) async fn undo(tx: &mut Tx, who: Who, at: Micros) -> Result<(), DbError> {
    tx.query(UNDO).bind(who.company.0).bind(who.campaign.0).bind(who.contact.0).bind(at.0).execute_one().await
}
