//! Tags, lists and custom fields.

use super::ContactService;
use crate::contacts::{rules, store};
use contract::contacts::{Field, FieldDraft, FieldKind, List, Tag};
use contract::{Actor, Capability, Fault, FieldId, ListId, TagId};
use kernel::{DbError, outbox};
use serde_json::json;
use uuid::Uuid;

/// Most custom fields of a company.
const MAX_FIELDS: usize = 200;

pub(super) async fn tags(service: &ContactService, actor: &Actor) -> Result<Vec<Tag>, Fault> {
    actor.require(Capability::ContactsRead)?;
    let mut tx = service.db.read(actor.company).await?;
    Ok(store::tags(&mut tx, actor.company).await?)
}

fn name_taken(error: DbError, what: &str) -> Fault {
    if error.violates("name") {
        return Fault::conflict(format!("There is already a {what} of this name. Choose another."));
    }
    error.into()
}

pub(super) async fn rename_tag(service: &ContactService, actor: &Actor, id: TagId, name: &str) -> Result<(), Fault> {
    actor.require(Capability::ContactsWrite)?;
    let name = rules::tag(name).map_err(|why| Fault::invalid("name", why))?;
    let mut tx = service.db.begin(actor.company).await?;
    let there = store::rename_tag(&mut tx, actor.company, id, &name).await.map_err(|e| name_taken(e, "tag"))?;
    if !there {
        return Err(Fault::missing("Tag"));
    }
    outbox::record(&mut tx, actor.company, "tag.updated", id, &json!({ "name": name }), service.clock.now());
    Ok(tx.commit().await?)
}

pub(super) async fn delete_tag(service: &ContactService, actor: &Actor, id: TagId) -> Result<(), Fault> {
    actor.require(Capability::ContactsWrite)?;
    let mut tx = service.db.begin(actor.company).await?;
    if !store::delete_tag(&mut tx, actor.company, id).await? {
        return Err(Fault::missing("Tag"));
    }
    outbox::record(&mut tx, actor.company, "tag.deleted", id, &json!({}), service.clock.now());
    Ok(tx.commit().await?)
}

pub(super) async fn lists(service: &ContactService, actor: &Actor) -> Result<Vec<List>, Fault> {
    actor.require(Capability::ContactsRead)?;
    let mut tx = service.db.read(actor.company).await?;
    Ok(store::lists(&mut tx, actor.company).await?)
}

pub(super) async fn get_list(service: &ContactService, actor: &Actor, id: ListId) -> Result<List, Fault> {
    actor.require(Capability::ContactsRead)?;
    let mut tx = service.db.read(actor.company).await?;
    store::list_one(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("List"))
}

fn list_words(name: &str, description: &str) -> Result<(String, String), Fault> {
    let name = rules::label(name).map_err(|why| Fault::invalid("name", why))?;
    let description = rules::prose(description);
    if description.chars().count() > 500 {
        return Err(Fault::invalid("description", "The description is longer than 500 characters. Shorten it."));
    }
    Ok((name, description))
}

pub(super) async fn create_list(
    service: &ContactService,
    actor: &Actor,
    name: &str,
    description: &str,
) -> Result<List, Fault> {
    actor.require(Capability::ContactsWrite)?;
    let (name, description) = list_words(name, description)?;
    let created = service.clock.now();
    let list = List { id: ListId(service.ids.uuid()), name, description, contacts: 0, subscribed: 0, created };
    let mut tx = service.db.begin(actor.company).await?;
    store::insert_list(&mut tx, actor.company, &list).await.map_err(|e| name_taken(e, "list"))?;
    outbox::record(&mut tx, actor.company, "list.created", list.id, &json!({ "name": list.name }), created);
    tx.commit().await?;
    Ok(list)
}

pub(super) async fn update_list(
    service: &ContactService,
    actor: &Actor,
    id: ListId,
    name: &str,
    description: &str,
) -> Result<List, Fault> {
    actor.require(Capability::ContactsWrite)?;
    let (name, description) = list_words(name, description)?;
    let mut tx = service.db.begin(actor.company).await?;
    let there = store::update_list(&mut tx, actor.company, id, &name, &description).await;
    if !there.map_err(|e| name_taken(e, "list"))? {
        return Err(Fault::missing("List"));
    }
    outbox::record(&mut tx, actor.company, "list.updated", id, &json!({ "name": name }), service.clock.now());
    let list = store::list_one(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("List"))?;
    tx.commit().await?;
    Ok(list)
}

pub(super) async fn delete_list(service: &ContactService, actor: &Actor, id: ListId) -> Result<(), Fault> {
    actor.require(Capability::ContactsDelete)?;
    let mut tx = service.db.read(actor.company).await?;
    let name = store::list_name(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("List"))?;
    drop(tx);
    if let Some(campaign) = service.list_use.campaign_naming(actor.company, id).await? {
        return Err(Fault::conflict(format!(
            "The campaign {campaign} still needs the list {name}. Cancel it or take the list out of it first."
        )));
    }
    let mut tx = service.db.begin(actor.company).await?;
    if !store::delete_list(&mut tx, actor.company, id).await? {
        return Err(Fault::missing("List"));
    }
    outbox::record(&mut tx, actor.company, "list.deleted", id, &json!({ "name": name }), service.clock.now());
    Ok(tx.commit().await?)
}

pub(super) async fn fields(service: &ContactService, actor: &Actor) -> Result<Vec<Field>, Fault> {
    actor.require(Capability::ContactsRead)?;
    let mut tx = service.db.read(actor.company).await?;
    Ok(store::fields(&mut tx, actor.company).await?)
}

pub(super) async fn create_field(service: &ContactService, actor: &Actor, draft: FieldDraft) -> Result<Field, Fault> {
    actor.require(Capability::FieldsManage)?;
    let draft = rules::field(&draft).map_err(|fields| Fault::Invalid { fields })?;
    let (id, now) = (FieldId(service.ids.uuid()), service.clock.now());
    let mut tx = service.db.begin(actor.company).await?;
    if store::fields(&mut tx, actor.company).await?.len() >= MAX_FIELDS {
        return Err(Fault::conflict("There are 200 custom fields already. Delete one that nobody needs first."));
    }
    store::insert_field(&mut tx, actor.company, id, &draft, now).await.map_err(|error| {
        if error.violates("key") {
            return Fault::conflict(format!("There is already a custom field {}. Choose another key.", draft.key));
        }
        error.into()
    })?;
    outbox::record(&mut tx, actor.company, "field.created", id, &json!({ "key": draft.key }), now);
    tx.commit().await?;
    Ok(Field { id, key: draft.key, label: draft.label, kind: draft.kind, options: draft.options })
}

pub(super) async fn update_field(
    service: &ContactService,
    actor: &Actor,
    id: FieldId,
    draft: FieldDraft,
) -> Result<Field, Fault> {
    actor.require(Capability::FieldsManage)?;
    let mut tx = service.db.begin(actor.company).await?;
    let fields = store::fields(&mut tx, actor.company).await?;
    let old = fields.into_iter().find(|f| f.id == id).ok_or_else(|| Fault::missing("Custom field"))?;
    let draft = FieldDraft { key: old.key, kind: old.kind, ..draft };
    let draft = rules::field(&draft).map_err(|fields| Fault::Invalid { fields })?;
    if draft.kind == FieldKind::Choice && old.options.iter().any(|o| !draft.options.contains(o)) {
        // Contacts may hold the option that goes: their values stay as text, and are only refused when written anew.
        tracing::debug!(field = %draft.key, "an option of a choice was removed");
    }
    store::update_field(&mut tx, actor.company, id, &draft).await?;
    outbox::record(&mut tx, actor.company, "field.updated", id, &json!({ "key": draft.key }), service.clock.now());
    tx.commit().await?;
    Ok(Field { id, key: draft.key, label: draft.label, kind: draft.kind, options: draft.options })
}

pub(super) async fn delete_field(service: &ContactService, actor: &Actor, id: FieldId) -> Result<(), Fault> {
    actor.require(Capability::FieldsManage)?;
    let mut tx = service.db.begin(actor.company).await?;
    let fields = store::fields(&mut tx, actor.company).await?;
    let field = fields.into_iter().find(|f| f.id == id).ok_or_else(|| Fault::missing("Custom field"))?;
    store::delete_field(&mut tx, actor.company, id).await?;
    outbox::record(&mut tx, actor.company, "field.deleted", id, &json!({ "key": field.key }), service.clock.now());
    tx.commit().await?;
    // The definition is gone, so no value can be written any more; the old ones go in stretches that block nobody.
    let mut after = Uuid::nil();
    loop {
        let mut tx = service.db.begin(actor.company).await?;
        let last = store::clear_field(&mut tx, actor.company, &field.key, after).await?;
        tx.commit().await?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
