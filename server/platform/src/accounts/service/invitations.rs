//! Offering a membership by link, and taking it up.

use super::Service;
use crate::accounts::jobs::InvitationMail;
use crate::accounts::store::invitations::Offer;
use crate::accounts::{rules, store};
use contract::accounts::{AcceptInvitation, Invitation, InvitationView, Invited, Secret};
use contract::fault::Refusals;
use contract::{Actor, Capability, Client, Fault, InvitationId, Role, UserId};
use jobs::Options;
use kernel::{Scope, Tx};
use serde_json::json;

fn over() -> Fault {
    Fault::missing("This invitation")
}

fn wrong_password() -> Fault {
    Fault::invalid("password", "This is not the password of your account. You can set a new one by mail.")
}

impl Service {
    pub(super) async fn make_invitation(&self, actor: &Actor, email: &str, role: Role) -> Result<Invited, Fault> {
        actor.require(Capability::PeopleManage)?;
        rules::refuse_role_above(actor, role)?;
        let mut refusals = Refusals::new();
        let email = rules::check_email(&mut refusals, email);
        refusals.done()?;
        let company = actor.company;
        self.limits().invite(company).await?;
        let mailed = self.parts().post.ready(Some(company)).await?;
        let (now, token) = (self.now(), self.token());
        let id = InvitationId(self.parts().ids.uuid());
        let expires = now.plus_seconds(rules::INVITATION_LIFE);
        let invitation = Invitation { id, email, role, created: now, expires };
        let mut tx = self.begin(company).await?;
        if let Some(person) = store::people::by_email(&mut tx, &invitation.email).await?
            && store::companies::role(&mut tx, company, person.id).await?.is_some()
        {
            return Err(Fault::invalid("email", format!("{} is in this company already.", person.name)));
        }
        store::invitations::replace(&mut tx, company, &invitation, rules::digest(&token)).await?;
        let details = json!({ "email": invitation.email, "role": role });
        kernel::outbox::record(&mut tx, company, "invitation.made", id, &details, now);
        if mailed {
            let mail = InvitationMail::new(&self.parts().vault, company, id, &token)?;
            self.queue().enqueue(&mut tx, &mail, Options::default()).await?;
        }
        tx.commit().await?;
        Ok(Invited { invitation, link: self.link("invite", &token), mailed })
    }

    pub(super) async fn take_back(&self, actor: &Actor, id: InvitationId) -> Result<(), Fault> {
        actor.require(Capability::PeopleManage)?;
        let mut tx = self.begin(actor.company).await?;
        if !store::invitations::delete(&mut tx, actor.company, id).await? {
            return Err(Fault::missing("Invitation"));
        }
        kernel::outbox::record(&mut tx, actor.company, "invitation.revoked", id, &json!({}), self.now());
        Ok(tx.commit().await?)
    }

    pub(super) async fn offer(&self, token: &Secret) -> Result<InvitationView, Fault> {
        let mut tx = self.read(Scope::System).await?;
        let offer = store::invitations::by_token(&mut tx, rules::digest(token), self.now()).await?.ok_or_else(over)?;
        let known = store::people::by_email(&mut tx, &offer.email).await?.is_some();
        Ok(InvitationView { company: offer.company_name, email: offer.email, role: offer.role, known })
    }

    pub(super) async fn accept(&self, request: AcceptInvitation, client: Client) -> Result<Secret, Fault> {
        self.limits().token(&client).await?;
        let mut tx = self.read(Scope::System).await?;
        let token = rules::digest(&request.token);
        let offer = store::invitations::by_token(&mut tx, token, self.now()).await?.ok_or_else(over)?;
        let is_known = store::people::by_email(&mut tx, &offer.email).await?.is_some();
        drop(tx);
        if is_known {
            self.accept_known(request, offer, &client).await
        } else {
            self.accept_new(request, offer, &client).await
        }
    }

    async fn accept_known(&self, request: AcceptInvitation, offer: Offer, client: &Client) -> Result<Secret, Fault> {
        let person = self.known_person(&offer.email, &request.password, client, wrong_password).await?;
        if person.totp.is_some() {
            let code = request.code.filter(|code| !code.trim().is_empty());
            let wanted = || Fault::invalid("code", "Enter the six digits that your authenticator shows.");
            self.check_code(&person, &code.ok_or_else(wanted)?).await?;
        }
        let mut tx = self.begin(Scope::System).await?;
        self.join(&mut tx, &offer, person.id, &person.name).await?;
        let token = self.open_session(&mut tx, person.id, offer.company, client).await?;
        tx.commit().await?;
        Ok(token)
    }

    async fn accept_new(&self, request: AcceptInvitation, offer: Offer, client: &Client) -> Result<Secret, Fault> {
        let name = rules::tidy(&request.name);
        let mut refusals = Refusals::new();
        rules::check_name(&mut refusals, "name", "your name", &name);
        if let Some(why) = rules::refuse_password(&request.password, &offer.email) {
            refusals.push("password", why);
        }
        refusals.done()?;
        let hash = self.hash(&request.password).await?;
        let mut tx = self.begin(Scope::System).await?;
        let user = self.insert_person(&mut tx, &offer.email, &name, &hash).await?;
        self.join(&mut tx, &offer, user, &name).await?;
        let token = self.open_session(&mut tx, user, offer.company, client).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Uses the invitation up. Somebody who is a member meanwhile keeps the role they have.
    async fn join(&self, tx: &mut Tx, offer: &Offer, user: UserId, name: &str) -> Result<(), Fault> {
        if !store::invitations::delete(tx, offer.company, offer.id).await? {
            return Err(over());
        }
        if store::companies::role(tx, offer.company, user).await?.is_some() {
            return Ok(());
        }
        store::companies::join(tx, offer.company, user, offer.role, self.now()).await?;
        let details = json!({ "name": name, "role": offer.role });
        kernel::outbox::record(tx, offer.company, "person.joined", user, &details, self.now());
        Ok(())
    }
}
