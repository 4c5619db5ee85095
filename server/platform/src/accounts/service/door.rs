//! Coming in and going out: passwords, sessions, keys.

use super::Service;
use crate::accounts::store::people::PersonRow;
use crate::accounts::store::sessions::{Live, NewSession};
use crate::accounts::{rules, store};
use contract::accounts::{Secret, SignIn, SignInOutcome};
use contract::{Actor, Client, CompanyId, Fault, Role, SessionId, UserId, Who};
use kernel::{Scope, Tx};

/// What every failed sign-in is told, whatever was wrong.
fn refused() -> Fault {
    Fault::invalid("password", "The address or the password is not right. You can set a new password by mail.")
}

impl Service {
    pub(super) async fn let_in(&self, request: SignIn, client: Client) -> Result<SignInOutcome, Fault> {
        let person = self.known_person(&request.email, &request.password, &client, refused).await?;
        if person.totp.is_some() {
            match request.code.filter(|code| !code.trim().is_empty()) {
                None => return Ok(SignInOutcome::CodeWanted),
                Some(code) => self.check_code(&person, &code).await?,
            }
        }
        let mut tx = self.begin(Scope::System).await?;
        let companies = store::companies::of_person(&mut tx, person.id).await?;
        let last = companies.iter().find(|m| Some(m.company) == person.last_company());
        let Some(company) = last.or(companies.first()).map(|m| m.company) else {
            return Err(Fault::denied("You are in no company any more. Ask an admin for an invitation."));
        };
        let token = self.open_session(&mut tx, person.id, company, &client).await?;
        tx.commit().await?;
        Ok(SignInOutcome::Done(token))
    }

    /// The person with this address and password, or `refused`: after as many steps and as long a time for an address
    /// that nobody has.
    pub(super) async fn known_person(
        &self,
        email: &str,
        password: &Secret,
        client: &Client,
        refused: fn() -> Fault,
    ) -> Result<PersonRow, Fault> {
        let email = rules::spelling(email);
        self.limits().password(&email, client).await?;
        let mut tx = self.read(Scope::System).await?;
        let person = store::people::by_email(&mut tx, &email).await?;
        drop(tx);
        let stored = person.as_ref().map(|p| p.password.as_str());
        let is_right = self.passwords().is_right(password, stored).await?;
        let person = person.filter(|_| is_right).ok_or_else(refused)?;
        self.limits().password_was_right(&email, client).await?;
        Ok(person)
    }

    /// Begins a session; the person's next sign-in starts in this company, too.
    pub(super) async fn open_session(
        &self,
        tx: &mut Tx,
        person: UserId,
        company: CompanyId,
        client: &Client,
    ) -> Result<Secret, Fault> {
        let token = self.token();
        let client = Client {
            address: client.address.chars().take(64).collect(),
            agent: client.agent.chars().take(300).collect(),
        };
        let id = SessionId(self.parts().ids.uuid());
        let session = NewSession { company, id, person, token: rules::digest(&token), client: &client };
        store::sessions::insert(tx, session, self.now()).await?;
        store::companies::note_use(tx, company, person, self.now()).await?;
        store::people::set_company(tx, person, company).await?;
        Ok(token)
    }

    pub(super) async fn end_own_session(&self, actor: &Actor) -> Result<(), Fault> {
        let (user, session) = rules::person_of(actor)?;
        let mut tx = self.begin(Scope::System).await?;
        store::sessions::end(&mut tx, user, session).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn behind_session(&self, token: &Secret, client: &Client) -> Result<Option<Actor>, Fault> {
        let mut tx = self.read(Scope::System).await?;
        let live = store::sessions::by_token(&mut tx, rules::digest(token)).await?;
        drop(tx);
        let now = self.now();
        let Some(live) = live.filter(|s| !rules::session_is_over(s.created, s.seen, now)) else { return Ok(None) };
        if rules::seen_is_stale(live.seen, now) {
            // A full disk or a busy writer must not lock people out.
            if let Err(error) = self.note_use(&live, client).await {
                tracing::warn!(%error, "the use of a session was not noted");
            }
        }
        let who = Who::User { user: live.person, session: live.id };
        Ok(Some(Actor { who, company: live.company, role: live.role, scopes: None }))
    }

    async fn note_use(&self, live: &Live, client: &Client) -> Result<(), Fault> {
        let address: String = client.address.chars().take(64).collect();
        let mut tx = self.begin(Scope::System).await?;
        store::sessions::touch(&mut tx, live, &address, self.now()).await?;
        store::companies::note_use(&mut tx, live.company, live.person, self.now()).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn behind_key(&self, key: &Secret) -> Result<Option<Actor>, Fault> {
        if !key.0.trim().starts_with(rules::KEY_MARK) {
            return Ok(None);
        }
        let mut tx = self.read(Scope::System).await?;
        let found = store::keys::by_token(&mut tx, rules::digest(key)).await?;
        drop(tx);
        let Some((company, key)) = found else { return Ok(None) };
        if key.used.is_none_or(|used| rules::seen_is_stale(used, self.now())) {
            let noted = async {
                let mut tx = self.begin(company).await?;
                store::keys::touch(&mut tx, company, key.id, self.now()).await?;
                Ok::<_, Fault>(tx.commit().await?)
            };
            if let Err(error) = noted.await {
                tracing::warn!(%error, "the use of an API key was not noted");
            }
        }
        Ok(Some(Actor { who: Who::ApiKey(key.id), company, role: Role::Owner, scopes: Some(key.scopes) }))
    }
}
