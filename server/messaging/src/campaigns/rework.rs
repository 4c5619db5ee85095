//! A person decides about recipients that did not end well: try again, or settle what is not known.

use super::moves::{lost, open};
use super::service::{Service, found};
use super::store::{Stored, rework as store};
use super::{look, rules};
use crate::engine::outlet::Outlet;
use connect::email::Trace;
use contract::campaigns::{CampaignState, Rework, ReworkOrder, Reworked};
use contract::{Actor, CampaignId, Fault, SenderId};
use futures::{StreamExt, stream};
use kernel::outbox;
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Contacts that can be named at once.
const NAMED: usize = 1_000;

/// Whether a campaign in this state has rows to decide about. A cancelled one does not go on, and while it is being
/// prepared nobody has ended yet.
fn is_legal(state: CampaignState) -> bool {
    use CampaignState as S;
    matches!(state, S::Sending | S::Paused | S::Finished | S::FinishedWithFailures)
}

fn check(order: &ReworkOrder, stored: &Stored) -> Result<(), Fault> {
    if order.contacts.len() > NAMED {
        return Err(Fault::invalid("contacts", format!("Name at most {NAMED} contacts, or none for all.")));
    }
    if order.what == Rework::UnknownAgain && !order.sure {
        let why = "Some of them may have it already and would get it twice. Say that you are sure.";
        return Err(Fault::invalid("sure", why));
    }
    if !is_legal(stored.state) || stored.prepared.is_none() {
        let state = rules::in_words(stored.state);
        return Err(Fault::conflict(format!("There is nobody to decide about: this campaign is {state}.")));
    }
    Ok(())
}

/// Messages looked up in one call, and at once.
const LOOKED_UP: i64 = 500;
const AT_ONCE: usize = 4;
/// What was handed over more lately may still be on its way.
const SETTLED_SECONDS: i64 = 120;

/// Asks the servers what became of messages whose answer was lost, and settles those that are found.
async fn look_up(service: &Service, actor: &Actor, stored: &Stored, order: &ReworkOrder) -> Result<i64, Fault> {
    let (company, id, now) = (stored.company, stored.id, service.now());
    let before = now.plus_seconds(-SETTLED_SECONDS);
    let mut tx = service.parts.db.read(company).await?;
    let rows = store::unknown(&mut tx, stored, &order.contacts, before, LOOKED_UP).await?;
    drop(tx);
    let mut outlets: HashMap<SenderId, Option<Outlet>> = HashMap::new();
    let senders: Vec<SenderId> = rows.iter().filter_map(store::Lost::sender).collect();
    for sender in senders {
        if let Entry::Vacant(place) = outlets.entry(sender) {
            place.insert(service.parts.outlets.open(company, sender).await.ok());
        }
    }
    let is_nobody = rows.is_empty();
    let mut asks = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(Some(outlet)) = row.sender().and_then(|sender| outlets.get(&sender).cloned()) {
            asks.push(trace(outlet, row));
        }
    }
    let traced: Vec<(i64, Trace)> = stream::iter(asks).buffer_unordered(AT_ONCE).collect().await;
    if !is_nobody && traced.iter().all(|(_, trace)| *trace == Trace::Unasked) {
        return Err(Fault::conflict(
            "The servers of these messages cannot be asked. Only Microsoft 365 can, where Lux may read the mailbox. Decide yourself.",
        ));
    }
    let of = |wanted: Trace| -> Vec<i64> {
        traced.iter().filter(|(_, trace)| *trace == wanted).map(|(id, _)| *id).collect()
    };
    let (sent, unsent) = (of(Trace::Sent), of(Trace::NotSent));
    if sent.is_empty() && unsent.is_empty() {
        return Ok(0);
    }
    let mut tx = service.parts.db.begin(company).await?;
    if !store::hold_still(&mut tx, stored).await? {
        return Err(lost());
    }
    let mut recipients = store::found_sent(&mut tx, stored, &sent, now).await?;
    let again = store::found_unsent(&mut tx, stored, &unsent).await?;
    recipients += again;
    if again > 0 {
        store::go_on(&mut tx, stored, now).await?;
    } else {
        store::tidy(&mut tx, stored, now).await?;
    }
    let by = actor.user().map(|user| user.to_string());
    let payload = json!({ "by": by, "what": order.what, "recipients": recipients });
    outbox::record(&mut tx, company, "campaign.reworked", id, &payload, now);
    tx.commit().await?;
    Ok(recipients)
}

async fn trace(outlet: Outlet, row: store::Lost) -> (i64, Trace) {
    (row.id, outlet.transport.trace(&outlet.from, &row.message_id).await)
}

/// Does it, in one transaction. What goes back into the queue passes the gate like everything else.
pub(super) async fn rework(
    service: &Service,
    actor: &Actor,
    id: CampaignId,
    order: &ReworkOrder,
) -> Result<Reworked, Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.read(company).await?;
    let stored = found(&mut tx, company, id).await?;
    drop(tx);
    check(order, &stored)?;
    if order.what == Rework::UnknownCheck {
        let recipients = look_up(service, actor, &stored, order).await?;
        return Ok(Reworked { recipients, campaign: service.load(company, id).await? });
    }
    let sends = order.what != Rework::UnknownSent;
    if sends {
        look::refuse(look::written(service, &stored).await?)?;
    }
    let mut tx = service.parts.db.begin(company).await?;
    if sends {
        open(&mut tx, company).await?;
    }
    // The campaign first: nobody pauses, cancels or finishes it in between.
    if !store::hold_still(&mut tx, &stored).await? {
        return Err(lost());
    }
    let recipients = match order.what {
        Rework::RetryFailed => store::queue(&mut tx, &stored, "failed", &order.contacts).await?,
        Rework::UnknownAgain => store::queue(&mut tx, &stored, "unknown", &order.contacts).await?,
        Rework::UnknownSent => store::count_as_sent(&mut tx, &stored, &order.contacts, now).await?,
        Rework::UnknownCheck => 0,
    };
    if recipients > 0 {
        if sends {
            store::go_on(&mut tx, &stored, now).await?;
        } else {
            store::tidy(&mut tx, &stored, now).await?;
        }
        let by = actor.user().map(|user| user.to_string());
        let payload = json!({ "by": by, "what": order.what, "recipients": recipients });
        outbox::record(&mut tx, company, "campaign.reworked", id, &payload, now);
    }
    tx.commit().await?;
    Ok(Reworked { recipients, campaign: service.load(company, id).await? })
}
