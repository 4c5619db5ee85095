//! Contacts.

use super::endpoint::{Call, Endpoint, Group, NoQuery, delete, get, patch, post};
use super::find;
use super::input::{self, Json};
use super::reply::{Done, Made, Shown};
use contract::contacts::{
    BulkAct, BulkDone, Channel, ConsentState, Contact, ContactDraft, ContactFilter, ContactQuery, ContactRow,
    ContactSort, Moment, Selection, Upserted,
};
use contract::{Capability, ContactId, Cursor, Fault, Page};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The rows of this noun.
pub fn group() -> Group {
    Group {
        name: "Contacts",
        about: "People in the audience. An address is unique in a company, whatever its case.",
        endpoints: [one(), many()].concat(),
    }
}

fn one() -> Vec<Endpoint> {
    vec![
        post("/contacts", "Add a contact", create)
            .needs(Capability::ContactsWrite)
            .about("An address that exists is a conflict; use the bulk route to add or change. Unknown tags are made.")
            .example(json!({
                "email": "maja@example.com", "first_name": "Maja", "last_name": "Holm", "tags": ["stockist"],
                "consent": "subscribed", "consent_source": "Form on the website"
            })),
        get("/contacts/{id}", "Get a contact", read).needs(Capability::ContactsRead),
        patch("/contacts/{id}", "Change a contact", update)
            .needs(Capability::ContactsWrite)
            .about(
                "What is absent or null stays as it is; an empty text clears. Custom fields are changed one by one, null clears one. \
                 Tags and lists are replaced by what is sent.",
            )
            .example(json!({ "first_name": "Maja", "fields": {} })),
        delete("/contacts/{id}", "Delete a contact", remove).needs(Capability::ContactsDelete),
        post("/contacts/{id}/consent", "Record consent", consent)
            .needs(Capability::ContactsWrite)
            .about("A source is required with `subscribed`. Turns back somebody who unsubscribed, so ask the person first.")
            .example(json!({ "channel": "email", "state": "subscribed", "source": "Asked on the phone" })),
        get("/contacts/{id}/timeline", "List what happened with a contact", timeline).needs(Capability::ContactsRead),
    ]
}

fn many() -> Vec<Endpoint> {
    vec![
        get("/contacts", "List contacts", list).needs(Capability::ContactsRead),
        post("/contacts/bulk", "Add or change many contacts", bulk)
            .needs(Capability::ContactsWrite)
            .about(
                "Up to 10,000, told apart by address; the last line of an address wins. Good lines are written whatever \
                 happens to the others; refused ones are named by their index. Nobody who unsubscribed is turned back.",
            )
            .example(json!({ "contacts": [{ "email": "maja@example.com", "first_name": "Maja" }, { "email": "jonas@example.com" }] })),
        post("/contacts/actions", "Act on many contacts", act)
            .needs(Capability::ContactsWrite)
            .about("By id or by filter. Deleting needs contacts:delete as well. The answer carries a token that undoes it for 15 minutes.")
            .example(json!({ "selection": { "filter": { "search": "@example.com" } }, "act": { "add_tag": "example" } })),
        post("/contacts/undo", "Undo an action on contacts", undo)
            .needs(Capability::ContactsWrite)
            .example(json!({ "undo": "0193e0a4-7d4e-7c3a-9b43-5f0c2f6b8a11" })),
    ]
}

/// Which contacts, in which order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ContactsQuery {
    /// Part of address, name or organisation.
    search: String,
    /// Carries this tag: its id or its name.
    tag: Option<String>,
    /// Is on this list: its id or its name.
    list: Option<String>,
    /// `subscribed`, `unsubscribed`, `none` or `suppressed`.
    status: Option<String>,
    /// Order; newest first if absent.
    sort: ContactSort,
    /// `next` of the page before.
    cursor: Option<Cursor>,
    /// Rows, 1 to 200; 50 if absent.
    limit: u32,
    /// `1` counts all matches into `total`.
    #[serde(deserialize_with = "input::flag")]
    #[schemars(with = "bool")]
    count: bool,
}

async fn list(call: Call<(), ContactsQuery>) -> Result<Shown<Page<ContactRow>>, Fault> {
    let Call { app, actor, query, .. } = call;
    let filter = ContactFilter {
        search: query.search,
        tag: find::tag(&app, &actor, query.tag.as_deref()).await?,
        list: find::list(&app, &actor, query.list.as_deref()).await?,
        status: query.status,
    };
    let query = ContactQuery { filter, sort: query.sort, cursor: query.cursor, limit: query.limit, count: query.count };
    Ok(Shown(app.contacts.list(&actor, query).await?))
}

async fn create(call: Call<(), NoQuery, Json<ContactDraft>>) -> Result<Made<Contact>, Fault> {
    let contact = call.app.contacts.create(&call.actor, call.body.0).await?;
    Ok(Made(format!("/contacts/{}", contact.id), contact))
}

async fn read(call: Call<ContactId>) -> Result<Shown<Contact>, Fault> {
    Ok(Shown(call.app.contacts.get(&call.actor, call.path).await?))
}

async fn update(call: Call<ContactId, NoQuery, Json<ContactDraft>>) -> Result<Shown<Contact>, Fault> {
    Ok(Shown(call.app.contacts.update(&call.actor, call.path, call.body.0).await?))
}

async fn remove(call: Call<ContactId>) -> Result<Done, Fault> {
    let done = call.app.contacts.bulk(&call.actor, Selection::Ids(vec![call.path]), BulkAct::Delete).await?;
    if done.changed == 0 { Err(Fault::missing("Contact")) } else { Ok(Done) }
}

/// Consent of one person on one channel.
#[derive(Debug, Deserialize, JsonSchema)]
struct ConsentChange {
    /// Channel.
    channel: Channel,
    /// State.
    state: ConsentState,
    /// Where it came from; required with `subscribed`.
    #[serde(default)]
    source: String,
}

async fn consent(call: Call<ContactId, NoQuery, Json<ConsentChange>>) -> Result<Shown<Contact>, Fault> {
    let Json(ConsentChange { channel, state, source }) = call.body;
    Ok(Shown(call.app.contacts.set_consent(&call.actor, call.path, channel, state, source).await?))
}

/// Where to go on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct TimelineQuery {
    /// `next` of the page before.
    cursor: Option<Cursor>,
}

async fn timeline(call: Call<ContactId, TimelineQuery>) -> Result<Shown<Page<Moment>>, Fault> {
    Ok(Shown(call.app.contacts.timeline(&call.actor, call.path, call.query.cursor).await?))
}

/// Many contacts.
#[derive(Debug, Deserialize, JsonSchema)]
struct ContactsBulk {
    /// Up to 10,000; each needs its address.
    contacts: Vec<ContactDraft>,
}

async fn bulk(call: Call<(), NoQuery, Json<ContactsBulk>>) -> Result<Shown<Upserted>, Fault> {
    Ok(Shown(call.app.contacts.upsert_many(&call.actor, call.body.0.contacts).await?))
}

/// What to do with which contacts.
#[derive(Debug, Deserialize, JsonSchema)]
struct ContactsAct {
    /// Which.
    selection: Selection,
    /// What.
    act: BulkAct,
}

async fn act(call: Call<(), NoQuery, Json<ContactsAct>>) -> Result<Shown<BulkDone>, Fault> {
    let Json(ContactsAct { selection, act }) = call.body;
    Ok(Shown(call.app.contacts.bulk(&call.actor, selection, act).await?))
}

/// Takes an action back.
#[derive(Debug, Deserialize, JsonSchema)]
struct UndoRequest {
    /// `undo` of the action's answer.
    undo: String,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
struct Undone {
    /// Contacts that changed back.
    changed: i64,
}

async fn undo(call: Call<(), NoQuery, Json<UndoRequest>>) -> Result<Shown<Undone>, Fault> {
    let changed = call.app.contacts.undo(&call.actor, call.body.0.undo).await?;
    Ok(Shown(Undone { changed }))
}
