//! SQL of sending domains.

use super::rules::spf::Need;
use contract::domains::{KeyKind, RecordCheck, RecordState};
use contract::senders::SenderKind;
use contract::{CompanyId, DomainId, Micros, UserId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    LIST = "SELECT id, domain, signs, spf, dmarc, created_at, created_by, checked_at
        FROM sending_domain
        WHERE company_id = $1
        ORDER BY domain, id";
    GET = "SELECT id, domain, signs, spf, dmarc, created_at, created_by, checked_at
        FROM sending_domain
        WHERE company_id = $1 AND id = $2";
    KEYS = "SELECT domain_id, selector, kind, generation, public_key, state, found, words, checked_at
        FROM sending_domain_key
        WHERE company_id = $1
        ORDER BY domain_id, kind DESC, generation, selector";
    KEYS_OF = "SELECT domain_id, selector, kind, generation, public_key, state, found, words, checked_at
        FROM sending_domain_key
        WHERE company_id = $1 AND domain_id = $2
        ORDER BY kind DESC, generation, selector";
    // of one kind the newest first
    SIGNING = "SELECT d.domain, d.id, k.kind, k.selector
        FROM sending_domain d
        JOIN sending_domain_key k ON k.company_id = d.company_id AND k.domain_id = d.id
        WHERE d.company_id = $1 AND d.signs = $2 AND k.state = 'good'
        ORDER BY d.domain, k.kind DESC, k.generation DESC, k.selector";
    INSERT = "INSERT INTO sending_domain (company_id, id, domain, signs, spf, dmarc, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    INSERT_KEY = "INSERT INTO sending_domain_key (company_id, domain_id, selector, kind, generation, public_key, state, found, words,
            created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'unchecked', '', '', $7)";
    SET_SIGNS = "UPDATE sending_domain SET signs = $3 WHERE company_id = $1 AND id = $2";
    SET_ASKED = "UPDATE sending_domain SET asked_at = $3 WHERE company_id = $1 AND id = $2";
    SET_SPF = "UPDATE sending_domain SET spf = $3, checked_at = $4 WHERE company_id = $1 AND id = $2";
    SET_DMARC = "UPDATE sending_domain SET dmarc = $3, checked_at = $4 WHERE company_id = $1 AND id = $2";
    SET_KEY = "UPDATE sending_domain_key
        SET state = $4, found = $5, words = $6, checked_at = $7
        WHERE company_id = $1 AND domain_id = $2 AND selector = $3";
    DELETE_KEY = "DELETE FROM sending_domain_key WHERE company_id = $1 AND domain_id = $2 AND selector = $3";
    DELETE = "DELETE FROM sending_domain WHERE company_id = $1 AND id = $2";
    DUE = "SELECT company_id, id
        FROM sending_domain
        WHERE asked_at IS NULL
           OR asked_at <= $1
           OR (asked_at <= $2 AND EXISTS (
                SELECT 1 FROM sending_domain_key k
                WHERE k.company_id = sending_domain.company_id AND k.domain_id = sending_domain.id AND k.state <> 'good'))
        ORDER BY COALESCE(asked_at, 0), id
        LIMIT $3";
    SENDERS = "SELECT kind, host, from_email FROM sender WHERE company_id = $1 ORDER BY id";
    TOUCH_SENDERS = "UPDATE sender SET version = version + 1 WHERE company_id = $1 AND kind = 'smtp'";
}

/// A domain without its keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub id: DomainId,
    pub domain: String,
    pub signs: bool,
    pub spf: RecordCheck,
    pub dmarc: RecordCheck,
    pub created: Micros,
    pub created_by: Option<UserId>,
    pub checked: Option<Micros>,
}

#[derive(kernel::FromRow)]
struct DomainRow {
    id: Uuid,
    domain: String,
    signs: bool,
    spf: String,
    dmarc: String,
    created_at: i64,
    created_by: Option<Uuid>,
    checked_at: Option<i64>,
}

impl TryFrom<DomainRow> for Stored {
    type Error = DbError;

    fn try_from(row: DomainRow) -> Result<Self, DbError> {
        let bad = |column| DbError::Inconsistency { table: "sending_domain", column, row: row.id.to_string() };
        Ok(Self {
            spf: serde_json::from_str(&row.spf).map_err(|_| bad("spf"))?,
            dmarc: serde_json::from_str(&row.dmarc).map_err(|_| bad("dmarc"))?,
            id: DomainId(row.id),
            domain: row.domain,
            signs: row.signs,
            created: Micros(row.created_at),
            created_by: row.created_by.map(UserId),
            checked: row.checked_at.map(Micros),
        })
    }
}

/// A key without its secret half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub domain: DomainId,
    pub selector: String,
    pub kind: KeyKind,
    pub generation: i64,
    pub public: String,
    pub state: RecordState,
    pub found: String,
    pub words: String,
    pub checked: Option<Micros>,
}

#[derive(kernel::FromRow)]
struct KeyRow {
    domain_id: Uuid,
    selector: String,
    kind: String,
    generation: i64,
    public_key: String,
    state: String,
    found: String,
    words: String,
    checked_at: Option<i64>,
}

impl TryFrom<KeyRow> for Key {
    type Error = DbError;

    fn try_from(row: KeyRow) -> Result<Self, DbError> {
        let bad = |column| DbError::Inconsistency { table: "sending_domain_key", column, row: row.selector.clone() };
        let state = RecordState::ALL.into_iter().find(|state| state.as_str() == row.state);
        Ok(Self {
            kind: kind(&row.kind).ok_or_else(|| bad("kind"))?,
            state: state.ok_or_else(|| bad("state"))?,
            domain: DomainId(row.domain_id),
            selector: row.selector,
            generation: row.generation,
            public: row.public_key,
            found: row.found,
            words: row.words,
            checked: row.checked_at.map(Micros),
        })
    }
}

fn kind(text: &str) -> Option<KeyKind> {
    KeyKind::ALL.into_iter().find(|kind| kind.as_str() == text)
}

pub(super) async fn list(tx: &mut Tx, company: CompanyId) -> Result<Vec<Stored>, DbError> {
    let rows = tx.query(LIST).bind(company.0).fetch_all::<DomainRow>().await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

pub(super) async fn get(tx: &mut Tx, company: CompanyId, id: DomainId) -> Result<Option<Stored>, DbError> {
    let row = tx.query(GET).bind(company.0).bind(id.0).fetch_optional::<DomainRow>().await?;
    row.map(TryInto::try_into).transpose()
}

/// Keys of all domains of a company.
pub(super) async fn all_keys(tx: &mut Tx, company: CompanyId) -> Result<Vec<Key>, DbError> {
    let rows = tx.query(KEYS).bind(company.0).fetch_all::<KeyRow>().await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

pub(super) async fn keys(tx: &mut Tx, company: CompanyId, id: DomainId) -> Result<Vec<Key>, DbError> {
    let rows = tx.query(KEYS_OF).bind(company.0).bind(id.0).fetch_all::<KeyRow>().await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// A key that may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SigningKey {
    pub domain: String,
    pub id: DomainId,
    pub kind: KeyKind,
    pub selector: String,
}

/// Keys whose record was found, of domains that shall be signed for; of one kind the newest first.
pub(super) async fn signing(tx: &mut Tx, company: CompanyId) -> Result<Vec<SigningKey>, DbError> {
    let rows = tx.query(SIGNING).bind(company.0).bind(true).fetch_all::<(String, Uuid, String, String)>().await?;
    let read = |(domain, id, word, selector): (String, Uuid, String, String)| {
        let bad = || DbError::Inconsistency { table: "sending_domain_key", column: "kind", row: selector.clone() };
        Ok(SigningKey { kind: kind(&word).ok_or_else(bad)?, id: DomainId(id), domain, selector: selector.clone() })
    };
    rows.into_iter().map(read).collect()
}

pub(super) async fn insert(tx: &mut Tx, company: CompanyId, new: &Stored) -> Result<(), DbError> {
    let insert = tx.query(INSERT).bind(company.0).bind(new.id.0).bind(new.domain.clone()).bind(new.signs);
    let insert = insert.bind(json_rows(&new.spf)).bind(json_rows(&new.dmarc)).bind(new.created.0);
    insert.bind(new.created_by.map(|user| user.0)).execute_one().await
}

pub(super) async fn insert_key(tx: &mut Tx, company: CompanyId, key: &Key, now: Micros) -> Result<(), DbError> {
    let insert = tx.query(INSERT_KEY).bind(company.0).bind(key.domain.0).bind(key.selector.clone());
    let insert = insert.bind(key.kind.as_str()).bind(key.generation).bind(key.public.clone()).bind(now.0);
    insert.execute_one().await
}

pub(super) async fn set_signs(tx: &mut Tx, company: CompanyId, id: DomainId, signs: bool) -> Result<(), DbError> {
    tx.query(SET_SIGNS).bind(company.0).bind(id.0).bind(signs).execute_one().await
}

/// Notes that DNS was asked; answers whether the domain is still there.
pub(super) async fn set_asked(tx: &mut Tx, company: CompanyId, id: DomainId, now: Micros) -> Result<bool, DbError> {
    Ok(tx.query(SET_ASKED).bind(company.0).bind(id.0).bind(now.0).execute().await? > 0)
}

pub(super) async fn set_spf(
    tx: &mut Tx,
    company: CompanyId,
    id: DomainId,
    check: &RecordCheck,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(SET_SPF).bind(company.0).bind(id.0).bind(json_rows(check)).bind(now.0).execute_one().await
}

pub(super) async fn set_dmarc(
    tx: &mut Tx,
    company: CompanyId,
    id: DomainId,
    check: &RecordCheck,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(SET_DMARC).bind(company.0).bind(id.0).bind(json_rows(check)).bind(now.0).execute_one().await
}

/// What was found about a key; a key that is gone meanwhile stays gone.
pub(super) async fn set_key(
    tx: &mut Tx,
    company: CompanyId,
    id: DomainId,
    selector: &str,
    check: &RecordCheck,
    now: Micros,
) -> Result<(), DbError> {
    let set = tx.query(SET_KEY).bind(company.0).bind(id.0).bind(selector).bind(check.state.as_str());
    set.bind(check.found.clone()).bind(check.words.clone()).bind(now.0).execute().await.map(drop)
}

pub(super) async fn delete_key(tx: &mut Tx, company: CompanyId, id: DomainId, selector: &str) -> Result<(), DbError> {
    tx.query(DELETE_KEY).bind(company.0).bind(id.0).bind(selector).execute().await.map(drop)
}

pub(super) async fn delete(tx: &mut Tx, company: CompanyId, id: DomainId) -> Result<(), DbError> {
    tx.query(DELETE).bind(company.0).bind(id.0).execute_one().await
}

/// Domains of all companies that were not asked about since `day`, or since `hour` where a record is not right yet.
pub(super) async fn due(
    tx: &mut Tx,
    day: Micros,
    hour: Micros,
    limit: i64,
) -> Result<Vec<(CompanyId, DomainId)>, DbError> {
    let rows = tx.query(DUE).bind(day.0).bind(hour.0).bind(limit).fetch_all::<(Uuid, Uuid)>().await?;
    Ok(rows.into_iter().map(|(company, id)| (CompanyId(company), DomainId(id))).collect())
}

/// A company's senders, as far as SPF is concerned.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub kind: SenderKind,
    pub from: String,
    pub need: Option<Need>,
}

pub(super) async fn ways(tx: &mut Tx, company: CompanyId) -> Result<Vec<Way>, DbError> {
    let rows = tx.query(SENDERS).bind(company.0).fetch_all::<(String, String, String)>().await?;
    let read = |(kind, host, from): (String, String, String)| {
        let kind = if kind == SenderKind::Graph.as_str() { SenderKind::Graph } else { SenderKind::Smtp };
        let from = from.rsplit_once('@').map_or(String::new(), |(_, domain)| domain.to_owned());
        Way { kind, need: Need::of(kind, &host), from }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Has every node build the company's ways out anew before the next message.
pub(super) async fn touch_senders(tx: &mut Tx, company: CompanyId) -> Result<(), DbError> {
    tx.query(TOUCH_SENDERS).bind(company.0).execute().await.map(drop)
}
