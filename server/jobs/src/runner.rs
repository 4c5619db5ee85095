//! Claims what is due, keeps leases alive, fires schedules, drains on stop.

use crate::store::{self, Claimed, Hold};
use crate::work::{Ends, recover_one, settle, work};
use crate::{CANCEL_TAG, JobRun, Options, Queue, Registry, TAG};
use kernel::{Clock, Db, DbError, GroupCommit, Ids, Scope};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Sizes and times of a runner.
#[derive(Clone, Copy, Debug)]
pub struct RunnerOptions {
    /// Jobs that run at once.
    pub workers: usize,
    /// How long a job stays ours without a sign of life. Renewed three times in this span.
    pub lease: Duration,
    /// How often the queue is looked at without a wake-up; varied by a quarter so that nodes do not march in step.
    pub poll: Duration,
    /// How long running jobs may take to end after the stop.
    pub drain: Duration,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self { workers: 8, lease: Duration::from_secs(30), poll: Duration::from_secs(1), drain: Duration::from_secs(8) }
    }
}

/// Runs jobs on this node.
#[derive(Clone, Debug)]
pub struct Runner {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    queue: Queue,
    registry: Arc<Registry>,
    options: RunnerOptions,
    /// Of this process run, so that a restarted node does not renew what its forerunner held.
    node: String,
    running: Arc<Mutex<HashMap<Hold, CancellationToken>>>,
}

impl Runner {
    /// A runner of the default size.
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, registry: Registry) -> Self {
        Self {
            queue: Queue::new(Arc::clone(&clock), Arc::clone(&ids)),
            node: ids.uuid().simple().to_string(),
            db,
            clock,
            ids,
            registry: Arc::new(registry),
            options: RunnerOptions::default(),
            running: Arc::default(),
        }
    }

    /// Other sizes.
    #[must_use]
    pub fn with(mut self, options: RunnerOptions) -> Self {
        self.options = options;
        self
    }

    /// Jobs that run here now.
    pub fn running(&self) -> usize {
        self.held().len()
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Hold, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until `stop`, then lets running jobs end, and returns. What does not end in time goes back to the queue.
    pub async fn run(&self, stop: CancellationToken) {
        let room = Room::new(self.options.workers);
        let ends = GroupCommit::start(self.db.clone(), Ends);
        let mut woken = self.db.listen(TAG);
        let mut tasks = JoinSet::new();
        // Beats on until the last job has ended.
        let beating = CancellationToken::new();
        let beat = tokio::spawn(self.clone().beat(beating.clone()));
        let mut planned = false;
        // Until when the queue is known to hold more than was claimed, so that it need not be asked again.
        let mut full_until = Instant::now();
        while !stop.is_cancelled() {
            if !planned {
                planned = self.plan().await.inspect_err(|error| tracing::warn!(%error, "schedules")).is_ok();
            }
            let free = room.slots.available_permits();
            let is_full = Instant::now() < full_until;
            let claimed = match free {
                0 => Ok(Vec::new()),
                _ if is_full => self.claim(free).await,
                _ => self.look(free).await,
            };
            let claimed = claimed.unwrap_or_else(|error| {
                tracing::warn!(%error, "the queue cannot be read");
                Vec::new()
            });
            let idle = claimed.is_empty();
            if free > 0 && claimed.len() < free {
                full_until = Instant::now();
            } else if !is_full {
                full_until = Instant::now() + self.options.poll / 4;
            }
            for job in claimed {
                let Ok(slot) = Arc::clone(&room.slots).acquire_owned().await else { break };
                tasks.spawn(self.clone().one(job, stop.clone(), ends.clone(), Some((slot, Arc::clone(&room.ending)))));
            }
            while tasks.try_join_next().is_some() {}
            tokio::select! {
                () = stop.cancelled() => {}
                () = woken.woken_or(self.jittered()), if idle && free > 0 => {}
                () = room.some_free(), if free == 0 || !idle => {}
            }
        }
        let drained = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.options.drain, drained).await.is_err() {
            tasks.shutdown().await;
            self.give_back().await;
        }
        beating.cancel();
        drop(beat.await);
    }

    /// For tests: runs what is due by the clock, one after the other, until nothing is; answers how many attempts.
    pub async fn run_until_idle(&self) -> Result<usize, DbError> {
        let stop = CancellationToken::new();
        let ends = GroupCommit::start(self.db.clone(), Ends);
        self.plan().await?;
        let mut count = 0;
        loop {
            let Some(job) = self.look(1).await?.pop() else { return Ok(count) };
            self.clone().one(job, stop.clone(), ends.clone(), None).await;
            count += 1;
        }
    }

    fn jittered(&self) -> Duration {
        let mut random = [0; 1];
        self.ids.fill(&mut random);
        let [random] = random;
        // From three quarters to five quarters of the poll.
        self.options.poll * (192 + u32::from(random) / 2) / 256
    }

    /// One job. Its slot is free for the next as soon as it has run; that its end is written takes a place among `ending`,
    /// so that ends cannot pile up.
    async fn one(
        self,
        job: Claimed,
        stop: CancellationToken,
        ends: GroupCommit<Ends>,
        place: Option<(OwnedSemaphorePermit, Arc<Semaphore>)>,
    ) {
        let token = stop.child_token();
        let run = JobRun::new(&job, self.db.clone(), Arc::clone(&self.clock), token.clone());
        let hold = run.hold;
        self.held().insert(hold, token);
        let ending = work(&self.registry, job, &run, &stop).await;
        let _ending = match place {
            Some((slot, ending)) => {
                let permit = ending.acquire_owned().await.ok();
                drop(slot);
                permit
            }
            None => None,
        };
        if let Some(ending) = ending {
            settle(&ends, &run, ending).await;
        }
        self.held().remove(&hold);
    }

    /// Brings back lost jobs, fires schedules, claims at most `most`. Takes no lock when nothing is due.
    async fn look(&self, most: usize) -> Result<Vec<Claimed>, DbError> {
        let mut tx = self.db.read(Scope::System).await?;
        let due = store::due(&mut tx, self.clock.now().0).await?;
        drop(tx);
        if due.lost {
            while recover_one(&self.db, &*self.clock).await? {}
        }
        if due.planned {
            self.fire().await?;
        }
        match due.queued || due.lost || due.planned {
            true => self.claim(most).await,
            false => Ok(Vec::new()),
        }
    }

    async fn claim(&self, most: usize) -> Result<Vec<Claimed>, DbError> {
        let now = self.clock.now().0;
        let lease_until = now.saturating_add(micros(self.options.lease));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut tx = self.db.begin(Scope::System).await?;
        let claimed = store::claim(&mut tx, now, &self.registry.names(), lease_until, &self.node, most).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// Gives new schedules their first occurrence.
    async fn plan(&self) -> Result<(), DbError> {
        let mut tx = self.db.begin(Scope::System).await?;
        for (name, repeat) in self.registry.repeats() {
            store::plan(&mut tx, name, repeat.schedule.next(self.clock.now()).0).await?;
        }
        tx.commit().await
    }

    /// Enqueues what the schedules want. Each occurrence and its move to the next are one transaction.
    async fn fire(&self) -> Result<(), DbError> {
        let now = self.clock.now();
        let mut tx = self.db.read(Scope::System).await?;
        let due = store::planned(&mut tx, now.0).await?;
        drop(tx);
        for (name, at) in due {
            let Some(repeat) = self.registry.repeated(&name) else { continue };
            let mut tx = self.db.begin(Scope::System).await?;
            if store::fire(&mut tx, &name, at, repeat.schedule.next(now).0).await? {
                let options = Options::default().key(&name);
                let (payload, max) = (repeat.payload.clone(), repeat.max_attempts);
                self.queue.enqueue_raw(&mut tx, repeat.job, payload, max, options).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Renews the leases of what runs here, and tells jobs that were cancelled or lost.
    async fn beat(self, stop: CancellationToken) {
        let mut cancels = self.db.listen(CANCEL_TAG);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = cancels.woken_or(self.options.lease / 3) => {}
            }
            if let Err(error) = self.renew().await {
                tracing::warn!(%error, "leases could not be renewed");
            }
        }
    }

    async fn renew(&self) -> Result<(), DbError> {
        let held: Vec<Hold> = self.held().keys().copied().collect();
        if held.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = held.iter().map(|hold| hold.id).collect();
        let until = self.clock.now().0.saturating_add(micros(self.options.lease));
        let mut tx = self.db.begin(Scope::System).await?;
        let ours: HashMap<_, _> = store::renew(&mut tx, until, &self.node, &ids).await?.into_iter().collect();
        tx.commit().await?;
        for hold in held {
            // Not renewed means lost, or ended a moment ago.
            if ours.get(&hold).copied().unwrap_or(true)
                && let Some(token) = self.held().get(&hold)
            {
                token.cancel();
            }
        }
        Ok(())
    }

    /// Puts back what was cut off at the end of the drain.
    async fn give_back(&self) {
        let held: Vec<Hold> = self.held().drain().map(|(hold, _)| hold).collect();
        for hold in held {
            let ending = crate::work::Ending::of_cut();
            if let Err(error) = ending.settle(&self.db, hold, self.clock.now().0).await {
                tracing::warn!(%error, "a job waits for its lease to run out");
            }
        }
    }
}

/// Ends that may wait for their commit, per worker.
const ENDING: usize = 4;
/// How long a busy runner waits for half of its slots, so that its next claim is worth the commit.
const GATHER: Duration = Duration::from_millis(2);

/// How many jobs run at once, and how many may be on their way to being written down.
struct Room {
    slots: Arc<Semaphore>,
    ending: Arc<Semaphore>,
    half: u32,
}

impl Room {
    fn new(workers: usize) -> Self {
        let workers = workers.max(1);
        Self {
            slots: Arc::new(Semaphore::new(workers)),
            ending: Arc::new(Semaphore::new(workers * ENDING)),
            half: u32::try_from(workers.div_ceil(2)).unwrap_or(1),
        }
    }

    /// Returns when half of the slots are free, or one is and the others take their time.
    async fn some_free(&self) {
        if tokio::time::timeout(GATHER, self.slots.acquire_many(self.half)).await.is_err() {
            drop(self.slots.acquire().await);
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
