//! Looks into mailboxes in their time, and forgets what is old.

use super::reading::{ReadError, Reader};
use super::store::{events, sources};
use contract::{CompanyId, MailboxId};
use jobs::{Job, JobError, JobRun, Options, Queue, Registry, Schedule};
use kernel::{DbError, Scope};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Reports are kept so long; a copy of one that comes later would count again.
const KEPT_DAYS: i64 = 400;

/// Puts every mailbox whose turn it is into the queue.
#[derive(Debug, Serialize, Deserialize)]
pub struct LookAround {}

/// Looks into one mailbox.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadMailbox {
    pub(super) company: CompanyId,
    pub(super) mailbox: MailboxId,
}

/// Forgets old reports.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetOld {}

impl Job for LookAround {
    const NAME: &'static str = "bounces.look-around";
    type Context = Reader;
    const MAX_ATTEMPTS: u32 = 1;
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, reader: &Reader, _: &JobRun) -> Result<(), JobError> {
        let parts = reader.parts();
        let mut tx = parts.db.read(Scope::System).await?;
        let due = sources::due(&mut tx, parts.clock.now()).await?;
        drop(tx);
        if due.is_empty() {
            return Ok(());
        }
        let queue = Queue::new(Arc::clone(&parts.clock), Arc::clone(&parts.ids));
        let mut tx = parts.db.begin(Scope::System).await?;
        for (company, mailbox) in due {
            let options = Options::default().key(mailbox).company(company);
            queue.enqueue(&mut tx, &ReadMailbox { company, mailbox }, options).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Puts one mailbox into the queue, unless it is there.
pub(super) async fn enqueue(reader: &Reader, company: CompanyId, mailbox: MailboxId) -> Result<(), DbError> {
    let parts = reader.parts();
    let queue = Queue::new(Arc::clone(&parts.clock), Arc::clone(&parts.ids));
    let mut tx = parts.db.begin(company).await?;
    queue.enqueue(&mut tx, &ReadMailbox { company, mailbox }, Options::default().key(mailbox)).await?;
    tx.commit().await
}

impl Job for ReadMailbox {
    const NAME: &'static str = "bounces.read-mailbox";
    type Context = Reader;
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(15 * 60);

    fn backoff(_: u32) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(self, reader: &Reader, _: &JobRun) -> Result<(), JobError> {
        match reader.look(self.company, self.mailbox).await {
            Ok(()) => Ok(()),
            Err(ReadError::Db(error)) => Err(error.into()),
            Err(other) => Err(JobError::fail(other)),
        }
    }
}

impl Job for ForgetOld {
    const NAME: &'static str = "bounces.forget-old";
    type Context = Reader;

    async fn run(self, reader: &Reader, _: &JobRun) -> Result<(), JobError> {
        let parts = reader.parts();
        let mut tx = parts.db.begin(Scope::System).await?;
        events::prune(&mut tx, parts.clock.now().plus_seconds(-KEPT_DAYS * 86_400)).await?;
        Ok(tx.commit().await?)
    }
}

/// Makes the jobs known and starts their rounds.
pub fn register(registry: &mut Registry, reader: Reader) {
    let reader = Arc::new(reader);
    registry.add::<LookAround>(Arc::clone(&reader));
    registry.add::<ReadMailbox>(Arc::clone(&reader));
    registry.add::<ForgetOld>(reader);
    registry.repeat("bounces.look-around", Schedule::Every(Duration::from_secs(60)), &LookAround {});
    registry.repeat("bounces.forget-old", Schedule::Every(Duration::from_secs(86_400)), &ForgetOld {});
}
