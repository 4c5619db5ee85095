//! The moves of a campaign: decided on the state that was read, written only if it still holds.

use super::rules::Move;
use super::service::{Service, found};
use super::store::{self, HeldBy, Stored};
use super::{look, pacing};
use crate::brake;
use crate::engine::Parts;
use contract::campaigns::{Campaign, TestOf, When};
use contract::{Actor, CampaignId, CompanyId, Fault, Micros};
use kernel::{DbError, Tx, outbox, zone};
use serde_json::json;

/// Rows of a cancelled campaign that are closed at once; the engine closes the rest.
const CLOSE_AT_ONCE: i64 = 5000;

/// Somebody else moved first.
pub(super) fn lost() -> Fault {
    Fault::conflict("This campaign was changed meanwhile. Load it again to see where it stands.")
}

fn legal(step: Move, stored: &Stored) -> Result<(), Fault> {
    if step.is_legal(stored.state) { Ok(()) } else { Err(step.refuse(stored.state)) }
}

/// Commits a move with its event, if it hit.
async fn settle(
    mut tx: Tx,
    hit: Result<bool, DbError>,
    company: CompanyId,
    id: CampaignId,
    kind: &str,
    by: &Actor,
    now: Micros,
) -> Result<(), Fault> {
    if !hit? {
        return Err(lost());
    }
    let payload = json!({ "by": by.user().map(|user| user.to_string()) });
    outbox::record(&mut tx, company, kind, id, &payload, now);
    Ok(tx.commit().await?)
}

pub(super) async fn schedule(service: &Service, actor: &Actor, id: CampaignId, when: When) -> Result<Campaign, Fault> {
    let (company, now) = (actor.company, service.now());
    let at = zone::resolve(&when.wall, &when.zone).map_err(|fault| match fault {
        zone::ZoneFault::Unknown(_) => Fault::invalid("zone", fault.to_string()),
        zone::ZoneFault::Wall(_) => Fault::invalid("wall", fault.to_string()),
    })?;
    let mut tx = service.parts.db.read(company).await?;
    let stored = found(&mut tx, company, id).await?;
    drop(tx);
    legal(Move::Schedule, &stored)?;
    let at = match stored.draft.plan.by_zone.filter(|_| stored.prepared.is_none()) {
        Some(passed) => pacing::check_zones(&when.wall, passed, now)?,
        None if at <= now => return Err(Fault::invalid("wall", "That time has passed. Choose one to come.")),
        None => at,
    };
    // Who is on the lists is worked out at the start, so an audience that is empty today does not stand in the way.
    look::refuse(look::written(service, &stored).await?)?;
    let mut tx = service.parts.db.begin(company).await?;
    let hit = store::schedule(&mut tx, &stored, at, &when, now).await;
    settle(tx, hit, company, id, "campaign.scheduled", actor, now).await?;
    service.load(company, id).await
}

pub(super) async fn unschedule(service: &Service, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.begin(company).await?;
    let stored = found(&mut tx, company, id).await?;
    legal(Move::Unschedule, &stored)?;
    let hit = store::unschedule(&mut tx, &stored, now).await;
    settle(tx, hit, company, id, "campaign.unscheduled", actor, now).await?;
    service.load(company, id).await
}

/// Starts a draft, or goes on with what is held.
pub(super) async fn start(service: &Service, actor: &Actor, id: CampaignId, step: Move) -> Result<Campaign, Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.read(company).await?;
    let stored = found(&mut tx, company, id).await?;
    drop(tx);
    legal(step, &stored)?;
    let mut blockers = look::written(service, &stored).await?;
    if stored.frozen.is_none() && stored.when.is_none() {
        blockers.extend(needs_time(&stored));
    }
    if stored.frozen.is_none() {
        blockers.extend(look::empty(service, &stored).await?);
    }
    look::refuse(blockers)?;
    let mut tx = service.parts.db.begin(company).await?;
    open(&mut tx, company).await?;
    let hit = store::start(&mut tx, &stored, &stored.draft.content, now).await;
    let kind = if stored.prepared.is_some() { "campaign.resumed" } else { "campaign.preparing" };
    settle(tx, hit, company, id, kind, actor, now).await?;
    service.load(company, id).await
}

/// What cannot begin without a planned time.
fn needs_time(stored: &Stored) -> Option<String> {
    let plan = &stored.draft.plan;
    if plan.by_zone.is_some() {
        return Some("Each person's own clock needs a time. Schedule it instead of sending it now.".into());
    }
    let is_of_time = plan.test.as_ref().is_some_and(|test| test.of == TestOf::Time);
    is_of_time.then(|| "A test of times needs the first time. Schedule it instead of sending it now.".into())
}

pub(super) async fn pause(service: &Service, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.begin(company).await?;
    let stored = found(&mut tx, company, id).await?;
    legal(Move::Pause, &stored)?;
    let hit = store::hold(&mut tx, company, id, stored.state, "", HeldBy::Person, now).await;
    settle(tx, hit, company, id, "campaign.paused", actor, now).await?;
    service.load(company, id).await
}

pub(super) async fn cancel(service: &Service, actor: &Actor, id: CampaignId) -> Result<Campaign, Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.begin(company).await?;
    let stored = found(&mut tx, company, id).await?;
    legal(Move::Cancel, &stored)?;
    // From here on the gate is shut for it; the rows follow.
    if !store::cancel(&mut tx, &stored, now).await? {
        return Err(lost());
    }
    crate::engine::store::close_rows(&mut tx, company, id, now, CLOSE_AT_ONCE).await?;
    crate::engine::store::close_cancelled(&mut tx, company, id, now).await?;
    settle(tx, Ok(true), company, id, "campaign.cancelled", actor, now).await?;
    service.load(company, id).await
}

/// Stops everything of the company at once, and closes its brake. Not legal or illegal: it takes whatever may still go out.
pub(crate) async fn stop_all(parts: &Parts, actor: &Actor, reason: &str) -> Result<i64, Fault> {
    let (company, now) = (actor.company, parts.clock.now());
    let words = match reason.trim() {
        "" => "Emergency stop".to_owned(),
        reason => format!("Emergency stop: {}", reason.chars().take(300).collect::<String>()),
    };
    let payload = json!({ "by": actor.user().map(|user| user.to_string()), "reason": words });
    let mut tx = parts.db.begin(company).await?;
    brake::store::lock_for_change(&mut tx).await?;
    brake::store::stop(&mut tx, company, &words, actor.user(), now).await?;
    let stopped = store::uses::stop_all(&mut tx, company, &words, now).await?;
    for id in &stopped {
        outbox::record(&mut tx, company, "campaign.stopped", id, &payload, now);
    }
    outbox::record(&mut tx, company, "sending.stopped", company, &payload, now);
    tx.wake(brake::TAG);
    tx.commit().await?;
    Ok(i64::try_from(stopped.len()).unwrap_or(i64::MAX))
}

/// Refuses to start anything while the brake is closed.
pub(super) async fn open(tx: &mut Tx, company: CompanyId) -> Result<(), Fault> {
    match brake::store::closed(tx, company).await? {
        None => Ok(()),
        Some(closed) => Err(Fault::conflict(closed.in_words())),
    }
}
