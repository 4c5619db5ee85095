//! One batch of one campaign: claim it, take it through the gate group by group, start the deliveries.

use super::core::Core;
use super::deliver::{Delivery, deliver};
use super::faults::Point;
use super::gauge::Gauge;
use super::outlet::{Outlet, OutletError};
use super::press::{Press, message_id};
use super::rules::End;
use super::store::{self, Claim, Claimed, Intent, Settled, Work};
use crate::gate::{Answer, Purpose, Request, Verdict};
use connect::email::{Address, address};
use contract::campaigns::RecipientState;
use contract::{CampaignId, ContactId, Micros};
use kernel::{DbError, Scope};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

/// Whose turn it is: the campaign that was served least lately.
#[derive(Debug, Default)]
pub(super) struct Turns {
    count: u64,
    active: HashMap<CampaignId, Work>,
    served: HashMap<CampaignId, u64>,
}

impl Turns {
    /// The campaigns to serve now, as many as there are free lanes.
    pub async fn next(&mut self, core: &Core) -> Result<Vec<Work>, DbError> {
        let free = core.options.lanes.saturating_sub(self.active.len());
        if free == 0 {
            return Ok(Vec::new());
        }
        let now = core.now();
        let mut tx = core.parts.db.read(Scope::System).await?;
        let mut waiting = store::work(&mut tx, now).await?;
        drop(tx);
        waiting.retain(|work| !self.active.contains_key(&work.campaign) && core.closed_until(work, now).is_none());
        let mut open = Vec::with_capacity(waiting.len());
        for work in waiting {
            if core.brake.closed(work.company).await.is_none() {
                open.push(work);
            }
        }
        let mut waiting = open;
        waiting.sort_by_key(|work| self.served.get(&work.campaign).copied().unwrap_or(0));
        waiting.truncate(free);
        Ok(waiting)
    }

    pub fn begin(&mut self, work: &Work) {
        self.count += 1;
        self.served.insert(work.campaign, self.count);
        self.active.insert(work.campaign, *work);
        if self.served.len() > 10_000 {
            self.served.clear();
        }
    }

    /// A lane that failed waits until the others were served.
    pub fn end(&mut self, work: &Work, is_good: bool) {
        self.active.remove(&work.campaign);
        if !is_good {
            self.count += 1;
            self.served.insert(work.campaign, self.count);
        }
    }
}

/// Why a lane stopped early.
enum Halt {
    /// A person has to look.
    Hold(String),
    Db(DbError),
}

impl From<DbError> for Halt {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<OutletError> for Halt {
    fn from(error: OutletError) -> Self {
        match error {
            OutletError::Db(error) => Self::Db(error),
            other => Self::Hold(other.to_string()),
        }
    }
}

/// Serves one batch; false when it failed.
pub(super) async fn run(core: &Arc<Core>, work: &Work) -> bool {
    let error = match serve(core, work).await {
        Ok(()) => return true,
        Err(Halt::Hold(reason)) => match core.hold_campaign(work.company, work.campaign, &reason).await {
            Ok(()) => return true,
            Err(error) => error,
        },
        Err(Halt::Db(error)) => error,
    };
    tracing::warn!(%error, campaign = %work.campaign, "a batch was given up; it is tried again");
    tokio::time::sleep(core.pause()).await;
    false
}

async fn serve(core: &Arc<Core>, work: &Work) -> Result<(), Halt> {
    let Some(sender) = work.sender else {
        return Err(Halt::Hold("It has no sender. Choose one and resume.".into()));
    };
    let gauge = core.gauge(work.company, sender);
    let outlet = core.parts.outlets.open(work.company, sender).await?;
    gauge.resize(outlet.pool);
    let press = match core.press(work).await? {
        Some(press) => press.map_err(Halt::Hold)?,
        None => return Ok(()),
    };
    let batch = Batch { core, work, outlet: Arc::new(outlet), press, gauge, claim: core.parts.ids.uuid() };
    let rows = batch.claim().await?;
    core.point(Point::AfterClaim).await;
    let mut rest = rows;
    let result = batch.hand_all(&mut rest).await;
    // Those that were not handed over are free for others, also when something failed.
    batch.give_back(&rest).await?;
    result
}

struct Batch<'a> {
    core: &'a Arc<Core>,
    work: &'a Work,
    outlet: Arc<Outlet>,
    press: Arc<Press>,
    gauge: Arc<Gauge>,
    claim: Uuid,
}

impl Batch<'_> {
    async fn claim(&self) -> Result<Vec<Claimed>, DbError> {
        let core = self.core;
        let now = core.now();
        let claim = Claim { id: self.claim, node: &core.node, now, until: core.lease(now) };
        let limit = i64::try_from(self.gauge.appetite(core.options.batch)).unwrap_or(i64::MAX);
        let mut tx = core.parts.db.begin(self.work.company).await?;
        let rows = store::claim(&mut tx, self.work, &claim, limit).await?;
        tx.commit().await?;
        core.hold_rows(rows.iter().map(|row| row.id));
        Ok(rows)
    }

    async fn give_back(&self, rest: &[Claimed]) -> Result<(), DbError> {
        if rest.is_empty() {
            return Ok(());
        }
        let now = self.core.now();
        let back: Vec<Settled> = rest.iter().map(|row| self.settled(row, &End::back(Micros(0), ""))).collect();
        let mut tx = self.core.parts.db.begin(self.work.company).await?;
        store::settle(&mut tx, &back, now).await?;
        tx.commit().await?;
        self.core.let_go(rest.iter().map(|row| row.id));
        Ok(())
    }

    fn settled(&self, row: &Claimed, end: &End) -> Settled {
        Settled::new(row.id, self.claim, row.epoch, end, false)
    }

    /// Takes groups from the front of `rest` while there is room.
    async fn hand_all(&self, rest: &mut Vec<Claimed>) -> Result<(), Halt> {
        let core = self.core;
        while !rest.is_empty() {
            let wish = rest.len().min(core.options.group);
            let permit = tokio::select! {
                permit = self.gauge.window(wish) => permit,
                () = core.stop.cancelled() => None,
            };
            let Some(permit) = permit.filter(|_| !core.stop.is_cancelled()) else { break };
            if self.gauge.closed_until(core.now()).is_some() {
                break;
            }
            let size = permit.num_permits().min(rest.len());
            let group: Vec<Claimed> = rest.drain(..size).collect();
            match self.hand(&group, permit).await {
                Ok(true) => {}
                Ok(false) => {
                    rest.extend(group);
                    break;
                }
                Err(error) => {
                    rest.extend(group);
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// One group: the gate's verdicts and the intents in one commit, then the deliveries. False when the campaign is
    /// not sending any more.
    async fn hand(&self, group: &[Claimed], mut permit: OwnedSemaphorePermit) -> Result<bool, DbError> {
        let (core, work) = (self.core, self.work);
        let now = core.now();
        let (good, bad): (Vec<_>, Vec<_>) =
            group.iter().map(|row| (row, address_of(row))).partition(|(_, a)| a.is_some());
        let to: Vec<(ContactId, Address)> =
            good.iter().filter_map(|(row, a)| Some((row.contact_id, a.clone()?))).collect();
        let invalid = End::settled(RecipientState::Skipped, "invalid_address", "");
        let mut aside: Vec<Settled> = bad.iter().map(|(row, _)| self.settled(row, &invalid)).collect();

        let mut tx = core.parts.db.begin(work.company).await?;
        let purpose = Purpose::Campaign(work.campaign);
        let request = Request { company: work.company, purpose, sender: self.outlet.sender, to: &to, now };
        let Answer::Open(verdicts) = core.gate.check_paced(&mut tx, &request, self.press.pace()).await? else {
            return Ok(false);
        };
        let (mut going, mut closed) = (HashMap::new(), None);
        for ((row, _), verdict) in good.iter().zip(verdicts) {
            match verdict {
                Verdict::Go(pass, person) => {
                    going.insert(row.id, ((*row).clone(), pass, person));
                }
                Verdict::Skip(code, detail) => {
                    aside.push(self.settled(row, &End::settled(RecipientState::Skipped, code, &detail)));
                }
                Verdict::Later(at) => aside.push(self.settled(row, &End::back(at, ""))),
                Verdict::Wait(next) => {
                    closed = Some(next);
                    aside.push(self.settled(row, &End::back(Micros(0), "")));
                }
            }
        }
        let intents: Vec<Intent> = going.values().map(|(row, ..)| self.intent(row)).collect();
        let handed = match intents.is_empty() {
            true => Vec::new(),
            false => store::hand(&mut tx, work, self.outlet.sender, self.claim, &intents, now, core.lease(now)).await?,
        };
        if !aside.is_empty() {
            store::settle(&mut tx, &aside, now).await?;
        }
        core.point(Point::BeforeHand).await;
        tx.commit().await?;
        core.point(Point::AfterHand).await;

        core.let_go(group.iter().map(|row| row.id).filter(|id| !handed.contains(id)));
        core.touch(work.company, work.campaign);
        match closed {
            Some(next) => self.gauge.limited(going.len(), next),
            None => self.gauge.unlimited(),
        }
        let intents: HashMap<i64, Intent> = intents.into_iter().map(|intent| (intent.id, intent)).collect();
        for id in handed {
            let (Some((row, pass, person)), Some(intent), Some(permit)) =
                (going.remove(&id), intents.get(&id).cloned(), permit.split(1))
            else {
                continue;
            };
            let delivery = Delivery { row, intent, pass, person };
            let (outlet, press, gauge) = (Arc::clone(&self.outlet), Arc::clone(&self.press), Arc::clone(&self.gauge));
            core.spawn_delivery(deliver(Arc::clone(core), *work, outlet, press, gauge, delivery, permit));
        }
        Ok(true)
    }

    fn intent(&self, row: &Claimed) -> Intent {
        let message_id = message_id(self.work.campaign, row.id, &self.outlet.from);
        Intent { id: row.id, attempt: self.core.parts.ids.uuid(), message_id }
    }
}

fn address_of(row: &Claimed) -> Option<Address> {
    row.address.as_deref().and_then(|text| address::normalise(text).ok())
}
