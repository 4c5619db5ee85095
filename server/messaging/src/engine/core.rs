//! What all parts of the engine share.

use super::domains::Domains;
use super::faults::{Faults, Point};
use super::gauge::{Gauge, Patience};
use super::outlet::Outlets;
use super::press::{Links, Press};
use super::refusals::{Refusals, Wall};
use super::settle::Item;
use super::store::Work;
use crate::brake::Watch;
use crate::campaigns::files;
use crate::campaigns::store::{self as campaigns, HeldBy, Stored};
use crate::gate::Gate;
use crate::policy::Policies;
use crate::ports::{Audience, Companies};
use connect::email::Outcome;
use contract::campaigns::CampaignState;
use contract::sending::{Pace, RetryPlan};
use contract::templates::ContentProblem;
use contract::{CampaignId, CompanyId, Micros, SenderId};
use kernel::{Clock, Db, DbError, Ids, outbox};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the engine works with.
#[derive(Clone)]
pub struct Parts {
    /// Database.
    pub db: Db,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// People.
    pub audience: Arc<dyn Audience>,
    /// Companies.
    pub companies: Arc<dyn Companies>,
    /// Senders.
    pub outlets: Arc<dyn Outlets>,
    /// Signed addresses.
    pub links: Arc<dyn Links>,
}

/// Sizes and patience.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Rows claimed at once.
    pub batch: usize,
    /// Most intents in one commit.
    pub group: usize,
    /// Members put into the ledger at once.
    pub enrol: i64,
    /// Lanes (campaigns) at once.
    pub lanes: usize,
    /// How long rows are held without a sign of life.
    pub lease: Duration,
    /// How often there is a sign of life; much shorter than the lease.
    pub renew: Duration,
    /// The loop looks around at least this often, and at most twice as fast.
    pub poll: Duration,
    /// How long stopping waits for messages under way.
    pub drain: Duration,
    /// Progress events are at least so far apart.
    pub progress: Duration,
    /// A recipient domain that has never answered counts as slow after this.
    pub unknown: Duration,
    /// With senders.
    pub patience: Patience,
    /// When refusals hold a campaign.
    pub wall: Wall,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 200,
            group: 50,
            enrol: 5000,
            lanes: 8,
            lease: Duration::from_secs(30),
            renew: Duration::from_secs(8),
            poll: Duration::from_millis(500),
            drain: Duration::from_secs(8),
            progress: Duration::from_secs(1),
            unknown: Duration::from_millis(500),
            patience: Patience::default(),
            wall: Wall::default(),
        }
    }
}

/// Campaigns wait so long behind a single message that waits for the same sender.
const FIRST: Duration = Duration::from_secs(5);

/// Until when nothing more goes, how many went last, and under which pace.
type Paced = (Micros, usize, Option<Pace>);

type Presses = HashMap<CampaignId, (i64, Arc<Press>)>;

/// See [`super::Engine`].
pub(crate) struct Core {
    pub parts: Parts,
    pub options: Options,
    pub gate: Gate,
    /// Asked once more right before each hand-over.
    pub brake: Watch,
    /// How recipient domains are doing.
    pub domains: Arc<Domains>,
    pub policies: Policies,
    pub node: String,
    /// Where outcomes go.
    pub outcomes: mpsc::Sender<Item>,
    /// No new work.
    pub stop: CancellationToken,
    /// As if the process was killed.
    pub dead: CancellationToken,
    /// Something may be ready for the loop.
    pub stirred: Notify,
    pub tracker: TaskTracker,
    faults: Arc<dyn Faults>,
    gauges: Mutex<HashMap<(CompanyId, SenderId), Arc<Gauge>>>,
    presses: Mutex<Presses>,
    /// Campaigns whose own pace lets nothing go before a time, and how many went last.
    paces: Mutex<HashMap<CampaignId, Paced>>,
    refusals: Mutex<HashMap<CampaignId, Refusals>>,
    held: Mutex<HashSet<i64>>,
    dirty: Mutex<HashSet<(CompanyId, CampaignId)>>,
    preparing: Mutex<HashSet<CampaignId>>,
    deliveries: AtomicUsize,
    messages: AtomicUsize,
    /// Senders at which a single message waits for room, and since when.
    first: Mutex<HashMap<(CompanyId, SenderId), std::time::Instant>>,
    delivered: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub fn new(
        parts: Parts,
        options: Options,
        faults: Arc<dyn Faults>,
        known: Option<Arc<AtomicBool>>,
    ) -> (Self, mpsc::Receiver<Item>) {
        let (outcomes, receiver) = mpsc::channel(4096);
        let core = Self {
            gate: Gate::new(Arc::clone(&parts.audience), Arc::clone(&parts.outlets)),
            brake: Watch::new(parts.db.clone(), known),
            domains: Arc::new(Domains::new(options.unknown)),
            policies: Policies::default(),
            node: parts.ids.uuid().simple().to_string(),
            parts,
            options,
            outcomes,
            stop: CancellationToken::new(),
            dead: CancellationToken::new(),
            stirred: Notify::new(),
            tracker: TaskTracker::new(),
            faults,
            gauges: Mutex::default(),
            presses: Mutex::default(),
            paces: Mutex::default(),
            refusals: Mutex::default(),
            held: Mutex::default(),
            dirty: Mutex::default(),
            preparing: Mutex::default(),
            deliveries: AtomicUsize::new(0),
            messages: AtomicUsize::new(0),
            first: Mutex::default(),
            delivered: Notify::new(),
        };
        (core, receiver)
    }

    /// Runs something that ends at once when the engine dies.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let dead = self.dead.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                () = dead.cancelled() => {}
                () = work => {}
            }
        })
    }

    /// Runs one delivery; [`Core::idle`] waits for all of them.
    pub fn spawn_delivery(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        self.deliveries.fetch_add(1, Ordering::SeqCst);
        let core = Arc::clone(self);
        self.spawn(async move {
            let _counted = Counted(core);
            work.await;
        });
    }

    /// Runs the delivery of a single message; [`Core::idle`] waits for these too.
    pub fn spawn_message(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        self.messages.fetch_add(1, Ordering::SeqCst);
        let core = Arc::clone(self);
        self.spawn_delivery(async move {
            work.await;
            core.messages.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// Single messages being delivered.
    pub fn messages_under_way(&self) -> usize {
        self.messages.load(Ordering::SeqCst)
    }

    /// A single message waits for room at a sender: campaigns wait behind it.
    pub fn go_before(&self, company: CompanyId, sender: SenderId) {
        lock(&self.first).insert((company, sender), std::time::Instant::now());
    }

    /// Single messages go out through a sender again.
    pub fn went(&self, company: CompanyId, sender: SenderId) {
        lock(&self.first).remove(&(company, sender));
    }

    /// Whether a campaign has to wait behind a single message of its sender, for a few seconds at most.
    pub fn comes_after(&self, company: CompanyId, sender: SenderId) -> bool {
        let waits = |since: &std::time::Instant| since.elapsed() < FIRST;
        lock(&self.first).get(&(company, sender)).is_some_and(waits)
    }

    /// When a company's messages are tried again.
    pub async fn retry(&self, company: CompanyId) -> RetryPlan {
        match self.policies.get(&self.parts.db, company).await {
            Ok(policy) => policy.retry.clone(),
            Err(_) => RetryPlan::default(),
        }
    }

    /// Returns when nothing is being delivered.
    pub async fn idle(&self) {
        loop {
            let changed = self.delivered.notified();
            if self.deliveries.load(Ordering::SeqCst) == 0 {
                return;
            }
            changed.await;
        }
    }

    /// A place where a test can kill us.
    pub async fn point(&self, point: Point) {
        if self.faults.dies(point) {
            self.dead.cancel();
            std::future::pending::<()>().await;
        }
    }

    pub fn now(&self) -> Micros {
        self.parts.clock.now()
    }

    /// When a lease that is taken now ends.
    pub fn lease(&self, now: Micros) -> Micros {
        after(now, self.options.lease)
    }

    /// Time until the loop looks around by itself, jittered so that nodes do not march in step.
    pub fn pause(&self) -> Duration {
        let mut byte = [0];
        self.parts.ids.fill(&mut byte);
        let [byte] = byte;
        self.options.poll.mul_f64(0.5 + f64::from(byte) / 510.0)
    }

    pub fn gauge(&self, company: CompanyId, sender: SenderId) -> Arc<Gauge> {
        Arc::clone(lock(&self.gauges).entry((company, sender)).or_insert_with(|| Arc::new(Gauge::new(1))))
    }

    /// Until when a campaign's sender takes nothing, or its own pace lets nothing go.
    pub fn closed_until(&self, work: &Work, now: Micros) -> Option<Micros> {
        let paced = self.pace_of(work).map(|(until, _)| until).filter(|until| *until > now);
        let gauge = lock(&self.gauges).get(&(work.company, work.sender?)).cloned();
        let closed = gauge.and_then(|gauge| match work.delivery.fallback {
            // Trouble is no reason to wait while another sender may take over.
            true => gauge.limited_until(now),
            false => gauge.closed_until(now),
        });
        paced.max(closed)
    }

    /// A campaign's own pace let `granted` go, and more only at `next`.
    pub fn paced(&self, work: &Work, granted: usize, next: Micros) {
        let mut paces = lock(&self.paces);
        if paces.len() > 10_000 {
            paces.clear();
        }
        paces.insert(work.campaign, (next, granted.max(1), work.delivery.pace));
    }

    /// What its pace said last; nothing once the pace is another one.
    fn pace_of(&self, work: &Work) -> Option<(Micros, usize)> {
        let known = lock(&self.paces).get(&work.campaign).copied();
        known.filter(|(.., pace)| *pace == work.delivery.pace).map(|(until, granted, _)| (until, granted))
    }

    /// Rows worth claiming for a campaign at once, learnt from its pace.
    pub fn pace_hint(&self, work: &Work) -> usize {
        work.delivery.pace.and_then(|_| self.pace_of(work)).map_or(usize::MAX, |(_, n)| n * 2)
    }

    pub fn hold_rows(&self, ids: impl Iterator<Item = i64>) {
        lock(&self.held).extend(ids);
    }

    /// Answers whether nothing is held any more.
    pub fn let_go(&self, ids: impl Iterator<Item = i64>) -> bool {
        let mut held = lock(&self.held);
        ids.for_each(|id| {
            held.remove(&id);
        });
        held.is_empty()
    }

    pub fn held_rows(&self) -> Vec<i64> {
        lock(&self.held).iter().copied().collect()
    }

    /// Learns from an outcome of a campaign's message; answers why the campaign has to be held, if it has to.
    pub fn refused(&self, campaign: CampaignId, answer: &Outcome) -> Option<String> {
        let mut all = lock(&self.refusals);
        if all.len() > 10_000 {
            all.clear();
        }
        all.entry(campaign).or_default().note(answer, &self.options.wall)
    }

    /// Something about a campaign changed that watchers want to know.
    pub fn touch(&self, company: CompanyId, campaign: CampaignId) {
        lock(&self.dirty).insert((company, campaign));
    }

    pub fn take_touched(&self) -> Vec<(CompanyId, CampaignId)> {
        lock(&self.dirty).drain().collect()
    }

    /// False when this node prepares the campaign already.
    pub fn begin_preparing(&self, id: CampaignId) -> bool {
        lock(&self.preparing).insert(id)
    }

    pub fn end_preparing(&self, id: CampaignId) {
        lock(&self.preparing).remove(&id);
    }

    /// Compiles what a campaign sends.
    pub async fn compile(&self, campaign: &Stored) -> Result<Result<Press, Vec<ContentProblem>>, DbError> {
        let company = self.parts.companies.get(campaign.company).await?;
        let mut tx = self.parts.db.read(campaign.company).await?;
        let luggage = files::luggage(&mut tx, campaign).await?;
        drop(tx);
        Ok(luggage.and_then(|luggage| Press::new(campaign, &company, Arc::clone(&self.parts.links), None, &luggage)))
    }

    /// The compiled campaign, made once per start. `None` when the campaign moved on meanwhile.
    pub async fn press(&self, work: &Work) -> Result<Option<Result<Arc<Press>, String>>, DbError> {
        if let Some((epoch, press)) = lock(&self.presses).get(&work.campaign)
            && *epoch == work.epoch
        {
            return Ok(Some(Ok(Arc::clone(press))));
        }
        let mut tx = self.parts.db.read(work.company).await?;
        let found = campaigns::find(&mut tx, work.company, work.campaign).await?;
        drop(tx);
        let Some(campaign) = found.filter(|c| c.epoch == work.epoch && c.state == CampaignState::Sending) else {
            return Ok(None);
        };
        match self.compile(&campaign).await? {
            Err(problems) => Ok(Some(Err(first_problem(&problems)))),
            Ok(press) => {
                let press = Arc::new(press);
                let mut presses = lock(&self.presses);
                if presses.len() > 64 {
                    presses.clear();
                }
                presses.insert(work.campaign, (work.epoch, Arc::clone(&press)));
                Ok(Some(Ok(press)))
            }
        }
    }

    /// The senders a campaign may go through, its own first. Only with its leave more than that.
    pub async fn routes(&self, work: &Work, own: SenderId) -> Result<Vec<SenderId>, DbError> {
        let mut routes = vec![own];
        if work.delivery.fallback {
            let order = self.parts.outlets.order(work.company).await?;
            routes.extend(order.into_iter().filter(|other| *other != own));
        }
        Ok(routes)
    }

    /// Whether a campaign may go on through another sender that is not known to be in trouble.
    pub async fn has_other_route(&self, work: &Work, than: SenderId) -> Result<bool, DbError> {
        let now = self.now();
        let Some(own) = work.sender else { return Ok(false) };
        let routes = self.routes(work, own).await?;
        Ok(routes.into_iter().any(|other| other != than && self.gauge(work.company, other).rests_until(now).is_none()))
    }

    /// Holds a campaign for a person; nothing when it is not sending any more.
    pub async fn hold_campaign(&self, company: CompanyId, id: CampaignId, reason: &str) -> Result<(), DbError> {
        let now = self.now();
        let mut tx = self.parts.db.begin(company).await?;
        if campaigns::hold(&mut tx, company, id, CampaignState::Sending, reason, HeldBy::Trouble, now).await? {
            let payload = serde_json::json!({ "reason": reason, "by": "trouble" });
            outbox::record(&mut tx, company, "campaign.paused", id, &payload, now);
            tx.commit().await?;
            tracing::warn!(campaign = %id, reason, "campaign is held");
        }
        Ok(())
    }
}

/// The problem a person should read first.
pub(super) fn first_problem(problems: &[ContentProblem]) -> String {
    let problem = problems.iter().find(|p| p.blocks).or(problems.first());
    problem.map_or_else(|| "The content cannot be sent.".to_owned(), |p| p.message.clone())
}

/// An instant later than another.
pub(crate) fn after(now: Micros, by: Duration) -> Micros {
    Micros(now.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

struct Counted(Arc<Core>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.deliveries.fetch_sub(1, Ordering::SeqCst);
        self.0.delivered.notify_waiters();
    }
}
