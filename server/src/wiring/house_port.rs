//! The platform cluster as the others see it: companies, zones, names; and who still needs a list.

use async_trait::async_trait;
use audience::ports::{ListUse, Names, Zones};
use contract::{CompanyId, Fault, ListId, UserId, Who, Zone};
use kernel::{Db, DbError};
use messaging::ports::{Companies, CompanyInfo};

/// Joins the ports of audience and messaging to accounts and campaigns.
pub struct House {
    /// Accounts.
    pub accounts: platform::accounts::Service,
    /// Database.
    pub db: Db,
}

#[async_trait]
impl Companies for House {
    async fn get(&self, company: CompanyId) -> Result<CompanyInfo, DbError> {
        let found = self.accounts.company(company).await?;
        let found = found.ok_or(DbError::RowsAffected { expected: 1, actual: 0 })?;
        Ok(CompanyInfo { name: found.name, address: found.address, website: found.website, zone: found.zone })
    }

    async fn user_name(&self, _: CompanyId, user: UserId) -> Result<Option<String>, DbError> {
        self.accounts.person_name(user).await
    }
}

#[async_trait]
impl Zones for House {
    async fn zone(&self, company: CompanyId) -> Result<Zone, Fault> {
        let found = self.accounts.company(company).await?;
        found.map(|c| c.zone).ok_or_else(|| Fault::missing("Company"))
    }
}

#[async_trait]
impl Names for House {
    async fn name(&self, _: CompanyId, who: Who) -> Result<String, Fault> {
        Ok(match who {
            Who::User { user, .. } => {
                self.accounts.person_name(user).await?.unwrap_or_else(|| "A person who left".into())
            }
            Who::ApiKey(_) => "An API key".into(),
            Who::System => "Lux".into(),
        })
    }
}

#[async_trait]
impl ListUse for House {
    async fn campaign_naming(&self, company: CompanyId, list: ListId) -> Result<Option<String>, Fault> {
        let mut tx = self.db.read(company).await?;
        Ok(messaging::campaigns::naming_list(&mut tx, company, list).await?)
    }
}
