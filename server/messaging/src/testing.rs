//! Doubles of the other clusters and a scripted mail server in memory, for the tests of this crate.

use crate::campaigns::Service;
use crate::engine::outlet::{Grant, Hindrance, Outlet, OutletError, Outlets};
use crate::engine::press::Links;
use crate::engine::{Options, Parts, Patience, Wall};
use crate::ports::{self, Companies, CompanyInfo, Moment, Person, Resolved, Suppression};
use crate::render::Addresses;
use async_trait::async_trait;
use connect::email::{Envelope, Outcome, Probe, Stage, Trace, Transport, address};
use connect::{Failure, Kind};
use contract::campaigns::{
    Audience, AudienceCount, AudienceNames, Campaign, CampaignDraft, Campaigns, LinkReport, RecipientQuery,
    RecipientRow,
};
use contract::contacts::ConsentState;
use contract::senders::Rates;
use contract::templates::{Content, SourceKind};
use contract::{Actor, CampaignId, CompanyId, ContactId, ListId, Micros, SenderId, Zone};
use kernel::{Clock, Db, DbError, Ids, SystemIds, TestClock, Tx};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// People in memory. Lists and tags are not looked at: everybody is in every audience.
#[derive(Default)]
pub struct People {
    all: Mutex<BTreeMap<(CompanyId, ContactId), Person>>,
    pub moments: Mutex<Vec<Moment>>,
    pub suppressed: Mutex<Vec<(String, String)>>,
    /// In full, where they were withheld in bulk.
    pub withheld: Mutex<Vec<Suppression>>,
}

impl People {
    pub fn add(&self, company: CompanyId, person: Person) {
        self.all.lock().unwrap().insert((company, person.contact), person);
    }

    pub fn change(&self, company: CompanyId, contact: ContactId, change: impl FnOnce(&mut Person)) {
        change(self.all.lock().unwrap().get_mut(&(company, contact)).unwrap());
    }

    pub fn remove(&self, company: CompanyId, contact: ContactId) {
        self.all.lock().unwrap().remove(&(company, contact));
    }

    fn of(&self, company: CompanyId) -> Vec<Person> {
        let all = self.all.lock().unwrap();
        all.iter().filter(|((of, _), _)| *of == company).map(|(_, person)| person.clone()).collect()
    }
}

fn reason(person: &Person) -> Option<&'static str> {
    match person {
        p if p.email.is_empty() => Some("no_address"),
        p if p.suppressed.is_some() => Some("suppressed"),
        p if p.consent == ConsentState::Unsubscribed => Some("unsubscribed"),
        p if p.consent == ConsentState::None => Some("no_consent"),
        _ => None,
    }
}

#[async_trait]
impl ports::Audience for People {
    async fn count(&self, _: &mut Tx, company: CompanyId, _: &Audience) -> Result<AudienceCount, DbError> {
        let all = self.of(company);
        let good = all.iter().filter(|p| reason(p).is_none()).count();
        Ok(AudienceCount { matched: all.len() as i64, will_receive: good as i64, excluded: Vec::new() })
    }

    async fn resolve(
        &self,
        _: &mut Tx,
        company: CompanyId,
        _: &Audience,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<Resolved>, DbError> {
        let all = self.all.lock().unwrap();
        let rest = all.range((company, after.unwrap_or(ContactId(Uuid::nil())))..);
        let rest = rest
            .take_while(|((of, _), _)| *of == company)
            .filter(|((_, contact), _)| after.is_none_or(|after| *contact > after));
        let resolved = |(_, p): (_, &Person)| Resolved {
            contact: p.contact,
            reason: reason(p),
            email: Some(p.email.clone()).filter(|e| !e.is_empty()),
        };
        Ok(rest.take(limit as usize).map(resolved).collect())
    }

    async fn people(&self, _: &mut Tx, company: CompanyId, contacts: &[ContactId]) -> Result<Vec<Person>, DbError> {
        let all = self.all.lock().unwrap();
        Ok(contacts.iter().filter_map(|contact| all.get(&(company, *contact)).cloned()).collect())
    }

    async fn sample(&self, _: &mut Tx, company: CompanyId) -> Result<Option<Person>, DbError> {
        Ok(self.of(company).into_iter().next())
    }

    async fn unsubscribe(
        &self,
        _: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        _: &str,
        _: Option<&str>,
        _: Micros,
    ) -> Result<bool, DbError> {
        self.change(company, contact, |p| p.consent = ConsentState::Unsubscribed);
        Ok(true)
    }

    async fn resubscribe(
        &self,
        _: &mut Tx,
        company: CompanyId,
        contact: ContactId,
        _: &str,
        _: Micros,
    ) -> Result<bool, DbError> {
        self.change(company, contact, |p| p.consent = ConsentState::Subscribed);
        Ok(true)
    }

    async fn suppress(
        &self,
        _: &mut Tx,
        _: CompanyId,
        address: &str,
        reason: &str,
        _: &str,
        _: Micros,
    ) -> Result<bool, DbError> {
        let mut all = self.suppressed.lock().unwrap();
        let is_new = all.iter().all(|(known, _)| known != address);
        if is_new {
            all.push((address.into(), reason.into()));
        }
        Ok(is_new)
    }

    async fn suppress_many(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        rows: Vec<Suppression>,
    ) -> Result<Vec<String>, DbError> {
        let mut new = Vec::new();
        for row in rows {
            if self.suppress(tx, company, &row.address, row.reason, &row.source, row.at).await? {
                new.push(row.address.clone());
                self.withheld.lock().unwrap().push(row);
            }
        }
        Ok(new)
    }

    async fn release(&self, _: &mut Tx, _: CompanyId, address: &str) -> Result<bool, DbError> {
        let mut all = self.suppressed.lock().unwrap();
        let before = all.len();
        all.retain(|(known, _)| known != address);
        Ok(all.len() < before)
    }

    async fn by_addresses(
        &self,
        _: &mut Tx,
        company: CompanyId,
        addresses: &[String],
    ) -> Result<Vec<(String, ContactId)>, DbError> {
        let found = self.of(company).into_iter().filter(|p| addresses.contains(&p.email));
        Ok(found.map(|p| (p.email, p.contact)).collect())
    }

    async fn withheld(&self, _: &mut Tx, _: CompanyId, address: &str) -> Result<Option<String>, DbError> {
        let all = self.suppressed.lock().unwrap();
        Ok(all.iter().find(|(at, _)| at == address).map(|(_, reason)| reason.clone()))
    }

    async fn record(&self, _: &mut Tx, _: CompanyId, moments: Vec<Moment>) -> Result<(), DbError> {
        self.moments.lock().unwrap().extend(moments);
        Ok(())
    }

    async fn count_empty(
        &self,
        _: &mut Tx,
        company: CompanyId,
        _: &Audience,
        names: &[String],
    ) -> Result<Vec<i64>, DbError> {
        let all: Vec<Person> = self.of(company).into_iter().filter(|p| reason(p).is_none()).collect();
        let is_empty = |p: &Person, name: &str| match name {
            "first_name" => p.first_name.is_empty(),
            "organisation" => p.organisation.is_empty(),
            name => name.strip_prefix("fields.").is_some_and(|key| !p.fields.contains_key(key)),
        };
        Ok(names.iter().map(|name| all.iter().filter(|p| is_empty(p, name)).count() as i64).collect())
    }

    async fn count_shared(&self, _: &mut Tx, company: CompanyId, _: &Audience, _: &Audience) -> Result<i64, DbError> {
        Ok(self.of(company).iter().filter(|p| reason(p).is_none()).count() as i64)
    }

    async fn count_alike(&self, _: &mut Tx, _: CompanyId, _: &Audience) -> Result<i64, DbError> {
        Ok(0)
    }

    async fn field_keys(&self, _: &mut Tx, _: CompanyId) -> Result<Option<Vec<String>>, DbError> {
        Ok(Some(vec!["plan".into(), "city".into()]))
    }

    async fn names(&self, _: &mut Tx, _: CompanyId, _: &Audience) -> Result<AudienceNames, DbError> {
        Ok(AudienceNames::default())
    }
}

/// One company for all.
pub struct OneCompany;

#[async_trait]
impl Companies for OneCompany {
    async fn get(&self, _: CompanyId) -> Result<CompanyInfo, DbError> {
        Ok(CompanyInfo {
            name: "Acme".into(),
            address: "1 Main Street".into(),
            website: "https://acme.example".into(),
            zone: Zone::utc(),
        })
    }
}

/// Readable addresses, and targets in memory.
#[derive(Default)]
pub struct PlainLinks(pub Mutex<HashMap<CampaignId, Vec<String>>>);

#[async_trait]
impl Links for PlainLinks {
    fn addresses(
        &self,
        _: CompanyId,
        campaign: CampaignId,
        contact: ContactId,
        links: usize,
        is_test: bool,
    ) -> Addresses {
        let base = format!("https://lux.example/{}{campaign}/{contact}", if is_test { "test/" } else { "" });
        Addresses {
            unsubscribe: format!("{base}/u"),
            view: format!("{base}/v"),
            pixel: format!("{base}/o"),
            links: (0..links).map(|n| format!("{base}/c/{n}")).collect(),
        }
    }

    fn unsubscribe_mailto(&self, _: CompanyId, _: CampaignId, _: ContactId) -> Option<String> {
        Some("unsubscribe@lux.example".into())
    }

    async fn store(&self, _: &mut Tx, _: CompanyId, campaign: CampaignId, targets: &[String]) -> Result<(), DbError> {
        self.0.lock().unwrap().insert(campaign, targets.to_vec());
        Ok(())
    }

    async fn report(&self, _: &mut Tx, _: CompanyId, _: CampaignId) -> Result<Vec<LinkReport>, DbError> {
        Ok(Vec::new())
    }

    async fn forget(&self, _: &mut Tx, _: CompanyId, campaign: CampaignId) -> Result<(), DbError> {
        self.0.lock().unwrap().remove(&campaign);
        Ok(())
    }
}

/// What the server in memory does with an address that contains a word.
#[derive(Clone, Debug)]
pub enum Act {
    Refuse,
    /// Refuses because of the sender.
    Block,
    Defer,
    Busy,
    Auth,
    Break,
    /// Asks this domain to come back later.
    Throttle,
    /// Takes its time, then takes it.
    Slow(Duration),
    /// Takes it, and the answer is lost.
    TakeSilently,
    /// Loses it, and the answer too.
    Lose,
    /// Takes it, and never answers.
    TakeAndHang,
}

/// A mail server in memory: what it took, it took.
#[derive(Default)]
pub struct Server {
    pub taken: Mutex<Vec<(String, Vec<u8>)>>,
    /// Senders of the envelopes of all that was offered.
    pub froms: Mutex<Vec<String>>,
    pub rules: Mutex<Vec<(String, Act)>>,
    /// Whether it can be asked what became of a message.
    pub tells: Mutex<bool>,
}

impl Server {
    pub fn on(&self, word: &str, act: Act) {
        self.rules.lock().unwrap().push((word.into(), act));
    }

    pub fn addresses(&self) -> Vec<String> {
        self.taken.lock().unwrap().iter().map(|(to, _)| to.clone()).collect()
    }
}

#[async_trait]
impl Transport for Server {
    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        tokio::task::yield_now().await;
        let to = envelope.to.as_str().to_owned();
        self.froms.lock().unwrap().push(envelope.from.as_str().to_owned());
        let act = self.rules.lock().unwrap().iter().find(|(word, _)| to.contains(word)).map(|(_, act)| act.clone());
        let take = || self.taken.lock().unwrap().push((to.clone(), message.to_vec()));
        match act {
            None => {
                take();
                tokio::task::yield_now().await;
                Outcome::Accepted { code: 250, text: "ok".into() }
            }
            Some(Act::Refuse) => {
                let enhanced = connect::email::Enhanced::parse("5.1.1");
                Outcome::RefusedPermanent { stage: Stage::Rcpt, code: 550, enhanced, text: "no such user".into() }
            }
            Some(Act::Block) => {
                let enhanced = connect::email::Enhanced::parse("5.7.1");
                Outcome::RefusedPermanent { stage: Stage::Data, code: 554, enhanced, text: "listed".into() }
            }
            Some(Act::Defer) => {
                Outcome::Deferred { stage: Stage::Rcpt, code: 451, enhanced: None, text: "later".into() }
            }
            Some(Act::Throttle) => {
                let enhanced = connect::email::Enhanced::parse("4.7.0");
                Outcome::Deferred { stage: Stage::Rcpt, code: 421, enhanced, text: "too many messages".into() }
            }
            Some(Act::Slow(time)) => {
                tokio::time::sleep(time).await;
                take();
                Outcome::Accepted { code: 250, text: "ok".into() }
            }
            Some(Act::Busy) => Outcome::SenderTrouble { failure: Failure::temporary(Kind::Busy, "smtp", "mail") },
            Some(Act::Auth) => Outcome::SenderTrouble { failure: Failure::permanent(Kind::Auth, "smtp", "auth") },
            Some(Act::Break) => Outcome::NotHandedOver { stage: Stage::Data, reason: "connection reset".into() },
            Some(Act::TakeSilently) => {
                take();
                Outcome::Unknown { reason: "connection lost".into() }
            }
            Some(Act::Lose) => Outcome::Unknown { reason: "connection lost".into() },
            Some(Act::TakeAndHang) => {
                take();
                std::future::pending().await
            }
        }
    }

    async fn trace(&self, _: &address::Address, message_id: &str) -> Trace {
        if !*self.tells.lock().unwrap() {
            return Trace::Unasked;
        }
        let id = format!("Message-ID: <{message_id}>");
        let is_taken = self.taken.lock().unwrap().iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(&id));
        if is_taken { Trace::Sent } else { Trace::NotSent }
    }

    async fn probe(&self) -> Probe {
        Probe::default()
    }

    async fn close(&self) {}
}

/// One sender for all companies.
pub struct OneOutlet {
    pub sender: SenderId,
    pub transport: Arc<dyn Transport>,
    pub pool: usize,
    /// Room left; `None` is no limit.
    pub room: Mutex<Option<u32>>,
    pub is_gone: Mutex<bool>,
    pub health: Mutex<Vec<String>>,
    /// Further senders, in their order.
    pub others: Mutex<Vec<(SenderId, Arc<dyn Transport>)>>,
    /// Makes return addresses.
    pub vault: Mutex<Option<kernel::Vault>>,
}

#[async_trait]
impl Outlets for OneOutlet {
    async fn open(&self, _: CompanyId, sender: SenderId) -> Result<Outlet, OutletError> {
        if *self.is_gone.lock().unwrap() {
            return Err(OutletError::Gone);
        }
        Ok(Outlet {
            sender,
            name: "Main".into(),
            from: address::normalise("news@acme.example").unwrap(),
            from_name: "Acme".into(),
            reply_to: String::new(),
            pool: self.pool,
            rates: Rates::default(),
            transport: match self.others.lock().unwrap().iter().find(|(id, _)| *id == sender) {
                Some((_, other)) => Arc::clone(other),
                None => Arc::clone(&self.transport),
            },
        })
    }

    async fn order(&self, _: CompanyId) -> Result<Vec<SenderId>, DbError> {
        let others = self.others.lock().unwrap();
        Ok(std::iter::once(self.sender).chain(others.iter().map(|(id, _)| *id)).collect())
    }

    async fn grant(&self, _: &mut Tx, _: CompanyId, _: SenderId, wanted: u32, now: Micros) -> Result<Grant, DbError> {
        let mut room = self.room.lock().unwrap();
        let granted = room.map_or(wanted, |room| room.min(wanted));
        if let Some(room) = &mut *room {
            *room -= granted;
        }
        Ok(Grant { granted, next: now.plus_seconds(1) })
    }

    async fn trouble(
        &self,
        _: CompanyId,
        _: SenderId,
        detail: &str,
        until: Option<Micros>,
        _: Micros,
    ) -> Result<(), DbError> {
        let state = if until.is_some() { "rests" } else { "fails" };
        self.health.lock().unwrap().push(format!("{state}: {detail}"));
        Ok(())
    }

    async fn hindrance(
        &self,
        _: &mut Tx,
        _: CompanyId,
        _: SenderId,
        now: Micros,
    ) -> Result<Option<Hindrance>, DbError> {
        if *self.is_gone.lock().unwrap() {
            return Ok(Some(Hindrance::Gone));
        }
        if *self.room.lock().unwrap() == Some(0) {
            return Ok(Some(Hindrance::Full(now.plus_seconds(1))));
        }
        let last = self.health.lock().unwrap().last().cloned();
        let trouble = last.as_deref().and_then(|last| last.split_once(": "));
        Ok(trouble.map(|(_, detail)| Hindrance::Trouble(detail.to_owned(), Some(now.plus_seconds(5)))))
    }

    async fn return_address(
        &self,
        company: CompanyId,
        _: SenderId,
        row: i64,
        from: &address::Address,
    ) -> address::Address {
        let base = address::normalise("bounce@mail.acme.example").unwrap();
        let vault = self.vault.lock().unwrap();
        let made = vault.as_ref().and_then(|vault| crate::bounces::token::return_address(vault, company, row, &base));
        made.unwrap_or_else(|| from.clone())
    }

    async fn well(&self, _: CompanyId, _: SenderId, _: Micros) -> Result<(), DbError> {
        self.health.lock().unwrap().push("well".into());
        Ok(())
    }
}

/// Everything around the engine.
pub struct World {
    pub parts: Parts,
    pub clock: TestClock,
    pub people: Arc<People>,
    pub server: Arc<Server>,
    pub outlet: Arc<OneOutlet>,
    pub service: Service,
    pub actor: Actor,
    pub company: CompanyId,
    pub sender: SenderId,
}

impl World {
    /// With the server in memory.
    pub fn new(db: Db) -> Self {
        let server = Arc::new(Server::default());
        Self::through(db, server.clone(), server, 4)
    }

    /// With another way out.
    pub fn through(db: Db, server: Arc<Server>, transport: Arc<dyn Transport>, pool: usize) -> Self {
        let clock = TestClock::default();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let ids: Arc<dyn Ids> = Arc::new(SystemIds::new(Arc::clone(&shared)));
        let people = Arc::new(People::default());
        let outlet = Arc::new(OneOutlet {
            sender: SenderId(ids.uuid()),
            transport,
            pool,
            room: Mutex::new(None),
            is_gone: Mutex::new(false),
            health: Mutex::default(),
            others: Mutex::default(),
            vault: Mutex::default(),
        });
        let parts = Parts {
            db,
            clock: shared,
            ids,
            audience: people.clone(),
            companies: Arc::new(OneCompany),
            outlets: outlet.clone(),
            links: Arc::new(PlainLinks::default()),
        };
        let company = testkit::company(1);
        let service = Service::new(parts.clone());
        let sender = outlet.sender;
        Self { parts, clock, people, server, outlet, service, actor: Actor::system(company), company, sender }
    }

    /// Small sizes, so that a test meets every border.
    pub fn options() -> Options {
        Options {
            batch: 7,
            group: 3,
            enrol: 5,
            lanes: 3,
            lease: Duration::from_secs(30),
            renew: Duration::from_secs(3600),
            poll: Duration::from_millis(4),
            drain: Duration::from_secs(8),
            progress: Duration::from_millis(20),
            // The clock of tests stands still: who is put off would never come again.
            unknown: Duration::from_secs(60),
            patience: Patience::default(),
            wall: Wall { blocked: 6, window: 40, refused: 30 },
        }
    }

    /// Puts the sender into the database; without that it is known to the outlets only.
    pub async fn name_sender(&self, name: &str) {
        let mut tx = self.parts.db.begin(self.company).await.unwrap();
        let sql = "INSERT INTO sender (company_id, id, name, host, port, tls, login, from_email, from_name, reply_to, pool, version,
            health_state, health_detail, created_at, updated_at)
            VALUES ($1, $2, $3, 'x', 1, 'none', '', 'a@example.com', '', '', 4, 1, 'good', '', 0, 0)";
        tx.query(sql).bind(self.company.0).bind(self.sender.0).bind(name).execute_one().await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A subscriber.
    pub fn person(&self, email: &str) -> ContactId {
        let contact = ContactId(self.parts.ids.uuid());
        let example = crate::render::example_person(&[]);
        self.people.add(
            self.company,
            Person { contact, email: email.into(), first_name: "Mette".into(), fields: BTreeMap::new(), ..example },
        );
        contact
    }

    /// `n` subscribers.
    pub fn crowd(&self, n: usize) -> Vec<ContactId> {
        (0..n).map(|i| self.person(&format!("p{i}@example.com"))).collect()
    }

    pub fn draft(&self) -> CampaignDraft {
        CampaignDraft {
            name: "News".into(),
            content: Content {
                subject: "Hello {{ contact.first_name }}".into(),
                preheader: "What is new".into(),
                kind: SourceKind::Html,
                source: "<p>Hi {{ contact.first_name }}, <a href=\"https://acme.example/a?b=1&amp;c=2\">look</a></p>"
                    .into(),
                text: String::new(),
            },
            sender: Some(self.sender),
            audience: Audience { lists: vec![ListId(Uuid::from_u128(1))], ..Audience::default() },
            track_opens: true,
            track_clicks: true,
            ..CampaignDraft::default()
        }
    }

    /// A draft that could be sent.
    pub async fn campaign(&self) -> Campaign {
        self.service.create(&self.actor, self.draft()).await.unwrap()
    }

    pub async fn get(&self, id: CampaignId) -> Campaign {
        self.service.get(&self.actor, id).await.unwrap()
    }

    /// All recipients by address or contact.
    pub async fn rows(&self, id: CampaignId) -> Vec<RecipientRow> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let query = RecipientQuery { cursor, limit: 200, ..RecipientQuery::default() };
            let page = self.service.recipients(&self.actor, id, query).await.unwrap();
            all.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return all;
            }
        }
    }
}
