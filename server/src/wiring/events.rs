//! The outbox as the stream of events.

use async_trait::async_trait;
use contract::live::{Event, Events};
use contract::{Actor, Fault};
use kernel::{Db, outbox};
use std::time::Duration;

/// Events from the outbox.
pub struct Outbox {
    /// Database.
    pub db: Db,
}

#[async_trait]
impl Events for Outbox {
    async fn after(&self, actor: &Actor, after: i64, limit: i64) -> Result<Vec<Event>, Fault> {
        let found = outbox::after(&self.db, actor.company.into(), after, limit.clamp(1, 1000)).await?;
        Ok(found
            .into_iter()
            .map(|e| Event { id: e.id, company: e.company, kind: e.kind, subject: e.subject, payload: e.payload, at: e.at })
            .collect())
    }

    async fn latest(&self, actor: &Actor) -> Result<i64, Fault> {
        Ok(outbox::latest(&self.db, actor.company.into()).await?)
    }

    async fn changed(&self) {
        self.db.listen(outbox::TAG).woken_or(Duration::from_secs(2)).await;
    }
}
