//! Templates as people see them.

use super::preview::Preview;
use super::{starters, store};
use crate::campaigns::files::with_pictures;
use crate::campaigns::store::files;
use crate::ports::{Audience, Companies, Person};
use crate::render::example_person;
use async_trait::async_trait;
use contract::fault::Refusals;
use contract::templates::{Content, PreviewRequest, Rendered, SourceKind, Template, TemplateRow, Templates};
use contract::{Actor, CampaignId, Capability, ContactId, Fault, Micros, TemplateId};
use kernel::{Clock, Db, DbError, Ids, Tx, outbox};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Longest source or text part, in bytes.
const LONGEST: usize = 1_000_000;
const LONGEST_NAME: usize = 120;
const LONGEST_LINE: usize = 500;

/// The templates of a company.
#[derive(Clone)]
pub struct Service {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    audience: Arc<dyn Audience>,
    companies: Arc<dyn Companies>,
}

impl Service {
    /// On these parts.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        audience: Arc<dyn Audience>,
        companies: Arc<dyn Companies>,
    ) -> Self {
        Self { db, clock, ids, audience, companies }
    }

    async fn add(&self, tx: &mut Tx, actor: &Actor, name: String, content: Content) -> Result<Template, Fault> {
        let (id, now) = (TemplateId(self.ids.uuid()), self.clock.now());
        store::insert(tx, actor.company, id, &name, &content, now).await.map_err(taken)?;
        outbox::record(tx, actor.company, "template.created", id, &json!({ "name": name }), now);
        Ok(Template { id, name, content, created: now, updated: now })
    }

    /// The person to write for, and what to call them.
    async fn person(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        contact: Option<ContactId>,
        content: &Content,
    ) -> Result<(Person, String), Fault> {
        let Some(contact) = contact else {
            return Ok((example_person(&field_keys(content)), "Example person".into()));
        };
        actor.require(Capability::ContactsRead)?;
        let found = self.audience.people(tx, actor.company, &[contact]).await?.pop();
        let person = found.ok_or_else(|| Fault::missing("Contact"))?;
        let name = format!("{} {}", person.first_name, person.last_name);
        let shown_as = match name.trim() {
            "" => person.email.clone(),
            name => name.to_owned(),
        };
        Ok((person, shown_as))
    }
}

/// The keys of custom fields that a content reads, so that the example person has them.
fn field_keys(content: &Content) -> Vec<String> {
    let mut keys = Vec::new();
    for text in [&content.subject, &content.preheader, &content.source, &content.text] {
        for part in text.split("contact.fields.").skip(1) {
            let key: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !key.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// The name as it is stored. Content is kept however unfinished it is: whether it can be sent is asked when it is sent.
fn checked(name: &str, content: &Content) -> Result<String, Fault> {
    let name = name.trim().to_owned();
    let mut refused = Refusals::new();
    refused.check(
        name.is_empty() || name.chars().count() > LONGEST_NAME,
        "name",
        "Give the template a name of at most 120 characters.",
    );
    for (field, line) in [("subject", &content.subject), ("preheader", &content.preheader)] {
        refused.check(line.chars().count() > LONGEST_LINE, field, "Write at most 500 characters here.");
    }
    for (field, text) in [("source", &content.source), ("text", &content.text)] {
        refused.check(
            text.len() > LONGEST,
            field,
            "This is longer than 1 MB, which mail programs do not take. Make it shorter.",
        );
    }
    // PostgreSQL cannot store it, and no mail has use for it.
    for (field, text) in [
        ("name", &name),
        ("subject", &content.subject),
        ("preheader", &content.preheader),
        ("source", &content.source),
        ("text", &content.text),
    ] {
        refused.check(text.contains('\0'), field, "There is a zero character in this. Remove it.");
    }
    refused.done()?;
    Ok(name)
}

fn taken(error: DbError) -> Fault {
    match error {
        error if error.violates("name") => {
            Fault::invalid("name", "There is a template of this name. Choose another one.")
        }
        other => other.into(),
    }
}

/// `News copy`, `News copy 2`, … : the first that is free and fits.
fn copy_name(name: &str, names: &[String]) -> String {
    let numbered = |n: u32| {
        let tail = if n == 1 { " copy".to_owned() } else { format!(" copy {n}") };
        let head: String = name.chars().take(LONGEST_NAME - tail.chars().count()).collect();
        head.trim_end().to_owned() + &tail
    };
    (1..).map(numbered).find(|candidate| !names.contains(candidate)).unwrap_or_default()
}

#[async_trait]
impl Templates for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<TemplateRow>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.db.read(actor.company).await?;
        Ok(store::list(&mut tx, actor.company).await?)
    }

    async fn get(&self, actor: &Actor, id: TemplateId) -> Result<Template, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.db.read(actor.company).await?;
        store::get(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("Template"))
    }

    async fn starter(&self, actor: &Actor, kind: SourceKind) -> Result<Content, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let company = self.companies.get(actor.company).await?;
        Ok(starters::starter(kind, &company.name))
    }

    async fn create(&self, actor: &Actor, name: String, content: Content) -> Result<Template, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let name = checked(&name, &content)?;
        let mut tx = self.db.begin(actor.company).await?;
        let made = self.add(&mut tx, actor, name, content).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn update(
        &self,
        actor: &Actor,
        id: TemplateId,
        name: String,
        content: Content,
        seen: Option<Micros>,
    ) -> Result<Template, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let name = checked(&name, &content)?;
        let mut tx = self.db.begin(actor.company).await?;
        let before = store::get(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("Template"))?;
        // Never twice the same instant, or the second of two quick changes would not be noticed.
        let now = Micros(self.clock.now().0.max(before.updated.0 + 1));
        let seen = seen.unwrap_or(before.updated);
        if !store::update(&mut tx, actor.company, id, &name, &content, seen, now).await.map_err(taken)? {
            return Err(Fault::conflict("Somebody else changed this template meanwhile. Load it again to see what."));
        }
        outbox::record(&mut tx, actor.company, "template.changed", id, &json!({ "name": name }), now);
        tx.commit().await?;
        Ok(Template { id, name, content, created: before.created, updated: now })
    }

    async fn duplicate(&self, actor: &Actor, id: TemplateId) -> Result<Template, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let mut tx = self.db.begin(actor.company).await?;
        let original = store::get(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("Template"))?;
        let name = copy_name(&original.name, &store::names(&mut tx, actor.company).await?);
        let made = self.add(&mut tx, actor, name, original.content).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn delete(&self, actor: &Actor, id: TemplateId) -> Result<(), Fault> {
        actor.require(Capability::CampaignsWrite)?;
        let mut tx = self.db.begin(actor.company).await?;
        if !store::delete(&mut tx, actor.company, id).await? {
            return Err(Fault::missing("Template"));
        }
        outbox::record(&mut tx, actor.company, "template.deleted", id, &json!({}), self.clock.now());
        tx.commit().await?;
        Ok(())
    }

    async fn preview(&self, actor: &Actor, request: PreviewRequest) -> Result<Rendered, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let company = self.companies.get(actor.company).await?;
        let mut tx = self.db.read(actor.company).await?;
        let (person, shown_as) = self.person(&mut tx, actor, request.contact, &request.content).await?;
        let campaign_name = match request.campaign {
            Some(id) => {
                store::campaign_name(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("Campaign"))?
            }
            None => "Your campaign".to_owned(),
        };
        let bodies = match request.campaign {
            Some(id) if request.content.source.contains("cid:") => files::bodies(&mut tx, actor.company, id).await?,
            _ => Vec::new(),
        };
        drop(tx);
        let preview = Preview {
            content: &request.content,
            company: &company,
            campaign: request.campaign.unwrap_or(CampaignId(Uuid::nil())),
            campaign_name: &campaign_name,
            person: &person,
            shown_as,
        };
        let rendered = preview.render();
        Ok(Rendered { html: with_pictures(&rendered.html, &bodies), ..rendered })
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_copy_takes_the_first_free_name() {
        let names = ["News".to_owned(), "News copy".to_owned(), "News copy 2".to_owned()];
        assert_eq!(copy_name("News", &names), "News copy 3");
        assert_eq!(copy_name("Other", &names), "Other copy");
        assert!(copy_name(&"å".repeat(120), &names).chars().count() <= LONGEST_NAME);
    }

    #[test]
    fn the_example_person_has_the_fields_that_are_asked_for() {
        let content = Content {
            source: "{{ contact.fields.plan }} {{contact.fields.city|default('x')}} contact.fields.plan".into(),
            ..Content::default()
        };
        assert_eq!(field_keys(&content), ["plan", "city"]);
    }
}
