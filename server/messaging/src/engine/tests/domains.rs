//! Recipient domains that are slow or refuse, and limits that are not the sender's.

use super::*;
use crate::brake;
use crate::testing::Act;
use contract::sending::{Delivery, DomainRule, Pace, PacePer, Policy, Sending};
use std::time::Instant;

fn count(world: &World, domain: &str) -> usize {
    world.server.addresses().iter().filter(|a| a.ends_with(domain)).count()
}

fn two_domains(world: &World, each: usize) {
    for n in 0..each {
        world.person(&format!("p{n}@bad.example"));
        world.person(&format!("p{n}@good.example"));
    }
}

/// Seconds until everybody at `good.example` has it.
async fn seconds(world: &World, each: usize) -> f64 {
    let id = world.campaign().await.id;
    world.service.send(&world.actor, id).await.unwrap();
    let (unknown, drain) = (Duration::from_millis(300), Duration::from_millis(10));
    let options = Options { batch: 50, group: 10, unknown, drain, ..World::options() };
    let began = Instant::now();
    let engine = Engine::with(world.parts.clone(), options, Arc::new(NoFaults));
    run_until(engine, || async { count(world, "good.example") == each }).await;
    began.elapsed().as_secs_f64()
}

testkit::both! {
    async fn a_domain_that_hangs_does_not_hold_up_the_others(db: Db) {
        const EACH: usize = 150;
        // Each message takes a while, so that connections and not the processor are what is scarce.
        let slowly = Act::Slow(Duration::from_millis(20));
        let control = World::new(db.clone());
        two_domains(&control, EACH);
        control.server.on("@", slowly.clone());
        let usual = seconds(&control, EACH).await;
        let company = testkit::company(2);
        let world = World { company, actor: contract::Actor::system(company), ..World::new(db) };
        two_domains(&world, EACH);
        world.server.on("@bad.example", Act::Slow(Duration::from_secs(40)));
        world.server.on("@good.example", slowly);
        let beside = seconds(&world, EACH).await;
        // The control mails both domains in its time, so the good one alone has at least its rate beside a bad one.
        assert!(beside < usual * 1.1 + 0.5, "{beside:.2} s beside a domain that hangs, {usual:.2} s without");
        assert_eq!(count(&world, "bad.example"), 0);
    }

    async fn a_domain_that_asks_to_come_back_later_is_left_alone_and_burns_hardly_a_try(db: Db) {
        let world = World::new(db);
        two_domains(&world, 60);
        world.server.on("@bad.example", Act::Throttle);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { count(&world, "good.example") == 60 && world.get(id).await.counts.pending == 60 }).await;
        let rows = world.rows(id).await;
        let tried = rows.iter().filter(|r| r.address.ends_with("bad.example") && r.attempts > 0).count();
        assert!((1..=4).contains(&tried), "{tried} of 60 were tried");
        assert!(rows.iter().any(|r| r.detail.contains("bad.example asked to come back later")), "{rows:?}");
        let mut tx = world.parts.db.read(world.company).await.unwrap();
        let resting = crate::limits::store::resting(&mut tx, world.company, world.sender, world.parts.clock.now()).await.unwrap();
        drop(tx);
        assert_eq!(resting.iter().map(|(d, ..)| d.as_str()).collect::<Vec<_>>(), ["bad.example"]);
        // Those of a sender that is gone rest for nobody.
        let sending = brake::Service::new(world.parts.clone());
        assert!(sending.resting(&world.actor).await.unwrap().is_empty());
        world.name_sender("Main").await;
        let told = sending.resting(&world.actor).await.unwrap();
        assert_eq!(told.iter().map(|r| (r.sender_name.as_str(), r.domain.as_str())).collect::<Vec<_>>(), [("Main", "bad.example")]);
        assert!(told[0].until > world.parts.clock.now() && !told[0].reason.is_empty(), "{told:?}");
        assert!(sending.resting(&contract::Actor::system(testkit::company(2))).await.unwrap().is_empty());
        // It comes round.
        world.server.rules.lock().unwrap().clear();
        for _ in 0..40 {
            world.clock.advance(Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 120));
        assert_honest(&world, id, 120).await;
    }

    async fn another_node_hears_which_domain_rests(db: Db) {
        let world = World::new(db);
        two_domains(&world, 10);
        world.server.on("@bad.example", Act::Throttle);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.counts.accepted == 10 && world.get(id).await.counts.pending == 10 }).await;
        let tries = || async { world.rows(id).await.iter().map(|r| r.attempts).sum::<i32>() };
        let before = tries().await;
        // All that were put off are due again, and the rest is not over.
        let mut tx = world.parts.db.begin(world.company).await.unwrap();
        tx.query("UPDATE recipient SET next_at = 0 WHERE company_id = $1 AND state = 'pending' AND attempts = 0").bind(world.company.0).execute().await.unwrap();
        tx.commit().await.unwrap();
        let mut waited = 0;
        run_until(engine(&world), || { waited += 1; async move { waited > 30 } }).await;
        assert_eq!(tries().await, before, "a node that did not meet the refusal tried the domain");
    }

    async fn a_pace_of_a_campaign_holds_over_two_engines_and_leaves_the_sender_to_others(db: Db) {
        let world = World::new(db);
        world.crowd(40);
        let sending = brake::Service::new(world.parts.clone());
        let id = world.campaign().await.id;
        let pace = Pace { count: 10, per: PacePer::Minute, evenly: false };
        sending.set_delivery(&world.actor, id, Delivery { pace: Some(pace), fallback: false }).await.unwrap();
        let free = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let other = tokio::spawn(engine(&world).run(stop.clone()));
        run_until(engine(&world), || async { world.get(id).await.counts.accepted == 10 }).await;
        world.service.send(&world.actor, free).await.unwrap();
        run_until(engine(&world), || async { world.get(free).await.counts.accepted == 40 }).await;
        assert_eq!(world.get(id).await.counts.accepted, 10);
        let mut minutes = 1;
        while world.get(id).await.counts.accepted < 40 {
            let before = world.get(id).await.counts.accepted;
            world.clock.advance(Duration::from_secs(62));
            // A claim that ran out with the clock may cost places of that minute, and never adds one.
            let mut looks = 0;
            run_until(engine(&world), || {
                looks += 1;
                let is_over = looks > 300;
                let world = &world;
                async move { is_over || world.get(id).await.counts.accepted >= before + 10 }
            })
            .await;
            assert!(world.get(id).await.counts.accepted <= before + 10);
            minutes += 1;
            assert!(minutes < 12, "most of its minutes are lost");
        }
        assert!(minutes >= 4);
        stop.cancel();
        other.await.unwrap();
        assert_honest_pair(&world, id, free).await;
    }

    async fn a_rule_for_a_domain_holds_per_minute(db: Db) {
        let world = World::new(db);
        two_domains(&world, 30);
        let sending = brake::Service::new(world.parts.clone());
        let rule = DomainRule { domain: "Bad.Example".into(), per_minute: Some(5), at_once: None };
        sending.set_policy(&world.actor, Policy { domains: vec![rule], ..Policy::default() }).await.unwrap();
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.counts.accepted == 35 }).await;
        assert_eq!((count(&world, "good.example"), count(&world, "bad.example")), (30, 5));
        world.clock.advance(Duration::from_secs(62));
        run_until(engine(&world), || async { count(&world, "bad.example") == 10 }).await;
    }

    async fn a_policy_that_cannot_be_meant_is_refused(db: Db) {
        let world = World::new(db);
        let sending = brake::Service::new(world.parts.clone());
        let mut policy = Policy::default();
        policy.retry.minutes.clear();
        policy.domains.push(DomainRule { domain: "no domain".into(), per_minute: Some(0), at_once: None });
        policy.domains.push(DomainRule { domain: "Twice.example".into(), per_minute: Some(1), at_once: None });
        policy.domains.push(DomainRule { domain: "twice.example".into(), per_minute: None, at_once: None });
        let refused = sending.set_policy(&world.actor, policy).await.unwrap_err();
        let contract::Fault::Invalid { fields } = refused else { panic!("{refused:?}") };
        assert_eq!(fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["retry.minutes", "domains.0.domain", "domains.0", "domains.2.domain"]);
        let editor = contract::Actor { role: contract::Role::Editor, ..world.actor.clone() };
        assert!(matches!(sending.set_policy(&editor, Policy::default()).await, Err(contract::Fault::Denied { .. })));
    }
}

/// Both campaigns reached everybody once.
async fn assert_honest_pair(world: &World, one: CampaignId, other: CampaignId) {
    for id in [one, other] {
        let counts = world.get(id).await.counts;
        assert_eq!((counts.accepted, counts.total()), (40, 40), "{counts:?}");
    }
    assert_eq!(world.server.addresses().len(), 80);
}
