//! One's own name, password, sessions and preferences.

use super::Service;
use crate::accounts::{rules, store};
use contract::accounts::{Me, Secret, SessionRow};
use contract::fault::Refusals;
use contract::{Actor, Fault, Micros, SessionId};
use kernel::Scope;
use serde::de::IgnoredAny;
use serde_json::json;

/// How many preferences a person may keep in one company.
const PREFERENCES: i64 = 200;

impl Service {
    pub(super) async fn profile(&self, actor: &Actor) -> Result<Me, Fault> {
        let (user, _) = rules::person_of(actor)?;
        let mut tx = self.read(Scope::System).await?;
        let person = store::people::find(&mut tx, user).await?.ok_or(Fault::Unauthenticated)?;
        let mut companies = store::companies::of_person(&mut tx, user).await?;
        let company = store::companies::find(&mut tx, actor.company).await?.ok_or(Fault::Unauthenticated)?;
        drop(tx);
        companies.sort_by_cached_key(|m| m.name.to_lowercase());
        Ok(Me {
            user,
            name: person.name,
            email: person.email,
            company: self.shown(company),
            role: actor.role,
            companies,
            totp: person.totp.is_some(),
            now: self.now(),
        })
    }

    pub(super) async fn rename(&self, actor: &Actor, name: &str) -> Result<(), Fault> {
        let (user, _) = rules::person_of(actor)?;
        let name = rules::tidy(name);
        let mut refusals = Refusals::new();
        rules::check_name(&mut refusals, "name", "your name", &name);
        refusals.done()?;
        let mut tx = self.begin(Scope::System).await?;
        store::people::rename(&mut tx, user, &name).await?;
        for member in store::companies::of_person(&mut tx, user).await? {
            let details = json!({ "name": name });
            kernel::outbox::record(&mut tx, member.company, "person.changed", user, &details, self.now());
        }
        Ok(tx.commit().await?)
    }

    pub(super) async fn exchange_password(&self, actor: &Actor, current: Secret, new: Secret) -> Result<(), Fault> {
        let (user, session) = rules::person_of(actor)?;
        let person = self.person(actor).await?;
        self.limits().confirm(user).await?;
        if !self.passwords().is_right(&current, Some(&person.password)).await? {
            return Err(Fault::invalid("current", "This is not your current password."));
        }
        if let Some(why) = rules::refuse_password(&new, &person.email) {
            return Err(Fault::invalid("new", why));
        }
        if new == current {
            return Err(Fault::invalid("new", "This is the password you have. Choose another one."));
        }
        let hash = self.hash(&new).await?;
        let mut tx = self.begin(Scope::System).await?;
        store::people::set_password(&mut tx, user, &hash).await?;
        store::sessions::end_others(&mut tx, user, session).await?;
        // A link that was mailed before must not undo this.
        store::links::drop_reset(&mut tx, user).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn own_sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>, Fault> {
        let (user, current) = rules::person_of(actor)?;
        let seen = self.now().plus_seconds(-rules::SESSION_IDLE);
        let created = self.now().plus_seconds(-rules::SESSION_LIFE);
        let mut tx = self.read(Scope::System).await?;
        let rows = store::sessions::of_person(&mut tx, user, seen, created).await?;
        let row = |row: store::sessions::Listed| SessionRow {
            id: row.id,
            device: rules::device(&row.agent),
            address: row.address,
            created: Micros(row.created_at),
            seen: Micros(row.seen_at),
            current: row.id == current,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    pub(super) async fn end_session(&self, actor: &Actor, session: SessionId) -> Result<(), Fault> {
        let (user, _) = rules::person_of(actor)?;
        let mut tx = self.begin(Scope::System).await?;
        if !store::sessions::end(&mut tx, user, session).await? {
            return Err(Fault::missing("Session"));
        }
        Ok(tx.commit().await?)
    }

    pub(super) async fn end_other_sessions(&self, actor: &Actor) -> Result<i64, Fault> {
        let (user, session) = rules::person_of(actor)?;
        let mut tx = self.begin(Scope::System).await?;
        let ended = store::sessions::end_others(&mut tx, user, session).await?;
        tx.commit().await?;
        Ok(i64::try_from(ended).unwrap_or(i64::MAX))
    }

    pub(super) async fn stored_preference(&self, actor: &Actor, name: &str) -> Result<Option<String>, Fault> {
        let (user, _) = rules::person_of(actor)?;
        let mut tx = self.read(actor.company).await?;
        Ok(store::preferences::get(&mut tx, actor.company, user, name).await?)
    }

    pub(super) async fn store_preference(&self, actor: &Actor, name: &str, value: &str) -> Result<(), Fault> {
        let (user, _) = rules::person_of(actor)?;
        let mut refusals = Refusals::new();
        let is_json = serde_json::from_str::<IgnoredAny>(value).is_ok();
        refusals
            .check(
                !rules::is_preference_name(name),
                "name",
                "Name it in 1 to 80 lower-case letters, digits, dots and dashes.",
            )
            .check(value.len() > rules::PREFERENCE_MAX, "value", "Shorten the value to 20,000 bytes.")
            .check(!is_json, "value", "The value must be JSON.");
        refusals.done()?;
        let mut tx = self.begin(actor.company).await?;
        let is_new = store::preferences::get(&mut tx, actor.company, user, name).await?.is_none();
        if is_new && store::preferences::count(&mut tx, actor.company, user).await? >= PREFERENCES {
            return Err(Fault::conflict("You keep too many preferences in this company."));
        }
        store::preferences::put(&mut tx, actor.company, user, (name, value), self.now()).await?;
        Ok(tx.commit().await?)
    }
}
