//! What is due without anybody asking: starts, preparing, leases that ended, campaigns that are done.

use super::core::Core;
use super::faults::Point;
use super::{prepare, store};
use crate::brake;
use crate::campaigns::rules;
use crate::campaigns::store::{self as campaigns, HeldBy, figures};
use contract::campaigns::CampaignState;
use contract::{CampaignId, CompanyId, Micros};
use kernel::{DbError, Scope, outbox};
use std::sync::Arc;

/// Rows closed in one commit.
const CLOSE: i64 = 5000;

/// Everything that may be due now.
pub(super) async fn tend(core: &Arc<Core>) -> Result<(), DbError> {
    let now = core.now();
    let due = look(core, now).await?;
    for (company, id) in due.starts {
        start(core, company, id).await?;
    }
    for (company, id) in due.preparing {
        if core.begin_preparing(id) {
            core.spawn(prepare_one(Arc::clone(core), company, id));
        }
    }
    if due.has_expired {
        expire(core, now).await?;
    }
    for (company, id) in due.done {
        finish(core, company, id).await?;
    }
    for (company, id) in due.cancelled {
        close(core, company, id).await?;
    }
    Ok(())
}

struct Due {
    starts: Vec<(CompanyId, CampaignId)>,
    preparing: Vec<(CompanyId, CampaignId)>,
    done: Vec<(CompanyId, CampaignId)>,
    cancelled: Vec<(CompanyId, CampaignId)>,
    has_expired: bool,
}

/// Only reads: most of the time there is nothing to do.
async fn look(core: &Core, now: Micros) -> Result<Due, DbError> {
    let mut tx = core.parts.db.read(Scope::System).await?;
    Ok(Due {
        starts: store::in_state(&mut tx, "scheduled", now).await?,
        preparing: store::in_state(&mut tx, "preparing", now).await?,
        done: store::finishable(&mut tx).await?,
        cancelled: store::in_state(&mut tx, "cancelled", now).await?,
        has_expired: store::has_expired(&mut tx, now).await?,
    })
}

/// Moves planned starts whose zone changed its rules since they were planned: the wall clock is what was meant.
pub(super) async fn replan(core: &Core) -> Result<(), DbError> {
    let mut tx = core.parts.db.read(Scope::System).await?;
    let planned = store::planned(&mut tx).await?;
    drop(tx);
    for plan in planned {
        let Ok(at) = kernel::zone::resolve(&plan.wall, &plan.zone) else { continue };
        if at.0 == plan.scheduled_at {
            continue;
        }
        let mut tx = core.parts.db.begin(Scope::System).await?;
        if store::move_start(&mut tx, &plan, at).await? {
            tx.commit().await?;
            tracing::warn!(campaign = %plan.id, zone = plan.zone, wall = plan.wall, to = %at, "the rules of the zone changed; the start was moved");
        }
    }
    Ok(())
}

/// Starts what is due. Late by more than the grace, it waits for a person instead.
async fn start(core: &Core, company: CompanyId, id: CampaignId) -> Result<(), DbError> {
    let now = core.now();
    let mut tx = core.parts.db.begin(company).await?;
    if brake::store::closed(&mut tx, company).await?.is_some() {
        // Its time passes; when the brake opens late, it is held like any start that was missed.
        return Ok(());
    }
    let found = campaigns::find(&mut tx, company, id).await?;
    let Some(campaign) = found.filter(|c| c.state == CampaignState::Scheduled) else { return Ok(()) };
    let Some(at) = campaign.scheduled.filter(|at| *at <= now) else { return Ok(()) };
    let (kind, payload, moved) = if rules::is_missed(at, now) {
        let reason = "The planned start was missed because Lux was not running. Check the time and start it again.";
        let payload = serde_json::json!({ "reason": reason, "by": "trouble" });
        let moved =
            campaigns::hold(&mut tx, company, id, CampaignState::Scheduled, reason, HeldBy::Trouble, now).await?;
        ("campaign.paused", payload, moved)
    } else {
        let moved = campaigns::start(&mut tx, &campaign, &campaign.draft.content, now).await?;
        ("campaign.preparing", serde_json::json!({ "planned": at }), moved)
    };
    if moved {
        outbox::record(&mut tx, company, kind, id, &payload, now);
        tx.commit().await?;
        core.stirred.notify_one();
    }
    Ok(())
}

async fn prepare_one(core: Arc<Core>, company: CompanyId, id: CampaignId) {
    if let Err(error) = prepare::run(&core, company, id).await {
        tracing::warn!(%error, campaign = %id, "preparing was interrupted; it goes on where it was");
        tokio::time::sleep(core.pause()).await;
    }
    core.end_preparing(id);
    core.stirred.notify_one();
}

async fn expire(core: &Core, now: Micros) -> Result<(), DbError> {
    let mut tx = core.parts.db.begin(Scope::System).await?;
    // Our own rows are not lost, even if the clock jumped past their lease or this process was suspended.
    store::renew(&mut tx, &core.node, &core.held_rows(), core.lease(now)).await?;
    let (freed, lost) = store::expire(&mut tx, now).await?;
    tx.commit().await?;
    if freed > 0 || !lost.is_empty() {
        tracing::warn!(freed, unknown = lost.len(), "a node fell silent; its rows were settled");
    }
    for (company, id) in lost {
        core.touch(company, id);
    }
    Ok(())
}

/// Ends a campaign whose rows are all settled, in the state the rows say.
async fn finish(core: &Core, company: CompanyId, id: CampaignId) -> Result<(), DbError> {
    core.point(Point::BeforeFinish).await;
    let now = core.now();
    let mut tx = core.parts.db.begin(company).await?;
    let counts = figures::counts(&mut tx, company, id).await?;
    let Some(end) = rules::end_of(&counts) else { return Ok(()) };
    let reason = if end == CampaignState::Failed { "Everybody was left out by the time of sending." } else { "" };
    if store::finish(&mut tx, company, id, end.as_str(), reason, now).await? {
        let payload = serde_json::json!({ "state": end, "counts": counts });
        outbox::record(&mut tx, company, "campaign.finished", id, &payload, now);
        tx.commit().await?;
        tracing::info!(campaign = %id, state = end.as_str(), accepted = counts.accepted, failed = counts.failed, unknown = counts.unknown, "campaign ended");
    }
    Ok(())
}

/// Closes the rows of a cancelled campaign that nobody has begun; those under way end by themselves.
async fn close(core: &Core, company: CompanyId, id: CampaignId) -> Result<(), DbError> {
    let now = core.now();
    loop {
        let mut tx = core.parts.db.begin(company).await?;
        let closed = store::close_rows(&mut tx, company, id, now, CLOSE).await?;
        let is_ended = store::close_cancelled(&mut tx, company, id, now).await?;
        if is_ended {
            let counts = figures::counts(&mut tx, company, id).await?;
            let payload = serde_json::json!({ "state": CampaignState::Cancelled, "counts": counts });
            outbox::record(&mut tx, company, "campaign.finished", id, &payload, now);
        }
        tx.commit().await?;
        if is_ended || closed == 0 {
            return Ok(());
        }
    }
}
