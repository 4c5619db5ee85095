//! Six digits from a phone besides the password. The secret is sealed for its person; a code works once.

use super::Service;
use crate::accounts::store::people::PersonRow;
use crate::accounts::{rules, store};
use contract::accounts::{Secret, TotpSetup};
use contract::{Actor, CompanyId, Fault, UserId};
use kernel::Scope;
use kernel::fault::broken;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

/// People are above companies, so their secrets are sealed under none.
const NO_COMPANY: CompanyId = CompanyId(Uuid::nil());
const KIND: &str = "totp";

fn wrong_code() -> Fault {
    Fault::invalid(
        "code",
        "This code is not right, or was used already. Wait for the next one and check the phone's clock.",
    )
}

impl Service {
    pub(super) async fn begin_totp(&self, actor: &Actor) -> Result<TotpSetup, Fault> {
        let person = self.person(actor).await?;
        let mut bytes = [0; 20];
        self.parts().ids.fill(&mut bytes);
        let secret = rules::base32(&bytes);
        let setup = rules::qr(&secret, &person.email).ok_or_else(|| broken("the address does not fit a QR code"))?;
        let sealed = self.parts().vault.seal(NO_COMPANY, KIND, &person.id.to_string(), &SecretString::from(secret))?;
        let mut tx = self.begin(Scope::System).await?;
        if !store::people::totp_pending(&mut tx, person.id, &sealed).await? {
            return Err(Fault::conflict("Your authenticator is on already. Turn it off first to set up another one."));
        }
        tx.commit().await?;
        Ok(setup)
    }

    pub(super) async fn confirm_totp(&self, actor: &Actor, code: &str) -> Result<(), Fault> {
        let person = self.person(actor).await?;
        let none = || Fault::conflict("There is nothing to confirm. Begin again with a new QR code.");
        self.limits().code(person.id).await?;
        let secret = self.totp_secret(person.id, person.totp_pending.as_deref().ok_or_else(none)?)?;
        // What an earlier authenticator used does not matter for this one.
        let step = rules::matching_step(&secret, code, self.now().seconds(), 0).ok_or_else(wrong_code)?;
        let mut tx = self.begin(Scope::System).await?;
        if !store::people::totp_on(&mut tx, person.id, step).await? {
            return Err(none());
        }
        Ok(tx.commit().await?)
    }

    pub(super) async fn disable_totp(&self, actor: &Actor, password: Secret) -> Result<(), Fault> {
        let person = self.person(actor).await?;
        self.limits().confirm(person.id).await?;
        if !self.passwords().is_right(&password, Some(&person.password)).await? {
            return Err(Fault::invalid("password", "This is not your password."));
        }
        let mut tx = self.begin(Scope::System).await?;
        store::people::totp_off(&mut tx, person.id).await?;
        Ok(tx.commit().await?)
    }

    /// Takes the digits of somebody whose password was right. Does nothing where the authenticator is off.
    pub(super) async fn check_code(&self, person: &PersonRow, code: &str) -> Result<(), Fault> {
        let Some(sealed) = &person.totp else { return Ok(()) };
        self.limits().code(person.id).await?;
        let secret = self.totp_secret(person.id, sealed)?;
        let now = self.now().seconds();
        let step = rules::matching_step(&secret, code, now, person.totp_step).ok_or_else(wrong_code)?;
        let mut tx = self.begin(Scope::System).await?;
        if !store::people::totp_used(&mut tx, person.id, step).await? {
            return Err(wrong_code());
        }
        Ok(tx.commit().await?)
    }

    fn totp_secret(&self, person: UserId, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        let secret = self.parts().vault.open(NO_COMPANY, KIND, &person.to_string(), sealed)?;
        rules::unbase32(secret.expose_secret()).ok_or_else(|| broken("a stored authenticator secret is not base 32"))
    }
}
