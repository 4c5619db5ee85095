//! SQL of the demo: what only time or other people's machines write, in bulk. Every statement takes its rows as JSON.

use contract::campaigns::CampaignState;
use contract::{CampaignId, CompanyId, HookId, MailboxId, Micros, SenderId};
use kernel::db::{json_rows, simple_uuid, simple_uuid_opt};
use kernel::{DbError, Sql, Tx};
use serde::Serialize;
use uuid::Uuid;

/// Rows that travel in one statement.
const CHUNK: usize = 2_000;

// Rows are materialized with the company beside them: else SQLite, which knows nothing yet of a new table, walks all
// contacts of the company for each row.
kernel::sql! {
    ADDRESSES = "SELECT email, id
        FROM contact
        WHERE company_id = $1 AND email IS NOT NULL AND deleted_at IS NULL
        ORDER BY id";
    SEEN = sqlite "WITH j (company, person, at) AS MATERIALIZED (SELECT $1, unhex(value ->> 'person'), value ->> 'at' FROM json_each($2))
        UPDATE membership
        SET seen_at = j.at
        FROM j
        WHERE membership.company_id = j.company AND membership.person_id = j.person",
    postgres "UPDATE membership
        SET seen_at = j.at
        FROM json_to_recordset($2::json) AS j(person uuid, at bigint)
        WHERE membership.company_id = $1 AND membership.person_id = j.person";
    ORIGINS = sqlite "WITH j (company, contact, at, source) AS MATERIALIZED (
            SELECT $1, unhex(value ->> 'contact'), value ->> 'at', value ->> 'source' FROM json_each($2))
        UPDATE contact
        SET created_at = j.at, updated_at = MAX(j.at, CASE WHEN contact.updated_at > contact.created_at THEN contact.updated_at ELSE 0 END),
            source = j.source
        FROM j
        WHERE contact.company_id = j.company AND contact.id = j.contact",
    postgres "UPDATE contact
        SET created_at = j.at, updated_at = GREATEST(j.at, CASE WHEN contact.updated_at > contact.created_at THEN contact.updated_at ELSE 0 END),
            source = j.source
        FROM json_to_recordset($2::json) AS j(contact uuid, at bigint, source text)
        WHERE contact.company_id = $1 AND contact.id = j.contact";
    CONSENT_TIMES = "UPDATE contact_consent
        SET at = (SELECT c.created_at FROM contact c WHERE c.company_id = contact_consent.company_id AND c.id = contact_consent.contact_id)
        WHERE company_id = $1";
    MEMBER_TIMES = "UPDATE list_member
        SET at = (SELECT c.created_at FROM contact c WHERE c.company_id = list_member.company_id AND c.id = list_member.contact_id)
        WHERE company_id = $1";
    NO_CONSENT = sqlite "WITH j (company, contact, at, source) AS MATERIALIZED (
            SELECT $1, unhex(value ->> 'contact'), value ->> 'at', value ->> 'source' FROM json_each($2))
        UPDATE contact_consent
        SET state = 'unsubscribed', source = j.source, at = j.at
        FROM j
        WHERE contact_consent.company_id = j.company AND contact_consent.contact_id = j.contact AND contact_consent.channel = 'email'",
    postgres "UPDATE contact_consent
        SET state = 'unsubscribed', source = j.source, at = j.at
        FROM json_to_recordset($2::json) AS j(contact uuid, at bigint, source text)
        WHERE contact_consent.company_id = $1 AND contact_consent.contact_id = j.contact AND contact_consent.channel = 'email'";
    NO_CONTACT = sqlite "WITH j (company, contact, at) AS MATERIALIZED (
            SELECT $1, unhex(value ->> 'contact'), value ->> 'at' FROM json_each($2))
        UPDATE contact
        SET consent = 'unsubscribed', updated_at = j.at, active_at = MAX(COALESCE(active_at, 0), j.at)
        FROM j
        WHERE contact.company_id = j.company AND contact.id = j.contact",
    postgres "UPDATE contact
        SET consent = 'unsubscribed', updated_at = j.at, active_at = GREATEST(COALESCE(active_at, 0), j.at)
        FROM json_to_recordset($2::json) AS j(contact uuid, at bigint)
        WHERE contact.company_id = $1 AND contact.id = j.contact";
    ACTIVE = sqlite "WITH j (company, contact, at) AS MATERIALIZED (
            SELECT $1, unhex(value ->> 'contact'), MAX(value ->> 'at')
            FROM json_each($2)
            WHERE value ->> 'kind' IN ('opened', 'clicked')
            GROUP BY 2
        )
        UPDATE contact
        SET active_at = MAX(COALESCE(active_at, 0), j.at)
        FROM j
        WHERE contact.company_id = j.company AND contact.id = j.contact",
    postgres "UPDATE contact
        SET active_at = GREATEST(COALESCE(active_at, 0), j.latest)
        FROM (
            SELECT contact AS person, MAX(at) AS latest
            FROM json_to_recordset($2::json) AS x(contact uuid, kind text, at bigint)
            WHERE kind IN ('opened', 'clicked')
            GROUP BY 1
        ) AS j
        WHERE contact.company_id = $1 AND contact.id = j.person";
    MOMENTS = sqlite "INSERT INTO contact_event (company_id, contact_id, kind, title, detail, href, at)
        SELECT $1, unhex(value ->> 'contact'), value ->> 'kind', value ->> 'title', value ->> 'detail', value ->> 'href', value ->> 'at'
        FROM json_each($2)
        ORDER BY key",
    postgres "INSERT INTO contact_event (company_id, contact_id, kind, title, detail, href, at)
        SELECT $1::uuid, contact, kind, title, detail, href, at
        FROM json_to_recordset($2::json) AS j(contact uuid, kind text, title text, detail text, href text, at bigint)";
    WITHHELD = sqlite "INSERT INTO suppression (company_id, channel, address, reason, source, at)
        SELECT $1, 'email', value ->> 'address', value ->> 'reason', value ->> 'source', value ->> 'at'
        FROM json_each($2)
        WHERE true
        ON CONFLICT DO NOTHING",
    postgres "INSERT INTO suppression (company_id, channel, address, reason, source, at)
        SELECT $1::uuid, 'email', address, reason, source, at
        FROM json_to_recordset($2::json) AS j(address text, reason text, source text, at bigint)
        ON CONFLICT DO NOTHING";
    CAMPAIGN = "UPDATE campaign
        SET state = $3, state_reason = $4, held_by = $5, scheduled_at = $6, wall = $7, zone = $8, frozen = $9, prepared_after = $10,
            prepared_at = $11, started_at = $11, epoch = 1, finished_at = $12, updated_at = $13
        WHERE company_id = $1 AND id = $2 AND state = 'draft'";
    LINKS = sqlite "INSERT INTO campaign_link (company_id, campaign_id, link_no, url)
        SELECT $1, $2, key, value FROM json_each($3)",
    postgres "INSERT INTO campaign_link (company_id, campaign_id, link_no, url)
        SELECT $1::uuid, $2::uuid, n - 1, url FROM json_array_elements_text($3::json) WITH ORDINALITY AS x(url, n)";
    RECIPIENTS = sqlite "INSERT INTO recipient (company_id, campaign_id, contact_id, address, state, reason, detail, attempts, epoch, attempt_id,
            message_id, sender_id, claimed_at, handed_at, settled_at, opened_at, clicked_at, machine_opened_at, unsubscribed_at)
        SELECT $1, $2, unhex(value ->> 'contact'), value ->> 'address', value ->> 'state', value ->> 'reason', value ->> 'detail',
            value ->> 'attempts', value ->> 'epoch', unhex(value ->> 'attempt'), value ->> 'message', unhex(value ->> 'sender'),
            value ->> 'claimed', value ->> 'handed', value ->> 'settled', value ->> 'opened', value ->> 'clicked',
            value ->> 'machine', value ->> 'unsubscribed'
        FROM json_each($3)
        ORDER BY key",
    postgres "INSERT INTO recipient (company_id, campaign_id, contact_id, address, state, reason, detail, attempts, epoch, attempt_id,
            message_id, sender_id, claimed_at, handed_at, settled_at, opened_at, clicked_at, machine_opened_at, unsubscribed_at)
        SELECT $1::uuid, $2::uuid, contact, address, state, reason, detail, attempts, epoch, attempt, message, sender, claimed,
            handed, settled, opened, clicked, machine, unsubscribed
        FROM json_to_recordset($3::json) AS j(contact uuid, address text, state text, reason text, detail text, attempts bigint,
            epoch bigint, attempt uuid, message text, sender uuid, claimed bigint, handed bigint, settled bigint, opened bigint,
            clicked bigint, machine bigint, unsubscribed bigint)";
    HITS = sqlite "INSERT INTO hit (company_id, campaign_id, contact_id, kind, link_no, at, agent, address_hash, verdict, reason)
        SELECT $1, $2, unhex(value ->> 'contact'), value ->> 'kind', value ->> 'link', value ->> 'at', value ->> 'agent',
            value ->> 'place', value ->> 'verdict', value ->> 'reason'
        FROM json_each($3)
        ORDER BY key",
    postgres "INSERT INTO hit (company_id, campaign_id, contact_id, kind, link_no, at, agent, address_hash, verdict, reason)
        SELECT $1::uuid, $2::uuid, contact, kind, link, at, agent, place, verdict, reason
        FROM json_to_recordset($3::json) AS j(contact uuid, kind text, link bigint, at bigint, agent text, place text, verdict text,
            reason text)";
    UNSUBSCRIPTIONS = sqlite "INSERT INTO unsubscription (company_id, campaign_id, contact_id, at, one_click, reason, effective)
        SELECT $1, $2, unhex(value ->> 'contact'), value ->> 'at', value ->> 'one_click', value ->> 'reason', 1
        FROM json_each($3)",
    postgres "INSERT INTO unsubscription (company_id, campaign_id, contact_id, at, one_click, reason, effective)
        SELECT $1::uuid, $2::uuid, contact, at, one_click, reason, TRUE
        FROM json_to_recordset($3::json) AS j(contact uuid, at bigint, one_click boolean, reason text)";
    MAILBOX = "UPDATE bounce_mailbox
        SET state = 'good', checked_at = $3, letters = $4, reports = $4
        WHERE company_id = $1 AND id = $2";
    HOOK = "UPDATE bounce_hook
        SET used_at = $3, events = $4
        WHERE company_id = $1 AND id = $2";
    HEALTH = "UPDATE sender
        SET health_state = $3, health_detail = $4, health_at = $5, health_until = NULL
        WHERE company_id = $1 AND id = $2";
}

/// Addresses of all contacts with their ids.
pub async fn addresses(tx: &mut Tx, company: CompanyId) -> Result<Vec<(String, Uuid)>, DbError> {
    tx.query(ADDRESSES).bind(company.0).fetch_all().await
}

async fn write<T: Serialize>(tx: &mut Tx, sql: Sql, company: CompanyId, rows: &[T]) -> Result<(), DbError> {
    for chunk in rows.chunks(CHUNK) {
        tx.query(sql).bind(company.0).bind(json_rows(chunk)).execute().await?;
    }
    Ok(())
}

async fn write_of<T: Serialize>(
    tx: &mut Tx,
    sql: Sql,
    company: CompanyId,
    campaign: CampaignId,
    rows: &[T],
) -> Result<(), DbError> {
    for chunk in rows.chunks(CHUNK) {
        tx.query(sql).bind(company.0).bind(campaign.0).bind(json_rows(chunk)).execute().await?;
    }
    Ok(())
}

/// When somebody of the company was last here.
#[derive(Debug, Serialize)]
pub struct Seen {
    #[serde(serialize_with = "simple_uuid")]
    pub person: Uuid,
    pub at: i64,
}

/// Writes when people were last here.
pub async fn seen(tx: &mut Tx, company: CompanyId, rows: &[Seen]) -> Result<(), DbError> {
    write(tx, SEEN, company, rows).await
}

/// When and how a contact came.
#[derive(Debug, Serialize)]
pub struct Origin {
    #[serde(serialize_with = "simple_uuid")]
    pub contact: Uuid,
    pub at: i64,
    pub source: &'static str,
}

/// Sets when contacts came, and with that since when they agree and are on their lists.
pub async fn set_origins(tx: &mut Tx, company: CompanyId, rows: &[Origin]) -> Result<(), DbError> {
    write(tx, ORIGINS, company, rows).await?;
    for sql in [CONSENT_TIMES, MEMBER_TIMES] {
        tx.query(sql).bind(company.0).execute().await?;
    }
    Ok(())
}

/// Somebody said no to email.
#[derive(Clone, Debug, Serialize)]
pub struct Farewell {
    #[serde(serialize_with = "simple_uuid")]
    pub contact: Uuid,
    pub at: i64,
    /// Where the consent says it came from.
    pub source: String,
    /// What the timeline says.
    pub detail: String,
}

/// Takes consents back, with the entry in the timeline that goes with it.
pub async fn say_no(tx: &mut Tx, company: CompanyId, rows: &[Farewell]) -> Result<(), DbError> {
    write(tx, NO_CONSENT, company, rows).await?;
    write(tx, NO_CONTACT, company, rows).await?;
    let moment = |row: &Farewell| Moment {
        contact: row.contact,
        kind: "unsubscribed",
        title: "Unsubscribed from email".into(),
        detail: row.detail.clone(),
        href: String::new(),
        at: row.at,
    };
    moments(tx, company, &rows.iter().map(moment).collect::<Vec<_>>()).await
}

/// An entry of a timeline.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    #[serde(serialize_with = "simple_uuid")]
    pub contact: Uuid,
    pub kind: &'static str,
    pub title: String,
    pub detail: String,
    pub href: String,
    pub at: i64,
}

/// Writes timelines, and when people last did something.
pub async fn moments(tx: &mut Tx, company: CompanyId, rows: &[Moment]) -> Result<(), DbError> {
    write(tx, MOMENTS, company, rows).await?;
    write(tx, ACTIVE, company, rows).await
}

/// An address that gets nothing any more.
#[derive(Clone, Debug, Serialize)]
pub struct Withheld {
    pub address: String,
    pub reason: &'static str,
    pub source: String,
    pub at: i64,
}

/// Withholds mail to addresses.
pub async fn withhold(tx: &mut Tx, company: CompanyId, rows: &[Withheld]) -> Result<(), DbError> {
    write(tx, WITHHELD, company, rows).await
}

/// A line of the ledger.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Recipient {
    #[serde(serialize_with = "simple_uuid")]
    pub contact: Uuid,
    pub address: Option<String>,
    pub state: &'static str,
    pub reason: &'static str,
    pub detail: String,
    pub attempts: i64,
    pub epoch: i64,
    #[serde(serialize_with = "simple_uuid_opt")]
    pub attempt: Option<Uuid>,
    pub message: Option<String>,
    #[serde(serialize_with = "simple_uuid_opt")]
    pub sender: Option<Uuid>,
    pub claimed: Option<i64>,
    pub handed: Option<i64>,
    pub settled: Option<i64>,
    pub opened: Option<i64>,
    pub clicked: Option<i64>,
    pub machine: Option<i64>,
    pub unsubscribed: Option<i64>,
}

/// A request to a pixel or a link.
#[derive(Clone, Debug, Serialize)]
pub struct Hit {
    #[serde(serialize_with = "simple_uuid")]
    pub contact: Uuid,
    pub kind: &'static str,
    /// Of the campaign's links; -1 for the pixel.
    pub link: i64,
    pub at: i64,
    pub agent: &'static str,
    /// Stands for the network address.
    pub place: String,
    pub verdict: &'static str,
    pub reason: &'static str,
}

/// Somebody left through a message.
#[derive(Clone, Debug, Serialize)]
pub struct Unsubscription {
    #[serde(serialize_with = "simple_uuid")]
    pub contact: Uuid,
    pub at: i64,
    pub one_click: bool,
    pub reason: &'static str,
}

/// All that a campaign left behind.
#[derive(Debug, Default)]
pub struct Ledger {
    /// In the order of contacts.
    pub recipients: Vec<Recipient>,
    /// In the order of time.
    pub hits: Vec<Hit>,
    /// Who left.
    pub unsubscriptions: Vec<Unsubscription>,
    /// Their consents.
    pub farewells: Vec<Farewell>,
    /// In the order of time.
    pub moments: Vec<Moment>,
    /// What came back.
    pub withheld: Vec<Withheld>,
}

/// Where a campaign stands after it went out.
#[derive(Debug)]
pub struct Outcome {
    /// State.
    pub state: CampaignState,
    /// Why it is held, or empty.
    pub reason: String,
    /// `trouble`, or nobody.
    pub held_by: &'static str,
    /// Planned start and its wall clock, if it was planned.
    pub planned: Option<(Micros, String)>,
    /// Zone of the wall clock.
    pub zone: &'static str,
    /// Content as it went out, JSON.
    pub frozen: String,
    /// Last contact of the ledger.
    pub last: Option<Uuid>,
    /// Began.
    pub started: Micros,
    /// Ended.
    pub finished: Option<Micros>,
    /// Changed.
    pub updated: Micros,
}

/// Moves a draft to where it stands now; an error unless it is still a draft.
pub async fn set_outcome(tx: &mut Tx, company: CompanyId, campaign: CampaignId, to: &Outcome) -> Result<(), DbError> {
    tx.query(CAMPAIGN)
        .bind(company.0)
        .bind(campaign.0)
        .bind(to.state.as_str())
        .bind(&to.reason)
        .bind(to.held_by)
        .bind(to.planned.as_ref().map(|(at, _)| at.0))
        .bind(to.planned.as_ref().map(|(_, wall)| wall.clone()))
        .bind(to.planned.as_ref().map(|_| to.zone))
        .bind(&to.frozen)
        .bind(to.last)
        .bind(to.started.0)
        .bind(to.finished.map(|at| at.0))
        .bind(to.updated.0)
        .execute_one()
        .await
}

/// Writes what a campaign left behind.
pub async fn write_ledger(
    tx: &mut Tx,
    company: CompanyId,
    campaign: CampaignId,
    links: &[String],
    ledger: &Ledger,
) -> Result<(), DbError> {
    tx.query(LINKS).bind(company.0).bind(campaign.0).bind(json_rows(links)).execute().await?;
    write_of(tx, RECIPIENTS, company, campaign, &ledger.recipients).await?;
    write_of(tx, HITS, company, campaign, &ledger.hits).await?;
    write_of(tx, UNSUBSCRIPTIONS, company, campaign, &ledger.unsubscriptions).await?;
    moments(tx, company, &ledger.moments).await?;
    say_no(tx, company, &ledger.farewells).await?;
    withhold(tx, company, &ledger.withheld).await
}

/// Writes how the sender is doing.
pub async fn set_health(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    state: &str,
    detail: &str,
    at: Micros,
) -> Result<(), DbError> {
    let set = tx.query(HEALTH).bind(company.0).bind(sender.0).bind(state.to_owned()).bind(detail.to_owned());
    set.bind(at.0).execute_one().await
}

/// Writes what a mailbox was read for: every letter in it was a report.
pub async fn set_mailbox(
    tx: &mut Tx,
    company: CompanyId,
    id: MailboxId,
    reports: i64,
    checked: Micros,
) -> Result<(), DbError> {
    tx.query(MAILBOX).bind(company.0).bind(id.0).bind(checked.0).bind(reports).execute_one().await
}

/// Writes what a hook was called for.
pub async fn set_hook(tx: &mut Tx, company: CompanyId, id: HookId, events: i64, used: Micros) -> Result<(), DbError> {
    tx.query(HOOK).bind(company.0).bind(id.0).bind(used.0).bind(events).execute_one().await
}
