//! The contacts service: checks who asks, validates, acts and tells the outbox, in one transaction.

mod bulk;
mod edit;
mod groups;
mod read;

use crate::ports::{ListUse, Zones};
use async_trait::async_trait;
use contract::contacts::{
    AudienceSummary, BulkAct, BulkDone, Channel, ConsentState, Contact, ContactDraft, ContactFilter, ContactQuery,
    ContactRow, Contacts, ExportPart, Field, FieldDraft, List, Moment, Selection, Tag, Upserted,
};
use contract::live::Hit;
use contract::{Actor, ContactId, Cursor, Fault, FieldId, ListId, Page, TagId};
use kernel::{Clock, Db, Ids};
use std::collections::BTreeMap;
use std::sync::Arc;

/// [`Contacts`] over the database.
#[derive(Clone)]
pub struct ContactService {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) zones: Arc<dyn Zones>,
    pub(crate) list_use: Arc<dyn ListUse>,
}

impl ContactService {
    /// `zones` tells the company's zone for figures per day, `list_use` which lists a campaign still needs.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        zones: Arc<dyn Zones>,
        list_use: Arc<dyn ListUse>,
    ) -> Self {
        Self { db, clock, ids, zones, list_use }
    }
}

#[async_trait]
impl Contacts for ContactService {
    async fn list(&self, actor: &Actor, query: ContactQuery) -> Result<Page<ContactRow>, Fault> {
        read::list(self, actor, query).await
    }

    async fn count(&self, actor: &Actor, filter: ContactFilter) -> Result<i64, Fault> {
        read::count(self, actor, filter).await
    }

    async fn get(&self, actor: &Actor, id: ContactId) -> Result<Contact, Fault> {
        read::get(self, actor, id).await
    }

    async fn by_emails(&self, actor: &Actor, emails: Vec<String>) -> Result<BTreeMap<String, ContactId>, Fault> {
        read::by_emails(self, actor, emails).await
    }

    async fn create(&self, actor: &Actor, draft: ContactDraft) -> Result<Contact, Fault> {
        edit::create(self, actor, draft).await
    }

    async fn update(&self, actor: &Actor, id: ContactId, draft: ContactDraft) -> Result<Contact, Fault> {
        edit::update(self, actor, id, draft).await
    }

    async fn set_consent(
        &self,
        actor: &Actor,
        id: ContactId,
        channel: Channel,
        state: ConsentState,
        source: String,
    ) -> Result<Contact, Fault> {
        edit::set_consent(self, actor, id, channel, state, &source).await
    }

    async fn bulk(&self, actor: &Actor, selection: Selection, act: BulkAct) -> Result<BulkDone, Fault> {
        bulk::bulk(self, actor, selection, act).await
    }

    async fn undo(&self, actor: &Actor, token: String) -> Result<i64, Fault> {
        bulk::undo(self, actor, &token).await
    }

    async fn timeline(&self, actor: &Actor, id: ContactId, cursor: Option<Cursor>) -> Result<Page<Moment>, Fault> {
        read::timeline(self, actor, id, cursor).await
    }

    async fn upsert_many(&self, actor: &Actor, drafts: Vec<ContactDraft>) -> Result<Upserted, Fault> {
        edit::upsert_many(self, actor, drafts).await
    }

    async fn export(&self, actor: &Actor, filter: ContactFilter, cursor: Option<Cursor>) -> Result<ExportPart, Fault> {
        read::export(self, actor, filter, cursor).await
    }

    async fn fields(&self, actor: &Actor) -> Result<Vec<Field>, Fault> {
        groups::fields(self, actor).await
    }

    async fn create_field(&self, actor: &Actor, draft: FieldDraft) -> Result<Field, Fault> {
        groups::create_field(self, actor, draft).await
    }

    async fn update_field(&self, actor: &Actor, id: FieldId, draft: FieldDraft) -> Result<Field, Fault> {
        groups::update_field(self, actor, id, draft).await
    }

    async fn delete_field(&self, actor: &Actor, id: FieldId) -> Result<(), Fault> {
        groups::delete_field(self, actor, id).await
    }

    async fn tags(&self, actor: &Actor) -> Result<Vec<Tag>, Fault> {
        groups::tags(self, actor).await
    }

    async fn rename_tag(&self, actor: &Actor, id: TagId, name: String) -> Result<(), Fault> {
        groups::rename_tag(self, actor, id, &name).await
    }

    async fn delete_tag(&self, actor: &Actor, id: TagId) -> Result<(), Fault> {
        groups::delete_tag(self, actor, id).await
    }

    async fn lists(&self, actor: &Actor) -> Result<Vec<List>, Fault> {
        groups::lists(self, actor).await
    }

    async fn get_list(&self, actor: &Actor, id: ListId) -> Result<List, Fault> {
        groups::get_list(self, actor, id).await
    }

    async fn create_list(&self, actor: &Actor, name: String, description: String) -> Result<List, Fault> {
        groups::create_list(self, actor, &name, &description).await
    }

    async fn update_list(&self, actor: &Actor, id: ListId, name: String, description: String) -> Result<List, Fault> {
        groups::update_list(self, actor, id, &name, &description).await
    }

    async fn delete_list(&self, actor: &Actor, id: ListId) -> Result<(), Fault> {
        groups::delete_list(self, actor, id).await
    }

    async fn search(&self, actor: &Actor, text: String, limit: u32) -> Result<Vec<Hit>, Fault> {
        read::search(self, actor, &text, limit).await
    }

    async fn summary(&self, actor: &Actor) -> Result<AudienceSummary, Fault> {
        read::summary(self, actor).await
    }
}
