//! SQL of senders; what was granted to them is in `usage`.

pub(crate) mod usage;

use contract::senders::{
    GraphMode, GraphSettings, Rates, Sender, SenderDraft, SenderHealth, SenderKind, SignIn, TlsMode,
};
use contract::{CompanyId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

kernel::sql! {
    LIST = "SELECT id, position, kind, name, host, port, tls, login, sign_in, tenant, client_id, graph_mode, licences, tenant_per_day,
            mailbox_per_minute, mailbox_per_day, mailbox_at_once, from_email, from_name, reply_to, pool,
            per_second, per_minute, per_hour, per_day, version, health_state, health_detail, health_at, health_until, updated_at
        FROM sender
        WHERE company_id = $1
        ORDER BY position, name, id";
    GET = "SELECT id, position, kind, name, host, port, tls, login, sign_in, tenant, client_id, graph_mode, licences, tenant_per_day,
            mailbox_per_minute, mailbox_per_day, mailbox_at_once, from_email, from_name, reply_to, pool,
            per_second, per_minute, per_hour, per_day, version, health_state, health_detail, health_at, health_until, updated_at
        FROM sender
        WHERE company_id = $1 AND id = $2";
    MAILBOXES = "SELECT sender_id, address FROM sender_mailbox
        WHERE company_id = $1
        ORDER BY sender_id, position, address";
    SENT = "SELECT sender_id, COUNT(*) FROM recipient
        WHERE company_id = $1 AND sender_id IS NOT NULL AND handed_at > $2
        GROUP BY sender_id";
    INSERT = "INSERT INTO sender (company_id, id, kind, name, host, port, tls, login, sign_in, tenant, client_id, graph_mode, licences,
            tenant_per_day, mailbox_per_minute, mailbox_per_day, mailbox_at_once, from_email, from_name, reply_to, pool,
            per_second, per_minute, per_hour, per_day, position, version, health_state, health_detail, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
            (SELECT COALESCE(MAX(position) + 1, 0) FROM sender WHERE company_id = $1), 1, 'untested', '', $26, $26)";
    // What reaches the server in another way has not been tested yet.
    UPDATE = "UPDATE sender
        SET kind = $3, name = $4, host = $5, port = $6, tls = $7, login = $8, sign_in = $9, tenant = $10, client_id = $11,
            graph_mode = $12, licences = $13, tenant_per_day = $14, mailbox_per_minute = $15, mailbox_per_day = $16,
            mailbox_at_once = $17, from_email = $18, from_name = $19, reply_to = $20, pool = $21,
            per_second = $22, per_minute = $23, per_hour = $24, per_day = $25, version = version + 1, updated_at = $26,
            health_state = CASE WHEN $27 THEN 'untested' ELSE health_state END,
            health_detail = CASE WHEN $27 THEN '' ELSE health_detail END,
            health_at = CASE WHEN $27 THEN NULL ELSE health_at END,
            health_until = CASE WHEN $27 THEN NULL ELSE health_until END
        WHERE company_id = $1 AND id = $2";
    PLACE = "UPDATE sender SET position = $3 WHERE company_id = $1 AND id = $2 AND position <> $3";
    DROP_MAILBOXES = sqlite "DELETE FROM sender_mailbox
        WHERE company_id = $1 AND sender_id = $2 AND address NOT IN (SELECT value ->> 'address' FROM json_each($3))",
    postgres "DELETE FROM sender_mailbox
        WHERE company_id = $1 AND sender_id = $2 AND address NOT IN (SELECT address FROM json_to_recordset($3::json) AS x(address text))";
    PUT_MAILBOXES = sqlite "INSERT INTO sender_mailbox (company_id, sender_id, address, position)
        SELECT $1, $2, value ->> 'address', value ->> 'position' FROM json_each($3) WHERE TRUE
        ON CONFLICT (company_id, sender_id, address) DO UPDATE SET position = excluded.position",
    postgres "INSERT INTO sender_mailbox (company_id, sender_id, address, position)
        SELECT $1::uuid, $2::uuid, address, position FROM json_to_recordset($3::json) AS x(address text, position bigint)
        ON CONFLICT (company_id, sender_id, address) DO UPDATE SET position = excluded.position";
    DELETE = "DELETE FROM sender WHERE company_id = $1 AND id = $2";
    COUNT = "SELECT COUNT(*) FROM sender WHERE company_id = $1";
    NAMED_BY = "SELECT name FROM campaign
        WHERE company_id = $1 AND sender_id = $2 AND state IN ('draft', 'scheduled', 'preparing', 'sending', 'paused')
        ORDER BY updated_at DESC, id
        LIMIT 3";
    HEALTH = "UPDATE sender
        SET health_state = $3, health_detail = $4, health_at = $5, health_until = $6
        WHERE company_id = $1 AND id = $2
          AND (health_state <> $3 OR health_detail <> $4 OR COALESCE(health_until, 0) <> COALESCE($6, 0))";
}

#[derive(kernel::FromRow)]
struct SenderRow {
    id: Uuid,
    position: i64,
    kind: String,
    name: String,
    host: String,
    port: i64,
    tls: String,
    login: String,
    sign_in: String,
    tenant: String,
    client_id: String,
    graph_mode: String,
    licences: Option<i64>,
    tenant_per_day: Option<i64>,
    mailbox_per_minute: i64,
    mailbox_per_day: i64,
    mailbox_at_once: i64,
    from_email: String,
    from_name: String,
    reply_to: String,
    pool: i64,
    per_second: Option<i64>,
    per_minute: Option<i64>,
    per_hour: Option<i64>,
    per_day: Option<i64>,
    version: i64,
    health_state: String,
    health_detail: String,
    health_at: Option<i64>,
    health_until: Option<i64>,
    updated_at: i64,
}

/// A sender with the number of its settings.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub sender: Sender,
    pub version: i64,
}

fn of_kind(text: &str) -> Option<SenderKind> {
    [SenderKind::Smtp, SenderKind::Graph].into_iter().find(|kind| kind.as_str() == text)
}

impl TryFrom<SenderRow> for Stored {
    type Error = DbError;

    fn try_from(row: SenderRow) -> Result<Self, DbError> {
        let bad = |column| DbError::Inconsistency { table: "sender", column, row: row.id.to_string() };
        let tls = [TlsMode::Tls, TlsMode::Starttls, TlsMode::None].into_iter().find(|t| t.as_str() == row.tls);
        let sign_in = [SignIn::Password, SignIn::Oauth].into_iter().find(|s| s.as_str() == row.sign_in);
        let mode = GraphMode::ALL.into_iter().find(|m| m.as_str() == row.graph_mode);
        let graph = GraphSettings {
            mode: mode.ok_or_else(|| bad("graph_mode"))?,
            mailboxes: Vec::new(),
            licences: row.licences.and_then(|n| u32::try_from(n).ok()),
            tenant_per_day: row.tenant_per_day.and_then(|n| u32::try_from(n).ok()),
            per_minute: u32::try_from(row.mailbox_per_minute).map_err(|_| bad("mailbox_per_minute"))?,
            per_day: u32::try_from(row.mailbox_per_day).map_err(|_| bad("mailbox_per_day"))?,
            at_once: u16::try_from(row.mailbox_at_once).map_err(|_| bad("mailbox_at_once"))?,
        };
        let sender = Sender {
            id: SenderId(row.id),
            position: row.position,
            kind: of_kind(&row.kind).ok_or_else(|| bad("kind"))?,
            port: u16::try_from(row.port).map_err(|_| bad("port"))?,
            pool: u16::try_from(row.pool).map_err(|_| bad("pool"))?,
            tls: tls.ok_or_else(|| bad("tls"))?,
            sign_in: sign_in.ok_or_else(|| bad("sign_in"))?,
            rates: rates([row.per_second, row.per_minute, row.per_hour, row.per_day]),
            graph,
            name: row.name,
            host: row.host,
            user: row.login,
            tenant: row.tenant,
            client_id: row.client_id,
            has_secret: false,
            from_email: row.from_email,
            from_name: row.from_name,
            reply_to: row.reply_to,
            health: SenderHealth {
                state: row.health_state,
                detail: row.health_detail,
                at: row.health_at.map(Micros),
                until: row.health_until.map(Micros),
            },
            sent_day: 0,
            updated: Micros(row.updated_at),
        };
        Ok(Self { sender, version: row.version })
    }
}

fn rates(limits: [Option<i64>; 4]) -> Rates {
    let [per_second, per_minute, per_hour, per_day] = limits.map(|n| n.and_then(|n| u32::try_from(n).ok()));
    Rates { per_second, per_minute, per_hour, per_day }
}

/// Puts each sender's mailboxes into it.
async fn with_mailboxes(tx: &mut Tx, company: CompanyId, mut stored: Vec<Stored>) -> Result<Vec<Stored>, DbError> {
    if stored.iter().all(|one| one.sender.kind == SenderKind::Smtp) {
        return Ok(stored);
    }
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (sender, address) in tx.query(MAILBOXES).bind(company.0).fetch_all::<(Uuid, String)>().await? {
        found.entry(sender).or_default().push(address);
    }
    for one in &mut stored {
        one.sender.graph.mailboxes = found.remove(&one.sender.id.0).unwrap_or_default();
    }
    Ok(stored)
}

pub(super) async fn list(tx: &mut Tx, company: CompanyId) -> Result<Vec<Stored>, DbError> {
    let rows = tx.query(LIST).bind(company.0).fetch_all::<SenderRow>().await?;
    let stored = rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    with_mailboxes(tx, company, stored).await
}

pub(super) async fn get(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Option<Stored>, DbError> {
    let Some(row) = tx.query(GET).bind(company.0).bind(id.0).fetch_optional::<SenderRow>().await? else {
        return Ok(None);
    };
    Ok(with_mailboxes(tx, company, vec![row.try_into()?]).await?.pop())
}

/// Messages handed over since then, by sender, from the ledger.
pub(super) async fn sent_since(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<Vec<(Uuid, i64)>, DbError> {
    tx.query(SENT).bind(company.0).bind(since.0).fetch_all().await
}

pub(super) async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    draft: &SenderDraft,
    now: Micros,
) -> Result<(), DbError> {
    settings(tx.query(INSERT).bind(company.0).bind(id.0), draft).bind(now.0).execute_one().await?;
    put_mailboxes(tx, company, id, &draft.graph.mailboxes).await
}

/// `moved` says that the server is reached in another way than before.
pub(super) async fn update(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    draft: &SenderDraft,
    moved: bool,
    now: Micros,
) -> Result<(), DbError> {
    settings(tx.query(UPDATE).bind(company.0).bind(id.0), draft).bind(now.0).bind(moved).execute_one().await?;
    put_mailboxes(tx, company, id, &draft.graph.mailboxes).await
}

#[derive(Serialize)]
struct Place<'a> {
    address: &'a str,
    position: usize,
}

async fn put_mailboxes(tx: &mut Tx, company: CompanyId, id: SenderId, addresses: &[String]) -> Result<(), DbError> {
    let rows: Vec<Place<'_>> =
        addresses.iter().enumerate().map(|(position, address)| Place { address, position }).collect();
    let rows = json_rows(&rows);
    tx.query(DROP_MAILBOXES).bind(company.0).bind(id.0).bind(rows.clone()).execute().await?;
    tx.query(PUT_MAILBOXES).bind(company.0).bind(id.0).bind(rows).execute().await?;
    Ok(())
}

/// Puts the senders into this order.
pub(super) async fn place(tx: &mut Tx, company: CompanyId, order: &[SenderId]) -> Result<(), DbError> {
    for (position, id) in (0_i64..).zip(order) {
        tx.query(PLACE).bind(company.0).bind(id.0).bind(position).execute().await?;
    }
    Ok(())
}

fn settings<'t>(query: kernel::db::Query<'t>, draft: &SenderDraft) -> kernel::db::Query<'t> {
    let (rates, graph) = (&draft.rates, &draft.graph);
    query
        .bind(draft.kind.as_str())
        .bind(draft.name.clone())
        .bind(draft.host.clone())
        .bind(i64::from(draft.port))
        .bind(draft.tls.as_str())
        .bind(draft.user.clone())
        .bind(draft.sign_in.as_str())
        .bind(draft.tenant.clone())
        .bind(draft.client_id.clone())
        .bind(graph.mode.as_str())
        .bind(graph.licences.map(i64::from))
        .bind(graph.tenant_per_day.map(i64::from))
        .bind(i64::from(graph.per_minute))
        .bind(i64::from(graph.per_day))
        .bind(i64::from(graph.at_once))
        .bind(draft.from_email.clone())
        .bind(draft.from_name.clone())
        .bind(draft.reply_to.clone())
        .bind(i64::from(draft.pool))
        .bind(rates.per_second.map(i64::from))
        .bind(rates.per_minute.map(i64::from))
        .bind(rates.per_hour.map(i64::from))
        .bind(rates.per_day.map(i64::from))
}

pub(super) async fn delete(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<(), DbError> {
    tx.query(DELETE).bind(company.0).bind(id.0).execute_one().await
}

pub(super) async fn count(tx: &mut Tx, company: CompanyId) -> Result<i64, DbError> {
    tx.query(COUNT).bind(company.0).fetch_scalar().await
}

/// Campaigns that are not ended and name the sender, at most three, by name.
pub(super) async fn named_by(tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Vec<String>, DbError> {
    tx.query(NAMED_BY).bind(company.0).bind(id.0).fetch_scalars().await
}

/// Writes how it is doing, unless that is what is written already.
pub(super) async fn set_health(
    tx: &mut Tx,
    company: CompanyId,
    id: SenderId,
    health: &SenderHealth,
) -> Result<bool, DbError> {
    let set = tx.query(HEALTH).bind(company.0).bind(id.0).bind(health.state.clone()).bind(health.detail.clone());
    Ok(set.bind(health.at.map(|m| m.0)).bind(health.until.map(|m| m.0)).execute().await? > 0)
}
