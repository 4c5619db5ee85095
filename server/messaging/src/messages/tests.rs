//! Single messages on both databases, with lost answers, silent nodes and campaigns beside them.

use super::*;
use crate::brake;
use crate::engine::Engine;
use crate::engine::faults::{Faults, NoFaults, Point};
use crate::testing::{Act, World};
use contract::campaigns::{Campaigns, RecipientState};
use contract::messages::{Certainty, Message, MessageDraft, MessageQuery, Messages};
use contract::sending::Sending;
use contract::templates::Content;
use contract::{Fault, MessageId};
use kernel::Db;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(60);

async fn world(db: Db) -> (World, Service) {
    let world = World::new(db);
    world.name_sender("Main").await;
    let service = Service::new(world.parts.clone());
    (world, service)
}

fn receipt(to: &str) -> MessageDraft {
    let variables = json!({ "order": { "number": 17, "lines": ["Tea", "Cups <2>"] } });
    MessageDraft {
        to: to.into(),
        content: Some(Content {
            subject: "Order {{ order.number }}".into(),
            source: "<p>{% for line in order.lines %}{{ line }}, {% endfor %}thanks from {{ company.name }}</p>".into(),
            ..Content::default()
        }),
        variables: variables.as_object().unwrap().clone(),
        ..MessageDraft::default()
    }
}

async fn until<F: Future<Output = bool>>(mut done: impl FnMut() -> F) {
    let reached = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    tokio::time::timeout(LONG, reached).await.expect("it did not get there");
}

async fn serve(world: &World, faults: Arc<dyn Faults>, done: impl AsyncFn() -> bool) {
    let stop = CancellationToken::new();
    let mut running = tokio::spawn(Engine::with(world.parts.clone(), World::options(), faults).run(stop.clone()));
    let watch = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    tokio::select! {
        ended = &mut running => ended.unwrap(),
        reached = tokio::time::timeout(LONG, watch) => {
            stop.cancel();
            running.await.unwrap();
            reached.expect("the engine did not get there");
        }
    }
}

async fn state(service: &Service, world: &World, id: MessageId) -> Message {
    service.get(&world.actor, id).await.unwrap()
}

fn header(bytes: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

/// Dies the first time a point is passed.
struct DieAt(Point, AtomicI64);

impl Faults for DieAt {
    fn dies(&self, point: Point) -> bool {
        point == self.0 && self.1.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

testkit::both! {
    async fn a_message_is_written_out_goes_once_and_carries_no_marks_of_marketing(db: Db) {
        let (world, service) = world(db).await;
        let sent = service.send(&world.actor, receipt("Mette@Example.com")).await.unwrap();
        assert_eq!((sent.state, sent.subject.as_str(), sent.to.as_str()), (RecipientState::Pending, "Order 17", "mette@example.com"));
        serve(&world, Arc::new(NoFaults), async || state(&service, &world, sent.id).await.settled.is_some()).await;
        let done = state(&service, &world, sent.id).await;
        assert_eq!((done.state, done.attempts, done.repeats), (RecipientState::Accepted, 1, 0));
        let taken = world.server.taken.lock().unwrap();
        assert_eq!(taken.len(), 1);
        let bytes = &taken[0].1;
        assert_eq!(header(bytes, "Message-ID"), done.message_id.map(|id| format!("<{id}>")));
        assert_eq!((header(bytes, "List-Unsubscribe"), header(bytes, "List-Unsubscribe-Post")), (None, None));
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("Tea, Cups &lt;2&gt;, thanks from Acme"), "{text}");
    }

    async fn what_cannot_be_written_is_refused_at_once_and_names_the_value(db: Db) {
        let (world, service) = world(db).await;
        let refused = |draft: MessageDraft| async {
            match service.send(&world.actor, draft).await { Err(Fault::Invalid { fields }) => fields[0].field.clone(), other => panic!("{other:?}") }
        };
        let mut draft = receipt("a@example.com");
        draft.variables.clear();
        assert_eq!(refused(draft).await, "variables.order");
        assert_eq!(refused(receipt("nobody")).await, "to");
        assert_eq!(refused(MessageDraft { content: None, ..receipt("a@example.com") }).await, "content");
        assert_eq!(refused(MessageDraft { sender: Some(contract::SenderId(uuid::Uuid::nil())), ..receipt("a@example.com") }).await, "sender");
        let mut loops = receipt("a@example.com");
        loops.content.as_mut().unwrap().source = "{% for a in order.lines %}{% for b in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{% for c in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{% for d in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}y{% endfor %}{% endfor %}{% endfor %}{% endfor %}".into();
        assert_eq!(refused(loops).await, "content.source");
    }

    async fn an_address_that_bounced_gets_nothing_and_one_that_unsubscribed_does(db: Db) {
        let (world, service) = world(db).await;
        world.people.suppressed.lock().unwrap().extend([("gone@example.com".to_owned(), "bounced".to_owned()), ("no@example.com".to_owned(), "unsubscribed".to_owned())]);
        let gone = service.send(&world.actor, receipt("gone@example.com")).await.unwrap().id;
        let no = service.send(&world.actor, receipt("no@example.com")).await.unwrap().id;
        serve(&world, Arc::new(NoFaults), async || state(&service, &world, gone).await.settled.is_some() && state(&service, &world, no).await.settled.is_some()).await;
        assert_eq!((state(&service, &world, gone).await.state, state(&service, &world, no).await.state), (RecipientState::Skipped, RecipientState::Accepted));
        assert_eq!(world.server.addresses(), ["no@example.com"]);
    }

    async fn a_lost_answer_is_repeated_under_the_same_id_or_never_as_the_message_says(db: Db) {
        let (world, service) = world(db).await;
        world.server.on("@example.com", Act::TakeSilently);
        let again = service.send(&world.actor, receipt("again@example.com")).await.unwrap().id;
        let once = service.send(&world.actor, MessageDraft { certainty: Certainty::NeverTwice, ..receipt("once@example.com") }).await.unwrap().id;
        serve(&world, Arc::new(NoFaults), async || state(&service, &world, again).await.repeats == 1 && state(&service, &world, once).await.settled.is_some()).await;
        assert_eq!(state(&service, &world, once).await.state, RecipientState::Unknown);
        let waits = state(&service, &world, again).await;
        assert_eq!((waits.state, waits.next), (RecipientState::Pending, Some(world.parts.clock.now().plus_seconds(60))));
        world.server.rules.lock().unwrap().clear();
        world.clock.advance(Duration::from_secs(61));
        serve(&world, Arc::new(NoFaults), async || state(&service, &world, again).await.settled.is_some()).await;
        let taken = world.server.taken.lock().unwrap().clone();
        let ids: Vec<_> = taken.iter().filter(|(to, _)| to == "again@example.com").map(|(_, bytes)| header(bytes, "Message-ID")).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
        assert_eq!(taken.iter().filter(|(to, _)| to == "once@example.com").count(), 1);
    }

    async fn killed_anywhere_a_message_is_neither_lost_nor_sent_twice_against_its_policy(db: Db) {
        let (world, service) = world(db).await;
        for point in [Point::AfterHand, Point::BeforeSend, Point::AfterSend, Point::BeforeSettle] {
            let to = format!("{point:?}").to_lowercase();
            let once = MessageDraft { certainty: Certainty::NeverTwice, ..receipt(&format!("{to}-once@example.com")) };
            let once = service.send(&world.actor, once).await.unwrap().id;
            serve(&world, Arc::new(DieAt(point, AtomicI64::new(1))), async || false).await;
            let more = service.send(&world.actor, receipt(&format!("{to}-more@example.com"))).await.unwrap().id;
            serve(&world, Arc::new(DieAt(point, AtomicI64::new(1))), async || false).await;
            world.clock.advance(Duration::from_secs(31));
            serve(&world, Arc::new(NoFaults), async || state(&service, &world, once).await.settled.is_some() && state(&service, &world, more).await.settled.is_some()).await;
            let copies = |word: &str| world.server.addresses().iter().filter(|a| a.starts_with(&format!("{to}-{word}"))).count();
            assert_eq!(state(&service, &world, once).await.state, RecipientState::Unknown, "{point:?}");
            assert!(copies("once") <= 1, "{point:?}");
            let more = state(&service, &world, more).await;
            assert_eq!((more.state, more.repeats), (RecipientState::Accepted, 1), "{point:?}");
            assert!((1..=2).contains(&copies("more")), "{point:?}");
        }
    }

    async fn a_message_overtakes_a_campaign_that_fills_its_sender(db: Db) {
        let (world, service) = world(db).await;
        world.crowd(600);
        world.server.on("@example.com", Act::Slow(Duration::from_millis(15)));
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(Engine::with(world.parts.clone(), World::options(), Arc::new(NoFaults)).run(stop.clone()));
        until(|| async { world.server.addresses().len() > 20 }).await;
        let sent = service.send(&world.actor, receipt("quick@other.example")).await.unwrap().id;
        until(|| async { state(&service, &world, sent).await.settled.is_some() }).await;
        let left = world.get(id).await.counts.open();
        stop.cancel();
        running.await.unwrap();
        assert!(left > 100, "only {left} of the campaign were left when the message went");
    }

    async fn a_stop_holds_single_messages_too_and_they_go_when_it_is_released(db: Db) {
        let (world, service) = world(db).await;
        let brake = brake::Service::new(world.parts.clone());
        brake.stop(&world.actor, String::new()).await.unwrap();
        let sent = service.send(&world.actor, receipt("a@example.com")).await.unwrap().id;
        let stop = CancellationToken::new();
        let running = tokio::spawn(Engine::with(world.parts.clone(), World::options(), Arc::new(NoFaults)).run(stop.clone()));
        until(|| async { state(&service, &world, sent).await.detail.contains("stopped") }).await;
        assert!(world.server.addresses().is_empty());
        brake.release(&world.actor).await.unwrap();
        world.clock.advance(Duration::from_secs(3));
        until(|| async { state(&service, &world, sent).await.settled.is_some() }).await;
        stop.cancel();
        running.await.unwrap();
        assert_eq!(world.server.addresses(), ["a@example.com"]);
        assert_eq!(state(&service, &world, sent).await.attempts, 1);
    }

    async fn a_list_is_paged_from_the_latest_filtered_by_state_and_searched_by_address(db: Db) {
        let (world, service) = world(db).await;
        // Each at a domain of its own: the clock stands still, and who waits for a domain would never come again.
        for to in ["a@one.example", "gone@three.example", "b_c@two.example", "bxc@four.example"] {
            service.send(&world.actor, receipt(to)).await.unwrap();
        }
        let ask = async |query: MessageQuery| service.list(&world.actor, query).await.unwrap();
        let to = |page: &contract::Page<Message>| page.items.iter().map(|m| m.to.clone()).collect::<Vec<_>>();
        let first = ask(MessageQuery { limit: 3, ..MessageQuery::default() }).await;
        assert_eq!(to(&first), ["bxc@four.example", "b_c@two.example", "gone@three.example"]);
        assert_eq!((first.items[0].sender_name.as_str(), first.items[0].template_name.as_str()), ("Main", ""));
        let rest = ask(MessageQuery { cursor: first.next, limit: 3, ..MessageQuery::default() }).await;
        assert_eq!((to(&rest), rest.next), (vec!["a@one.example".to_owned()], None));
        let found = |text: &str| MessageQuery { search: text.into(), ..MessageQuery::default() };
        assert_eq!(to(&ask(found(" B_C")).await), ["b_c@two.example"]);
        assert_eq!(to(&ask(found("nobody")).await), Vec::<String>::new());
        world.people.suppressed.lock().unwrap().push(("gone@three.example".to_owned(), "bounced".to_owned()));
        let in_state = |state| MessageQuery { state: Some(state), ..MessageQuery::default() };
        serve(&world, Arc::new(NoFaults), async || ask(in_state(RecipientState::Accepted)).await.items.len() == 3).await;
        serve(&world, Arc::new(NoFaults), async || ask(in_state(RecipientState::Skipped)).await.items.len() == 1).await;
        assert_eq!(to(&ask(in_state(RecipientState::Skipped)).await), ["gone@three.example"]);
        assert!(ask(in_state(RecipientState::Failed)).await.items.is_empty());
    }

    async fn nobody_reads_a_message_of_another_company(db: Db) {
        let (world, service) = world(db).await;
        let sent = service.send(&world.actor, receipt("a@example.com")).await.unwrap().id;
        let other = contract::Actor::system(testkit::company(2));
        assert!(matches!(service.get(&other, sent).await, Err(Fault::Missing { .. })));
        assert!(service.list(&other, MessageQuery::default()).await.unwrap().items.is_empty());
        let keyed = contract::Actor { scopes: Some(vec![contract::Capability::ContactsRead]), ..world.actor.clone() };
        assert!(matches!(service.list(&keyed, MessageQuery::default()).await, Err(Fault::Denied { .. })));
        let editor = contract::Actor { role: contract::Role::Editor, ..world.actor.clone() };
        assert!(matches!(service.send(&editor, receipt("a@example.com")).await, Err(Fault::Denied { .. })));
    }
}
