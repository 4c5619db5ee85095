//! The engine on both databases: the happy path, every kind of trouble, kills at random places, several engines at once.

mod crash;
mod domains;
mod pace;
mod rework;
mod routes;
mod smtp;
mod stall;
mod trouble;
mod whole;

use super::*;
use crate::testing::World;
use contract::campaigns::{Campaign, CampaignState, Campaigns, RecipientState};
use contract::{CampaignId, ContactId};
use kernel::Db;
use std::time::Duration;

/// Far longer than any of these takes; reached only by a failure.
const LONG: Duration = Duration::from_secs(150);

fn engine(world: &World) -> Engine {
    Engine::with(world.parts.clone(), World::options(), Arc::new(NoFaults))
}

/// Runs `engine` until `done` says so, then stops it in an orderly way.
async fn run_until<F: Future<Output = bool>>(engine: Engine, mut done: impl FnMut() -> F) {
    let stop = CancellationToken::new();
    let running = tokio::spawn(engine.run(stop.clone()));
    let reached = tokio::time::timeout(LONG, async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    });
    let reached = reached.await.is_ok();
    stop.cancel();
    running.await.unwrap();
    assert!(reached, "the engine did not get there");
}

async fn run_until_ended(world: &World, id: CampaignId) -> Campaign {
    run_until(engine(world), || async { world.get(id).await.finished.is_some() }).await;
    world.get(id).await
}

/// What must hold of any campaign that ended: everybody has one line and one end, nobody got it twice, and what the
/// server took is what the ledger says, but for the unknown.
async fn assert_honest(world: &World, id: CampaignId, people: usize) {
    let rows = world.rows(id).await;
    let counts = world.get(id).await.counts;
    assert_eq!((rows.len(), counts.total()), (people, people as i64), "{counts:?}");
    assert_eq!(counts.open(), 0, "{counts:?}");
    let taken = world.server.addresses();
    let mut unique = taken.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), taken.len(), "somebody got it twice");
    for row in rows {
        let was_taken = unique.binary_search(&row.address).is_ok();
        match row.state {
            RecipientState::Accepted => assert!(was_taken, "{row:?}"),
            RecipientState::Unknown => {}
            _ => assert!(!was_taken, "{row:?}"),
        }
    }
}

testkit::both! {
    async fn a_campaign_goes_out_once_to_everybody_who_agrees(db: Db) {
        let world = World::new(db);
        let crowd = world.crowd(30);
        world.people.change(world.company, crowd[3], |p| p.consent = contract::contacts::ConsentState::Unsubscribed);
        world.people.change(world.company, crowd[4], |p| p.suppressed = Some("bounced".into()));
        world.person("P0@EXAMPLE.com");
        world.person("not an address");
        let id = world.campaign().await.id;
        let started = world.service.send(&world.actor, id).await.unwrap();
        assert_eq!(started.state, CampaignState::Preparing);
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted, ended.counts.skipped), (CampaignState::Finished, 28, 4));
        assert_honest(&world, id, 32).await;
        let report = world.service.report(&world.actor, id).await.unwrap();
        let mut skipped: Vec<_> = report.skipped.iter().map(|r| (r.code.as_str(), r.count)).collect();
        skipped.sort_unstable();
        assert_eq!(skipped, [("duplicate_address", 1), ("invalid_address", 1), ("suppressed", 1), ("unsubscribed", 1)]);
        let sent = world.people.moments.lock().unwrap().iter().filter(|m| m.kind == "sent").count();
        assert_eq!(sent, 28);
    }

    async fn a_message_carries_what_mail_programs_need(db: Db) {
        let world = World::new(db);
        world.person("mette@example.com");
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until_ended(&world, id).await;
        let taken = world.server.taken.lock().unwrap();
        let text = String::from_utf8(taken[0].1.clone()).unwrap().replace("\r\n ", " ");
        let header = |name: &str| text.lines().find_map(|l| l.strip_prefix(&format!("{name}: "))).unwrap_or_default().to_owned();
        assert_eq!(header("Subject"), "Hello Mette");
        assert!(header("From").contains("<news@acme.example>"), "{text}");
        assert!(header("Message-ID").ends_with("@acme.example>"));
        assert!(header("List-Unsubscribe").contains("https://lux.example/") && header("List-Unsubscribe").contains("mailto:unsubscribe@"));
        assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        assert!(header("List-ID").contains("acme.example") || header("List-Id").contains("acme.example"), "{text}");
        assert_eq!(header("X-Lux-Attempt").len(), 32);
        assert!(text.contains("multipart/alternative"));
    }

    async fn who_says_no_after_preparing_is_not_mailed(db: Db) {
        let world = World::new(db);
        let crowd = world.crowd(12);
        *world.outlet.room.lock().unwrap() = Some(4);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.server.addresses().len() == 4 && world.get(id).await.counts.accepted == 4 }).await;
        let left: Vec<ContactId> = world.rows(id).await.iter().filter(|r| r.state == RecipientState::Pending).map(|r| r.contact).collect();
        assert_eq!(left.len(), crowd.len() - 4);
        world.people.change(world.company, left[0], |p| p.consent = contract::contacts::ConsentState::Unsubscribed);
        world.people.remove(world.company, left[1]);
        world.people.change(world.company, left[2], |p| p.email = "new@example.com".into());
        *world.outlet.room.lock().unwrap() = None;
        world.clock.advance(Duration::from_secs(2));
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted, ended.counts.skipped), (CampaignState::Finished, 9, 3));
        assert_honest(&world, id, 12).await;
    }

    async fn a_value_that_is_missing_leaves_one_person_out_and_names_both(db: Db) {
        let world = World::new(db);
        let crowd = world.crowd(5);
        world.people.change(world.company, crowd[2], |p| p.first_name = String::new());
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted, ended.counts.skipped), (CampaignState::Finished, 4, 1));
        let rows = world.rows(id).await;
        let row = rows.iter().find(|r| r.state == RecipientState::Skipped).unwrap();
        assert!(row.detail.contains("contact.first_name") && row.detail.contains("p2@example.com"), "{}", row.detail);
    }

    async fn two_engines_share_a_campaign_and_nobody_gets_it_twice(db: Db) {
        let world = World::new(db);
        world.crowd(200);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let other = tokio::spawn(engine(&world).run(stop.clone()));
        let ended = run_until_ended(&world, id).await;
        stop.cancel();
        other.await.unwrap();
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 200));
        assert_honest(&world, id, 200).await;
        let kinds = kernel::outbox::after(&world.parts.db, kernel::Scope::Company(world.company), 0, 1000).await.unwrap();
        let times = |kind: &str| kinds.iter().filter(|e| e.kind == kind).count();
        assert_eq!((times("campaign.started"), times("campaign.finished")), (1, 1));
        assert!(times("campaign.progress") >= 1);
    }

    async fn a_planned_campaign_starts_once_at_its_time_on_four_nodes(db: Db) {
        let world = World::new(db);
        world.crowd(8);
        let id = world.campaign().await.id;
        let when = contract::campaigns::When { wall: "2026-01-15T11:00".into(), zone: "Europe/Copenhagen".into() };
        world.service.schedule(&world.actor, id, when).await.unwrap();
        let stop = CancellationToken::new();
        let nodes: Vec<_> = (0..3).map(|_| tokio::spawn(engine(&world).run(stop.clone()))).collect();
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(world.get(id).await.state, CampaignState::Scheduled);
        world.clock.advance(Duration::from_secs(3600));
        let ended = run_until_ended(&world, id).await;
        stop.cancel();
        for node in nodes {
            node.await.unwrap();
        }
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 8));
        let events = kernel::outbox::after(&world.parts.db, kernel::Scope::Company(world.company), 0, 1000).await.unwrap();
        assert_eq!(events.iter().filter(|e| e.kind == "campaign.preparing").count(), 1);
    }

    async fn a_planned_start_keeps_its_wall_clock_when_the_rules_of_its_zone_change(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let id = world.campaign().await.id;
        let when = contract::campaigns::When { wall: "2026-02-01T09:00".into(), zone: "Europe/Copenhagen".into() };
        let planned = world.service.schedule(&world.actor, id, when).await.unwrap().scheduled.unwrap();
        // As if an older table of zones had been an hour off.
        let mut tx = world.parts.db.begin(world.company).await.unwrap();
        let sql = "UPDATE campaign SET scheduled_at = $2 WHERE company_id = $1";
        tx.query(sql).bind(world.company.0).bind(planned.plus_seconds(-3600).0).execute_one().await.unwrap();
        tx.commit().await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.scheduled == Some(planned) }).await;
    }

    async fn a_start_missed_by_hours_is_held_and_not_fired(db: Db) {
        let world = World::new(db);
        world.crowd(3);
        let id = world.campaign().await.id;
        let when = contract::campaigns::When { wall: "2026-01-15T10:00".into(), zone: "UTC".into() };
        world.service.schedule(&world.actor, id, when).await.unwrap();
        world.clock.advance(Duration::from_secs(3600 + 2 * 3600 + 1));
        run_until(engine(&world), || async { world.get(id).await.state == CampaignState::Paused }).await;
        assert!(world.get(id).await.state_reason.contains("missed"));
        assert_eq!(world.service.needs(&world.actor).await.unwrap().len(), 1);
        assert!(world.server.addresses().is_empty());
        world.service.resume(&world.actor, id).await.unwrap();
        assert_eq!(run_until_ended(&world, id).await.state, CampaignState::Finished);
    }

    async fn limits_hold_and_the_rest_goes_when_there_is_room(db: Db) {
        let world = World::new(db);
        world.crowd(10);
        *world.outlet.room.lock().unwrap() = Some(3);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.counts.accepted == 3 }).await;
        assert_eq!(world.get(id).await.counts.pending, 7);
        *world.outlet.room.lock().unwrap() = Some(100);
        world.clock.advance(Duration::from_secs(2));
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 10));
        assert_honest(&world, id, 10).await;
    }

    async fn a_small_campaign_is_not_kept_waiting_by_a_big_one(db: Db) {
        let world = World::new(db.clone());
        world.crowd(300);
        let big = world.campaign().await.id;
        world.service.send(&world.actor, big).await.unwrap();
        run_until(engine(&world), || async { world.get(big).await.counts.accepted > 10 }).await;
        let small = World { company: testkit::company(2), actor: contract::Actor::system(testkit::company(2)), ..World::new(db) };
        let small = World { server: world.server.clone(), ..small };
        small.crowd(5);
        let id = small.campaign().await.id;
        small.service.send(&small.actor, id).await.unwrap();
        let parts = Parts { audience: Arc::new(Both(world.people.clone(), small.people.clone())), ..world.parts.clone() };
        let engine = Engine::with(parts, World::options(), Arc::new(NoFaults));
        run_until(engine, || async { small.get(id).await.finished.is_some() }).await;
        assert!(world.get(big).await.counts.pending > 100, "{:?}", world.get(big).await.counts);
    }

    async fn stopping_lets_what_is_under_way_finish_and_gives_the_rest_back(db: Db) {
        let world = World::new(db);
        world.crowd(120);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        for round in 1..=5 {
            run_until(engine(&world), || async { world.server.addresses().len() >= round * 15 }).await;
            let counts = world.get(id).await.counts;
            assert_eq!((counts.claimed, counts.handed, counts.unknown), (0, 0, 0), "after stop {round}");
            assert_eq!(counts.accepted as usize, world.server.addresses().len());
        }
        let ended = run_until_ended(&world, id).await;
        assert_eq!(ended.state, CampaignState::Finished);
        assert_honest(&world, id, 120).await;
    }
}

/// Two worlds' people behind one port.
struct Both(Arc<crate::testing::People>, Arc<crate::testing::People>);

#[async_trait::async_trait]
impl crate::ports::Audience for Both {
    async fn count(
        &self,
        tx: &mut kernel::Tx,
        c: contract::CompanyId,
        a: &contract::campaigns::Audience,
    ) -> Result<contract::campaigns::AudienceCount, DbError> {
        self.0.count(tx, c, a).await
    }
    async fn resolve(
        &self,
        tx: &mut kernel::Tx,
        c: contract::CompanyId,
        a: &contract::campaigns::Audience,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<crate::ports::Resolved>, DbError> {
        let mut all = self.0.resolve(tx, c, a, after, limit).await?;
        all.extend(self.1.resolve(tx, c, a, after, limit).await?);
        Ok(all)
    }
    async fn people(
        &self,
        tx: &mut kernel::Tx,
        c: contract::CompanyId,
        ids: &[ContactId],
    ) -> Result<Vec<crate::ports::Person>, DbError> {
        let mut all = self.0.people(tx, c, ids).await?;
        all.extend(self.1.people(tx, c, ids).await?);
        Ok(all)
    }
    async fn sample(
        &self,
        tx: &mut kernel::Tx,
        c: contract::CompanyId,
    ) -> Result<Option<crate::ports::Person>, DbError> {
        self.0.sample(tx, c).await
    }
    async fn unsubscribe(
        &self,
        _: &mut kernel::Tx,
        _: contract::CompanyId,
        _: ContactId,
        _: &str,
        _: Option<&str>,
        _: contract::Micros,
    ) -> Result<bool, DbError> {
        Ok(false)
    }
    async fn resubscribe(
        &self,
        _: &mut kernel::Tx,
        _: contract::CompanyId,
        _: ContactId,
        _: &str,
        _: contract::Micros,
    ) -> Result<bool, DbError> {
        Ok(false)
    }
    async fn suppress(
        &self,
        _: &mut kernel::Tx,
        _: contract::CompanyId,
        _: &str,
        _: &str,
        _: &str,
        _: contract::Micros,
    ) -> Result<bool, DbError> {
        Ok(false)
    }
    async fn release(&self, _: &mut kernel::Tx, _: contract::CompanyId, _: &str) -> Result<bool, DbError> {
        Ok(false)
    }
    async fn by_addresses(
        &self,
        _: &mut kernel::Tx,
        _: contract::CompanyId,
        _: &[String],
    ) -> Result<Vec<(String, ContactId)>, DbError> {
        Ok(Vec::new())
    }
    async fn withheld(&self, _: &mut kernel::Tx, _: contract::CompanyId, _: &str) -> Result<Option<String>, DbError> {
        Ok(None)
    }
    async fn record(
        &self,
        _: &mut kernel::Tx,
        _: contract::CompanyId,
        _: Vec<crate::ports::Moment>,
    ) -> Result<(), DbError> {
        Ok(())
    }
    async fn names(
        &self,
        tx: &mut kernel::Tx,
        c: contract::CompanyId,
        a: &contract::campaigns::Audience,
    ) -> Result<contract::campaigns::AudienceNames, DbError> {
        self.0.names(tx, c, a).await
    }
}
