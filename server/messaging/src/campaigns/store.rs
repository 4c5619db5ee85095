//! SQL of campaigns: the row itself and its moves. [`figures`] counts, [`recipients`] pages through the ledger.

pub(crate) mod caps;
pub(crate) mod experiment;
pub(crate) mod figures;
pub(crate) mod files;
pub(crate) mod recipients;
pub(super) mod rework;
pub(crate) mod uses;

use crate::ports::CompanyInfo;
use crate::render::Options;
use contract::campaigns::{Audience, CampaignDraft, CampaignState, Phase, Plan, When};
use contract::templates::{Content, SourceKind};
use contract::{CampaignId, CompanyId, ContactId, Micros, SenderId, TemplateId, UserId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use uuid::Uuid;

/// Wakes the engine: a campaign may have begun, ended or changed.
pub const TAG: &str = "campaign";

/// Who holds a paused campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// Nobody.
    Nobody,
    /// A person pressed pause.
    Person,
    /// Something a person has to look at.
    Trouble,
}

impl HeldBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "",
            Self::Person => "person",
            Self::Trouble => "trouble",
        }
    }
}

/// What made a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeBy {
    /// A person.
    User,
    /// A program with a key.
    Key,
    /// Lux itself.
    System,
}

impl MadeBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Key => "key",
            Self::System => "system",
        }
    }
}

/// A campaign as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Id.
    pub id: CampaignId,
    /// Whose.
    pub company: CompanyId,
    /// What was written.
    pub draft: CampaignDraft,
    /// State.
    pub state: CampaignState,
    /// Why it is held or failed.
    pub state_reason: String,
    /// Who holds it.
    pub held_by: HeldBy,
    /// Planned start.
    pub scheduled: Option<Micros>,
    /// As it was given.
    pub when: Option<When>,
    /// What is sent; set when preparing began.
    pub frozen: Option<Content>,
    /// Last contact in the ledger.
    pub prepared_after: Option<ContactId>,
    /// When everybody was in the ledger.
    pub prepared: Option<Micros>,
    /// Grows with every start.
    pub epoch: i64,
    /// Began to go out.
    pub started: Option<Micros>,
    /// Ended.
    pub finished: Option<Micros>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// What made it, where that was no person.
    pub made_by: MadeBy,
    /// Where its test of variants stands.
    pub phase: Phase,
    /// When the winner is chosen.
    pub decide: Option<Micros>,
    /// The chosen variant, counted from 0.
    pub winner: Option<u32>,
    /// Why that one, or what is missing.
    pub winner_why: String,
    /// The campaign whose readers are left out.
    pub resend_of: Option<CampaignId>,
    /// Made.
    pub created: Micros,
    /// Changed.
    pub updated: Micros,
}

impl Stored {
    /// The words that go out: the frozen ones, or those of the editor before that.
    pub fn words(&self) -> &Content {
        self.frozen.as_ref().unwrap_or(&self.draft.content)
    }

    /// What its words are compiled with. `fields` are the keys of custom fields, where they are known.
    pub fn options<'a>(&'a self, company: &'a CompanyInfo, fields: Option<&'a [String]>) -> Options<'a> {
        Options {
            campaign: self.id,
            campaign_name: &self.draft.name,
            company_name: &company.name,
            company_address: &company.address,
            company_website: &company.website,
            track_opens: self.draft.track_opens,
            track_clicks: self.draft.track_clicks,
            fields,
            lenient: false,
        }
    }
}

#[derive(kernel::FromRow)]
struct CampaignLookup {
    company_id: Uuid,
    id: Uuid,
    name: String,
    subject: String,
    preheader: String,
    kind: String,
    source: String,
    text_part: String,
    template_id: Option<Uuid>,
    sender_id: Option<Uuid>,
    from_name: String,
    reply_to: String,
    audience: String,
    track_opens: bool,
    track_clicks: bool,
    state: String,
    state_reason: String,
    held_by: String,
    scheduled_at: Option<i64>,
    wall: Option<String>,
    zone: Option<String>,
    frozen: Option<String>,
    prepared_after: Option<Uuid>,
    prepared_at: Option<i64>,
    epoch: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    created_by: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    plan: String,
    made_by: String,
    phase: String,
    decide_at: Option<i64>,
    winner: Option<i64>,
    winner_why: String,
    resend_of: Option<Uuid>,
}

fn wrong(column: &'static str, row: Uuid) -> DbError {
    DbError::Inconsistency { table: "campaign", column, row: row.to_string() }
}

/// A state's name back to the state.
pub(crate) fn state_of(text: &str, row: Uuid) -> Result<CampaignState, DbError> {
    text.parse().map_err(|()| wrong("state", row))
}

impl TryFrom<CampaignLookup> for Stored {
    type Error = DbError;

    fn try_from(row: CampaignLookup) -> Result<Self, DbError> {
        let id = row.id;
        let audience: Audience = serde_json::from_str(&row.audience).map_err(|_| wrong("audience", id))?;
        let plan: Plan = serde_json::from_str(&row.plan).map_err(|_| wrong("plan", id))?;
        let frozen = row.frozen.map(|text| serde_json::from_str(&text)).transpose().map_err(|_| wrong("frozen", id))?;
        Ok(Self {
            id: CampaignId(id),
            company: CompanyId(row.company_id),
            state: state_of(&row.state, id)?,
            held_by: match row.held_by.as_str() {
                "person" => HeldBy::Person,
                "trouble" => HeldBy::Trouble,
                _ => HeldBy::Nobody,
            },
            draft: CampaignDraft {
                name: row.name,
                content: Content {
                    subject: row.subject,
                    preheader: row.preheader,
                    kind: if row.kind == "mjml" { SourceKind::Mjml } else { SourceKind::Html },
                    source: row.source,
                    text: row.text_part,
                },
                template: row.template_id.map(TemplateId),
                sender: row.sender_id.map(SenderId),
                from_name: row.from_name,
                reply_to: row.reply_to,
                audience,
                track_opens: row.track_opens,
                track_clicks: row.track_clicks,
                plan,
            },
            state_reason: row.state_reason,
            scheduled: row.scheduled_at.map(Micros),
            when: row.wall.zip(row.zone).map(|(wall, zone)| When { wall, zone }),
            frozen,
            prepared_after: row.prepared_after.map(ContactId),
            prepared: row.prepared_at.map(Micros),
            epoch: row.epoch,
            started: row.started_at.map(Micros),
            finished: row.finished_at.map(Micros),
            created_by: row.created_by.map(UserId),
            made_by: match row.made_by.as_str() {
                "key" => MadeBy::Key,
                "system" => MadeBy::System,
                _ => MadeBy::User,
            },
            phase: Phase::of(&row.phase).ok_or_else(|| wrong("phase", id))?,
            decide: row.decide_at.map(Micros),
            winner: row.winner.and_then(|n| u32::try_from(n).ok()),
            winner_why: row.winner_why,
            resend_of: row.resend_of.map(CampaignId),
            created: Micros(row.created_at),
            updated: Micros(row.updated_at),
        })
    }
}

kernel::sql! {
    GET = "SELECT company_id, id, name, subject, preheader, kind, source, text_part, template_id, sender_id, from_name, reply_to,
            audience, track_opens, track_clicks, state, state_reason, held_by, scheduled_at, wall, zone, frozen,
            prepared_after, prepared_at, epoch, started_at, finished_at, created_by, created_at, updated_at,
            plan, made_by, phase, decide_at, winner, winner_why, resend_of
        FROM campaign
        WHERE company_id = $1 AND id = $2";
    INSERT = "INSERT INTO campaign (company_id, id, name, subject, preheader, kind, source, text_part, template_id, sender_id,
            from_name, reply_to, audience, track_opens, track_clicks, state, created_by, created_at, updated_at, plan, made_by,
            resend_of, cap, by_zone)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'draft', $16, $17, $17, $18, $19, $20, $21, $22)";
    UPDATE = "UPDATE campaign
        SET name = $5, subject = $6, preheader = $7, kind = $8, source = $9, text_part = $10, template_id = $11, sender_id = $12,
            from_name = $13, reply_to = $14, audience = $15, track_opens = $16, track_clicks = $17, updated_at = $18, plan = $19, cap = $20, by_zone = $21
        WHERE company_id = $1 AND id = $2 AND state = $3 AND updated_at = $4";
    LOCK_OPEN = "UPDATE campaign
        SET state = state
        WHERE company_id = $1 AND id = $2 AND state = $3 AND frozen IS NULL";
    SCHEDULE = "UPDATE campaign
        SET state = 'scheduled', state_reason = '', held_by = '', scheduled_at = $4, wall = $5, zone = $6, updated_at = $7
        WHERE company_id = $1 AND id = $2 AND state = $3";
    UNSCHEDULE = "UPDATE campaign
        SET state = CASE WHEN frozen IS NULL THEN 'draft' ELSE 'paused' END,
            held_by = CASE WHEN frozen IS NULL THEN '' ELSE 'person' END,
            scheduled_at = NULL, wall = NULL, zone = NULL, updated_at = $4
        WHERE company_id = $1 AND id = $2 AND state = $3";
    START = "UPDATE campaign
        SET state = CASE WHEN prepared_at IS NULL THEN 'preparing' ELSE 'sending' END,
            state_reason = '', held_by = '', frozen = COALESCE(frozen, $4), epoch = epoch + 1, updated_at = $5
        WHERE company_id = $1 AND id = $2 AND state = $3";
    HOLD = "UPDATE campaign
        SET state = 'paused', state_reason = $4, held_by = $5, updated_at = $6
        WHERE company_id = $1 AND id = $2 AND state = $3";
    CANCEL = "UPDATE campaign
        SET state = 'cancelled', state_reason = '', held_by = '', epoch = epoch + 1, updated_at = $4
        WHERE company_id = $1 AND id = $2 AND state = $3";
    DELETE = "DELETE FROM campaign
        WHERE company_id = $1 AND id = $2 AND state = $3";
    SEARCH = "SELECT id, name, subject
        FROM campaign
        WHERE company_id = $1 AND (lower(name) LIKE $2 ESCAPE '\\' OR lower(subject) LIKE $2 ESCAPE '\\')
        ORDER BY updated_at DESC, id DESC
        LIMIT $3";
}

/// One campaign.
pub async fn find(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Option<Stored>, DbError> {
    let row: Option<CampaignLookup> = tx.query(GET).bind(company.0).bind(id.0).fetch_optional().await?;
    row.map(Stored::try_from).transpose()
}

fn audience_json(draft: &CampaignDraft) -> String {
    json_rows(&draft.audience)
}

/// Adds a draft.
pub async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    draft: &CampaignDraft,
    by: (MadeBy, Option<UserId>),
    resend_of: Option<CampaignId>,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(INSERT)
        .bind(company.0)
        .bind(id.0)
        .bind(&draft.name)
        .bind(&draft.content.subject)
        .bind(&draft.content.preheader)
        .bind(draft.content.kind.as_str())
        .bind(&draft.content.source)
        .bind(&draft.content.text)
        .bind(draft.template.map(|t| t.0))
        .bind(draft.sender.map(|s| s.0))
        .bind(&draft.from_name)
        .bind(&draft.reply_to)
        .bind(audience_json(draft))
        .bind(draft.track_opens)
        .bind(draft.track_clicks)
        .bind(by.1.map(|u| u.0))
        .bind(now.0)
        .bind(json_rows(&draft.plan))
        .bind(by.0.as_str())
        .bind(resend_of.map(|c| c.0))
        .bind(draft.plan.cap.as_str())
        .bind(draft.plan.by_zone.is_some())
        .execute_one()
        .await
}

/// Writes a draft over the stored one, if that is still as `seen`; answers whether it was.
pub async fn update(tx: &mut Tx, seen: &Stored, draft: &CampaignDraft, now: Micros) -> Result<bool, DbError> {
    let hit = tx
        .query(UPDATE)
        .bind(seen.company.0)
        .bind(seen.id.0)
        .bind(seen.state.as_str())
        .bind(seen.updated.0)
        .bind(&draft.name)
        .bind(&draft.content.subject)
        .bind(&draft.content.preheader)
        .bind(draft.content.kind.as_str())
        .bind(&draft.content.source)
        .bind(&draft.content.text)
        .bind(draft.template.map(|t| t.0))
        .bind(draft.sender.map(|s| s.0))
        .bind(&draft.from_name)
        .bind(&draft.reply_to)
        .bind(audience_json(draft))
        .bind(draft.track_opens)
        .bind(draft.track_clicks)
        .bind(now.0)
        .bind(json_rows(&draft.plan))
        .bind(draft.plan.cap.as_str())
        .bind(draft.plan.by_zone.is_some())
        .execute()
        .await?;
    Ok(hit == 1)
}

/// Holds off its start until this transaction ends; false when it began, or its state changed meanwhile.
pub async fn lock_open(tx: &mut Tx, seen: &Stored) -> Result<bool, DbError> {
    let query = tx.query(LOCK_OPEN).bind(seen.company.0).bind(seen.id.0).bind(seen.state.as_str());
    Ok(query.execute().await? == 1)
}

/// To `scheduled`; false when the state changed meanwhile, as for all moves below.
pub async fn schedule(tx: &mut Tx, seen: &Stored, at: Micros, when: &When, now: Micros) -> Result<bool, DbError> {
    tx.wake(TAG);
    let hit = tx
        .query(SCHEDULE)
        .bind(seen.company.0)
        .bind(seen.id.0)
        .bind(seen.state.as_str())
        .bind(at.0)
        .bind(&when.wall)
        .bind(&when.zone)
        .bind(now.0)
        .execute()
        .await?;
    Ok(hit == 1)
}

/// Back to `draft`, or to `paused` when it had begun before.
pub async fn unschedule(tx: &mut Tx, seen: &Stored, now: Micros) -> Result<bool, DbError> {
    step(tx, UNSCHEDULE, seen, now).await
}

/// To `preparing`, or to `sending` when everybody is in the ledger already. Fixes the content if it is not yet.
pub async fn start(tx: &mut Tx, seen: &Stored, frozen: &Content, now: Micros) -> Result<bool, DbError> {
    tx.wake(TAG);
    let hit = tx
        .query(START)
        .bind(seen.company.0)
        .bind(seen.id.0)
        .bind(seen.state.as_str())
        .bind(json_rows(frozen))
        .bind(now.0)
        .execute()
        .await?;
    Ok(hit == 1)
}

/// To `paused`.
pub async fn hold(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    old: CampaignState,
    reason: &str,
    by: HeldBy,
    now: Micros,
) -> Result<bool, DbError> {
    tx.wake(TAG);
    let hit = tx
        .query(HOLD)
        .bind(company.0)
        .bind(id.0)
        .bind(old.as_str())
        .bind(reason)
        .bind(by.as_str())
        .bind(now.0)
        .execute()
        .await?;
    Ok(hit == 1)
}

/// To `cancelled`; the engine then closes the rows.
pub async fn cancel(tx: &mut Tx, seen: &Stored, now: Micros) -> Result<bool, DbError> {
    step(tx, CANCEL, seen, now).await
}

async fn step(tx: &mut Tx, sql: kernel::Sql, seen: &Stored, now: Micros) -> Result<bool, DbError> {
    tx.wake(TAG);
    let query = tx.query(sql).bind(seen.company.0).bind(seen.id.0).bind(seen.state.as_str()).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// Removes it with its ledger.
pub async fn delete(tx: &mut Tx, seen: &Stored) -> Result<bool, DbError> {
    let query = tx.query(DELETE).bind(seen.company.0).bind(seen.id.0).bind(seen.state.as_str());
    Ok(query.execute().await? == 1)
}

/// Part of a text as a LIKE pattern.
pub(crate) fn like(text: &str) -> String {
    let escaped = text.trim().to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// Id, name and subject of those that match.
pub async fn search(
    tx: &mut Tx,
    company: CompanyId,
    text: &str,
    limit: i64,
) -> Result<Vec<(Uuid, String, String)>, DbError> {
    tx.query(SEARCH).bind(company.0).bind(like(text)).bind(limit).fetch_all().await
}
