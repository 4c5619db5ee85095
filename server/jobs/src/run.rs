//! What a running job knows about itself.

use crate::store::{self, Claimed, Hold};
use crate::{JobError, JobId};
use contract::{CompanyId, Micros};
use kernel::{Clock, Db, DbError, Scope, Tx};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// One attempt at a job.
#[derive(Clone, Debug)]
pub struct JobRun {
    pub(crate) hold: Hold,
    pub(crate) company: Option<CompanyId>,
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: CancellationToken,
}

impl JobRun {
    pub(crate) fn new(claimed: &Claimed, db: Db, clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self {
            hold: Hold { id: claimed.id, epoch: claimed.epoch },
            company: claimed.company_id.map(CompanyId),
            attempt: u32::try_from(claimed.attempt).unwrap_or(u32::MAX),
            max_attempts: u32::try_from(claimed.max_attempts).unwrap_or(u32::MAX),
            db,
            clock,
            stop,
        }
    }

    /// The row.
    pub fn id(&self) -> JobId {
        JobId(self.hold.id)
    }

    /// Whose work it is.
    pub fn company(&self) -> Option<CompanyId> {
        self.company
    }

    /// 1 for the first attempt.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Is there no attempt after this one?
    pub fn is_last_attempt(&self) -> bool {
        self.attempt >= self.max_attempts
    }

    /// Should the job stop at the next safe point? True when somebody cancelled it, when the lease was lost, and when
    /// the program ends. Answer [`JobError::later`] then: a cancelled job does not come back, a stopped one does.
    pub fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Returns when the job should stop; for `select!`.
    pub async fn cancelled(&self) {
        self.stop.cancelled().await;
    }

    /// An error to leave with when [`Self::is_cancelled`].
    pub fn check(&self) -> Result<(), JobError> {
        match self.is_cancelled() {
            true => Err(JobError::later(Duration::ZERO)),
            false => Ok(()),
        }
    }

    /// Shows how far it is.
    pub async fn progress(&self, done: i64, total: Option<i64>) -> Result<(), DbError> {
        let mut tx = self.db.begin(self.scope()).await?;
        store::progress(&mut tx, self.hold, done, total).await?;
        tx.commit().await
    }

    /// Fails unless this attempt still holds the job, and keeps it held until `tx` ends. Effects in the same
    /// transaction cannot be doubled by a worker that slept past its lease.
    pub async fn guard(&self, tx: &mut Tx) -> Result<(), JobError> {
        match store::is_held(tx, self.hold).await? {
            true => Ok(()),
            false => Err(JobError::retry("the lease was lost")),
        }
    }

    /// Marks the job done in the transaction that holds its effects: both or neither.
    pub async fn finish(&self, tx: &mut Tx) -> Result<(), JobError> {
        match store::done(tx, self.hold, self.clock.now().0).await? {
            1 => Ok(()),
            _ => Err(JobError::retry("the lease was lost")),
        }
    }

    /// The time.
    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    fn scope(&self) -> Scope {
        self.company.map_or(Scope::System, Scope::Company)
    }
}
