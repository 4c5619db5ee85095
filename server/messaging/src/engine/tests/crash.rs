//! The process is killed at random places, again and again. Truth is what the server took.

use super::*;
use crate::engine::faults::{Faults, Point};
use crate::testing::Act;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

const PEOPLE: usize = 40;

/// Dies at the n-th point that is passed, and remembers which it was.
struct DieAt {
    left: AtomicI64,
    at: Mutex<Option<Point>>,
}

impl Faults for DieAt {
    fn dies(&self, point: Point) -> bool {
        let is_now = self.left.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_now {
            *self.at.lock().unwrap() = Some(point);
        }
        is_now
    }
}

/// Dies the first time a point is passed.
pub(super) struct DieHere(pub Point, pub AtomicI64);

impl Faults for DieHere {
    fn dies(&self, point: Point) -> bool {
        point == self.0 && self.1.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

/// Runs until it dies or the campaign has ended.
pub(super) async fn run_until_dead(world: &World, id: CampaignId, faults: Arc<dyn Faults>) {
    let engine = Engine::with(world.parts.clone(), World::options(), faults);
    let stop = CancellationToken::new();
    let mut running = tokio::spawn(engine.run(stop.clone()));
    let watch = async {
        while world.get(id).await.finished.is_none() {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    tokio::select! {
        done = &mut running => done.unwrap(),
        () = watch => {
            stop.cancel();
            running.await.unwrap();
        }
        () = tokio::time::sleep(LONG) => panic!("neither dead nor done: {:?}", world.get(id).await.counts),
    }
}

fn mixed_world(db: Db, company: u8) -> World {
    let company = testkit::company(company);
    let world = World { company, actor: contract::Actor::system(company), ..World::new(db) };
    world.crowd(PEOPLE - 4);
    let no = world.person("no@example.com");
    world.people.change(world.company, no, |p| p.consent = contract::contacts::ConsentState::None);
    world.person("gone@example.com");
    world.person("lost@example.com");
    world.person("P1@Example.com");
    world.server.on("gone", Act::Refuse);
    world.server.on("lost", Act::TakeSilently);
    world
}

testkit::both! {
    async fn killed_at_random_places_nobody_is_lost_and_nobody_is_mailed_twice(db: Db) {
        let mut died = BTreeSet::new();
        for seed in 0..14 {
            let mut random = StdRng::seed_from_u64(seed);
            let world = mixed_world(db.clone(), seed as u8 + 10);
            let id = world.campaign().await.id;
            world.service.send(&world.actor, id).await.unwrap();
            for _ in 0..random.random_range(1..5) {
                let faults = Arc::new(DieAt { left: AtomicI64::new(random.random_range(1..90)), at: Mutex::default() });
                run_until_dead(&world, id, faults.clone()).await;
                died.extend(faults.at.lock().unwrap().map(|p| format!("{p:?}")));
                // The leases of the dead end.
                world.clock.advance(Duration::from_secs(31));
            }
            let ended = run_until_ended(&world, id).await;
            assert_eq!(ended.state, CampaignState::FinishedWithFailures, "seed {seed}");
            let counts = ended.counts;
            // A refusal whose answer died with the process is unknown as well.
            assert_eq!((counts.skipped, counts.failed + counts.accepted + counts.unknown), (2, PEOPLE as i64 - 2), "seed {seed}: {counts:?}");
            assert!(counts.failed <= 1 && counts.accepted <= PEOPLE as i64 - 4, "seed {seed}: {counts:?}");
            assert_honest(&world, id, PEOPLE).await;
        }
        assert!(died.len() >= 4, "too few places were tried: {died:?}");
    }

    async fn killed_at_each_place_in_turn_the_campaign_still_ends_right(db: Db) {
        for (n, point) in Point::ALL.into_iter().enumerate() {
            let world = mixed_world(db.clone(), n as u8 + 100);
            let id = world.campaign().await.id;
            world.service.send(&world.actor, id).await.unwrap();
            run_until_dead(&world, id, Arc::new(DieHere(point, AtomicI64::new(2)))).await;
            world.clock.advance(Duration::from_secs(31));
            run_until_ended(&world, id).await;
            assert_honest(&world, id, PEOPLE).await;
        }
    }

    async fn a_hand_over_of_a_killed_node_becomes_unknown_and_no_sooner_than_its_lease_ends(db: Db) {
        let world = World::new(db);
        world.person("hang@example.com");
        world.crowd(3);
        world.server.on("hang", Act::TakeAndHang);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let killed = tokio::spawn(engine(&world).run(CancellationToken::new()));
        while world.get(id).await.counts.accepted < 3 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        killed.abort();
        assert!(killed.await.is_err());
        let stop = CancellationToken::new();
        let other = tokio::spawn(engine(&world).run(stop.clone()));
        world.clock.advance(Duration::from_secs(29));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(world.get(id).await.counts.handed, 1);
        world.clock.advance(Duration::from_secs(2));
        let ended = run_until_ended(&world, id).await;
        stop.cancel();
        other.await.unwrap();
        assert_eq!((ended.counts.accepted, ended.counts.unknown), (3, 1));
        assert_honest(&world, id, 4).await;
    }

    async fn a_clock_that_jumps_does_not_lose_what_this_node_is_doing(db: Db) {
        let world = World::new(db);
        world.person("hang@example.com");
        world.server.on("hang", Act::TakeAndHang);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let running = tokio::spawn(engine(&world).run(CancellationToken::new()));
        while world.get(id).await.counts.handed == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        world.clock.advance(Duration::from_secs(3600));
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(world.get(id).await.counts.handed, 1);
        running.abort();
        let _ = running.await;
    }

    async fn a_node_that_is_alive_keeps_its_rows_however_long_they_take(db: Db) {
        let world = World::new(db);
        world.person("hang@example.com");
        world.server.on("hang", Act::TakeAndHang);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let options = Options { renew: Duration::from_millis(5), ..World::options() };
        let running = tokio::spawn(Engine::with(world.parts.clone(), options, Arc::new(NoFaults)).run(CancellationToken::new()));
        while world.get(id).await.counts.handed == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let other = tokio::spawn(engine(&world).run(CancellationToken::new()));
        let lease = async || -> i64 {
            let mut tx = world.parts.db.read(world.company).await.unwrap();
            let sql = "SELECT COALESCE(lease_until, 0) FROM recipient WHERE company_id = $1";
            tx.query(sql).bind(world.company.0).fetch_scalar().await.unwrap()
        };
        for _ in 0..10 {
            world.clock.advance(Duration::from_secs(20));
            let renewed = world.clock_now().plus_seconds(30).0;
            let wait = async { while lease().await < renewed { tokio::time::sleep(Duration::from_millis(2)).await } };
            tokio::time::timeout(LONG, wait).await.expect("a sign of life");
        }
        assert_eq!(world.get(id).await.counts.handed, 1);
        running.abort();
        other.abort();
        let _ = (running.await, other.await);
    }

    async fn late_outcomes_hit_nothing(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until_dead(&world, id, Arc::new(DieHere(Point::AfterHand, AtomicI64::new(1)))).await;
        world.clock.advance(Duration::from_secs(31));
        let ended = run_until_ended(&world, id).await;
        assert_eq!(ended.counts.unknown, 1);
        let mut tx = world.parts.db.begin(world.company).await.unwrap();
        let sql = "SELECT id, attempt_id, epoch FROM recipient WHERE company_id = $1";
        let (row, attempt, epoch): (i64, uuid::Uuid, i64) = tx.query(sql).bind(world.company.0).fetch_one().await.unwrap();
        let end = rules::End::settled(RecipientState::Accepted, "", "250 ok");
        let hit = store::settle(&mut tx, &[store::Settled::new(row, attempt, epoch, &end, true)], world.clock_now()).await.unwrap();
        assert!(hit.is_empty(), "an outcome after the lease was taken");
        tx.commit().await.unwrap();
    }
}

impl World {
    fn clock_now(&self) -> contract::Micros {
        self.parts.clock.now()
    }
}
