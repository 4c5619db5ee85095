//! The bulk idiom: many rows travel as one JSON text, opened by `json_each` (SQLite) or `json_to_recordset` (PostgreSQL).

use serde::{Serialize, Serializer};
use std::fmt::Display;

/// Rows as a JSON array, to be bound once.
///
/// SQLite opens it with `FROM json_each($1)` and `value ->> 'name'` (a UUID by `unhex(value ->> 'id', '-')`), PostgreSQL
/// with `FROM json_to_recordset($1::json) AS x(id uuid, name text)`.
pub fn json_rows<T: Serialize + ?Sized>(rows: &T) -> String {
    // Plain structs cannot fail. If a type ever does, the text is no JSON and the statement refuses it.
    serde_json::to_string(rows).unwrap_or_else(|error| format!("rows could not be written: {error}"))
}

/// `#[serde(serialize_with = "kernel::db::simple_uuid")]`: 32 hex digits, so that plain `unhex(…)` reads it. Takes a
/// `Uuid` or one of the contract's ids.
pub fn simple_uuid<T: Display, S: Serializer>(id: &T, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&id.to_string().replace('-', ""))
}

/// As [`simple_uuid`], for an id that may be absent.
pub fn simple_uuid_opt<T: Display, S: Serializer>(id: &Option<T>, s: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => simple_uuid(id, s),
        None => s.serialize_none(),
    }
}
