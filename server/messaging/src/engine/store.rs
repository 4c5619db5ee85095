//! SQL of the ledger as the engine moves it. Every statement that moves rows names the state (and, for work that left
//! this process, the attempt and the epoch) they must be in: a late or doubled worker hits nothing.

use contract::campaigns::RecipientState;
use contract::sending::Delivery;
use contract::{CampaignId, CompanyId, ContactId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use serde::Serialize;
use uuid::Uuid;

use super::rules::End;

kernel::sql! {
    WORK = "SELECT c.company_id, c.id, c.sender_id, c.epoch, c.delivery
        FROM campaign c
        WHERE c.state = 'sending'
            AND EXISTS (
                SELECT 1 FROM recipient r
                WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.state = 'pending' AND r.next_at <= $1
            )
        ORDER BY c.id
        LIMIT 500";
    IN_STATE = "SELECT company_id, id
        FROM campaign
        WHERE state = $1 AND finished_at IS NULL AND COALESCE(scheduled_at, 0) <= $2
        ORDER BY id
        LIMIT 500";
    CLAIM = sqlite "UPDATE recipient
        SET state = 'claimed', lease_until = $4, node = $5, attempt_id = $6, epoch = epoch + 1
        WHERE id IN (
                SELECT id FROM recipient
                WHERE company_id = $1 AND campaign_id = $2 AND state = 'pending' AND next_at <= $3
                ORDER BY next_at DESC, id
                LIMIT $7
            )
            AND EXISTS (SELECT 1 FROM campaign WHERE company_id = $1 AND id = $2 AND state = 'sending')
        RETURNING id, contact_id, address, attempts, epoch, variant",
    postgres "UPDATE recipient
        SET state = 'claimed', lease_until = $4, node = $5, attempt_id = $6, epoch = epoch + 1
        WHERE id IN (
                SELECT id FROM recipient
                WHERE company_id = $1 AND campaign_id = $2 AND state = 'pending' AND next_at <= $3
                ORDER BY next_at DESC, id
                LIMIT $7
                FOR UPDATE SKIP LOCKED
            )
            AND EXISTS (SELECT 1 FROM campaign WHERE company_id = $1 AND id = $2 AND state = 'sending')
        RETURNING id, contact_id, address, attempts, epoch, variant";
    // The company is compared in a way no index serves (a plus, IS NOT DISTINCT FROM): with it, both planners like to walk
    // all rows of the company instead of looking up the few ids.
    HAND = sqlite "UPDATE recipient
        SET state = 'handed', attempts = attempts + 1, attempt_id = unhex(x.attempt), message_id = x.message, sender_id = $4,
            handed_at = $5, claimed_at = COALESCE(claimed_at, $5), lease_until = $6
        FROM (SELECT value ->> 'i' AS id, value ->> 'a' AS attempt, value ->> 'm' AS message FROM json_each($1)) AS x
        WHERE recipient.id = x.id AND +recipient.company_id = $2 AND recipient.attempt_id = $3 AND recipient.state = 'claimed'
        RETURNING id",
    postgres "UPDATE recipient
        SET state = 'handed', attempts = attempts + 1, attempt_id = x.a, message_id = x.m, sender_id = $4,
            handed_at = $5, claimed_at = COALESCE(claimed_at, $5), lease_until = $6
        FROM json_to_recordset($1::json) AS x(i bigint, a uuid, m text)
        WHERE recipient.id = x.i AND recipient.company_id IS NOT DISTINCT FROM $2 AND recipient.attempt_id = $3 AND recipient.state = 'claimed'
        RETURNING recipient.id";
    SETTLE = sqlite "UPDATE recipient
        SET state = x.state, reason = x.reason, detail = x.detail, attempts = attempts - x.refund,
            next_at = x.next, lease_until = NULL, node = NULL,
            settled_at = CASE WHEN x.state = 'pending' THEN NULL ELSE $2 END
        FROM (
            SELECT value ->> 'i' AS id, unhex(value ->> 'a') AS attempt, value ->> 'e' AS epoch, value ->> 's' AS state,
                value ->> 'r' AS reason, value ->> 'd' AS detail, value ->> 'n' AS next, value ->> 'f' AS refund
            FROM json_each($1)
        ) AS x
        WHERE recipient.id = x.id AND recipient.attempt_id = x.attempt AND recipient.epoch = x.epoch
            AND recipient.state IN ('claimed', 'handed')
        RETURNING id",
    postgres "UPDATE recipient
        SET state = x.s, reason = x.r, detail = x.d, attempts = attempts - x.f,
            next_at = x.n, lease_until = NULL, node = NULL,
            settled_at = CASE WHEN x.s = 'pending' THEN NULL ELSE $2::bigint END
        FROM json_to_recordset($1::json) AS x(i bigint, a uuid, e bigint, s text, r text, d text, n bigint, f bigint)
        WHERE recipient.id = x.i AND recipient.attempt_id = x.a AND recipient.epoch = x.e
            AND recipient.state IN ('claimed', 'handed')
        RETURNING recipient.id";
    RENEW = sqlite "UPDATE recipient
        SET lease_until = $2
        WHERE id IN (SELECT value FROM json_each($1)) AND node = $3 AND state IN ('claimed', 'handed')",
    postgres "UPDATE recipient
        SET lease_until = $2
        WHERE id IN (SELECT value::bigint FROM json_array_elements_text($1::json)) AND node = $3 AND state IN ('claimed', 'handed')";
    HAS_EXPIRED = "SELECT 1 FROM recipient
        WHERE state IN ('claimed', 'handed') AND lease_until < $1
        LIMIT 1";
    EXPIRE_CLAIMED = "UPDATE recipient
        SET state = 'pending', lease_until = NULL, node = NULL
        WHERE state IN ('claimed', 'handed') AND state = 'claimed' AND lease_until < $1";
    EXPIRE_HANDED = "UPDATE recipient
        SET state = 'unknown', reason = 'lost', detail = $2, settled_at = $3, lease_until = NULL
        WHERE state IN ('claimed', 'handed') AND state = 'handed' AND lease_until < $1
        RETURNING company_id, campaign_id";
    RELEASE_NODE = "UPDATE recipient
        SET state = 'pending', lease_until = NULL, node = NULL
        WHERE state IN ('claimed', 'handed') AND state = 'claimed' AND node = $1";
    CLOSE_ROWS = "UPDATE recipient
        SET state = 'cancelled', settled_at = $3, lease_until = NULL, node = NULL
        WHERE state IN ('pending', 'claimed') AND id IN (
            SELECT id FROM recipient
            WHERE company_id = $1 AND campaign_id = $2 AND state IN ('pending', 'claimed')
            ORDER BY id
            LIMIT $4
        )";
    CLOSE_CANCELLED = "UPDATE campaign
        SET finished_at = $3, updated_at = $3
        WHERE company_id = $1 AND id = $2 AND state = 'cancelled' AND finished_at IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM recipient
                WHERE company_id = $1 AND campaign_id = $2 AND state IN ('pending', 'claimed', 'handed')
            )";
    FINISHABLE = "SELECT c.company_id, c.id
        FROM campaign c
        WHERE c.state = 'sending'
            AND NOT EXISTS (
                SELECT 1 FROM recipient r
                WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.state IN ('pending', 'claimed', 'handed')
            )
        ORDER BY c.id
        LIMIT 500";
    FINISH = "UPDATE campaign
        SET state = $3, state_reason = $4, finished_at = $5, updated_at = $5
        WHERE company_id = $1 AND id = $2 AND state = 'sending'
            AND NOT EXISTS (
                SELECT 1 FROM recipient
                WHERE company_id = $1 AND campaign_id = $2 AND state IN ('pending', 'claimed', 'handed')
            )";
    TAKEN = sqlite "SELECT address
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND address IN (SELECT value FROM json_each($3))",
    postgres "SELECT address
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND address IN (SELECT value FROM json_array_elements_text($3::json))";
    ENROL = sqlite "INSERT INTO recipient (company_id, campaign_id, contact_id, address, state, reason, detail, settled_at,
            next_at, variant, is_sample)
        SELECT $2, $3, unhex(value ->> 'c', '-'), value ->> 'a', value ->> 's', value ->> 'r', value ->> 'd',
            CASE WHEN value ->> 's' = 'pending' THEN NULL ELSE $4 END, value ->> 'n', value ->> 'v', value ->> 'v' IS NOT NULL
        FROM json_each($1)
        WHERE true
        ORDER BY key
        ON CONFLICT DO NOTHING",
    postgres "INSERT INTO recipient (company_id, campaign_id, contact_id, address, state, reason, detail, settled_at,
            next_at, variant, is_sample)
        SELECT $2, $3, c, a, s, r, d, CASE WHEN s = 'pending' THEN NULL ELSE $4::bigint END, n, v, v IS NOT NULL
        FROM ROWS FROM (json_to_recordset($1::json) AS (c uuid, a text, s text, r text, d text, n bigint, v bigint)) WITH ORDINALITY
        ORDER BY ordinality
        ON CONFLICT DO NOTHING";
    CHECKPOINT = "UPDATE campaign
        SET prepared_after = $5
        WHERE company_id = $1 AND id = $2 AND state = 'preparing' AND epoch = $3 AND prepared_after IS NOT DISTINCT FROM $4";
    PREPARED = "UPDATE campaign
        SET state = 'sending', prepared_at = $4, started_at = COALESCE(started_at, $4), updated_at = $4
        WHERE company_id = $1 AND id = $2 AND state = 'preparing' AND epoch = $3";
    NOBODY = "UPDATE campaign
        SET state = 'failed', state_reason = $4, prepared_at = $5, finished_at = $5, updated_at = $5
        WHERE company_id = $1 AND id = $2 AND state = 'preparing' AND epoch = $3";
    SOMEBODY = "SELECT 1 FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND state IN ('pending', 'claimed', 'handed', 'accepted', 'failed', 'unknown')
        LIMIT 1";
    MOVE_START = "UPDATE campaign
        SET scheduled_at = $3
        WHERE company_id = $1 AND id = $2 AND state = 'scheduled' AND scheduled_at = $4";
    SCHEDULED = "SELECT company_id, id, wall, zone, scheduled_at
        FROM campaign
        WHERE state = 'scheduled' AND wall IS NOT NULL AND zone IS NOT NULL AND scheduled_at IS NOT NULL AND NOT by_zone
        ORDER BY id
        LIMIT 5000";
}

/// A campaign that has somebody to mail now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Whose.
    pub company: CompanyId,
    /// Which.
    pub campaign: CampaignId,
    /// Through what.
    pub sender: Option<SenderId>,
    /// Which start of it.
    pub epoch: i64,
    /// How fast, and whether another sender may take over.
    pub delivery: Delivery,
}

/// Campaigns in `sending` with rows that are due.
pub async fn work(tx: &mut Tx, now: Micros) -> Result<Vec<Work>, DbError> {
    let rows: Vec<(Uuid, Uuid, Option<Uuid>, i64, String)> = tx.query(WORK).bind(now.0).fetch_all().await?;
    let work = |(company, id, sender, epoch, delivery): (Uuid, Uuid, Option<Uuid>, i64, String)| Work {
        company: CompanyId(company),
        campaign: CampaignId(id),
        sender: sender.map(SenderId),
        epoch,
        delivery: crate::policy::store::parse(&delivery),
    };
    Ok(rows.into_iter().map(work).collect())
}

fn pairs(rows: Vec<(Uuid, Uuid)>) -> Vec<(CompanyId, CampaignId)> {
    rows.into_iter().map(|(company, id)| (CompanyId(company), CampaignId(id))).collect()
}

/// Campaigns in a state that are not closed; of scheduled ones those that are due.
pub async fn in_state(tx: &mut Tx, state: &'static str, now: Micros) -> Result<Vec<(CompanyId, CampaignId)>, DbError> {
    let until = if state == "scheduled" { now.0 } else { i64::MAX };
    Ok(pairs(tx.query(IN_STATE).bind(state).bind(until).fetch_all().await?))
}

/// A row that this node holds.
#[derive(Clone, Debug, kernel::FromRow)]
pub struct Claimed {
    /// Row.
    pub id: i64,
    /// Contact.
    #[row(try_from = "Uuid")]
    pub contact_id: ContactId,
    /// Address as prepared.
    pub address: Option<String>,
    /// Tries so far.
    pub attempts: i64,
    /// Fence.
    pub epoch: i64,
    /// The variant this person gets, counted from 0.
    pub variant: Option<i64>,
}

/// Who claims, for how long.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// Names the claim; rows are handed over and given back under it.
    pub id: Uuid,
    /// This node.
    pub node: &'a str,
    /// Now.
    pub now: Micros,
    /// The rows are free again after this.
    pub until: Micros,
}

/// Takes up to `limit` due rows of a campaign that is still sending.
pub async fn claim(tx: &mut Tx, work: &Work, claim: &Claim<'_>, limit: i64) -> Result<Vec<Claimed>, DbError> {
    let mut rows: Vec<Claimed> = tx
        .query(CLAIM)
        .bind(work.company.0)
        .bind(work.campaign.0)
        .bind(claim.now.0)
        .bind(claim.until.0)
        .bind(claim.node)
        .bind(claim.id)
        .bind(limit)
        .fetch_all()
        .await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// The intent to hand one message over.
#[derive(Clone, Debug, Serialize)]
pub struct Intent {
    /// Row.
    #[serde(rename = "i")]
    pub id: i64,
    /// Names this try; travels in the message.
    #[serde(rename = "a", serialize_with = "kernel::db::simple_uuid")]
    pub attempt: Uuid,
    /// Without brackets.
    #[serde(rename = "m")]
    pub message_id: String,
}

/// Writes intents; answers the rows that were still ours.
pub async fn hand(
    tx: &mut Tx,
    work: &Work,
    sender: SenderId,
    claim: Uuid,
    intents: &[Intent],
    now: Micros,
    lease: Micros,
) -> Result<Vec<i64>, DbError> {
    tx.query(HAND)
        .bind(json_rows(intents))
        .bind(work.company.0)
        .bind(claim)
        .bind(sender.0)
        .bind(now.0)
        .bind(lease.0)
        .fetch_scalars()
        .await
}

/// The end of one try.
#[derive(Clone, Debug, Serialize)]
pub struct Settled {
    #[serde(rename = "i")]
    id: i64,
    #[serde(rename = "a", serialize_with = "kernel::db::simple_uuid")]
    attempt: Uuid,
    #[serde(rename = "e")]
    epoch: i64,
    #[serde(rename = "s")]
    state: &'static str,
    #[serde(rename = "r")]
    reason: &'static str,
    #[serde(rename = "d")]
    detail: String,
    #[serde(rename = "n")]
    next: i64,
    #[serde(rename = "f")]
    refund: i64,
}

impl Settled {
    /// For a row that was handed over, or (with the claim's id, and nothing to refund) only claimed.
    pub fn new(id: i64, attempt: Uuid, epoch: i64, end: &End, was_handed: bool) -> Self {
        Self {
            id,
            attempt,
            epoch,
            state: end.state.as_str(),
            reason: end.reason,
            detail: end.detail.clone(),
            next: end.next.0,
            refund: i64::from(was_handed && end.is_refunded),
        }
    }
}

/// Writes ends; answers the rows that were still of that attempt.
pub async fn settle(tx: &mut Tx, rows: &[Settled], now: Micros) -> Result<Vec<i64>, DbError> {
    tx.query(SETTLE).bind(json_rows(rows)).bind(now.0).fetch_scalars().await
}

/// Says that this node still works on these rows.
pub async fn renew(tx: &mut Tx, node: &str, ids: &[i64], until: Micros) -> Result<(), DbError> {
    tx.query(RENEW).bind(json_rows(ids)).bind(until.0).bind(node).execute().await.map(drop)
}

/// Whether any lease ended.
pub async fn has_expired(tx: &mut Tx, now: Micros) -> Result<bool, DbError> {
    let found: Option<i32> = tx.query(HAS_EXPIRED).bind(now.0).fetch_scalar_optional().await?;
    Ok(found.is_some())
}

/// Frees claims whose node is silent, and settles hand-overs whose node is silent as unknown. Answers how many were
/// freed, and the campaigns of the unknown ones.
pub async fn expire(tx: &mut Tx, now: Micros) -> Result<(u64, Vec<(CompanyId, CampaignId)>), DbError> {
    let detail = "The server process that handed this message over stopped before it could record the answer.";
    let freed = tx.query(EXPIRE_CLAIMED).bind(now.0).execute().await?;
    let lost = tx.query(EXPIRE_HANDED).bind(now.0).bind(detail).bind(now.0).fetch_all().await?;
    Ok((freed, pairs(lost)))
}

/// Frees all claims of a node that stops.
pub async fn release(tx: &mut Tx, node: &str) -> Result<u64, DbError> {
    tx.query(RELEASE_NODE).bind(node).execute().await
}

/// Closes up to `limit` rows of a cancelled campaign; answers how many.
pub async fn close_rows(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    now: Micros,
    limit: i64,
) -> Result<u64, DbError> {
    tx.query(CLOSE_ROWS).bind(company.0).bind(id.0).bind(now.0).bind(limit).execute().await
}

/// Marks a cancelled campaign as ended once no row is open.
pub async fn close_cancelled(tx: &mut Tx, company: CompanyId, id: CampaignId, now: Micros) -> Result<bool, DbError> {
    Ok(tx.query(CLOSE_CANCELLED).bind(company.0).bind(id.0).bind(now.0).execute().await? == 1)
}

/// Campaigns in `sending` without an open row.
pub async fn finishable(tx: &mut Tx) -> Result<Vec<(CompanyId, CampaignId)>, DbError> {
    Ok(pairs(tx.query(FINISHABLE).fetch_all().await?))
}

/// Ends a campaign, if it is sending and no row is open.
pub async fn finish(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    state: &'static str,
    reason: &str,
    now: Micros,
) -> Result<bool, DbError> {
    let query = tx.query(FINISH).bind(company.0).bind(id.0).bind(state).bind(reason).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// One line for the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct Enrolled {
    /// Contact.
    #[serde(rename = "c")]
    pub contact: ContactId,
    /// Normalised address.
    #[serde(rename = "a")]
    pub address: Option<String>,
    /// `pending` or `skipped`.
    #[serde(rename = "s")]
    pub state: &'static str,
    /// Why skipped.
    #[serde(rename = "r")]
    pub reason: &'static str,
    /// In words.
    #[serde(rename = "d")]
    pub detail: String,
    /// Not before; 0 is at once.
    #[serde(rename = "n")]
    pub next: i64,
    /// The variant, counted from 0.
    #[serde(rename = "v")]
    pub variant: Option<u32>,
}

impl Enrolled {
    /// To be mailed.
    pub fn pending(contact: ContactId, address: String) -> Self {
        Self {
            contact,
            address: Some(address),
            state: RecipientState::Pending.as_str(),
            reason: "",
            detail: String::new(),
            next: 0,
            variant: None,
        }
    }

    /// Left out.
    pub fn skipped(contact: ContactId, address: Option<String>, reason: &'static str, detail: &str) -> Self {
        let state = RecipientState::Skipped.as_str();
        Self { contact, address, state, reason, detail: detail.to_owned(), next: 0, variant: None }
    }
}

/// Those of the addresses that the campaign has already.
pub async fn taken(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    addresses: &[&str],
) -> Result<Vec<String>, DbError> {
    tx.query(TAKEN).bind(company.0).bind(id.0).bind(json_rows(addresses)).fetch_scalars().await
}

/// Adds lines; one that is there already stays as it is.
pub async fn enrol(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    rows: &[Enrolled],
    now: Micros,
) -> Result<u64, DbError> {
    tx.query(ENROL).bind(json_rows(rows)).bind(company.0).bind(id.0).bind(now.0).execute().await
}

/// One start of a campaign that is being prepared.
#[derive(Clone, Copy, Debug)]
pub struct Preparing {
    /// Whose.
    pub company: CompanyId,
    /// Which.
    pub campaign: CampaignId,
    /// Which start of it.
    pub epoch: i64,
}

/// Moves the checkpoint; false when somebody else did, or the campaign is no longer being prepared.
pub async fn checkpoint(tx: &mut Tx, at: &Preparing, from: Option<ContactId>, to: ContactId) -> Result<bool, DbError> {
    let query = tx.query(CHECKPOINT).bind(at.company.0).bind(at.campaign.0).bind(at.epoch);
    Ok(query.bind(from.map(|c| c.0)).bind(to.0).execute().await? == 1)
}

/// Everybody is in the ledger: to `sending`.
pub async fn prepared(tx: &mut Tx, at: &Preparing, now: Micros) -> Result<bool, DbError> {
    let query = tx.query(PREPARED).bind(at.company.0).bind(at.campaign.0).bind(at.epoch).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// There is nobody to mail: to `failed`.
pub async fn nobody(tx: &mut Tx, at: &Preparing, reason: &str, now: Micros) -> Result<bool, DbError> {
    let query = tx.query(NOBODY).bind(at.company.0).bind(at.campaign.0).bind(at.epoch).bind(reason).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// Whether anybody in the ledger is to be mailed.
pub async fn has_somebody(tx: &mut Tx, at: &Preparing) -> Result<bool, DbError> {
    let found: Option<i32> = tx.query(SOMEBODY).bind(at.company.0).bind(at.campaign.0).fetch_scalar_optional().await?;
    Ok(found.is_some())
}

/// A planned start as it was given.
#[derive(Clone, Debug, kernel::FromRow)]
pub struct Planned {
    /// Whose.
    pub company_id: Uuid,
    /// Which.
    pub id: Uuid,
    /// Wall clock.
    pub wall: String,
    /// Zone.
    pub zone: String,
    /// As computed then.
    pub scheduled_at: i64,
}

/// All planned starts.
pub async fn planned(tx: &mut Tx) -> Result<Vec<Planned>, DbError> {
    tx.query(SCHEDULED).fetch_all().await
}

/// Moves a planned start, when the rules of its zone changed.
pub async fn move_start(tx: &mut Tx, plan: &Planned, to: Micros) -> Result<bool, DbError> {
    let query = tx.query(MOVE_START).bind(plan.company_id).bind(plan.id).bind(to.0).bind(plan.scheduled_at);
    Ok(query.execute().await? == 1)
}
