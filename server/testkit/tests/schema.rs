//! The two schemas are one.
#![allow(clippy::unwrap_used, clippy::allow_attributes, clippy::print_stdout, reason = "test")]

use kernel::{Db, Engine, Scope};
use testkit::{TestPostgres, TestSqlite, both};

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_keys() {
    let sqlite = TestSqlite::fresh().await;
    let ours = testkit::read_schema(&sqlite.db).await;
    assert!(ours.contains_key("event") && ours.contains_key("job"), "{:?}", ours.keys());
    let Some(postgres) = TestPostgres::fresh().await else {
        println!("skipped: LUX_TEST_POSTGRES_URL not set");
        return;
    };
    let theirs = testkit::read_schema(&postgres.db).await;
    postgres.drop().await;
    testkit::assert_schemas_agree(&ours, &theirs);
}

#[tokio::test]
#[should_panic(expected = "the schemas differ")]
async fn a_difference_is_seen() {
    let sqlite = TestSqlite::fresh().await;
    let whole = testkit::read_schema(&sqlite.db).await;
    let mut tx = sqlite.db.begin(Scope::System).await.unwrap();
    tx.query("DROP INDEX job_key").execute().await.unwrap();
    tx.commit().await.unwrap();
    testkit::assert_schemas_agree(&whole, &testkit::read_schema(&sqlite.db).await);
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(kernel::db::versions(Engine::Sqlite), kernel::db::versions(Engine::Postgres));
}

both! {
    async fn every_table_of_company_data_is_locked_by_row(db: Db) {
        if db.engine() == Engine::Postgres {
            let mut tx = db.read(Scope::System).await.unwrap();
            let open = tx.query("SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
                 WHERE c.relkind IN ('r', 'p') AND a.attname = 'company_id' AND NOT c.relforcerowsecurity \
                 AND c.relnamespace = 'public'::regnamespace")
                .fetch_scalars::<String>().await.unwrap();
            assert_eq!(open, Vec::<String>::new(), "call lux_scope for these");
        }
    }
}
