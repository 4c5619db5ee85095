//! How a test of variants stands, and when the next turn comes; choosing a winner by hand; a second try for those who did
//! not read the first.

use super::service::{Service, found, maker};
use super::store::{self, Stored, experiment, figures};
use super::{files, moves, trial};
use contract::campaigns::{Campaign, CampaignDraft, CampaignState, Counts, Phase, TestStanding};
use contract::{Actor, CampaignId, Fault, Micros};
use kernel::{DbError, Tx, outbox};
use serde_json::json;

/// A second try this soon after the first is asked for once more.
const SOON_SECONDS: i64 = 48 * 3600;

/// How its test stands, if it has one that began.
pub(super) async fn of_test(tx: &mut Tx, stored: &Stored) -> Result<Option<TestStanding>, DbError> {
    let Some(test) = stored.draft.plan.test.as_ref().filter(|_| stored.prepared.is_some()) else { return Ok(None) };
    let waiting = experiment::waiting(tx, stored.company, stored.id).await?;
    let why = match (stored.phase, stored.winner_why.as_str()) {
        (Phase::Testing, "") => "The sample is going out.".to_owned(),
        (Phase::AwaitingWinner, "") => format!(
            "The winner is chosen {} after the sample went out.",
            if test.wait_hours == 1 { "an hour".to_owned() } else { format!("{} hours", test.wait_hours) }
        ),
        (_, why) => why.to_owned(),
    };
    Ok(Some(TestStanding {
        phase: stored.phase,
        variants: figures::variants(tx, stored).await?,
        waiting,
        decides: stored.decide.filter(|_| stored.phase == Phase::AwaitingWinner),
        winner: stored.winner,
        why,
    }))
}

/// When the next turn comes, while everybody who is left waits for one.
pub(super) async fn next_turn(
    tx: &mut Tx,
    stored: &Stored,
    counts: &Counts,
    now: Micros,
) -> Result<Option<Micros>, DbError> {
    if stored.state != CampaignState::Sending || counts.pending == 0 || counts.claimed + counts.handed > 0 {
        return Ok(None);
    }
    let next = experiment::next_turn(tx, stored.company, stored.id).await?;
    Ok(next.filter(|at| *at > now))
}

/// Ends a test by hand.
pub(super) async fn choose(service: &Service, actor: &Actor, id: CampaignId, variant: u32) -> Result<Campaign, Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.begin(company).await?;
    let stored = found(&mut tx, company, id).await?;
    let Some(test) = stored.draft.plan.test.as_ref() else {
        return Err(Fault::conflict("This campaign has no test of variants."));
    };
    if usize::try_from(variant).map_or(true, |n| n > test.variants.len()) {
        return Err(Fault::invalid("variant", "There is no such variant."));
    }
    match stored.phase {
        Phase::Testing | Phase::AwaitingWinner => {}
        Phase::None => return Err(Fault::conflict("The test has not begun.")),
        Phase::Decided => return Err(Fault::conflict("The winner is chosen, and goes out to the rest already.")),
    }
    let why = "Chosen by hand.";
    if !experiment::decide(&mut tx, company, id, variant, why, now).await? {
        return Err(moves::lost());
    }
    let by = actor.user().map(|user| user.to_string());
    let payload = json!({ "winner": trial::name(variant), "why": why, "by": by });
    outbox::record(&mut tx, company, "campaign.winner", id, &payload, now);
    tx.commit().await?;
    service.load(company, id).await
}

/// A new draft for those who got the campaign and did not read it.
pub(super) async fn resend(service: &Service, actor: &Actor, id: CampaignId, sure: bool) -> Result<Campaign, Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.begin(company).await?;
    let stored = found(&mut tx, company, id).await?;
    if !matches!(stored.state, CampaignState::Finished | CampaignState::FinishedWithFailures | CampaignState::Cancelled)
    {
        return Err(Fault::conflict("A second try needs a first one that has ended."));
    }
    if !stored.draft.track_opens && !stored.draft.track_clicks {
        return Err(Fault::conflict(
            "Neither opens nor clicks of this campaign were counted, so nobody can tell who did not read it.",
        ));
    }
    let ended = stored.finished.unwrap_or(now);
    if !sure && now.seconds() - ended.seconds() < SOON_SECONDS {
        return Err(Fault::conflict(
            "It ended less than 48 hours ago, and many people read their mail later. Wait, or say that you are sure.",
        ));
    }
    let base: String = stored.draft.name.chars().take(180).collect();
    // The winner's words go to those who did not read; a second try is no second test, and has no schedule.
    let content = match (&stored.draft.plan.test, stored.winner) {
        (Some(test), Some(winner)) => trial::words_of(stored.words(), test, winner),
        _ => stored.words().clone(),
    };
    let mut plan = stored.draft.plan.clone();
    plan.test = None;
    let draft = CampaignDraft { name: format!("{base}, second try"), content, plan, ..stored.draft };
    let copy = CampaignId(service.parts.ids.uuid());
    store::insert(&mut tx, company, copy, &draft, maker(actor), Some(id), now).await?;
    files::copy(service, &mut tx, company, id, copy).await?;
    let payload = json!({ "name": draft.name, "resend_of": id });
    outbox::record(&mut tx, company, "campaign.created", copy, &payload, now);
    tx.commit().await?;
    service.load(company, copy).await
}

#[cfg(test)]
mod tests;
