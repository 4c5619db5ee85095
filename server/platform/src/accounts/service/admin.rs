//! What the server's own terminal may do: no actor, because whoever reads the database file needs none.

use super::Service;
use super::setup::founding;
use crate::accounts::{rules, store};
use contract::accounts::Secret;
use contract::{CompanyId, Fault, Role, UserId};
use kernel::Scope;
use serde_json::json;

/// Somebody who is to run a company, for `lux admin create`.
#[derive(Clone, Debug)]
pub struct NewAdmin {
    /// Address to sign in with.
    pub email: String,
    /// Name.
    pub name: String,
    /// The company: joined as an owner when there is exactly one of that name, else made.
    pub company: String,
    /// IANA zone of a new company.
    pub zone: String,
    /// At least 10 characters.
    pub password: Secret,
}

impl Service {
    /// Makes a person who owns a company, at any time.
    pub async fn create_admin(&self, new: NewAdmin) -> Result<(UserId, CompanyId), Fault> {
        let founding = founding(&new.company, &new.zone, &new.name, &new.email, &new.password)?;
        let hash = self.hash(&new.password).await?;
        let mut tx = self.begin(Scope::System).await?;
        if store::people::by_email(&mut tx, &founding.email).await?.is_some() {
            return Err(Fault::invalid(
                "email",
                "An account with this address exists. Use lux admin reset-link for a new password.",
            ));
        }
        let user = self.insert_person(&mut tx, &founding.email, &founding.name, &hash).await?;
        let mut same = store::companies::list(&mut tx).await?;
        same.retain(|(_, name)| *name == founding.company.name);
        let company = match same.as_slice() {
            [(company, _)] => {
                store::companies::join(&mut tx, *company, user, Role::Owner, self.now()).await?;
                let details = json!({ "name": founding.name, "role": Role::Owner });
                kernel::outbox::record(&mut tx, *company, "person.joined", user, &details, self.now());
                *company
            }
            _ => self.insert_company(&mut tx, &founding.company, user).await?,
        };
        tx.commit().await?;
        Ok((user, company))
    }

    /// A link to set a new password, for an admin to hand over: nothing for an unknown address. Works for one hour and
    /// makes an earlier link worthless.
    pub async fn reset_link(&self, email: &str) -> Result<Option<String>, Fault> {
        let mut tx = self.begin(Scope::System).await?;
        let Some(person) = store::people::by_email(&mut tx, &rules::spelling(email)).await? else { return Ok(None) };
        let token = self.token();
        let expires = self.now().plus_seconds(rules::RESET_LIFE);
        store::links::put_reset(&mut tx, person.id, rules::digest(&token), expires).await?;
        tx.commit().await?;
        Ok(Some(self.link("reset", &token)))
    }

    /// All companies of this Lux, oldest first.
    pub async fn companies(&self) -> Result<Vec<(CompanyId, String)>, Fault> {
        let mut tx = self.read(Scope::System).await?;
        Ok(store::companies::list(&mut tx).await?)
    }
}
