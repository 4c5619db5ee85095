//! Outcomes to the ledger: many in one commit, tried until they are written.

use super::core::Core;
use super::faults::Point;
use super::rules::End;
use super::store::{self, Settled};
use crate::ports::Moment;
use contract::campaigns::RecipientState;
use contract::{CampaignId, CompanyId, ContactId};
use kernel::{DbError, Scope};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use uuid::Uuid;

/// How one hand-over ended.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub company: CompanyId,
    pub campaign: CampaignId,
    pub campaign_name: Arc<str>,
    pub contact: ContactId,
    pub address: String,
    pub row: i64,
    pub attempt: Uuid,
    pub epoch: i64,
    pub end: End,
}

/// What the settler gets.
pub(crate) enum Item {
    Outcome(Outcome),
    /// Nothing follows: write what there is and end.
    Last,
}

/// Most outcomes in one commit.
const MOST: usize = 250;
/// How long the first of a batch waits for company.
const LINGER: Duration = Duration::from_millis(4);

/// Writes outcomes until the last.
pub(super) async fn run(core: Arc<Core>, mut items: Receiver<Item>) {
    loop {
        let (batch, is_last) = gather(&mut items).await;
        if !batch.is_empty() {
            write_until_done(&core, &batch).await;
        }
        if is_last {
            return;
        }
    }
}

async fn gather(items: &mut Receiver<Item>) -> (Vec<Outcome>, bool) {
    let mut batch = Vec::new();
    let until = tokio::time::sleep(Duration::MAX);
    tokio::pin!(until);
    while batch.len() < MOST {
        let item = tokio::select! {
            biased;
            item = items.recv() => item,
            () = &mut until => return (batch, false),
        };
        match item {
            Some(Item::Outcome(outcome)) => {
                if batch.is_empty() {
                    until.as_mut().reset(tokio::time::Instant::now() + LINGER);
                }
                batch.push(outcome);
            }
            Some(Item::Last) | None => return (batch, true),
        }
    }
    (batch, false)
}

/// An outcome that is known must not be lost to a database that is away for a while. A row that the database refuses
/// for good is left to its lease, which makes it unknown.
async fn write_until_done(core: &Core, batch: &[Outcome]) {
    let mut wait = Duration::from_millis(20);
    loop {
        match write(core, batch).await {
            Ok(()) => break,
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, outcomes = batch.len(), "outcomes are not written yet; trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
            Err(error) if batch.len() > 1 => {
                tracing::error!(%error, "outcomes were refused; trying them one by one");
                for one in batch {
                    Box::pin(write_until_done(core, std::slice::from_ref(one))).await;
                }
                break;
            }
            Err(error) => {
                tracing::error!(%error, row = batch.first().map_or(0, |o| o.row), "an outcome cannot be written; it will be unknown");
                break;
            }
        }
    }
    if core.let_go(batch.iter().map(|outcome| outcome.row)) {
        // Nothing is under way any more: perhaps a campaign is done.
        core.stirred.notify_one();
    }
}

async fn write(core: &Core, batch: &[Outcome]) -> Result<(), DbError> {
    let now = core.now();
    let rows: Vec<Settled> = batch.iter().map(|o| Settled::new(o.row, o.attempt, o.epoch, &o.end, true)).collect();
    let mut tx = core.parts.db.begin(Scope::System).await?;
    let hit: HashSet<i64> = store::settle(&mut tx, &rows, now).await?.into_iter().collect();
    let mut moments: BTreeMap<CompanyId, Vec<Moment>> = BTreeMap::new();
    for outcome in batch.iter().filter(|o| hit.contains(&o.row)) {
        if outcome.end.state == RecipientState::Failed && outcome.end.reason == "hard" {
            // An address that does not work is not tried again by the next campaign.
            let source = format!("campaign {}", outcome.campaign_name);
            core.parts.audience.suppress(&mut tx, outcome.company, &outcome.address, "bounced", &source, now).await?;
        }
        if let Some(moment) = moment(outcome, now) {
            moments.entry(outcome.company).or_default().push(moment);
        }
    }
    for (company, moments) in moments {
        core.parts.audience.record(&mut tx, company, moments).await?;
    }
    core.point(Point::BeforeSettle).await;
    tx.commit().await?;
    core.point(Point::AfterSettle).await;
    for outcome in batch {
        core.touch(outcome.company, outcome.campaign);
    }
    if hit.len() < batch.len() {
        tracing::warn!(late = batch.len() - hit.len(), "outcomes came after their lease had ended");
    }
    Ok(())
}

fn moment(outcome: &Outcome, at: contract::Micros) -> Option<Moment> {
    let (kind, title) = match outcome.end.state {
        RecipientState::Accepted => ("sent", format!("Sent “{}”", outcome.campaign_name)),
        RecipientState::Failed => ("failed", format!("“{}” was refused", outcome.campaign_name)),
        _ => return None,
    };
    let detail = if kind == "failed" { outcome.end.detail.clone() } else { String::new() };
    Some(Moment {
        contact: outcome.contact,
        kind: kind.to_owned(),
        title,
        detail,
        href: format!("/campaigns/{}", outcome.campaign),
        at,
    })
}

/// Gives signs of life for the rows this node holds.
pub(super) async fn renew(core: Arc<Core>) {
    loop {
        tokio::time::sleep(core.options.renew).await;
        let rows = core.held_rows();
        if rows.is_empty() {
            continue;
        }
        if let Err(error) = renew_once(&core, &rows).await {
            tracing::warn!(%error, "leases were not renewed; trying again");
        }
    }
}

async fn renew_once(core: &Core, rows: &[i64]) -> Result<(), DbError> {
    let mut tx = core.parts.db.begin(Scope::System).await?;
    store::renew(&mut tx, &core.node, rows, core.lease(core.now())).await?;
    tx.commit().await
}
