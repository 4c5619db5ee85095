//! What a person arranged for themselves in a company, as JSON text.

use contract::{CompanyId, Micros, UserId};
use kernel::{DbError, Tx};

kernel::sql! {
    GET = "SELECT value
        FROM preference
        WHERE company_id = $1 AND person_id = $2 AND name = $3";
    PUT = "INSERT INTO preference (company_id, person_id, name, value, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (company_id, person_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at";
    COUNT = "SELECT COUNT(*)
        FROM preference
        WHERE company_id = $1 AND person_id = $2";
}

pub(in crate::accounts) async fn get(
    tx: &mut Tx,
    company: CompanyId,
    person: UserId,
    name: &str,
) -> Result<Option<String>, DbError> {
    tx.query(GET).bind(company.0).bind(person.0).bind(name).fetch_scalar_optional().await
}

pub(in crate::accounts) async fn put(
    tx: &mut Tx,
    company: CompanyId,
    person: UserId,
    (name, value): (&str, &str),
    now: Micros,
) -> Result<(), DbError> {
    tx.query(PUT).bind(company.0).bind(person.0).bind(name).bind(value).bind(now.0).execute_one().await
}

pub(in crate::accounts) async fn count(tx: &mut Tx, company: CompanyId, person: UserId) -> Result<i64, DbError> {
    tx.query(COUNT).bind(company.0).bind(person.0).fetch_scalar().await
}
