//! The service: checks, writes the message out and puts it in the ledger in one transaction.

use super::store::{self, New};
use crate::engine::Parts;
use crate::policy;
use crate::render::{self, RenderError};
use async_trait::async_trait;
use connect::email::address;
use contract::messages::{Message, MessageDraft, MessageQuery, Messages};
use contract::templates::Content;
use contract::{Actor, Capability, Fault, MessageId, Page, SenderId};
use kernel::outbox;
use serde_json::json;

/// Most bytes of the values of one message.
const VALUES: usize = 256 * 1024;

/// Messages.
#[derive(Clone)]
pub struct Service {
    parts: Parts,
}

impl Service {
    /// Works with the same parts as the engine.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    async fn words(&self, actor: &Actor, draft: &MessageDraft) -> Result<Content, Fault> {
        match (draft.template, &draft.content) {
            (Some(_), Some(_)) | (None, None) => Err(Fault::invalid("content", "Give either a template or a content.")),
            (None, Some(content)) => Ok(content.clone()),
            (Some(id), None) => {
                let mut tx = self.parts.db.read(actor.company).await?;
                let found = crate::templates::store::get(&mut tx, actor.company, id).await?;
                Ok(found.ok_or_else(|| Fault::invalid("template", "There is no such template."))?.content)
            }
        }
    }

    async fn sender(&self, actor: &Actor, draft: &MessageDraft) -> Result<SenderId, Fault> {
        let mut tx = self.parts.db.read(actor.company).await?;
        let all = policy::store::sender_order(&mut tx, actor.company).await?;
        match (draft.sender, all.as_slice()) {
            (Some(sender), all) if all.contains(&sender) => Ok(sender),
            (Some(_), _) => Err(Fault::invalid("sender", "There is no such sender.")),
            (None, [only]) => Ok(*only),
            (None, []) => Err(Fault::invalid("sender", "Add a sender first.")),
            (None, _) => Err(Fault::invalid("sender", "There are several senders; name one.")),
        }
    }
}

fn unwritten(error: &RenderError) -> Fault {
    let field = match &error.variable {
        Some(name) => format!("variables.{name}"),
        None => format!("content.{}", error.field),
    };
    Fault::invalid(&field, error.message.clone())
}

#[async_trait]
impl Messages for Service {
    async fn send(&self, actor: &Actor, draft: MessageDraft) -> Result<Message, Fault> {
        actor.require(Capability::CampaignsSend)?;
        let to = address::normalise(&draft.to)
            .map_err(|error| Fault::invalid("to", format!("This is not an address: {error}.")))?;
        for (field, text) in [("to_name", &draft.to_name), ("from_name", &draft.from_name)] {
            if text.chars().count() > 200 || text.chars().any(char::is_control) {
                return Err(Fault::invalid(field, "A name is a single line of at most 200 characters."));
            }
        }
        let reply = draft.reply_to.trim();
        if !reply.is_empty() && address::normalise(reply).is_err() {
            return Err(Fault::invalid("reply_to", "Reply-To must be an address such as info@example.com, or empty."));
        }
        if kernel::db::json_rows(&draft.variables).len() > VALUES {
            return Err(Fault::invalid("variables", "The values are larger than 256 KB."));
        }
        let content = self.words(actor, &draft).await?;
        let sender = self.sender(actor, &draft).await?;
        let company = self.parts.companies.get(actor.company).await?;
        let written = render::write_once(&content, &draft.variables, &company).map_err(|error| unwritten(&error))?;
        let (id, now) = (MessageId(self.parts.ids.uuid()), self.parts.clock.now());
        let mut tx = self.parts.db.begin(actor.company).await?;
        let new = New { id, draft: &draft, address: to.as_str(), sender, written: &written };
        store::insert(&mut tx, actor.company, &new, now).await?;
        outbox::record(&mut tx, actor.company, "message.accepted", id, &json!({}), now);
        tx.commit().await?;
        self.get(&Actor { scopes: None, ..actor.clone() }, id).await
    }

    async fn list(&self, actor: &Actor, query: MessageQuery) -> Result<Page<Message>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let limit = match query.limit {
            0 => 50,
            n => i64::from(n.min(100)),
        };
        let mut tx = self.parts.db.read(actor.company).await?;
        let (items, next) = store::page(&mut tx, actor.company, &query, limit).await?;
        Ok(Page { items, next, total: None })
    }

    async fn get(&self, actor: &Actor, id: MessageId) -> Result<Message, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        store::get(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("Message"))
    }
}
