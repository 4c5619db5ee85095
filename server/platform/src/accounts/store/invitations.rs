//! Open invitations: at most one per company and address.

use contract::accounts::Invitation;
use contract::{CompanyId, InvitationId, Micros, Role};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    INSERT = "INSERT INTO invitation (company_id, id, email, role, token, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST = "SELECT id, email, role, created_at, expires_at
        FROM invitation
        WHERE company_id = $1 AND expires_at > $2
        ORDER BY created_at DESC, id DESC";
    FIND = "SELECT id, email, role, created_at, expires_at
        FROM invitation
        WHERE company_id = $1 AND id = $2 AND expires_at > $3";
    BY_TOKEN = "SELECT i.company_id, c.name, i.id, i.email, i.role
        FROM invitation i
        JOIN company c ON c.id = i.company_id
        WHERE i.token = $1 AND i.expires_at > $2";
    DELETE = "DELETE FROM invitation
        WHERE company_id = $1 AND id = $2";
    DELETE_EMAIL = "DELETE FROM invitation
        WHERE company_id = $1 AND email = $2";
    SWEEP = "DELETE FROM invitation
        WHERE expires_at <= $1";
}

#[derive(kernel::FromRow)]
struct Row {
    #[row(try_from = "Uuid")]
    id: InvitationId,
    email: String,
    role: String,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<Row> for Invitation {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            role: super::role(&row.role, "invitation", row.id)?,
            id: row.id,
            email: row.email,
            created: Micros(row.created_at),
            expires: Micros(row.expires_at),
        })
    }
}

/// What a token opens.
pub(in crate::accounts) struct Offer {
    pub company: CompanyId,
    pub company_name: String,
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
}

/// Stores an invitation in place of an older one to the same address.
pub(in crate::accounts) async fn replace(
    tx: &mut Tx,
    company: CompanyId,
    new: &Invitation,
    token: Vec<u8>,
) -> Result<(), DbError> {
    tx.query(DELETE_EMAIL).bind(company.0).bind(&new.email).execute().await?;
    tx.query(INSERT)
        .bind(company.0)
        .bind(new.id.0)
        .bind(&new.email)
        .bind(new.role.as_str())
        .bind(token)
        .bind(new.created.0)
        .bind(new.expires.0)
        .execute_one()
        .await
}

pub(in crate::accounts) async fn list(
    tx: &mut Tx,
    company: CompanyId,
    now: Micros,
) -> Result<Vec<Invitation>, DbError> {
    let rows: Vec<Row> = tx.query(LIST).bind(company.0).bind(now.0).fetch_all().await?;
    rows.into_iter().map(Invitation::try_from).collect()
}

pub(in crate::accounts) async fn find(
    tx: &mut Tx,
    company: CompanyId,
    id: InvitationId,
    now: Micros,
) -> Result<Option<Invitation>, DbError> {
    let row: Option<Row> = tx.query(FIND).bind(company.0).bind(id.0).bind(now.0).fetch_optional().await?;
    row.map(Invitation::try_from).transpose()
}

pub(in crate::accounts) async fn by_token(tx: &mut Tx, token: Vec<u8>, now: Micros) -> Result<Option<Offer>, DbError> {
    let row: Option<(Uuid, String, Uuid, String, String)> =
        tx.query(BY_TOKEN).bind(token).bind(now.0).fetch_optional().await?;
    let Some((company, company_name, id, email, role)) = row else { return Ok(None) };
    let role = super::role(&role, "invitation", id)?;
    Ok(Some(Offer { company: CompanyId(company), company_name, id: InvitationId(id), email, role }))
}

/// Takes one away; false when the company has no such invitation, or somebody was quicker.
pub(in crate::accounts) async fn delete(tx: &mut Tx, company: CompanyId, id: InvitationId) -> Result<bool, DbError> {
    Ok(tx.query(DELETE).bind(company.0).bind(id.0).execute().await? == 1)
}

pub(in crate::accounts) async fn sweep(tx: &mut Tx, now: Micros) -> Result<u64, DbError> {
    tx.query(SWEEP).bind(now.0).execute().await
}
