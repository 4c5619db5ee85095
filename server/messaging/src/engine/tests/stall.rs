//! What the report says of a campaign that stands still.

use super::*;
use crate::limits::{self, Limit};
use crate::testing::Act;
use crate::{brake, policy};
use contract::Micros;
use contract::campaigns::{CampaignReport, StallCause};
use contract::sending::{Delivery, Pace, PacePer};
use kernel::Scope;

const FAR: Duration = Duration::from_secs(61);

async fn beat(world: &World) {
    let mut tx = world.parts.db.begin(Scope::System).await.unwrap();
    brake::store::found(&mut tx, "node", "token", world.parts.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// A campaign that is sending, of which nothing has gone.
async fn begun(world: &World) -> CampaignId {
    world.crowd(3);
    let id = world.campaign().await.id;
    *world.outlet.room.lock().unwrap() = Some(0);
    world.service.send(&world.actor, id).await.unwrap();
    let is_begun = |c: Campaign| c.state == CampaignState::Sending && c.counts.pending == 3;
    run_until(engine(world), || async { is_begun(world.get(id).await) }).await;
    *world.outlet.room.lock().unwrap() = None;
    assert_eq!(world.get(id).await.state, CampaignState::Sending);
    id
}

async fn report(world: &World, id: CampaignId) -> CampaignReport {
    world.service.report(&world.actor, id).await.unwrap()
}

async fn cause(world: &World, id: CampaignId) -> (StallCause, Option<Micros>) {
    let stall = report(world, id).await.stall.expect("it stands still");
    assert!(stall.text.ends_with('.'), "{}", stall.text);
    (stall.cause, stall.until)
}

testkit::both! {
    async fn without_a_process_that_sends_it_says_so(db: Db) {
        let world = World::new(db);
        let id = begun(&world).await;
        assert_eq!(report(&world, id).await.stall, None);
        world.clock.advance(FAR);
        assert_eq!(cause(&world, id).await, (StallCause::NoWorker, None));
        assert_eq!(world.service.needs(&world.actor).await.unwrap()[0].title, "“News” does not move");
        beat(&world).await;
        assert_eq!(cause(&world, id).await, (StallCause::Unexplained, None));
        world.clock.advance(FAR);
        assert_eq!(cause(&world, id).await.0, StallCause::NoWorker);
    }

    async fn a_stop_comes_before_every_other_cause(db: Db) {
        let world = World::new(db);
        let id = begun(&world).await;
        world.clock.advance(FAR);
        let mut tx = world.parts.db.begin(world.company).await.unwrap();
        brake::store::stop(&mut tx, world.company, "wrong list", None, world.parts.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(cause(&world, id).await.0, StallCause::Stopped);
    }

    async fn the_sender_is_named_with_its_trouble_and_its_limit(db: Db) {
        let world = World::new(db);
        let id = begun(&world).await;
        world.clock.advance(FAR);
        beat(&world).await;
        let now = world.parts.clock.now();
        *world.outlet.room.lock().unwrap() = Some(0);
        assert_eq!(cause(&world, id).await, (StallCause::SenderLimit, Some(now.plus_seconds(1))));
        *world.outlet.room.lock().unwrap() = None;
        world.outlet.health.lock().unwrap().push("rests: The server of Main asks to come back later.".into());
        assert_eq!(cause(&world, id).await, (StallCause::SenderTrouble, Some(now.plus_seconds(5))));
        *world.outlet.is_gone.lock().unwrap() = true;
        assert_eq!(cause(&world, id).await, (StallCause::NoSender, None));
    }

    async fn its_own_pace_is_named(db: Db) {
        let world = World::new(db);
        let id = begun(&world).await;
        world.clock.advance(FAR);
        beat(&world).await;
        let now = world.parts.clock.now();
        let pace = Pace { count: 2, per: PacePer::Hour, evenly: false };
        let mut tx = world.parts.db.begin(world.company).await.unwrap();
        let delivery = Delivery { pace: Some(pace), fallback: false };
        assert!(policy::store::set_delivery(&mut tx, world.company, id, &delivery).await.unwrap());
        let limit = Limit::of_campaign(id, &pace);
        let room = limits::room(&mut tx, world.company, limit, 9, now).await.unwrap();
        limits::take(&mut tx, world.company, &room, 2, now).await.unwrap();
        tx.commit().await.unwrap();
        let (named, until) = cause(&world, id).await;
        assert_eq!(named, StallCause::Pace);
        assert!(until.is_some_and(|until| until > now.plus_seconds(3500)), "{until:?}");
    }

    async fn those_who_were_put_off_tell_why(db: Db) {
        let world = World::new(db);
        world.person("slow@example.com");
        world.server.on("slow", Act::Defer);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        for tries in 1..=2 {
            let is_tried = || async { world.rows(id).await.first().is_some_and(|r| r.attempts == tries && r.state == RecipientState::Pending) };
            run_until(engine(&world), is_tried).await;
            world.clock.advance(FAR);
        }
        beat(&world).await;
        let report = report(&world, id).await;
        let stall = report.stall.unwrap();
        assert_eq!(stall.cause, StallCause::PutOff);
        assert!(stall.text.contains("451"), "{}", stall.text);
        assert_eq!(stall.until, report.campaign.waits_until);
    }
}
