//! A new password without the old one. The answer and its time are the same for every address: a job looks up who it is.

use super::Service;
use crate::accounts::jobs::ResetMail;
use crate::accounts::{rules, store};
use contract::accounts::Secret;
use contract::fault::Refusals;
use contract::{Client, Fault};
use jobs::Options;
use kernel::Scope;

impl Service {
    pub(super) async fn ask_for_reset(&self, email: &str, client: &Client) -> Result<(), Fault> {
        let mut refusals = Refusals::new();
        let email = rules::check_email(&mut refusals, email);
        refusals.done()?;
        self.limits().reset_from(client).await?;
        if !self.limits().reset_to(&email).await? {
            return Ok(());
        }
        let mut tx = self.begin(Scope::System).await?;
        let key = Options::default().key(&email);
        self.queue().enqueue(&mut tx, &ResetMail { email }, key).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn reset(&self, token: Secret, password: Secret, client: &Client) -> Result<(), Fault> {
        let over = || Fault::missing("This link");
        self.limits().token(client).await?;
        let token = rules::digest(&token);
        let mut tx = self.read(Scope::System).await?;
        let user = store::links::find_reset(&mut tx, token.clone(), self.now()).await?.ok_or_else(over)?;
        let person = store::people::find(&mut tx, user).await?.ok_or_else(over)?;
        drop(tx);
        if let Some(why) = rules::refuse_password(&password, &person.email) {
            return Err(Fault::invalid("password", why));
        }
        let hash = self.hash(&password).await?;
        let mut tx = self.begin(Scope::System).await?;
        if !store::links::take_reset(&mut tx, token, self.now()).await? {
            return Err(over());
        }
        store::people::set_password(&mut tx, user, &hash).await?;
        store::sessions::end_all(&mut tx, user).await?;
        Ok(tx.commit().await?)
    }
}
