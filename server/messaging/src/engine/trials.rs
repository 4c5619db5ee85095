//! Tests of variants while they go out: from the sample to the wait, to the winner, to the rest. Each step is one
//! conditional change, so that of two nodes one makes it; the rest is let go in slices, and a slice that was let go is
//! not held any more: a crash goes on where it was.

use super::core::Core;
use crate::campaigns::pacing::Turn;
use crate::campaigns::store as campaigns;
use crate::campaigns::store::experiment::{self as store, Released};
use crate::campaigns::trial::{self, Decision};
use contract::campaigns::{CampaignState, Phase};
use contract::{CampaignId, CompanyId, ContactId, Micros};
use kernel::{DbError, Scope, outbox};
use std::collections::HashMap;

/// Rows let go in one commit.
const SLICE: i64 = 5000;

/// Every test that may have something to do now.
pub(super) async fn tend(core: &Core) -> Result<(), DbError> {
    let now = core.now();
    let mut tx = core.parts.db.read(Scope::System).await?;
    let due = store::in_test(&mut tx, now).await?;
    let decided = store::to_release(&mut tx).await?;
    drop(tx);
    for (company, id) in due {
        step(core, company, id, now).await?;
    }
    for (company, id) in decided {
        while release(core, company, id).await? {}
    }
    Ok(())
}

async fn step(core: &Core, company: CompanyId, id: CampaignId, now: Micros) -> Result<(), DbError> {
    let mut tx = core.parts.db.begin(company).await?;
    let found = campaigns::find(&mut tx, company, id).await?;
    let Some(campaign) = found.filter(|c| c.state == CampaignState::Sending) else { return Ok(()) };
    let Some(test) = &campaign.draft.plan.test else { return Ok(()) };
    let moved = match campaign.phase {
        Phase::Testing => {
            let decide = now.plus_seconds(i64::from(test.wait_hours) * 3600);
            let payload = serde_json::json!({ "decides": decide });
            let moved = store::await_winner(&mut tx, company, id, decide, now).await?;
            moved.then_some(("campaign.awaiting-winner", payload))
        }
        Phase::AwaitingWinner if campaign.decide.is_some_and(|at| at <= now) => {
            let figures = campaigns::figures::variants(&mut tx, &campaign).await?;
            match trial::decide(test, &figures) {
                Decision::Winner(winner, why) => {
                    let payload = serde_json::json!({ "winner": trial::name(winner), "why": why, "by": "rule" });
                    let moved = store::decide(&mut tx, company, id, winner, &why, now).await?;
                    moved.then_some(("campaign.winner", payload))
                }
                Decision::Ask(why) => {
                    let payload = serde_json::json!({ "why": why });
                    store::unclear(&mut tx, company, id, &why, now).await?.then_some(("campaign.unclear", payload))
                }
            }
        }
        _ => None,
    };
    if let Some((kind, payload)) = moved {
        outbox::record(&mut tx, company, kind, id, &payload, now);
        tx.commit().await?;
        core.touch(company, id);
        core.stirred.notify_one();
    }
    Ok(())
}

/// Lets some of those go who waited for the winner; false when nobody is left.
async fn release(core: &Core, company: CompanyId, id: CampaignId) -> Result<bool, DbError> {
    let info = core.parts.companies.get(company).await?;
    let now = core.now();
    let mut tx = core.parts.db.begin(company).await?;
    let found = campaigns::find(&mut tx, company, id).await?;
    let Some(campaign) = found.filter(|c| c.state == CampaignState::Sending && c.phase == Phase::Decided) else {
        return Ok(false);
    };
    let (Some(winner), Some(test)) = (campaign.winner, &campaign.draft.plan.test) else { return Ok(false) };
    let held = store::held(&mut tx, company, id, SLICE).await?;
    if held.is_empty() {
        return Ok(false);
    }
    let mut clocks = trial::clocks_of_the_rest(&campaign.draft.plan, campaign.when.as_ref(), &info.zone.name, now);
    let mut zones: HashMap<ContactId, String> = HashMap::new();
    if clocks.needs_zones() {
        let ids: Vec<ContactId> = held.iter().map(|(_, contact)| *contact).collect();
        let people = core.parts.audience.people(&mut tx, company, &ids).await?;
        zones.extend(people.into_iter().map(|person| (person.contact, person.zone)));
    }
    let time = trial::time_of(test, winner).or_else(|| trial::own_time(test, campaign.when.as_ref()));
    let (mut going, mut passed) = (Vec::new(), Vec::new());
    for (row, contact) in held {
        match clocks.turn(zones.get(&contact).map_or("", String::as_str), time, contact) {
            Turn::At(at) => going.push(Released { row, next: at.0 }),
            Turn::Passed => passed.push(row),
        }
    }
    store::release(&mut tx, company, id, &going, winner).await?;
    store::skip_held(&mut tx, company, id, &passed, now).await?;
    tx.commit().await?;
    core.touch(company, id);
    Ok(true)
}
