mod graph;

use super::rates::windows;
use super::*;
use crate::engine::outlet::{Hindrance, OutletError, Outlets};
use contract::accounts::Secret;
use contract::senders::{Rates, SenderDraft, Senders, TlsMode};
use contract::sending::{AccountRule, Policy};
use contract::{Actor, Fault, Micros, Role, SenderId};
use kernel::vault::MasterKey;
use kernel::{Clock, Db, Scope, TestClock, Vault};
use std::sync::Arc;
use std::time::Duration;
use testkit::sink::{Behaviour, Sink};

struct Stage {
    db: Db,
    clock: TestClock,
    vault: Vault,
    transports: Transports,
    service: Service,
    admin: Actor,
}

fn draft() -> SenderDraft {
    SenderDraft {
        name: "Main".into(),
        host: "127.0.0.1".into(),
        port: 2525,
        tls: TlsMode::None,
        user: "me".into(),
        secret: Some(Secret("hunter2".into())),
        from_email: "news@example.com".into(),
        from_name: "News".into(),
        pool: 2,
        ..SenderDraft::default()
    }
}

impl Stage {
    fn new(db: Db) -> Self {
        let (clock, ids) = testkit::clock_and_ids();
        let vault = Vault::new(MasterKey::new([1; 32]), Vec::new(), Arc::clone(&ids));
        let settings = Settings::new("lux.example", Arc::new(clock.clone()));
        let transports = Transports::new(db.clone(), vault.clone(), settings);
        let service = Service::new(
            db.clone(),
            vault.clone(),
            Arc::new(clock.clone()),
            ids,
            transports.clone(),
            Arc::new(crate::testing::People::default()),
        );
        Self { db, clock, vault, transports, service, admin: Actor::system(testkit::company(1)) }
    }

    /// The same with other settings.
    fn rebuild(&mut self, settings: Settings) {
        let (_, ids) = testkit::clock_and_ids();
        self.transports = Transports::new(self.db.clone(), self.vault.clone(), settings);
        let people = Arc::new(crate::testing::People::default());
        let clock = Arc::new(self.clock.clone());
        self.service = Service::new(self.db.clone(), self.vault.clone(), clock, ids, self.transports.clone(), people);
    }

    async fn take(&self, id: SenderId, want: u32) -> (u32, Micros) {
        let mut tx = self.db.begin(self.admin.company).await.unwrap();
        let grant = self.transports.grant(&mut tx, self.admin.company, id, want, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        (grant.granted, grant.next)
    }
}

async fn sink(login: bool) -> Sink {
    let login = login.then(|| ("me".to_owned(), "hunter2".to_owned()));
    Sink::start(Behaviour { login, ..Behaviour::default() }).await.unwrap()
}

testkit::both! {
    async fn senders_of_one_provider_account_share_its_limit(db: Db) {
        let stage = Stage::new(db);
        let mut ids = Vec::new();
        for name in ["A", "B", "C"] {
            ids.push(stage.service.create(&stage.admin, SenderDraft { name: name.into(), ..draft() }).await.unwrap().id);
        }
        let [a, b, c] = ids[..] else { panic!("three senders") };
        let rates = Rates { per_minute: Some(10), ..Rates::default() };
        let account = AccountRule { name: "Provider".into(), senders: vec![a, b], rates };
        let policy = Policy { accounts: vec![account], ..Policy::default() };
        let mut tx = stage.db.begin(stage.admin.company).await.unwrap();
        crate::policy::store::set_policy(&mut tx, stage.admin.company, &policy, stage.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stage.take(a, 8).await.0, 8);
        let (granted, next) = stage.take(b, 8).await;
        assert_eq!(granted, 2);
        assert!(next > stage.clock.now().plus_seconds(58), "{next:?}");
        assert_eq!(stage.take(a, 1).await.0, 0);
        assert_eq!(stage.take(c, 8).await.0, 8, "another account");
        let mut tx = stage.db.read(stage.admin.company).await.unwrap();
        let hindrance = stage.transports.hindrance(&mut tx, stage.admin.company, b, stage.clock.now()).await.unwrap();
        assert!(matches!(hindrance, Some(Hindrance::Full(_))), "{hindrance:?}");
        drop(tx);
        stage.clock.advance(Duration::from_secs(61));
        assert_eq!(stage.take(b, 20).await.0, 10);
    }

    async fn a_sender_is_kept_without_its_secret_in_the_row(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.admin, draft()).await.unwrap();
        assert!(made.has_secret);
        assert_eq!((made.health.state.as_str(), made.sent_day), ("untested", 0));
        assert_eq!(stage.service.list(&stage.admin).await.unwrap(), std::slice::from_ref(&made));
        let mut tx = stage.db.read(stage.admin.company).await.unwrap();
        let sealed = tx.query("SELECT sealed FROM secret").fetch_scalar::<Vec<u8>>().await.unwrap();
        assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
        drop(tx);
        let kept = SenderDraft { secret: None, name: "Other".into(), ..draft() };
        assert!(stage.service.update(&stage.admin, made.id, kept).await.unwrap().has_secret);
        let anonymous = SenderDraft { user: String::new(), secret: None, ..draft() };
        assert!(!stage.service.update(&stage.admin, made.id, anonymous).await.unwrap().has_secret);
    }

    async fn a_secret_does_not_follow_to_another_server(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.admin, draft()).await.unwrap();
        let elsewhere = SenderDraft { host: "evil.example".into(), secret: None, ..draft() };
        let fault = stage.service.update(&stage.admin, made.id, elsewhere).await.unwrap_err();
        assert!(fault.field("secret").is_some(), "{fault:?}");
    }

    async fn two_senders_of_one_name_are_refused(db: Db) {
        let stage = Stage::new(db);
        stage.service.create(&stage.admin, draft()).await.unwrap();
        let fault = stage.service.create(&stage.admin, draft()).await.unwrap_err();
        assert!(fault.field("name").is_some(), "{fault:?}");
        let other = Actor::system(testkit::company(2));
        stage.service.create(&other, draft()).await.unwrap();
    }

    async fn another_company_finds_nothing(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.admin, draft()).await.unwrap();
        let other = Actor::system(testkit::company(2));
        let missing = Fault::missing("Sender");
        assert_eq!(stage.service.get(&other, made.id).await.unwrap_err(), missing);
        assert_eq!(stage.service.update(&other, made.id, draft()).await.unwrap_err(), missing);
        assert_eq!(stage.service.delete(&other, made.id).await.unwrap_err(), missing);
        assert_eq!(stage.service.test(&other, Some(made.id), draft()).await.unwrap_err(), missing);
        assert_eq!(stage.service.send_test(&other, made.id, "a@example.com".into()).await.unwrap_err(), missing);
        assert!(stage.service.list(&other).await.unwrap().is_empty());
        assert!(matches!(stage.transports.open(other.company, made.id).await, Err(OutletError::Gone)));
    }

    async fn only_admins_change_senders(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.admin, draft()).await.unwrap();
        let approver = Actor { role: Role::Approver, ..stage.admin.clone() };
        assert!(stage.service.list(&approver).await.is_ok());
        for denied in [
            stage.service.create(&approver, draft()).await.map(drop),
            stage.service.update(&approver, made.id, draft()).await.map(drop),
            stage.service.delete(&approver, made.id).await,
            stage.service.test(&approver, None, draft()).await.map(drop),
            stage.service.send_test(&approver, made.id, "a@example.com".into()).await.map(drop),
        ] {
            assert!(matches!(denied, Err(Fault::Denied { .. })), "{denied:?}");
        }
    }

    async fn a_sender_in_use_is_not_deleted(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.admin, draft()).await.unwrap();
        let mut tx = stage.db.begin(Scope::System).await.unwrap();
        tx.query("INSERT INTO campaign (company_id, id, name, subject, preheader, kind, source, text_part, sender_id, from_name, reply_to, audience,
                track_opens, track_clicks, state, created_at, updated_at)
            VALUES ($1, $2, 'May news', '', '', 'html', '', '', $2, '', '', '{}', $3, $3, 'draft', 1, 1)")
            .bind(stage.admin.company.0).bind(made.id.0).bind(true).execute_one().await.unwrap();
        tx.commit().await.unwrap();
        let fault = stage.service.delete(&stage.admin, made.id).await.unwrap_err();
        assert!(fault.to_string().contains("May news"), "{fault}");
        let mut tx = stage.db.begin(Scope::System).await.unwrap();
        tx.query("UPDATE campaign SET state = 'finished'").execute().await.unwrap();
        tx.commit().await.unwrap();
        stage.service.delete(&stage.admin, made.id).await.unwrap();
        assert!(stage.service.list(&stage.admin).await.unwrap().is_empty());
        let mut tx = stage.db.read(Scope::System).await.unwrap();
        assert_eq!(tx.query("SELECT COUNT(*) FROM secret").fetch_scalar::<i64>().await.unwrap(), 0);
    }

    async fn limits_hold_over_restarts_in_every_window(db: Db) {
        let rates = Rates { per_second: Some(5), per_minute: Some(40), per_hour: Some(90), per_day: Some(200) };
        let stage = Stage::new(db.clone());
        let id = stage.service.create(&stage.admin, SenderDraft { rates, ..draft() }).await.unwrap().id;
        let mut log: Vec<(i64, u32)> = Vec::new();
        // A fixed walk with pauses of all sizes; a new service each time is a restart.
        for n in 0..150_u64 {
            stage.clock.advance(Duration::from_millis([30, 120, 700, 1000, 4000, 61_000, 900_000][(n % 7) as usize]));
            let restarted = Transports::new(db.clone(), stage.vault.clone(), Settings::new("x", Arc::new(stage.clock.clone())));
            let mut tx = db.begin(stage.admin.company).await.unwrap();
            let grant = restarted.grant(&mut tx, stage.admin.company, id, (n % 9) as u32, stage.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            log.push((stage.clock.now().0, grant.granted));
        }
        for window in windows(&rates) {
            for (end, _) in &log {
                let sum: u32 = log.iter().filter(|(at, _)| at <= end && *at > end - window.length).map(|(_, n)| n).sum();
                assert!(i64::from(sum) <= window.limit, "{sum} in {window:?}");
            }
        }
        assert!(log.iter().map(|(_, n)| n).sum::<u32>() > 100, "the limits let almost nothing through");
        let mut tx = db.read(stage.admin.company).await.unwrap();
        let kept: i64 = tx.query("SELECT COUNT(*) FROM sender_usage").fetch_scalar().await.unwrap();
        assert!(kept < 1600, "{kept} buckets are kept");
    }

    async fn who_is_refused_is_told_when_to_come_back(db: Db) {
        let stage = Stage::new(db);
        let rates = Rates { per_minute: Some(3), ..Rates::default() };
        let id = stage.service.create(&stage.admin, SenderDraft { rates, ..draft() }).await.unwrap().id;
        assert_eq!(stage.take(id, 2).await, (2, stage.clock.now()));
        let (granted, next) = stage.take(id, 5).await;
        assert_eq!(granted, 1);
        assert!(next > stage.clock.now().plus_seconds(59) && next <= stage.clock.now().plus_seconds(61));
        stage.clock.set(next);
        assert_eq!(stage.take(id, 5).await.0, 3);
        let unlimited = SenderDraft { name: "Free".into(), ..draft() };
        let id = stage.service.create(&stage.admin, unlimited).await.unwrap().id;
        assert_eq!(stage.take(id, 10_000).await.0, 10_000);
        assert_eq!(stage.take(SenderId(uuid::Uuid::nil()), 1).await.0, 0);
    }

    async fn a_grant_that_is_rolled_back_was_not_used(db: Db) {
        let stage = Stage::new(db);
        let rates = Rates { per_day: Some(1), ..Rates::default() };
        let id = stage.service.create(&stage.admin, SenderDraft { rates, ..draft() }).await.unwrap().id;
        let mut tx = stage.db.begin(stage.admin.company).await.unwrap();
        assert_eq!(stage.transports.grant(&mut tx, stage.admin.company, id, 1, stage.clock.now()).await.unwrap().granted, 1);
        tx.rollback().await.unwrap();
        assert_eq!(stage.take(id, 1).await.0, 1);
        assert_eq!(stage.take(id, 1).await.0, 0);
    }

    async fn a_test_really_connects_and_says_how_it_went(db: Db) {
        let stage = Stage::new(db);
        let sink = sink(true).await;
        let at = SenderDraft { port: sink.address().port(), ..draft() };
        let made = stage.service.create(&stage.admin, at.clone()).await.unwrap();
        let stored = SenderDraft { secret: None, ..at.clone() };
        let steps = stage.service.test(&stage.admin, Some(made.id), stored).await.unwrap();
        assert!(steps.iter().all(|s| s.ok), "{steps:?}");
        assert_eq!(stage.service.get(&stage.admin, made.id).await.unwrap().health.state, "good");
        let wrong = SenderDraft { secret: Some(Secret("wrong".into())), ..at.clone() };
        let steps = stage.service.test(&stage.admin, Some(made.id), wrong).await.unwrap();
        assert!(!steps.last().unwrap().ok);
        assert!(!format!("{steps:?}").contains("wrong"));
        assert_eq!(stage.service.get(&stage.admin, made.id).await.unwrap().health.state, "good", "an unsaved draft says nothing about what is saved");
        let steps = stage.service.send_test(&stage.admin, made.id, "Me@Example.com".into()).await.unwrap();
        assert!(steps.iter().all(|s| s.ok), "{steps:?}");
        assert_eq!(sink.messages().len(), 1);
        assert!(stage.service.send_test(&stage.admin, made.id, "nobody".into()).await.unwrap_err().field("to").is_some());
    }

    async fn a_server_that_is_away_is_a_need_until_it_is_back(db: Db) {
        let stage = Stage::new(db);
        let free = sink(false).await;
        let port = free.address().port();
        drop(free);
        let at = SenderDraft { port, user: String::new(), secret: None, ..draft() };
        let made = stage.service.create(&stage.admin, at).await.unwrap();
        let company = stage.admin.company;
        stage.transports.trouble(company, made.id, "rests", Some(stage.clock.now().plus_seconds(60)), stage.clock.now()).await.unwrap();
        assert_eq!(stage.service.get(&stage.admin, made.id).await.unwrap().health.state, "cooling");
        assert!(stage.service.needs(&stage.admin).await.unwrap().is_empty());
        stage.transports.trouble(company, made.id, "the secret was refused", None, stage.clock.now()).await.unwrap();
        let needs = stage.service.needs(&stage.admin).await.unwrap();
        assert_eq!((needs.len(), needs[0].why.as_str()), (1, "the secret was refused"));
        stage.transports.well(company, made.id, stage.clock.now()).await.unwrap();
        assert!(stage.service.needs(&stage.admin).await.unwrap().is_empty());
    }

    async fn changed_settings_are_used_by_the_next_message(db: Db) {
        let stage = Stage::new(db);
        let (first, second) = (sink(false).await, sink(false).await);
        let at = |sink: &Sink| SenderDraft { port: sink.address().port(), user: String::new(), secret: None, ..draft() };
        let id = stage.service.create(&stage.admin, at(&first)).await.unwrap().id;
        stage.service.send_test(&stage.admin, id, "a@example.com".into()).await.unwrap();
        stage.service.update(&stage.admin, id, at(&second)).await.unwrap();
        stage.service.send_test(&stage.admin, id, "a@example.com".into()).await.unwrap();
        assert_eq!((first.messages().len(), second.messages().len()), (1, 1));
        let outlet = stage.transports.open(stage.admin.company, id).await.unwrap();
        assert_eq!((outlet.from.as_str(), outlet.pool), ("news@example.com", 2));
    }

    async fn the_environment_seeds_one_sender_and_only_one(db: Db) {
        let stage = Stage::new(db.clone());
        let env = Environment { server: "smtp.example.com:465".into(), user: "me@example.com".into(), password: "hunter2".into(), ..Environment::default() };
        let company = stage.admin.company;
        let id = seed_from_env(&stage.service, &db, company, &env).await.unwrap().unwrap();
        let made = stage.service.get(&stage.admin, id).await.unwrap();
        assert_eq!((made.host.as_str(), made.port, made.tls, made.has_secret), ("smtp.example.com", 465, TlsMode::Tls, true));
        assert_eq!(seed_from_env(&stage.service, &db, company, &env).await.unwrap(), None);
        assert_eq!(seed_from_env(&stage.service, &db, testkit::company(2), &Environment::default()).await.unwrap(), None);
    }
}
