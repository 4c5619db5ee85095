//! The mails of accounts, through a company's own sender.

use async_trait::async_trait;
use connect::email::{Envelope, Mailbox, Message, Outcome, address, mime};
use contract::senders::{Sender, Senders};
use contract::{Actor, CompanyId, Fault};
use kernel::{Clock, Ids};
use messaging::engine::outlet::Outlets;
use messaging::senders::{Service, Transports};
use platform::accounts::Post;
use std::sync::Arc;

/// Sends through the first sender of the company that is not failing.
pub struct SenderPost {
    senders: Service,
    transports: Transports,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl SenderPost {
    /// On these parts.
    pub fn new(senders: Service, transports: Transports, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { senders, transports, clock, ids }
    }

    async fn sender(&self, company: Option<CompanyId>) -> Result<Option<(CompanyId, Sender)>, Fault> {
        let Some(company) = company else { return Ok(None) };
        let all = self.senders.list(&Actor::system(company)).await?;
        let best = all.iter().find(|s| s.health.state != "failing").or(all.first());
        Ok(best.map(|s| (company, s.clone())))
    }
}

#[async_trait]
impl Post for SenderPost {
    async fn ready(&self, company: Option<CompanyId>) -> Result<bool, Fault> {
        Ok(self.sender(company).await?.is_some())
    }

    async fn post(&self, company: Option<CompanyId>, to: &str, subject: &str, text: &str) -> Result<bool, Fault> {
        let Some((company, sender)) = self.sender(company).await? else { return Ok(false) };
        let outlet = self.transports.open(company, sender.id).await.map_err(|e| Fault::conflict(e.to_string()))?;
        let to = address::normalise(to).map_err(|e| Fault::invalid("email", e.to_string()))?;
        let from = match outlet.from_name.as_str() {
            "" => Mailbox::bare(outlet.from.clone()),
            name => Mailbox::named(name, outlet.from.clone()),
        };
        let id = format!("{}@{}", self.ids.uuid().simple(), outlet.from.domain());
        let mut message = Message::new(from, Mailbox::bare(to.clone()), subject.to_owned(), id, self.clock.now().0);
        message.text = text.to_owned();
        message.auto_submitted = true;
        let bytes = mime::build(&message).map_err(|e| Fault::invalid("subject", e.to_string()))?;
        let envelope = Envelope { from: outlet.from.clone(), to };
        match outlet.transport.send(&envelope, &bytes).await {
            // An answer that got lost counts as sent: a second mail with a secret in it helps nobody.
            Outcome::Accepted { .. } | Outcome::Unknown { .. } => Ok(true),
            other => Err(Fault::Busy { retry_after: 60, message: other.to_string() }),
        }
    }
}
