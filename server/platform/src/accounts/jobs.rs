//! Mail and housekeeping, in the background.
//!
//! Mail is always a job, also where nobody is to be written to: the time of an answer must not tell whether an address
//! is known.

use super::service::Service;
use super::{rules, store};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use contract::accounts::Secret;
use contract::{CompanyId, Fault, InvitationId};
use jobs::{Job, JobError, JobRun, Registry, Schedule};
use kernel::Scope;
use kernel::fault::broken;
use kernel::vault::Vault;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Makes the jobs of accounts known, and sweeps every hour.
pub(super) fn register(registry: &mut Registry, service: &Service) {
    let service = Arc::new(service.clone());
    registry
        .add::<ResetMail>(Arc::clone(&service))
        .add::<InvitationMail>(Arc::clone(&service))
        .add::<Sweep>(service)
        .repeat("accounts.sweep", Schedule::Every(Duration::from_secs(3600)), &Sweep {});
}

/// Mails a link to set a new password, if there is such a person and a sender.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResetMail {
    /// Whoever was asked for, in its one spelling.
    pub email: String,
}

impl Job for ResetMail {
    const NAME: &'static str = "accounts.reset_mail";
    const TIMEOUT: Duration = Duration::from_secs(120);
    type Context = Service;

    // Run twice, it mails a second link that makes the first one worthless.
    async fn run(self, service: &Service, _: &JobRun) -> Result<(), JobError> {
        let mut tx = service.read(Scope::System).await?;
        let Some(person) = store::people::by_email(&mut tx, &self.email).await? else { return Ok(()) };
        let home = store::companies::of_person(&mut tx, person.id).await?.first().map(|m| m.company);
        drop(tx);
        let Some(link) = service.reset_link(&self.email).await? else { return Ok(()) };
        let subject = "Set a new password for Lux";
        let text = format!(
            "Hello {},\n\nsomebody asked for a new password for {}. Set it here within one hour:\n\n{link}\n\n\
             If it was not you, do nothing: your password stays as it is.\n",
            person.name, person.email
        );
        // The company a person came from may write to them in any case; the one they joined last may be a stranger's,
        // whose mail server would read the link.
        let post = &service.parts().post;
        let is_sent = post.post(None, &person.email, subject, &text).await?
            || (home.is_some() && post.post(home, &person.email, subject, &text).await?);
        if !is_sent {
            tracing::warn!("a password reset was asked for, but no sender is set up: use lux admin reset-link");
        }
        Ok(())
    }
}

/// Mails the link of an invitation that still stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InvitationMail {
    /// Who invites.
    pub company: CompanyId,
    /// Which invitation.
    pub invitation: InvitationId,
    /// The token, sealed for this invitation and written in base 64: a job's row is no place for a secret.
    pub sealed: String,
}

const KIND: &str = "invitation";

impl InvitationMail {
    /// Seals the token for its way through the queue.
    pub(super) fn new(vault: &Vault, company: CompanyId, id: InvitationId, token: &Secret) -> Result<Self, Fault> {
        let token = SecretString::from(token.0.clone());
        let sealed = BASE64.encode(vault.seal(company, KIND, &id.to_string(), &token)?);
        Ok(Self { company, invitation: id, sealed })
    }

    fn token(&self, vault: &Vault) -> Result<Secret, Fault> {
        let sealed = BASE64.decode(&self.sealed).map_err(broken)?;
        let token = vault.open(self.company, KIND, &self.invitation.to_string(), &sealed)?;
        Ok(Secret(token.expose_secret().to_owned()))
    }
}

impl Job for InvitationMail {
    const NAME: &'static str = "accounts.invitation_mail";
    const TIMEOUT: Duration = Duration::from_secs(120);
    type Context = Service;

    // Run twice, it mails the same link again.
    async fn run(self, service: &Service, _: &JobRun) -> Result<(), JobError> {
        let now = service.now();
        let mut tx = service.read(self.company).await?;
        let invitation = store::invitations::find(&mut tx, self.company, self.invitation, now).await?;
        let company = store::companies::find(&mut tx, self.company).await?;
        drop(tx);
        let (Some(invitation), Some(company)) = (invitation, company) else { return Ok(()) };
        let link = service.link("invite", &self.token(&service.parts().vault)?);
        let company = service.shown(company);
        let subject = format!("Join {} on Lux", company.name);
        let text = format!(
            "Hello,\n\n{} invites you to Lux as {}. Take it up here:\n\n{link}\n\nThe link works until {}.\n",
            company.name,
            invitation.role,
            company.zone.full(invitation.expires)
        );
        if !service.parts().post.post(Some(company.id), &invitation.email, &subject, &text).await? {
            tracing::warn!(company = %company.id, "an invitation was not mailed, because the sender is gone");
        }
        Ok(())
    }
}

/// Deletes sessions, invitations and links that are over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sweep {}

impl Job for Sweep {
    const NAME: &'static str = "accounts.sweep";
    const TIMEOUT: Duration = Duration::from_secs(120);
    type Context = Service;

    async fn run(self, service: &Service, _: &JobRun) -> Result<(), JobError> {
        let now = service.now();
        let mut tx = service.begin(Scope::System).await?;
        let idle = now.plus_seconds(-rules::SESSION_IDLE);
        store::sessions::sweep(&mut tx, idle, now.plus_seconds(-rules::SESSION_LIFE)).await?;
        store::invitations::sweep(&mut tx, now).await?;
        store::links::sweep_resets(&mut tx, now).await?;
        Ok(tx.commit().await?)
    }
}
