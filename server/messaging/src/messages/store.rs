//! SQL of single messages. Every statement that moves rows names the state, the attempt and the epoch they must be in.

use crate::campaigns::store::like;
use crate::engine::rules::End;
use contract::campaigns::RecipientState;
use contract::messages::{Certainty, Message, MessageDraft, MessageQuery};
use contract::{CompanyId, Cursor, MessageId, Micros, SenderId, TemplateId};
use kernel::{DbError, Tx};
use uuid::Uuid;

/// Wakes the engine: a message was accepted.
pub const TAG: &str = "message";

kernel::sql! {
    INSERT = "INSERT INTO message (company_id, id, sender_id, template_id, address, to_name, from_name, reply_to, subject, html, body,
            policy, state, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', $13)";
    GET = "SELECT m.id, m.address, m.subject, m.sender_id, s.name AS sender_name, m.template_id, t.name AS template_name, m.policy,
            m.state, m.reason, m.detail, m.attempts, m.repeats, m.next_at, m.message_id, m.created_at, m.handed_at, m.settled_at
        FROM message m
        LEFT JOIN sender s ON s.company_id = m.company_id AND s.id = m.sender_id
        LEFT JOIN template t ON t.company_id = m.company_id AND t.id = m.template_id
        WHERE m.company_id = $1 AND m.id = $2";
    // The index holds all that is asked for: rows with their words are read for one page only.
    LIST = "SELECT m.id, m.address, m.subject, m.sender_id, s.name AS sender_name, m.template_id, t.name AS template_name, m.policy,
            m.state, m.reason, m.detail, m.attempts, m.repeats, m.next_at, m.message_id, m.created_at, m.handed_at, m.settled_at
        FROM message m
        LEFT JOIN sender s ON s.company_id = m.company_id AND s.id = m.sender_id
        LEFT JOIN template t ON t.company_id = m.company_id AND t.id = m.template_id
        WHERE m.company_id = $1 AND m.id IN (
                SELECT id FROM message
                WHERE company_id = $1 AND id < $2 AND ($3 = '' OR state = $3) AND ($4 = '' OR address LIKE $4 ESCAPE '\\')
                ORDER BY id DESC
                LIMIT $5
            )
        ORDER BY m.id DESC";
    CLAIM = sqlite "UPDATE message
        SET state = 'claimed', lease_until = $2, node = $3, attempt_id = $4, epoch = epoch + 1
        WHERE (company_id, id) IN (
                SELECT company_id, id FROM message
                WHERE state = 'pending' AND next_at <= $1
                ORDER BY next_at, id
                LIMIT $5
            )
        RETURNING company_id, id, sender_id, address, to_name, from_name, reply_to, subject, html, body, policy, attempts, epoch, created_at",
    postgres "UPDATE message
        SET state = 'claimed', lease_until = $2, node = $3, attempt_id = $4, epoch = epoch + 1
        WHERE (company_id, id) IN (
                SELECT company_id, id FROM message
                WHERE state = 'pending' AND next_at <= $1
                ORDER BY next_at, id
                LIMIT $5
                FOR UPDATE SKIP LOCKED
            )
        RETURNING company_id, id, sender_id, address, to_name, from_name, reply_to, subject, html, body, policy, attempts, epoch, created_at";
    HAND = "UPDATE message
        SET state = 'handed', attempts = attempts + 1, message_id = $5, handed_at = $6, lease_until = $7
        WHERE company_id = $1 AND id = $2 AND attempt_id = $3 AND epoch = $4 AND state = 'claimed'";
    SETTLE = "UPDATE message
        SET state = $5, reason = $6, detail = $7, next_at = $8, attempts = attempts - $9, repeats = repeats + $10,
            lease_until = NULL, node = NULL, settled_at = CASE WHEN $5 = 'pending' THEN NULL ELSE CAST($11 AS BIGINT) END
        WHERE company_id = $1 AND id = $2 AND attempt_id = $3 AND epoch = $4 AND state IN ('claimed', 'handed')";
    RENEW = "UPDATE message
        SET lease_until = $4
        WHERE company_id = $1 AND id = $2 AND node = $3 AND state IN ('claimed', 'handed')";
    EXPIRE_CLAIMED = "UPDATE message
        SET state = 'pending', lease_until = NULL, node = NULL
        WHERE state = 'claimed' AND lease_until < $1";
    EXPIRE_REPEAT = "UPDATE message
        SET state = 'pending', next_at = $2, repeats = repeats + 1, lease_until = NULL, node = NULL, detail = $3
        WHERE state = 'handed' AND policy = 'at_least_once' AND lease_until < $1";
    EXPIRE_UNKNOWN = "UPDATE message
        SET state = 'unknown', reason = 'lost', detail = $3, settled_at = $2, lease_until = NULL
        WHERE state = 'handed' AND policy = 'never_twice' AND lease_until < $1";
    IS_DUE = "SELECT 1 FROM message
        WHERE (state = 'pending' AND next_at <= $1) OR (state IN ('claimed', 'handed') AND lease_until < $1)
        LIMIT 1";
    HAS_EXPIRED = "SELECT 1 FROM message
        WHERE state IN ('claimed', 'handed') AND lease_until < $1
        LIMIT 1";
}

#[derive(kernel::FromRow)]
struct MessageLookup {
    id: Uuid,
    address: String,
    subject: String,
    sender_id: Uuid,
    sender_name: Option<String>,
    template_id: Option<Uuid>,
    template_name: Option<String>,
    policy: String,
    state: String,
    reason: String,
    detail: String,
    attempts: i64,
    repeats: i64,
    next_at: i64,
    message_id: Option<String>,
    created_at: i64,
    handed_at: Option<i64>,
    settled_at: Option<i64>,
}

fn certainty(text: &str) -> Certainty {
    if text == Certainty::NeverTwice.as_str() { Certainty::NeverTwice } else { Certainty::AtLeastOnce }
}

impl TryFrom<MessageLookup> for Message {
    type Error = DbError;

    fn try_from(row: MessageLookup) -> Result<Self, DbError> {
        let wrong = |column| DbError::Inconsistency { table: "message", column, row: row.id.to_string() };
        let state: RecipientState = row.state.parse().map_err(|()| wrong("state"))?;
        let words = crate::campaigns::rules::reason_text(&row.reason);
        Ok(Self {
            id: MessageId(row.id),
            to: row.address,
            subject: row.subject,
            sender: SenderId(row.sender_id),
            sender_name: row.sender_name.unwrap_or_default(),
            template: row.template_id.map(TemplateId),
            template_name: row.template_name.unwrap_or_default(),
            state,
            detail: match (words, row.detail.as_str()) {
                ("", detail) => detail.to_owned(),
                (words, "") => words.to_owned(),
                (words, detail) => format!("{words}: {detail}"),
            },
            attempts: i32::try_from(row.attempts).unwrap_or(i32::MAX),
            repeats: i32::try_from(row.repeats).unwrap_or(i32::MAX),
            next: Some(Micros(row.next_at)).filter(|at| state == RecipientState::Pending && at.0 > 0),
            certainty: certainty(&row.policy),
            message_id: row.message_id,
            created: Micros(row.created_at),
            handed: row.handed_at.map(Micros),
            settled: row.settled_at.map(Micros),
        })
    }
}

/// What is written of a new message.
pub struct New<'a> {
    /// Id.
    pub id: MessageId,
    /// As it was asked for.
    pub draft: &'a MessageDraft,
    /// Normalised address.
    pub address: &'a str,
    /// Through what.
    pub sender: SenderId,
    /// Words.
    pub written: &'a crate::render::Written,
}

/// Adds a message.
pub async fn insert(tx: &mut Tx, company: CompanyId, new: &New<'_>, now: Micros) -> Result<(), DbError> {
    tx.wake(TAG);
    tx.query(INSERT)
        .bind(company.0)
        .bind(new.id.0)
        .bind(new.sender.0)
        .bind(new.draft.template.map(|t| t.0))
        .bind(new.address)
        .bind(new.draft.to_name.trim())
        .bind(new.draft.from_name.trim())
        .bind(new.draft.reply_to.trim())
        .bind(&new.written.subject)
        .bind(new.written.html.as_deref())
        .bind(&new.written.text)
        .bind(new.draft.certainty.as_str())
        .bind(now.0)
        .execute_one()
        .await
}

/// One message.
pub async fn get(tx: &mut Tx, company: CompanyId, id: MessageId) -> Result<Option<Message>, DbError> {
    let row: Option<MessageLookup> = tx.query(GET).bind(company.0).bind(id.0).fetch_optional().await?;
    row.map(Message::try_from).transpose()
}

/// At most `limit` messages, the latest first, and the cursor of the last one when more follow.
pub async fn page(
    tx: &mut Tx,
    company: CompanyId,
    query: &MessageQuery,
    limit: i64,
) -> Result<(Vec<Message>, Option<Cursor>), DbError> {
    let before = query.cursor.as_ref().and_then(|cursor| Uuid::parse_str(&cursor.0).ok()).unwrap_or(Uuid::max());
    let state = query.state.map_or("", RecipientState::as_str);
    let search = if query.search.trim().is_empty() { String::new() } else { like(&query.search) };
    let ask = tx.query(LIST).bind(company.0).bind(before).bind(state).bind(search).bind(limit + 1);
    let rows: Vec<MessageLookup> = ask.fetch_all().await?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let is_more = rows.len() > limit;
    let items = rows.into_iter().take(limit).map(Message::try_from).collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| is_more).map(|last| Cursor(last.id.to_string()));
    Ok((items, next))
}

/// A message this node holds.
#[derive(Clone, Debug, kernel::FromRow)]
pub struct Held {
    /// Whose.
    #[row(try_from = "Uuid")]
    pub company_id: CompanyId,
    /// Which.
    #[row(try_from = "Uuid")]
    pub id: MessageId,
    /// Through what.
    #[row(try_from = "Uuid")]
    pub sender_id: SenderId,
    /// Normalised address.
    pub address: String,
    /// Name or empty.
    pub to_name: String,
    /// Name or empty.
    pub from_name: String,
    /// Address or empty.
    pub reply_to: String,
    /// Subject.
    pub subject: String,
    /// HTML part.
    pub html: Option<String>,
    /// Text part.
    pub body: String,
    policy: String,
    /// Tries so far.
    pub attempts: i64,
    /// Fence.
    pub epoch: i64,
    /// Accepted by us.
    pub created_at: i64,
}

impl Held {
    /// What happens when the answer was lost.
    pub fn certainty(&self) -> Certainty {
        certainty(&self.policy)
    }
}

/// Whether there is anything to do.
pub async fn is_due(tx: &mut Tx, now: Micros) -> Result<bool, DbError> {
    let found: Option<i32> = tx.query(IS_DUE).bind(now.0).fetch_scalar_optional().await?;
    Ok(found.is_some())
}

/// Takes up to `limit` due messages of all companies, longest waiting first.
pub async fn claim(
    tx: &mut Tx,
    claim: Uuid,
    node: &str,
    now: Micros,
    until: Micros,
    limit: i64,
) -> Result<Vec<Held>, DbError> {
    tx.query(CLAIM).bind(now.0).bind(until.0).bind(node).bind(claim).bind(limit).fetch_all().await
}

/// Writes the intent; false when it was no longer ours.
pub async fn hand(
    tx: &mut Tx,
    held: &Held,
    claim: Uuid,
    message_id: &str,
    now: Micros,
    until: Micros,
) -> Result<bool, DbError> {
    let query = tx.query(HAND).bind(held.company_id.0).bind(held.id.0).bind(claim).bind(held.epoch);
    Ok(query.bind(message_id).bind(now.0).bind(until.0).execute().await? == 1)
}

/// Writes the end of one try; false when it came too late.
pub async fn settle(
    tx: &mut Tx,
    held: &Held,
    claim: Uuid,
    end: &End,
    was_handed: bool,
    is_repeat: bool,
    now: Micros,
) -> Result<bool, DbError> {
    let query = tx.query(SETTLE).bind(held.company_id.0).bind(held.id.0).bind(claim).bind(held.epoch);
    let query = query.bind(end.state.as_str()).bind(end.reason).bind(&end.detail).bind(end.next.0);
    let refund = i64::from(was_handed && end.is_refunded);
    Ok(query.bind(refund).bind(i64::from(is_repeat)).bind(now.0).execute().await? == 1)
}

/// Says that this node still works on a message.
pub async fn renew(tx: &mut Tx, held: &Held, node: &str, until: Micros) -> Result<(), DbError> {
    tx.query(RENEW).bind(held.company_id.0).bind(held.id.0).bind(node).bind(until.0).execute().await.map(drop)
}

/// Settles what nodes that fell silent left behind; answers how many messages that were.
pub async fn expire(tx: &mut Tx, now: Micros) -> Result<u64, DbError> {
    let found: Option<i32> = tx.query(HAS_EXPIRED).bind(now.0).fetch_scalar_optional().await?;
    if found.is_none() {
        return Ok(0);
    }
    let detail = "The server process that handed this message over stopped before it could record the answer.";
    let freed = tx.query(EXPIRE_CLAIMED).bind(now.0).execute().await?;
    let again = tx.query(EXPIRE_REPEAT).bind(now.0).bind(now.0).bind(detail).execute().await?;
    let lost = tx.query(EXPIRE_UNKNOWN).bind(now.0).bind(now.0).bind(detail).execute().await?;
    Ok(freed + again + lost)
}
