//! One SQL text over two real drivers.
//!
//! [`Db`] is a pool pair (SQLite: one writer and some readers) or one pool (PostgreSQL); every statement runs inside a
//! [`Tx`] that was opened for a [`Scope`]. On PostgreSQL the scope is also the row-level security setting, so a query
//! that forgets its `company_id` finds nothing instead of somebody else's data.

mod bind;
mod connect;
mod error;
mod json;
mod migrate;
mod sql;
mod tx;
mod wake;

pub use bind::{Bind, Row, Scalar};
pub use connect::{DbOptions, DbUrl};
pub use error::DbError;
pub use json::{json_rows, simple_uuid, simple_uuid_opt};
pub use migrate::{MigrateFault, fingerprint, versions};
pub use sql::{Registered, Sql, registered};
pub use tx::{Query, Tx};
pub use wake::{Tag, WakeListener};

use contract::CompanyId;
use sqlx::{PgPool, SqlitePool};
use std::sync::Arc;

/// Which of the two databases this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded file.
    Sqlite,
    /// The shared server.
    Postgres,
}

impl Engine {
    /// Lower-case name for logs and diagnostics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Whose rows a transaction may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The rows of one company.
    Company(CompanyId),
    /// All rows: sign-in, workers, administration of the whole instance.
    System,
}

impl From<CompanyId> for Scope {
    fn from(id: CompanyId) -> Self {
        Self::Company(id)
    }
}

impl Scope {
    /// The company, unless it is the whole system.
    pub fn company(self) -> Option<CompanyId> {
        match self {
            Self::Company(id) => Some(id),
            Self::System => None,
        }
    }

    /// The setting as PostgreSQL's policies read it. Safe to splice: a hyphenated UUID or a star.
    fn setting(self) -> String {
        match self {
            Self::Company(id) => id.0.hyphenated().to_string(),
            Self::System => "*".to_owned(),
        }
    }
}

/// The database: cheap to clone, shared by all.
#[derive(Clone, Debug)]
pub enum Db {
    /// Embedded file in WAL mode.
    Sqlite {
        /// Several readers, which refuse to write.
        read: SqlitePool,
        /// The one writer.
        write: SqlitePool,
        /// In-process wake-ups.
        wakes: Arc<wake::Wakes>,
    },
    /// Shared server.
    Postgres {
        /// All connections.
        pool: PgPool,
        /// In-process wake-ups.
        wakes: Arc<wake::Wakes>,
    },
}

impl Db {
    /// Which database this is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    /// A transaction that may write. SQLite waits for the one writer here, so keep it short: no network call while it
    /// is open. Dropping it rolls back.
    pub async fn begin(&self, scope: impl Into<Scope>) -> Result<Tx, DbError> {
        match self {
            Self::Sqlite { write, wakes, .. } => Tx::sqlite(write, "BEGIN IMMEDIATE", scope.into(), wakes).await,
            Self::Postgres { pool, wakes } => Tx::postgres(pool, "BEGIN", scope.into(), wakes).await,
        }
    }

    /// A transaction that only reads, from one consistent snapshot.
    pub async fn read(&self, scope: impl Into<Scope>) -> Result<Tx, DbError> {
        match self {
            Self::Sqlite { read, wakes, .. } => Tx::sqlite(read, "BEGIN", scope.into(), wakes).await,
            Self::Postgres { pool, wakes } => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::postgres(pool, begin, scope.into(), wakes).await
            }
        }
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), DbError> {
        let mut tx = self.read(Scope::System).await?;
        tx.query("SELECT 1").execute().await?;
        Ok(())
    }

    /// Bytes the database takes on disk.
    pub async fn size(&self) -> Result<i64, DbError> {
        let mut tx = self.read(Scope::System).await?;
        let sql = tx.pick(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            "SELECT pg_database_size(current_database())",
        );
        tx.query(sql).fetch_scalar().await
    }

    /// Lets SQLite refresh what its planner knows about the tables, where they have changed much. PostgreSQL does so by
    /// itself.
    pub async fn tune(&self) -> Result<(), DbError> {
        if self.engine() == Engine::Sqlite {
            let mut tx = self.begin(Scope::System).await?;
            tx.query("PRAGMA analysis_limit = 400").execute().await?;
            tx.query("PRAGMA optimize = 0x10002").execute().await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Connections that are open and those of them that are idle, for diagnostics.
    pub fn connections(&self) -> (u32, usize) {
        match self {
            Self::Sqlite { read, write, .. } => (read.size() + write.size(), read.num_idle() + write.num_idle()),
            Self::Postgres { pool, .. } => (pool.size(), pool.num_idle()),
        }
    }

    /// Closes all connections after what runs now has ended.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }

    /// Listens for a tag that a committed transaction woke, here or (PostgreSQL, while [`Db::run_wakes`] runs) on
    /// another node. A wake-up is a hint: poll as well.
    pub fn listen(&self, tag: Tag) -> WakeListener {
        self.wakes().listen(tag)
    }

    fn wakes(&self) -> &Arc<wake::Wakes> {
        match self {
            Self::Sqlite { wakes, .. } | Self::Postgres { wakes, .. } => wakes,
        }
    }
}
