//! Mail through a real connection, signed or not.

use super::*;
use crate::engine::Engine;
use crate::senders::{Settings, Transports};
use crate::testing::World;
use contract::SenderId;
use contract::accounts::Secret;
use contract::campaigns::Campaigns;
use contract::senders::{SenderDraft, Senders, TlsMode};
use testkit::dkim::verify;
use testkit::sink::{Behaviour, Received, Sink};
use tokio_util::sync::CancellationToken;

struct Post {
    stage: Stage,
    sink: Sink,
    transports: Transports,
    senders: crate::senders::Service,
    id: SenderId,
}

impl Post {
    async fn new(db: Db) -> Self {
        let stage = Stage::new(db.clone());
        let sink = Sink::start(Behaviour { login: Some(("me".into(), "hunter2".into())), ..Behaviour::default() })
            .await
            .unwrap();
        let clock = Arc::new(stage.clock.clone());
        let transports = Transports::new(db.clone(), stage.vault.clone(), Settings::new("lux.example", clock.clone()));
        let people = Arc::new(crate::testing::People::default());
        let senders = crate::senders::Service::new(
            db,
            stage.vault.clone(),
            clock,
            Arc::clone(&stage.ids),
            transports.clone(),
            people,
        );
        let draft = SenderDraft {
            name: "Main".into(),
            host: "127.0.0.1".into(),
            port: sink.port(),
            tls: TlsMode::None,
            user: "me".into(),
            secret: Some(Secret("hunter2".into())),
            from_email: "news@news.example.com".into(),
            from_name: "Nyheder på dansk".into(),
            pool: 2,
            ..SenderDraft::default()
        };
        let id = senders.create(&stage.admin, draft).await.unwrap().id;
        Self { stage, sink, transports, senders, id }
    }

    /// Sends a test mail and answers it as the server got it.
    async fn send(&self) -> Received {
        self.stage.clock.advance(Duration::from_secs(1));
        let steps = self.senders.send_test(&self.stage.admin, self.id, "ase@example.org".into()).await.unwrap();
        assert!(steps.iter().all(|step| step.ok), "{steps:?}");
        self.sink.messages().pop().unwrap()
    }

    /// Selectors of the signatures, all of which must be good.
    fn signed(&self, mail: &Received) -> Vec<String> {
        let texts = self.stage.zones.texts.lock().unwrap();
        let record = |name: &str| texts.get(name).and_then(|all| all.first().cloned());
        verify(&mail.data, record).unwrap().into_iter().map(|tags| tags["s"].clone()).collect()
    }
}

fn selectors(domain: &SendingDomain) -> Vec<String> {
    domain.keys.iter().map(|key| key.selector.clone()).collect()
}

testkit::both! {
    async fn the_next_message_follows_what_was_found(db: Db) {
        let post = Post::new(db).await;
        let stage = &post.stage;
        let first = post.send().await;
        assert!(post.signed(&first).is_empty());
        let made = stage.add("news.example.com").await;
        let unseen = post.send().await;
        assert!(post.signed(&unseen).is_empty(), "nobody can find the key yet");
        stage.zones.publish(&made);
        stage.check(made.id).await;
        let signed = post.send().await;
        assert_eq!(post.signed(&signed), selectors(&made));
        let renewed = stage.service.renew(&stage.admin, made.id).await.unwrap();
        let still = post.send().await;
        assert_eq!(post.signed(&still), selectors(&made), "the old keys sign on");
        stage.zones.publish(&renewed);
        let after = stage.check(made.id).await;
        let new = post.send().await;
        assert_eq!(post.signed(&new), selectors(&after));
        assert!(selectors(&after).iter().all(|selector| !selectors(&made).contains(selector)));
        stage.service.change(&stage.admin, made.id, DomainChange { signs: false }).await.unwrap();
        let off = post.send().await;
        assert!(post.signed(&off).is_empty());
        stage.service.change(&stage.admin, made.id, DomainChange { signs: true }).await.unwrap();
        stage.service.delete(&stage.admin, made.id).await.unwrap();
        let gone = post.send().await;
        assert!(post.signed(&gone).is_empty());
        post.transports.close().await;
    }

    async fn a_domain_above_signs_and_a_strange_one_does_not(db: Db) {
        let post = Post::new(db).await;
        post.stage.signing("other.example.com").await;
        let strange = post.send().await;
        assert!(post.signed(&strange).is_empty());
        let above = post.stage.signing("example.com").await;
        let mail = post.send().await;
        assert_eq!(post.signed(&mail), selectors(&above));
        post.transports.close().await;
    }

    async fn a_key_that_cannot_be_read_stops_the_sender_instead_of_sending_unsigned(db: Db) {
        let post = Post::new(db.clone()).await;
        let made = post.stage.signing("news.example.com").await;
        let mut tx = db.begin(Scope::System).await.unwrap();
        tx.query("DELETE FROM secret WHERE kind = 'dkim'").execute().await.unwrap();
        tx.commit().await.unwrap();
        let refused = post.senders.send_test(&post.stage.admin, post.id, "ase@example.org".into()).await.unwrap_err();
        assert!(refused.to_string().contains(&made.domain), "{refused}");
        assert!(post.sink.messages().is_empty());
    }

    async fn a_campaign_goes_out_signed_with_what_unsubscribes_in_the_signature(db: Db) {
        let post = Post::new(db.clone()).await;
        let made = post.stage.signing("news.example.com").await;
        let mut world = World::new(db);
        world.parts.outlets = Arc::new(post.transports.clone());
        world.service = crate::campaigns::Service::new(world.parts.clone());
        world.sender = post.id;
        world.crowd(5);
        let id = world.campaign().await.id;
        world.service.send(&world.actor, id).await.unwrap();
        let stop = CancellationToken::new();
        let engine = Engine::new(world.parts.clone());
        let running = tokio::spawn(engine.run(stop.clone()));
        assert!(post.sink.wait_for(5, Duration::from_secs(120)).await, "the campaign did not go out");
        stop.cancel();
        running.await.unwrap();
        for mail in post.sink.messages() {
            assert_eq!(post.signed(&mail), selectors(&made));
            let texts = post.stage.zones.texts.lock().unwrap();
            for tags in verify(&mail.data, |name| texts.get(name).and_then(|all| all.first().cloned())).unwrap() {
                assert_eq!(tags["d"], "news.example.com");
                let names: Vec<String> = tags["h"].split(':').map(str::to_ascii_lowercase).collect();
                for name in ["from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post", "content-type"] {
                    assert!(names.iter().any(|known| known == name), "{name} is not signed");
                }
            }
            assert_eq!(mail.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        }
        post.transports.close().await;
    }
}
