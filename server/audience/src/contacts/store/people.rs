//! The audience of a campaign, and people for its messages.

use super::{consent_state, fields_of, tag_names};
use crate::built::Built;
use contract::campaigns::Audience;
use contract::contacts::ConsentState;
use contract::{CompanyId, ContactId, Micros};
use kernel::db::{DbError, Engine, Tx, json_rows};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Why a person is left out, in the order in which reasons win. `''` is nobody's reason.
const REASON: &str = "CASE
        WHEN c.email IS NULL THEN 'no_address'
        WHEN c.consent = 'unsubscribed' OR s.reason = 'unsubscribed' THEN 'unsubscribed'
        WHEN s.address IS NOT NULL THEN 'suppressed'
        WHEN c.consent <> 'subscribed' THEN 'no_consent'
        ELSE '' END";

/// Who gets mail: those without a reason.
pub(super) const WANTED: &str = "c.email IS NOT NULL AND c.consent = 'subscribed' AND s.address IS NULL";

kernel::sql! {
    PEOPLE = sqlite "SELECT c.id, c.email, c.first_name, c.last_name, c.organisation, c.phone, c.zone, c.language, c.fields, c.consent,
            s.reason AS suppressed
        FROM json_each($2) j
        CROSS JOIN contact c ON c.company_id = $1 AND c.id = unhex(j.value, '-') AND c.deleted_at IS NULL
        LEFT JOIN suppression s ON s.company_id = $1 AND s.channel = 'email' AND s.address = c.email
        ORDER BY c.id",
    postgres "SELECT c.id, c.email, c.first_name, c.last_name, c.organisation, c.phone, c.zone, c.language, c.fields, c.consent,
            s.reason AS suppressed
        FROM json_array_elements_text($2::json) AS j(id)
        JOIN contact c ON c.company_id = $1 AND c.id = j.id::uuid AND c.deleted_at IS NULL
        LEFT JOIN suppression s ON s.company_id = $1 AND s.channel = 'email' AND s.address = c.email
        ORDER BY c.id";
    NEWEST = "SELECT id FROM contact
        WHERE company_id = $1 AND deleted_at IS NULL AND email IS NOT NULL
        ORDER BY created_at DESC, id DESC
        LIMIT 1";
    ACTIVE = sqlite "WITH j (company_id, i, a) AS MATERIALIZED (
            SELECT $1, unhex(value ->> 'i'), value ->> 'a' FROM json_each($2))
        UPDATE contact
        SET active_at = MAX(COALESCE(active_at, 0), j.a)
        FROM j
        WHERE contact.company_id = j.company_id AND contact.id = j.i",
    postgres "UPDATE contact
        SET active_at = GREATEST(COALESCE(active_at, 0), j.a)
        FROM json_to_recordset($2::json) AS j(i uuid, a bigint)
        WHERE contact.company_id = $1 AND contact.id = j.i";
    SUPPRESS = "INSERT INTO suppression (company_id, channel, address, reason, source, at)
        VALUES ($1, 'email', $2, $3, $4, $5)
        ON CONFLICT DO NOTHING";
    SUPPRESS_MANY = sqlite "INSERT INTO suppression (company_id, channel, address, reason, source, at, code, campaign_id)
        SELECT $1, 'email', value ->> 'a', value ->> 'r', value ->> 's', value ->> 't', value ->> 'c', unhex(value ->> 'p', '-')
        FROM json_each($2)
        WHERE true
        ORDER BY value ->> 'a'
        ON CONFLICT DO NOTHING
        RETURNING address",
    postgres "INSERT INTO suppression (company_id, channel, address, reason, source, at, code, campaign_id)
        SELECT $1, 'email', a, r, s, t, c, p
        FROM json_to_recordset($2::json) AS x(a text, r text, s text, t bigint, c text, p uuid)
        ORDER BY a
        ON CONFLICT DO NOTHING
        RETURNING address";
    UNSUPPRESS = "DELETE FROM suppression WHERE company_id = $1 AND channel = 'email' AND address = $2";
}

fn among(to: &mut Built, engine: Engine, ids: String) {
    match engine {
        Engine::Sqlite => to.sql("(SELECT unhex(value, '-') FROM json_each(").arg(ids).sql("))"),
        Engine::Postgres => to.sql("(SELECT value::uuid FROM json_array_elements_text(").arg(ids).sql("::json))"),
    };
}

fn one_of(to: &mut Built, engine: Engine, table: &str, column: &str, ids: String) {
    to.sql(&format!(
        "EXISTS (SELECT 1 FROM {table} g WHERE g.company_id = c.company_id AND g.contact_id = c.id AND g.{column} IN "
    ));
    among(to, engine, ids);
    to.sql(")");
}

/// From which side the members are looked up.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    /// All members at once: right for counting.
    Members,
    /// Contact by contact in the order of their ids: right for going on where the last slice ended.
    Contacts,
}

/// `FROM contact c LEFT JOIN suppression s WHERE …`: everybody the audience names.
pub(super) fn matched(to: &mut Built, engine: Engine, company: CompanyId, audience: &Audience, side: Side) {
    to.sql(
        "\nFROM contact c
LEFT JOIN suppression s ON s.company_id = c.company_id AND s.channel = 'email' AND s.address = c.email
WHERE c.company_id = ",
    );
    to.arg(company.0).sql(" AND c.deleted_at IS NULL");
    let included = [
        ("list_member", "list_id", json_rows(&audience.lists), audience.lists.is_empty()),
        ("contact_tag", "tag_id", json_rows(&audience.tags), audience.tags.is_empty()),
    ];
    let named = included.into_iter().filter(|(.., empty)| !empty).enumerate();
    to.sql(if side == Side::Members { "\n  AND c.id IN (" } else { "\n  AND (" });
    let mut nobody = true;
    for (index, (table, column, ids, _)) in named {
        nobody = false;
        if side == Side::Contacts {
            to.sql(if index > 0 { "\n    OR " } else { "" });
            one_of(to, engine, table, column, ids);
        } else {
            to.sql(if index > 0 { "\n    UNION " } else { "" });
            to.sql(&format!("SELECT g.contact_id FROM {table} g WHERE g.company_id = ")).arg(company.0);
            to.sql(&format!(" AND g.{column} IN "));
            among(to, engine, ids);
        }
    }
    match (nobody, side) {
        (false, _) => to.sql(")"),
        (true, Side::Contacts) => to.sql("1 = 0)"),
        (true, Side::Members) => to.sql("SELECT g.contact_id FROM list_member g WHERE 1 = 0)"),
    };
    let excluded = [
        ("list_member", "list_id", json_rows(&audience.exclude_lists), audience.exclude_lists.is_empty()),
        ("contact_tag", "tag_id", json_rows(&audience.exclude_tags), audience.exclude_tags.is_empty()),
    ];
    for (table, column, ids, empty) in excluded {
        if !empty {
            to.sql("\n  AND NOT ");
            one_of(to, engine, table, column, ids);
        }
    }
}

/// People by reason; the empty reason is those who get it.
pub async fn count_audience(
    tx: &mut Tx,
    company: CompanyId,
    audience: &Audience,
) -> Result<Vec<(String, i64)>, DbError> {
    let mut sql = Built::default();
    sql.sql("SELECT ").sql(REASON).sql(" AS why, COUNT(*)");
    matched(&mut sql, tx.engine(), company, audience, Side::Members);
    sql.sql("\nGROUP BY 1\nORDER BY 1");
    sql.on(tx).fetch_all().await
}

/// At most `limit` of the audience behind `after`, in the order of their ids, with the reason or `''`.
pub async fn resolve_audience(
    tx: &mut Tx,
    company: CompanyId,
    audience: &Audience,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<String>, String)>, DbError> {
    let mut sql = Built::default();
    sql.sql("SELECT c.id, c.email, ").sql(REASON).sql(" AS why");
    matched(&mut sql, tx.engine(), company, audience, Side::Contacts);
    sql.sql("\n  AND c.id > ").arg(after).sql("\nORDER BY c.id\nLIMIT ").arg(limit);
    sql.on(tx).fetch_all().await
}

#[derive(kernel::FromRow)]
struct PersonRow {
    id: Uuid,
    email: Option<String>,
    first_name: String,
    last_name: String,
    organisation: String,
    phone: String,
    zone: String,
    language: String,
    fields: String,
    consent: String,
    suppressed: Option<String>,
}

/// A person as a message needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Who.
    pub contact: ContactId,
    /// Address; empty when there is none.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Organisation.
    pub organisation: String,
    /// Phone.
    pub phone: String,
    /// IANA zone or empty.
    pub zone: String,
    /// Language or empty.
    pub language: String,
    /// Custom fields by key.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Tags by name.
    pub tags: Vec<String>,
    /// Consent to email, now.
    pub consent: ConsentState,
    /// Why mail is withheld, if it is.
    pub suppressed: Option<String>,
}

/// Live people among these, in the order of their ids.
pub async fn people(tx: &mut Tx, company: CompanyId, ids: &[ContactId]) -> Result<Vec<Person>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<PersonRow> = tx.query(PEOPLE).bind(company.0).bind(json_rows(ids)).fetch_all().await?;
    let mut tags = tag_names(tx, company, rows.iter().map(|r| r.id)).await?;
    let person = |row: PersonRow| {
        Ok(Person {
            contact: ContactId(row.id),
            tags: tags.remove(&row.id).unwrap_or_default(),
            fields: fields_of(&row.fields, row.id)?,
            consent: consent_state(&row.consent, row.id)?,
            email: row.email.unwrap_or_default(),
            first_name: row.first_name,
            last_name: row.last_name,
            organisation: row.organisation,
            phone: row.phone,
            zone: row.zone,
            language: row.language,
            suppressed: row.suppressed,
        })
    };
    rows.into_iter().map(person).collect()
}

/// The newest contact with an address.
pub async fn newest(tx: &mut Tx, company: CompanyId) -> Result<Option<Uuid>, DbError> {
    tx.query(NEWEST).bind(company.0).fetch_scalar_optional().await
}

/// Somebody did something.
#[derive(Serialize)]
pub struct ActiveRow {
    /// Who.
    #[serde(rename = "i", serialize_with = "kernel::db::simple_uuid")]
    pub contact: Uuid,
    /// When.
    #[serde(rename = "a")]
    pub at: i64,
}

/// Moves "last active" forward, never back. One row per contact.
pub async fn active(tx: &mut Tx, company: CompanyId, rows: &[ActiveRow]) -> Result<(), DbError> {
    if !rows.is_empty() {
        tx.query(ACTIVE).bind(company.0).bind(json_rows(rows)).execute().await?;
    }
    Ok(())
}

/// Withholds mail to an address. The first reason stays.
pub async fn suppress(
    tx: &mut Tx,
    company: CompanyId,
    address: &str,
    reason: &str,
    source: &str,
    at: Micros,
) -> Result<bool, DbError> {
    let sent = tx.query(SUPPRESS).bind(company.0).bind(address.to_owned()).bind(reason.to_owned());
    Ok(sent.bind(source.to_owned()).bind(at.0).execute().await? == 1)
}

/// An address to withhold mail to, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewSuppression {
    /// Normalised.
    #[serde(rename = "a")]
    pub address: String,
    /// `bounced`, `complained` or `manual`.
    #[serde(rename = "r")]
    pub reason: &'static str,
    /// Who said so, in words.
    #[serde(rename = "s")]
    pub source: String,
    /// Since when.
    #[serde(rename = "t")]
    pub at: i64,
    /// The server's code, or empty.
    #[serde(rename = "c")]
    pub code: String,
    /// Whose message came back.
    #[serde(rename = "p")]
    pub campaign: Option<Uuid>,
}

/// Withholds mail to many addresses, each named once; answers those that were not withheld before. First reasons stay.
pub async fn suppress_many(tx: &mut Tx, company: CompanyId, rows: &[NewSuppression]) -> Result<Vec<String>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(SUPPRESS_MANY).bind(company.0).bind(json_rows(rows)).fetch_scalars().await
}

/// Lets mail to an address through again; answers whether it was withheld.
pub async fn unsuppress(tx: &mut Tx, company: CompanyId, address: &str) -> Result<bool, DbError> {
    Ok(tx.query(UNSUPPRESS).bind(company.0).bind(address.to_owned()).execute().await? == 1)
}
