//! SQL of contacts: what is known about some, and writing a [`Plan`] with one statement per part.

mod bulk;
mod find;
mod groups;
mod people;
mod purge;
mod quality;
mod summary;
mod timeline;

pub use bulk::*;
pub use find::*;
pub use groups::*;
pub use people::*;
pub use purge::*;
pub use quality::*;
pub use summary::*;
pub use timeline::*;

use super::rules::Profile;
use super::upsert::{ConsentRow, Known, MomentRow, Pair, Plan, Written};
use contract::contacts::ConsentState;
use contract::{CompanyId, Micros};
use kernel::db::{DbError, Tx, json_rows};
use std::collections::HashMap;
use uuid::Uuid;

kernel::sql! {
    KNOWN_BY_EMAIL = sqlite "SELECT c.id, c.email, c.first_name, c.last_name, c.phone, c.organisation, c.zone, c.language, c.fields, c.consent, c.import_mark
        FROM json_each($2) j
        CROSS JOIN contact c ON c.company_id = $1 AND c.email = j.value AND c.deleted_at IS NULL",
    postgres "SELECT c.id, c.email, c.first_name, c.last_name, c.phone, c.organisation, c.zone, c.language, c.fields, c.consent, c.import_mark
        FROM json_array_elements_text($2::json) AS j(address)
        JOIN contact c ON c.company_id = $1 AND c.email = j.address AND c.deleted_at IS NULL";
    KNOWN_BY_ID = sqlite "SELECT c.id, c.email, c.first_name, c.last_name, c.phone, c.organisation, c.zone, c.language, c.fields, c.consent, c.import_mark
        FROM json_each($2) j
        CROSS JOIN contact c ON c.company_id = $1 AND c.id = unhex(j.value, '-') AND c.deleted_at IS NULL",
    postgres "SELECT c.id, c.email, c.first_name, c.last_name, c.phone, c.organisation, c.zone, c.language, c.fields, c.consent, c.import_mark
        FROM json_array_elements_text($2::json) AS j(id)
        JOIN contact c ON c.company_id = $1 AND c.id = j.id::uuid AND c.deleted_at IS NULL";
    TAGS_OF = sqlite "SELECT g.contact_id, g.tag_id
        FROM json_each($2) j
        CROSS JOIN contact_tag g ON g.company_id = $1 AND g.contact_id = unhex(j.value, '-')",
    postgres "SELECT g.contact_id, g.tag_id
        FROM json_array_elements_text($2::json) AS j(id)
        JOIN contact_tag g ON g.company_id = $1 AND g.contact_id = j.id::uuid";
    LISTS_OF = sqlite "SELECT g.contact_id, g.list_id
        FROM json_each($2) j
        CROSS JOIN list_member g ON g.company_id = $1 AND g.contact_id = unhex(j.value, '-')",
    postgres "SELECT g.contact_id, g.list_id
        FROM json_array_elements_text($2::json) AS j(id)
        JOIN list_member g ON g.company_id = $1 AND g.contact_id = j.id::uuid";

    // jsonb_each hands objects over in binary: half the time of json_each, whose text is parsed anew for every column.
    INSERT = sqlite "INSERT INTO contact (company_id, id, email, first_name, last_name, phone, organisation, zone, language, fields,
            search, sort_name, consent, source, created_at, updated_at, import_mark)
        SELECT $1, unhex(value ->> 'i'), value ->> 'e', value ->> 'f', value ->> 'l', value ->> 'p', value ->> 'o', value ->> 'z',
            value ->> 'g', value ->> 'x', value ->> 's', value ->> 'n', value ->> 'c', $3, $4, $4, $5
        FROM jsonb_each($2)",
    postgres "INSERT INTO contact (company_id, id, email, first_name, last_name, phone, organisation, zone, language, fields,
            search, sort_name, consent, source, created_at, updated_at, import_mark)
        SELECT $1::uuid, i, e, f, l, p, o, z, g, x, s, n, c, $3::text, $4::bigint, $4::bigint, $5::uuid
        FROM json_to_recordset($2::json)
            AS j(i uuid, e text, f text, l text, p text, o text, z text, g text, x text, s text, n text, c text)";
    // The rows are materialised so that SQLite begins with them: without statistics it would begin with all contacts.
    UPDATE = sqlite "WITH j (company_id, i, e, f, l, p, o, z, g, x, s, n) AS MATERIALIZED (
            SELECT $1, unhex(value ->> 'i'), value ->> 'e', value ->> 'f', value ->> 'l', value ->> 'p', value ->> 'o',
                value ->> 'z', value ->> 'g', value ->> 'x', value ->> 's', value ->> 'n'
            FROM jsonb_each($2))
        UPDATE contact
        SET email = j.e, first_name = j.f, last_name = j.l, phone = j.p, organisation = j.o, zone = j.z, language = j.g,
            fields = j.x, search = j.s, sort_name = j.n, updated_at = $3
        FROM j
        WHERE contact.company_id = j.company_id AND contact.id = j.i",
    postgres "UPDATE contact
        SET email = e, first_name = f, last_name = l, phone = p, organisation = o, zone = z, language = g, fields = x,
            search = s, sort_name = n, updated_at = $3
        FROM json_to_recordset($2::json)
            AS j(i uuid, e text, f text, l text, p text, o text, z text, g text, x text, s text, n text)
        WHERE contact.company_id = $1 AND contact.id = j.i";
    MARK = sqlite "WITH j (company_id, i) AS MATERIALIZED (SELECT $1, unhex(value, '-') FROM json_each($2))
        UPDATE contact
        SET import_mark = $3
        FROM j
        WHERE contact.company_id = j.company_id AND contact.id = j.i",
    postgres "UPDATE contact
        SET import_mark = $3
        FROM json_array_elements_text($2::json) AS j(i)
        WHERE contact.company_id = $1 AND contact.id = j.i::uuid";
    CONSENT_FIRST = sqlite "INSERT INTO contact_consent (company_id, contact_id, channel, state, source, at)
        SELECT $1, unhex(value ->> 'i'), 'email', value ->> 's', value ->> 'o', $3
        FROM jsonb_each($2)",
    postgres "INSERT INTO contact_consent (company_id, contact_id, channel, state, source, at)
        SELECT $1::uuid, i, 'email', s, o, $3::bigint
        FROM json_to_recordset($2::json) AS j(i uuid, s text, o text)";
    CONSENT = sqlite "INSERT INTO contact_consent (company_id, contact_id, channel, state, source, at)
        SELECT $1, unhex(value ->> 'i'), $4, value ->> 's', value ->> 'o', $3
        FROM jsonb_each($2)
        WHERE true
        ON CONFLICT (company_id, contact_id, channel)
        DO UPDATE SET state = excluded.state, source = excluded.source, at = excluded.at
        WHERE $5 = 1 OR contact_consent.state <> 'unsubscribed'",
    postgres "INSERT INTO contact_consent (company_id, contact_id, channel, state, source, at)
        SELECT $1::uuid, i, $4::text, s, o, $3::bigint
        FROM json_to_recordset($2::json) AS j(i uuid, s text, o text)
        ON CONFLICT (company_id, contact_id, channel)
        DO UPDATE SET state = excluded.state, source = excluded.source, at = excluded.at
        WHERE $5::bigint = 1 OR contact_consent.state <> 'unsubscribed'";
    CONSENT_COLUMN = sqlite "WITH j (company_id, i, s) AS MATERIALIZED (
            SELECT $1, unhex(value ->> 'i'), value ->> 's' FROM jsonb_each($2))
        UPDATE contact
        SET consent = j.s, updated_at = $3
        FROM j
        WHERE contact.company_id = j.company_id AND contact.id = j.i AND ($4 = 1 OR contact.consent <> 'unsubscribed')",
    postgres "UPDATE contact
        SET consent = j.s, updated_at = $3
        FROM json_to_recordset($2::json) AS j(i uuid, s text)
        WHERE contact.company_id = $1 AND contact.id = j.i AND ($4::bigint = 1 OR contact.consent <> 'unsubscribed')";
    LIFT = sqlite "DELETE FROM suppression
        WHERE company_id = $1 AND channel = 'email' AND reason = 'unsubscribed' AND address IN (
            SELECT c.email
            FROM jsonb_each($2) j
            CROSS JOIN contact c ON c.company_id = $1 AND c.id = unhex(j.value ->> 'i')
            WHERE j.value ->> 's' = 'subscribed')",
    postgres "DELETE FROM suppression
        WHERE company_id = $1 AND channel = 'email' AND reason = 'unsubscribed' AND address IN (
            SELECT c.email
            FROM json_to_recordset($2::json) AS j(i uuid, s text)
            JOIN contact c ON c.company_id = $1 AND c.id = j.i
            WHERE j.s = 'subscribed')";
    TAG_ADD = sqlite "INSERT INTO contact_tag (company_id, tag_id, contact_id)
        SELECT $1, unhex(value ->> 'g'), unhex(value ->> 'i')
        FROM jsonb_each($2)
        WHERE true
        ON CONFLICT DO NOTHING",
    postgres "INSERT INTO contact_tag (company_id, tag_id, contact_id)
        SELECT $1::uuid, g, i
        FROM json_to_recordset($2::json) AS j(g uuid, i uuid)
        ON CONFLICT DO NOTHING";
    TAG_REMOVE = sqlite "DELETE FROM contact_tag
        WHERE company_id = $1 AND (tag_id, contact_id) IN (SELECT unhex(value ->> 'g'), unhex(value ->> 'i') FROM jsonb_each($2))",
    postgres "DELETE FROM contact_tag
        WHERE company_id = $1 AND (tag_id, contact_id) IN (SELECT g, i FROM json_to_recordset($2::json) AS j(g uuid, i uuid))";
    LIST_ADD = sqlite "INSERT INTO list_member (company_id, list_id, contact_id, at)
        SELECT $1, unhex(value ->> 'g'), unhex(value ->> 'i'), $3
        FROM jsonb_each($2)
        WHERE true
        ON CONFLICT DO NOTHING",
    postgres "INSERT INTO list_member (company_id, list_id, contact_id, at)
        SELECT $1::uuid, g, i, $3::bigint
        FROM json_to_recordset($2::json) AS j(g uuid, i uuid)
        ON CONFLICT DO NOTHING";
    LIST_REMOVE = sqlite "DELETE FROM list_member
        WHERE company_id = $1 AND (list_id, contact_id) IN (SELECT unhex(value ->> 'g'), unhex(value ->> 'i') FROM jsonb_each($2))",
    postgres "DELETE FROM list_member
        WHERE company_id = $1 AND (list_id, contact_id) IN (SELECT g, i FROM json_to_recordset($2::json) AS j(g uuid, i uuid))";
    MOMENTS = sqlite "INSERT INTO contact_event (company_id, contact_id, kind, title, detail, href, at)
        SELECT $1, unhex(value ->> 'i'), value ->> 'k', value ->> 't', value ->> 'd', value ->> 'h', value ->> 'a'
        FROM jsonb_each($2)
        ORDER BY key",
    postgres "INSERT INTO contact_event (company_id, contact_id, kind, title, detail, href, at)
        SELECT $1::uuid, i, k, t, d, h, a
        FROM json_to_recordset($2::json) AS j(i uuid, k text, t text, d text, h text, a bigint)";
}

/// Reads a state; anything else in the column is a broken row.
pub fn consent_state(text: &str, row: Uuid) -> Result<ConsentState, DbError> {
    match text {
        "subscribed" => Ok(ConsentState::Subscribed),
        "unsubscribed" => Ok(ConsentState::Unsubscribed),
        "none" => Ok(ConsentState::None),
        _ => Err(DbError::Inconsistency { table: "contact", column: "consent", row: row.to_string() }),
    }
}

/// Custom field values of a row.
pub fn fields_of(text: &str, row: Uuid) -> Result<std::collections::BTreeMap<String, serde_json::Value>, DbError> {
    if text == "{}" {
        return Ok(std::collections::BTreeMap::new());
    }
    serde_json::from_str(text).map_err(|_| DbError::Inconsistency {
        table: "contact",
        column: "fields",
        row: row.to_string(),
    })
}

#[derive(kernel::FromRow)]
struct KnownRow {
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
    import_mark: Option<Uuid>,
}

impl TryFrom<KnownRow> for Known {
    type Error = DbError;

    fn try_from(row: KnownRow) -> Result<Self, DbError> {
        let profile = Profile {
            fields: fields_of(&row.fields, row.id)?,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            phone: row.phone,
            organisation: row.organisation,
            zone: row.zone,
            language: row.language,
        };
        let consent = Some(consent_state(&row.consent, row.id)?);
        Ok(Self { id: row.id, profile, consent, mark: row.import_mark, ..Self::default() })
    }
}

/// Live contacts with these addresses.
pub async fn known_by_email(
    tx: &mut Tx,
    company: CompanyId,
    emails: &[&str],
    groups: bool,
) -> Result<HashMap<String, Known>, DbError> {
    let rows: Vec<KnownRow> = tx.query(KNOWN_BY_EMAIL).bind(company.0).bind(json_rows(emails)).fetch_all().await?;
    let mut known = rows.into_iter().map(Known::try_from).collect::<Result<Vec<_>, _>>()?;
    if groups {
        add_groups(tx, company, &mut known).await?;
    }
    Ok(known.into_iter().map(|k| (k.profile.email.clone().unwrap_or_default(), k)).collect())
}

/// One live contact.
pub async fn known_by_id(tx: &mut Tx, company: CompanyId, id: Uuid) -> Result<Option<Known>, DbError> {
    let rows: Vec<KnownRow> = tx.query(KNOWN_BY_ID).bind(company.0).bind(json_rows(&[id])).fetch_all().await?;
    let mut known = rows.into_iter().map(Known::try_from).collect::<Result<Vec<_>, _>>()?;
    add_groups(tx, company, &mut known).await?;
    Ok(known.pop())
}

async fn add_groups(tx: &mut Tx, company: CompanyId, known: &mut [Known]) -> Result<(), DbError> {
    if known.is_empty() {
        return Ok(());
    }
    let ids = json_rows(&known.iter().map(|k| k.id).collect::<Vec<_>>());
    let mut place: HashMap<Uuid, &mut Known> = known.iter_mut().map(|k| (k.id, k)).collect();
    let tags: Vec<(Uuid, Uuid)> = tx.query(TAGS_OF).bind(company.0).bind(ids.clone()).fetch_all().await?;
    for (contact, tag) in tags {
        if let Some(known) = place.get_mut(&contact) {
            known.tags.insert(tag);
        }
    }
    let lists: Vec<(Uuid, Uuid)> = tx.query(LISTS_OF).bind(company.0).bind(ids).fetch_all().await?;
    for (contact, list) in lists {
        if let Some(known) = place.get_mut(&contact) {
            known.lists.insert(list);
        }
    }
    Ok(())
}

/// Writes all parts of a plan.
pub async fn write(
    tx: &mut Tx,
    company: CompanyId,
    plan: &Plan,
    source: &str,
    deliberate: bool,
    now: Micros,
) -> Result<(), DbError> {
    insert(tx, company, &plan.inserts, source, plan.mark, now).await?;
    if let Some(mark) = plan.mark.filter(|_| !plan.met.is_empty()) {
        tx.query(MARK).bind(company.0).bind(json_rows(&plan.met)).bind(mark).execute().await?;
    }
    if !plan.updates.is_empty() {
        let sent = tx.query(UPDATE).bind(company.0).bind(json_rows(&plan.updates)).bind(now.0);
        sent.execute().await?;
    }
    if !plan.first_consents.is_empty() {
        let sent = tx.query(CONSENT_FIRST).bind(company.0).bind(json_rows(&plan.first_consents)).bind(now.0);
        sent.execute().await?;
    }
    consents(tx, company, &plan.consents, deliberate, now).await?;
    pairs(tx, TAG_ADD, company, &plan.tag_add, None).await?;
    pairs(tx, TAG_REMOVE, company, &plan.tag_remove, None).await?;
    pairs(tx, LIST_ADD, company, &plan.list_add, Some(now)).await?;
    pairs(tx, LIST_REMOVE, company, &plan.list_remove, None).await?;
    moments(tx, company, &plan.moments).await
}

async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    rows: &[Written],
    source: &str,
    mark: Option<Uuid>,
    now: Micros,
) -> Result<(), DbError> {
    if !rows.is_empty() {
        let sent = tx.query(INSERT).bind(company.0).bind(json_rows(rows)).bind(source.to_owned()).bind(now.0);
        sent.bind(mark).execute().await?;
    }
    Ok(())
}

/// Email consent of known contacts; without `deliberate`, those who unsubscribed stay as they are.
pub async fn consents(
    tx: &mut Tx,
    company: CompanyId,
    rows: &[ConsentRow],
    deliberate: bool,
    now: Micros,
) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let (json, force) = (json_rows(rows), i64::from(deliberate));
    tx.query(CONSENT).bind(company.0).bind(json.clone()).bind(now.0).bind("email").bind(force).execute().await?;
    tx.query(CONSENT_COLUMN).bind(company.0).bind(json.clone()).bind(now.0).bind(force).execute().await?;
    if deliberate {
        tx.query(LIFT).bind(company.0).bind(json).execute().await?;
    }
    Ok(())
}

/// Consent to text messages, of which the contact row holds no copy.
pub async fn sms_consent(tx: &mut Tx, company: CompanyId, row: ConsentRow, now: Micros) -> Result<(), DbError> {
    let sent = tx.query(CONSENT).bind(company.0).bind(json_rows(&[row])).bind(now.0).bind("sms").bind(1_i64);
    sent.execute().await.map(drop)
}

async fn pairs(
    tx: &mut Tx,
    sql: kernel::Sql,
    company: CompanyId,
    rows: &[Pair],
    at: Option<Micros>,
) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let sent = tx.query(sql).bind(company.0).bind(json_rows(rows));
    match at {
        Some(at) => sent.bind(at.0).execute().await?,
        None => sent.execute().await?,
    };
    Ok(())
}

/// Timeline entries.
pub async fn moments(tx: &mut Tx, company: CompanyId, rows: &[MomentRow]) -> Result<(), DbError> {
    if !rows.is_empty() {
        tx.query(MOMENTS).bind(company.0).bind(json_rows(rows)).execute().await?;
    }
    Ok(())
}

kernel::sql! {
    LIFT_ONE = "DELETE FROM suppression WHERE company_id = $1 AND channel = 'email' AND reason = 'unsubscribed' AND address = $2";
}

/// Takes back the "no" that a deleted contact left for an address.
pub async fn lift(tx: &mut Tx, company: CompanyId, address: &str) -> Result<(), DbError> {
    tx.query(LIFT_ONE).bind(company.0).bind(address.to_owned()).execute().await.map(drop)
}
