//! Changes as they happen, and who the key speaks for.

use super::endpoint::{Call, Group, get};
use super::key::PER_MINUTE;
use super::reply::{Feed, Shown};
use crate::http::events;
use crate::wiring::App;
use async_trait::async_trait;
use axum::http::header;
use contract::live::{Event, Events};
use contract::{Actor, ApiKeyId, Capability, CompanyId, Cursor, Fault, Page, Who};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The rows of these nouns.
pub fn group() -> Group {
    let endpoints = vec![
        get("/events", "List events", list).about(
            "Oldest first, from the one after `after`; `next` is where to go on, also when nothing is there yet. With \
             `Accept: text/event-stream` it stays open and sends each change as it happens; `Last-Event-ID` resumes. A key \
             sees events about what its scopes let it read. Events are kept 30 days.",
        ),
        get("/me", "Get what this key is", me),
    ];
    Group { name: "Events and the key", about: "What changes, as it happens, and what the key may do.", endpoints }
}

/// Where to go on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct EventsQuery {
    /// Number of the last event seen. Absent: the oldest kept; for a stream: from now on.
    after: Option<i64>,
    /// Rows, 1 to 1,000; 200 if absent. Not for a stream.
    limit: Option<i64>,
}

async fn list(call: Call<(), EventsQuery>) -> Result<Feed<Page<Event>>, Fault> {
    let Call { app, actor, query, headers, .. } = call;
    let seen = Arc::new(Visible { inner: Arc::clone(&app.events), scanned: AtomicI64::new(0) });
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accept.contains("text/event-stream") {
        let from = serde_json::from_value(json!({ "after": query.after })).map_err(kernel::fault::broken)?;
        let app = App { events: seen, ..app };
        return Ok(Feed::Stream(events::answer(&app, actor, from, &headers).await));
    }
    let after = query.after.unwrap_or(0);
    let items = seen.after(&actor, after, query.limit.unwrap_or(200)).await?;
    let next = after.max(seen.scanned.load(Ordering::Relaxed));
    Ok(Feed::Page(Page { items, next: Some(Cursor(next.to_string())), total: None }))
}

/// What an event is about decides who may see it; a kind that is not listed is shown to nobody.
fn may_see(actor: &Actor, kind: &str) -> bool {
    let needed = match kind.split('.').next().unwrap_or_default() {
        "contact" | "contacts" | "tag" | "list" | "field" | "import" => Capability::ContactsRead,
        "campaign" | "template" | "sending" | "message" => Capability::CampaignsRead,
        "sender" | "domain" | "bounce" => Capability::SendersRead,
        "person" | "invitation" => Capability::PeopleRead,
        "api_key" => Capability::ApiKeysManage,
        "company" => return true,
        _ => return false,
    };
    actor.may(needed)
}

/// The events that the actor's scopes let it see. Remembers how far it looked, so that a long run of hidden events is
/// read once.
struct Visible {
    inner: Arc<dyn Events>,
    scanned: AtomicI64,
}

#[async_trait]
impl Events for Visible {
    async fn after(&self, actor: &Actor, after: i64, limit: i64) -> Result<Vec<Event>, Fault> {
        let mut from = after.max(self.scanned.load(Ordering::Relaxed));
        loop {
            let batch = self.inner.after(actor, from, limit).await?;
            let Some(last) = batch.last() else { return Ok(Vec::new()) };
            from = last.id;
            self.scanned.store(from, Ordering::Relaxed);
            let shown: Vec<Event> = batch.into_iter().filter(|e| may_see(actor, &e.kind)).collect();
            if !shown.is_empty() {
                return Ok(shown);
            }
        }
    }

    async fn latest(&self, actor: &Actor) -> Result<i64, Fault> {
        self.inner.latest(actor).await
    }

    async fn changed(&self) {
        self.inner.changed().await;
    }
}

/// The company a key belongs to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct KeyCompany {
    /// Id.
    id: CompanyId,
    /// Name.
    name: String,
    /// IANA zone in which the company shows times.
    zone: String,
}

/// A key, seen from itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct KeyView {
    /// Id of the key; absent for none.
    key: Option<ApiKeyId>,
    /// The company whose data it reaches.
    company: KeyCompany,
    /// What it may do, for example `contacts:read`.
    scopes: Vec<String>,
    /// Requests it may make in any minute.
    per_minute: u32,
}

async fn me(call: Call) -> Result<Shown<KeyView>, Fault> {
    let Call { app, actor, .. } = call;
    let company = app.admin.company(actor.company).await?.ok_or_else(|| Fault::missing("Company"))?;
    let key = match actor.who {
        Who::ApiKey(key) => Some(key),
        _ => None,
    };
    let scopes = Capability::ALL.into_iter().filter(|c| actor.may(*c)).map(|c| c.name().to_owned()).collect();
    let company = KeyCompany { id: company.id, name: company.name, zone: company.zone.name };
    Ok(Shown(KeyView { key, company, scopes, per_minute: PER_MINUTE }))
}
