//! Do both engines have the same schema?

use kernel::{Db, Engine, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// A table as both engines can describe it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Column name to kind (`number`, `text`, `bytes`, `real`) and whether it may be NULL.
    pub columns: BTreeMap<String, (String, bool)>,
    /// Unique keys: their columns in order, with `*` for an expression and a mark when partial.
    pub unique: BTreeSet<String>,
    /// Foreign keys: column, then table and column they point to, then what happens on delete.
    pub foreign: BTreeSet<String>,
}

/// All tables by name.
pub type Schema = BTreeMap<String, Table>;

const SQLITE_COLUMNS: &str = "SELECT t.name, c.name, c.type, c.\"notnull\" = 0 AND c.pk = 0
    FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\'";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'";
const SQLITE_UNIQUE: &str = "SELECT name, columns || CASE WHEN partial THEN ' partial' ELSE '' END FROM (
        SELECT t.name, i.partial, (
            SELECT group_concat(coalesce(x.name, '*'), ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) x
        ) AS columns
        FROM sqlite_schema t, pragma_index_list(t.name) i
        WHERE t.type = 'table' AND i.\"unique\" = 1
        UNION
        SELECT t.name, 0, c.name
        FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'
          AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i WHERE i.origin = 'pk'))";
const POSTGRES_UNIQUE: &str = "SELECT c.relname::text, string_agg(coalesce(a.attname, '*'), ',' ORDER BY k.n)
        || CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = 'public'
    CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum > 0
    WHERE i.indisunique
    GROUP BY c.relname, i.indexrelid, i.indpred IS NULL";
const SQLITE_FOREIGN: &str = "SELECT name, group_concat(pair, ',') || ' ' || on_delete FROM (
        SELECT t.name, f.id, f.on_delete, f.\"from\" || '>' || f.\"table\" || '.' || f.\"to\" AS pair
        FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
        WHERE t.type = 'table'
        ORDER BY t.name, f.id, f.seq)
    GROUP BY name, id, on_delete";
const POSTGRES_FOREIGN: &str =
    "SELECT c.relname::text, string_agg(a.attname || '>' || r.relname || '.' || b.attname, ',' ORDER BY k.n) || ' '
        || CASE f.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
                              WHEN 'r' THEN 'RESTRICT' ELSE 'SET DEFAULT' END
    FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid
    JOIN pg_class r ON r.oid = f.confrelid
    CROSS JOIN unnest(f.conkey, f.confkey) WITH ORDINALITY AS k(own, other, n)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.own
    JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = k.other
    WHERE f.contype = 'f'
    GROUP BY c.relname, f.oid, f.confdeltype";

fn kind(engine: Engine, declared: &str) -> String {
    let known = match (engine, declared) {
        (_, "text" | "TEXT") => "text",
        (Engine::Sqlite, "INTEGER") | (Engine::Postgres, "bigint" | "boolean") => "number",
        (Engine::Sqlite, "BLOB") | (Engine::Postgres, "uuid" | "bytea") => "bytes",
        (Engine::Sqlite, "REAL") | (Engine::Postgres, "double precision") => "real",
        (_, other) => {
            return format!("{other} of {}: use BIGINT, BOOLEAN, TEXT, UUID, BYTEA or DOUBLE PRECISION", engine.name());
        }
    };
    known.to_owned()
}

/// Reads the schema of a migrated database.
pub async fn read(db: &Db) -> Schema {
    let mut tx = db.read(Scope::System).await.unwrap();
    let mut schema = Schema::new();
    let sql = tx.pick(SQLITE_COLUMNS, POSTGRES_COLUMNS);
    let columns = tx.query(sql).fetch_all::<(String, String, String, bool)>().await.unwrap();
    for (table, column, declared, nullable) in columns {
        let kind = kind(db.engine(), &declared);
        schema.entry(table).or_default().columns.insert(column, (kind, nullable));
    }
    let sql = tx.pick(SQLITE_UNIQUE, POSTGRES_UNIQUE);
    for (table, key) in tx.query(sql).fetch_all::<(String, String)>().await.unwrap() {
        if let Some(table) = schema.get_mut(&table) {
            table.unique.insert(key);
        }
    }
    let sql = tx.pick(SQLITE_FOREIGN, POSTGRES_FOREIGN);
    for (table, key) in tx.query(sql).fetch_all::<(String, String)>().await.unwrap() {
        if let Some(table) = schema.get_mut(&table) {
            table.foreign.insert(key);
        }
    }
    schema
}

/// Panics with the differences between the two schemas.
pub fn assert_schemas_agree(sqlite: &Schema, postgres: &Schema) {
    let names: BTreeSet<_> = sqlite.keys().chain(postgres.keys()).collect();
    let mut wrong = Vec::new();
    for name in names {
        match (sqlite.get(name), postgres.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => wrong.push(format!("{name}\n  SQLite:     {a:?}\n  PostgreSQL: {b:?}")),
        }
    }
    assert!(wrong.is_empty(), "the schemas differ:\n{}", wrong.join("\n"));
}
