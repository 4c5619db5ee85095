//! Fresh PostgreSQL databases, copied from a migrated template.

use kernel::db::{DbOptions, DbUrl, fingerprint};
use kernel::{Db, Engine};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

const ROLE: &str = "lux_test";
/// Held while the template is made, so that test processes that run at once make one.
const LOCK: i64 = 0x6c75_7874_6573_7431;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database of its own; give it back with [`TestPostgres::drop`].
#[derive(Debug)]
pub struct TestPostgres {
    /// The open database.
    pub db: Db,
    /// Its address as the ordinary role, for a second [`Db`] or another process.
    pub url: String,
    admin: PgConnectOptions,
    name: String,
}

impl TestPostgres {
    /// A migrated, empty database; `None` when `LUX_TEST_POSTGRES_URL` is not set.
    pub async fn fresh() -> Option<Self> {
        let admin = admin()?;
        let template = TEMPLATE.get_or_init(|| template(admin.clone())).await;
        Some(Self::make(admin, Some(template)).await)
    }

    /// An empty database without any schema.
    pub async fn blank() -> Option<Self> {
        let admin = admin()?;
        let mut conn = PgConnection::connect_with(&admin).await.expect("LUX_TEST_POSTGRES_URL answers");
        run(&mut conn, "SELECT pg_advisory_lock($1)".to_owned(), Some(LOCK)).await;
        make_role(&mut conn).await;
        conn.close().await.expect("a closed connection");
        Some(Self::make(admin, None).await)
    }

    async fn make(admin: PgConnectOptions, template: Option<&str>) -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lux_t_{}_{count}", std::process::id());
        let mut conn = PgConnection::connect_with(&admin).await.expect("LUX_TEST_POSTGRES_URL answers");
        run(&mut conn, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), None).await;
        let template = template.unwrap_or("template1");
        run(&mut conn, format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {ROLE}"), None).await;
        conn.close().await.expect("a closed connection");
        let url = format!("postgres://{ROLE}:{ROLE}@{}:{}/{name}", admin.get_host(), admin.get_port());
        let at = url.parse::<DbUrl>().expect("an address");
        let db = Db::open(&at, DbOptions::default()).await.expect("the test database");
        Self { db, url, admin, name }
    }

    /// Closes and removes the database.
    pub async fn drop(self) {
        self.db.close().await;
        if let Ok(mut conn) = PgConnection::connect_with(&self.admin).await {
            run(&mut conn, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name), None).await;
        }
    }

    /// Ends all sessions of this database, as a restarted server would.
    pub async fn cut_connections(&self) {
        let mut conn = PgConnection::connect_with(&self.admin).await.expect("LUX_TEST_POSTGRES_URL answers");
        let sql = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name);
        run(&mut conn, sql, None).await;
    }
}

fn admin() -> Option<PgConnectOptions> {
    let url = std::env::var("LUX_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())?;
    Some(url.parse().expect("LUX_TEST_POSTGRES_URL is an address"))
}

async fn run(conn: &mut PgConnection, sql: String, bind: Option<i64>) {
    let done = match bind {
        Some(value) => sqlx::query(AssertSqlSafe(sql.clone())).bind(value).execute(conn).await,
        None => conn.execute(AssertSqlSafe(sql.clone())).await,
    };
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn make_role(conn: &mut PgConnection) {
    let sql = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN \
         CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{ROLE}'; END IF; END $$"
    );
    run(conn, sql, None).await;
}

/// Makes the template of these migrations unless another process has.
async fn template(admin: PgConnectOptions) -> String {
    let name = format!("lux_template_{}", fingerprint(Engine::Postgres));
    let mut conn = PgConnection::connect_with(&admin).await.expect("LUX_TEST_POSTGRES_URL answers");
    run(&mut conn, "SELECT pg_advisory_lock($1)".to_owned(), Some(LOCK)).await;
    make_role(&mut conn).await;
    let found: Option<bool> = sqlx::query_scalar("SELECT datistemplate FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut conn)
        .await
        .expect("a list of databases");
    if found != Some(true) {
        run(&mut conn, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), None).await;
        run(&mut conn, format!("CREATE DATABASE {name} OWNER {ROLE}"), None).await;
        let url = format!("postgres://{ROLE}:{ROLE}@{}:{}/{name}", admin.get_host(), admin.get_port());
        let db = Db::open_url(&url).await.expect("the template database");
        db.migrate().await.expect("PostgreSQL migrations");
        db.close().await;
        // Marked only when complete, so that a half-made one is made again.
        run(&mut conn, format!("ALTER DATABASE {name} IS_TEMPLATE true"), None).await;
    }
    conn.close().await.expect("a closed connection");
    name
}
