//! The outbox as the stream of events.

use async_trait::async_trait;
use contract::live::{Event, Events};
use contract::{Actor, Fault, Micros};
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
        Ok(found.into_iter().map(shown).collect())
    }

    async fn latest(&self, actor: &Actor) -> Result<i64, Fault> {
        Ok(outbox::latest(&self.db, actor.company.into()).await?)
    }

    async fn changed(&self) {
        self.db.listen(outbox::TAG).woken_or(Duration::from_secs(2)).await;
    }
}

fn shown(event: outbox::Event) -> Event {
    Event {
        id: event.id,
        company: event.company_id,
        kind: event.kind,
        subject: event.subject,
        // Written as JSON by the outbox; anything else could only be told as the text it is.
        payload: serde_json::from_str(&event.payload).unwrap_or(serde_json::Value::String(event.payload)),
        at: Micros(event.at),
    }
}
