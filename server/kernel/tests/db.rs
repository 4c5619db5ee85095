//! The promises of the facade, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "test"
)]

use kernel::db::{DbOptions, DbUrl, json_rows};
use kernel::{Db, DbError, Engine, Scope, Tx};
use serde::Serialize;
use testkit::{TestPostgres, TestSqlite, both, company};
use uuid::Uuid;

kernel::sql! {
    PUT_SECRET = "INSERT INTO secret (company_id, kind, name, sealed, updated_at) VALUES ($1, $2, $3, $4, $5)";
    KINDS = "SELECT kind FROM secret ORDER BY company_id, kind";
    BULK = sqlite "INSERT INTO secret (company_id, kind, name, sealed, updated_at)
        SELECT unhex(value ->> 'c', '-'), value ->> 'k', value ->> 'n', x'00', value ->> 't' FROM json_each($1)",
    postgres "INSERT INTO secret (company_id, kind, name, sealed, updated_at)
        SELECT c, k, n, '\\x00', t FROM json_to_recordset($1::json) AS x(c uuid, k text, n text, t bigint)";
}

async fn put(tx: &mut Tx, id: Uuid, kind: &str) -> Result<(), DbError> {
    tx.query(PUT_SECRET).bind(id).bind(kind).bind("n").bind(vec![1_u8]).bind(5_i64).execute_one().await
}

async fn kinds(db: &Db, scope: Scope) -> Vec<String> {
    db.read(scope).await.unwrap().query(KINDS).fetch_scalars().await.unwrap()
}

#[derive(Debug, PartialEq, kernel::FromRow)]
struct Row {
    #[row(try_from = "Uuid")]
    company_id: contract::CompanyId,
    kind: String,
    sealed: Vec<u8>,
    updated_at: i64,
    absent: Option<String>,
    truth: bool,
    ratio: f64,
}

both! {
    async fn what_is_bound_comes_back_as_it_was(db: Db) {
        let mut tx = db.begin(Scope::System).await.unwrap();
        put(&mut tx, company(1).0, "it's $9, Ünïcode \u{1F980}").await.unwrap();
        let sql = "SELECT company_id, kind, sealed, updated_at, CAST($1 AS TEXT) AS absent, updated_at = 5 AS truth,
            CAST($2 AS DOUBLE PRECISION) AS ratio FROM secret WHERE company_id = $3";
        let row = tx.query(sql).bind(None::<String>).bind(0.25).bind(company(1).0).fetch_one::<Row>().await.unwrap();
        assert_eq!(row, Row {
            company_id: company(1),
            kind: "it's $9, Ünïcode \u{1F980}".into(),
            sealed: vec![1],
            updated_at: 5,
            absent: None,
            // SQLite has no booleans; a comparison is 1.
            truth: true,
            ratio: 0.25,
        });
    }

    async fn a_transaction_given_up_while_it_begins_leaves_its_connection_as_it_was(db: Db) {
        for n in 0..200_u64 {
            let patience = std::time::Duration::from_micros(n % 50 * 20);
            let _ = tokio::time::timeout(patience, db.read(Scope::System)).await;
            let mut tx = db.begin(Scope::System).await.unwrap();
            put(&mut tx, company(1).0, "n").await.unwrap();
        }
        assert!(kinds(&db, Scope::System).await.is_empty());
    }

    async fn a_dropped_transaction_leaves_nothing_and_a_committed_one_stays(db: Db) {
        let mut tx = db.begin(Scope::System).await.unwrap();
        put(&mut tx, company(1).0, "lost").await.unwrap();
        drop(tx);
        let mut tx = db.begin(Scope::System).await.unwrap();
        put(&mut tx, company(1).0, "kept").await.unwrap();
        assert_eq!(kinds(&db, Scope::System).await, Vec::<String>::new());
        tx.commit().await.unwrap();
        assert_eq!(kinds(&db, Scope::System).await, ["kept"]);
    }

    async fn a_missing_bind_is_an_error_and_never_a_null(db: Db) {
        for (sql, binds) in [("SELECT $1, $2", 1), ("SELECT $1", 2), ("SELECT $1, $3", 2), ("SELECT '$1'", 1)] {
            let mut tx = db.begin(Scope::System).await.unwrap();
            let mut query = tx.query(sql);
            for _ in 0..binds {
                query = query.bind("x");
            }
            assert!(matches!(query.execute().await, Err(DbError::Binds { .. })), "{sql} with {binds}");
        }
    }

    async fn after_an_error_the_transaction_is_over_on_both_engines(db: Db) {
        let mut tx = db.begin(Scope::System).await.unwrap();
        put(&mut tx, company(1).0, "k").await.unwrap();
        let refused = put(&mut tx, company(1).0, "k").await.unwrap_err();
        assert!(refused.violates("name") || refused.violates("secret_pkey"), "{refused}");
        assert!(matches!(put(&mut tx, company(1).0, "other").await, Err(DbError::Aborted)));
        assert!(matches!(tx.commit().await, Err(DbError::Aborted)));
        assert_eq!(kinds(&db, Scope::System).await, Vec::<String>::new());
    }

    async fn a_statement_that_must_hit_one_row_says_when_it_does_not(db: Db) {
        let mut tx = db.begin(Scope::System).await.unwrap();
        let none = tx.query("UPDATE secret SET updated_at = 1").execute_one().await;
        assert!(matches!(none, Err(DbError::RowsAffected { expected: 1, actual: 0 })));
        let none = tx.query("SELECT kind FROM secret").fetch_scalar::<String>().await;
        assert!(matches!(none, Err(DbError::RowsAffected { expected: 1, actual: 0 })));
    }

    async fn a_reader_keeps_its_snapshot_and_cannot_write(db: Db) {
        let mut reader = db.read(Scope::System).await.unwrap();
        assert_eq!(reader.query(KINDS).fetch_scalars::<String>().await.unwrap(), Vec::<String>::new());
        let mut tx = db.begin(Scope::System).await.unwrap();
        put(&mut tx, company(1).0, "new").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(reader.query(KINDS).fetch_scalars::<String>().await.unwrap(), Vec::<String>::new());
        assert!(put(&mut reader, company(2).0, "x").await.is_err());
        drop(reader);
        assert_eq!(kinds(&db, Scope::System).await, ["new"]);
    }

    async fn many_rows_travel_as_one_bind(db: Db) {
        #[derive(Serialize)]
        struct New { c: Uuid, k: String, n: String, t: i64 }
        let rows: Vec<_> = (0..5000)
            .map(|n| New { c: company(1).0, k: format!("k{n}"), n: "\"quoted\" \\ ü".into(), t: n })
            .collect();
        let mut tx = db.begin(Scope::System).await.unwrap();
        assert_eq!(tx.query(BULK).bind(json_rows(&rows)).execute().await.unwrap(), 5000);
        assert_eq!(tx.query(BULK).bind(json_rows::<[New]>(&[])).execute().await.unwrap(), 0);
        let sum = "SELECT CAST(SUM(updated_at) AS BIGINT) FROM secret WHERE company_id = $1 AND name = $2";
        let sum: i64 = tx.query(sum).bind(company(1).0).bind("\"quoted\" \\ ü").fetch_scalar().await.unwrap();
        assert_eq!(sum, 4999 * 2500);
    }

    async fn writers_wait_for_each_other_and_none_is_refused(db: Db) {
        let tasks = (0..40_u8).map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin(Scope::System).await.unwrap();
                put(&mut tx, company(n).0, "k").await.unwrap();
                tx.commit().await.unwrap();
            })
        });
        for task in futures::future::join_all(tasks).await {
            task.unwrap();
        }
        assert_eq!(kinds(&db, Scope::System).await.len(), 40);
        assert!(db.size().await.unwrap() > 0);
        db.ping().await.unwrap();
    }

    async fn migrating_again_changes_nothing(db: Db) {
        db.migrate().await.unwrap();
        db.migrate().await.unwrap();
    }

    async fn migrations_are_what_they_were(db: Db) {
        // What sqlx's own macro wrote into databases of earlier versions: another sum would lock their owners out.
        let known = match db.engine() {
            Engine::Sqlite => "8e0ea11166c847a7a78a2910",
            Engine::Postgres => "cb7050ce0fd7fb529d91d782",
        };
        let mut tx = db.read(Scope::System).await.unwrap();
        let sql = "SELECT description, checksum FROM _sqlx_migrations ORDER BY version LIMIT 1";
        let (description, checksum): (String, Vec<u8>) = tx.query(sql).fetch_one().await.unwrap();
        let hex: String = checksum.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((description.as_str(), hex.as_str()), ("kernel base", known));
    }

    async fn an_older_program_refuses_the_schema_of_a_newer_one(db: Db) {
        let mut tx = db.begin(Scope::System).await.unwrap();
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            VALUES (999999, 'from the future', TRUE, $1, 0)";
        tx.query(newer).bind(vec![0_u8]).execute_one().await.unwrap();
        tx.commit().await.unwrap();
        let refused = db.migrate().await.unwrap_err().to_string();
        assert!(refused.contains("schema 999999") && refused.contains("newer version"), "{refused}");
    }
}

#[test]
fn every_statement_is_accepted_by_both_engines() {
    testkit::prepare_all();
}

#[test]
fn a_statement_that_one_engine_refuses_is_found() {
    testkit::on_sqlite(|db| async move {
        let mut tx = db.begin(Scope::System).await.unwrap();
        assert!(tx.prepare("SELECT now()".into()).await.is_err());
        assert!(tx.prepare("SELECT nothing FROM secret".into()).await.is_err());
    });
}

#[test]
fn postgres_hides_other_companies_from_a_query_that_forgot_to_ask() {
    testkit::on_postgres(|db| async move {
        let mut tx = db.begin(Scope::System).await.unwrap();
        put(&mut tx, company(1).0, "one").await.unwrap();
        put(&mut tx, company(2).0, "two").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&db, company(1).into()).await, ["one"]);
        assert_eq!(kinds(&db, company(2).into()).await, ["two"]);
        assert_eq!(kinds(&db, Scope::System).await, ["one", "two"]);
        let mut tx = db.begin(company(1)).await.unwrap();
        assert!(put(&mut tx, company(2).0, "three").await.is_err());
        drop(tx);
        let mut tx = db.begin(company(1)).await.unwrap();
        let hit = tx.query("UPDATE secret SET updated_at = 9").execute().await.unwrap();
        assert_eq!(hit, 1);
        drop(tx);
        // The scope ends with its transaction, whichever connection comes next.
        for n in [1, 2, 1, 2] {
            assert_eq!(kinds(&db, company(n).into()).await.len(), 1);
        }
    });
}

#[test]
fn no_scope_leaks_to_the_next_user_of_a_connection_even_when_callers_vanish() {
    testkit::on_postgres(|db| async move {
        let mut tx = db.begin(Scope::System).await.unwrap();
        for n in 0..4 {
            put(&mut tx, company(n).0, &format!("of {n}")).await.unwrap();
        }
        tx.commit().await.unwrap();
        let tasks = (0..400_u32).map(|round| {
            let db = db.clone();
            tokio::spawn(async move {
                let n = (round % 4) as u8;
                let work = async {
                    let mut tx = match round % 3 {
                        0 => db.begin(company(n)).await.unwrap(),
                        _ => db.read(company(n)).await.unwrap(),
                    };
                    let seen = tx.query(KINDS).fetch_scalars::<String>().await.unwrap();
                    assert_eq!(seen, [format!("of {n}")]);
                    if round % 7 == 0 {
                        tx.commit().await.unwrap();
                    }
                };
                // Some callers give up in the middle of whatever they are at.
                let patience = std::time::Duration::from_micros(u64::from(round % 5) * 700);
                if round % 2 == 0 {
                    work.await;
                } else {
                    drop(tokio::time::timeout(patience, work).await);
                }
            })
        });
        for task in futures::future::join_all(tasks).await {
            task.unwrap();
        }
        assert_eq!(kinds(&db, Scope::System).await.len(), 4);
    });
}

both! {
    async fn tuning_is_harmless(db: Db) {
        db.tune().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_migrate_an_empty_postgres_at_once() {
    let Some(at) = TestPostgres::blank().await else { return };
    let nodes = (0..4).map(|_| Db::open_url(&at.url));
    let nodes = futures::future::try_join_all(nodes).await.unwrap();
    let done = futures::future::join_all(nodes.iter().map(Db::migrate)).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    at.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_are_replaced_without_an_error() {
    let Some(at) = TestPostgres::fresh().await else { return };
    let held: Vec<_> = futures::future::join_all((0..8).map(|_| at.db.begin(Scope::System))).await;
    drop(held);
    at.cut_connections().await;
    for _ in 0..8 {
        let mut tx = at.db.begin(Scope::System).await.unwrap();
        tx.query(KINDS).execute().await.unwrap();
        tx.commit().await.unwrap();
    }
    at.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_pool_answers_unavailable_in_time() {
    let at = TestSqlite::fresh().await;
    let options = DbOptions { acquire_timeout: std::time::Duration::from_millis(50), ..DbOptions::default() };
    let db = Db::open(&DbUrl::file(&at.path), options).await.unwrap();
    let _held = db.begin(Scope::System).await.unwrap();
    assert!(matches!(db.begin(Scope::System).await, Err(DbError::Unavailable(_))));
    // Another process waits for the same lock and is told that it is busy.
    let other = Db::open(&DbUrl::file(&at.path), options).await.unwrap();
    assert!(matches!(other.begin(Scope::System).await, Err(DbError::Busy(_))));
}

#[tokio::test]
async fn the_file_is_safe_by_its_settings() {
    let at = TestSqlite::fresh().await;
    for (pragma, want) in [("synchronous", 2), ("foreign_keys", 1), ("mmap_size", 0)] {
        let mut tx = at.db.begin(Scope::System).await.unwrap();
        let is: i64 = tx.query_built(format!("PRAGMA {pragma}")).fetch_scalar().await.unwrap();
        assert_eq!(is, want, "{pragma}");
    }
    let mut tx = at.db.begin(Scope::System).await.unwrap();
    assert_eq!(tx.query("PRAGMA journal_mode").fetch_scalar::<String>().await.unwrap(), "wal");
}

#[test]
fn an_address_is_read_strictly_and_printed_without_the_password() {
    for bad in ["", "mysql://x", "sqlite:", "sqlite::memory:", "sqlite:///x.db?mode=rwc", "postgres://["] {
        assert!(bad.parse::<DbUrl>().is_err(), "{bad}");
    }
    let url: DbUrl = "postgres://lux:hunter2@db.example:5433/lux".parse().unwrap();
    assert_eq!(format!("{url} {url:?}"), "postgres://db.example:5433/lux postgres://db.example:5433/lux");
    assert_eq!("sqlite:///var/lib/lux.db".parse::<DbUrl>().unwrap().to_string(), "sqlite:///var/lib/lux.db");
    assert_eq!(url.engine(), Engine::Postgres);
}
