//! Another sender takes over what was surely not handed over, and nothing else.

use super::*;
use crate::brake;
use crate::testing::{Act, Server};
use contract::sending::{Delivery, Sending};

/// A world with a second way out.
fn with_second(db: Db) -> (World, Arc<Server>, contract::SenderId) {
    let world = World::new(db);
    let second = Arc::new(Server::default());
    let id = contract::SenderId(world.parts.ids.uuid());
    world.outlet.others.lock().unwrap().push((id, second.clone()));
    (world, second, id)
}

async fn allow(world: &World, id: CampaignId) {
    let sending = brake::Service::new(world.parts.clone());
    sending.set_delivery(&world.actor, id, Delivery { pace: None, fallback: true }).await.unwrap();
}

async fn routes(world: &World) -> Vec<(String, Option<uuid::Uuid>)> {
    let mut tx = world.parts.db.read(world.company).await.unwrap();
    tx.query("SELECT state, sender_id FROM recipient WHERE company_id = $1 ORDER BY id")
        .bind(world.company.0)
        .fetch_all()
        .await
        .unwrap()
}

testkit::both! {
    async fn a_sender_that_refuses_its_password_is_relieved_by_the_next_one(db: Db) {
        let (world, second, other) = with_second(db);
        world.crowd(12);
        world.server.on("p", Act::Auth);
        let id = world.campaign().await.id;
        allow(&world, id).await;
        world.service.send(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 12));
        assert_eq!((world.server.addresses().len(), second.addresses().len()), (0, 12));
        assert!(routes(&world).await.iter().all(|(_, via)| *via == Some(other.0)), "the way is not in the ledger");
        assert!(world.outlet.health.lock().unwrap().iter().any(|h| h.starts_with("fails")));
    }

    async fn what_has_no_answer_never_takes_the_next_sender(db: Db) {
        let (world, second, _) = with_second(db);
        world.crowd(5);
        world.server.on("p", Act::TakeSilently);
        let id = world.campaign().await.id;
        allow(&world, id).await;
        world.service.send(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.counts.unknown, second.addresses().len()), (5, 0));
    }

    async fn without_leave_no_other_sender_is_taken(db: Db) {
        let (world, second, _) = with_second(db);
        world.crowd(5);
        world.server.on("p", Act::Auth);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.state == CampaignState::Paused }).await;
        assert!(second.addresses().is_empty());
    }

    async fn a_sender_that_rests_is_relieved_until_all_are_out_and_nobody_gets_it_twice(db: Db) {
        let (world, second, _) = with_second(db);
        world.crowd(30);
        world.server.on("p1", Act::Busy);
        let id = world.campaign().await.id;
        allow(&world, id).await;
        world.service.send(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 30));
        let mut all = world.server.addresses();
        all.extend(second.addresses());
        let sum = all.len();
        all.sort();
        all.dedup();
        assert_eq!((all.len(), sum), (30, 30));
    }

    async fn when_every_sender_refuses_a_person_is_asked(db: Db) {
        let (world, second, _) = with_second(db);
        world.crowd(6);
        world.server.on("p", Act::Auth);
        second.on("p", Act::Auth);
        let id = world.campaign().await.id;
        allow(&world, id).await;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.state == CampaignState::Paused }).await;
        assert_eq!(world.get(id).await.counts.pending, 6);
    }
}
