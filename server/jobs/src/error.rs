//! What a job answers when it is not done.

use contract::Fault;
use kernel::DbError;
use std::fmt::{self, Display};
use std::time::Duration;

/// Not done. The job says itself whether another attempt makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobError {
    /// Try again, after the job's backoff or the time given.
    Retry {
        /// For the person who reads the job list.
        message: String,
        /// Instead of the backoff.
        after: Option<Duration>,
    },
    /// Another attempt would fail as well.
    Fail {
        /// For the person who reads the job list.
        message: String,
    },
    /// Nothing is wrong, it is only too early: run again without counting an attempt.
    Later {
        /// How long to wait.
        after: Duration,
    },
}

impl JobError {
    /// Try again after the backoff.
    pub fn retry(error: impl Display) -> Self {
        Self::Retry { message: error.to_string(), after: None }
    }

    /// Try again after a time somebody else named.
    pub fn retry_after(error: impl Display, after: Duration) -> Self {
        Self::Retry { message: error.to_string(), after: Some(after) }
    }

    /// Give up.
    pub fn fail(error: impl Display) -> Self {
        Self::Fail { message: error.to_string() }
    }

    /// Come back without counting an attempt: paused, out of quota, told to stop.
    pub fn later(after: Duration) -> Self {
        Self::Later { after }
    }
}

impl Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry { message, .. } | Self::Fail { message } => f.write_str(message),
            Self::Later { after } => write!(f, "again in {} s", after.as_secs()),
        }
    }
}

impl std::error::Error for JobError {}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        Self::retry(error)
    }
}

impl From<Fault> for JobError {
    /// `Busy` and `Broken` may pass; what was refused, denied or missing stays so.
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::Busy { retry_after, .. } => {
                let after = Duration::from_secs(u64::from(*retry_after));
                Self::retry_after(fault, after)
            }
            Fault::Broken { .. } => Self::retry(fault),
            _ => Self::fail(fault),
        }
    }
}
