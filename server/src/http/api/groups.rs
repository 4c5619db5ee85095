//! Lists and who is on them, tags, custom fields.

use super::endpoint::{Call, Endpoint, Group, NoQuery, delete, get, patch, post};
use super::find::whole;
use super::input::{Json, Patch};
use super::reply::{Done, Made, Shown};
use crate::wiring::App;
use contract::contacts::{BulkAct, ContactFilter, ContactQuery, ContactRow, Field, FieldDraft, List, Selection, Tag};
use contract::{Actor, Capability, ContactId, Cursor, Fault, FieldId, ListId, Page, TagId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The rows of lists.
pub fn lists() -> Group {
    let example = json!({ "emails": ["maja@example.com"] });
    let endpoints = vec![
        get("/lists", "List lists", all_lists).needs(Capability::ContactsRead),
        post("/lists", "Make a list", make_list)
            .needs(Capability::ContactsWrite)
            .example(json!({ "name": "Newsletter", "description": "People who asked for news" })),
        get("/lists/{id}", "Get a list", one_list).needs(Capability::ContactsRead),
        patch("/lists/{id}", "Change a list", change_list)
            .needs(Capability::ContactsWrite)
            .example(json!({ "description": "People who asked for news" })),
        delete("/lists/{id}", "Delete a list", drop_list)
            .needs(Capability::ContactsDelete)
            .about("Its people stay. Refused while a scheduled or sending campaign names it."),
        get("/lists/{id}/contacts", "List contacts on a list", members).needs(Capability::ContactsRead),
        post("/lists/{id}/contacts", "Put contacts on a list", join)
            .needs(Capability::ContactsWrite)
            .about("By id, by address, or both, up to 10,000. Naming people by address needs contacts:read as well.")
            .example(example.clone()),
        post("/lists/{id}/contacts/remove", "Take contacts off a list", leave)
            .needs(Capability::ContactsWrite)
            .example(example),
        delete("/lists/{id}/contacts/{contact}", "Take a contact off a list", leave_one)
            .needs(Capability::ContactsWrite),
    ];
    Group { name: "Lists", about: "Static lists of contacts, the audience of campaigns.", endpoints }
}

/// The rows of tags.
pub fn tags() -> Group {
    let endpoints = vec![
        get("/tags", "List tags", all_tags).needs(Capability::ContactsRead),
        get("/tags/{id}", "Get a tag", one_tag).needs(Capability::ContactsRead),
        patch("/tags/{id}", "Rename a tag", rename_tag)
            .needs(Capability::ContactsWrite)
            .example(json!({ "name": "stockist" })),
        delete("/tags/{id}", "Delete a tag", drop_tag).needs(Capability::ContactsWrite),
    ];
    Group { name: "Tags", about: "A tag is made when a contact first gets it.", endpoints }
}

/// The rows of custom fields.
pub fn fields() -> Group {
    let endpoints: Vec<Endpoint> = vec![
        get("/fields", "List custom fields", all_fields).needs(Capability::ContactsRead),
        post("/fields", "Make a custom field", make_field)
            .needs(Capability::FieldsManage)
            .example(json!({ "key": "plan", "label": "Plan", "kind": "choice", "options": ["free", "pro"] })),
        get("/fields/{id}", "Get a custom field", one_field).needs(Capability::ContactsRead),
        patch("/fields/{id}", "Change a custom field", change_field)
            .needs(Capability::FieldsManage)
            .about("Label and options. Key and kind cannot change.")
            .example(json!({ "label": "Price plan" })),
        delete("/fields/{id}", "Delete a custom field", drop_field).needs(Capability::FieldsManage),
    ];
    Group {
        name: "Custom fields",
        about: "What a company keeps about its contacts besides name and address.",
        endpoints,
    }
}

/// Words of a list.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ListDraft {
    /// Name, unique whatever the case.
    name: String,
    /// What it is for.
    #[serde(default)]
    description: String,
}

async fn all_lists(call: Call) -> Result<Shown<Page<List>>, Fault> {
    Ok(Shown(whole(call.app.contacts.lists(&call.actor).await?)))
}

async fn make_list(call: Call<(), NoQuery, Json<ListDraft>>) -> Result<Made<List>, Fault> {
    let Json(ListDraft { name, description }) = call.body;
    let list = call.app.contacts.create_list(&call.actor, name, description).await?;
    Ok(Made(format!("/lists/{}", list.id), list))
}

async fn one_list(call: Call<ListId>) -> Result<Shown<List>, Fault> {
    Ok(Shown(call.app.contacts.get_list(&call.actor, call.path).await?))
}

async fn change_list(call: Call<ListId, NoQuery, Patch<ListDraft>>) -> Result<Shown<List>, Fault> {
    let before = call.app.contacts.get_list(&call.actor, call.path).await?;
    let ListDraft { name, description } =
        call.body.over(&ListDraft { name: before.name, description: before.description })?;
    Ok(Shown(call.app.contacts.update_list(&call.actor, call.path, name, description).await?))
}

async fn drop_list(call: Call<ListId>) -> Result<Done, Fault> {
    call.app.contacts.delete_list(&call.actor, call.path).await?;
    Ok(Done)
}

/// Where to go on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct MembersQuery {
    /// `next` of the page before.
    cursor: Option<Cursor>,
    /// Rows, 1 to 200; 50 if absent.
    limit: u32,
}

async fn members(call: Call<ListId, MembersQuery>) -> Result<Shown<Page<ContactRow>>, Fault> {
    let list = call.app.contacts.get_list(&call.actor, call.path).await?;
    let filter = ContactFilter { list: Some(list.id), ..ContactFilter::default() };
    let query = ContactQuery { filter, cursor: call.query.cursor, limit: call.query.limit, ..ContactQuery::default() };
    let page = call.app.contacts.list(&call.actor, query).await?;
    Ok(Shown(Page { total: Some(list.contacts), ..page }))
}

/// People by id, by address, or both.
#[derive(Debug, Deserialize, JsonSchema)]
struct Members {
    /// Ids of contacts; those that are not there are left out.
    #[serde(default)]
    contact_ids: Vec<ContactId>,
    /// Addresses of contacts.
    #[serde(default)]
    emails: Vec<String>,
}

/// What became of them.
#[derive(Debug, Serialize, JsonSchema)]
struct MembersDone {
    /// Contacts that changed.
    changed: i64,
    /// Addresses that no contact has.
    unknown: Vec<String>,
    /// Hand it to `POST /contacts/undo` within 15 minutes to take it back; absent where nothing changed.
    undo: Option<String>,
}

async fn change(app: &App, actor: &Actor, members: Members, act: BulkAct) -> Result<MembersDone, Fault> {
    let mut ids = members.contact_ids;
    let mut unknown = Vec::new();
    if !members.emails.is_empty() {
        let found = app.contacts.by_emails(actor, members.emails.clone()).await?;
        unknown = members.emails.into_iter().filter(|e| !found.contains_key(e)).collect();
        ids.extend(found.into_values());
    }
    let done = app.contacts.bulk(actor, Selection::Ids(ids), act).await?;
    Ok(MembersDone { changed: done.changed, unknown, undo: done.undo })
}

async fn join(call: Call<ListId, NoQuery, Json<Members>>) -> Result<Shown<MembersDone>, Fault> {
    Ok(Shown(change(&call.app, &call.actor, call.body.0, BulkAct::AddToList(call.path)).await?))
}

async fn leave(call: Call<ListId, NoQuery, Json<Members>>) -> Result<Shown<MembersDone>, Fault> {
    Ok(Shown(change(&call.app, &call.actor, call.body.0, BulkAct::RemoveFromList(call.path)).await?))
}

async fn leave_one(call: Call<(ListId, ContactId)>) -> Result<Done, Fault> {
    let (list, contact) = call.path;
    let act = BulkAct::RemoveFromList(list);
    let done = call.app.contacts.bulk(&call.actor, Selection::Ids(vec![contact]), act).await?;
    if done.changed == 0 { Err(Fault::missing("This contact on the list")) } else { Ok(Done) }
}

async fn all_tags(call: Call) -> Result<Shown<Page<Tag>>, Fault> {
    Ok(Shown(whole(call.app.contacts.tags(&call.actor).await?)))
}

async fn find_tag(app: &App, actor: &Actor, id: TagId) -> Result<Tag, Fault> {
    let tags = app.contacts.tags(actor).await?;
    tags.into_iter().find(|t| t.id == id).ok_or_else(|| Fault::missing("Tag"))
}

async fn one_tag(call: Call<TagId>) -> Result<Shown<Tag>, Fault> {
    Ok(Shown(find_tag(&call.app, &call.actor, call.path).await?))
}

/// A new name.
#[derive(Debug, Deserialize, JsonSchema)]
struct TagDraft {
    /// Name, unique whatever the case.
    name: String,
}

async fn rename_tag(call: Call<TagId, NoQuery, Json<TagDraft>>) -> Result<Done, Fault> {
    call.app.contacts.rename_tag(&call.actor, call.path, call.body.0.name).await?;
    Ok(Done)
}

async fn drop_tag(call: Call<TagId>) -> Result<Done, Fault> {
    call.app.contacts.delete_tag(&call.actor, call.path).await?;
    Ok(Done)
}

async fn all_fields(call: Call) -> Result<Shown<Page<Field>>, Fault> {
    Ok(Shown(whole(call.app.contacts.fields(&call.actor).await?)))
}

async fn make_field(call: Call<(), NoQuery, Json<FieldDraft>>) -> Result<Made<Field>, Fault> {
    let field = call.app.contacts.create_field(&call.actor, call.body.0).await?;
    Ok(Made(format!("/fields/{}", field.id), field))
}

async fn find_field(app: &App, actor: &Actor, id: FieldId) -> Result<Field, Fault> {
    let fields = app.contacts.fields(actor).await?;
    fields.into_iter().find(|f| f.id == id).ok_or_else(|| Fault::missing("Custom field"))
}

async fn one_field(call: Call<FieldId>) -> Result<Shown<Field>, Fault> {
    Ok(Shown(find_field(&call.app, &call.actor, call.path).await?))
}

async fn change_field(call: Call<FieldId, NoQuery, Patch<FieldDraft>>) -> Result<Shown<Field>, Fault> {
    let before = find_field(&call.app, &call.actor, call.path).await?;
    let before = FieldDraft { key: before.key, label: before.label, kind: before.kind, options: before.options };
    let after = call.body.over(&before)?;
    if after.key != before.key || after.kind != before.kind {
        return Err(Fault::invalid("key", "Key and kind cannot change. Make another field."));
    }
    Ok(Shown(call.app.contacts.update_field(&call.actor, call.path, after).await?))
}

async fn drop_field(call: Call<FieldId>) -> Result<Done, Fault> {
    call.app.contacts.delete_field(&call.actor, call.path).await?;
    Ok(Done)
}
