//! A Lux with an owner, a mailbox and hands to move the clock.

use crate::accounts::{Parts, Post, Service};
use async_trait::async_trait;
use contract::accounts::{AcceptInvitation, Accounts, CompanyChange, CreateOwner, Secret, SignIn, SignInOutcome};
use contract::{Actor, Client, CompanyId, Fault, Role};
use jobs::{Registry, Runner};
use kernel::vault::MasterKey;
use kernel::{Clock, Db, Ids, TestClock, Vault};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const PASSWORD: &str = "correct horse battery";

/// A mail as it was handed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    pub company: Option<CompanyId>,
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Mail {
    /// The token at the end of the link in it.
    pub fn token(&self) -> Secret {
        let link = self.text.lines().find(|l| l.starts_with("https://lux.test/")).expect("a link on a line of its own");
        Secret(link.rsplit('/').next().unwrap().to_owned())
    }
}

/// Keeps what is sent. The instance has a sender of its own only when asked for.
#[derive(Default)]
pub struct Mailbox {
    pub mails: Mutex<Vec<Mail>>,
    pub is_off: AtomicBool,
    pub has_own: AtomicBool,
}

#[async_trait]
impl Post for Mailbox {
    async fn ready(&self, company: Option<CompanyId>) -> Result<bool, Fault> {
        let has = company.is_some() || self.has_own.load(Ordering::SeqCst);
        Ok(has && !self.is_off.load(Ordering::SeqCst))
    }

    async fn post(&self, company: Option<CompanyId>, to: &str, subject: &str, text: &str) -> Result<bool, Fault> {
        if !self.ready(company).await? {
            return Ok(false);
        }
        let mail = Mail { company, to: to.into(), subject: subject.into(), text: text.into() };
        self.mails.lock().unwrap().push(mail);
        Ok(true)
    }
}

pub struct House {
    pub accounts: Service,
    pub clock: TestClock,
    pub mailbox: Arc<Mailbox>,
    pub ids: Arc<dyn Ids>,
    pub db: Db,
}

pub fn secret(text: &str) -> Secret {
    Secret(text.to_owned())
}

/// A browser at an address.
pub fn client(address: &str) -> Client {
    Client {
        address: address.into(),
        agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".into(),
    }
}

pub fn change(name: &str) -> CompanyChange {
    CompanyChange {
        name: name.into(),
        zone: "Europe/Copenhagen".into(),
        address: String::new(),
        website: String::new(),
    }
}

pub fn owner_request(token: &Secret) -> CreateOwner {
    CreateOwner {
        token: token.clone(),
        company: "Nordic Goods".into(),
        zone: "Europe/Copenhagen".into(),
        name: "Ann Lee".into(),
        email: "Ann@Example.com".into(),
        password: secret(PASSWORD),
    }
}

impl House {
    /// No user yet.
    pub fn empty(db: Db) -> Self {
        let (clock, ids) = testkit::clock_and_ids();
        let mailbox = Arc::new(Mailbox::default());
        let parts = Parts {
            db: db.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::clone(&ids),
            vault: Vault::new(MasterKey::new([7; 32]), Vec::new(), Arc::clone(&ids)),
            post: Arc::clone(&mailbox) as Arc<dyn Post>,
            base_url: "https://lux.test/".into(),
        };
        Self { accounts: Service::new(parts), clock, mailbox, ids, db }
    }

    /// With Ann, who owns Nordic Goods and is signed in.
    pub async fn with_owner(db: Db) -> (Self, Actor) {
        let house = Self::empty(db);
        let token = house.accounts.setup_token().await.unwrap().expect("a token while there is nobody");
        let session = house.accounts.create_owner(owner_request(&token), client("192.0.2.1")).await.unwrap();
        let owner = house.actor(&session).await.expect("the owner is signed in");
        (house, owner)
    }

    pub async fn actor(&self, session: &Secret) -> Option<Actor> {
        self.accounts.actor_of_session(session, &client("192.0.2.1")).await.unwrap()
    }

    /// Somebody new in the company of `by`.
    pub async fn joins(&self, by: &Actor, email: &str, role: Role) -> Actor {
        let invited = self.accounts.invite(by, email.into(), role).await.unwrap();
        let session = self.accounts.accept_invitation(accept(&invited.link), client("192.0.2.7")).await.unwrap();
        self.actor(&session).await.expect("who joins is signed in")
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SignInOutcome, Fault> {
        self.sign_in_from(email, password, None, "192.0.2.1").await
    }

    pub async fn sign_in_from(
        &self,
        email: &str,
        password: &str,
        code: Option<&str>,
        address: &str,
    ) -> Result<SignInOutcome, Fault> {
        let request = SignIn { email: email.into(), password: secret(password), code: code.map(str::to_owned) };
        self.accounts.sign_in(request, client(address)).await
    }

    /// Signs in with the right password and no authenticator.
    pub async fn session(&self, email: &str) -> Secret {
        match self.sign_in(email, PASSWORD).await.unwrap() {
            SignInOutcome::Done(token) => token,
            SignInOutcome::CodeWanted => panic!("the authenticator is on"),
        }
    }

    pub async fn run_jobs(&self) {
        let mut registry = Registry::new();
        self.accounts.register(&mut registry);
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let runner = Runner::new(self.db.clone(), clock, Arc::clone(&self.ids), registry);
        runner.run_until_idle().await.unwrap();
    }

    /// Mails since the last call, after all jobs have run.
    pub async fn mails(&self) -> Vec<Mail> {
        self.run_jobs().await;
        std::mem::take(&mut *self.mailbox.mails.lock().unwrap())
    }

    pub fn days(&self, days: u64) {
        self.clock.advance(Duration::from_secs(days * 86_400));
    }

    /// Kinds of all events of a company, in order.
    pub async fn events(&self, company: CompanyId) -> Vec<String> {
        let events = kernel::outbox::after(&self.db, company.into(), 0, 1000).await.unwrap();
        events.into_iter().map(|e| e.kind).collect()
    }
}

/// Takes up an invitation with the usual password.
pub fn accept(link: &str) -> AcceptInvitation {
    let token = link.strip_prefix("https://lux.test/invite/").expect("a link to the page of invitations");
    AcceptInvitation { token: secret(token), name: "Somebody New".into(), password: secret(PASSWORD), code: None }
}

/// The refusal of one field, or a panic that shows what came instead.
pub fn refusal<T: std::fmt::Debug>(result: Result<T, Fault>, field: &str) -> String {
    let fault = result.expect_err("it must be refused");
    fault.field(field).unwrap_or_else(|| panic!("{field} is not refused by {fault:?}")).to_owned()
}

pub fn is_missing<T: std::fmt::Debug>(result: Result<T, Fault>) -> bool {
    matches!(result.expect_err("it must not be there"), Fault::Missing { .. })
}

pub fn is_denied<T: std::fmt::Debug>(result: &Result<T, Fault>) -> bool {
    matches!(result, Err(Fault::Denied { .. }))
}

pub fn is_busy<T: std::fmt::Debug>(result: &Result<T, Fault>) -> bool {
    matches!(result, Err(Fault::Busy { .. }))
}
