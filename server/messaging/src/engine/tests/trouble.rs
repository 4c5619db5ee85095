//! What goes wrong on the way, with a server in memory.

use super::*;
use crate::testing::Act;

testkit::both! {
    async fn a_refused_address_fails_and_the_rest_goes_on(db: Db) {
        let world = World::new(db);
        world.crowd(10);
        world.person("gone@example.com");
        world.server.on("gone", Act::Refuse);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!(ended.state, CampaignState::FinishedWithFailures);
        assert_eq!((ended.counts.accepted, ended.counts.failed), (10, 1));
        let report = world.service.report(&world.actor, id).await.unwrap();
        assert_eq!(report.failures[0].code, "hard");
        assert_eq!(*world.people.suppressed.lock().unwrap(), [("gone@example.com".to_owned(), "bounced".to_owned())]);
        assert_honest(&world, id, 11).await;
    }

    async fn a_deferred_message_is_tried_again_on_schedule_and_fails_after_a_day(db: Db) {
        let world = World::new(db);
        world.person("slow@example.com");
        world.server.on("slow", Act::Defer);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let mut waited = 0;
        for attempt in 1..=7 {
            run_until(engine(&world), || async { let row = &world.rows(id).await[..]; row.first().is_some_and(|r| r.attempts == attempt && r.state == RecipientState::Pending) }).await;
            let minutes = contract::sending::RetryPlan::default().wait_after(i64::from(attempt)).unwrap();
            waited += minutes;
            world.clock.advance(Duration::from_secs(minutes as u64 * 60));
        }
        assert!(waited < 24 * 60);
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.failed), (CampaignState::FinishedWithFailures, 1));
        let row = world.rows(id).await.remove(0);
        assert_eq!(row.attempts, 8);
        assert!(row.detail.contains("451 later"), "{}", row.detail);
    }

    async fn a_deferred_message_goes_out_when_the_server_comes_round(db: Db) {
        let world = World::new(db);
        world.person("slow@example.com");
        world.server.on("slow", Act::Defer);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.rows(id).await.first().is_some_and(|r| r.attempts == 1 && r.state == RecipientState::Pending) }).await;
        world.server.rules.lock().unwrap().clear();
        world.clock.advance(Duration::from_secs(61));
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 1));
        assert_honest(&world, id, 1).await;
    }

    async fn refusals_that_concern_the_sender_hold_the_campaign_once(db: Db) {
        let world = World::new(db);
        world.crowd(40);
        world.server.on("p", Act::Block);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.state == CampaignState::Paused }).await;
        let held = world.get(id).await;
        assert!(held.state_reason.contains("because of the sender"), "{}", held.state_reason);
        assert!(held.counts.failed >= 6 && held.counts.pending > 0, "{:?}", held.counts);
        // nobody's address is to blame
        assert!(world.people.suppressed.lock().unwrap().is_empty());
        world.server.rules.lock().unwrap().clear();
        world.service.resume(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!(ended.counts.accepted + held.counts.failed, 40, "{:?}", ended.counts);
        assert_honest(&world, id, 40).await;
    }

    async fn a_lost_answer_is_unknown_and_is_never_sent_again(db: Db) {
        let world = World::new(db);
        world.crowd(6);
        world.person("lost@example.com");
        world.server.on("lost", Act::TakeSilently);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted, ended.counts.unknown), (CampaignState::FinishedWithFailures, 6, 1));
        world.clock.advance(Duration::from_secs(48 * 3600));
        assert_honest(&world, id, 7).await;
        assert_eq!(world.service.needs(&world.actor).await.unwrap().len(), 1);
    }

    async fn a_sender_in_trouble_rests_and_burns_no_try(db: Db) {
        let world = World::new(db);
        world.crowd(9);
        world.server.on("p", Act::Busy);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { !world.outlet.health.lock().unwrap().is_empty() && world.get(id).await.counts.pending == 9 }).await;
        assert!(world.outlet.health.lock().unwrap()[0].starts_with("rests: The server of Main asks to come back later"));
        assert!(world.rows(id).await.iter().all(|r| r.attempts == 0), "{:?}", world.rows(id).await);
        world.server.rules.lock().unwrap().clear();
        world.clock.advance(Duration::from_secs(6));
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 9));
        assert_honest(&world, id, 9).await;
    }

    async fn a_refused_password_holds_the_campaign_at_once_and_resuming_goes_on(db: Db) {
        let world = World::new(db);
        world.crowd(9);
        world.server.on("p", Act::Auth);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { world.get(id).await.state == CampaignState::Paused }).await;
        let held = world.get(id).await;
        assert!(held.state_reason.contains("refuses the user name or password"), "{}", held.state_reason);
        assert_eq!((held.counts.pending, held.counts.failed), (9, 0));
        assert_eq!(world.service.needs(&world.actor).await.unwrap()[0].why, held.state_reason);
        world.server.rules.lock().unwrap().clear();
        world.service.resume(&world.actor, id).await.unwrap();
        assert_eq!(run_until_ended(&world, id).await.counts.accepted, 9);
        assert_honest(&world, id, 9).await;
    }

    async fn ten_rests_in_a_row_hold_the_campaign(db: Db) {
        let world = World::new(db);
        world.crowd(2);
        world.server.on("p", Act::Busy);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(engine(&world).run(stop.clone()));
        for _ in 0..2000 {
            if world.get(id).await.state == CampaignState::Paused {
                break;
            }
            world.clock.advance(Duration::from_secs(301));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
        running.await.unwrap();
        let held = world.get(id).await;
        assert_eq!(held.state, CampaignState::Paused);
        assert_eq!(world.outlet.health.lock().unwrap().iter().filter(|h| h.starts_with("rests")).count(), 9);
        assert!(world.rows(id).await.iter().all(|r| r.attempts == 0));
    }

    async fn broken_conversations_are_tried_again_and_count(db: Db) {
        let world = World::new(db);
        world.crowd(4);
        world.person("broken@example.com");
        world.server.on("broken", Act::Break);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { let c = world.get(id).await.counts; c.accepted == 4 && c.pending == 1 }).await;
        let rows = world.rows(id).await;
        assert_eq!(rows.iter().find(|r| r.state == RecipientState::Pending).unwrap().attempts, 1);
        world.server.rules.lock().unwrap().clear();
        world.clock.advance(Duration::from_secs(61));
        assert_eq!(run_until_ended(&world, id).await.counts.accepted, 5);
        assert_honest(&world, id, 5).await;
    }

    async fn a_deleted_sender_holds_the_campaign(db: Db) {
        let world = World::new(db);
        world.crowd(3);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        *world.outlet.is_gone.lock().unwrap() = true;
        run_until(engine(&world), || async { world.get(id).await.state == CampaignState::Paused }).await;
        assert!(world.get(id).await.state_reason.contains("sender was deleted"));
        assert!(world.server.addresses().is_empty());
    }

    async fn pausing_stops_and_cancelling_closes_the_rest(db: Db) {
        let world = World::new(db);
        world.crowd(150);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(engine(&world).run(stop.clone()));
        while world.server.addresses().len() < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let paused = world.service.pause(&world.actor, id).await.unwrap();
        assert_eq!(paused.state, CampaignState::Paused);
        let settled = || async { let c = world.get(id).await.counts; c.claimed + c.handed == 0 };
        while !settled().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let taken = world.server.addresses().len();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(world.server.addresses().len(), taken, "a paused campaign goes on");
        world.service.cancel(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        stop.cancel();
        running.await.unwrap();
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Cancelled, taken as i64));
        assert_eq!(ended.counts.cancelled, 150 - taken as i64);
        assert_honest(&world, id, 150).await;
    }

    async fn hammering_pause_resume_and_cancel_from_two_sessions_loses_and_doubles_nobody(db: Db) {
        let world = Arc::new(World::new(db));
        world.crowd(250);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(engine(&world).run(stop.clone()));
        let hammer = |seed: u64| {
            let world = world.clone();
            tokio::spawn(async move {
                for n in 0..100 {
                    let step = if (n + seed).is_multiple_of(2) { world.service.pause(&world.actor, id).await } else { world.service.resume(&world.actor, id).await };
                    assert!(matches!(step, Ok(_) | Err(contract::Fault::Conflict { .. } | contract::Fault::Busy { .. })), "{step:?}");
                    tokio::task::yield_now().await;
                }
            })
        };
        let (a, b) = (hammer(0), hammer(1));
        a.await.unwrap();
        b.await.unwrap();
        if world.get(id).await.state == CampaignState::Paused {
            world.service.resume(&world.actor, id).await.unwrap();
        }
        while world.server.addresses().len() < 30 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let cancels: Vec<_> = (0..8).map(|_| { let world = world.clone(); tokio::spawn(async move { world.service.cancel(&world.actor, id).await.is_ok() }) }).collect();
        let mut won = 0;
        for cancel in cancels {
            won += i32::from(cancel.await.unwrap());
        }
        while world.get(id).await.finished.is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stop.cancel();
        running.await.unwrap();
        let ended = world.get(id).await;
        assert!(won <= 1);
        assert_eq!(ended.state == CampaignState::Cancelled, won == 1, "{:?}", ended.state);
        assert_honest(&world, id, 250).await;
    }
}
