//! The service: checks the actor, then the words, then acts, in one transaction with its events and jobs.
//!
//! This file holds what it is made of and the trait; the work is in the parts below, one per thing people come for.

mod admin;
mod authenticator;
mod company;
mod directory;
mod door;
mod invitations;
mod keys;
mod people;
mod profile;
mod recovery;
mod setup;

pub use admin::NewAdmin;

use super::limits::Limits;
use super::passwords::Passwords;
use super::post::Post;
use super::{jobs, rules, store};
use ::jobs::{Queue, Registry};
use async_trait::async_trait;
use contract::accounts::{
    AcceptInvitation, Accounts, ApiKey, ApiKeyMade, CompanyChange, CreateOwner, InvitationView, Invited, Me, People,
    Secret, SessionRow, SignIn, SignInOutcome, TotpSetup,
};
use contract::{Actor, ApiKeyId, Capability, Client, CompanyId, Fault, InvitationId, Micros, Role, SessionId, UserId};
use kernel::limits::RateLimits;
use kernel::vault::Vault;
use kernel::{Clock, Db, Ids, Scope, Tx};
use std::fmt;
use std::sync::Arc;

/// What the service is made of.
#[derive(Clone)]
pub struct Parts {
    /// Where everything is kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids, tokens, salts.
    pub ids: Arc<dyn Ids>,
    /// Seals authenticator secrets, and tokens that wait in a job.
    pub vault: Vault,
    /// Sends mail.
    pub post: Arc<dyn Post>,
    /// How people reach this Lux, for links: `https://lux.example.com`.
    pub base_url: String,
}

/// [`Accounts`] on the database, and what the command line and the jobs need beside it. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    parts: Parts,
    limits: Limits,
    passwords: Passwords,
    queue: Queue,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("accounts::Service")
    }
}

impl Service {
    /// Joins the parts.
    pub fn new(parts: Parts) -> Self {
        let limits = Limits::new(RateLimits::new(parts.db.clone(), Arc::clone(&parts.clock)));
        let queue = Queue::new(Arc::clone(&parts.clock), Arc::clone(&parts.ids));
        Self(Arc::new(Inner { parts, limits, passwords: Passwords::new(), queue }))
    }

    /// Makes the jobs of accounts known to the runner.
    pub fn register(&self, registry: &mut Registry) {
        jobs::register(registry, self);
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    fn queue(&self) -> &Queue {
        &self.0.queue
    }

    pub(super) fn now(&self) -> Micros {
        self.parts().clock.now()
    }

    pub(super) async fn begin(&self, scope: impl Into<Scope>) -> Result<Tx, Fault> {
        Ok(self.parts().db.begin(scope).await?)
    }

    pub(super) async fn read(&self, scope: impl Into<Scope>) -> Result<Tx, Fault> {
        Ok(self.parts().db.read(scope).await?)
    }

    /// A link to a page of this Lux.
    pub(super) fn link(&self, page: &str, token: &Secret) -> String {
        format!("{}/{page}/{}", self.parts().base_url.trim_end_matches('/'), token.0)
    }

    fn token(&self) -> Secret {
        Secret(self.parts().ids.token())
    }

    async fn hash(&self, password: &Secret) -> Result<String, Fault> {
        let mut salt = [0; 16];
        self.parts().ids.fill(&mut salt);
        self.passwords().hash(password, salt).await
    }

    /// The signed-in person as stored. Gone means that the session is, too.
    async fn person(&self, actor: &Actor) -> Result<store::people::PersonRow, Fault> {
        let (user, _) = rules::person_of(actor)?;
        let mut tx = self.read(Scope::System).await?;
        store::people::find(&mut tx, user).await?.ok_or(Fault::Unauthenticated)
    }
}

/// Each line hands over to the part that does it.
#[async_trait]
impl Accounts for Service {
    async fn needs_setup(&self) -> Result<bool, Fault> {
        self.is_new().await
    }

    async fn create_owner(&self, request: CreateOwner, client: Client) -> Result<Secret, Fault> {
        self.make_owner(request, client).await
    }

    async fn sign_in(&self, request: SignIn, client: Client) -> Result<SignInOutcome, Fault> {
        self.let_in(request, client).await
    }

    async fn sign_out(&self, actor: &Actor) -> Result<(), Fault> {
        self.end_own_session(actor).await
    }

    async fn actor_of_session(&self, token: &Secret, client: &Client) -> Result<Option<Actor>, Fault> {
        self.behind_session(token, client).await
    }

    async fn actor_of_key(&self, key: &Secret) -> Result<Option<Actor>, Fault> {
        self.behind_key(key).await
    }

    async fn request_reset(&self, email: String, client: Client) -> Result<(), Fault> {
        self.ask_for_reset(&email, &client).await
    }

    async fn reset_password(&self, token: Secret, password: Secret, client: Client) -> Result<(), Fault> {
        self.reset(token, password, &client).await
    }

    async fn me(&self, actor: &Actor) -> Result<Me, Fault> {
        self.profile(actor).await
    }

    async fn rename_me(&self, actor: &Actor, name: String) -> Result<(), Fault> {
        self.rename(actor, &name).await
    }

    async fn change_password(&self, actor: &Actor, current: Secret, new: Secret) -> Result<(), Fault> {
        self.exchange_password(actor, current, new).await
    }

    async fn totp_begin(&self, actor: &Actor) -> Result<TotpSetup, Fault> {
        self.begin_totp(actor).await
    }

    async fn totp_confirm(&self, actor: &Actor, code: String) -> Result<(), Fault> {
        self.confirm_totp(actor, &code).await
    }

    async fn totp_disable(&self, actor: &Actor, password: Secret) -> Result<(), Fault> {
        self.disable_totp(actor, password).await
    }

    async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>, Fault> {
        self.own_sessions(actor).await
    }

    async fn revoke_session(&self, actor: &Actor, session: SessionId) -> Result<(), Fault> {
        self.end_session(actor, session).await
    }

    async fn revoke_other_sessions(&self, actor: &Actor) -> Result<i64, Fault> {
        self.end_other_sessions(actor).await
    }

    async fn switch_company(&self, actor: &Actor, company: CompanyId) -> Result<(), Fault> {
        self.move_to(actor, company).await
    }

    async fn create_company(&self, actor: &Actor, change: CompanyChange) -> Result<CompanyId, Fault> {
        self.found_company(actor, change).await
    }

    async fn update_company(&self, actor: &Actor, change: CompanyChange) -> Result<(), Fault> {
        self.change_company(actor, change).await
    }

    async fn zones(&self) -> Result<Vec<String>, Fault> {
        Ok(kernel::zone::names())
    }

    async fn people(&self, actor: &Actor) -> Result<People, Fault> {
        self.members(actor).await
    }

    async fn invite(&self, actor: &Actor, email: String, role: Role) -> Result<Invited, Fault> {
        self.make_invitation(actor, &email, role).await
    }

    async fn revoke_invitation(&self, actor: &Actor, invitation: InvitationId) -> Result<(), Fault> {
        self.take_back(actor, invitation).await
    }

    async fn invitation(&self, token: Secret) -> Result<InvitationView, Fault> {
        self.offer(&token).await
    }

    async fn accept_invitation(&self, request: AcceptInvitation, client: Client) -> Result<Secret, Fault> {
        self.accept(request, client).await
    }

    async fn change_role(&self, actor: &Actor, user: UserId, role: Role) -> Result<(), Fault> {
        self.give_role(actor, user, role).await
    }

    async fn remove_person(&self, actor: &Actor, user: UserId) -> Result<(), Fault> {
        self.take_out(actor, user).await
    }

    async fn api_keys(&self, actor: &Actor) -> Result<Vec<ApiKey>, Fault> {
        self.keys(actor).await
    }

    async fn create_api_key(&self, actor: &Actor, name: String, scopes: Vec<Capability>) -> Result<ApiKeyMade, Fault> {
        self.make_key(actor, &name, &scopes).await
    }

    async fn revoke_api_key(&self, actor: &Actor, key: ApiKeyId) -> Result<(), Fault> {
        self.end_key(actor, key).await
    }

    async fn preference(&self, actor: &Actor, name: String) -> Result<Option<String>, Fault> {
        self.stored_preference(actor, &name).await
    }

    async fn set_preference(&self, actor: &Actor, name: String, value: String) -> Result<(), Fault> {
        self.store_preference(actor, &name, &value).await
    }
}
