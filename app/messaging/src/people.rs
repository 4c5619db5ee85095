//! Server functions about whom to write to: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::Fault;
use contract::contacts::{ContactRow, Field, List, Tag};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// A few people whose name or address has this part.
#[server(prefix = "/fn", endpoint = "messaging/people", input = Json)]
pub async fn find_people(text: String) -> Result<Vec<ContactRow>, Fault> {
    use contract::contacts::{ContactFilter, ContactQuery};
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    let filter = ContactFilter { search: text, ..ContactFilter::default() };
    contacts.list(&actor, ContactQuery { filter, limit: 8, ..ContactQuery::default() }).await.map(|page| page.items)
}

/// Custom fields, for the help on placeholders.
#[server(prefix = "/fn", endpoint = "messaging/fields", input = Json)]
pub async fn all_fields() -> Result<Vec<Field>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.fields(&actor).await
}

/// Lists by name, for an audience.
#[server(prefix = "/fn", endpoint = "messaging/lists", input = Json)]
pub async fn all_lists() -> Result<Vec<List>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.lists(&actor).await
}

/// Tags by name, for an audience.
#[server(prefix = "/fn", endpoint = "messaging/tags", input = Json)]
pub async fn all_tags() -> Result<Vec<Tag>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.tags(&actor).await
}
