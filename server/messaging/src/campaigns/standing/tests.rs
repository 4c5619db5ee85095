//! Windows, zones, caps, warm-up, tests of variants and second tries, through the engine on both databases.

use crate::engine::Engine;
use crate::engine::faults::NoFaults;
use crate::testing::World;
use contract::campaigns::*;
use contract::templates::Content;
use contract::{CampaignId, ContactId, Fault, Micros, SenderId};
use kernel::Db;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// An engine that runs until the world looks as a test wants it.
struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    fn start(world: &World) -> Self {
        let stop = CancellationToken::new();
        let engine = Engine::with(world.parts.clone(), World::options(), Arc::new(NoFaults));
        let task = tokio::spawn(engine.run(stop.clone()));
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

async fn until(world: &World, id: CampaignId, is_so: impl Fn(&Campaign) -> bool) -> Campaign {
    // By the clock, not by turns: far longer than it takes even on a busy machine.
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(150) {
        let campaign = world.get(id).await;
        if is_so(&campaign) {
            return campaign;
        }
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    panic!("it never came to that: {:?}", world.get(id).await);
}

fn has_gone(campaign: &Campaign) -> bool {
    campaign.counts.total() > 0 && campaign.state == CampaignState::Sending && campaign.waits_until.is_some()
}

fn is_ended(campaign: &Campaign) -> bool {
    campaign.finished.is_some()
}

async fn made(world: &World, plan: Plan) -> CampaignId {
    world.service.create(&world.actor, CampaignDraft { plan, ..world.draft() }).await.unwrap().id
}

fn wall(wall: &str) -> When {
    When { wall: wall.into(), zone: "UTC".into() }
}

fn at(text: &str) -> Micros {
    Micros::parse(text).unwrap()
}

fn to(world: &World, text: &str) {
    let ahead = at(text).0 - world.parts.clock.now().0;
    world.clock.advance(Duration::from_micros(u64::try_from(ahead).unwrap()));
}

fn subjects(world: &World) -> BTreeMap<String, String> {
    let taken = world.server.taken.lock().unwrap();
    let subject = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines().find_map(|l| l.strip_prefix("Subject: ").map(str::to_owned)).unwrap_or_default()
    };
    taken.iter().map(|(to, bytes)| (to.clone(), subject(bytes))).collect()
}

async fn mark(world: &World, id: CampaignId, contact: ContactId, column: &str) {
    let sql = match column {
        "clicked" => {
            "UPDATE recipient SET clicked_at = 1, opened_at = 1 WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3"
        }
        "opened" => "UPDATE recipient SET opened_at = 1 WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3",
        _ => {
            "UPDATE recipient SET machine_opened_at = 1 WHERE company_id = $1 AND campaign_id = $2 AND contact_id = $3"
        }
    };
    let mut tx = world.parts.db.begin(world.company).await.unwrap();
    tx.query(sql).bind(world.company.0).bind(id.0).bind(contact.0).execute_one().await.unwrap();
    tx.commit().await.unwrap();
}

fn subject_test(percent: u8, min_people: u32, unclear: Unclear) -> Plan {
    let other = Variant { subject: "Another word for {{ contact.first_name }}".into(), ..Variant::default() };
    let test = AbTest {
        of: TestOf::Subject,
        variants: vec![other],
        sample_percent: percent,
        by: WinnerBy::Clicks,
        wait_hours: 4,
        min_people,
        unclear,
    };
    Plan { test: Some(test), ..Plan::default() }
}

testkit::both! {
    async fn each_person_gets_it_at_nine_on_their_own_clock(db: Db) {
        let world = World::new(db);
        // The clock of the tests stands in January 2026.
        let zones = ["Asia/Tokyo", "Europe/Copenhagen", "America/New_York", ""];
        for zone in zones {
            let contact = world.person(&format!("{}@example.com", if zone.is_empty() { "none".into() } else { zone.replace('/', ".") }));
            world.people.change(world.company, contact, |p| p.zone = zone.into());
        }
        let id = made(&world, Plan { by_zone: Some(Passed::Refuse), ..Plan::default() }).await;
        let soon = world.service.schedule(&world.actor, id, wall("2026-01-15T12:00")).await.unwrap_err();
        assert!(soon.field("wall").is_some(), "{soon:?}");
        assert!(matches!(world.service.send(&world.actor, id).await, Err(Fault::Invalid { .. })));
        let planned = world.service.schedule(&world.actor, id, wall("2026-01-20T09:00")).await.unwrap();
        assert_eq!(planned.scheduled, Some(at("2026-01-19T19:00:00Z")));
        let running = Running::start(&world);
        to(&world, "2026-01-19T19:00:01Z");
        let campaign = until(&world, id, has_gone).await;
        assert_eq!(campaign.waits_until, Some(at("2026-01-20T00:00:00Z")));
        assert!(world.server.addresses().is_empty());
        let mut seen = BTreeSet::new();
        for (when, who) in [("2026-01-20T00:00:00Z", "asia.tokyo@example.com"), ("2026-01-20T08:00:00Z", "europe.copenhagen@example.com"), ("2026-01-20T09:00:00Z", "none@example.com")] {
            to(&world, when);
            seen.insert(who.to_owned());
            until(&world, id, |c| c.counts.accepted == seen.len() as i64).await;
            assert_eq!(world.server.addresses().into_iter().collect::<BTreeSet<_>>(), seen);
        }
        to(&world, "2026-01-20T14:00:00Z");
        let done = until(&world, id, is_ended).await;
        assert_eq!((done.counts.accepted, world.server.addresses().len()), (4, 4));
        running.end().await;
    }

    async fn where_the_time_has_passed_people_are_left_out_if_the_plan_says_so(db: Db) {
        let world = World::new(db);
        let (east, west) = (world.person("east@example.com"), world.person("west@example.com"));
        world.people.change(world.company, east, |p| p.zone = "Asia/Tokyo".into());
        world.people.change(world.company, west, |p| p.zone = "America/New_York".into());
        let id = made(&world, Plan { by_zone: Some(Passed::Skip), ..Plan::default() }).await;
        to(&world, "2026-01-20T10:00:00Z");
        world.service.schedule(&world.actor, id, wall("2026-01-20T09:00")).await.unwrap();
        let running = Running::start(&world);
        until(&world, id, has_gone).await;
        to(&world, "2026-01-20T14:00:01Z");
        let done = until(&world, id, is_ended).await;
        assert_eq!((done.counts.accepted, done.counts.skipped), (1, 1));
        assert_eq!(world.server.addresses(), ["west@example.com"]);
        let report = world.service.report(&world.actor, id).await.unwrap();
        assert_eq!(report.skipped[0].code, "zone_passed");
        running.end().await;
    }

    async fn nothing_goes_out_while_the_window_is_closed_also_when_it_closes_on_the_way(db: Db) {
        let world = World::new(db);
        world.crowd(9);
        let window = SendWindow { days: vec![1, 2, 3, 4, 5], from: "09:00".into(), until: "17:00".into(), clock: Whose::Company };
        let id = made(&world, Plan { window: Some(window), ..Plan::default() }).await;
        // Friday evening.
        to(&world, "2026-01-16T18:00:00Z");
        world.service.send(&world.actor, id).await.unwrap();
        let running = Running::start(&world);
        let held = until(&world, id, has_gone).await;
        let opens = held.waits_until.unwrap();
        assert!(opens >= at("2026-01-19T09:00:00Z") && opens < at("2026-01-19T09:10:00Z"), "{opens}");
        assert!(world.server.addresses().is_empty());
        // Some were due in the window but the sender had no room: when it has, the window is closed.
        *world.outlet.room.lock().unwrap() = Some(4);
        to(&world, "2026-01-19T09:10:00Z");
        until(&world, id, |c| c.counts.accepted == 4).await;
        to(&world, "2026-01-19T17:00:00Z");
        *world.outlet.room.lock().unwrap() = None;
        let held = until(&world, id, |c| has_gone(c) && c.counts.accepted == 4).await;
        assert!(held.waits_until.unwrap() >= at("2026-01-20T09:00:00Z"), "{:?}", held.waits_until);
        assert_eq!(world.server.addresses().len(), 4);
        to(&world, "2026-01-20T09:10:00Z");
        assert_eq!(until(&world, id, is_ended).await.counts.accepted, 9);
        running.end().await;
    }

    async fn a_person_who_had_enough_is_left_out_or_waits_and_the_exempt_goes_through(db: Db) {
        let world = World::new(db);
        world.crowd(3);
        let caps = Caps { rules: vec![Cap { messages: 1, days: 2 }], defer_days: 0 };
        world.service.set_caps(&world.actor, caps.clone()).await.unwrap();
        assert_eq!(world.service.caps(&world.actor).await.unwrap(), caps);
        let running = Running::start(&world);
        let run = async |plan: Plan| {
            let id = made(&world, plan).await;
            world.service.send(&world.actor, id).await.unwrap();
            id
        };
        let first = run(Plan::default()).await;
        assert_eq!(until(&world, first, is_ended).await.counts.accepted, 3);
        // Everybody is over the cap: left out, each with the reason.
        let second = run(Plan::default()).await;
        let done = until(&world, second, is_ended).await;
        assert_eq!((done.counts.accepted, done.counts.skipped, done.state), (0, 3, CampaignState::Failed));
        let report = world.service.report(&world.actor, second).await.unwrap();
        assert_eq!((report.skipped[0].code.as_str(), report.skipped[0].count), ("frequency_cap", 3));
        // What people must get goes through, and is not counted.
        let exempt = run(Plan { cap: CapRule::Exempt, ..Plan::default() }).await;
        assert_eq!(until(&world, exempt, is_ended).await.counts.accepted, 3);
        // With days to wait they get it once there is room.
        world.service.set_caps(&world.actor, Caps { defer_days: 3, ..caps }).await.unwrap();
        let late = run(Plan::default()).await;
        let waits = until(&world, late, has_gone).await;
        assert_eq!((waits.counts.pending, world.server.addresses().len()), (3, 6));
        world.clock.advance(Duration::from_secs(2 * 86_400 + 2));
        assert_eq!(until(&world, late, is_ended).await.counts.accepted, 3);
        running.end().await;
    }

    async fn a_young_sender_sends_its_days_worth_and_the_rest_on_the_next_days(db: Db) {
        let world = World::new(db);
        world.crowd(10);
        let mut tx = world.parts.db.begin(world.company).await.unwrap();
        let now = world.parts.clock.now();
        let warm = WarmUp { first_day: 4, growth_percent: 50, target: 100, started: Some(now) };
        crate::campaigns::store::caps::put_warm_up(&mut tx, world.company, world.sender, &warm, now).await.unwrap();
        tx.commit().await.unwrap();
        let id = made(&world, Plan::default()).await;
        world.service.send(&world.actor, id).await.unwrap();
        let running = Running::start(&world);
        until(&world, id, |c| c.counts.accepted == 4).await;
        // More of the day, and no more of the mail.
        for _ in 0..3 {
            world.clock.advance(Duration::from_secs(7 * 3600));
            tokio::time::sleep(Duration::from_millis(40)).await;
            assert_eq!(world.get(id).await.counts.accepted, 4);
        }
        world.clock.advance(Duration::from_secs(4 * 3600));
        until(&world, id, |c| c.counts.accepted == 10).await;
        assert_eq!(world.server.addresses().len(), 10);
        running.end().await;
        let stranger = world.service.warm_up(&world.actor, SenderId(uuid::Uuid::from_u128(9))).await;
        assert_eq!(stranger, Err(Fault::missing("Sender")));
    }

    async fn the_variant_with_more_clicks_goes_to_the_rest_and_everybody_gets_one(db: Db) {
        let world = World::new(db);
        let people = world.crowd(60);
        let id = made(&world, subject_test(50, 2, Unclear::Ask)).await;
        world.service.send(&world.actor, id).await.unwrap();
        let running = Running::start(&world);
        let waits = until(&world, id, |c| c.test.as_ref().is_some_and(|t| t.phase == Phase::AwaitingWinner)).await;
        let test = waits.test.unwrap();
        let sample: i64 = test.variants.iter().map(|v| v.sample).sum();
        assert!(test.waiting > 5 && sample > 5 && test.waiting + sample == 60, "{test:?}");
        assert_eq!(test.variants.iter().map(|v| v.accepted).sum::<i64>(), sample);
        let after_sample = subjects(&world);
        assert_eq!(after_sample.len() as i64, sample);
        let b: Vec<&String> = after_sample.iter().filter(|(_, s)| s.starts_with("Another")).map(|(to, _)| to).collect();
        assert_eq!(b.len() as i64, test.variants[1].sample);
        // Three who got B click; machines that opened A say nothing.
        for (n, contact) in people.iter().enumerate() {
            let to = format!("p{n}@example.com");
            if b.iter().take(3).any(|a| **a == to) {
                mark(&world, id, *contact, "clicked").await;
            } else if after_sample.contains_key(&to) {
                mark(&world, id, *contact, "machine").await;
            }
        }
        world.clock.advance(Duration::from_secs(4 * 3600 - 60));
        tokio::time::sleep(Duration::from_millis(40)).await;
        assert_eq!(world.get(id).await.test.unwrap().phase, Phase::AwaitingWinner);
        world.clock.advance(Duration::from_secs(61));
        let done = until(&world, id, is_ended).await;
        assert_eq!((done.counts.accepted, done.state), (60, CampaignState::Finished));
        let test = done.test.unwrap();
        assert_eq!((test.phase, test.winner, test.waiting), (Phase::Decided, Some(1), 0));
        // The losers stay visible, and the rest does not count into the test.
        assert_eq!(test.variants.iter().map(|v| v.sample).sum::<i64>(), sample);
        assert_eq!((test.variants[0].clicked, test.variants[1].clicked), (0, 3));
        let all = world.server.addresses();
        assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (60, 60));
        let rest: Vec<String> = subjects(&world).into_iter().filter(|(to, _)| !after_sample.contains_key(to)).map(|(_, subject)| subject).collect();
        assert!(!rest.is_empty() && rest.iter().all(|subject| subject.starts_with("Another word for Mette")));
        running.end().await;
    }

    async fn thin_evidence_waits_for_a_person_whose_choice_is_sent_once(db: Db) {
        let world = World::new(db);
        world.crowd(30);
        let id = made(&world, subject_test(50, 10, Unclear::Ask)).await;
        assert!(matches!(world.service.choose_winner(&world.actor, id, 0).await, Err(Fault::Conflict { .. })));
        world.service.send(&world.actor, id).await.unwrap();
        let running = Running::start(&world);
        until(&world, id, |c| c.test.as_ref().is_some_and(|t| t.phase == Phase::AwaitingWinner)).await;
        world.clock.advance(Duration::from_secs(4 * 3600 + 1));
        let asks = until(&world, id, |c| c.test.as_ref().is_some_and(|t| t.why.contains("Choose a variant"))).await;
        let test = asks.test.unwrap();
        assert_eq!((test.phase, test.decides), (Phase::AwaitingWinner, None));
        let before = world.server.addresses().len();
        assert!(world.service.choose_winner(&world.actor, id, 7).await.unwrap_err().field("variant").is_some());
        world.service.choose_winner(&world.actor, id, 0).await.unwrap();
        assert!(matches!(world.service.choose_winner(&world.actor, id, 1).await, Err(Fault::Conflict { .. })));
        let done = until(&world, id, is_ended).await;
        assert_eq!(done.counts.accepted, 30);
        assert!(world.server.addresses().len() == 30 && before < 30);
        let late: Vec<String> = world.server.addresses().split_off(before);
        assert!(late.iter().all(|to| subjects(&world)[to] == "Hello Mette"));
        running.end().await;
    }

    async fn a_test_goes_on_where_it_was_after_a_stop_of_the_process(db: Db) {
        let world = World::new(db);
        world.crowd(40);
        let id = made(&world, subject_test(50, 0, Unclear::First)).await;
        world.service.send(&world.actor, id).await.unwrap();
        let running = Running::start(&world);
        until(&world, id, |c| c.counts.accepted > 3).await;
        running.end().await;
        let running = Running::start(&world);
        until(&world, id, |c| c.test.as_ref().is_some_and(|t| t.phase == Phase::AwaitingWinner)).await;
        running.end().await;
        world.clock.advance(Duration::from_secs(5 * 3600));
        let running = Running::start(&world);
        let done = until(&world, id, is_ended).await;
        let all = world.server.addresses();
        assert_eq!((done.counts.accepted, all.len(), all.iter().collect::<BTreeSet<_>>().len()), (40, 40, 40));
        running.end().await;
    }

    async fn each_variant_of_a_test_of_time_has_its_time_and_the_winners_is_kept_for_the_rest(db: Db) {
        let world = World::new(db);
        let people = world.crowd(40);
        let plan = subject_test(50, 1, Unclear::First);
        let test = plan.test.map(|t| AbTest { of: TestOf::Time, variants: vec![Variant { time: "18:00".into(), ..Variant::default() }], ..t });
        let id = made(&world, Plan { test, ..Plan::default() }).await;
        assert!(matches!(world.service.send(&world.actor, id).await, Err(Fault::Invalid { .. })));
        world.service.schedule(&world.actor, id, wall("2026-01-20T09:00")).await.unwrap();
        let running = Running::start(&world);
        to(&world, "2026-01-20T09:00:01Z");
        let morning = until(&world, id, has_gone).await;
        let (a, b) = (morning.test.as_ref().unwrap().variants[0].sample, morning.test.as_ref().unwrap().variants[1].sample);
        assert_eq!((morning.counts.accepted, morning.waits_until), (a, Some(at("2026-01-20T18:00:00Z"))));
        to(&world, "2026-01-20T18:00:00Z");
        until(&world, id, |c| c.test.as_ref().is_some_and(|t| t.phase == Phase::AwaitingWinner)).await;
        assert_eq!(world.get(id).await.counts.accepted, a + b);
        let early: BTreeSet<String> = world.server.addresses().into_iter().take(a as usize).collect();
        let one = (0..40).find(|n| !early.contains(&format!("p{n}@example.com")) && world.server.addresses().contains(&format!("p{n}@example.com"))).unwrap();
        mark(&world, id, people[one], "clicked").await;
        to(&world, "2026-01-20T22:00:02Z");
        let waits = until(&world, id, |c| c.test.as_ref().is_some_and(|t| t.winner == Some(1) && t.waiting == 0)).await;
        assert_eq!(waits.waits_until, Some(at("2026-01-21T18:00:00Z")));
        to(&world, "2026-01-21T18:00:00Z");
        assert_eq!(until(&world, id, is_ended).await.counts.accepted, 40);
        running.end().await;
    }

    async fn people_get_the_words_of_their_language(db: Db) {
        let world = World::new(db);
        for (email, language) in [("a@example.com", "da"), ("b@example.com", "de-AT"), ("c@example.com", "fr"), ("d@example.com", "")] {
            let contact = world.person(email);
            world.people.change(world.company, contact, |p| p.language = language.into());
        }
        let own = world.draft().content;
        let wording = |language: &str, subject: &str| LanguageVariant {
            language: language.into(),
            content: Content { subject: subject.into(), source: "<a href=\"https://acme.example/else\">x</a>".into(), ..own.clone() },
        };
        let plan = Plan { languages: vec![wording("da", "Hej {{ contact.first_name }}"), wording("de", "Hallo")], ..Plan::default() };
        let id = made(&world, plan).await;
        world.service.send(&world.actor, id).await.unwrap();
        let running = Running::start(&world);
        until(&world, id, is_ended).await;
        running.end().await;
        let got = subjects(&world);
        assert_eq!(got.values().map(String::as_str).collect::<Vec<_>>(), ["Hej Mette", "Hallo", "Hello Mette", "Hello Mette"]);
        // Each wording leads to its own links.
        let taken = world.server.taken.lock().unwrap().clone();
        for (to, bytes) in taken {
            let text = String::from_utf8(bytes).unwrap().replace("=\r\n", "");
            let (own, other) = (text.contains("/c/0"), text.contains("/c/1"));
            assert_eq!((own, other), if to.as_str() < "c" { (false, true) } else { (true, false) }, "{to}");
        }
        let twice = Plan { languages: vec![wording("da", "a"), wording("DA", "b")], ..Plan::default() };
        let fault = world.service.create(&world.actor, CampaignDraft { plan: twice, ..world.draft() }).await.unwrap_err();
        assert!(fault.field("plan.languages").is_some(), "{fault:?}");
    }

    async fn a_second_try_reaches_those_who_got_the_first_and_did_not_read_it(db: Db) {
        let world = World::new(db);
        let people = world.crowd(6);
        world.server.on("p5@", crate::testing::Act::Refuse);
        let first = made(&world, Plan::default()).await;
        assert!(matches!(world.service.resend(&world.actor, first, true).await, Err(Fault::Conflict { .. })));
        world.service.send(&world.actor, first).await.unwrap();
        let running = Running::start(&world);
        until(&world, first, is_ended).await;
        mark(&world, first, people[0], "opened").await;
        mark(&world, first, people[1], "clicked").await;
        mark(&world, first, people[2], "machine").await;
        // Joined later: never got the first one.
        world.person("new@example.com");
        assert!(matches!(world.service.resend(&world.actor, first, false).await, Err(Fault::Conflict { .. })));
        let sure = world.service.resend(&world.actor, first, true).await.unwrap();
        assert_eq!((sure.resend_of, sure.state, sure.draft.name.as_str()), (Some(first), CampaignState::Draft, "News, second try"));
        world.clock.advance(Duration::from_secs(48 * 3600));
        let second = world.service.resend(&world.actor, first, false).await.unwrap().id;
        world.service.send(&world.actor, second).await.unwrap();
        let before = world.server.addresses().len();
        let done = until(&world, second, is_ended).await;
        let got: BTreeSet<String> = world.server.addresses().split_off(before).into_iter().collect();
        assert_eq!(got, ["p2@example.com", "p3@example.com", "p4@example.com"].map(str::to_owned).into());
        assert_eq!((done.counts.accepted, done.counts.skipped), (3, 4));
        let report = world.service.report(&world.actor, second).await.unwrap();
        let reasons: BTreeMap<&str, i64> = report.skipped.iter().map(|r| (r.code.as_str(), r.count)).collect();
        assert_eq!(reasons, BTreeMap::from([("has_read", 2), ("not_reached", 2)]));
        running.end().await;
    }

    async fn a_campaign_says_who_made_it(db: Db) {
        let world = World::new(db);
        assert_eq!(world.campaign().await.by, "Lux");
        let key = contract::Actor { who: contract::Who::ApiKey(contract::ApiKeyId(uuid::Uuid::from_u128(1))), ..world.actor.clone() };
        let made = world.service.create(&key, world.draft()).await.unwrap();
        assert_eq!(made.by, "An API key");
    }
}
