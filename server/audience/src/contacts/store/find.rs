//! Reading contacts: pages by keyset, counts, export, search.

use super::{consent_state, fields_of};
use crate::built::Built;
use crate::contacts::rules;
use contract::contacts::{
    Channel, Consent, Contact, ContactFilter, ContactQuery, ContactRow, ContactSort, NamedList, Suppressed,
};
use contract::{CompanyId, ContactId, Cursor, ListId, Micros};
use kernel::db::{DbError, Engine, Tx, json_rows};
use std::collections::HashMap;
use uuid::Uuid;

/// Up to so many members a tag or list is searched from its own side, above it from the side of the sorted contacts.
const NARROW: i64 = 20_000;

kernel::sql! {
    TAG_NAMES = sqlite "SELECT g.contact_id, t.name
        FROM json_each($2) j
        CROSS JOIN contact_tag g ON g.company_id = $1 AND g.contact_id = unhex(j.value, '-')
        JOIN tag t ON t.company_id = $1 AND t.id = g.tag_id
        ORDER BY t.name_key",
    postgres "SELECT g.contact_id, t.name
        FROM json_array_elements_text($2::json) AS j(id)
        JOIN contact_tag g ON g.company_id = $1 AND g.contact_id = j.id::uuid
        JOIN tag t ON t.company_id = $1 AND t.id = g.tag_id
        ORDER BY t.name_key";
    LISTS_OF_ONE = "SELECT l.id, l.name
        FROM list_member m
        JOIN list l ON l.company_id = $1 AND l.id = m.list_id
        WHERE m.company_id = $1 AND m.contact_id = $2
        ORDER BY l.name_key";
    CONSENTS_OF_ONE = "SELECT channel, state, source, at
        FROM contact_consent
        WHERE company_id = $1 AND contact_id = $2
        ORDER BY channel";
    SUPPRESSED = "SELECT reason, at FROM suppression WHERE company_id = $1 AND channel = 'email' AND address = $2";
    ONE = "SELECT id, email, first_name, last_name, phone, organisation, zone, language, fields, consent, source,
            created_at, updated_at, active_at
        FROM contact
        WHERE company_id = $1 AND id = $2 AND deleted_at IS NULL";
    BY_PREFIX = "SELECT id, email, first_name, last_name, phone, organisation
        FROM contact
        WHERE company_id = $1 AND deleted_at IS NULL AND email >= $2 AND email < $3
        ORDER BY email
        LIMIT $4";
    COUNT_TAG = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM contact_tag WHERE company_id = $1 AND tag_id = $2 LIMIT $3) AS few";
    COUNT_LIST = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM list_member WHERE company_id = $1 AND list_id = $2 LIMIT $3) AS few";
}

const IS_SUPPRESSED: &str = "EXISTS (SELECT 1 FROM suppression s
    WHERE s.company_id = c.company_id AND s.channel = 'email' AND s.address = c.email)";

/// A filter with what decides how it is best put.
#[derive(Clone, Debug)]
pub struct Filter {
    filter: ContactFilter,
    narrow_tag: bool,
    narrow_list: bool,
}

/// Looks at how large the filter's tag and list are.
pub async fn weigh(tx: &mut Tx, company: CompanyId, filter: ContactFilter) -> Result<Filter, DbError> {
    let (mut narrow_tag, mut narrow_list) = (false, false);
    if let Some(tag) = filter.tag {
        let few = tx.query(COUNT_TAG).bind(company.0).bind(tag.0).bind(NARROW + 1);
        narrow_tag = few.fetch_scalar::<i64>().await? <= NARROW;
    }
    if let Some(list) = filter.list {
        let few = tx.query(COUNT_LIST).bind(company.0).bind(list.0).bind(NARROW + 1);
        narrow_list = few.fetch_scalar::<i64>().await? <= NARROW;
    }
    Ok(Filter { filter, narrow_tag, narrow_list })
}

impl Filter {
    /// `WHERE …` on `contact c`.
    pub fn clause(&self, to: &mut Built, company: CompanyId) {
        to.sql("\nWHERE c.company_id = ").arg(company.0).sql(" AND c.deleted_at IS NULL");
        for word in self.filter.search.split_whitespace().take(8) {
            to.sql("\n  AND c.search LIKE ").arg(rules::like(word)).sql(" ESCAPE '\\'");
        }
        let groups = [
            (self.filter.tag.map(|t| t.0), self.narrow_tag, "contact_tag", "tag_id"),
            (self.filter.list.map(|l| l.0), self.narrow_list, "list_member", "list_id"),
        ];
        for (group, narrow, table, column) in groups {
            let Some(group) = group else { continue };
            if narrow {
                to.sql(&format!("\n  AND c.id IN (SELECT g.contact_id FROM {table} g WHERE g.company_id = "))
                    .arg(company.0);
                to.sql(&format!(" AND g.{column} = ")).arg(group).sql(")");
            } else {
                to.sql(&format!(
                    "\n  AND EXISTS (SELECT 1 FROM {table} g WHERE g.company_id = c.company_id AND g.{column} = "
                ));
                to.arg(group).sql(" AND g.contact_id = c.id)");
            }
        }
        match self.filter.status.as_deref() {
            Some("suppressed") => {
                to.sql("\n  AND ").sql(IS_SUPPRESSED);
            }
            Some("subscribed") => {
                to.sql("\n  AND c.consent = 'subscribed' AND c.email IS NOT NULL AND NOT ").sql(IS_SUPPRESSED);
            }
            Some(state @ ("unsubscribed" | "none")) => {
                to.sql("\n  AND c.consent = ").arg(state);
            }
            _ => {}
        }
    }
}

/// `AND c.id IN (…)`.
pub fn ids_clause(to: &mut Built, engine: Engine, ids: &[ContactId]) {
    match engine {
        Engine::Sqlite => {
            to.sql("\n  AND c.id IN (SELECT unhex(value, '-') FROM json_each(").arg(json_rows(ids)).sql("))")
        }
        Engine::Postgres => to
            .sql("\n  AND c.id IN (SELECT value::uuid FROM json_array_elements_text(")
            .arg(json_rows(ids))
            .sql("::json))"),
    };
}

/// How many match.
pub async fn count(tx: &mut Tx, company: CompanyId, filter: &Filter) -> Result<i64, DbError> {
    let mut sql = Built::default();
    sql.sql("SELECT COUNT(*) FROM contact c");
    filter.clause(&mut sql, company);
    // True of every row; makes SQLite count in the narrow index by time instead of the rows themselves.
    sql.sql(" AND c.created_at >= 0");
    sql.on(tx).fetch_scalar().await
}

/// Where a page goes on: the sort value and the id of the last row.
#[derive(Clone, Debug, PartialEq)]
pub enum After {
    /// The first page.
    Start,
    /// By time.
    Time(i64, Uuid),
    /// By address.
    Email(String),
    /// Behind all addresses, among the contacts that have none.
    NoEmail(Uuid),
    /// By name.
    Name(String, Uuid),
}

impl After {
    /// Reads a cursor of this sort; `None` when it is not one of ours.
    pub fn read(cursor: Option<&Cursor>, sort: ContactSort) -> Option<Self> {
        let Some(Cursor(text)) = cursor else { return Some(Self::Start) };
        let (kind, rest) = text.split_once(':')?;
        let pair = || rest.split_once(':').and_then(|(id, rest)| Some((id.parse::<Uuid>().ok()?, rest)));
        match (kind, sort) {
            ("t", ContactSort::CreatedAsc | ContactSort::CreatedDesc) => {
                let (id, at) = pair()?;
                Some(Self::Time(at.parse().ok()?, id))
            }
            ("e", ContactSort::EmailAsc | ContactSort::EmailDesc) => Some(Self::Email(rest.to_owned())),
            ("n", ContactSort::EmailAsc | ContactSort::EmailDesc) => Some(Self::NoEmail(rest.parse().ok()?)),
            ("s", ContactSort::NameAsc | ContactSort::NameDesc) => {
                pair().map(|(id, name)| Self::Name(name.to_owned(), id))
            }
            _ => None,
        }
    }

    fn cursor(row: &PageRow, sort: ContactSort) -> Cursor {
        Cursor(match (sort, &row.email) {
            (ContactSort::CreatedAsc | ContactSort::CreatedDesc, _) => format!("t:{}:{}", row.id, row.created_at),
            (ContactSort::EmailAsc | ContactSort::EmailDesc, Some(email)) => format!("e:{email}"),
            (ContactSort::EmailAsc | ContactSort::EmailDesc, None) => format!("n:{}", row.id),
            (ContactSort::NameAsc | ContactSort::NameDesc, _) => format!("s:{}:{}", row.id, row.sort_name),
        })
    }
}

#[derive(kernel::FromRow)]
struct PageRow {
    id: Uuid,
    email: Option<String>,
    first_name: String,
    last_name: String,
    organisation: String,
    consent: String,
    sort_name: String,
    suppressed: bool,
    created_at: i64,
    active_at: Option<i64>,
}

/// At most `limit` rows behind `after`, and the cursor if more follow.
pub async fn page(
    tx: &mut Tx,
    company: CompanyId,
    query: &ContactQuery,
    filter: &Filter,
    after: After,
    limit: usize,
) -> Result<(Vec<ContactRow>, Option<Cursor>), DbError> {
    let sort = query.sort;
    let wanted = limit + 1;
    let by_email = matches!(sort, ContactSort::EmailAsc | ContactSort::EmailDesc);
    let mut rows: Vec<PageRow> = Vec::new();
    if !matches!(after, After::NoEmail(_)) {
        rows = stretch(tx, company, sort, filter, &after, wanted).await?;
    }
    // Contacts without an address come behind all others, whichever way the addresses are sorted.
    if by_email && rows.len() < wanted {
        let from = match after {
            After::NoEmail(_) => after,
            _ => After::NoEmail(Uuid::nil()),
        };
        let left = wanted - rows.len();
        rows.extend(stretch(tx, company, sort, filter, &from, left).await?);
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| After::cursor(row, sort));
    let mut tags = tag_names(tx, company, rows.iter().map(|r| r.id)).await?;
    let rows = rows.into_iter().map(|row| {
        let tags = tags.remove(&row.id).unwrap_or_default();
        Ok(ContactRow {
            id: ContactId(row.id),
            name: format!("{} {}", row.first_name, row.last_name).trim().to_owned(),
            email: row.email.unwrap_or_default(),
            organisation: row.organisation,
            consent: consent_state(&row.consent, row.id)?,
            suppressed: row.suppressed,
            tags,
            created: Micros(row.created_at),
            active: row.active_at.map(Micros),
        })
    });
    Ok((rows.collect::<Result<_, DbError>>()?, next))
}

async fn stretch(
    tx: &mut Tx,
    company: CompanyId,
    sort: ContactSort,
    filter: &Filter,
    after: &After,
    limit: usize,
) -> Result<Vec<PageRow>, DbError> {
    let mut sql = Built::default();
    sql.sql("SELECT c.id, c.email, c.first_name, c.last_name, c.organisation, c.consent, c.sort_name, ");
    sql.sql(IS_SUPPRESSED).sql(" AS suppressed, c.created_at, c.active_at\nFROM contact c");
    filter.clause(&mut sql, company);
    let (over, order) = match sort {
        ContactSort::CreatedAsc => (">", "c.created_at, c.id"),
        ContactSort::CreatedDesc => ("<", "c.created_at DESC, c.id DESC"),
        ContactSort::EmailAsc => (">", "c.email"),
        ContactSort::EmailDesc => ("<", "c.email DESC"),
        ContactSort::NameAsc => (">", "c.sort_name, c.id"),
        ContactSort::NameDesc => ("<", "c.sort_name DESC, c.id DESC"),
    };
    let mut order = order;
    match after {
        After::Start => {}
        After::Time(at, id) => {
            sql.sql(&format!("\n  AND (c.created_at, c.id) {over} (")).arg(*at).sql(", ").arg(*id).sql(")");
        }
        After::Name(name, id) => {
            sql.sql(&format!("\n  AND (c.sort_name, c.id) {over} (")).arg(name.as_str()).sql(", ").arg(*id).sql(")");
        }
        After::Email(email) => {
            sql.sql(&format!("\n  AND c.email {over} ")).arg(email.as_str());
        }
        After::NoEmail(id) => {
            sql.sql("\n  AND c.email IS NULL AND c.id > ").arg(*id);
            order = "c.id";
        }
    }
    if matches!((sort, after), (ContactSort::EmailAsc | ContactSort::EmailDesc, After::Start)) {
        sql.sql("\n  AND c.email IS NOT NULL");
    }
    sql.sql(&format!("\nORDER BY {order}\nLIMIT ")).arg(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.on(tx).fetch_all().await
}

/// Names of the tags of some contacts, sorted.
pub async fn tag_names(
    tx: &mut Tx,
    company: CompanyId,
    contacts: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<String>>, DbError> {
    let ids: Vec<Uuid> = contacts.collect();
    let mut names: HashMap<Uuid, Vec<String>> = HashMap::new();
    if !ids.is_empty() {
        let rows: Vec<(Uuid, String)> = tx.query(TAG_NAMES).bind(company.0).bind(json_rows(&ids)).fetch_all().await?;
        for (contact, name) in rows {
            names.entry(contact).or_default().push(name);
        }
    }
    Ok(names)
}

#[derive(kernel::FromRow)]
struct WholeRow {
    id: Uuid,
    email: Option<String>,
    first_name: String,
    last_name: String,
    phone: String,
    organisation: String,
    zone: String,
    language: String,
    fields: String,
    consent: String,
    source: String,
    created_at: i64,
    updated_at: i64,
    active_at: Option<i64>,
}

/// Why and since when mail to an address is withheld, if it is.
pub async fn suppressed(tx: &mut Tx, company: CompanyId, address: &str) -> Result<Option<(String, i64)>, DbError> {
    tx.query(SUPPRESSED).bind(company.0).bind(address).fetch_optional().await
}

/// A contact with all that belongs to it.
pub async fn whole(tx: &mut Tx, company: CompanyId, id: Uuid) -> Result<Option<Contact>, DbError> {
    let row: Option<WholeRow> = tx.query(ONE).bind(company.0).bind(id).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    let tags = tag_names(tx, company, [id].into_iter()).await?.remove(&id).unwrap_or_default();
    let lists: Vec<(Uuid, String)> = tx.query(LISTS_OF_ONE).bind(company.0).bind(id).fetch_all().await?;
    let consents: Vec<(String, String, String, i64)> =
        tx.query(CONSENTS_OF_ONE).bind(company.0).bind(id).fetch_all().await?;
    let mut suppressed = None;
    if let Some(email) = &row.email {
        suppressed =
            self::suppressed(tx, company, email).await?.map(|(reason, at)| Suppressed { reason, at: Micros(at) });
    }
    let consents = consents.into_iter().map(|(channel, state, source, at)| {
        let channel = if channel == "sms" { Channel::Sms } else { Channel::Email };
        Ok(Consent { channel, state: consent_state(&state, id)?, source, at: Some(Micros(at)) })
    });
    let mut consents = consents.collect::<Result<Vec<_>, DbError>>()?;
    if !consents.iter().any(|c| c.channel == Channel::Email) {
        let state = consent_state(&row.consent, id)?;
        consents.insert(0, Consent { channel: Channel::Email, state, source: String::new(), at: None });
    }
    Ok(Some(Contact {
        id: ContactId(row.id),
        fields: fields_of(&row.fields, row.id)?,
        email: row.email.unwrap_or_default(),
        first_name: row.first_name,
        last_name: row.last_name,
        phone: row.phone,
        organisation: row.organisation,
        zone: row.zone,
        language: row.language,
        tags,
        lists: lists.into_iter().map(|(id, name)| NamedList { id: ListId(id), name }).collect(),
        consents,
        suppressed,
        source: row.source,
        created: Micros(row.created_at),
        updated: Micros(row.updated_at),
        active: row.active_at.map(Micros),
    }))
}

/// A row of the export.
#[derive(kernel::FromRow)]
pub struct ExportRow {
    /// Id.
    pub id: Uuid,
    /// Address.
    pub email: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone.
    pub phone: String,
    /// Organisation.
    pub organisation: String,
    /// Zone.
    pub zone: String,
    /// Language.
    pub language: String,
    /// Custom fields, JSON.
    pub fields: String,
    /// Email consent.
    pub consent: String,
    /// Proof.
    pub consent_source: Option<String>,
    /// Since.
    pub consent_at: Option<i64>,
    /// How it came in.
    pub source: String,
    /// Added.
    pub created_at: i64,
}

/// At most `limit` contacts behind `after` in the order of their ids.
pub async fn export(
    tx: &mut Tx,
    company: CompanyId,
    filter: &Filter,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ExportRow>, DbError> {
    let mut sql = Built::default();
    sql.sql(
        "SELECT c.id, c.email, c.first_name, c.last_name, c.phone, c.organisation, c.zone, c.language, c.fields, c.consent,
    k.source AS consent_source, k.at AS consent_at, c.source, c.created_at
FROM contact c
LEFT JOIN contact_consent k ON k.company_id = c.company_id AND k.contact_id = c.id AND k.channel = 'email'",
    );
    filter.clause(&mut sql, company);
    sql.sql("\n  AND c.id > ").arg(after).sql("\nORDER BY c.id\nLIMIT ").arg(limit);
    sql.on(tx).fetch_all().await
}

/// A hit of the palette.
#[derive(kernel::FromRow)]
pub struct HitRow {
    /// Id.
    pub id: Uuid,
    /// Address.
    pub email: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone.
    pub phone: String,
    /// Organisation.
    pub organisation: String,
}

/// Contacts whose address begins with the text, then those in which all its words occur.
pub async fn hits(tx: &mut Tx, company: CompanyId, text: &str, limit: i64) -> Result<Vec<HitRow>, DbError> {
    let from = text.trim().to_lowercase();
    let to = format!("{from}\u{10ffff}");
    let query = tx.query(BY_PREFIX).bind(company.0).bind(from).bind(to).bind(limit);
    let mut hits: Vec<HitRow> = query.fetch_all().await?;
    if (hits.len() as i64) < limit {
        let filter = ContactFilter { search: text.to_owned(), ..ContactFilter::default() };
        let filter = Filter { filter, narrow_tag: false, narrow_list: false };
        let mut sql = Built::default();
        sql.sql("SELECT c.id, c.email, c.first_name, c.last_name, c.phone, c.organisation\nFROM contact c");
        filter.clause(&mut sql, company);
        sql.sql("\nORDER BY c.created_at DESC, c.id DESC\nLIMIT ").arg(limit);
        let more: Vec<HitRow> = sql.on(tx).fetch_all().await?;
        for hit in more {
            if !hits.iter().any(|h| h.id == hit.id) && (hits.len() as i64) < limit {
                hits.push(hit);
            }
        }
    }
    Ok(hits)
}
