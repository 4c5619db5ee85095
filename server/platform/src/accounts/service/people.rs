//! Who is in the company and as what.

use super::Service;
use crate::accounts::{rules, store};
use contract::accounts::People;
use contract::{Actor, Capability, Fault, Role, UserId};
use serde_json::json;

impl Service {
    pub(super) async fn members(&self, actor: &Actor) -> Result<People, Fault> {
        actor.require(Capability::PeopleRead)?;
        let mut tx = self.read(actor.company).await?;
        let people = store::companies::members(&mut tx, actor.company).await?;
        let invitations = store::invitations::list(&mut tx, actor.company, self.now()).await?;
        Ok(People { people, invitations })
    }

    pub(super) async fn give_role(&self, actor: &Actor, user: UserId, role: Role) -> Result<(), Fault> {
        actor.require(Capability::PeopleManage)?;
        rules::refuse_role_above(actor, role)?;
        let company = actor.company;
        let mut tx = self.begin(company).await?;
        store::companies::lock(&mut tx, company).await?;
        let theirs = store::companies::role(&mut tx, company, user).await?.ok_or_else(|| Fault::missing("Person"))?;
        rules::refuse_person_above(actor, theirs)?;
        rules::refuse_last_owner(theirs, Some(role), store::companies::owners(&mut tx, company).await?)?;
        store::companies::set_role(&mut tx, company, user, role).await?;
        let details = json!({ "role": role, "before": theirs });
        kernel::outbox::record(&mut tx, company, "person.role_changed", user, &details, self.now());
        Ok(tx.commit().await?)
    }

    /// Everybody may leave; taking others out is for who manages people.
    pub(super) async fn take_out(&self, actor: &Actor, user: UserId) -> Result<(), Fault> {
        let is_self = actor.user() == Some(user);
        if !is_self {
            actor.require(Capability::PeopleManage)?;
        }
        let company = actor.company;
        let mut tx = self.begin(company).await?;
        store::companies::lock(&mut tx, company).await?;
        let theirs = store::companies::role(&mut tx, company, user).await?.ok_or_else(|| Fault::missing("Person"))?;
        if !is_self {
            rules::refuse_person_above(actor, theirs)?;
        }
        rules::refuse_last_owner(theirs, None, store::companies::owners(&mut tx, company).await?)?;
        store::companies::leave(&mut tx, company, user).await?;
        kernel::outbox::record(&mut tx, company, "person.left", user, &json!({ "role": theirs }), self.now());
        Ok(tx.commit().await?)
    }
}
