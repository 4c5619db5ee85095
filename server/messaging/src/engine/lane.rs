//! One batch of one campaign: claim it, take it through the gate group by group, start the deliveries.

use super::core::Core;
use super::deliver::{Delivery, deliver};
use super::domains::{Admission, Key, Ticket, domain_of};
use super::faults::Point;
use super::gauge::Gauge;
use super::outlet::{Outlet, OutletError};
use super::press::{Press, message_id};
use super::rules::End;
use super::store::{self, Claim, Claimed, Intent, Settled, Work};
use crate::gate::{Answer, Purpose, Request, Verdict};
use crate::limits;
use connect::email::{Address, address};
use contract::campaigns::RecipientState;
use contract::sending::Policy;
use contract::{CampaignId, ContactId, Micros, SenderId};
use kernel::{DbError, Scope};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
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
            let is_behind = work.sender.is_some_and(|sender| core.comes_after(work.company, sender));
            if !is_behind && core.brake.closed(work.company).await.is_none() {
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
    let Some((outlet, gauge)) = route(core, work, sender).await? else {
        // All ways rest.
        tokio::time::sleep(core.pause()).await;
        return Ok(());
    };
    let sender = outlet.sender;
    gauge.resize(outlet.pool);
    let policy = core.policies.get(&core.parts.db, work.company).await?;
    let press = match core.press(work).await? {
        Some(press) => press.map_err(Halt::Hold)?,
        None => return Ok(()),
    };
    let batch = Batch { core, work, outlet: Arc::new(outlet), press, gauge, policy, claim: core.parts.ids.uuid() };
    batch.hear(sender).await?;
    let rows = batch.claim().await?;
    core.point(Point::AfterClaim).await;
    let mut rest = rows;
    let result = batch.hand_all(&mut rest).await;
    // Those that were not handed over are free for others, also when something failed.
    batch.give_back(&rest).await?;
    result
}

/// The first way that does not rest. Without leave to take another, its own sender or nothing.
async fn route(core: &Core, work: &Work, own: SenderId) -> Result<Option<(Outlet, Arc<Gauge>)>, Halt> {
    let routes = core.routes(work, own).await?;
    let now = core.now();
    let mut refused = None;
    for sender in routes.iter().copied() {
        let gauge = core.gauge(work.company, sender);
        if routes.len() > 1 && gauge.closed_until(now).is_some() {
            continue;
        }
        match core.parts.outlets.open(work.company, sender).await {
            Ok(outlet) => return Ok(Some((outlet, gauge))),
            Err(OutletError::Db(error)) => return Err(error.into()),
            Err(other) => {
                refused.get_or_insert(other);
            }
        }
    }
    refused.map_or(Ok(None), |why| Err(why.into()))
}

/// How long rows wait for a place before they are looked at again.
const SOON: Duration = Duration::from_millis(50);

/// Rows of a batch by what becomes of them now.
#[derive(Default)]
struct Picked {
    group: Vec<(Claimed, Ticket)>,
    later: Vec<(Claimed, Micros, String)>,
}

struct Batch<'a> {
    core: &'a Arc<Core>,
    work: &'a Work,
    outlet: Arc<Outlet>,
    press: Arc<Press>,
    gauge: Arc<Gauge>,
    policy: Arc<Policy>,
    claim: Uuid,
}

impl Batch<'_> {
    async fn claim(&self) -> Result<Vec<Claimed>, DbError> {
        let core = self.core;
        let now = core.now();
        let claim = Claim { id: self.claim, node: &core.node, now, until: core.lease(now) };
        let appetite = self.gauge.appetite(core.options.batch).min(core.pace_hint(self.work));
        let limit = i64::try_from(appetite).unwrap_or(i64::MAX);
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

    /// Takes up what other nodes learnt about recipient domains.
    async fn hear(&self, sender: SenderId) -> Result<(), DbError> {
        let (core, company) = (self.core, self.work.company);
        let mut tx = core.parts.db.read(company).await?;
        for (domain, until, _) in limits::store::resting(&mut tx, company, sender, core.now()).await? {
            core.domains.heard(&(company, sender, domain.as_str().into()), until);
        }
        Ok(())
    }

    fn key(&self, row: &Claimed) -> Key {
        let domain = row.address.as_deref().map_or_else(|| "".into(), domain_of);
        (self.work.company, self.outlet.sender, domain)
    }

    /// Takes up to `size` rows whose domains have a place, and those whose domains have none for long.
    fn pick(&self, rest: &mut Vec<Claimed>, size: usize) -> Picked {
        let (core, now) = (self.core, self.core.now());
        let mut picked = Picked::default();
        let mut waiting = Vec::with_capacity(rest.len());
        for row in rest.drain(..) {
            if picked.group.len() >= size {
                waiting.push(row);
                continue;
            }
            let key = self.key(&row);
            let most = self.policy.rule(&key.2).and_then(|rule| rule.at_once);
            let most = most.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
            match core.domains.admit(&key, self.gauge.width(), most, now) {
                Admission::Go(ticket) => picked.group.push((row, ticket)),
                Admission::Soon => waiting.push(row),
                Admission::Later(at, why) => picked.later.push((row, at, format!("{} {why}.", key.2))),
            }
        }
        *rest = waiting;
        picked
    }

    /// Lets rows wait for their turn, without counting a try.
    async fn put_off(&self, later: Vec<(Claimed, Micros, String)>) -> Result<(), DbError> {
        if later.is_empty() {
            return Ok(());
        }
        let now = self.core.now();
        let rows: Vec<Settled> = later.iter().map(|(row, at, why)| self.settled(row, &End::back(*at, why))).collect();
        let mut tx = self.core.parts.db.begin(self.work.company).await?;
        store::settle(&mut tx, &rows, now).await?;
        tx.commit().await?;
        self.core.let_go(later.iter().map(|(row, ..)| row.id));
        Ok(())
    }

    /// Takes groups from `rest` while there is room.
    async fn hand_all(&self, rest: &mut Vec<Claimed>) -> Result<(), Halt> {
        let core = self.core;
        while !rest.is_empty() {
            let wish = rest.len().min(core.options.group);
            let permit = tokio::select! {
                permit = self.gauge.window(wish) => permit,
                () = core.stop.cancelled() => None,
            };
            let Some(permit) = permit.filter(|_| !core.stop.is_cancelled()) else { break };
            if self.gauge.closed_until(core.now()).is_some() || core.comes_after(self.work.company, self.outlet.sender)
            {
                break;
            }
            let size = permit.num_permits().min(rest.len());
            let Picked { group, later } = self.pick(rest, size);
            if let Err(error) = self.put_off(later.clone()).await {
                rest.extend(group.into_iter().map(|(row, _)| row).chain(later.into_iter().map(|(row, ..)| row)));
                return Err(error.into());
            }
            if group.is_empty() {
                drop(permit);
                // A place becomes free, or its domain turns out to be slow.
                core.domains.freed(SOON).await;
                continue;
            }
            let (group, tickets): (Vec<Claimed>, HashMap<i64, Ticket>) = group
                .into_iter()
                .map(|(row, ticket)| {
                    let id = row.id;
                    (row, (id, ticket))
                })
                .unzip();
            match self.hand(&group, tickets, permit).await {
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
    async fn hand(
        &self,
        group: &[Claimed],
        mut tickets: HashMap<i64, Ticket>,
        mut permit: OwnedSemaphorePermit,
    ) -> Result<bool, DbError> {
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
        let request = Request {
            company: work.company,
            purpose,
            sender: self.outlet.sender,
            to: &to,
            pace: work.delivery.pace,
            timing: Some(self.press.timing()),
            policy: Some(&self.policy),
            now,
        };
        let Answer::Open(verdicts) = core.gate.check(&mut tx, &request).await? else {
            return Ok(false);
        };
        let (mut going, mut closed, mut paced) = (HashMap::new(), None, None);
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
                Verdict::Paced(next) => {
                    paced = Some(next);
                    aside.push(self.settled(row, &End::back(Micros(0), "")));
                }
                Verdict::Crowded(next) => {
                    let why = "The limit of its domain is used up for now.";
                    aside.push(self.settled(row, &End::back(next, why)));
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
        if let Some(next) = paced {
            core.paced(work, going.len(), next);
        }
        let intents: HashMap<i64, Intent> = intents.into_iter().map(|intent| (intent.id, intent)).collect();
        for id in handed {
            let (Some((row, pass, person)), Some(intent), Some(ticket), Some(permit)) =
                (going.remove(&id), intents.get(&id).cloned(), tickets.remove(&id), permit.split(1))
            else {
                continue;
            };
            let delivery = Delivery { row, intent, pass, person, ticket };
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
