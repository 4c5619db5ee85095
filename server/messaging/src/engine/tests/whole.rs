//! With the real senders and the real signed links: nothing of this crate is a double here.

use super::*;
use crate::engine::faults::Point;
use crate::senders::{Settings, Transports};
use crate::testing::Server;
use crate::tracking::Keys;
use connect::email::{Envelope, Outcome, Probe, Transport};
use contract::senders::{Rates, SenderDraft, Senders, TlsMode};
use kernel::vault::MasterKey;
use kernel::{Ids, Vault};
use std::sync::atomic::AtomicI64;
use testkit::sink::{Behaviour, Sink};

struct Nowhere;

#[async_trait::async_trait]
impl Transport for Nowhere {
    async fn send(&self, _: &Envelope, _: &[u8]) -> Outcome {
        Outcome::Unknown { reason: "this is not the way out".into() }
    }
    async fn probe(&self) -> Probe {
        Probe::default()
    }
    async fn close(&self) {}
}

/// Messages counted against the sender's day.
async fn granted(db: &Db) -> i64 {
    let sql = "SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM sender_usage WHERE grain = 'minute'";
    db.read(kernel::Scope::System).await.unwrap().query(sql).fetch_scalar().await.unwrap()
}

/// Intents in the ledger: each try that was committed.
async fn handed(db: &Db) -> i64 {
    let sql = "SELECT CAST(COALESCE(SUM(attempts), 0) AS BIGINT) FROM recipient";
    db.read(kernel::Scope::System).await.unwrap().query(sql).fetch_scalar().await.unwrap()
}

async fn real(db: Db, port: u16, rates: Rates) -> World {
    let mut world = World::through(db.clone(), Arc::new(Server::default()), Arc::new(Nowhere), 1);
    let ids: Arc<dyn Ids> = world.parts.ids.clone();
    let vault = Vault::new(MasterKey::new([7; 32]), Vec::new(), ids.clone());
    let transports =
        Transports::new(db.clone(), vault.clone(), Settings::new("lux.example", world.parts.clock.clone()));
    let senders = crate::senders::Service::new(
        db,
        vault.clone(),
        world.parts.clock.clone(),
        ids,
        transports.clone(),
        world.parts.audience.clone(),
    );
    let draft = SenderDraft {
        name: "Main".into(),
        host: "127.0.0.1".into(),
        port,
        tls: TlsMode::None,
        from_email: "news@acme.example".into(),
        from_name: "Acme".into(),
        rates,
        ..SenderDraft::default()
    };
    let sender = senders.create(&world.actor, draft).await.unwrap().id;
    world.parts.outlets = Arc::new(transports);
    world.parts.links = Arc::new(Keys::new(vault, "https://lux.example"));
    world.service = crate::campaigns::Service::new(world.parts.clone());
    world.sender = sender;
    world
}

testkit::both! {
    async fn a_campaign_through_real_senders_and_links_arrives(db: Db) {
        let sink = Sink::start(Behaviour::default()).await.unwrap();
        let world = real(db, sink.port(), Rates::default()).await;
        world.crowd(25);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let ended = run_until_ended(&world, id).await;
        assert_eq!((ended.state, ended.counts.accepted), (CampaignState::Finished, 25));
        let messages = sink.messages();
        assert_eq!(messages.len(), 25);
        let unsubscribe = messages[0].header("List-Unsubscribe").unwrap();
        assert!(unsubscribe.contains("<https://lux.example/u/") && unsubscribe.contains("<mailto:"), "{unsubscribe}");
        let body = String::from_utf8_lossy(&messages[0].data).replace("=\r\n", "");
        assert!(body.contains("https://lux.example/c/") && body.contains("https://lux.example/o/") && !body.contains("acme.example/a?b"), "{body}");
        let report = world.service.report(&world.actor, id).await.unwrap();
        assert_eq!(report.sender, "Main");
        assert_eq!(report.links.iter().map(|l| l.url.as_str()).collect::<Vec<_>>(), ["https://acme.example/a?b=1&c=2"]);
        world.service.delete(&world.actor, id).await.unwrap();
    }

    async fn the_day_of_a_sender_holds_what_the_ledger_handed_over_wherever_the_process_dies(db: Db) {
        let sink = Sink::start(Behaviour::default()).await.unwrap();
        let world = real(db.clone(), sink.port(), Rates { per_day: Some(1000), ..Rates::default() }).await;
        world.crowd(25);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        for point in [Point::BeforeHand, Point::AfterHand, Point::AfterSend, Point::BeforeSettle] {
            crash::run_until_dead(&world, id, Arc::new(crash::DieHere(point, AtomicI64::new(1)))).await;
            assert_eq!(granted(&db).await, handed(&db).await, "{point:?}");
            world.clock.advance(Duration::from_secs(31));
        }
        run_until_ended(&world, id).await;
        assert_eq!(granted(&db).await, handed(&db).await);
        assert!(granted(&db).await >= 25);
    }

    async fn the_limits_of_a_sender_hold_and_everybody_is_reached_in_the_end(db: Db) {
        let sink = Sink::start(Behaviour::default()).await.unwrap();
        let world = real(db, sink.port(), Rates { per_minute: Some(10), ..Rates::default() }).await;
        world.crowd(25);
        let id = world.campaign().await.id;
        let look = world.service.last_look(&world.actor, id).await.unwrap();
        assert_eq!((look.per_minute, look.finishes), (Some(10), Some(world.parts.clock.now().plus_seconds(120))));
        world.service.send(&world.actor, id).await.unwrap();
        for minute in 1..=2 {
            run_until(engine(&world), || async { world.get(id).await.counts.accepted == minute * 10 }).await;
            run_until(engine(&world), || async { world.get(id).await.counts.pending == 25 - minute * 10 }).await;
            assert_eq!(sink.ids().len() as i64, minute * 10);
            world.clock.advance(Duration::from_secs(62));
        }
        assert_eq!(run_until_ended(&world, id).await.counts.accepted, 25);
        assert_eq!(sink.ids().len(), 25);
    }
}
