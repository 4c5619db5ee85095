//! Looking again.

use super::service::Service;
use super::store;
use contract::Fault;
use futures::StreamExt;
use jobs::{Job, JobError, JobRun, Registry, Schedule};
use kernel::Scope;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

const DAY: i64 = 86_400;
/// Records that are not right yet are looked at so often.
const OFTEN: i64 = 50 * 60;
/// Domains of one run, and how many at once.
const BATCH: i64 = 200;
const AT_ONCE: usize = 8;

impl Service {
    /// Makes the job known; every hour it looks at what is due.
    pub fn register(&self, registry: &mut Registry) {
        registry.add::<LookAgain>(Arc::new(self.clone())).repeat(
            "domains.look_again",
            Schedule::Every(Duration::from_secs(3_600)),
            &LookAgain {},
        );
    }
}

/// Looks at domains once a day, and every hour at those with a key whose record is not right.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct LookAgain {}

impl Job for LookAgain {
    const NAME: &'static str = "domains.look_again";
    const TIMEOUT: Duration = Duration::from_secs(900);
    type Context = Service;

    // Run twice, it looks twice.
    async fn run(self, service: &Service, _: &JobRun) -> Result<(), JobError> {
        let now = service.now();
        let mut tx = service.parts.db.read(Scope::System).await?;
        let due = store::due(&mut tx, now.plus_seconds(-DAY), now.plus_seconds(-OFTEN), BATCH).await?;
        drop(tx);
        let looks = due.into_iter().map(|(company, id)| service.look_at(company, id));
        let answers: Vec<_> = futures::stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        // One that is missing was removed meanwhile.
        let mut faults =
            answers.into_iter().filter_map(Result::err).filter(|fault| !matches!(fault, Fault::Missing { .. }));
        faults.next().map_or(Ok(()), |fault| Err(fault.into()))
    }
}
