//! The first start: the token in the log, the owner, the first company.

use super::Service;
use crate::accounts::store::people::NewPerson;
use crate::accounts::{rules, store};
use contract::accounts::{CompanyChange, CreateOwner, Secret};
use contract::fault::Refusals;
use contract::{Client, CompanyId, Fault, Role, UserId};
use kernel::{Scope, Tx};
use serde_json::json;

/// Owner and company, checked and tidied.
pub(super) struct Founding {
    pub company: CompanyChange,
    pub name: String,
    pub email: String,
}

impl Service {
    pub(super) async fn is_new(&self) -> Result<bool, Fault> {
        let mut tx = self.read(Scope::System).await?;
        Ok(!store::people::any(&mut tx).await?)
    }

    /// The one-time token that makes the owner, while there is no user; only its hash is kept. For the log of the first
    /// start. Tokens of earlier starts stay good until one is used.
    pub async fn setup_token(&self) -> Result<Option<Secret>, Fault> {
        let mut tx = self.begin(Scope::System).await?;
        if store::people::any(&mut tx).await? {
            return Ok(None);
        }
        let token = self.token();
        store::links::add_setup(&mut tx, rules::digest(&token), self.now()).await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    pub(super) async fn make_owner(&self, request: CreateOwner, client: Client) -> Result<Secret, Fault> {
        let done = || Fault::conflict("The owner is there already. Sign in, or ask for an invitation.");
        let wrong = || {
            let way = "This is not the token of this Lux. Copy it from the log of the start, or run lux admin create.";
            Fault::invalid("token", way)
        };
        self.limits().token(&client).await?;
        let token = rules::digest(&request.token);
        let mut tx = self.read(Scope::System).await?;
        if store::people::any(&mut tx).await? {
            return Err(done());
        }
        if !store::links::has_setup(&mut tx, &token).await? {
            return Err(wrong());
        }
        drop(tx);
        let founding = founding(&request.company, &request.zone, &request.name, &request.email, &request.password)?;
        let hash = self.hash(&request.password).await?;
        let mut tx = self.begin(Scope::System).await?;
        if !store::links::take_setup(&mut tx, &token).await? || store::people::any(&mut tx).await? {
            return Err(done());
        }
        let user = self.insert_person(&mut tx, &founding.email, &founding.name, &hash).await?;
        let company = self.insert_company(&mut tx, &founding.company, user).await?;
        let token = self.open_session(&mut tx, user, company, &client).await?;
        tx.commit().await?;
        Ok(token)
    }

    pub(super) async fn insert_person(
        &self,
        tx: &mut Tx,
        email: &str,
        name: &str,
        password: &str,
    ) -> Result<UserId, Fault> {
        let id = UserId(self.parts().ids.uuid());
        let inserted = store::people::insert(tx, NewPerson { id, email, name, password }, self.now()).await;
        match inserted {
            Err(error) if error.violates("email") => {
                Err(Fault::conflict("An account with this address was made meanwhile. Load the page again."))
            }
            other => Ok(other.map(|()| id)?),
        }
    }

    /// A new company and its first owner.
    pub(super) async fn insert_company(
        &self,
        tx: &mut Tx,
        company: &CompanyChange,
        owner: UserId,
    ) -> Result<CompanyId, Fault> {
        let id = CompanyId(self.parts().ids.uuid());
        let now = self.now();
        store::companies::insert(tx, id, company, now).await?;
        store::companies::join(tx, id, owner, Role::Owner, now).await?;
        let details = json!({ "name": company.name, "owner": owner });
        kernel::outbox::record(tx, id, "company.created", id, &details, now);
        Ok(id)
    }
}

/// Checks everything at once, under the names that the first page and the command line use.
pub(super) fn founding(
    company: &str,
    zone: &str,
    name: &str,
    email: &str,
    password: &Secret,
) -> Result<Founding, Fault> {
    let (company, name, zone) = (rules::tidy(company), rules::tidy(name), zone.trim().to_owned());
    let mut refusals = Refusals::new();
    rules::check_name(&mut refusals, "company", "the name of the company", &company);
    rules::check_zone(&mut refusals, kernel::zone::exists(&zone));
    rules::check_name(&mut refusals, "name", "your name", &name);
    let email = rules::check_email(&mut refusals, email);
    if let Some(why) = rules::refuse_password(password, &email) {
        refusals.push("password", why);
    }
    refusals.done()?;
    let company = CompanyChange { name: company, zone, address: String::new(), website: String::new() };
    Ok(Founding { company, name, email })
}
