//! Pages of the ledger, by contact.

use super::like;
use contract::campaigns::{RecipientQuery, RecipientRow, RecipientState};
use contract::{CampaignId, CompanyId, ContactId, Cursor, Micros};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    LINE = "SELECT r.state, r.reason, r.detail, r.attempts, r.next_at, COALESCE(r.message_id, '') AS message_id,
            COALESCE(s.name, '') AS route, r.variant, r.is_sample, r.claimed_at, r.handed_at, r.settled_at, r.opened_at,
            r.clicked_at, r.unsubscribed_at, r.bounced_at, r.complained_at
        FROM recipient r
        LEFT JOIN sender s ON s.company_id = r.company_id AND s.id = r.sender_id
        WHERE r.company_id = $1 AND r.campaign_id = $2 AND r.contact_id = $3";
}

/// Which rows: a state, something people did, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Everybody.
    All,
    /// In this state.
    State(RecipientState),
    /// Opened by a person.
    Opened,
    /// Clicked by a person.
    Clicked,
    /// Unsubscribed through it.
    Unsubscribed,
    /// Came back.
    Bounced,
    /// Reported as spam.
    Complained,
}

impl Which {
    /// From the word of a query; `None` when there is no such word.
    pub fn parse(word: Option<&str>) -> Option<Self> {
        Some(match word.unwrap_or("") {
            "" | "all" => Self::All,
            "opened" => Self::Opened,
            "clicked" => Self::Clicked,
            "unsubscribed" => Self::Unsubscribed,
            "bounced" => Self::Bounced,
            "complained" => Self::Complained,
            state => Self::State(state.parse().ok()?),
        })
    }

    fn condition(self) -> String {
        match self {
            Self::All => String::new(),
            Self::State(state) => format!("AND state = '{}'", state.as_str()),
            Self::Opened => "AND opened_at IS NOT NULL".into(),
            Self::Clicked => "AND clicked_at IS NOT NULL".into(),
            Self::Unsubscribed => "AND unsubscribed_at IS NOT NULL".into(),
            Self::Bounced => "AND bounced_at IS NOT NULL".into(),
            Self::Complained => "AND complained_at IS NOT NULL".into(),
        }
    }
}

#[derive(kernel::FromRow)]
struct RecipientLookup {
    contact_id: Uuid,
    address: Option<String>,
    state: String,
    reason: String,
    detail: String,
    attempts: i64,
    at: Option<i64>,
    opened_at: Option<i64>,
    clicked_at: Option<i64>,
    unsubscribed_at: Option<i64>,
    bounced_at: Option<i64>,
    bounce_class: Option<String>,
    complained_at: Option<i64>,
}

impl TryFrom<RecipientLookup> for RecipientRow {
    type Error = DbError;

    fn try_from(row: RecipientLookup) -> Result<Self, DbError> {
        let wrong = |column| DbError::Inconsistency { table: "recipient", column, row: row.contact_id.to_string() };
        let words = match row.state.as_str() {
            // The codes of failures, of one that is not over yet.
            "pending" if !row.reason.is_empty() => "It is tried again",
            _ => crate::campaigns::rules::reason_text(&row.reason),
        };
        Ok(Self {
            contact: ContactId(row.contact_id),
            state: row.state.parse().map_err(|()| wrong("state"))?,
            detail: match (words, row.detail.as_str()) {
                ("", detail) => detail.to_owned(),
                (words, "") => words.to_owned(),
                (words, detail) => format!("{words}: {detail}"),
            },
            address: row.address.unwrap_or_default(),
            attempts: i32::try_from(row.attempts).unwrap_or(i32::MAX),
            at: row.at.map(Micros),
            opened: row.opened_at.map(Micros),
            clicked: row.clicked_at.map(Micros),
            unsubscribed: row.unsubscribed_at.map(Micros),
            bounced: row.bounced_at.map(Micros),
            bounce_class: match row.bounce_class {
                Some(class) => Some(class.parse().map_err(|()| wrong("bounce_class"))?),
                None => None,
            },
            complained: row.complained_at.map(Micros),
        })
    }
}

/// At most `limit` rows after the cursor, by contact; the cursor of the last one when more follow.
pub async fn page(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    which: Which,
    query: &RecipientQuery,
    limit: i64,
) -> Result<(Vec<RecipientRow>, Option<Cursor>), DbError> {
    let after = query.cursor.as_ref().and_then(|c| Uuid::parse_str(&c.0).ok()).unwrap_or(Uuid::nil());
    let search = if query.search.trim().is_empty() { "" } else { "AND lower(address) LIKE $5 ESCAPE '\\'" };
    let sql = format!(
        "SELECT contact_id, address, state, reason, detail, attempts, COALESCE(settled_at, handed_at, claimed_at) AS at,
            opened_at, clicked_at, unsubscribed_at, bounced_at, bounce_class, complained_at
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND contact_id > $3 {} {search}
        ORDER BY contact_id
        LIMIT $4",
        which.condition()
    );
    let mut ask = tx.query_built(sql).bind(company.0).bind(id.0).bind(after).bind(limit + 1);
    if !search.is_empty() {
        ask = ask.bind(like(&query.search));
    }
    let rows: Vec<RecipientLookup> = ask.fetch_all().await?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let is_more = rows.len() > limit;
    let items = rows.into_iter().take(limit).map(RecipientRow::try_from).collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| is_more).map(|row| Cursor(row.contact.to_string()));
    Ok((items, next))
}

#[derive(kernel::FromRow)]
struct LineLookup {
    state: String,
    reason: String,
    detail: String,
    attempts: i64,
    next_at: i64,
    message_id: String,
    route: String,
    variant: Option<i64>,
    is_sample: bool,
    claimed_at: Option<i64>,
    handed_at: Option<i64>,
    settled_at: Option<i64>,
    opened_at: Option<i64>,
    clicked_at: Option<i64>,
    unsubscribed_at: Option<i64>,
    bounced_at: Option<i64>,
    complained_at: Option<i64>,
}

/// One line of the ledger with everything that is known of it.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub state: RecipientState,
    /// Code.
    pub reason: String,
    /// The server's words.
    pub detail: String,
    pub attempts: i64,
    /// Not before; 0 for a first try.
    pub next: Micros,
    pub message_id: String,
    /// Name of the sender, or empty.
    pub route: String,
    /// Of a test, from 0.
    pub variant: Option<i64>,
    pub is_sample: bool,
    pub claimed: Option<Micros>,
    pub handed: Option<Micros>,
    pub settled: Option<Micros>,
    pub opened: Option<Micros>,
    pub clicked: Option<Micros>,
    pub unsubscribed: Option<Micros>,
    pub bounced: Option<Micros>,
    pub complained: Option<Micros>,
}

/// The line of one contact.
pub async fn line(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    contact: ContactId,
) -> Result<Option<Line>, DbError> {
    let row: Option<LineLookup> = tx.query(LINE).bind(company.0).bind(id.0).bind(contact.0).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    let state = row.state.parse().map_err(|()| DbError::Inconsistency {
        table: "recipient",
        column: "state",
        row: contact.to_string(),
    })?;
    Ok(Some(Line {
        state,
        reason: row.reason,
        detail: row.detail,
        attempts: row.attempts,
        next: Micros(row.next_at),
        message_id: row.message_id,
        route: row.route,
        variant: row.variant,
        is_sample: row.is_sample,
        claimed: row.claimed_at.map(Micros),
        handed: row.handed_at.map(Micros),
        settled: row.settled_at.map(Micros),
        opened: row.opened_at.map(Micros),
        clicked: row.clicked_at.map(Micros),
        unsubscribed: row.unsubscribed_at.map(Micros),
        bounced: row.bounced_at.map(Micros),
        complained: row.complained_at.map(Micros),
    }))
}
