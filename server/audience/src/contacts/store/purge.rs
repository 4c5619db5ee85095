//! Removing for good what was deleted, 2,000 contacts per transaction, over all companies.

use contract::Micros;
use kernel::db::{DbError, Tx, json_rows, simple_uuid};
use serde::Serialize;
use uuid::Uuid;

kernel::sql! {
    DUE = "SELECT company_id, id FROM contact WHERE deleted_at IS NOT NULL AND deleted_at < $1 ORDER BY company_id, deleted_at, id LIMIT 2000";
    DROP_CONTACT = sqlite "DELETE FROM contact
        WHERE (company_id, id) IN (SELECT unhex(value ->> 'c'), unhex(value ->> 'i') FROM json_each($1))",
    postgres "DELETE FROM contact
        WHERE (company_id, id) IN (SELECT c, i FROM json_to_recordset($1::json) AS j(c uuid, i uuid))";
    DROP_CONSENT = sqlite "DELETE FROM contact_consent
        WHERE (company_id, contact_id) IN (SELECT unhex(value ->> 'c'), unhex(value ->> 'i') FROM json_each($1))",
    postgres "DELETE FROM contact_consent
        WHERE (company_id, contact_id) IN (SELECT c, i FROM json_to_recordset($1::json) AS j(c uuid, i uuid))";
    DROP_TAG = sqlite "DELETE FROM contact_tag
        WHERE (company_id, contact_id) IN (SELECT unhex(value ->> 'c'), unhex(value ->> 'i') FROM json_each($1))",
    postgres "DELETE FROM contact_tag
        WHERE (company_id, contact_id) IN (SELECT c, i FROM json_to_recordset($1::json) AS j(c uuid, i uuid))";
    DROP_MEMBER = sqlite "DELETE FROM list_member
        WHERE (company_id, contact_id) IN (SELECT unhex(value ->> 'c'), unhex(value ->> 'i') FROM json_each($1))",
    postgres "DELETE FROM list_member
        WHERE (company_id, contact_id) IN (SELECT c, i FROM json_to_recordset($1::json) AS j(c uuid, i uuid))";
    DROP_EVENT = sqlite "DELETE FROM contact_event
        WHERE (company_id, contact_id) IN (SELECT unhex(value ->> 'c'), unhex(value ->> 'i') FROM json_each($1))",
    postgres "DELETE FROM contact_event
        WHERE (company_id, contact_id) IN (SELECT c, i FROM json_to_recordset($1::json) AS j(c uuid, i uuid))";
    UNDO_DUE = "SELECT company_id, id FROM bulk_undo WHERE expires_at < $1 LIMIT 1";
    UNDO_ROWS = "DELETE FROM bulk_undo_row
        WHERE company_id = $1 AND undo_id = $2 AND contact_id IN (
            SELECT contact_id FROM bulk_undo_row WHERE company_id = $1 AND undo_id = $2 LIMIT 5000)";
    UNDO_DROP = "DELETE FROM bulk_undo WHERE company_id = $1 AND id = $2";
}

#[derive(Serialize)]
struct Key {
    #[serde(rename = "c", serialize_with = "simple_uuid")]
    company: Uuid,
    #[serde(rename = "i", serialize_with = "simple_uuid")]
    id: Uuid,
}

/// Removes up to 2,000 contacts that were deleted before; answers how many.
pub async fn purge_contacts(tx: &mut Tx, before: Micros) -> Result<usize, DbError> {
    let due: Vec<(Uuid, Uuid)> = tx.query(DUE).bind(before.0).fetch_all().await?;
    if due.is_empty() {
        return Ok(0);
    }
    let keys: Vec<Key> = due.into_iter().map(|(company, id)| Key { company, id }).collect();
    let json = json_rows(&keys);
    for sql in [DROP_CONSENT, DROP_TAG, DROP_MEMBER, DROP_EVENT, DROP_CONTACT] {
        tx.query(sql).bind(json.clone()).execute().await?;
    }
    Ok(keys.len())
}

/// Removes up to 5,000 notes of one undo that expired; answers whether there may be more.
pub async fn purge_undo(tx: &mut Tx, before: Micros) -> Result<bool, DbError> {
    let due: Option<(Uuid, Uuid)> = tx.query(UNDO_DUE).bind(before.0).fetch_optional().await?;
    let Some((company, undo)) = due else { return Ok(false) };
    if tx.query(UNDO_ROWS).bind(company).bind(undo).execute().await? == 0 {
        tx.query(UNDO_DROP).bind(company).bind(undo).execute().await?;
    }
    Ok(true)
}
