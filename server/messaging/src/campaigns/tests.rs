//! The service on both databases.

use crate::testing::World;
use CampaignState as S;
use contract::campaigns::{
    Audience, Campaign, CampaignDraft, CampaignQuery, CampaignState, Campaigns, RecipientQuery, When,
};
use contract::templates::Content;
use contract::{Actor, CampaignId, Cursor, Fault, Micros, Role};
use kernel::Db;
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn every_statement_is_accepted_by_both_engines() {
    testkit::prepare_all();
}

fn when(wall: &str) -> When {
    When { wall: wall.into(), zone: "Europe/Copenhagen".into() }
}

/// Puts a campaign into a state, whatever the rules say.
async fn force(world: &World, id: CampaignId, state: S) {
    let mut tx = world.parts.db.begin(world.company).await.unwrap();
    let sql = "UPDATE campaign SET state = $3 WHERE company_id = $1 AND id = $2";
    tx.query(sql).bind(world.company.0).bind(id.0).bind(state.as_str()).execute_one().await.unwrap();
    tx.commit().await.unwrap();
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Schedule,
    Unschedule,
    Send,
    Pause,
    Resume,
    Cancel,
    Edit,
    Delete,
}

async fn take(world: &World, id: CampaignId, step: Step) -> Result<Option<Campaign>, Fault> {
    let (service, actor) = (&world.service, &world.actor);
    Ok(Some(match step {
        Step::Schedule => service.schedule(actor, id, when("2026-02-01T09:00")).await?,
        Step::Unschedule => service.unschedule(actor, id).await?,
        Step::Send => service.send(actor, id).await?,
        Step::Pause => service.pause(actor, id).await?,
        Step::Resume => service.resume(actor, id).await?,
        Step::Cancel => service.cancel(actor, id).await?,
        Step::Edit => service.update(actor, id, CampaignDraft { name: "Other".into(), ..world.draft() }, None).await?,
        Step::Delete => {
            service.delete(actor, id).await?;
            return Ok(None);
        }
    }))
}

/// Where a step leads from a state, or that it is refused.
fn leads_to(step: Step, from: S) -> Option<S> {
    match (step, from) {
        (Step::Schedule, S::Draft | S::Paused) => Some(S::Scheduled),
        (Step::Unschedule, S::Scheduled) => Some(S::Draft),
        (Step::Send, S::Draft | S::Paused) | (Step::Resume, S::Paused) => Some(S::Preparing),
        (Step::Pause, S::Sending) => Some(S::Paused),
        (Step::Cancel, S::Scheduled | S::Preparing | S::Sending | S::Paused) => Some(S::Cancelled),
        (Step::Edit, S::Draft | S::Scheduled | S::Paused) => Some(from),
        (Step::Delete, S::Draft | S::Finished | S::FinishedWithFailures | S::Cancelled | S::Failed) => Some(from),
        _ => None,
    }
}

testkit::both! {
    async fn each_step_from_each_state_does_what_it_must_or_is_a_conflict_that_changes_nothing(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let steps = [Step::Schedule, Step::Unschedule, Step::Send, Step::Pause, Step::Resume, Step::Cancel, Step::Edit, Step::Delete];
        for step in steps {
            for from in S::ALL {
                let id = world.campaign().await.id;
                force(&world, id, from).await;
                let before = world.get(id).await;
                match (take(&world, id, step).await, leads_to(step, from)) {
                    (Ok(Some(after)), Some(to)) => assert_eq!(after.state, to, "{step:?} from {from:?}"),
                    (Ok(None), Some(_)) => {
                        let gone = world.service.get(&world.actor, id).await;
                        assert_eq!(gone, Err(Fault::missing("Campaign")), "{step:?} from {from:?}");
                    }
                    (Err(Fault::Conflict { .. }), None) => assert_eq!(world.get(id).await, before, "{step:?} from {from:?}"),
                    (result, expected) => panic!("{step:?} from {from:?}: {result:?} instead of {expected:?}"),
                }
            }
        }
    }

    async fn of_many_who_start_at_once_one_wins(db: Db) {
        let world = std::sync::Arc::new(World::new(db));
        world.person("a@example.com");
        let id = world.campaign().await.id;
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let world = world.clone();
                tokio::spawn(async move { world.service.send(&world.actor, id).await })
            })
            .collect();
        let mut won = 0;
        for result in tries {
            match result.await.unwrap() {
                Ok(_) => won += 1,
                Err(fault) => assert!(matches!(fault, Fault::Conflict { .. }), "{fault:?}"),
            }
        }
        assert_eq!(won, 1);
    }

    async fn a_draft_that_cannot_be_sent_is_refused_with_all_reasons_and_stays_a_draft(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let empty = CampaignDraft { name: "Empty".into(), ..CampaignDraft::default() };
        let id = world.service.create(&world.actor, empty).await.unwrap().id;
        let look = world.service.last_look(&world.actor, id).await.unwrap();
        assert!(look.blockers.len() >= 3, "{:?}", look.blockers);
        let Err(Fault::Invalid { fields }) = world.service.send(&world.actor, id).await else { panic!("was started") };
        assert!(fields.len() >= 3, "{fields:?}");
        assert_eq!(world.get(id).await.state, S::Draft);
        let good = world.campaign().await.id;
        let look = world.service.last_look(&world.actor, good).await.unwrap();
        assert_eq!((look.blockers.len(), look.audience.will_receive), (0, 1), "{:?}", look.blockers);
        assert!(look.sender.contains("news@acme.example"));
    }

    async fn nobody_to_mail_refuses_a_start_but_not_a_schedule(db: Db) {
        let world = World::new(db);
        let id = world.campaign().await.id;
        assert!(matches!(world.service.send(&world.actor, id).await, Err(Fault::Invalid { .. })));
        world.service.schedule(&world.actor, id, when("2026-02-01T09:00")).await.unwrap();
    }

    async fn a_time_is_kept_as_it_was_given_and_one_that_passed_is_refused(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let id = world.campaign().await.id;
        for (bad, field) in [(when("2026-01-15T09:59"), "wall"), (when("soon"), "wall"), (When { wall: "2026-02-01T09:00".into(), zone: "Mars".into() }, "zone")] {
            let fault = world.service.schedule(&world.actor, id, bad).await.unwrap_err();
            assert!(fault.field(field).is_some(), "{fault:?}");
        }
        let planned = world.service.schedule(&world.actor, id, when("2026-03-29T02:30")).await.unwrap();
        assert_eq!(planned.when, Some(when("2026-03-29T02:30")));
        assert_eq!(planned.scheduled, Micros::parse("2026-03-29T01:00:00Z"));
        let back = world.service.unschedule(&world.actor, id).await.unwrap();
        assert_eq!((back.state, back.scheduled, back.when), (S::Draft, None, None));
    }

    async fn an_edit_over_somebody_elses_is_a_conflict(db: Db) {
        let world = World::new(db);
        let first = world.campaign().await;
        let other = CampaignDraft { name: "Two".into(), ..world.draft() };
        let second = world.service.update(&world.actor, first.id, other.clone(), Some(first.updated)).await.unwrap();
        assert!(second.updated > first.updated);
        let fault = world.service.update(&world.actor, first.id, world.draft(), Some(first.updated)).await;
        assert!(matches!(fault, Err(Fault::Conflict { .. })));
        assert_eq!(world.get(first.id).await.draft, other);
    }

    async fn content_is_fixed_once_preparing_began_but_the_sender_can_change(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        force(&world, id, S::Paused).await;
        for changed in [
            CampaignDraft { content: Content { subject: "Else".into(), ..world.draft().content }, ..world.draft() },
            CampaignDraft { audience: Audience::default(), ..world.draft() },
            CampaignDraft { track_opens: false, ..world.draft() },
        ] {
            assert!(matches!(world.service.update(&world.actor, id, changed, None).await, Err(Fault::Conflict { .. })));
        }
        let named = CampaignDraft { from_name: "Someone".into(), ..world.draft() };
        assert_eq!(world.service.update(&world.actor, id, named, None).await.unwrap().draft.from_name, "Someone");
    }

    async fn a_copy_is_a_draft_without_the_past(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let id = world.campaign().await.id;
        world.service.schedule(&world.actor, id, when("2026-02-01T09:00")).await.unwrap();
        let copy = world.service.duplicate(&world.actor, id).await.unwrap();
        assert_eq!((copy.state, copy.scheduled, copy.draft.name.as_str()), (S::Draft, None, "News copy"));
        assert_eq!(copy.draft.content, world.draft().content);
    }

    async fn another_company_sees_and_touches_nothing(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let id = world.campaign().await.id;
        let stranger = Actor::system(testkit::company(2));
        let s = &world.service;
        let missing = Fault::missing("Campaign");
        assert_eq!(s.get(&stranger, id).await, Err(missing.clone()));
        assert_eq!(s.update(&stranger, id, world.draft(), None).await, Err(missing.clone()));
        assert_eq!(s.delete(&stranger, id).await, Err(missing.clone()));
        assert_eq!(s.duplicate(&stranger, id).await, Err(missing.clone()));
        assert_eq!(s.last_look(&stranger, id).await, Err(missing.clone()));
        assert_eq!(s.send_test(&stranger, id, vec!["a@example.com".into()], None).await, Err(missing.clone()));
        assert_eq!(s.schedule(&stranger, id, when("2026-02-01T09:00")).await, Err(missing.clone()));
        assert_eq!(s.unschedule(&stranger, id).await, Err(missing.clone()));
        for result in [s.send(&stranger, id).await, s.pause(&stranger, id).await, s.resume(&stranger, id).await, s.cancel(&stranger, id).await] {
            assert_eq!(result, Err(missing.clone()));
        }
        assert_eq!(s.report(&stranger, id).await, Err(missing.clone()));
        assert_eq!(s.recipients(&stranger, id, RecipientQuery::default()).await, Err(missing.clone()));
        assert_eq!(s.export_recipients(&stranger, id, RecipientQuery::default()).await, Err(missing));
        assert_eq!(s.list(&stranger, CampaignQuery::default()).await.unwrap().items.len(), 0);
        assert_eq!(s.search(&stranger, "News".into(), 10).await.unwrap(), []);
        assert_eq!(s.work(&stranger).await.unwrap(), []);
        assert_eq!(world.get(id).await.state, S::Draft);
    }

    async fn an_editor_writes_but_does_not_send(db: Db) {
        let world = World::new(db);
        world.person("a@example.com");
        let id = world.campaign().await.id;
        let editor = Actor { role: Role::Editor, ..world.actor.clone() };
        let denied = |r: Result<Campaign, Fault>| matches!(r, Err(Fault::Denied { .. }));
        assert!(world.service.update(&editor, id, world.draft(), None).await.is_ok());
        assert!(denied(world.service.send(&editor, id).await));
        assert!(denied(world.service.schedule(&editor, id, when("2026-02-01T09:00")).await));
        assert!(denied(world.service.cancel(&editor, id).await));
        let viewer = Actor { role: Role::Viewer, ..world.actor.clone() };
        assert!(world.service.get(&viewer, id).await.is_ok());
        assert!(denied(world.service.create(&viewer, world.draft()).await));
        assert!(matches!(world.service.export_recipients(&viewer, id, RecipientQuery::default()).await, Err(Fault::Denied { .. })));
    }

    async fn a_test_is_marked_neutral_and_not_in_the_ledger(db: Db) {
        let world = World::new(db);
        let contact = world.person("mette@example.com");
        let id = world.campaign().await.id;
        let to = vec!["Boss@Acme.example".into(), "boss@acme.example ".into(), "two@acme.example".into()];
        world.service.send_test(&world.actor, id, to, Some(contact)).await.unwrap();
        assert_eq!(world.server.addresses(), ["boss@acme.example", "two@acme.example"]);
        let taken = world.server.taken.lock().unwrap()[0].1.clone();
        let text = String::from_utf8(taken).unwrap();
        assert!(text.contains("Subject: [Test] Hello Mette") && text.contains("/test/"), "{text}");
        assert_eq!(world.get(id).await.counts.total(), 0);
        for bad in [vec![], vec!["nobody".to_owned()], (0..11).map(|n| format!("a{n}@example.com")).collect()] {
            let fault = world.service.send_test(&world.actor, id, bad, None).await.unwrap_err();
            assert!(fault.field("to").is_some(), "{fault:?}");
        }
        world.server.on("angry", crate::testing::Act::Refuse);
        let fault = world.service.send_test(&world.actor, id, vec!["angry@example.com".into()], None).await.unwrap_err();
        assert!(fault.to_string().contains("550 no such user"), "{fault}");
        world.parts.outlets.open(world.company, world.outlet.sender).await.unwrap().transport.close().await;
    }

    async fn the_list_pages_without_gaps_and_finds_by_name_and_state(db: Db) {
        let world = World::new(db);
        for n in 0..23 {
            world.clock.advance(Duration::from_secs(u64::from(n % 3 == 0)));
            let draft = CampaignDraft { name: format!("Week {n}_%"), ..world.draft() };
            world.service.create(&world.actor, draft).await.unwrap();
        }
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let query = CampaignQuery { cursor, limit: 5, ..CampaignQuery::default() };
            let page = world.service.list(&world.actor, query).await.unwrap();
            assert_eq!(page.total, Some(23));
            seen.extend(page.items.into_iter().map(|row| row.id));
            cursor = page.next;
            if cursor.is_none() { break }
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (23, 23));
        let find = async |search: &str, state| {
            let query = CampaignQuery { search: search.into(), state, ..CampaignQuery::default() };
            world.service.list(&world.actor, query).await.unwrap().total
        };
        assert_eq!(find("week 7_%", None).await, Some(1));
        assert_eq!(find("week 7x", None).await, Some(0));
        assert_eq!(find("", Some(S::Draft)).await, Some(23));
        assert_eq!(find("", Some(S::Sending)).await, Some(0));
        let bad = CampaignQuery { cursor: Some(Cursor("x".into())), ..CampaignQuery::default() };
        assert!(matches!(world.service.list(&world.actor, bad).await, Err(Fault::Invalid { .. })));
        assert_eq!(world.service.search(&world.actor, "WEEK 22".into(), 5).await.unwrap().len(), 1);
    }

    async fn the_figures_of_the_dashboard_are_those_of_the_rows(db: Db) {
        let world = World::new(db);
        world.crowd(6);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let work = world.service.work(&world.actor).await.unwrap();
        assert_eq!((work.len(), work[0].total), (1, None));
        let stop = tokio_util::sync::CancellationToken::new();
        let engine = crate::engine::Engine::with(world.parts.clone(), World::options(), std::sync::Arc::new(crate::engine::faults::NoFaults));
        let running = tokio::spawn(engine.run(stop.clone()));
        while world.get(id).await.finished.is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stop.cancel();
        running.await.unwrap();
        let now = world.parts.clock.now();
        let mut tx = world.parts.db.begin(world.company).await.unwrap();
        let rows: Vec<i64> = tx.query("SELECT id FROM recipient WHERE company_id = $1 ORDER BY id").bind(world.company.0).fetch_scalars().await.unwrap();
        for (n, id) in rows.iter().enumerate() {
            let at = now.plus_seconds(3600 * n as i64 + 5);
            if n < 3 {
                tx.query("UPDATE recipient SET opened_at = $2 WHERE id = $1").bind(*id).bind(at.0).execute_one().await.unwrap();
            }
            if n < 1 {
                tx.query("UPDATE recipient SET clicked_at = $2, unsubscribed_at = $2 WHERE id = $1").bind(*id).bind(at.0).execute_one().await.unwrap();
            }
            if (2..5).contains(&n) {
                tx.query("UPDATE recipient SET machine_opened_at = $2 WHERE id = $1").bind(*id).bind(at.0).execute_one().await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        world.clock.advance(Duration::from_secs(3 * 3600));
        let report = world.service.report(&world.actor, id).await.unwrap();
        let did = report.engagement;
        assert_eq!((did.opened, did.clicked, did.unsubscribed, did.machine_opened), (3, 1, 1, 2));
        let opens: Vec<i64> = report.hours.iter().map(|h| h.opens).collect();
        assert_eq!(opens, [1, 1, 1, 0]);
        let summary = world.service.summary(&world.actor).await.unwrap();
        assert_eq!((summary.accepted, summary.opened, summary.clicked, summary.unsubscribed, summary.unknown), (6, 3, 1, 1, 0));
        assert_eq!((summary.accepted_before, summary.opened_before), (0, 0));
        assert_eq!((summary.per_day.len(), summary.per_day.iter().map(|d| d.count).sum::<i64>()), (30, 6));
        assert_eq!((summary.recent.len(), summary.recent[0].engagement.opened), (1, 3));
        let page = world.service.recipients(&world.actor, id, RecipientQuery { state: Some("opened".into()), limit: 2, ..RecipientQuery::default() }).await.unwrap();
        assert_eq!((page.items.len(), page.next.is_some()), (2, true));
        let found = world.service.recipients(&world.actor, id, RecipientQuery { search: "P3@".into(), ..RecipientQuery::default() }).await.unwrap();
        assert_eq!(found.items.iter().map(|r| r.address.as_str()).collect::<Vec<_>>(), ["p3@example.com"]);
        let csv = world.service.export_recipients(&world.actor, id, RecipientQuery::default()).await.unwrap();
        assert_eq!((csv.csv.lines().count(), csv.next), (7, None));
        let bad = RecipientQuery { state: Some("lost".into()), ..RecipientQuery::default() };
        assert!(matches!(world.service.recipients(&world.actor, id, bad).await, Err(Fault::Invalid { .. })));
        world.service.delete(&world.actor, id).await.unwrap();
        assert_eq!(world.service.summary(&world.actor).await.unwrap().accepted, 0);
    }
}
