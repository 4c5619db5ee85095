//! A person decides about recipients that did not end well: try again, or settle what is not known.

use super::moves::{lost, open};
use super::service::{Service, found};
use super::store::{Stored, rework as store};
use super::{look, rules};
use contract::campaigns::{CampaignState, Rework, ReworkOrder, Reworked};
use contract::{Actor, CampaignId, Fault};
use kernel::outbox;
use serde_json::json;

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
