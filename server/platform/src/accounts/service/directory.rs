//! What the other clusters may know of companies and people, without an actor: joined to their ports by the server.

use super::Service;
use crate::accounts::store;
use contract::accounts::Company;
use contract::{CompanyId, UserId};
use kernel::{DbError, Scope};

impl Service {
    /// The company, with its zone as a table.
    pub async fn company(&self, id: CompanyId) -> Result<Option<Company>, DbError> {
        let mut tx = self.parts().db.read(Scope::System).await?;
        Ok(store::companies::find(&mut tx, id).await?.map(|row| self.shown(row)))
    }

    /// What a person is called.
    pub async fn person_name(&self, user: UserId) -> Result<Option<String>, DbError> {
        let mut tx = self.parts().db.read(Scope::System).await?;
        Ok(store::people::find(&mut tx, user).await?.map(|person| person.name))
    }
}
