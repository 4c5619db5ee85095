//! Opening a database from its address.

use super::{Db, DbError, Engine, wake::Wakes};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Where the database is. Prints without the password.
#[derive(Clone)]
pub enum DbUrl {
    /// `sqlite:///path/to/lux.db`
    Sqlite(PathBuf),
    /// `postgres://user:password@host/database`
    Postgres(Box<PgConnectOptions>),
}

impl DbUrl {
    /// A file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::Sqlite(path.as_ref().to_owned())
    }

    /// Which engine it names.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

impl FromStr for DbUrl {
    type Err = DbError;

    fn from_str(url: &str) -> Result<Self, DbError> {
        let refuse = |why: &str| DbError::Driver(sqlx::Error::Configuration(why.into()));
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.contains('?') {
                return Err(refuse("the address of a SQLite file takes no options after a question mark"));
            }
            if path.is_empty() || path == ":memory:" {
                return Err(refuse("the address names no file, for example sqlite:///var/lib/lux/lux.db"));
            }
            return Ok(Self::file(path));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Box::new(url.parse().map_err(DbError::Driver)?)));
        }
        Err(refuse("the address must begin with sqlite:// or postgres://"))
    }
}

impl fmt::Debug for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(o) => {
                write!(f, "postgres://{}:{}/{}", o.get_host(), o.get_port(), o.get_database().unwrap_or("postgres"))
            }
        }
    }
}

/// Sizes of the pools.
#[derive(Clone, Copy, Debug)]
pub struct DbOptions {
    /// Connections to PostgreSQL.
    pub max_connections: u32,
    /// Readers of SQLite.
    pub readers: u32,
    /// How long a caller waits for a connection before it is told that the database is busy.
    pub acquire_timeout: Duration,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self { max_connections: 10, readers: 4, acquire_timeout: Duration::from_secs(5) }
    }
}

impl Db {
    /// Opens (SQLite: makes) the database. Does not migrate.
    pub async fn open(url: &DbUrl, options: DbOptions) -> Result<Self, DbError> {
        match url {
            DbUrl::Sqlite(path) => open_sqlite(path, options).await,
            DbUrl::Postgres(at) => open_postgres(at, options).await,
        }
    }

    /// [`Db::open`] with the default sizes.
    pub async fn open_url(url: &str) -> Result<Self, DbError> {
        Self::open(&url.parse()?, DbOptions::default()).await
    }
}

async fn open_sqlite(path: &Path, options: DbOptions) -> Result<Db, DbError> {
    let base = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.acquire_timeout)
        .pragma("mmap_size", "0")
        .pragma("journal_size_limit", "67108864")
        .statement_cache_capacity(256);
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    // The writer comes first: it makes the file and turns WAL on.
    let write = pool.clone().max_connections(1).connect_with(base.clone().pragma("cache_size", "-8000")).await?;
    let read = pool
        .max_connections(options.readers.max(1))
        .connect_with(base.pragma("cache_size", "-4000").pragma("query_only", "1"))
        .await?;
    Ok(Db::Sqlite { read, write, wakes: Arc::default() })
}

async fn open_postgres(at: &PgConnectOptions, options: DbOptions) -> Result<Db, DbError> {
    // A dead connection is noticed by BEGIN, which is tried again on another one: no ping before every transaction.
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections.max(2))
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .idle_timeout(Duration::from_secs(600))
        .connect_with(at.clone().application_name("lux").statement_cache_capacity(256))
        .await?;
    Ok(Db::Postgres { pool, wakes: Arc::new(Wakes::default()) })
}
