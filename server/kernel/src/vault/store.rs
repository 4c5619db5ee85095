//! The table of sealed secrets.

use super::{Vault, VaultError};
use crate::db::{DbError, Tx};
use contract::{CompanyId, Micros};
use secrecy::SecretString;

crate::sql! {
    PUT = "INSERT INTO secret (company_id, kind, name, sealed, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (company_id, kind, name) DO UPDATE
        SET sealed = excluded.sealed, updated_at = excluded.updated_at";
    GET = "SELECT sealed FROM secret WHERE company_id = $1 AND kind = $2 AND name = $3";
    DELETE = "DELETE FROM secret WHERE company_id = $1 AND kind = $2 AND name = $3";
    NAMES = "SELECT name FROM secret WHERE company_id = $1 AND kind = $2 ORDER BY name";
    OLD = "SELECT company_id, kind, name, sealed FROM secret ORDER BY company_id, kind, name";
}

impl Vault {
    /// Keeps a secret, over the one that was there.
    pub async fn put(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        kind: &str,
        name: &str,
        secret: &SecretString,
        at: Micros,
    ) -> Result<(), VaultError> {
        let sealed = self.seal(company, kind, name, secret)?;
        let put = tx.query(PUT).bind(company.0).bind(kind).bind(name).bind(sealed).bind(at.0);
        Ok(put.execute_one().await?)
    }

    /// The secret, if there is one.
    pub async fn get(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        kind: &str,
        name: &str,
    ) -> Result<Option<SecretString>, VaultError> {
        let get = tx.query(GET).bind(company.0).bind(kind).bind(name);
        match get.fetch_scalar_optional::<Vec<u8>>().await? {
            Some(sealed) => self.open(company, kind, name, &sealed).map(Some),
            None => Ok(None),
        }
    }

    /// Forgets a secret; answers whether there was one.
    pub async fn delete(&self, tx: &mut Tx, company: CompanyId, kind: &str, name: &str) -> Result<bool, DbError> {
        let delete = tx.query(DELETE).bind(company.0).bind(kind).bind(name);
        Ok(delete.execute().await? > 0)
    }

    /// The names of a kind's secrets, in order.
    pub async fn names(&self, tx: &mut Tx, company: CompanyId, kind: &str) -> Result<Vec<String>, DbError> {
        tx.query(NAMES).bind(company.0).bind(kind).fetch_scalars().await
    }

    /// Seals again, under the key in use, whatever still is under an older one; answers how many. The caller's
    /// transaction must be of the whole system.
    pub async fn rotate(&self, tx: &mut Tx, at: Micros) -> Result<usize, VaultError> {
        let rows = tx.query(OLD).fetch_all::<(uuid::Uuid, String, String, Vec<u8>)>().await?;
        let mut count = 0;
        for (company, kind, name, sealed) in rows.into_iter().filter(|row| !self.is_current(&row.3)) {
            let secret = self.open(CompanyId(company), &kind, &name, &sealed)?;
            self.put(tx, CompanyId(company), &kind, &name, &secret, at).await?;
            count += 1;
        }
        Ok(count)
    }
}
