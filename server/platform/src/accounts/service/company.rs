//! Companies: changing one, making another, moving between them.

use super::Service;
use crate::accounts::{rules, store};
use contract::accounts::{Company, CompanyChange};
use contract::{Actor, Capability, CompanyId, Fault, Zone};
use kernel::Scope;
use serde_json::json;
use store::companies::CompanyRow;

impl Service {
    /// A company with its zone as a table. A zone that a newer version knew and this one does not is shown as UTC.
    pub(in crate::accounts) fn shown(&self, row: CompanyRow) -> Company {
        let zone = kernel::zone::around(&row.zone, self.now()).unwrap_or_else(|_| Zone::utc());
        Company { id: row.id, name: row.name, zone, address: row.address, website: row.website }
    }

    pub(super) async fn move_to(&self, actor: &Actor, company: CompanyId) -> Result<(), Fault> {
        let (user, session) = rules::person_of(actor)?;
        let mut tx = self.begin(Scope::System).await?;
        if store::companies::role(&mut tx, company, user).await?.is_none() {
            return Err(Fault::missing("Company"));
        }
        store::sessions::move_to(&mut tx, user, session, company).await?;
        store::people::set_company(&mut tx, user, company).await?;
        Ok(tx.commit().await?)
    }

    /// Only who runs a company may make another one: an invited viewer is a guest of this Lux.
    pub(super) async fn found_company(&self, actor: &Actor, change: CompanyChange) -> Result<CompanyId, Fault> {
        actor.require(Capability::CompanyManage)?;
        let (user, session) = rules::person_of(actor)?;
        let change = rules::check_company(change, kernel::zone::exists)?;
        let mut tx = self.begin(Scope::System).await?;
        let company = self.insert_company(&mut tx, &change, user).await?;
        store::sessions::move_to(&mut tx, user, session, company).await?;
        store::people::set_company(&mut tx, user, company).await?;
        tx.commit().await?;
        Ok(company)
    }

    pub(super) async fn change_company(&self, actor: &Actor, change: CompanyChange) -> Result<(), Fault> {
        actor.require(Capability::CompanyManage)?;
        let change = rules::check_company(change, kernel::zone::exists)?;
        let company = actor.company;
        let mut tx = self.begin(company).await?;
        store::companies::update(&mut tx, company, &change).await?;
        kernel::outbox::record(
            &mut tx,
            company,
            "company.changed",
            company,
            &json!({ "name": change.name }),
            self.now(),
        );
        Ok(tx.commit().await?)
    }
}
