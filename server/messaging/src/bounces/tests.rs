//! Bounces on both databases: what one report leads to, what a second one does not, and who may see any of it.

mod hold;
mod hooks;
mod mailbox;
mod settings;

use super::intake::{Desk, Item, Source};
use super::store::sources;
use super::{Certificates, Dialer, Fetched, Hooks, Parts, Reader, Service, token};
use crate::engine::Engine;
use crate::engine::faults::NoFaults;
use crate::testing::World;
use async_trait::async_trait;
use connect::Failure;
use connect::email::bounce::{Access, Batch, Inbox, Letter, hook};
use contract::bounces::{
    AfterRead, Bounce, BounceClass, BounceHooks, BounceQuery, BounceRules, Bounces, HookCall, HookDraft, HookKind,
    MailboxDraft, MailboxKind,
};
use contract::campaigns::{CampaignState, Campaigns};
use contract::senders::TlsMode;
use contract::{Actor, CampaignId, Fault, Micros, Role};
use kernel::vault::MasterKey;
use kernel::{Db, Scope, Vault};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A row of the ledger, as far as bounces are about it.
#[derive(Clone, Debug, kernel::FromRow)]
struct Row {
    id: i64,
    address: String,
    message_id: String,
    attempt_id: Uuid,
    bounced_at: Option<i64>,
    bounce_class: Option<String>,
    complained_at: Option<i64>,
}

impl Row {
    fn marks(&self) -> (Option<&str>, bool, bool) {
        (self.bounce_class.as_deref(), self.bounced_at.is_some(), self.complained_at.is_some())
    }
}

/// Letters that lie in the mailbox, and what was put aside.
#[derive(Default)]
struct Mailbag {
    letters: Mutex<Vec<(String, Vec<u8>)>>,
    tidied: Mutex<Vec<String>>,
    trouble: Mutex<Option<Failure>>,
}

struct Open(Arc<Mailbag>);

#[async_trait]
impl Inbox for Open {
    async fn letters(&mut self, bookmark: &str, known: &HashSet<String>, limit: usize) -> Result<Batch, Failure> {
        let all = self.0.letters.lock().unwrap().clone();
        let from: usize = bookmark.parse().unwrap_or(0);
        let rest = all.iter().enumerate().skip(from).filter(|(_, (id, _))| !known.contains(id)).take(limit);
        let taken: Vec<(usize, Letter)> =
            rest.map(|(at, (id, raw))| (at, Letter { id: id.clone(), raw: raw.clone() })).collect();
        let end = taken.last().map_or(from, |(at, _)| at + 1);
        let letters = taken.into_iter().map(|(_, letter)| letter).collect();
        Ok(Batch { letters, bookmark: end.to_string(), gone: Vec::new(), more: end < all.len() })
    }

    async fn tidy(&mut self, ids: &[String]) -> Result<(), Failure> {
        self.0.tidied.lock().unwrap().extend_from_slice(ids);
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

#[async_trait]
impl Dialer for Arc<Mailbag> {
    async fn open(&self, _: MailboxKind, _: &Access) -> Result<Box<dyn Inbox>, Failure> {
        match self.trouble.lock().unwrap().clone() {
            Some(failure) => Err(failure),
            None => Ok(Box::new(Open(Arc::clone(self)))),
        }
    }
}

/// Nobody is at Amazon.
struct NoAmazon;

#[async_trait]
impl Certificates for NoAmazon {
    async fn fetch(&self, _: &str) -> Fetched {
        Err("not reachable".into())
    }
}

struct Stage {
    world: World,
    vault: Vault,
    parts: Parts,
    letters: Arc<Mailbag>,
    reader: Reader,
    hooks: Hooks,
    service: Service,
}

impl Stage {
    fn new(db: Db) -> Self {
        let world = World::new(db.clone());
        let vault = Vault::new(MasterKey::new([1; 32]), Vec::new(), Arc::clone(&world.parts.ids));
        *world.outlet.vault.lock().unwrap() = Some(vault.clone());
        let parts = Parts {
            db,
            vault: vault.clone(),
            clock: Arc::clone(&world.parts.clock),
            ids: Arc::clone(&world.parts.ids),
            audience: Arc::clone(&world.parts.audience),
            base_url: "https://lux.example/".into(),
        };
        let letters = Arc::new(Mailbag::default());
        let reader = Reader::new(parts.clone(), Arc::new(Arc::clone(&letters)));
        let hooks = Hooks::new(parts.clone(), Arc::new(NoAmazon));
        let service = Service::new(reader.clone());
        Self { world, vault, parts, letters, reader, hooks, service }
    }

    /// A campaign that went out to so many.
    async fn sent(&self, people: usize) -> CampaignId {
        if people > 0 {
            self.world.crowd(people);
        }
        let id = self.world.campaign().await.id;
        self.world.service.send(&self.world.actor, id).await.unwrap();
        self.run_until(|| async { self.world.get(id).await.finished.is_some() }).await;
        id
    }

    async fn run_until<F: Future<Output = bool>>(&self, mut done: impl FnMut() -> F) {
        let engine = Engine::with(self.world.parts.clone(), World::options(), Arc::new(NoFaults));
        let stop = CancellationToken::new();
        let running = tokio::spawn(engine.run(stop.clone()));
        let reached = tokio::time::timeout(Duration::from_secs(100), async {
            while !done().await {
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        });
        let reached = reached.await.is_ok();
        stop.cancel();
        running.await.unwrap();
        assert!(reached, "the engine did not get there");
    }

    /// The ledger of a campaign by address.
    async fn rows(&self, campaign: CampaignId) -> Vec<Row> {
        let mut tx = self.parts.db.read(self.world.company).await.unwrap();
        tx.query(
            "SELECT id, address, message_id, attempt_id, bounced_at, bounce_class, complained_at FROM recipient
            WHERE company_id = $1 AND campaign_id = $2 AND state = 'accepted'
            ORDER BY address",
        )
        .bind(self.world.company.0)
        .bind(campaign.0)
        .fetch_all()
        .await
        .unwrap()
    }

    async fn row(&self, campaign: CampaignId, address: &str) -> Row {
        self.rows(campaign).await.into_iter().find(|row| row.address == address).unwrap()
    }

    /// Takes reports in as a mailbox does.
    async fn take(&self, items: &[Item]) -> i64 {
        self.take_from("mailbox", false, items).await
    }

    async fn take_from(&self, kind: &'static str, is_trusted: bool, items: &[Item]) -> i64 {
        let company = self.world.company;
        let mut tx = self.parts.db.begin(company).await.unwrap();
        let desk = Desk {
            company,
            audience: &*self.parts.audience,
            ids: &*self.parts.ids,
            source: Source { kind, id: Uuid::from_u128(7), name: format!("The {kind}") },
            is_trusted,
            rules: sources::rules(&mut tx, company).await.unwrap(),
            now: self.now(),
        };
        let new = desk.take(&mut tx, items).await.unwrap();
        tx.commit().await.unwrap();
        new
    }

    fn now(&self) -> Micros {
        self.parts.clock.now()
    }

    async fn list(&self) -> Vec<Bounce> {
        self.service.list(&self.world.actor, BounceQuery::default()).await.unwrap().items
    }

    fn withheld(&self) -> Vec<(String, String)> {
        self.world.people.suppressed.lock().unwrap().clone()
    }

    /// Kinds of moments after the mail itself went out.
    fn moments(&self) -> Vec<String> {
        let all = self.world.people.moments.lock().unwrap();
        all.iter().map(|moment| moment.kind.clone()).filter(|kind| kind != "sent").collect()
    }

    async fn events(&self, kind: &str) -> usize {
        let mut tx = self.parts.db.read(Scope::System).await.unwrap();
        let all: Vec<String> = tx.query("SELECT kind FROM event ORDER BY id").fetch_scalars().await.unwrap();
        all.iter().filter(|found| *found == kind).count()
    }
}

/// A report that a signed return address gives proof of.
fn about(row: &Row, class: BounceClass) -> Item {
    let dedupe = format!("{}:{}", row.id, class.as_str());
    Item { dedupe, class, row: Some(row.id), addresses: vec![row.address.clone()], ..Item::example() }
}

fn word(address: &str, reason: &str) -> (String, String) {
    (address.into(), reason.into())
}

testkit::both! {
    async fn a_hard_bounce_withholds_mail_at_once_and_says_why(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(3).await;
        let row = stage.row(id, "p1@example.com").await;
        assert_eq!(stage.take(&[about(&row, BounceClass::Hard)]).await, 1);
        let withheld = stage.world.people.withheld.lock().unwrap().clone();
        let [one] = withheld.as_slice() else { panic!("{withheld:?}") };
        assert_eq!((one.address.as_str(), one.reason, one.code.as_str(), one.campaign), ("p1@example.com", "bounced", "5.1.1", Some(id)));
        assert_eq!(one.source, "campaign News, told by The mailbox");
        let marks: Vec<_> = stage.rows(id).await.iter().map(|row| row.bounce_class.clone()).collect();
        assert_eq!(marks, [None, Some("hard".into()), None]);
        assert!(stage.row(id, "p1@example.com").await.bounced_at.is_some());
        let list = stage.list().await;
        let [bounce] = list.as_slice() else { panic!("{list:?}") };
        assert_eq!((bounce.class, bounce.effect.as_str(), bounce.campaign), (BounceClass::Hard, "suppressed", Some(id)));
        assert_eq!((bounce.address.as_str(), bounce.campaign_name.as_str(), bounce.code.as_str()), ("p1@example.com", "News", "5.1.1"));
        assert_eq!(stage.moments(), ["bounced"]);
        assert_eq!(stage.events("contact.suppressed").await, 1);
    }

    async fn soft_ones_withhold_mail_after_the_companys_limit(db: Db) {
        let stage = Stage::new(db);
        let rules = BounceRules { soft_limit: 2, soft_of: 2, ..BounceRules::default() };
        stage.service.set_rules(&stage.world.actor, rules).await.unwrap();
        let first = stage.sent(2).await;
        let row = stage.row(first, "p0@example.com").await;
        let soft = about(&row, BounceClass::Soft);
        stage.take(std::slice::from_ref(&soft)).await;
        // Another report of the same message is not a second message that came back.
        stage.take(&[Item { dedupe: "again".into(), ..soft }]).await;
        assert_eq!(stage.withheld(), []);
        stage.world.clock.advance(Duration::from_secs(3600));
        let second = stage.sent(0).await;
        let row = stage.row(second, "p0@example.com").await;
        stage.take(&[about(&row, BounceClass::Soft)]).await;
        assert_eq!(stage.withheld(), [word("p0@example.com", "bounced")]);
        let effects: Vec<String> = stage.list().await.into_iter().map(|bounce| bounce.effect).collect();
        assert_eq!(effects, ["suppressed", "none", "counted"]);
        let counts = stage.service.setup(&stage.world.actor).await.unwrap().counts;
        assert_eq!((counts.soft, counts.total()), (2, 2));
    }

    async fn what_is_about_one_message_or_nobody_changes_nothing_about_the_person(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(3).await;
        let rows = stage.rows(id).await;
        let items = [about(&rows[0], BounceClass::Ignore), about(&rows[1], BounceClass::AutoReply), about(&rows[2], BounceClass::Block)];
        assert_eq!(stage.take(&items).await, 3);
        assert_eq!(stage.withheld(), []);
        assert_eq!(stage.events("contact.suppressed").await, 0);
        let rows = stage.rows(id).await;
        let marks: Vec<_> = rows.iter().map(Row::marks).collect();
        assert_eq!(marks, [(Some("ignore"), true, false), (None, false, false), (Some("block"), true, false)]);
        let counts = stage.service.setup(&stage.world.actor).await.unwrap().counts;
        assert_eq!((counts.ignore, counts.auto_reply, counts.block, counts.hard), (1, 1, 1, 0));
    }

    async fn a_complaint_withholds_mail_and_counts(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(2).await;
        let row = stage.row(id, "p0@example.com").await;
        let complaint = Item { code: "abuse".into(), words: String::new(), ..about(&row, BounceClass::Complaint) };
        let hard = about(&row, BounceClass::Hard);
        stage.take(&[hard, complaint]).await;
        assert_eq!(stage.withheld(), [word("p0@example.com", "complained")]);
        assert_eq!(stage.row(id, "p0@example.com").await.marks(), (Some("hard"), true, true));
        assert_eq!(stage.service.setup(&stage.world.actor).await.unwrap().counts.complaint, 1);
        assert_eq!(stage.moments(), ["bounced", "complained"]);
    }

    async fn the_same_return_told_twice_has_one_effect(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(2).await;
        let row = stage.row(id, "p0@example.com").await;
        let told = about(&row, BounceClass::Hard);
        assert_eq!(stage.take(&[told.clone(), told.clone()]).await, 1);
        assert_eq!(stage.take(std::slice::from_ref(&told)).await, 0);
        let message_id = Some(row.message_id.clone());
        let again = Item { dedupe: "hook:1".into(), row: None, message_id, at: stage.now(), ..told };
        let before = stage.row(id, "p0@example.com").await;
        assert_eq!(stage.take_from("hook", true, &[again]).await, 1);
        let after = stage.row(id, "p0@example.com").await;
        assert_eq!((before.bounced_at, before.marks()), (after.bounced_at, after.marks()));
        assert_eq!((stage.withheld().len(), stage.moments().len()), (1, 1));
        assert_eq!((stage.events("contact.suppressed").await, stage.events("campaign.returned").await), (1, 1));
        let mut effects: Vec<(String, String)> = stage.list().await.into_iter().map(|b| (b.source, b.effect)).collect();
        effects.sort();
        assert_eq!(effects, [word("The hook", "none"), word("The mailbox", "suppressed")]);
        assert_eq!(stage.service.setup(&stage.world.actor).await.unwrap().counts.hard, 1);
    }

    async fn a_message_is_found_by_its_mark_its_id_and_its_attempt(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(4).await;
        let rows = stage.rows(id).await;
        let by_id = Item { row: None, message_id: Some(rows[1].message_id.clone()), ..about(&rows[1], BounceClass::Hard) };
        let by_attempt = Item { row: None, attempt: Some(rows[2].attempt_id), ..about(&rows[2], BounceClass::Hard) };
        // The id of one message proves nothing about another person.
        let stolen = Item { row: None, message_id: Some(rows[0].message_id.clone()), ..about(&rows[3], BounceClass::Hard) };
        stage.take(&[about(&rows[0], BounceClass::Hard), by_id, by_attempt, stolen]).await;
        let marks: Vec<bool> = stage.rows(id).await.iter().map(|row| row.bounced_at.is_some()).collect();
        assert_eq!(marks, [true, true, true, false]);
        assert_eq!(stage.withheld().len(), 3);
    }

    async fn a_report_about_nothing_we_know_is_kept_and_harms_nobody(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(2).await;
        let claims = Item { dedupe: "1".into(), addresses: vec!["p0@example.com".into()], ..Item::example() };
        let strange = Item { dedupe: "2".into(), row: Some(987_654), ..Item::example() };
        assert_eq!(stage.take(&[claims.clone(), strange]).await, 2);
        assert_eq!((stage.withheld(), stage.moments()), (vec![], vec![]));
        assert!(stage.rows(id).await.iter().all(|row| row.bounced_at.is_none()));
        let list = stage.list().await;
        assert!(list.iter().all(|bounce| bounce.campaign.is_none() && bounce.effect == "none"), "{list:?}");
        // A provider's signed word is believed: it says that the address is dead.
        let early = Item { dedupe: "3".into(), addresses: vec!["gone@example.net".into()], ..Item::example() };
        stage.take_from("hook", true, &[early]).await;
        assert_eq!(stage.withheld(), [word("gone@example.net", "bounced")]);
    }

    async fn a_report_of_long_ago_changes_no_figures_and_still_withholds(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(2).await;
        let row = stage.row(id, "p0@example.com").await;
        stage.world.clock.advance(Duration::from_secs(31 * 86_400));
        stage.take(&[about(&row, BounceClass::Hard)]).await;
        assert_eq!(stage.row(id, "p0@example.com").await.marks(), (None, false, false));
        assert_eq!(stage.withheld(), [word("p0@example.com", "bounced")]);
    }

    async fn every_message_goes_out_under_an_address_that_leads_back_to_its_row(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(3).await;
        let mut rows: Vec<i64> = stage.rows(id).await.iter().map(|row| row.id).collect();
        let froms = stage.world.server.froms.lock().unwrap().clone();
        let found = froms.iter().filter_map(|from| token::row_of(&stage.vault, stage.world.company, from));
        let mut found: Vec<i64> = found.collect();
        found.sort_unstable();
        rows.sort_unstable();
        assert_eq!(found, rows);
        assert!(froms.iter().all(|from| from.starts_with("bounce+") && from.ends_with("@mail.acme.example")), "{froms:?}");
    }

    async fn another_company_sees_nothing_and_can_change_nothing(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(2).await;
        let row = stage.row(id, "p0@example.com").await;
        let other = Actor::system(testkit::company(2));
        let mut tx = stage.parts.db.begin(other.company).await.unwrap();
        let desk = Desk {
            company: other.company,
            audience: &*stage.parts.audience,
            ids: &*stage.parts.ids,
            source: Source { kind: "hook", id: Uuid::from_u128(8), name: "Theirs".into() },
            is_trusted: true,
            rules: BounceRules::default(),
            now: stage.now(),
        };
        let by_id = Item { dedupe: "2".into(), row: None, message_id: Some(row.message_id.clone()), ..about(&row, BounceClass::Block) };
        assert_eq!(desk.take(&mut tx, &[about(&row, BounceClass::Block), by_id]).await.unwrap(), 2);
        tx.commit().await.unwrap();
        assert!(stage.rows(id).await.iter().all(|row| row.bounced_at.is_none()));
        assert_eq!(stage.list().await, []);
        stage.take(&[about(&row, BounceClass::Hard)]).await;
        let theirs = stage.service.list(&other, BounceQuery::default()).await.unwrap().items;
        assert!(theirs.len() == 2 && theirs.iter().all(|bounce| bounce.campaign.is_none()), "{theirs:?}");
        assert_eq!(stage.service.setup(&other).await.unwrap().counts.hard, 0);
    }
}

testkit::both! {
    async fn the_list_is_paged_and_filtered(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(5).await;
        for row in stage.rows(id).await {
            stage.world.clock.advance(Duration::from_secs(1));
            let class = if row.address.starts_with("p4") { BounceClass::Block } else { BounceClass::Hard };
            stage.take(&[about(&row, class)]).await;
        }
        let ask = |query: BounceQuery| stage.service.list(&stage.world.actor, query);
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = ask(BounceQuery { limit: 2, cursor, ..BounceQuery::default() }).await.unwrap();
            seen.extend(page.items.into_iter().map(|bounce| bounce.address));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [4, 3, 2, 1, 0].map(|n| format!("p{n}@example.com")));
        let blocked = ask(BounceQuery { class: Some(BounceClass::Block), ..BounceQuery::default() }).await.unwrap().items;
        assert_eq!(blocked.len(), 1);
        let query = BounceQuery { campaign: Some(id), search: "P3@".into(), class: Some(BounceClass::Hard), ..BounceQuery::default() };
        assert_eq!(ask(query).await.unwrap().items.len(), 1);
        let other = BounceQuery { campaign: Some(CampaignId(Uuid::from_u128(1))), ..BounceQuery::default() };
        assert_eq!(ask(other).await.unwrap().items, []);
    }
}
