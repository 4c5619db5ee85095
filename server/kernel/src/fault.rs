//! From what failed inside to what the caller may know.

use crate::db::DbError;
use contract::Fault;
use rand::RngCore;
use std::fmt::Display;

tokio::task_local! {
    static TRACE: String;
}

/// The trace id of the request or job that runs, or a new one: 12 hex digits that tie an answer to a line of the log.
pub fn trace() -> String {
    TRACE.try_with(Clone::clone).unwrap_or_else(|_| format!("{:012x}", rand::rng().next_u64() >> 16))
}

/// Runs `work` under one trace id, so that every fault in it carries the same.
pub async fn with_trace<F: Future>(id: String, work: F) -> F::Output {
    TRACE.scope(id, work).await
}

/// Logs a failure of ours under a trace id and answers with the id alone.
pub fn broken(error: impl Display) -> Fault {
    let trace = trace();
    tracing::error!(%trace, %error, "broken");
    Fault::Broken { trace }
}

fn busy(retry_after: u32, message: &str) -> Fault {
    Fault::Busy { retry_after, message: message.to_owned() }
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Batch(inner) if inner.is_transient() => busy(2, "The server is busy. Try again in a moment."),
            DbError::Busy(_) => busy(1, "The server is busy. Try again in a moment."),
            DbError::Unavailable(_) => {
                tracing::warn!(%error, "no database");
                busy(5, "The database does not answer. Try again in a moment.")
            }
            DbError::Full(_) => {
                tracing::error!(%error, "disk full");
                busy(60, "The server's disk is full, so nothing can be saved. Free some space and try again.")
            }
            DbError::Unique { .. } => Self::conflict("That already exists."),
            DbError::Foreign { .. } => Self::conflict("That is in use, or what it belongs to is gone."),
            DbError::RowsAffected { .. } => Self::conflict("That was changed or deleted meanwhile. Load it again."),
            _ => broken(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internals_stay_behind_the_trace_id() {
        let fault = Fault::from(DbError::Driver(sqlx::Error::Protocol("password=hunter2".into())));
        let Fault::Broken { trace } = &fault else { panic!("{fault:?}") };
        assert_eq!(trace.len(), 12);
        assert!(!format!("{fault:?}").contains("hunter2"));
    }

    #[test]
    fn a_lost_connection_asks_the_caller_to_come_back() {
        let fault = Fault::from(DbError::from(sqlx::Error::PoolTimedOut));
        assert!(matches!(fault, Fault::Busy { retry_after: 5, .. }));
    }
}
