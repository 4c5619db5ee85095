//! The promises of the queue, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "test"
)]

use jobs::{Job, JobError, JobRun, JobView, Options, Queue, Registry, Runner, RunnerOptions, Schedule};
use kernel::{Clock, Db, Ids, Scope, TestClock};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::both;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What a test job shall do.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Act {
    Note(i64),
    Retry,
    Fail,
    Panic,
    Later,
    /// Says that it started, and waits until it is told to stop.
    Wait,
    /// Finishes itself in a transaction, then fails.
    Finish,
    /// Starts, waits for the gate, then tries to finish under its guard.
    Slow,
}

#[derive(Default)]
struct Seen {
    notes: Mutex<Vec<i64>>,
    attempts: AtomicUsize,
    started: Notify,
    gate: Notify,
    lost: AtomicUsize,
}

impl Seen {
    fn notes(&self) -> Vec<i64> {
        self.notes.lock().unwrap().clone()
    }
}

impl Job for Act {
    const NAME: &'static str = "test.act";
    type Context = (Db, Arc<Seen>);
    const MAX_ATTEMPTS: u32 = 3;

    async fn run(self, (db, seen): &Self::Context, run: &JobRun) -> Result<(), JobError> {
        seen.attempts.fetch_add(1, Ordering::SeqCst);
        match self {
            Self::Note(n) => seen.notes.lock().unwrap().push(n),
            Self::Retry => return Err(JobError::retry("not yet")),
            Self::Fail => return Err(JobError::fail("never")),
            Self::Panic => panic!("oh"),
            Self::Later => return Err(JobError::later(Duration::from_secs(60))),
            Self::Wait => {
                seen.started.notify_one();
                run.cancelled().await;
                run.check()?;
            }
            Self::Finish => {
                let mut tx = db.begin(Scope::System).await?;
                run.finish(&mut tx).await?;
                tx.commit().await?;
                return Err(JobError::fail("after the end"));
            }
            Self::Slow => {
                seen.started.notify_one();
                seen.gate.notified().await;
                let mut tx = db.begin(Scope::System).await?;
                if run.guard(&mut tx).await.is_err() {
                    seen.lost.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
        Ok(())
    }
}

struct House {
    db: Db,
    clock: TestClock,
    ids: Arc<dyn Ids>,
    queue: Queue,
    seen: Arc<Seen>,
}

fn house(db: Db) -> House {
    let (clock, ids) = testkit::clock_and_ids();
    let queue = Queue::new(Arc::new(clock.clone()), Arc::clone(&ids));
    House { db, clock, ids, queue, seen: Arc::default() }
}

impl House {
    fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        registry.add::<Act>(Arc::new((self.db.clone(), Arc::clone(&self.seen))));
        registry
    }

    fn runner_with(&self, registry: Registry) -> Runner {
        Runner::new(self.db.clone(), Arc::new(self.clock.clone()), Arc::clone(&self.ids), registry)
    }

    fn runner(&self) -> Runner {
        self.runner_with(self.registry())
    }

    async fn put(&self, act: Act, options: Options) -> jobs::JobId {
        let mut tx = self.db.begin(Scope::System).await.unwrap();
        let id = self.queue.enqueue(&mut tx, &act, options).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn job(&self, id: jobs::JobId) -> JobView {
        let mut tx = self.db.read(Scope::System).await.unwrap();
        jobs::find(&mut tx, id).await.unwrap().unwrap()
    }
}

both! {
    async fn jobs_run_in_the_order_they_are_due_and_not_before(db: Db) {
        let h = house(db);
        h.put(Act::Note(3), Options::at(h.clock.now().plus_seconds(60))).await;
        h.put(Act::Note(2), Options::default()).await;
        h.put(Act::Note(1), Options::at(h.clock.now().plus_seconds(-60))).await;
        assert_eq!(h.runner().run_until_idle().await.unwrap(), 2);
        assert_eq!(h.seen.notes(), [1, 2]);
        h.clock.advance(Duration::from_secs(60));
        h.runner().run_until_idle().await.unwrap();
        assert_eq!(h.seen.notes(), [1, 2, 3]);
    }

    async fn a_job_of_a_rolled_back_transaction_never_runs(db: Db) {
        let h = house(db);
        let mut tx = h.db.begin(Scope::System).await.unwrap();
        h.queue.enqueue(&mut tx, &Act::Note(1), Options::default()).await.unwrap();
        drop(tx);
        assert_eq!(h.runner().run_until_idle().await.unwrap(), 0);
    }

    async fn a_retry_waits_for_its_backoff_and_the_last_attempt_is_kept_as_failed(db: Db) {
        let h = house(db);
        let id = h.put(Act::Retry, Options::default()).await;
        let runner = h.runner();
        for (attempt, wait) in [(1, 10), (2, 20)] {
            assert_eq!(runner.run_until_idle().await.unwrap(), 1);
            let job = h.job(id).await;
            assert_eq!((job.state.as_str(), job.attempt), ("queued", attempt));
            h.clock.advance(Duration::from_secs(wait - 1));
            assert_eq!(runner.run_until_idle().await.unwrap(), 0);
            h.clock.advance(Duration::from_secs(1));
        }
        runner.run_until_idle().await.unwrap();
        let job = h.job(id).await;
        assert_eq!((job.state.as_str(), job.error.as_deref()), ("failed", Some("not yet")));
        assert!(job.finished_at.is_some());
    }

    async fn a_panic_counts_as_an_attempt_and_others_go_on(db: Db) {
        let h = house(db);
        let id = h.put(Act::Panic, Options::default()).await;
        h.put(Act::Note(1), Options::default()).await;
        for _ in 0..3 {
            h.runner().run_until_idle().await.unwrap();
            h.clock.advance(Duration::from_secs(100));
        }
        assert_eq!(h.seen.notes(), [1]);
        let job = h.job(id).await;
        assert_eq!((job.state.as_str(), job.attempt, job.error.as_deref()), ("failed", 3, Some("panicked: oh")));
    }

    async fn a_failure_is_final_and_coming_back_later_costs_no_attempt(db: Db) {
        let h = house(db);
        let failed = h.put(Act::Fail, Options::default()).await;
        let later = h.put(Act::Later, Options::default()).await;
        for _ in 0..5 {
            h.runner().run_until_idle().await.unwrap();
            h.clock.advance(Duration::from_secs(60));
        }
        let job = h.job(failed).await;
        assert_eq!((job.state.as_str(), job.attempt), ("failed", 1));
        let job = h.job(later).await;
        assert_eq!((job.state.as_str(), job.attempt), ("queued", 0));
        assert_eq!(h.seen.attempts.load(Ordering::SeqCst), 6);
    }

    async fn a_key_is_queued_once_with_the_earlier_time_and_again_after_it_ran(db: Db) {
        let h = house(db);
        let late = h.clock.now().plus_seconds(100);
        let first = h.put(Act::Note(1), Options::at(late).key("k")).await;
        let second = h.put(Act::Note(2), Options::default().key("k")).await;
        assert_eq!(first, second);
        assert_ne!(first, h.put(Act::Note(3), Options::default().key("k").company(testkit::company(1))).await);
        h.runner().run_until_idle().await.unwrap();
        assert_eq!(h.seen.notes(), [1, 3]);
        assert_ne!(first, h.put(Act::Note(4), Options::default().key("k")).await);
    }

    async fn a_worker_that_lost_its_lease_can_no_longer_complete(db: Db) {
        let h = house(db);
        let id = h.put(Act::Slow, Options::default()).await;
        let sleeper = tokio::spawn({
            let runner = h.runner();
            async move { runner.run_until_idle().await.unwrap() }
        });
        h.seen.started.notified().await;
        assert_eq!(h.job(id).await.state, "running");
        // Past the lease another node takes over. It waits at the gate as well.
        h.clock.advance(Duration::from_secs(31));
        let heir = tokio::spawn({
            let runner = h.runner();
            async move { runner.run_until_idle().await.unwrap() }
        });
        h.seen.started.notified().await;
        assert_eq!(h.job(id).await.attempt, 2);
        // The gate lets them through in the order in which they wait: the sleeper first.
        h.seen.gate.notify_one();
        sleeper.await.unwrap();
        assert_eq!(h.seen.lost.load(Ordering::SeqCst), 1);
        assert_eq!(h.job(id).await.state, "running", "the sleeper completed what is not his");
        h.seen.gate.notify_one();
        heir.await.unwrap();
        assert_eq!(h.seen.lost.load(Ordering::SeqCst), 1);
        assert_eq!(h.job(id).await.state, "done");
    }

    async fn a_job_that_kills_its_worker_ends_as_failed(db: Db) {
        let h = house(db);
        let id = h.put(Act::Slow, Options::default()).await;
        for _ in 0..3 {
            let runner = h.runner();
            let worker = tokio::spawn(async move { runner.run_until_idle().await });
            h.seen.started.notified().await;
            worker.abort();
            assert!(worker.await.is_err_and(|end| end.is_cancelled()));
            h.clock.advance(Duration::from_secs(31));
        }
        h.runner().run_until_idle().await.unwrap();
        let job = h.job(id).await;
        assert_eq!((job.state.as_str(), job.attempt), ("failed", 3));
    }

    async fn two_lost_jobs_of_one_key_become_one(db: Db) {
        let h = house(db);
        for _ in 0..2 {
            h.put(Act::Slow, Options::default().key("k")).await;
            let runner = h.runner();
            let worker = tokio::spawn(async move { runner.run_until_idle().await });
            h.seen.started.notified().await;
            worker.abort();
            assert!(worker.await.is_err_and(|end| end.is_cancelled()));
        }
        h.clock.advance(Duration::from_secs(31));
        let runner = h.runner();
        // The gate opens only for the job that runs now: one that was cut off a moment ago may still stand before it.
        let open = async {
            h.seen.started.notified().await;
            h.seen.gate.notify_one();
        };
        assert_eq!(tokio::join!(runner.run_until_idle(), open).0.unwrap(), 1);
        let mut tx = h.db.read(Scope::System).await.unwrap();
        let mut states: Vec<_> =
            jobs::list(&mut tx, None, None, None, 10).await.unwrap().into_iter().map(|job| job.state).collect();
        states.sort();
        assert_eq!(states, ["cancelled", "done"]);
    }

    async fn a_cancelled_job_stops_and_does_not_come_back(db: Db) {
        let h = house(db);
        let waiting = h.put(Act::Note(1), Options::at(h.clock.now().plus_seconds(60))).await;
        let running = h.put(Act::Wait, Options::default()).await;
        let stop = CancellationToken::new();
        let runner = h.runner();
        let task = tokio::spawn({
            let (runner, stop) = (runner.clone(), stop.clone());
            async move { runner.run(stop).await }
        });
        h.seen.started.notified().await;
        for id in [waiting, running] {
            let mut tx = h.db.begin(Scope::System).await.unwrap();
            assert!(jobs::cancel(&mut tx, id, h.clock.now()).await.unwrap());
            tx.commit().await.unwrap();
        }
        while h.job(running).await.state == "running" {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        task.await.unwrap();
        assert_eq!(h.job(waiting).await.state, "cancelled");
        assert_eq!(h.job(running).await.state, "cancelled");
        let mut tx = h.db.begin(Scope::System).await.unwrap();
        assert!(!jobs::cancel(&mut tx, running, h.clock.now()).await.unwrap());
        assert!(jobs::retry(&mut tx, waiting, h.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
        h.runner().run_until_idle().await.unwrap();
        assert_eq!(h.seen.notes(), [1]);
    }

    async fn a_stopped_program_gives_its_jobs_back_uncounted(db: Db) {
        let h = house(db);
        let polite = h.put(Act::Wait, Options::default()).await;
        let deaf = h.put(Act::Slow, Options::default()).await;
        let stop = CancellationToken::new();
        let runner = h.runner().with(RunnerOptions { drain: Duration::from_millis(50), ..RunnerOptions::default() });
        let task = tokio::spawn({
            let (runner, stop) = (runner.clone(), stop.clone());
            async move { runner.run(stop).await }
        });
        while runner.running() < 2 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        task.await.unwrap();
        for id in [polite, deaf] {
            let job = h.job(id).await;
            assert_eq!((job.state.as_str(), job.attempt), ("queued", 0));
        }
    }

    async fn a_job_can_finish_in_the_transaction_of_its_effects(db: Db) {
        let h = house(db);
        let id = h.put(Act::Finish, Options::default()).await;
        h.runner().run_until_idle().await.unwrap();
        assert_eq!(h.job(id).await.state, "done");
    }

    async fn a_schedule_fires_once_per_occurrence_on_all_nodes_together(db: Db) {
        let h = house(db);
        let node = || {
            let mut registry = h.registry();
            registry.repeat("minutely", Schedule::Every(Duration::from_secs(60)), &Act::Note(7));
            h.runner_with(registry)
        };
        let nodes = [node(), node(), node()];
        for node in &nodes {
            assert_eq!(node.run_until_idle().await.unwrap(), 0);
        }
        for _ in 0..5 {
            h.clock.advance(Duration::from_secs(60));
            let all = nodes.iter().map(Runner::run_until_idle);
            let ran: usize = futures::future::join_all(all).await.into_iter().map(Result::unwrap).sum();
            assert_eq!(ran, 1);
        }
        // A long stop is made up for once, and a clock that goes back fires nothing twice.
        h.clock.advance(Duration::from_secs(3600));
        assert_eq!(nodes[0].run_until_idle().await.unwrap(), 1);
        h.clock.set(h.clock.now().plus_seconds(-600));
        assert_eq!(nodes[1].run_until_idle().await.unwrap(), 0);
    }

    async fn several_nodes_share_the_queue_without_running_anything_twice(db: Db) {
        let h = house(db);
        let mut tx = h.db.begin(Scope::System).await.unwrap();
        for n in 0..200 {
            h.queue.enqueue(&mut tx, &Act::Note(n), Options::default()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let stop = CancellationToken::new();
        let nodes: Vec<_> = (0..3)
            .map(|_| {
                let (runner, stop) = (h.runner(), stop.clone());
                tokio::spawn(async move { runner.run(stop).await })
            })
            .collect();
        while h.seen.notes().len() < 200 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        futures::future::join_all(nodes).await;
        let mut notes = h.seen.notes();
        notes.sort_unstable();
        assert_eq!(notes, (0..200).collect::<Vec<_>>());
        let mut tx = h.db.read(Scope::System).await.unwrap();
        assert_eq!(jobs::depth(&mut tx).await.unwrap(), []);
    }

    async fn a_company_sees_and_cancels_only_its_own_jobs(db: Db) {
        let h = house(db);
        let (a, b) = (testkit::company(1), testkit::company(2));
        let mut tx = h.db.begin(a).await.unwrap();
        let id = h.queue.enqueue(&mut tx, &Act::Note(1), Options::default()).await.unwrap();
        tx.commit().await.unwrap();
        h.put(Act::Note(2), Options::default()).await;
        let mut tx = h.db.begin(b).await.unwrap();
        assert!(jobs::find(&mut tx, id).await.unwrap().is_none());
        assert!(!jobs::cancel(&mut tx, id, h.clock.now()).await.unwrap());
        assert_eq!(jobs::list(&mut tx, None, None, None, 10).await.unwrap(), []);
        drop(tx);
        let mut tx = h.db.begin(a).await.unwrap();
        assert_eq!(jobs::list(&mut tx, Some("queued"), Some("test.act"), None, 10).await.unwrap().len(), 1);
        assert!(jobs::cancel(&mut tx, id, h.clock.now()).await.unwrap());
    }

    async fn housekeeping_forgets_what_is_old(db: Db) {
        let h = house(db);
        h.put(Act::Note(1), Options::default()).await;
        let mut registry = h.registry();
        jobs::add_housekeeping(&mut registry, h.db.clone());
        let runner = h.runner_with(registry);
        runner.run_until_idle().await.unwrap();
        h.clock.advance(Duration::from_secs(15 * 86_400));
        runner.run_until_idle().await.unwrap();
        let mut tx = h.db.read(Scope::System).await.unwrap();
        let left = jobs::list(&mut tx, None, None, None, 10).await.unwrap();
        assert!(left.iter().all(|job| job.name != "test.act"), "{left:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_job_is_lost_when_the_database_server_drops_every_connection() {
    let Some(at) = testkit::TestPostgres::fresh().await else { return };
    let h = house(at.db.clone());
    let mut tx = h.db.begin(Scope::System).await.unwrap();
    for n in 0..100 {
        h.queue.enqueue(&mut tx, &Act::Note(n), Options::default()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let stop = CancellationToken::new();
    let quick = RunnerOptions { workers: 2, poll: Duration::from_millis(5), ..RunnerOptions::default() };
    let task = tokio::spawn({
        let (runner, stop) = (h.runner().with(quick), stop.clone());
        async move { runner.run(stop).await }
    });
    let mut cuts = 0;
    loop {
        let mut seen = h.seen.notes();
        seen.sort_unstable();
        seen.dedup();
        if seen.len() == 100 {
            break;
        }
        if seen.len() / 10 > cuts {
            cuts += 1;
            at.cut_connections().await;
        }
        // What was claimed in a lost answer comes back when its lease has run out.
        h.clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.cancel();
    task.await.unwrap();
    assert!(cuts > 3, "the connections were cut {cuts} times only");
    h.clock.advance(Duration::from_secs(100));
    h.runner().run_until_idle().await.unwrap();
    let mut tx = h.db.read(Scope::System).await.unwrap();
    assert_eq!(jobs::depth(&mut tx).await.unwrap(), [], "all ended, none failed");
    drop(tx);
    at.drop().await;
}

#[test]
fn every_statement_is_accepted_by_both_engines() {
    testkit::prepare_all();
}

/// Never yields, until the test lets it go.
#[derive(Debug, Serialize, Deserialize)]
struct Spin;

impl Job for Spin {
    const NAME: &'static str = "test.spin";
    type Context = AtomicUsize;
    const TIMEOUT: Duration = Duration::from_millis(50);

    async fn run(self, is_over: &AtomicUsize, _: &JobRun) -> Result<(), JobError> {
        while is_over.load(Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

both! {
    async fn a_job_that_never_yields_is_put_aside_at_once_and_the_others_go_on(db: Db) {
        let (clock, ids) = testkit::clock_and_ids();
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let queue = Queue::new(Arc::clone(&clock), Arc::clone(&ids));
        let (is_over, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Seen::default()));
        let mut registry = Registry::new();
        registry.add::<Spin>(Arc::clone(&is_over)).add::<Act>(Arc::new((db.clone(), Arc::clone(&seen))));
        let runner = Runner::new(db.clone(), clock, ids, registry);
        let mut tx = db.begin(Scope::System).await.unwrap();
        let id = queue.enqueue(&mut tx, &Spin, Options::default()).await.unwrap();
        queue.enqueue(&mut tx, &Act::Note(7), Options::default()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(runner.run_until_idle().await.unwrap(), 2);
        let mut tx = db.read(Scope::System).await.unwrap();
        let job = jobs::find(&mut tx, id).await.unwrap().unwrap();
        is_over.store(1, Ordering::SeqCst);
        assert_eq!((job.state.as_str(), job.attempt), ("failed", 1));
        assert!(job.error.unwrap().contains("could not be stopped"));
        assert_eq!(seen.notes(), [7]);
    }
}
