//! What came back, one row each.

use contract::bounces::{Bounce, BounceClass, BounceCounts, BounceQuery};
use contract::{BounceId, CampaignId, CompanyId, ContactId, Cursor, Micros};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use serde::Serialize;
use uuid::Uuid;

kernel::sql! {
    INSERT = sqlite "INSERT INTO bounce_event (company_id, id, dedupe, source, source_id, source_name, class, address, recipient_id, contact_id,
            campaign_id, code, words, effect, at, received_at)
        SELECT $1, unhex(value ->> 'id', '-'), value ->> 'dedupe', $3, $4, $5, value ->> 'class', value ->> 'address', value ->> 'row',
            unhex(value ->> 'contact', '-'), unhex(value ->> 'campaign', '-'), value ->> 'code', value ->> 'words', 'none', value ->> 'at', $6
        FROM json_each($2)
        WHERE true
        ORDER BY value ->> 'dedupe'
        ON CONFLICT DO NOTHING
        RETURNING dedupe",
    postgres "INSERT INTO bounce_event (company_id, id, dedupe, source, source_id, source_name, class, address, recipient_id, contact_id,
            campaign_id, code, words, effect, at, received_at)
        SELECT $1, id, dedupe, $3, $4, $5, class, address, row, contact, campaign, code, words, 'none', at, $6
        FROM json_to_recordset($2::json) AS x(id uuid, dedupe text, class text, address text, row bigint, contact uuid, campaign uuid,
            code text, words text, at bigint)
        ORDER BY dedupe
        ON CONFLICT DO NOTHING
        RETURNING dedupe";
    KNOWN = sqlite "SELECT dedupe FROM bounce_event
        WHERE company_id = $1 AND dedupe IN (SELECT value FROM json_each($2))",
    postgres "SELECT dedupe FROM bounce_event
        WHERE company_id = $1 AND dedupe IN (SELECT value FROM json_array_elements_text($2::json))";
    EFFECT = sqlite "UPDATE bounce_event SET effect = x.value ->> 'e'
        FROM json_each($2) x
        WHERE bounce_event.company_id = $1 AND bounce_event.id = unhex(x.value ->> 'i', '-')",
    postgres "UPDATE bounce_event SET effect = x.e
        FROM json_to_recordset($2::json) AS x(i uuid, e text)
        WHERE bounce_event.company_id = $1 AND bounce_event.id = x.i";
    // A message that two sources tell of counts once.
    COUNTS = "SELECT class, COUNT(DISTINCT recipient_id) + COUNT(CASE WHEN recipient_id IS NULL THEN 1 END) FROM bounce_event
        WHERE company_id = $1 AND received_at >= $2
        GROUP BY class";
    PRUNE = "DELETE FROM bounce_event WHERE received_at < $1";
}

/// What came back, before it is stored.
#[derive(Clone, Debug, Serialize)]
pub struct NewEvent {
    /// Id.
    pub id: Uuid,
    /// See the table.
    pub dedupe: String,
    /// Class.
    pub class: &'static str,
    /// Address or empty.
    pub address: String,
    /// The ledger's row.
    pub row: Option<i64>,
    /// Its contact.
    pub contact: Option<Uuid>,
    /// Its campaign.
    pub campaign: Option<Uuid>,
    /// Code or empty.
    pub code: String,
    /// Words or empty.
    pub words: String,
    /// When.
    pub at: i64,
}

/// Where it was learned of.
#[derive(Clone, Debug)]
pub struct Source {
    /// `mailbox` or `hook`.
    pub kind: &'static str,
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Stores what is not stored yet; answers the keys of what was new.
pub async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    source: &Source,
    events: &[NewEvent],
    now: Micros,
) -> Result<Vec<String>, DbError> {
    let query = tx.query(INSERT).bind(company.0).bind(json_rows(events));
    query.bind(source.kind).bind(source.id).bind(source.name.clone()).bind(now.0).fetch_scalars().await
}

/// Those of the keys that are stored.
pub async fn known(tx: &mut Tx, company: CompanyId, keys: &[&str]) -> Result<Vec<String>, DbError> {
    tx.query(KNOWN).bind(company.0).bind(json_rows(keys)).fetch_scalars().await
}

/// What a report led to.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    /// Event.
    #[serde(rename = "i")]
    pub id: Uuid,
    /// `suppressed`, `counted` or `alert`.
    #[serde(rename = "e")]
    pub effect: &'static str,
}

/// Writes what reports led to.
pub async fn set_effects(tx: &mut Tx, company: CompanyId, effects: &[Effect]) -> Result<(), DbError> {
    if effects.is_empty() {
        return Ok(());
    }
    tx.query(EFFECT).bind(company.0).bind(json_rows(effects)).execute().await.map(drop)
}

/// How many came since then.
pub async fn counts(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<BounceCounts, DbError> {
    let rows: Vec<(String, i64)> = tx.query(COUNTS).bind(company.0).bind(since.0).fetch_all().await?;
    let of = |class: BounceClass| rows.iter().find(|(word, _)| word == class.as_str()).map_or(0, |(_, n)| *n);
    Ok(BounceCounts {
        hard: of(BounceClass::Hard),
        soft: of(BounceClass::Soft),
        ignore: of(BounceClass::Ignore),
        block: of(BounceClass::Block),
        complaint: of(BounceClass::Complaint),
        auto_reply: of(BounceClass::AutoReply),
    })
}

/// Forgets what came before then, of all companies.
pub async fn prune(tx: &mut Tx, before: Micros) -> Result<u64, DbError> {
    tx.query(PRUNE).bind(before.0).execute().await
}

#[derive(kernel::FromRow)]
struct EventRow {
    id: Uuid,
    class: String,
    address: String,
    contact_id: Option<Uuid>,
    campaign_id: Option<Uuid>,
    campaign: Option<String>,
    code: String,
    words: String,
    source_name: String,
    effect: String,
    at: i64,
    received_at: i64,
}

impl TryFrom<EventRow> for Bounce {
    type Error = DbError;

    fn try_from(row: EventRow) -> Result<Self, DbError> {
        let wrong = || DbError::Inconsistency { table: "bounce_event", column: "class", row: row.id.to_string() };
        Ok(Self {
            id: BounceId(row.id),
            class: row.class.parse().map_err(|()| wrong())?,
            address: row.address,
            contact: row.contact_id.map(ContactId),
            campaign: row.campaign_id.map(CampaignId),
            campaign_name: row.campaign.unwrap_or_default(),
            code: row.code,
            words: row.words,
            source: row.source_name,
            effect: row.effect,
            at: Micros(row.at),
            received: Micros(row.received_at),
        })
    }
}

/// A page, the latest first, and where to go on.
pub async fn page(
    tx: &mut Tx,
    company: CompanyId,
    query: &BounceQuery,
    limit: i64,
) -> Result<(Vec<Bounce>, Option<Cursor>), DbError> {
    let before = query.cursor.as_ref().and_then(|cursor| {
        let (at, id) = cursor.0.split_once('.')?;
        Some((at.parse().ok()?, Uuid::parse_str(id).ok()?))
    });
    let (at, id) = before.unwrap_or((i64::MAX, Uuid::max()));
    let class = query.class.map_or(String::new(), |class| format!("AND e.class = '{}'", class.as_str()));
    let mut more = 5;
    let mut next = |sql: &str| {
        let part = sql.replace('#', &format!("${more}"));
        more += 1;
        part
    };
    let campaign = if query.campaign.is_some() { next("AND e.campaign_id = #") } else { String::new() };
    let search = query.search.trim().to_lowercase();
    let found = if search.is_empty() { String::new() } else { next("AND e.address LIKE # ESCAPE '\\'") };
    let sql = format!(
        "SELECT e.id, e.class, e.address, e.contact_id, e.campaign_id, c.name AS campaign, e.code, e.words, e.source_name, e.effect,
            e.at, e.received_at
        FROM bounce_event e
        LEFT JOIN campaign c ON c.company_id = e.company_id AND c.id = e.campaign_id
        WHERE e.company_id = $1 AND (e.received_at, e.id) < ($2, $3) {class} {campaign} {found}
        ORDER BY e.received_at DESC, e.id DESC
        LIMIT $4"
    );
    let mut ask = tx.query_built(sql).bind(company.0).bind(at).bind(id).bind(limit + 1);
    if let Some(campaign) = query.campaign {
        ask = ask.bind(campaign.0);
    }
    if !search.is_empty() {
        ask = ask.bind(crate::campaigns::store::like(&search));
    }
    let rows: Vec<EventRow> = ask.fetch_all().await?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let is_more = rows.len() > limit;
    let items = rows.into_iter().take(limit).map(Bounce::try_from).collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| is_more).map(|last| Cursor(format!("{}.{}", last.received.0, last.id)));
    Ok((items, next))
}
