//! The way out, and back.

use super::rules::mask;
use super::service::{Tracker, who};
use super::store;
use super::token::Token;
use crate::ports::Moment;
use contract::contacts::ConsentState;
use contract::tracking::UnsubscribeView;
use contract::{Fault, Micros};
use kernel::{DbError, outbox};
use serde_json::json;

/// Where the consent says that its change came from.
const SOURCE: &str = "unsubscribe link";

impl Tracker {
    /// What the page shows. Changes nothing.
    pub(super) async fn view(&self, token: &Token) -> Result<UnsubscribeView, Fault> {
        let company = self.companies.get(token.company).await?;
        let who = who(token);
        let mut tx = self.db.read(token.company).await?;
        let person = self.audience.people(&mut tx, token.company, &[token.contact]).await?.pop();
        let address = match store::address(&mut tx, who).await? {
            Some(address) => address,
            None => person.as_ref().map(|p| p.email.clone()).unwrap_or_default(),
        };
        let subscribed = person.is_some_and(|p| p.consent == ConsentState::Subscribed);
        let left = store::unsubscription(&mut tx, who).await?.filter(|u| u.undone_at.is_none());
        Ok(UnsubscribeView {
            company: company.name,
            address: mask(&address),
            subscribed: subscribed || token.test,
            since: left.filter(|_| !subscribed && !token.test).map(|u| Micros(u.at)),
            test: token.test,
        })
    }

    /// Takes the consent back, in one commit with what says so. Again is no fault; a reason given later is added.
    pub(super) async fn leave(&self, token: &Token, reason: &str, one_click: bool) -> Result<(), DbError> {
        let (who, now) = (who(token), self.clock.now());
        let mut tx = self.db.begin(token.company).await?;
        let recipient = store::leaving(&mut tx, who).await?;
        let before = store::unsubscription(&mut tx, who).await?;
        let said = (!reason.is_empty()).then_some(reason);
        let changed = self.audience.unsubscribe(&mut tx, token.company, token.contact, SOURCE, said, now).await?;
        match &before {
            // Nothing new but perhaps the reason.
            Some(before) if before.undone_at.is_none() && !changed => {
                if let Some(reason) = said.filter(|reason| *reason != before.reason) {
                    store::set_reason(&mut tx, who, reason).await?;
                    self.audience.record(&mut tx, token.company, vec![reason_given(token, reason, now)]).await?;
                }
            }
            _ => store::put_unsubscription(&mut tx, who, now, one_click, reason, changed).await?,
        }
        if changed {
            if recipient.as_ref().is_some_and(|r| r.unsubscribed_at.is_none()) {
                store::set_unsubscribed(&mut tx, who, Some(now)).await?;
            }
            let campaign = recipient.map(|r| r.name).unwrap_or_default();
            let payload = json!({
                "campaign": token.campaign, "campaign_name": campaign, "reason": reason, "one_click": one_click,
            });
            outbox::record(&mut tx, token.company, "contact.unsubscribed", token.contact, &payload, now);
        }
        tx.commit().await
    }

    /// Gives the consent back that this link took, and no other.
    pub(super) async fn come_back(&self, token: &Token) -> Result<(), Fault> {
        let (who, now) = (who(token), self.clock.now());
        let mut tx = self.db.begin(token.company).await?;
        // Locks the recipient first, as `leave` does.
        let recipient = store::leaving(&mut tx, who).await?;
        match store::unsubscription(&mut tx, who).await? {
            Some(left) if left.holds() => {}
            Some(left) if left.undone_at.is_some() => return Ok(()),
            _ => {
                let message =
                    "This link did not unsubscribe you, so it cannot subscribe you again. Ask the sender to add you.";
                return Err(Fault::conflict(message));
            }
        }
        store::undo(&mut tx, who, now).await?;
        if recipient.is_some() {
            store::set_unsubscribed(&mut tx, who, None).await?;
        }
        if self.audience.resubscribe(&mut tx, token.company, token.contact, SOURCE, now).await? {
            let payload = json!({ "campaign": token.campaign });
            outbox::record(&mut tx, token.company, "contact.resubscribed", token.contact, &payload, now);
        }
        Ok(tx.commit().await?)
    }
}

fn reason_given(token: &Token, reason: &str, at: Micros) -> Moment {
    Moment {
        contact: token.contact,
        kind: "unsubscribed".into(),
        title: "Said why they unsubscribed".into(),
        detail: reason.to_owned(),
        href: format!("/campaigns/{}", token.campaign),
        at,
    }
}
