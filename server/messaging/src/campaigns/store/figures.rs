//! Counts, always from rows.

use super::{like, state_of};
use crate::campaigns::trial;
use contract::campaigns::{CampaignRow, CampaignState, Counts, Engagement, RecipientState, VariantFigures};
use contract::{CampaignId, CompanyId, Micros};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use std::collections::HashMap;
use uuid::Uuid;

kernel::sql! {
    COUNTS = sqlite "SELECT campaign_id, state, COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND campaign_id IN (SELECT unhex(value, '-') FROM json_each($2))
        GROUP BY campaign_id, state",
    postgres "SELECT campaign_id, state, COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND campaign_id IN (SELECT value::uuid FROM json_array_elements_text($2::json))
        GROUP BY campaign_id, state";
    ENGAGEMENT = sqlite "SELECT c.id,
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.opened_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.clicked_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.unsubscribed_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.machine_opened_at IS NOT NULL AND r.opened_at IS NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.bounced_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.complained_at IS NOT NULL)
        FROM campaign c
        WHERE c.company_id = $1 AND c.id IN (SELECT unhex(value, '-') FROM json_each($2))",
    postgres "SELECT c.id,
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.opened_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.clicked_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.unsubscribed_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.machine_opened_at IS NOT NULL AND r.opened_at IS NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.bounced_at IS NOT NULL),
            (SELECT COUNT(*) FROM recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.complained_at IS NOT NULL)
        FROM campaign c
        WHERE c.company_id = $1 AND c.id IN (SELECT value::uuid FROM json_array_elements_text($2::json))";
    LIST = "SELECT id, name, subject, state, state_reason, scheduled_at, started_at, finished_at, updated_at
        FROM campaign
        WHERE company_id = $1
            AND ($2 = '' OR state = $2)
            AND (lower(name) LIKE $3 ESCAPE '\\' OR lower(subject) LIKE $3 ESCAPE '\\')
            AND (updated_at, id) < ($4, $5)
        ORDER BY updated_at DESC, id DESC
        LIMIT $6";
    HOW_MANY = "SELECT COUNT(*)
        FROM campaign
        WHERE company_id = $1
            AND ($2 = '' OR state = $2)
            AND (lower(name) LIKE $3 ESCAPE '\\' OR lower(subject) LIKE $3 ESCAPE '\\')";
    LIVE = "SELECT id, name, subject, state, state_reason, scheduled_at, started_at, finished_at, updated_at
        FROM campaign
        WHERE company_id = $1 AND state IN ('preparing', 'sending', 'paused')
        ORDER BY updated_at DESC, id DESC
        LIMIT 50";
    COMING = "SELECT id, name, subject, state, state_reason, scheduled_at, started_at, finished_at, updated_at
        FROM campaign
        WHERE company_id = $1 AND state = 'scheduled' AND scheduled_at < $2
        ORDER BY scheduled_at, id
        LIMIT 20";
    RECENT = "SELECT id, name, subject, state, state_reason, scheduled_at, started_at, finished_at, updated_at
        FROM campaign
        WHERE company_id = $1 AND finished_at IS NOT NULL
        ORDER BY finished_at DESC, id DESC
        LIMIT 5";
    BY_STATE = "SELECT state, COUNT(*)
        FROM campaign
        WHERE company_id = $1
        GROUP BY state";
    REASONS = "SELECT reason, COUNT(*) AS people
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND state = $3
        GROUP BY reason
        ORDER BY people DESC, reason";
    OPENS_BY_HOUR = "SELECT (opened_at - $3) / 3600000000 AS hour, COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND opened_at >= $3 AND opened_at < $4
        GROUP BY 1
        ORDER BY 1";
    CLICKS_BY_HOUR = "SELECT (clicked_at - $3) / 3600000000 AS hour, COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND clicked_at >= $3 AND clicked_at < $4
        GROUP BY 1
        ORDER BY 1";
    SETTLED_SINCE = "SELECT COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND settled_at > $3 AND campaign_id = $2 AND state IN ('accepted', 'failed', 'unknown')";
    // Who comes next says it for the rest: a million that wait are not counted.
    PUT_OFF = "SELECT detail, COUNT(*) AS people
        FROM (SELECT detail FROM recipient
            WHERE company_id = $1 AND campaign_id = $2 AND state = 'pending' AND next_at > $3 AND next_at < $4
            ORDER BY next_at, id DESC
            LIMIT 500) AS soonest
        WHERE detail <> ''
        GROUP BY detail
        ORDER BY people DESC, detail
        LIMIT 1";
    ACCEPTED_SLOTS = "SELECT settled_at / 900000000 AS slot, COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND settled_at >= $2 AND state = 'accepted'
        GROUP BY 1
        ORDER BY 1";
    OPENED_SLOTS = "SELECT opened_at / 900000000 AS slot, COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND opened_at >= $2
        GROUP BY 1
        ORDER BY 1";
    // The plus leads both engines to the few that were opened instead of the many that were sent.
    OPENED_OF = "SELECT COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND opened_at >= $2 AND +settled_at >= $2 AND +settled_at < $3 AND state = 'accepted'";
    CLICKED_OF = "SELECT COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND clicked_at >= $2 AND +settled_at >= $2 AND +settled_at < $3 AND state = 'accepted'";
    UNSUBSCRIBED_OF = "SELECT COUNT(*)
        FROM campaign c
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.unsubscribed_at IS NOT NULL
        WHERE c.company_id = $1 AND c.started_at IS NOT NULL AND r.settled_at >= $2";
    UNKNOWN = "SELECT COUNT(*)
        FROM campaign c
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.state = 'unknown'
        WHERE c.company_id = $1 AND c.started_at IS NOT NULL";
    ACCEPTED = "SELECT COUNT(*)
        FROM recipient
        WHERE company_id = $1 AND settled_at >= $2 AND settled_at < $3 AND state = 'accepted'";
    HELD_BY_TROUBLE = "SELECT id, name, state_reason, state = 'failed' AS is_failed, updated_at
        FROM campaign
        WHERE company_id = $1 AND (state = 'failed' AND updated_at > $2 OR state = 'paused' AND held_by = 'trouble')
        ORDER BY updated_at DESC, id DESC
        LIMIT 20";
    ENDED_UNKNOWN = "SELECT c.id, c.name, c.finished_at, COUNT(*)
        FROM campaign c
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id AND r.state = 'unknown'
        WHERE c.company_id = $1 AND c.finished_at > $2
        GROUP BY c.id, c.name, c.finished_at
        ORDER BY c.finished_at DESC, c.id DESC
        LIMIT 20";
}

fn put(counts: &mut Counts, state: RecipientState, n: i64) {
    match state {
        RecipientState::Pending => counts.pending = n,
        RecipientState::Claimed => counts.claimed = n,
        RecipientState::Handed => counts.handed = n,
        RecipientState::Accepted => counts.accepted = n,
        RecipientState::Failed => counts.failed = n,
        RecipientState::Skipped => counts.skipped = n,
        RecipientState::Unknown => counts.unknown = n,
        RecipientState::Cancelled => counts.cancelled = n,
    }
}

/// Recipients by state of these campaigns; one without any is absent.
pub async fn counts_of(
    tx: &mut Tx,
    company: CompanyId,
    ids: &[CampaignId],
) -> Result<HashMap<CampaignId, Counts>, DbError> {
    let rows: Vec<(Uuid, String, i64)> = tx.query(COUNTS).bind(company.0).bind(json_rows(ids)).fetch_all().await?;
    let mut all: HashMap<CampaignId, Counts> = HashMap::new();
    for (id, state, n) in rows {
        let state = state.parse().map_err(|()| DbError::Inconsistency {
            table: "recipient",
            column: "state",
            row: id.to_string(),
        })?;
        put(all.entry(CampaignId(id)).or_default(), state, n);
    }
    Ok(all)
}

/// Recipients by state of one campaign.
pub async fn counts(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Counts, DbError> {
    Ok(counts_of(tx, company, &[id]).await?.remove(&id).unwrap_or_default())
}

/// What people did, per campaign.
pub async fn engagement_of(
    tx: &mut Tx,
    company: CompanyId,
    ids: &[CampaignId],
) -> Result<HashMap<CampaignId, Engagement>, DbError> {
    let rows: Vec<(Uuid, i64, i64, i64, i64, i64, i64)> =
        tx.query(ENGAGEMENT).bind(company.0).bind(json_rows(ids)).fetch_all().await?;
    let put = |(id, opened, clicked, unsubscribed, machine_opened, bounced, complained)| {
        (CampaignId(id), Engagement { opened, clicked, unsubscribed, machine_opened, bounced, complained })
    };
    Ok(rows.into_iter().map(put).collect())
}

#[derive(kernel::FromRow)]
struct RowLookup {
    id: Uuid,
    name: String,
    subject: String,
    state: String,
    state_reason: String,
    scheduled_at: Option<i64>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    updated_at: i64,
}

async fn with_figures(tx: &mut Tx, company: CompanyId, rows: Vec<RowLookup>) -> Result<Vec<CampaignRow>, DbError> {
    // A draft has no rows to count.
    let ids: Vec<CampaignId> = rows.iter().filter(|r| r.state != "draft").map(|r| CampaignId(r.id)).collect();
    let (mut counts, mut did) = if ids.is_empty() {
        Default::default()
    } else {
        (counts_of(tx, company, &ids).await?, engagement_of(tx, company, &ids).await?)
    };
    let row = |r: RowLookup| {
        let id = CampaignId(r.id);
        Ok(CampaignRow {
            id,
            state: state_of(&r.state, r.id)?,
            name: r.name,
            subject: r.subject,
            state_reason: r.state_reason,
            counts: counts.remove(&id).unwrap_or_default(),
            engagement: did.remove(&id).unwrap_or_default(),
            scheduled: r.scheduled_at.map(Micros),
            started: r.started_at.map(Micros),
            finished: r.finished_at.map(Micros),
            updated: Micros(r.updated_at),
        })
    };
    rows.into_iter().map(row).collect()
}

/// A page, last changed first, `limit` and one more.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    state: Option<CampaignState>,
    search: &str,
    before: (i64, Uuid),
    limit: i64,
) -> Result<Vec<CampaignRow>, DbError> {
    let rows = tx
        .query(LIST)
        .bind(company.0)
        .bind(state.map_or("", CampaignState::as_str))
        .bind(like(search))
        .bind(before.0)
        .bind(before.1)
        .bind(limit)
        .fetch_all()
        .await?;
    with_figures(tx, company, rows).await
}

/// How many match in all.
pub async fn how_many(
    tx: &mut Tx,
    company: CompanyId,
    state: Option<CampaignState>,
    search: &str,
) -> Result<i64, DbError> {
    let state = state.map_or("", CampaignState::as_str);
    tx.query(HOW_MANY).bind(company.0).bind(state).bind(like(search)).fetch_scalar().await
}

/// What is under way or held.
pub async fn live(tx: &mut Tx, company: CompanyId) -> Result<Vec<CampaignRow>, DbError> {
    let rows = tx.query(LIVE).bind(company.0).fetch_all().await?;
    with_figures(tx, company, rows).await
}

/// What starts before `until`, soonest first.
pub async fn coming(tx: &mut Tx, company: CompanyId, until: Micros) -> Result<Vec<CampaignRow>, DbError> {
    let rows = tx.query(COMING).bind(company.0).bind(until.0).fetch_all().await?;
    with_figures(tx, company, rows).await
}

/// The last five that ended.
pub async fn recent(tx: &mut Tx, company: CompanyId) -> Result<Vec<CampaignRow>, DbError> {
    let rows = tx.query(RECENT).bind(company.0).fetch_all().await?;
    with_figures(tx, company, rows).await
}

/// Campaigns per state.
pub async fn by_state(tx: &mut Tx, company: CompanyId) -> Result<HashMap<String, i64>, DbError> {
    let rows: Vec<(String, i64)> = tx.query(BY_STATE).bind(company.0).fetch_all().await?;
    Ok(rows.into_iter().collect())
}

/// Rows in a state by reason, most first.
pub async fn reasons(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    state: RecipientState,
) -> Result<Vec<(String, i64)>, DbError> {
    tx.query(REASONS).bind(company.0).bind(id.0).bind(state.as_str()).fetch_all().await
}

/// First opens and first clicks per hour from `from` to `until`: hour number and people.
pub async fn by_hour(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    from: Micros,
    until: Micros,
) -> Result<(HashMap<i64, i64>, HashMap<i64, i64>), DbError> {
    let mut both = [HashMap::new(), HashMap::new()];
    for (sql, into) in [OPENS_BY_HOUR, CLICKS_BY_HOUR].into_iter().zip(&mut both) {
        let rows: Vec<(i64, i64)> =
            tx.query(sql).bind(company.0).bind(id.0).bind(from.0).bind(until.0).fetch_all().await?;
        *into = rows.into_iter().collect();
    }
    let [opens, clicks] = both;
    Ok((opens, clicks))
}

/// Messages with an outcome since then.
pub async fn settled_since(tx: &mut Tx, company: CompanyId, id: CampaignId, since: Micros) -> Result<i64, DbError> {
    tx.query(SETTLED_SINCE).bind(company.0).bind(id.0).bind(since.0).fetch_scalar().await
}

/// What most of those who come next were put off with, if anything.
pub async fn put_off(tx: &mut Tx, company: CompanyId, id: CampaignId, now: Micros) -> Result<Option<String>, DbError> {
    let query = tx.query(PUT_OFF).bind(company.0).bind(id.0).bind(now.0).bind(trial::HELD.0);
    let found: Option<(String, i64)> = query.fetch_optional().await?;
    Ok(found.map(|(detail, _)| detail))
}

/// Quarters of an hour (counted from the epoch) with their messages, since then. Every zone's day begins with one.
pub type Slots = Vec<(i64, i64)>;

/// Accepted and first opened per quarter of an hour.
pub async fn slots(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<(Slots, Slots), DbError> {
    let accepted = tx.query(ACCEPTED_SLOTS).bind(company.0).bind(since.0).fetch_all().await?;
    let opened = tx.query(OPENED_SLOTS).bind(company.0).bind(since.0).fetch_all().await?;
    Ok((accepted, opened))
}

/// Of the messages accepted from `from` to `until`: opened, clicked.
pub async fn engaged_of(tx: &mut Tx, company: CompanyId, from: Micros, until: Micros) -> Result<(i64, i64), DbError> {
    let opened = tx.query(OPENED_OF).bind(company.0).bind(from.0).bind(until.0).fetch_scalar().await?;
    let clicked = tx.query(CLICKED_OF).bind(company.0).bind(from.0).bind(until.0).fetch_scalar().await?;
    Ok((opened, clicked))
}

/// Unsubscribed through messages settled since then, and messages with no answer at all.
pub async fn losses(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<(i64, i64), DbError> {
    let unsubscribed = tx.query(UNSUBSCRIBED_OF).bind(company.0).bind(since.0).fetch_scalar().await?;
    let unknown = tx.query(UNKNOWN).bind(company.0).fetch_scalar().await?;
    Ok((unsubscribed, unknown))
}

/// Messages accepted from `from` to `until`.
pub async fn accepted(tx: &mut Tx, company: CompanyId, from: Micros, until: Micros) -> Result<i64, DbError> {
    tx.query(ACCEPTED).bind(company.0).bind(from.0).bind(until.0).fetch_scalar().await
}

/// Held by trouble, or failed lately: id, name, reason, whether it failed, since.
pub async fn troubled(
    tx: &mut Tx,
    company: CompanyId,
    since: Micros,
) -> Result<Vec<(Uuid, String, String, bool, i64)>, DbError> {
    tx.query(HELD_BY_TROUBLE).bind(company.0).bind(since.0).fetch_all().await
}

/// Ended lately with unknown outcomes: id, name, ended, how many.
pub async fn ended_unknown(
    tx: &mut Tx,
    company: CompanyId,
    since: Micros,
) -> Result<Vec<(Uuid, String, i64, i64)>, DbError> {
    tx.query(ENDED_UNKNOWN).bind(company.0).bind(since.0).fetch_all().await
}

/// How each variant of a campaign's test did with its sample, the first one first; those nobody got are there with zeros.
pub async fn variants(tx: &mut Tx, campaign: &super::Stored) -> Result<Vec<VariantFigures>, DbError> {
    let Some(test) = &campaign.draft.plan.test else { return Ok(Vec::new()) };
    let tallies = super::experiment::tallies(tx, campaign.company, campaign.id).await?;
    let wall = campaign.when.as_ref().map(|w| w.wall.as_str());
    let last = u32::try_from(test.variants.len()).unwrap_or(0);
    let one = |n: u32| {
        let found = tallies.iter().find(|t| t.0 == i64::from(n)).copied().unwrap_or_default();
        VariantFigures {
            name: trial::name(n),
            words: trial::label(campaign.words(), test, n, wall),
            sample: found.1,
            accepted: found.2,
            opened: found.3,
            clicked: found.4,
            unsubscribed: found.5,
        }
    };
    Ok((0..=last).map(one).collect())
}
