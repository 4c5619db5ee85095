//! What is known about the people of an audience as a whole, before anything is sent to them.

use super::people::{Side, WANTED, matched};
use crate::built::Built;
use contract::CompanyId;
use contract::campaigns::Audience;
use kernel::db::{DbError, Engine, Tx};

/// Columns of a contact that a message can name.
const COLUMNS: [&str; 6] = ["email", "first_name", "last_name", "organisation", "phone", "language"];

/// Of those who get mail: how many have nothing under each name (a column, or `fields.<key>`), in the order asked. One
/// statement for all names.
pub async fn count_empty(
    tx: &mut Tx,
    company: CompanyId,
    audience: &Audience,
    names: &[String],
) -> Result<Vec<i64>, DbError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let engine = tx.engine();
    let mut sql = Built::default();
    sql.sql("SELECT ");
    for (index, name) in names.iter().enumerate() {
        sql.sql(if index > 0 { " || ',' || " } else { "" }).sql("CAST(COALESCE(SUM(CASE WHEN ");
        empty(&mut sql, engine, name);
        sql.sql(" THEN 1 ELSE 0 END), 0) AS TEXT)");
    }
    matched(&mut sql, engine, company, audience, Side::Members);
    sql.sql(" AND ").sql(WANTED);
    let counts: String = sql.on(tx).fetch_scalar().await?;
    Ok(counts.split(',').map(|n| n.parse().unwrap_or(0)).collect())
}

fn empty(to: &mut Built, engine: Engine, name: &str) {
    match (name.strip_prefix("fields."), engine) {
        (Some(key), Engine::Sqlite) => {
            to.sql("COALESCE(json_extract(c.fields, '$.\"' || ").arg(key).sql(" || '\"'), '') = ''");
        }
        (Some(key), Engine::Postgres) => {
            to.sql("COALESCE(c.fields::json ->> ").arg(key).sql(", '') = ''");
        }
        (None, _) if COLUMNS.contains(&name) => {
            to.sql(&format!("COALESCE(c.{name}, '') = ''"));
        }
        // A name that no contact has is missing for all of them.
        (None, _) => {
            to.sql("1 = 1");
        }
    }
}

/// How many get mail through both audiences.
pub async fn count_shared(tx: &mut Tx, company: CompanyId, one: &Audience, other: &Audience) -> Result<i64, DbError> {
    let engine = tx.engine();
    let mut sql = Built::default();
    sql.sql("SELECT COUNT(*)");
    matched(&mut sql, engine, company, one, Side::Members);
    sql.sql(" AND ").sql(WANTED).sql(" AND c.id IN (SELECT c.id");
    matched(&mut sql, engine, company, other, Side::Members);
    sql.sql(")");
    sql.on(tx).fetch_scalar().await
}

/// How many of those who get mail have an address that differs from another one's only by what follows a plus sign.
pub async fn count_alike(tx: &mut Tx, company: CompanyId, audience: &Audience) -> Result<i64, DbError> {
    let engine = tx.engine();
    let folded = match engine {
        Engine::Sqlite => {
            "CASE WHEN instr(c.email, '+') BETWEEN 2 AND instr(c.email, '@')
            THEN substr(c.email, 1, instr(c.email, '+') - 1) || substr(c.email, instr(c.email, '@')) ELSE c.email END"
        }
        Engine::Postgres => {
            "CASE WHEN strpos(c.email, '+') BETWEEN 2 AND strpos(c.email, '@')
            THEN substr(c.email, 1, strpos(c.email, '+') - 1) || substr(c.email, strpos(c.email, '@')) ELSE c.email END"
        }
    };
    let mut sql = Built::default();
    sql.sql(&format!("SELECT COUNT(*) - COUNT(DISTINCT {folded})"));
    matched(&mut sql, engine, company, audience, Side::Members);
    sql.sql(" AND ").sql(WANTED);
    sql.on(tx).fetch_scalar().await
}
