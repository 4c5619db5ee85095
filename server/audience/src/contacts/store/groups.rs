//! Tags, lists and custom fields.

use contract::contacts::{Field, FieldDraft, FieldKind, List, Tag};
use contract::{CompanyId, FieldId, ListId, Micros, TagId};
use kernel::db::{DbError, Tx, json_rows, simple_uuid};
use serde::Serialize;
use uuid::Uuid;

use crate::contacts::rules;

kernel::sql! {
    TAGS = sqlite "SELECT t.id, t.name, COALESCE(g.members, 0) - COALESCE(d.members, 0)
        FROM tag t
        LEFT JOIN (SELECT tag_id, COUNT(*) AS members FROM contact_tag WHERE company_id = $1 GROUP BY tag_id) g ON g.tag_id = t.id
        LEFT JOIN (
            SELECT x.tag_id, COUNT(*) AS members
            FROM contact c
            CROSS JOIN contact_tag x ON x.company_id = c.company_id AND x.contact_id = c.id
            WHERE c.company_id = $1 AND c.deleted_at IS NOT NULL
            GROUP BY x.tag_id) d ON d.tag_id = t.id
        WHERE t.company_id = $1
        ORDER BY t.name_key",
    postgres "SELECT t.id, t.name, COALESCE(g.members, 0) - COALESCE(d.members, 0)
        FROM tag t
        LEFT JOIN (SELECT tag_id, COUNT(*) AS members FROM contact_tag WHERE company_id = $1 GROUP BY tag_id) g ON g.tag_id = t.id
        LEFT JOIN (
            SELECT x.tag_id, COUNT(*) AS members
            FROM contact c
            JOIN contact_tag x ON x.company_id = c.company_id AND x.contact_id = c.id
            WHERE c.company_id = $1 AND c.deleted_at IS NOT NULL
            GROUP BY x.tag_id) d ON d.tag_id = t.id
        WHERE t.company_id = $1
        ORDER BY t.name_key";
    TAG_MAKE = sqlite "INSERT INTO tag (company_id, id, name, name_key, created_at)
        SELECT $1, unhex(value ->> 'i'), value ->> 'n', value ->> 'k', $3
        FROM json_each($2)
        WHERE true
        ON CONFLICT (company_id, name_key) DO NOTHING",
    postgres "INSERT INTO tag (company_id, id, name, name_key, created_at)
        SELECT $1::uuid, i, n, k, $3::bigint
        FROM json_to_recordset($2::json) AS j(i uuid, n text, k text)
        ON CONFLICT (company_id, name_key) DO NOTHING";
    TAGS_BY_KEY = sqlite "SELECT t.name_key, t.id FROM tag t WHERE t.company_id = $1 AND t.name_key IN (SELECT value FROM json_each($2))",
    postgres "SELECT t.name_key, t.id
        FROM tag t
        WHERE t.company_id = $1 AND t.name_key IN (SELECT value FROM json_array_elements_text($2::json))";
    TAG_NAME = "SELECT name FROM tag WHERE company_id = $1 AND id = $2";
    TAG_RENAME = "UPDATE tag SET name = $3, name_key = $4 WHERE company_id = $1 AND id = $2";
    TAG_DELETE = "DELETE FROM tag WHERE company_id = $1 AND id = $2";
    TAG_EMPTY = "DELETE FROM contact_tag WHERE company_id = $1 AND tag_id = $2";

    LISTS = "SELECT l.id, l.name, l.description, l.created_at, COALESCE(m.members, 0), COALESCE(m.subscribed, 0)
        FROM list l
        LEFT JOIN (
            SELECT x.list_id, COUNT(*) AS members,
                SUM(CASE WHEN c.consent = 'subscribed' AND c.email IS NOT NULL AND s.address IS NULL THEN 1 ELSE 0 END) AS subscribed
            FROM list_member x
            JOIN contact c ON c.company_id = x.company_id AND c.id = x.contact_id AND c.deleted_at IS NULL
            LEFT JOIN suppression s ON s.company_id = c.company_id AND s.channel = 'email' AND s.address = c.email
            WHERE x.company_id = $1
            GROUP BY x.list_id) m ON m.list_id = l.id
        WHERE l.company_id = $1
        ORDER BY l.name_key";
    LIST_ONE = "SELECT l.id, l.name, l.description, l.created_at, COALESCE(m.members, 0), COALESCE(m.subscribed, 0)
        FROM list l
        LEFT JOIN (
            SELECT x.list_id, COUNT(*) AS members,
                SUM(CASE WHEN c.consent = 'subscribed' AND c.email IS NOT NULL AND s.address IS NULL THEN 1 ELSE 0 END) AS subscribed
            FROM list_member x
            JOIN contact c ON c.company_id = x.company_id AND c.id = x.contact_id AND c.deleted_at IS NULL
            LEFT JOIN suppression s ON s.company_id = c.company_id AND s.channel = 'email' AND s.address = c.email
            WHERE x.company_id = $1 AND x.list_id = $2
            GROUP BY x.list_id) m ON m.list_id = l.id
        WHERE l.company_id = $1 AND l.id = $2";
    LIST_NAME = "SELECT name FROM list WHERE company_id = $1 AND id = $2";
    LIST_NAMES_LIKE = "SELECT id, name FROM list WHERE company_id = $1 AND name_key LIKE $2 ESCAPE '\\' ORDER BY name_key LIMIT $3";
    LISTS_THERE = sqlite "SELECT l.id, l.name FROM list l WHERE l.company_id = $1 AND l.id IN (SELECT unhex(value, '-') FROM json_each($2)) ORDER BY l.name_key",
    postgres "SELECT l.id, l.name
        FROM list l
        WHERE l.company_id = $1 AND l.id IN (SELECT value::uuid FROM json_array_elements_text($2::json))
        ORDER BY l.name_key";
    TAGS_THERE = sqlite "SELECT t.id, t.name FROM tag t WHERE t.company_id = $1 AND t.id IN (SELECT unhex(value, '-') FROM json_each($2)) ORDER BY t.name_key",
    postgres "SELECT t.id, t.name
        FROM tag t
        WHERE t.company_id = $1 AND t.id IN (SELECT value::uuid FROM json_array_elements_text($2::json))
        ORDER BY t.name_key";
    LIST_INSERT = "INSERT INTO list (company_id, id, name, name_key, description, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    LIST_UPDATE = "UPDATE list SET name = $3, name_key = $4, description = $5 WHERE company_id = $1 AND id = $2";
    LIST_DELETE = "DELETE FROM list WHERE company_id = $1 AND id = $2";
    LIST_EMPTY = "DELETE FROM list_member WHERE company_id = $1 AND list_id = $2";

    FIELDS = "SELECT id, key, label, kind, options FROM contact_field WHERE company_id = $1 ORDER BY label, key";
    FIELD_INSERT = "INSERT INTO contact_field (company_id, id, key, label, kind, options, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIELD_UPDATE = "UPDATE contact_field SET label = $3, options = $4 WHERE company_id = $1 AND id = $2";
    FIELD_DELETE = "DELETE FROM contact_field WHERE company_id = $1 AND id = $2";
    FIELD_CLEAR = sqlite "UPDATE contact
        SET fields = json_remove(fields, '$.' || $2)
        WHERE company_id = $1 AND id IN (
            SELECT id FROM contact
            WHERE company_id = $1 AND id > $3 AND json_type(fields, '$.' || $2) IS NOT NULL
            ORDER BY id
            LIMIT 5000)
        RETURNING id",
    postgres "UPDATE contact
        SET fields = (fields::jsonb - $2::text)::text
        WHERE company_id = $1 AND id IN (
            SELECT id FROM contact
            WHERE company_id = $1 AND id > $3 AND fields::jsonb ? $2::text
            ORDER BY id
            LIMIT 5000)
        RETURNING id";
}

/// Tags with the number of live contacts that carry them.
pub async fn tags(tx: &mut Tx, company: CompanyId) -> Result<Vec<Tag>, DbError> {
    let rows: Vec<(Uuid, String, i64)> = tx.query(TAGS).bind(company.0).fetch_all().await?;
    Ok(rows.into_iter().map(|(id, name, contacts)| Tag { id: TagId(id), name, contacts }).collect())
}

#[derive(Serialize)]
struct NewTag<'a> {
    #[serde(rename = "i", serialize_with = "simple_uuid")]
    id: Uuid,
    #[serde(rename = "n")]
    name: &'a str,
    #[serde(rename = "k")]
    key: String,
}

/// Ids of tags by the lower case of their names.
pub async fn tags_by_key(tx: &mut Tx, company: CompanyId, names: &[String]) -> Result<Vec<(String, Uuid)>, DbError> {
    let keys: Vec<String> = names.iter().map(|n| rules::name_key(n)).collect();
    tx.query(TAGS_BY_KEY).bind(company.0).bind(json_rows(&keys)).fetch_all().await
}

/// Ids of tags by the lower case of their names; those that are not there are made.
pub async fn make_tags(
    tx: &mut Tx,
    company: CompanyId,
    names: &[String],
    id: impl Fn() -> Uuid,
    now: Micros,
) -> Result<Vec<(String, Uuid)>, DbError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let found = tags_by_key(tx, company, names).await?;
    let missing = names.iter().filter(|n| !found.iter().any(|(key, _)| *key == rules::name_key(n)));
    let new: Vec<NewTag<'_>> = missing.map(|name| NewTag { id: id(), name, key: rules::name_key(name) }).collect();
    if new.is_empty() {
        return Ok(found);
    }
    tx.query(TAG_MAKE).bind(company.0).bind(json_rows(&new)).bind(now.0).execute().await?;
    tags_by_key(tx, company, names).await
}

/// Name of a tag.
pub async fn tag_name(tx: &mut Tx, company: CompanyId, id: TagId) -> Result<Option<String>, DbError> {
    tx.query(TAG_NAME).bind(company.0).bind(id.0).fetch_scalar_optional().await
}

/// Renames; answers whether it is there.
pub async fn rename_tag(tx: &mut Tx, company: CompanyId, id: TagId, name: &str) -> Result<bool, DbError> {
    let key = rules::name_key(name);
    let sent = tx.query(TAG_RENAME).bind(company.0).bind(id.0).bind(name.to_owned()).bind(key);
    Ok(sent.execute().await? == 1)
}

/// Deletes; answers whether it was there.
pub async fn delete_tag(tx: &mut Tx, company: CompanyId, id: TagId) -> Result<bool, DbError> {
    tx.query(TAG_EMPTY).bind(company.0).bind(id.0).execute().await?;
    Ok(tx.query(TAG_DELETE).bind(company.0).bind(id.0).execute().await? == 1)
}

type ListRow = (Uuid, String, String, i64, i64, i64);

fn list((id, name, description, created, contacts, subscribed): ListRow) -> List {
    List { id: ListId(id), name, description, contacts, subscribed, created: Micros(created) }
}

/// Lists with their figures.
pub async fn lists(tx: &mut Tx, company: CompanyId) -> Result<Vec<List>, DbError> {
    let rows: Vec<ListRow> = tx.query(LISTS).bind(company.0).fetch_all().await?;
    Ok(rows.into_iter().map(list).collect())
}

/// One list with its figures.
pub async fn list_one(tx: &mut Tx, company: CompanyId, id: ListId) -> Result<Option<List>, DbError> {
    Ok(tx.query(LIST_ONE).bind(company.0).bind(id.0).fetch_optional().await?.map(list))
}

/// Name of a list.
pub async fn list_name(tx: &mut Tx, company: CompanyId, id: ListId) -> Result<Option<String>, DbError> {
    tx.query(LIST_NAME).bind(company.0).bind(id.0).fetch_scalar_optional().await
}

/// Lists whose name holds the text.
pub async fn lists_like(
    tx: &mut Tx,
    company: CompanyId,
    text: &str,
    limit: i64,
) -> Result<Vec<(Uuid, String)>, DbError> {
    tx.query(LIST_NAMES_LIKE).bind(company.0).bind(rules::like(text.trim())).bind(limit).fetch_all().await
}

/// Those of the lists that are there, by name.
pub async fn lists_there(tx: &mut Tx, company: CompanyId, ids: &[ListId]) -> Result<Vec<(Uuid, String)>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LISTS_THERE).bind(company.0).bind(json_rows(ids)).fetch_all().await
}

/// Those of the tags that are there, by name.
pub async fn tags_there(tx: &mut Tx, company: CompanyId, ids: &[TagId]) -> Result<Vec<(Uuid, String)>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(TAGS_THERE).bind(company.0).bind(json_rows(ids)).fetch_all().await
}

/// Adds a list.
pub async fn insert_list(tx: &mut Tx, company: CompanyId, list: &List) -> Result<(), DbError> {
    let sent = tx.query(LIST_INSERT).bind(company.0).bind(list.id.0).bind(list.name.clone());
    let sent = sent.bind(rules::name_key(&list.name)).bind(list.description.clone()).bind(list.created.0);
    sent.execute_one().await
}

/// Changes a list; answers whether it is there.
pub async fn update_list(
    tx: &mut Tx,
    company: CompanyId,
    id: ListId,
    name: &str,
    description: &str,
) -> Result<bool, DbError> {
    let sent = tx.query(LIST_UPDATE).bind(company.0).bind(id.0).bind(name.to_owned());
    let sent = sent.bind(rules::name_key(name)).bind(description.to_owned());
    Ok(sent.execute().await? == 1)
}

/// Deletes a list, not its people; answers whether it was there.
pub async fn delete_list(tx: &mut Tx, company: CompanyId, id: ListId) -> Result<bool, DbError> {
    tx.query(LIST_EMPTY).bind(company.0).bind(id.0).execute().await?;
    Ok(tx.query(LIST_DELETE).bind(company.0).bind(id.0).execute().await? == 1)
}

/// Custom fields by label.
pub async fn fields(tx: &mut Tx, company: CompanyId) -> Result<Vec<Field>, DbError> {
    let rows: Vec<(Uuid, String, String, String, String)> = tx.query(FIELDS).bind(company.0).fetch_all().await?;
    let read = |(id, key, label, kind, options): (Uuid, String, String, String, String)| {
        let broken = |column| DbError::Inconsistency { table: "contact_field", column, row: id.to_string() };
        let kind = FieldKind::ALL.into_iter().find(|k| k.as_str() == kind).ok_or_else(|| broken("kind"))?;
        let options = serde_json::from_str(&options).map_err(|_| broken("options"))?;
        Ok(Field { id: FieldId(id), key, label, kind, options })
    };
    rows.into_iter().map(read).collect()
}

/// Adds a custom field.
pub async fn insert_field(
    tx: &mut Tx,
    company: CompanyId,
    id: FieldId,
    draft: &FieldDraft,
    now: Micros,
) -> Result<(), DbError> {
    let sent = tx.query(FIELD_INSERT).bind(company.0).bind(id.0).bind(draft.key.clone()).bind(draft.label.clone());
    sent.bind(draft.kind.as_str()).bind(json_rows(&draft.options)).bind(now.0).execute_one().await
}

/// Changes label and options.
pub async fn update_field(tx: &mut Tx, company: CompanyId, id: FieldId, draft: &FieldDraft) -> Result<(), DbError> {
    let sent = tx.query(FIELD_UPDATE).bind(company.0).bind(id.0).bind(draft.label.clone());
    sent.bind(json_rows(&draft.options)).execute_one().await
}

/// Deletes the definition.
pub async fn delete_field(tx: &mut Tx, company: CompanyId, id: FieldId) -> Result<(), DbError> {
    tx.query(FIELD_DELETE).bind(company.0).bind(id.0).execute_one().await
}

/// Takes the values of a field out of up to 5,000 contacts behind `after`; answers the last of them.
pub async fn clear_field(tx: &mut Tx, company: CompanyId, key: &str, after: Uuid) -> Result<Option<Uuid>, DbError> {
    let ids: Vec<Uuid> = tx.query(FIELD_CLEAR).bind(company.0).bind(key.to_owned()).bind(after).fetch_scalars().await?;
    Ok(ids.into_iter().max())
}
