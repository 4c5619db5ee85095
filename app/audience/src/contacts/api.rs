//! Server functions of contacts: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes a struct of the arguments of each function, without documentation")]

use contract::contacts::{
    BulkAct, BulkDone, Channel, ConsentState, Contact, ContactDraft, ContactFilter, ContactQuery, ContactRow, Field,
    FieldDraft, List, Moment, Selection, Tag,
};
use contract::{ContactId, Cursor, Fault, FieldId, ListId, Page, TagId};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// A page of contacts. Read by POST, since filters nest.
#[server(prefix = "/fn", endpoint = "contacts/list", input = Json)]
pub async fn contact_page(query: ContactQuery) -> Result<Page<ContactRow>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.list(&actor, query).await
}

/// How many match.
#[server(prefix = "/fn", endpoint = "contacts/count", input = Json)]
pub async fn contact_count(filter: ContactFilter) -> Result<i64, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.count(&actor, filter).await
}

/// One, whole.
#[server(prefix = "/fn", endpoint = "contacts/get", input = GetUrl)]
pub async fn get_contact(id: ContactId) -> Result<Contact, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.get(&actor, id).await
}

/// Adds one.
#[server(prefix = "/fn", endpoint = "contacts/create", input = Json)]
pub async fn create_contact(draft: ContactDraft) -> Result<Contact, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.create(&actor, draft).await
}

/// Changes one.
#[server(prefix = "/fn", endpoint = "contacts/update", input = Json)]
pub async fn update_contact(id: ContactId, draft: ContactDraft) -> Result<Contact, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.update(&actor, id, draft).await
}

/// Records consent.
#[server(prefix = "/fn", endpoint = "contacts/set-consent", input = Json)]
pub async fn set_consent(
    id: ContactId,
    channel: Channel,
    state: ConsentState,
    source: String,
) -> Result<Contact, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.set_consent(&actor, id, channel, state, source).await
}

/// Acts on many.
#[server(prefix = "/fn", endpoint = "contacts/bulk", input = Json)]
pub async fn bulk(selection: Selection, act: BulkAct) -> Result<BulkDone, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.bulk(&actor, selection, act).await
}

/// Takes a bulk action back.
#[server(prefix = "/fn", endpoint = "contacts/undo", input = Json)]
pub async fn undo(token: String) -> Result<i64, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.undo(&actor, token).await
}

/// What happened, newest first.
#[server(prefix = "/fn", endpoint = "contacts/timeline", input = Json)]
pub async fn timeline(id: ContactId, cursor: Option<Cursor>) -> Result<Page<Moment>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.timeline(&actor, id, cursor).await
}

/// Custom fields.
#[server(prefix = "/fn", endpoint = "contacts/fields", input = GetUrl)]
pub async fn fields() -> Result<Vec<Field>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.fields(&actor).await
}

/// Adds a field.
#[server(prefix = "/fn", endpoint = "contacts/create-field", input = Json)]
pub async fn create_field(draft: FieldDraft) -> Result<Field, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.create_field(&actor, draft).await
}

/// Changes a field.
#[server(prefix = "/fn", endpoint = "contacts/update-field", input = Json)]
pub async fn update_field(id: FieldId, draft: FieldDraft) -> Result<Field, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.update_field(&actor, id, draft).await
}

/// Removes a field.
#[server(prefix = "/fn", endpoint = "contacts/delete-field", input = Json)]
pub async fn delete_field(id: FieldId) -> Result<(), Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.delete_field(&actor, id).await
}

/// Tags by name.
#[server(prefix = "/fn", endpoint = "contacts/tags", input = GetUrl)]
pub async fn tags() -> Result<Vec<Tag>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.tags(&actor).await
}

/// Renames a tag.
#[server(prefix = "/fn", endpoint = "contacts/rename-tag", input = Json)]
pub async fn rename_tag(id: TagId, name: String) -> Result<(), Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.rename_tag(&actor, id, name).await
}

/// Removes a tag.
#[server(prefix = "/fn", endpoint = "contacts/delete-tag", input = Json)]
pub async fn delete_tag(id: TagId) -> Result<(), Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.delete_tag(&actor, id).await
}

/// Lists by name.
#[server(prefix = "/fn", endpoint = "contacts/lists", input = GetUrl)]
pub async fn lists() -> Result<Vec<List>, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.lists(&actor).await
}

/// Adds a list.
#[server(prefix = "/fn", endpoint = "contacts/create-list", input = Json)]
pub async fn create_list(name: String, description: String) -> Result<List, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.create_list(&actor, name, description).await
}

/// Changes a list.
#[server(prefix = "/fn", endpoint = "contacts/update-list", input = Json)]
pub async fn update_list(id: ListId, name: String, description: String) -> Result<List, Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.update_list(&actor, id, name, description).await
}

/// Removes a list.
#[server(prefix = "/fn", endpoint = "contacts/delete-list", input = Json)]
pub async fn delete_list(id: ListId) -> Result<(), Fault> {
    let (actor, contacts) = session::ask::<dyn contract::contacts::Contacts>()?;
    contacts.delete_list(&actor, id).await
}
