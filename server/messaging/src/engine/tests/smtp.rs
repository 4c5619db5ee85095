//! Through real connections to a server that misbehaves.

use super::*;
use crate::testing::Server;
use connect::email::smtp::{Config, Pool, Timeouts, Tls};
use testkit::sink::{Act, At, Behaviour, Sink, When};

fn pool(port: u16) -> Arc<Pool> {
    // Only the answer to the whole message is waited for in vain; the rest is generous, for a machine that is busy.
    let (long, end) = (Duration::from_secs(20), Duration::from_secs(3));
    let mut config = Config::new("127.0.0.1", port, Tls::None);
    config.connections = 4;
    config.timeouts = Timeouts { connect: long, greeting: long, command: long, data: long, end, total: long * 2 };
    Arc::new(Pool::new(config).unwrap())
}

async fn state_of(world: &World, id: CampaignId, address: &str) -> (RecipientState, String) {
    let rows = world.rows(id).await;
    let row = rows.into_iter().find(|r| r.address == address).unwrap();
    (row.state, row.detail)
}

testkit::both! {
    async fn each_kind_of_misbehaviour_ends_in_its_own_state_and_the_rest_goes_on(db: Db) {
        let rules = Behaviour::default()
            .with(When::To("hard550".into()), At::Rcpt, Act::Reply("550 5.1.1 no such user".into()))
            .with(When::To("grey451".into()), At::Rcpt, Act::Reply("451 4.7.1 greylisted".into()))
            .with(When::To("reset".into()), At::Content(10), Act::Reset)
            .with(When::To("hang".into()), At::End, Act::TakeAndHang)
            .with(When::To("silent".into()), At::End, Act::TakeAndReset);
        let sink = Sink::start(rules).await.unwrap();
        let world = World::through(db, Arc::new(Server::default()), pool(sink.port()), 4);
        world.crowd(40);
        for name in ["hard550", "grey451", "reset", "hang", "silent"] {
            world.person(&format!("{name}@example.com"));
        }
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        run_until(engine(&world), || async { let c = world.get(id).await.counts; c.open() == 2 && c.pending == 2 }).await;
        assert_eq!(state_of(&world, id, "hard550@example.com").await.0, RecipientState::Failed);
        assert_eq!(state_of(&world, id, "hang@example.com").await.0, RecipientState::Unknown);
        assert_eq!(state_of(&world, id, "silent@example.com").await.0, RecipientState::Unknown);
        let (grey, said) = state_of(&world, id, "grey451@example.com").await;
        assert!(grey == RecipientState::Pending && said.contains("451 4.7.1 greylisted"), "{said}");
        assert_eq!(state_of(&world, id, "reset@example.com").await.0, RecipientState::Pending);
        assert_eq!(world.get(id).await.counts.accepted, 40);
        // The server mends itself; what was put off goes out, what is unknown stays so.
        sink.set_rules(Vec::new());
        world.clock.advance(Duration::from_secs(61));
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.counts.accepted, ended.counts.failed, ended.counts.unknown), (42, 1, 2));
        let mut to: Vec<String> = sink.ids().into_iter().map(|(to, _)| to).collect();
        let all = to.len();
        to.sort();
        to.dedup();
        assert_eq!((all, to.len()), (44, 44), "the server took somebody's twice, or lost one");
    }

    async fn a_421_rests_the_sender_and_everybody_gets_it_once_afterwards(db: Db) {
        let sink = Sink::start(Behaviour::default().with(When::After(10), At::Mail, Act::Reply("421 4.7.0 slow down".into()))).await.unwrap();
        let world = World::through(db, Arc::new(Server::default()), pool(sink.port()), 4);
        world.crowd(40);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let rests = || world.outlet.health.lock().unwrap().iter().any(|h| h.starts_with("rests"));
        run_until(engine(&world), || async { rests() && world.get(id).await.counts.handed == 0 }).await;
        let counts = world.get(id).await.counts;
        assert_eq!((counts.failed, counts.unknown, counts.accepted), (0, 0, 10));
        let said = world.outlet.health.lock().unwrap()[0].clone();
        assert!(said.contains("421") && said.contains("slow down"), "{said}");
        sink.set_rules(Vec::new());
        world.clock.advance(Duration::from_secs(6));
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 40));
        assert!(world.rows(id).await.iter().all(|r| r.attempts == 1));
        assert_eq!(sink.ids().len(), 40);
    }

    async fn a_repeat_of_a_message_carries_the_same_id(db: Db) {
        let sink = Sink::start(Behaviour::default().with(When::FirstTry, At::End, Act::Reply("451 4.3.0 try again".into()))).await.unwrap();
        let world = World::through(db, Arc::new(Server::default()), pool(sink.port()), 4);
        world.crowd(3);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let ids = async || -> Vec<String> {
            let mut tx = world.parts.db.read(world.company).await.unwrap();
            tx.query("SELECT message_id FROM recipient WHERE company_id = $1 ORDER BY id").bind(world.company.0).fetch_scalars().await.unwrap()
        };
        run_until(engine(&world), || async { let c = world.get(id).await.counts; c.pending == 3 && world.rows(id).await.iter().all(|r| r.attempts == 1) }).await;
        let first = ids().await;
        world.clock.advance(Duration::from_secs(61));
        assert_eq!(run_until_ended(&world, id).await.counts.accepted, 3);
        assert_eq!(ids().await, first);
        let mut seen: Vec<String> = sink.ids().into_iter().map(|(_, id)| id).collect();
        let mut first = first;
        seen.sort();
        first.sort();
        assert_eq!(seen, first);
    }
}
