//! SQL of tests of variants, and of second tries: the moves between phases, each once.

use contract::{CampaignId, CompanyId, ContactId, Micros};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use std::collections::HashMap;
use uuid::Uuid;

use crate::campaigns::trial::HELD;

kernel::sql! {
    // Whoever has a variant in the ledger is in a test.
    BEGIN = "UPDATE campaign
        SET phase = 'testing', updated_at = $3
        WHERE company_id = $1 AND id = $2 AND state = 'sending' AND phase = ''
            AND EXISTS (SELECT 1 FROM recipient
                WHERE company_id = $1 AND campaign_id = $2 AND (variant IS NOT NULL OR next_at = $4))";
    IN_TEST = "SELECT company_id, id
        FROM campaign
        WHERE state = 'sending' AND (phase = 'awaiting_winner' AND decide_at <= $1
            OR phase = 'testing' AND NOT EXISTS (SELECT 1 FROM recipient r
                WHERE r.company_id = campaign.company_id AND r.campaign_id = campaign.id
                    AND r.state IN ('pending', 'claimed', 'handed') AND r.variant IS NOT NULL))
        ORDER BY id
        LIMIT 200";
    AWAIT = "UPDATE campaign
        SET phase = 'awaiting_winner', decide_at = $3, updated_at = $4
        WHERE company_id = $1 AND id = $2 AND state = 'sending' AND phase = 'testing'
            AND NOT EXISTS (SELECT 1 FROM recipient
                WHERE company_id = $1 AND campaign_id = $2 AND state IN ('pending', 'claimed', 'handed') AND variant IS NOT NULL)";
    DECIDE = "UPDATE campaign
        SET phase = 'decided', winner = $3, winner_why = $4, decide_at = $5, updated_at = $5
        WHERE company_id = $1 AND id = $2 AND state IN ('sending', 'paused') AND phase IN ('testing', 'awaiting_winner')";
    UNCLEAR = "UPDATE campaign
        SET winner_why = $3, decide_at = NULL, updated_at = $4
        WHERE company_id = $1 AND id = $2 AND state = 'sending' AND phase = 'awaiting_winner' AND decide_at IS NOT NULL";
    // Some of those who wait, in the order of the ledger.
    HELD_ROWS = "SELECT id, contact_id FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'pending' AND next_at = $3 AND variant IS NULL
        ORDER BY id
        LIMIT $4";
    RELEASE = sqlite "UPDATE recipient
        SET variant = $4, next_at = x.next
        FROM (SELECT value ->> 'i' AS id, value ->> 'n' AS next FROM json_each($3)) AS x
        WHERE recipient.id = x.id AND +recipient.company_id = $1 AND +recipient.campaign_id = $2
            AND recipient.state = 'pending' AND recipient.variant IS NULL",
    postgres "UPDATE recipient
        SET variant = $4, next_at = x.n
        FROM json_to_recordset($3::json) AS x(i bigint, n bigint)
        WHERE recipient.id = x.i AND recipient.company_id IS NOT DISTINCT FROM $1
            AND recipient.campaign_id IS NOT DISTINCT FROM $2 AND recipient.state = 'pending' AND recipient.variant IS NULL";
    SKIP_HELD = sqlite "UPDATE recipient
        SET state = 'skipped', reason = 'zone_passed', settled_at = $4, next_at = 0
        WHERE id IN (SELECT value FROM json_each($3)) AND +company_id = $1 AND +campaign_id = $2 AND state = 'pending'
            AND variant IS NULL",
    postgres "UPDATE recipient
        SET state = 'skipped', reason = 'zone_passed', settled_at = $4, next_at = 0
        WHERE id IN (SELECT value::bigint FROM json_array_elements_text($3::json))
            AND company_id IS NOT DISTINCT FROM $1 AND campaign_id IS NOT DISTINCT FROM $2 AND state = 'pending'
            AND variant IS NULL";
    DECIDED_WITH_HELD = "SELECT c.company_id, c.id
        FROM campaign c
        WHERE c.state = 'sending' AND c.phase = 'decided'
            AND EXISTS (SELECT 1 FROM recipient r
                WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.state = 'pending' AND r.next_at = $1)
        ORDER BY c.id
        LIMIT 200";
    // The sample only: what the winner did for the rest says nothing about the test.
    FIGURES = "SELECT variant, COUNT(*),
            SUM(CASE WHEN state = 'accepted' THEN 1 ELSE 0 END),
            SUM(CASE WHEN opened_at IS NOT NULL OR clicked_at IS NOT NULL THEN 1 ELSE 0 END),
            SUM(CASE WHEN clicked_at IS NOT NULL THEN 1 ELSE 0 END),
            SUM(CASE WHEN unsubscribed_at IS NOT NULL THEN 1 ELSE 0 END)
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND variant IS NOT NULL AND is_sample
        GROUP BY variant
        ORDER BY variant";
    WAITING = "SELECT COUNT(*) FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'pending' AND next_at = $3";
    NEXT_TURN = "SELECT MIN(next_at) FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'pending' AND next_at < $3";
    TOUCHED = sqlite "SELECT contact_id, CASE WHEN opened_at IS NULL AND clicked_at IS NULL THEN 'not_reached' ELSE 'has_read' END
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id IN (SELECT unhex(value, '-') FROM json_each($3))
            AND (opened_at IS NOT NULL OR clicked_at IS NOT NULL OR state <> 'accepted')",
    postgres "SELECT contact_id, CASE WHEN opened_at IS NULL AND clicked_at IS NULL THEN 'not_reached' ELSE 'has_read' END
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id IN (SELECT value::uuid FROM json_array_elements_text($3::json))
            AND (opened_at IS NOT NULL OR clicked_at IS NOT NULL OR state <> 'accepted')";
    THERE = sqlite "SELECT contact_id FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id IN (SELECT unhex(value, '-') FROM json_each($3))",
    postgres "SELECT contact_id FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id IN (SELECT value::uuid FROM json_array_elements_text($3::json))";
}

/// Begins the test of a campaign that has one, once its ledger is whole.
pub async fn begin(tx: &mut Tx, company: CompanyId, id: CampaignId, now: Micros) -> Result<bool, DbError> {
    let query = tx.query(BEGIN).bind(company.0).bind(id.0).bind(now.0).bind(HELD.0);
    Ok(query.execute().await? == 1)
}

/// Campaigns whose test may have something to do now.
pub async fn in_test(tx: &mut Tx, now: Micros) -> Result<Vec<(CompanyId, CampaignId)>, DbError> {
    let rows: Vec<(Uuid, Uuid)> = tx.query(IN_TEST).bind(now.0).fetch_all().await?;
    Ok(rows.into_iter().map(|(company, id)| (CompanyId(company), CampaignId(id))).collect())
}

/// The sample is out: the winner is awaited. False while some of it is under way.
pub async fn await_winner(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    decide: Micros,
    now: Micros,
) -> Result<bool, DbError> {
    let query = tx.query(AWAIT).bind(company.0).bind(id.0).bind(decide.0).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// A variant was chosen. False when somebody else chose before.
pub async fn decide(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    winner: u32,
    why: &str,
    now: Micros,
) -> Result<bool, DbError> {
    tx.wake(super::TAG);
    let query = tx.query(DECIDE).bind(company.0).bind(id.0).bind(i64::from(winner)).bind(why).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// A person has to choose; told once.
pub async fn unclear(tx: &mut Tx, company: CompanyId, id: CampaignId, why: &str, now: Micros) -> Result<bool, DbError> {
    let query = tx.query(UNCLEAR).bind(company.0).bind(id.0).bind(why).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// Campaigns with a winner whose rest still waits.
pub async fn to_release(tx: &mut Tx) -> Result<Vec<(CompanyId, CampaignId)>, DbError> {
    let rows: Vec<(Uuid, Uuid)> = tx.query(DECIDED_WITH_HELD).bind(HELD.0).fetch_all().await?;
    Ok(rows.into_iter().map(|(company, id)| (CompanyId(company), CampaignId(id))).collect())
}

/// Some of those who wait.
pub async fn held(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    limit: i64,
) -> Result<Vec<(i64, ContactId)>, DbError> {
    let query = tx.query(HELD_ROWS).bind(company.0).bind(id.0).bind(HELD.0).bind(limit);
    let rows: Vec<(i64, Uuid)> = query.fetch_all().await?;
    Ok(rows.into_iter().map(|(row, contact)| (row, ContactId(contact))).collect())
}

/// One who waits no longer.
#[derive(serde::Serialize)]
pub struct Released {
    /// Row.
    #[serde(rename = "i")]
    pub row: i64,
    /// Not before; 0 is at once.
    #[serde(rename = "n")]
    pub next: i64,
}

/// Gives the winner to those who waited; those who have a variant by now are left alone.
pub async fn release(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    rows: &[Released],
    winner: u32,
) -> Result<u64, DbError> {
    tx.wake(super::TAG);
    let query = tx.query(RELEASE).bind(company.0).bind(id.0).bind(json_rows(rows)).bind(i64::from(winner));
    query.execute().await
}

/// Leaves those out whose time has passed.
pub async fn skip_held(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    rows: &[i64],
    now: Micros,
) -> Result<u64, DbError> {
    tx.query(SKIP_HELD).bind(company.0).bind(id.0).bind(json_rows(rows)).bind(now.0).execute().await
}

/// Variant, sample, accepted, opened, clicked, unsubscribed.
pub type Tally = (i64, i64, i64, i64, i64, i64);

/// How the variants of the sample did.
pub async fn tallies(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Vec<Tally>, DbError> {
    tx.query(FIGURES).bind(company.0).bind(id.0).fetch_all().await
}

/// How many wait for the winner.
pub async fn waiting(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<i64, DbError> {
    tx.query(WAITING).bind(company.0).bind(id.0).bind(HELD.0).fetch_scalar().await
}

/// The earliest turn of those who wait for a time.
pub async fn next_turn(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Option<Micros>, DbError> {
    let at: Option<i64> = tx.query(NEXT_TURN).bind(company.0).bind(id.0).bind(HELD.0).fetch_scalar().await?;
    Ok(at.map(Micros))
}

/// Of these people, those who are left out of a second try, with why: they opened or clicked the first, or it never
/// reached them. A machine's open is nobody's.
pub async fn touched(
    tx: &mut Tx,
    company: CompanyId,
    first: CampaignId,
    people: &[ContactId],
) -> Result<HashMap<ContactId, &'static str>, DbError> {
    let ids = json_rows(people);
    let query = tx.query(THERE).bind(company.0).bind(first.0).bind(ids.clone());
    let there: Vec<Uuid> = query.fetch_scalars().await?;
    // Who was not in the first campaign at all did not get it.
    let mut all: HashMap<ContactId, &'static str> = people.iter().map(|contact| (*contact, "not_reached")).collect();
    for contact in there {
        all.remove(&ContactId(contact));
    }
    let query = tx.query(TOUCHED).bind(company.0).bind(first.0).bind(ids);
    for (contact, why) in query.fetch_all::<(Uuid, String)>().await? {
        all.insert(ContactId(contact), if why == "has_read" { "has_read" } else { "not_reached" });
    }
    Ok(all)
}
