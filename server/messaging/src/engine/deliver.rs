//! One message: write it, wait for a place on a connection, hand it over, pass its outcome on.

use super::core::{Core, after};
use super::domains::{Learnt, Ticket};
use super::faults::Point;
use super::gauge::{Gauge, Note};
use super::outlet::Outlet;
use super::press::{Press, Stamp};
use super::rules::{End, judge};
use super::settle::{Item, Outcome};
use super::store::{Claimed, Intent, Work};
use crate::gate::Pass;
use crate::limits;
use crate::ports::Person;
use connect::email::Outcome as Answer;
use contract::campaigns::RecipientState;
use kernel::DbError;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// A row whose intent is committed.
pub(super) struct Delivery {
    pub row: Claimed,
    pub intent: Intent,
    pub pass: Pass,
    pub person: Box<Person>,
    pub ticket: Ticket,
}

/// Ends with the outcome in the hands of the settler, whatever happens.
pub(super) async fn deliver(
    core: Arc<Core>,
    work: Work,
    outlet: Arc<Outlet>,
    press: Arc<Press>,
    gauge: Arc<Gauge>,
    delivery: Delivery,
    permit: OwnedSemaphorePermit,
) {
    let Delivery { row, intent, pass, person, ticket } = delivery;
    let stamp = Stamp {
        to: pass.to(),
        message_id: &intent.message_id,
        attempt: intent.attempt.simple().to_string(),
        at: core.now(),
        is_test: false,
    };
    let address = stamp.to.as_str().to_owned();
    let (row_id, contact, epoch, attempts) = (row.id, row.contact_id, row.epoch, row.attempts + 1);
    let end = match press.write_variant(&person, &outlet, &stamp, row.variant) {
        Err(why) => {
            let detail = format!("{why} ({})", stamp.to.as_str());
            End::settled(RecipientState::Skipped, "render_error", &detail)
        }
        Ok(bytes) => {
            let attempt = Try { bytes, attempts, ticket: &ticket, row: Some(row_id), is_express: false };
            hand_over(&core, &work, &outlet, &gauge, pass, attempt).await
        }
    };
    let outcome = Outcome {
        company: work.company,
        campaign: work.campaign,
        campaign_name: press.name(),
        contact,
        address,
        row: row_id,
        attempt: intent.attempt,
        epoch,
        end,
    };
    // A closed channel means that the engine is dead: the row's lease tells the rest.
    core.outcomes.send(Item::Outcome(outcome)).await.ok();
    drop((ticket, permit));
}

/// One message on its way.
pub(crate) struct Try<'a> {
    /// As it goes over the wire.
    pub bytes: Vec<u8>,
    /// Tries, this one counted.
    pub attempts: i64,
    /// Its place among those to its domain.
    pub ticket: &'a Ticket,
    /// The ledger's row, which a signed return address can name.
    pub row: Option<i64>,
    /// Whether it may take a place that campaigns may not.
    pub is_express: bool,
}

/// Waits for a place on a connection, looks at the brake, hands over and learns from the answer.
pub(crate) async fn hand_over(
    core: &Core,
    work: &Work,
    outlet: &Outlet,
    gauge: &Gauge,
    pass: Pass,
    attempt: Try<'_>,
) -> End {
    let Try { bytes, attempts, ticket, row, is_express } = attempt;
    let slot = tokio::select! {
        biased;
        () = core.stop.cancelled() => None,
        slot = gauge.slot(is_express) => slot,
    };
    let now = core.now();
    // Nothing has left this process yet, so the row may go back without a mark.
    let Some(_slot) = slot else { return End::back(now, "") };
    if let Some(until) = gauge.rests_until(now) {
        // Where another sender may take over, it does not wait for this one.
        return End::back(if work.delivery.fallback { now } else { until }, "");
    }
    let from = match row {
        Some(row) => core.parts.outlets.return_address(work.company, outlet.sender, row, &outlet.from).await,
        None => outlet.from.clone(),
    };
    // The last moment at which a stop can still hold it back.
    if core.brake.closed(work.company).await.is_some() {
        return End::back(core.now(), "");
    }
    core.point(Point::BeforeSend).await;
    ticket.begin();
    let answer = pass.hand_over(&*outlet.transport, &from, &bytes).await;
    core.point(Point::AfterSend).await;
    let now = core.now();
    if let Some(note) = gauge.note(&answer, now, &core.options.patience, &outlet.name)
        && let Err(error) = act_on(core, work, outlet, &note).await
    {
        tracing::warn!(%error, sender = %outlet.sender, "the sender's health was not stored");
    }
    if let Some(learnt) = ticket.learn(&answer, now)
        && let Err(error) = write_down(core, work, outlet, ticket.domain(), &learnt).await
    {
        tracing::debug!(%error, "how a recipient domain is doing was not stored");
    }
    if let Some(why) = row.and_then(|_| core.refused(work.campaign, &answer))
        && let Err(error) = core.hold_campaign(work.company, work.campaign, &why).await
    {
        tracing::warn!(%error, campaign = %work.campaign, "a campaign that runs into refusals was not held");
    }
    let retry = core.retry(work.company).await;
    // Where another sender may take over, a row that was surely not handed over does not wait for this one.
    let cool = gauge.rests_until(now).filter(|_| !work.delivery.fallback).unwrap_or(now);
    let end = judge(&answer, attempts, now, cool, &retry);
    if !matches!(answer, Answer::Accepted { .. }) {
        tracing::debug!(campaign = %work.campaign, outcome = answer.as_str(), "not accepted");
    }
    end
}

async fn write_down(core: &Core, work: &Work, outlet: &Outlet, domain: &str, learnt: &Learnt) -> Result<(), DbError> {
    let (company, sender) = (work.company, outlet.sender);
    let mut tx = core.parts.db.begin(company).await?;
    match learnt {
        Learnt::Rests(until, reason) => {
            limits::store::rest(&mut tx, company, sender, domain, *until, reason, core.now()).await?;
        }
        Learnt::Well => limits::store::well(&mut tx, company, sender, domain).await?,
    }
    tx.commit().await
}

async fn act_on(core: &Core, work: &Work, outlet: &Outlet, note: &Note) -> Result<(), DbError> {
    let (company, sender, now) = (work.company, outlet.sender, core.now());
    match note {
        Note::Well => core.parts.outlets.well(company, sender, now).await,
        Note::Rests(until, detail) => core.parts.outlets.trouble(company, sender, detail, Some(*until), now).await,
        Note::Fails(detail) => {
            match work.delivery.fallback && core.has_other_route(work, sender).await? {
                true => core.gauge(company, sender).rest_until(after(now, core.options.patience.longest)),
                false => core.hold_campaign(company, work.campaign, detail).await?,
            }
            core.parts.outlets.trouble(company, sender, detail, None, now).await
        }
    }
}
