//! API keys.

use contract::accounts::ApiKey;
use contract::{ApiKeyId, Capability, CompanyId, Micros};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    INSERT = "INSERT INTO api_key (company_id, id, name, prefix, token, scopes, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST = "SELECT company_id, id, name, prefix, scopes, created_at, used_at
        FROM api_key
        WHERE company_id = $1
        ORDER BY id";
    BY_TOKEN = "SELECT company_id, id, name, prefix, scopes, created_at, used_at
        FROM api_key
        WHERE token = $1";
    TOUCH = "UPDATE api_key
        SET used_at = $3
        WHERE company_id = $1 AND id = $2";
    DELETE = "DELETE FROM api_key
        WHERE company_id = $1 AND id = $2";
}

#[derive(kernel::FromRow)]
struct Row {
    #[row(try_from = "Uuid")]
    company_id: CompanyId,
    #[row(try_from = "Uuid")]
    id: ApiKeyId,
    name: String,
    prefix: String,
    scopes: String,
    created_at: i64,
    used_at: Option<i64>,
}

impl Row {
    fn key(self) -> (CompanyId, ApiKey) {
        // A scope that a newer version wrote and this one does not know gives no right.
        let scopes = self.scopes.split(' ').filter_map(|name| name.parse::<Capability>().ok()).collect();
        let key = ApiKey {
            id: self.id,
            name: self.name,
            prefix: self.prefix,
            scopes,
            created: Micros(self.created_at),
            used: self.used_at.map(Micros),
        };
        (self.company_id, key)
    }
}

pub(in crate::accounts) async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    key: &ApiKey,
    token: Vec<u8>,
) -> Result<(), DbError> {
    let scopes = key.scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(" ");
    tx.query(INSERT)
        .bind(company.0)
        .bind(key.id.0)
        .bind(&key.name)
        .bind(&key.prefix)
        .bind(token)
        .bind(scopes)
        .bind(key.created.0)
        .execute_one()
        .await
}

/// The keys of a company by name.
pub(in crate::accounts) async fn list(tx: &mut Tx, company: CompanyId) -> Result<Vec<ApiKey>, DbError> {
    let rows: Vec<Row> = tx.query(LIST).bind(company.0).fetch_all().await?;
    let mut keys: Vec<ApiKey> = rows.into_iter().map(|row| row.key().1).collect();
    keys.sort_by_cached_key(|key| key.name.to_lowercase());
    Ok(keys)
}

pub(in crate::accounts) async fn by_token(tx: &mut Tx, token: Vec<u8>) -> Result<Option<(CompanyId, ApiKey)>, DbError> {
    let row: Option<Row> = tx.query(BY_TOKEN).bind(token).fetch_optional().await?;
    Ok(row.map(Row::key))
}

pub(in crate::accounts) async fn touch(
    tx: &mut Tx,
    company: CompanyId,
    id: ApiKeyId,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(TOUCH).bind(company.0).bind(id.0).bind(now.0).execute().await.map(drop)
}

/// Ends a key; false when the company has no such key.
pub(in crate::accounts) async fn delete(tx: &mut Tx, company: CompanyId, id: ApiKeyId) -> Result<bool, DbError> {
    Ok(tx.query(DELETE).bind(company.0).bind(id.0).execute().await? == 1)
}
