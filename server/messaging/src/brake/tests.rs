//! The brake on both databases, over several engines, and copies of databases.

use super::lineage::Times;
use super::*;
use crate::engine::faults::NoFaults;
use crate::engine::{Engine, Options};
use crate::testing::World;
use contract::campaigns::{CampaignState, Campaigns, When};
use contract::sending::Sending;
use contract::{Actor, Fault, Role};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(60);

async fn until<F: Future<Output = bool>>(mut done: impl FnMut() -> F) {
    let reached = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    tokio::time::timeout(LONG, reached).await.expect("it did not get there");
}

/// Does not move for longer than anything takes that is on its way.
async fn assert_still(world: &World) {
    let before = world.server.addresses().len();
    tokio::time::sleep(Duration::from_millis(120)).await;
    assert_eq!(world.server.addresses().len(), before, "mail went out under the brake");
}

fn role(world: &World, role: Role) -> Actor {
    Actor { role, ..world.actor.clone() }
}

fn engine(world: &World) -> Engine {
    Engine::with(world.parts.clone(), World::options(), Arc::new(NoFaults))
}

testkit::both! {
    async fn after_a_stop_no_engine_hands_anything_over_and_releasing_leaves_it_to_people(db: Db) {
        let world = World::new(db);
        world.crowd(2000);
        let id = world.campaign().await.id;
        let service = Service::new(world.parts.clone());
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let nodes: Vec<_> = (0..2).map(|_| tokio::spawn(engine(&world).run(stop.clone()))).collect();
        until(|| async { world.server.addresses().len() > 40 }).await;
        let began = Instant::now();
        assert_eq!(service.stop(&world.actor, "Wrong price".into()).await.unwrap(), 1);
        until(|| async { let c = world.get(id).await.counts; c.handed + c.claimed == 0 }).await;
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_still(&world).await;
        assert!(world.server.addresses().len() < 2000);
        let state = service.state(&world.actor).await.unwrap();
        assert_eq!(state.stopped.map(|s| s.reason), Some("Emergency stop: Wrong price".into()));
        // Nothing starts under it, and an editor cannot lift it.
        assert!(matches!(world.service.resume(&world.actor, id).await, Err(Fault::Conflict { .. })));
        assert!(matches!(world.service.send_test(&world.actor, id, vec!["me@example.com".into()], None).await, Err(Fault::Conflict { .. })));
        assert!(matches!(service.release(&role(&world, Role::Approver)).await, Err(Fault::Denied { .. })));
        assert!(!service.release(&role(&world, Role::Admin)).await.unwrap().is_halted());
        assert_eq!(world.get(id).await.state, CampaignState::Paused);
        assert_still(&world).await;
        world.service.resume(&world.actor, id).await.unwrap();
        until(|| async { world.get(id).await.finished.is_some() }).await;
        stop.cancel();
        for node in nodes {
            node.await.unwrap();
        }
        assert_eq!((world.get(id).await.counts.accepted, world.server.addresses().len()), (2000, 2000));
        let events = kernel::outbox::after(&world.parts.db, Scope::Company(world.company), 0, 5000).await.unwrap();
        for kind in ["sending.stopped", "sending.released"] {
            assert_eq!(events.iter().filter(|e| e.kind == kind).count(), 1, "{kind}");
        }
    }

    async fn an_operator_stops_every_company_and_what_was_going_out_goes_on_after_it(db: Db) {
        let world = World::new(db);
        world.crowd(1500);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(engine(&world).run(stop.clone()));
        until(|| async { world.server.addresses().len() > 20 }).await;
        stop_installation(&world.parts.db, "Blacklisted", world.parts.clock.now()).await.unwrap();
        until(|| async { let c = world.get(id).await.counts; c.handed + c.claimed == 0 }).await;
        assert_still(&world).await;
        assert_eq!(world.get(id).await.state, CampaignState::Sending);
        let rows = world.rows(id).await;
        assert!(rows.iter().filter(|r| r.state == contract::campaigns::RecipientState::Pending).all(|r| r.attempts == 0), "a try was burnt");
        release_installation(&world.parts.db).await.unwrap();
        until(|| async { world.get(id).await.finished.is_some() }).await;
        stop.cancel();
        running.await.unwrap();
        assert_eq!(world.server.addresses().len(), 1500);
    }

    async fn a_planned_start_does_not_fire_under_the_brake_and_is_held_when_it_opens_too_late(db: Db) {
        let world = World::new(db);
        world.crowd(3);
        let id = world.campaign().await.id;
        let when = When { wall: "2026-01-15T11:00".into(), zone: "UTC".into() };
        world.service.schedule(&world.actor, id, when).await.unwrap();
        stop_installation(&world.parts.db, "x", world.parts.clock.now()).await.unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(engine(&world).run(stop.clone()));
        world.clock.advance(Duration::from_secs(6 * 3600));
        assert_still(&world).await;
        assert_eq!(world.get(id).await.state, CampaignState::Scheduled);
        release_installation(&world.parts.db).await.unwrap();
        until(|| async { world.get(id).await.state == CampaignState::Paused }).await;
        stop.cancel();
        running.await.unwrap();
        assert!(world.server.addresses().is_empty());
    }

    async fn once_a_stop_is_committed_no_gate_passes(db: Db) {
        // Gates race against stops: whatever committed intents after the stop answered would show here.
        let world = Arc::new(World::new(db));
        world.crowd(1);
        let id = world.campaign().await.id;
        let service = Service::new(world.parts.clone());
        for _ in 0..20 {
            let mut tx = world.parts.db.begin(world.company).await.unwrap();
            store::lock_for_sending(&mut tx).await.unwrap();
            let before = store::closed(&mut tx, world.company).await.unwrap();
            assert_eq!(before, None);
            let stopping = tokio::spawn({
                let (service, actor) = (service.clone(), world.actor.clone());
                async move { service.stop(&actor, String::new()).await.unwrap() }
            });
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert!(!stopping.is_finished(), "the stop did not wait for intents that are about to commit");
            tx.commit().await.unwrap();
            stopping.await.unwrap();
            let mut tx = world.parts.db.begin(world.company).await.unwrap();
            store::lock_for_sending(&mut tx).await.unwrap();
            assert_eq!(store::closed(&mut tx, world.company).await.unwrap(), Some(Closed::Company));
            drop(tx);
            service.release(&world.actor).await.unwrap();
        }
        assert_eq!(world.get(id).await.state, CampaignState::Draft);
    }

    async fn a_node_that_lost_the_database_closes_its_own_brake(db: Db) {
        let world = World::new(db.clone());
        let watch = Watch::new(db.clone(), None);
        assert_eq!(watch.closed(world.company).await, None);
        watch.age_for_test(Duration::from_secs(1));
        db.close().await;
        assert_eq!(watch.closed(world.company).await, None, "a short gap is bridged");
        watch.age_for_test(Duration::from_secs(6));
        assert_eq!(watch.closed(world.company).await, Some(Closed::Unsure));
    }

    async fn a_node_knows_the_database_it_left_and_a_new_one_joins_only_while_one_beats(db: Db) {
        let world = World::new(db);
        let first = tempfile::tempdir().unwrap();
        let second = tempfile::tempdir().unwrap();
        let a = node(&world, first.path());
        until(|| async { a.is_known() }).await;
        let b = node(&world, second.path());
        until(|| async { b.is_known() }).await;
        a.end().await;
        b.end().await;
        // Both come back to what they left, in any order, alone.
        let b = node(&world, second.path());
        until(|| async { b.is_known() }).await;
        b.end().await;
        assert!(!is_frozen(&world).await);
        // A third without a past, with nobody there to vouch for the database: perhaps it is a copy.
        let third = tempfile::tempdir().unwrap();
        let c = node(&world, third.path());
        until(|| async { is_frozen(&world).await }).await;
        assert!(!c.is_known());
        // Those with a past wait too: an admin was asked.
        let a = node(&world, first.path());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!a.is_known());
        Service::new(world.parts.clone()).confirm_copy(&role(&world, Role::Admin)).await.unwrap();
        until(|| async { a.is_known() && c.is_known() }).await;
        a.end().await;
        c.end().await;
        assert!(!is_frozen(&world).await);
    }

    async fn a_database_put_back_under_a_running_node_freezes(db: Db) {
        let world = World::new(db);
        let folder = tempfile::tempdir().unwrap();
        let a = node(&world, folder.path());
        until(|| async { a.is_known() }).await;
        let old = tokens(&world).await;
        until(|| async { tokens(&world).await != old }).await;
        // As a restore would leave it.
        let mut tx = world.parts.db.begin(Scope::System).await.unwrap();
        tx.query("UPDATE installation_node SET token = $1").bind("an older one").execute().await.unwrap();
        tx.commit().await.unwrap();
        until(|| async { is_frozen(&world).await }).await;
        assert!(!a.is_known());
        a.end().await;
    }

    async fn a_copied_data_directory_is_not_the_one_it_was(db: Db) {
        let world = World::new(db);
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let a = node(&world, folder.path());
        until(|| async { a.is_known() }).await;
        a.end().await;
        std::fs::copy(folder.path().join("lineage.json"), other.path().join("lineage.json")).unwrap();
        let copy = node(&world, other.path());
        until(|| async { is_frozen(&world).await }).await;
        assert!(!copy.is_known());
        copy.end().await;
    }

    async fn a_crash_between_disk_and_database_is_no_riddle(db: Db) {
        let world = World::new(db);
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..8 {
            let a = node(&world, folder.path());
            until(|| async { a.is_known() }).await;
            let seen = tokens(&world).await;
            until(|| async { tokens(&world).await != seen }).await;
            // Dropped wherever it stands.
            a.running.abort();
            let _ = a.running.await;
            // And once with the file a beat ahead, as a crash before the commit leaves it.
            let path = folder.path().join("lineage.json");
            let mut memory: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            memory["current"] = tokens(&world).await[0].clone().into();
            memory["next"] = "never reached the database".into();
            std::fs::write(&path, memory.to_string()).unwrap();
        }
        assert!(!is_frozen(&world).await);
    }
}

async fn tokens(world: &World) -> Vec<String> {
    let mut tx = world.parts.db.read(Scope::System).await.unwrap();
    store::nodes(&mut tx).await.unwrap().into_iter().map(|(_, token, _)| token).collect()
}

async fn is_frozen(world: &World) -> bool {
    let mut tx = world.parts.db.read(Scope::System).await.unwrap();
    store::installation(&mut tx).await.unwrap().frozen_at.is_some()
}

struct Node {
    known: Arc<std::sync::atomic::AtomicBool>,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl Node {
    fn is_known(&self) -> bool {
        self.known.load(std::sync::atomic::Ordering::SeqCst)
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

fn times() -> Times {
    let ms = Duration::from_millis;
    Times { beat: ms(20), look: ms(600), pause: ms(10) }
}

fn lineage(world: &World, folder: &Path) -> Lineage {
    let parts = &world.parts;
    Lineage::new(folder.to_owned(), parts.db.clone(), Arc::clone(&parts.clock), Arc::clone(&parts.ids)).with(times())
}

fn node(world: &World, folder: &Path) -> Node {
    let (lineage, stop) = (lineage(world, folder), CancellationToken::new());
    Node { known: lineage.known(), running: tokio::spawn(lineage.run(stop.clone())), stop }
}

/// Fault 8: a snapshot of a database with a due campaign, started beside the original.
#[test]
fn a_snapshot_started_beside_the_original_sends_nothing_until_it_is_confirmed() {
    testkit::on_sqlite(|db| async move {
        let world = World::new(db.clone());
        let home = tempfile::tempdir().unwrap();
        world.crowd(20);
        let id = world.campaign().await.id;
        let when = When { wall: "2026-01-15T11:00".into(), zone: "UTC".into() };
        world.service.schedule(&world.actor, id, when).await.unwrap();
        let original = node(&world, home.path());
        until(|| async { original.is_known() }).await;
        original.end().await;

        let away = tempfile::tempdir().unwrap();
        let file = away.path().join("copy.db");
        let mut tx = db.begin(Scope::System).await.unwrap();
        tx.query("PRAGMA wal_checkpoint").execute().await.ok();
        drop(tx);
        let path = sqlite_path(&db).await;
        std::fs::copy(&path, &file).unwrap();
        let wal = format!("{path}-wal");
        if Path::new(&wal).exists() {
            std::fs::copy(&wal, format!("{}-wal", file.display())).unwrap();
        }
        let url = format!("sqlite://{}", file.display()).parse().unwrap();
        let copied = Db::open(&url, kernel::db::DbOptions::default()).await.unwrap();
        let clone = World { server: world.server.clone(), ..World::new(copied.clone()) };
        // The people live outside the database in these tests.
        let parts = crate::engine::Parts { db: copied.clone(), ..world.parts.clone() };
        let engine = |folder: &Path| {
            let lineage =
                Lineage::new(folder.to_owned(), copied.clone(), Arc::clone(&parts.clock), Arc::clone(&parts.ids));
            Engine::recognising(
                parts.clone(),
                Options { poll: Duration::from_millis(4), ..Options::default() },
                lineage.with(times()),
            )
        };
        world.clock.advance(Duration::from_secs(2 * 3600));
        let stop = CancellationToken::new();
        let running = tokio::spawn(engine(away.path()).run(stop.clone()));
        until(|| async { is_frozen(&clone).await }).await;
        assert_still(&world).await;
        assert!(world.server.addresses().is_empty(), "the copy sent");
        assert!(thaw(&copied).await.unwrap());
        until(|| async { world.server.addresses().len() == 20 }).await;
        stop.cancel();
        running.await.unwrap();

        // The control: the same file, at home, sends by itself.
        world.server.taken.lock().unwrap().clear();
        let lineage = lineage(&world, home.path());
        let stop = CancellationToken::new();
        let options = Options { poll: Duration::from_millis(4), ..Options::default() };
        let running = tokio::spawn(Engine::recognising(world.parts.clone(), options, lineage).run(stop.clone()));
        until(|| async { world.server.addresses().len() == 20 }).await;
        stop.cancel();
        running.await.unwrap();
        copied.close().await;
    });
}

async fn sqlite_path(db: &Db) -> String {
    let mut tx = db.read(Scope::System).await.unwrap();
    tx.query("SELECT file FROM pragma_database_list WHERE name = 'main'").fetch_scalar().await.unwrap()
}
