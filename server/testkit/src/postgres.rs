//! Fresh PostgreSQL databases, copied from a migrated template.

use kernel::db::{DbOptions, DbUrl, fingerprint};
use kernel::{Db, Engine};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

const ROLE: &str = "lux_test";
/// Held while the template is made, so that test processes that run at once make one.
const LOCK: i64 = 0x6c75_7874_6573_7431;

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The migrated database that others are copied from.
#[derive(Clone, Debug)]
struct Template {
    name: String,
    owner: Owner,
}

/// Who owns the test databases: never a superuser, whom row-level security would not hold.
#[derive(Clone, Debug)]
struct Owner {
    role: String,
    /// How this role is reached, whatever the database.
    at: PgConnectOptions,
}

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
        Some(Self::make(admin, &template.owner, &template.name).await)
    }

    /// An empty database without any schema.
    pub async fn blank() -> Option<Self> {
        let admin = admin()?;
        let mut conn = connect(&admin).await;
        run(&mut conn, "SELECT pg_advisory_lock($1)".to_owned(), Some(LOCK)).await;
        let owner = owner(&mut conn, &admin).await;
        conn.close().await.expect("a closed connection");
        Some(Self::make(admin, &owner, "template1").await)
    }

    async fn make(admin: PgConnectOptions, owner: &Owner, template: &str) -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lux_t_{}_{count}", std::process::id());
        let mut conn = connect(&admin).await;
        run(&mut conn, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), None).await;
        run(&mut conn, format!("CREATE DATABASE {name} TEMPLATE {template} OWNER \"{}\"", owner.role), None).await;
        conn.close().await.expect("a closed connection");
        let url = owner.url(&name);
        let at = url.parse::<DbUrl>().expect("an address");
        let db = Db::open(&at, DbOptions::default()).await.expect("the test database");
        Self { db, url, admin, name }
    }

    /// Closes and removes the database. An ordinary role may not end a vacuum that the server itself began there, and
    /// a database that stays behind is no fault of the test: a few tries, then it is told.
    pub async fn drop(self) {
        self.db.close().await;
        let Ok(mut conn) = PgConnection::connect_with(&self.admin).await else { return };
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        for _ in 0..10 {
            match conn.execute(AssertSqlSafe(sql.clone())).await {
                Ok(_) => return,
                Err(error) => println!("{sql}: {error}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    /// Ends all sessions of this database, as a restarted server would.
    pub async fn cut_connections(&self) {
        let mut conn = connect(&self.admin).await;
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

async fn connect(admin: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(admin).await.expect("LUX_TEST_POSTGRES_URL answers")
}

impl Owner {
    fn url(&self, database: &str) -> String {
        self.at.clone().database(database).to_url_lossy().to_string()
    }
}

/// The given role itself where it is an ordinary one; a superuser makes one for the tests.
async fn owner(conn: &mut PgConnection, admin: &PgConnectOptions) -> Owner {
    let above: bool = sqlx::query_scalar("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        .fetch_one(&mut *conn)
        .await
        .expect("a role");
    if !above {
        return Owner { role: admin.get_username().to_owned(), at: admin.clone() };
    }
    let sql = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN \
         CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{ROLE}'; END IF; END $$"
    );
    run(conn, sql, None).await;
    Owner { role: ROLE.to_owned(), at: admin.clone().username(ROLE).password(ROLE) }
}

/// Makes the template of these migrations unless another process has.
async fn template(admin: PgConnectOptions) -> Template {
    let mut conn = connect(&admin).await;
    run(&mut conn, "SELECT pg_advisory_lock($1)".to_owned(), Some(LOCK)).await;
    let owner = owner(&mut conn, &admin).await;
    let plain: String = owner.role.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("lux_template_{}_{}", fingerprint(Engine::Postgres), plain.to_lowercase());
    let found: Option<bool> = sqlx::query_scalar("SELECT datistemplate FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut conn)
        .await
        .expect("a list of databases");
    if found != Some(true) {
        run(&mut conn, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), None).await;
        run(&mut conn, format!("CREATE DATABASE {name} OWNER \"{}\"", owner.role), None).await;
        let db = Db::open_url(&owner.url(&name)).await.expect("the template database");
        db.migrate().await.expect("PostgreSQL migrations");
        db.close().await;
        // Marked only when complete, so that a half-made one is made again.
        run(&mut conn, format!("ALTER DATABASE {name} IS_TEMPLATE true"), None).await;
    }
    conn.close().await.expect("a closed connection");
    Template { name, owner }
}
