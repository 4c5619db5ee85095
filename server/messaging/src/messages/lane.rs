//! The lane of single messages: claim, gate, hand over, settle; one task per message, served before campaigns.

use super::store::{self, Held};
use crate::engine::core::{Core, after};
use crate::engine::deliver::{Try, hand_over};
use crate::engine::domains::{Admission, domain_of};
use crate::engine::faults::Point;
use crate::engine::outlet::{Outlet, OutletError};
use crate::engine::rules::End;
use crate::engine::store::Work;
use crate::gate::{Answer, Purpose, Request, Verdict};
use connect::email::{Mailbox, Message, address, mime};
use contract::campaigns::RecipientState;
use contract::messages::Certainty;
use contract::sending::Delivery;
use contract::{CampaignId, ContactId, Micros};
use kernel::{DbError, Scope, outbox};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Messages claimed at once.
const BATCH: i64 = 20;
/// Most of them under way on this node.
const MOST: usize = 100;

/// Until the engine ends.
pub(crate) async fn run(core: Arc<Core>) {
    let mut wake = core.parts.db.listen(store::TAG);
    loop {
        let took = match core.brake.is_sure() && !core.stop.is_cancelled() {
            true => serve(&core).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "single messages were not served; trying again");
                0
            }),
            false => 0,
        };
        if took == 0 {
            wake.woken_or(core.pause()).await;
        }
    }
}

/// Starts what is due; answers how much that was.
async fn serve(core: &Arc<Core>) -> Result<usize, DbError> {
    if core.messages_under_way() >= MOST {
        return Ok(0);
    }
    let (now, claim) = (core.now(), core.parts.ids.uuid());
    if !store::is_due(&mut core.parts.db.read(Scope::System).await?, now).await? {
        return Ok(0);
    }
    let mut tx = core.parts.db.begin(Scope::System).await?;
    let expired = store::expire(&mut tx, now).await?;
    let held = store::claim(&mut tx, claim, &core.node, now, core.lease(now), BATCH).await?;
    tx.commit().await?;
    if expired > 0 {
        tracing::warn!(expired, "a node fell silent; its single messages were settled");
    }
    let took = held.len();
    for held in held {
        let of_core = Arc::clone(core);
        core.spawn_message(async move { one(of_core, held, claim).await });
    }
    Ok(took)
}

/// One message from claim to settlement, with signs of life in between.
async fn one(core: Arc<Core>, held: Held, claim: Uuid) {
    let alive = async {
        loop {
            tokio::time::sleep(core.options.renew).await;
            let renewed = async {
                let mut tx = core.parts.db.begin(held.company_id).await?;
                store::renew(&mut tx, &held, &core.node, core.lease(core.now())).await?;
                tx.commit().await
            };
            if let Err(error) = renewed.await {
                tracing::debug!(%error, "the lease of a message was not renewed; trying again");
            }
        }
    };
    tokio::select! {
        () = work(&core, &held, claim) => {}
        () = alive => {}
    }
}

async fn work(core: &Arc<Core>, held: &Held, claim: Uuid) {
    let mut was_handed = false;
    let end = match through(core, held, claim, &mut was_handed).await {
        Ok(Some(end)) => end,
        Ok(None) => return,
        // Before the intent nothing can have left; after it the lease decides.
        Err(error) if was_handed => {
            tracing::warn!(%error, message = %held.id, "the outcome of a message is not known");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, message = %held.id, "a message was put back; it is tried again");
            End::back(after(core.now(), Duration::from_secs(1)), "")
        }
    };
    settle(core, held, claim, end, was_handed).await;
}

async fn settle(core: &Core, held: &Held, claim: Uuid, mut end: End, was_handed: bool) {
    let is_repeat = end.state == RecipientState::Unknown && held.certainty() == Certainty::AtLeastOnce;
    if is_repeat {
        let plan = core.retry(held.company_id).await;
        end = End::again(held.attempts + 1, core.now(), &plan, "lost", &end.detail);
        if end.state == RecipientState::Failed {
            end.state = RecipientState::Unknown;
        }
    }
    let mut wait = Duration::from_millis(20);
    loop {
        let now = core.now();
        let written = async {
            let mut tx = core.parts.db.begin(held.company_id).await?;
            if store::settle(&mut tx, held, claim, &end, was_handed, is_repeat, now).await? {
                if end.reason == "hard" && end.state == RecipientState::Failed {
                    let audience = &core.parts.audience;
                    audience.suppress(&mut tx, held.company_id, &held.address, "bounced", "message", now).await?;
                }
                if end.state != RecipientState::Pending {
                    let kind = format!("message.{}", end.state.as_str());
                    outbox::record(&mut tx, held.company_id, &kind, held.id, &serde_json::json!({}), now);
                }
            }
            core.point(Point::BeforeSettle).await;
            tx.commit().await
        };
        match written.await {
            Err(error) if error.is_transient() => {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
            Err(error) => {
                tracing::error!(%error, message = %held.id, "an outcome cannot be written");
                return;
            }
            Ok(()) => return,
        }
    }
}

/// The way of a message; `None` when it was no longer ours.
async fn through(core: &Arc<Core>, held: &Held, claim: Uuid, was_handed: &mut bool) -> Result<Option<End>, DbError> {
    let company = held.company_id;
    let now = core.now();
    if core.brake.closed(company).await.is_some() {
        return Ok(Some(End::back(after(now, Duration::from_secs(2)), "Sending is stopped.")));
    }
    let outlet = match core.parts.outlets.open(company, held.sender_id).await {
        Ok(outlet) => outlet,
        Err(OutletError::Db(error)) => return Err(error),
        Err(OutletError::Gone) => return Ok(Some(End::settled(RecipientState::Failed, "", "Its sender was deleted."))),
        Err(OutletError::Unusable(why)) => return Ok(Some(End::back(after(now, Duration::from_secs(60)), &why))),
    };
    let gauge = core.gauge(company, held.sender_id);
    gauge.resize(outlet.pool);
    if let Some(until) = gauge.closed_until(now) {
        // Campaigns of this sender let it go first when there is room again.
        core.go_before(company, held.sender_id);
        return Ok(Some(End::back(until, "Waits for its sender.")));
    }
    let Ok(to) = address::normalise(&held.address) else {
        return Ok(Some(End::settled(RecipientState::Failed, "invalid_address", "")));
    };
    let key = (company, held.sender_id, domain_of(&held.address));
    let ticket = match core.domains.admit(&key, gauge.width(), None, now) {
        Admission::Go(ticket) => ticket,
        Admission::Later(at, why) => return Ok(Some(End::back(at, &format!("{} {why}.", key.2)))),
        Admission::Soon => return Ok(Some(End::back(after(now, Duration::from_millis(250)), ""))),
    };
    let message_id = message_id(held, &outlet);
    let mut tx = core.parts.db.begin(company).await?;
    let to = [(ContactId(Uuid::nil()), to)];
    let request = Request {
        company,
        purpose: Purpose::Message,
        sender: held.sender_id,
        to: &to,
        pace: None,
        timing: None,
        policy: None,
        now,
    };
    let pass = match core.gate.check(&mut tx, &request).await? {
        Answer::Open(verdicts) => match verdicts.into_iter().next() {
            Some(Verdict::Go(pass, _)) => pass,
            Some(Verdict::Skip(code, detail)) => {
                return Ok(Some(End::settled(RecipientState::Skipped, code, &detail)));
            }
            Some(Verdict::Wait(at) | Verdict::Later(at) | Verdict::Paced(at) | Verdict::Crowded(at)) => {
                core.go_before(company, held.sender_id);
                return Ok(Some(End::back(at, "Waits for room under the limits of its sender.")));
            }
            None => return Ok(Some(End::back(now, ""))),
        },
        Answer::Braked(closed) => return Ok(Some(End::back(after(now, Duration::from_secs(2)), closed.in_words()))),
        Answer::Stopped => return Ok(Some(End::back(after(now, Duration::from_secs(2)), ""))),
    };
    if !store::hand(&mut tx, held, claim, &message_id, now, core.lease(now)).await? {
        return Ok(None);
    }
    tx.commit().await?;
    core.point(Point::AfterHand).await;
    *was_handed = true;
    core.went(company, held.sender_id);
    let bytes = match write(held, &outlet, &message_id, pass.to(), claim) {
        Ok(bytes) => bytes,
        Err(why) => return Ok(Some(End::settled(RecipientState::Failed, "render_error", &why))),
    };
    let delivery = Delivery::default();
    // No campaign: what would hold one holds nothing.
    let campaign = CampaignId(Uuid::nil());
    let work = Work { company, campaign, sender: Some(held.sender_id), epoch: 0, delivery };
    let attempt = Try { bytes, attempts: held.attempts + 1, ticket: &ticket, row: None, is_express: true };
    Ok(Some(hand_over(core, &work, &outlet, &gauge, pass, attempt).await))
}

/// The same on every try, so that receivers can tell a repeat.
fn message_id(held: &Held, outlet: &Outlet) -> String {
    let mut hash = Sha256::new();
    hash.update(held.company_id.0.as_bytes());
    hash.update(held.id.0.as_bytes());
    let digest = hash.finalize();
    format!("{}@{}", hex::encode(digest.get(..16).unwrap_or_default()), outlet.from.domain())
}

fn write(
    held: &Held,
    outlet: &Outlet,
    message_id: &str,
    to: &connect::email::Address,
    attempt: Uuid,
) -> Result<Vec<u8>, String> {
    let filled = |own: &'_ str, usual: &str| if own.is_empty() { usual.to_owned() } else { own.to_owned() };
    let named = |name: String, address: &connect::email::Address| match name.trim() {
        "" => Mailbox::bare(address.clone()),
        name => Mailbox::named(name, address.clone()),
    };
    let from = named(filled(&held.from_name, &outlet.from_name), &outlet.from);
    // The time it was accepted: a repeat is the same message.
    let at = Micros(held.created_at).0;
    let mut message = Message::new(from, named(held.to_name.clone(), to), held.subject.clone(), message_id, at);
    message.reply_to = address::normalise(&filled(&held.reply_to, &outlet.reply_to)).ok().map(Mailbox::bare);
    message.html.clone_from(&held.html);
    message.text.clone_from(&held.body);
    message.attempt = Some(attempt.simple().to_string());
    mime::build(&message).map_err(|error| error.to_string())
}
