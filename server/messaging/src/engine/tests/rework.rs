//! What ended badly is tried again or settled, and goes the same way as everything else.

use super::*;
use crate::testing::Act;
use contract::Fault;
use contract::campaigns::{Rework, ReworkOrder};

fn order(what: Rework) -> ReworkOrder {
    ReworkOrder { what, contacts: Vec::new(), sure: true }
}

/// Three who get it, two whose server refuses, two of whom nothing is known. Answers with those of `lost`.
async fn ended(world: &World) -> (CampaignId, [ContactId; 2]) {
    world.crowd(3);
    world.person("gone1@example.com");
    world.person("gone2@example.com");
    let lost = [world.person("lost1@example.com"), world.person("lost2@example.com")];
    world.server.on("gone", Act::Refuse);
    world.server.on("lost", Act::TakeSilently);
    let id = world.campaign().await.id;
    world.service.send(&world.actor, id).await.unwrap();
    let campaign = run_until_ended(world, id).await;
    let counts = campaign.counts;
    assert_eq!((counts.accepted, counts.failed, counts.unknown), (3, 2, 2), "{counts:?}");
    assert_eq!(campaign.state, CampaignState::FinishedWithFailures);
    (id, lost)
}

fn field(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::Invalid { fields } => fields.first().map(|f| f.field.as_str()),
        _ => None,
    }
}

testkit::both! {
    async fn who_failed_is_tried_again_and_nobody_else(db: Db) {
        let world = World::new(db);
        let (id, _) = ended(&world).await;
        world.server.rules.lock().unwrap().clear();
        let done = world.service.rework(&world.actor, id, order(Rework::RetryFailed)).await.unwrap();
        assert_eq!((done.recipients, done.campaign.state), (2, CampaignState::Sending));
        assert_eq!(done.campaign.finished, None);
        let campaign = run_until_ended(&world, id).await;
        assert_eq!((campaign.counts.accepted, campaign.counts.failed, campaign.counts.unknown), (5, 0, 2));
        assert_honest(&world, id, 7).await;
        let again = world.service.rework(&world.actor, id, order(Rework::RetryFailed)).await.unwrap();
        assert_eq!((again.recipients, again.campaign.state), (0, CampaignState::FinishedWithFailures), "nobody is left");
    }

    async fn who_said_no_meanwhile_is_not_tried_again(db: Db) {
        let world = World::new(db);
        let (id, _) = ended(&world).await;
        world.server.rules.lock().unwrap().clear();
        let rows = world.rows(id).await;
        let gone = rows.iter().find(|row| row.address == "gone1@example.com").unwrap();
        world.people.change(world.company, gone.contact, |p| p.consent = contract::contacts::ConsentState::Unsubscribed);
        world.service.rework(&world.actor, id, order(Rework::RetryFailed)).await.unwrap();
        let counts = run_until_ended(&world, id).await.counts;
        assert_eq!((counts.accepted, counts.skipped, counts.failed), (4, 1, 0), "{counts:?}");
    }

    async fn what_is_not_known_is_counted_as_sent_without_a_message(db: Db) {
        let world = World::new(db);
        let (id, lost) = ended(&world).await;
        let taken = world.server.addresses().len();
        let one = ReworkOrder { contacts: vec![lost[0]], ..order(Rework::UnknownSent) };
        let done = world.service.rework(&world.actor, id, one).await.unwrap();
        assert_eq!((done.recipients, done.campaign.counts.unknown, done.campaign.counts.accepted), (1, 1, 4));
        let done = world.service.rework(&world.actor, id, order(Rework::UnknownSent)).await.unwrap();
        assert_eq!((done.recipients, done.campaign.state), (1, CampaignState::FinishedWithFailures), "two failed still");
        assert_eq!(world.server.addresses().len(), taken, "nothing went out");
    }

    async fn the_last_failure_that_is_settled_ends_the_campaign_well(db: Db) {
        let world = World::new(db);
        world.person("lost@example.com");
        world.server.on("lost", Act::TakeSilently);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        assert_eq!(run_until_ended(&world, id).await.state, CampaignState::FinishedWithFailures);
        let done = world.service.rework(&world.actor, id, order(Rework::UnknownSent)).await.unwrap();
        assert_eq!(done.campaign.state, CampaignState::Finished);
    }

    async fn what_is_not_known_is_sent_again_only_by_who_is_sure(db: Db) {
        let world = World::new(db);
        let (id, lost) = ended(&world).await;
        let unsure = ReworkOrder { sure: false, ..order(Rework::UnknownAgain) };
        let refused = world.service.rework(&world.actor, id, unsure).await.unwrap_err();
        assert_eq!(field(&refused), Some("sure"));
        world.server.rules.lock().unwrap().clear();
        let one = ReworkOrder { contacts: vec![lost[1]], ..order(Rework::UnknownAgain) };
        assert_eq!(world.service.rework(&world.actor, id, one).await.unwrap().recipients, 1);
        let counts = run_until_ended(&world, id).await.counts;
        assert_eq!((counts.accepted, counts.unknown), (4, 1), "{counts:?}");
        let twice = world.server.addresses().iter().filter(|to| to.as_str() == "lost2@example.com").count();
        assert_eq!(twice, 2, "the person was sure");
    }

    async fn what_is_not_known_is_looked_up_where_the_server_can_be_asked(db: Db) {
        let world = World::new(db);
        world.crowd(3);
        world.person("taken@example.com");
        world.person("lost@example.com");
        world.server.on("taken", Act::TakeSilently);
        world.server.on("lost", Act::Lose);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        assert_eq!(run_until_ended(&world, id).await.counts.unknown, 2);
        let young = world.service.rework(&world.actor, id, order(Rework::UnknownCheck)).await.unwrap();
        assert_eq!(young.recipients, 0, "they may still be on their way");
        world.clock.advance(Duration::from_secs(121));
        let refused = world.service.rework(&world.actor, id, order(Rework::UnknownCheck)).await;
        assert!(matches!(refused, Err(Fault::Conflict { .. })), "{refused:?}");
        *world.server.tells.lock().unwrap() = true;
        world.server.rules.lock().unwrap().clear();
        let done = world.service.rework(&world.actor, id, order(Rework::UnknownCheck)).await.unwrap();
        assert_eq!((done.recipients, done.campaign.state), (2, CampaignState::Sending));
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 5));
        assert_honest(&world, id, 5).await;
    }

    async fn nothing_is_decided_while_nobody_ended_or_after_a_stop(db: Db) {
        let world = World::new(db);
        let draft = world.campaign().await.id;
        let refused = world.service.rework(&world.actor, draft, order(Rework::RetryFailed)).await;
        assert!(matches!(refused, Err(Fault::Conflict { .. })), "{refused:?}");
        let (id, _) = ended(&world).await;
        world.service.stop_all(&world.actor, "wrong price".into()).await.unwrap();
        let refused = world.service.rework(&world.actor, id, order(Rework::RetryFailed)).await;
        assert!(matches!(refused, Err(Fault::Conflict { .. })), "{refused:?}");
        let settled = world.service.rework(&world.actor, id, order(Rework::UnknownSent)).await.unwrap();
        assert_eq!(settled.recipients, 2, "settling sends nothing, so a stop does not hinder it");
    }

    async fn another_companys_campaign_is_not_there(db: Db) {
        let world = World::new(db);
        let (id, _) = ended(&world).await;
        let stranger = contract::Actor::system(testkit::company(9));
        let refused = world.service.rework(&stranger, id, order(Rework::UnknownSent)).await;
        assert!(matches!(refused, Err(Fault::Missing { .. })), "{refused:?}");
        assert_eq!(world.get(id).await.counts.unknown, 2);
    }

    async fn each_fate_is_explained_from_what_was_stored(db: Db) {
        let world = World::new(db);
        let (id, lost) = ended(&world).await;
        let explain = |contact| world.service.explain(&world.actor, id, contact);
        let rows = world.rows(id).await;
        let of = |address: &str| rows.iter().find(|row| row.address == address).unwrap().contact;
        let failed = explain(of("gone1@example.com")).await.unwrap();
        assert_eq!(failed.verdict, "Did not arrive. Address does not work: 550 5.1.1 no such user.");
        assert_eq!(failed.state, Some(RecipientState::Failed));
        let took = explain(of("p0@example.com")).await.unwrap();
        assert_eq!(took.verdict, "The server took it.");
        assert!(took.message_id.contains('@') && took.steps.len() >= 3, "{took:?}");
        assert!(explain(lost[0]).await.unwrap().verdict.starts_with("It is not known"));
        let late = world.person("late@example.com");
        let absent = explain(late).await.unwrap();
        assert!(absent.state.is_none() && absent.verdict.starts_with("Not a recipient"), "{absent:?}");
        let nobody = explain(contract::ContactId(uuid::Uuid::from_u128(7))).await;
        assert!(matches!(nobody, Err(Fault::Missing { .. })), "{nobody:?}");
        let stranger = contract::Actor::system(testkit::company(9));
        assert!(matches!(world.service.explain(&stranger, id, lost[0]).await, Err(Fault::Missing { .. })));
    }
}
