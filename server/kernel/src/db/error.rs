//! What a statement can fail with, in the same words for both engines.

use sqlx::error::ErrorKind;
use std::sync::Arc;
use thiserror::Error;

/// A failed statement or transaction. After any of these the transaction is over: drop it.
#[derive(Debug, Error)]
pub enum DbError {
    /// Anything without a name of its own: a wrong statement, a column that cannot be read.
    #[error("database: {0}")]
    Driver(#[source] sqlx::Error),
    /// A stored row breaks a promise of the code that reads it.
    #[error("{table}.{column} of row {row} holds what it must not")]
    Inconsistency {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Which row.
        row: String,
    },
    /// A statement that must hit a number of rows hit another.
    #[error("expected {expected} rows, hit {actual}")]
    RowsAffected {
        /// Wanted.
        expected: u64,
        /// Found.
        actual: u64,
    },
    /// The text wants another number of values than were bound, or skips a number.
    #[error("statement wants {} values, {bound} were bound: {sql}", wanted.map_or("gapless".to_owned(), |n| n.to_string()))]
    Binds {
        /// What the text wants; `None` when its numbers have a gap.
        wanted: Option<usize>,
        /// What was bound.
        bound: usize,
        /// The text.
        sql: String,
    },
    /// An earlier statement of this transaction failed.
    #[error("an earlier statement of this transaction failed")]
    Aborted,
    /// Somebody else holds the rows: try the whole transaction again.
    #[error("database is busy: {0}")]
    Busy(#[source] sqlx::Error),
    /// No connection to be had, or it was lost on the way.
    #[error("database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The disk is full; reading goes on.
    #[error("the disk of the database is full: {0}")]
    Full(#[source] sqlx::Error),
    /// A unique key refused the row.
    #[error("unique key refused: {constraint}")]
    Unique {
        /// PostgreSQL: the constraint's name; SQLite: the columns. Ask with [`DbError::violates`].
        constraint: String,
    },
    /// A foreign key refused the row.
    #[error("foreign key refused: {constraint}")]
    Foreign {
        /// The constraint's name; SQLite does not tell.
        constraint: String,
    },
    /// The batch that carried this item failed.
    #[error("batch failed: {0}")]
    Batch(#[source] Arc<DbError>),
}

impl DbError {
    /// Did a unique key that covers `column` refuse the row?
    pub fn violates(&self, column: &str) -> bool {
        matches!(self, Self::Unique { constraint } if constraint.contains(column))
    }

    /// May the same work succeed later without anybody changing anything?
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy(_) | Self::Unavailable(_) | Self::Full(_) => true,
            Self::Batch(inner) => inner.is_transient(),
            _ => false,
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let E::Database(db) = &error else {
            return match error {
                E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                    Self::Unavailable(error)
                }
                E::RowNotFound => Self::RowsAffected { expected: 1, actual: 0 },
                other => Self::Driver(other),
            };
        };
        let constraint = || db.constraint().map_or_else(|| db.message().to_owned(), str::to_owned);
        match db.kind() {
            ErrorKind::UniqueViolation => return Self::Unique { constraint: constraint() },
            ErrorKind::ForeignKeyViolation => return Self::Foreign { constraint: constraint() },
            _ => {}
        }
        let code = db.code().unwrap_or_default().into_owned();
        let sqlite = db.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some();
        match (sqlite, code.as_str()) {
            // Extended result codes: the low byte names the family (5 busy, 6 locked, 13 full).
            (true, code) => match code.parse::<i32>().unwrap_or(0) & 0xff {
                5 | 6 => Self::Busy(error),
                13 => Self::Full(error),
                _ => Self::Driver(error),
            },
            (false, "40001" | "40P01" | "55P03") => Self::Busy(error),
            (false, "53100") => Self::Full(error),
            (false, "53300" | "57P01" | "57P02" | "57P03" | "25P03") => Self::Unavailable(error),
            (false, code) if code.starts_with("08") => Self::Unavailable(error),
            _ => Self::Driver(error),
        }
    }
}
