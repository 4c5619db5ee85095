//! Senders of Microsoft 365, against a Graph of our own.

use super::*;
use contract::senders::{GraphSettings, SenderKind, SignIn};
use testkit::graph::{Call, FakeGraph, Fault as Wrong, Tenant, Then};

struct Tenancy {
    stage: Stage,
    fake: FakeGraph,
    id: SenderId,
}

fn boxes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}@example.com")).collect()
}

fn graph_draft(names: &[&str]) -> SenderDraft {
    SenderDraft {
        name: "365".into(),
        kind: SenderKind::Graph,
        tenant: "tenant-1".into(),
        client_id: "app-1".into(),
        secret: Some(Secret("s3cret".into())),
        from_name: "News".into(),
        graph: GraphSettings { mailboxes: boxes(names), ..GraphSettings::default() },
        ..SenderDraft::default()
    }
}

impl Tenancy {
    async fn new(db: Db, change: impl FnOnce(&mut SenderDraft)) -> Self {
        let names = ["a", "b", "c"];
        let fake = FakeGraph::start(Tenant { mailboxes: boxes(&names), ..Tenant::default() }).await;
        let mut stage = Stage::new(db);
        let settings = Settings {
            login_url: fake.login(),
            graph_url: fake.base(),
            ..Settings::new("lux.example", Arc::new(stage.clock.clone()))
        };
        stage.rebuild(settings);
        let mut draft = graph_draft(&names);
        change(&mut draft);
        let id = stage.service.create(&stage.admin, draft).await.unwrap().id;
        Self { stage, fake, id }
    }

    /// Takes room for one message and sends it as the engine does.
    async fn send(&self) -> connect::email::Outcome {
        use connect::email::{Envelope, Mailbox, Message, address::normalise, mime};
        self.stage.take(self.id, 1).await;
        let outlet = self.stage.transports.open(self.stage.admin.company, self.id).await.unwrap();
        let to = normalise("ase@example.org").unwrap();
        let from = Mailbox::named(outlet.from_name.clone(), outlet.from.clone());
        let id = format!("{}@example.com", self.fake.sent().len());
        let message = Message::new(from, Mailbox::bare(to.clone()), "Hello", id, 1_700_000_000_000_000);
        outlet.transport.send(&Envelope { from: outlet.from.clone(), to }, &mime::build(&message).unwrap()).await
    }

    fn through(&self, name: &str) -> usize {
        self.fake.sent().iter().filter(|kept| kept.mailbox == format!("{name}@example.com")).count()
    }

    async fn quota(&self) -> contract::senders::SenderQuota {
        self.stage.service.quotas(&self.stage.admin).await.unwrap().remove(0)
    }
}

fn is_accepted(outcome: &connect::email::Outcome) -> bool {
    matches!(outcome, connect::email::Outcome::Accepted { .. })
}

testkit::both! {
    async fn mailboxes_are_used_in_turn_and_each_is_the_from_address_of_its_messages(db: Db) {
        let tenancy = Tenancy::new(db, |_| {}).await;
        for _ in 0..9 {
            let outcome = tenancy.send().await;
            assert!(is_accepted(&outcome), "{outcome}");
        }
        assert_eq!([tenancy.through("a"), tenancy.through("b"), tenancy.through("c")], [3, 3, 3]);
        for kept in tenancy.fake.sent() {
            let from = connect::email::headers::value(&kept.message, "from").unwrap();
            assert_eq!(from, format!("News <{}>", kept.mailbox));
        }
        assert_eq!(tenancy.fake.calls(Call::Token), 1, "signed in once for all");
        let quota = tenancy.quota().await;
        assert_eq!((quota.minute.used, quota.minute.limit, quota.minute.left()), (9, Some(90), Some(81)));
        assert_eq!((quota.day.used, quota.day.limit), (9, Some(30_000)));
        assert_eq!(quota.mailboxes.iter().map(|m| m.minute.used).collect::<Vec<_>>(), [3, 3, 3]);
    }

    async fn no_mailbox_gets_more_than_its_limit_however_long_it_goes_on(db: Db) {
        let tenancy = Tenancy::new(db, |draft| {
            draft.graph.per_minute = 4;
            draft.graph.per_day = 50;
        })
        .await;
        let mut log: Vec<(i64, String)> = Vec::new();
        for step in 0..60 {
            tenancy.stage.clock.advance(Duration::from_millis(1 + (step * 7919) % 9000));
            let (granted, _) = tenancy.stage.take(tenancy.id, 5).await;
            for _ in 0..granted {
                let before = tenancy.fake.sent().len();
                let outlet = tenancy.stage.transports.open(tenancy.stage.admin.company, tenancy.id).await.unwrap();
                let outcome = one(&*outlet.transport, &outlet.from, before).await;
                assert!(is_accepted(&outcome), "what was granted finds a mailbox: {outcome}");
                let kept = tenancy.fake.sent().pop().unwrap();
                log.push((tenancy.stage.clock.now().0, kept.mailbox));
            }
        }
        for mailbox in boxes(&["a", "b", "c"]) {
            let at: Vec<i64> = log.iter().filter(|(_, m)| *m == mailbox).map(|(at, _)| *at).collect();
            let most = at.iter().map(|end| at.iter().filter(|t| **t <= *end && **t > end - 60_000_000).count()).max();
            assert!(most.unwrap() <= 4, "{most:?} in a minute through {mailbox}");
        }
        assert!(log.len() > 30, "{} went", log.len());
    }

    async fn a_throttled_mailbox_rests_for_every_node_and_its_message_takes_another(db: Db) {
        let tenancy = Tenancy::new(db, |_| {}).await;
        tenancy.fake.fail(Call::Create, Wrong { acts: false, then: Then::Say(429, "x", vec![("retry-after", "120")]) });
        for _ in 0..6 {
            assert!(is_accepted(&tenancy.send().await));
        }
        assert_eq!([tenancy.through("a"), tenancy.through("b"), tenancy.through("c")], [0, 3, 3]);
        let resting = tenancy.quota().await.mailboxes.remove(0);
        assert!(resting.rests_until.unwrap() >= tenancy.stage.clock.now().plus_seconds(119) && !resting.trouble.is_empty());
        assert_eq!(tenancy.stage.take(tenancy.id, 1000).await.0, 54, "what the two others hold");
    }

    async fn a_mailbox_that_is_gone_is_put_aside_and_the_others_go_on(db: Db) {
        let tenancy = Tenancy::new(db, |_| {}).await;
        tenancy.fake.tenant(|tenant| tenant.mailboxes = boxes(&["b"]));
        for _ in 0..4 {
            assert!(is_accepted(&tenancy.send().await));
        }
        assert_eq!(tenancy.through("b"), 4);
        let troubles = tenancy.quota().await.mailboxes;
        assert_eq!(troubles.iter().filter(|m| m.rests_until.is_some()).count(), 2);
        assert!(troubles[0].trouble.contains("no mailbox"), "{troubles:?}");
    }

    async fn a_wrong_secret_is_everybodys_trouble_and_rests_nobody(db: Db) {
        let tenancy = Tenancy::new(db, |draft| draft.secret = Some(Secret("other".into()))).await;
        let connect::email::Outcome::SenderTrouble { failure } = tenancy.send().await else { panic!("not taken") };
        assert!(failure.detail("fix").is_some());
        assert!(tenancy.quota().await.mailboxes.iter().all(|m| m.rests_until.is_none()));
    }

    async fn the_tenants_limit_holds_over_all_its_mailboxes(db: Db) {
        let tenancy = Tenancy::new(db, |draft| {
            draft.graph.per_minute = 1000;
            draft.graph.tenant_per_day = Some(5);
        })
        .await;
        assert_eq!(tenancy.stage.take(tenancy.id, 100).await.0, 5);
        let (granted, next) = tenancy.stage.take(tenancy.id, 1).await;
        assert!(granted == 0 && next > tenancy.stage.clock.now().plus_seconds(86_000));
        assert_eq!(tenancy.quota().await.day.left(), Some(0));
        let outlet = tenancy.stage.transports.open(tenancy.stage.admin.company, tenancy.id).await.unwrap();
        assert_eq!((outlet.rates.per_day, outlet.rates.per_minute), (Some(5), Some(3000)), "the forecast knows");
    }

    async fn a_mailbox_taken_out_and_put_back_keeps_what_was_used(db: Db) {
        let tenancy = Tenancy::new(db, |draft| draft.graph.mailboxes = boxes(&["a"])).await;
        for _ in 0..3 {
            assert!(is_accepted(&tenancy.send().await));
        }
        let (service, admin) = (&tenancy.stage.service, &tenancy.stage.admin);
        for names in [&["b"][..], &["b", "a"]] {
            let draft = SenderDraft { secret: None, ..graph_draft(names) };
            assert_eq!(service.update(admin, tenancy.id, draft).await.unwrap().graph.mailboxes, boxes(names));
        }
        let used: Vec<_> = tenancy.quota().await.mailboxes.into_iter().map(|m| (m.address, m.day.used)).collect();
        assert_eq!(used, [("b@example.com".to_owned(), 0), ("a@example.com".to_owned(), 3)]);
    }

    async fn a_secret_does_not_follow_to_another_application_or_to_smtp(db: Db) {
        let tenancy = Tenancy::new(db, |_| {}).await;
        let (service, admin) = (&tenancy.stage.service, &tenancy.stage.admin);
        let elsewhere = [
            SenderDraft { secret: None, tenant: "other".into(), ..graph_draft(&["a"]) },
            SenderDraft { secret: None, client_id: "other".into(), ..graph_draft(&["a"]) },
            SenderDraft { secret: None, ..draft() },
            SenderDraft { secret: None, sign_in: SignIn::Oauth, tenant: "tenant-1".into(), client_id: "app-1".into(), ..draft() },
        ];
        for draft in elsewhere {
            let fault = service.update(admin, tenancy.id, draft).await.unwrap_err();
            assert!(fault.field("secret").is_some(), "{fault:?}");
        }
    }

    async fn a_test_of_microsoft_365_names_each_mailbox_and_sends_through_the_gate(db: Db) {
        let tenancy = Tenancy::new(db, |_| {}).await;
        let (service, admin) = (&tenancy.stage.service, &tenancy.stage.admin);
        let stored = SenderDraft { secret: None, ..graph_draft(&["a", "b", "c"]) };
        let steps = service.test(admin, Some(tenancy.id), stored).await.unwrap();
        assert!(steps.len() == 5 && steps.iter().all(|s| s.ok), "{steps:?}");
        let steps = service.send_test(admin, tenancy.id, "me@example.org".into()).await.unwrap();
        assert!(steps.iter().all(|s| s.ok), "{steps:?}");
        assert_eq!((tenancy.fake.sent().len(), tenancy.quota().await.day.used), (1, 1));
        tenancy.fake.tenant(|tenant| tenant.roles = vec![]);
        tenancy.fake.revoke();
        tenancy.stage.clock.advance(Duration::from_secs(120));
        let steps = service.send_test(admin, tenancy.id, "me@example.org".into()).await.unwrap();
        assert!(steps.iter().any(|s| !s.ok && s.detail.contains("Grant")), "{steps:?}");
    }

    async fn senders_keep_the_order_that_was_given_to_them(db: Db) {
        let stage = Stage::new(db);
        let mut ids = Vec::new();
        for name in ["C", "A", "B"] {
            ids.push(stage.service.create(&stage.admin, SenderDraft { name: name.into(), ..super::draft() }).await.unwrap().id);
        }
        let names = |all: Vec<contract::senders::Sender>| all.into_iter().map(|s| s.name).collect::<String>();
        assert_eq!(names(stage.service.list(&stage.admin).await.unwrap()), "CAB", "as they were added");
        assert_eq!(names(stage.service.reorder(&stage.admin, vec![ids[2], ids[0], ids[2]]).await.unwrap()), "BCA");
        assert_eq!(names(stage.service.list(&stage.admin).await.unwrap()), "BCA");
        let stranger = SenderId(uuid::Uuid::nil());
        assert_eq!(stage.service.reorder(&stage.admin, vec![stranger]).await.unwrap_err(), Fault::missing("Sender"));
        let other = Actor::system(testkit::company(2));
        assert_eq!(stage.service.reorder(&other, vec![ids[0]]).await.unwrap_err(), Fault::missing("Sender"));
    }

    async fn the_environment_can_name_a_tenant_and_a_server_to_fall_back_to(db: Db) {
        let stage = Stage::new(db.clone());
        let microsoft = super::super::Microsoft {
            tenant: "tenant-1".into(),
            client: "app-1".into(),
            secret: "s3cret".into(),
            from: "a@example.com, b@example.com".into(),
        };
        let env = Environment { microsoft, server: "smtp.example.com".into(), user: "me@example.com".into(), ..Environment::default() };
        let company = stage.admin.company;
        let first = seed_from_env(&stage.service, &db, company, &env).await.unwrap();
        let all = stage.service.list(&stage.admin).await.unwrap();
        assert_eq!(all.iter().map(|s| s.kind).collect::<Vec<_>>(), [SenderKind::Graph, SenderKind::Smtp]);
        assert_eq!((Some(all[0].id), all[0].has_secret), (first, true));
        assert_eq!((all[0].from_email.as_str(), all[0].graph.mailboxes.len()), ("a@example.com", 2));
        assert!(!format!("{env:?}").contains("s3cret"));
    }
}

async fn one(
    transport: &dyn connect::email::Transport,
    from: &connect::email::Address,
    number: usize,
) -> connect::email::Outcome {
    use connect::email::{Envelope, Mailbox, Message, address::normalise, mime};
    let to = normalise("ase@example.org").unwrap();
    let id = format!("{number}@example.com");
    let message =
        Message::new(Mailbox::bare(from.clone()), Mailbox::bare(to.clone()), "Hello", id, 1_700_000_000_000_000);
    transport.send(&Envelope { from: from.clone(), to }, &mime::build(&message).unwrap()).await
}
