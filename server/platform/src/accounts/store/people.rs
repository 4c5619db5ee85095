//! People: address, name, password hash, authenticator.

use contract::{CompanyId, Micros, UserId};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    ANY = "SELECT COUNT(*) FROM (SELECT id FROM person LIMIT 1) AS one";
    INSERT = "INSERT INTO person (id, email, name, password, created_at)
        VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT id, email, name, password, totp, totp_pending, totp_step, last_company
        FROM person
        WHERE id = $1";
    BY_EMAIL = "SELECT id, email, name, password, totp, totp_pending, totp_step, last_company
        FROM person
        WHERE email = $1";
    RENAME = "UPDATE person
        SET name = $2
        WHERE id = $1";
    SET_PASSWORD = "UPDATE person
        SET password = $2
        WHERE id = $1";
    SET_COMPANY = "UPDATE person
        SET last_company = $2
        WHERE id = $1";
    TOTP_PENDING = "UPDATE person
        SET totp_pending = $2
        WHERE id = $1 AND totp IS NULL";
    TOTP_ON = "UPDATE person
        SET totp = totp_pending, totp_pending = NULL, totp_step = $2
        WHERE id = $1 AND totp IS NULL AND totp_pending IS NOT NULL";
    TOTP_OFF = "UPDATE person
        SET totp = NULL, totp_pending = NULL
        WHERE id = $1";
    TOTP_USED = "UPDATE person
        SET totp_step = $2
        WHERE id = $1 AND totp_step < $2";
}

/// A person as stored. The password is an argon2 hash, the authenticator's secrets are sealed by the vault.
#[derive(kernel::FromRow)]
pub(in crate::accounts) struct PersonRow {
    #[row(try_from = "Uuid")]
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub password: String,
    pub totp: Option<Vec<u8>>,
    pub totp_pending: Option<Vec<u8>>,
    pub totp_step: i64,
    last_company: Option<Uuid>,
}

impl PersonRow {
    /// Where they worked last; they may have left it since.
    pub(in crate::accounts) fn last_company(&self) -> Option<CompanyId> {
        self.last_company.map(CompanyId)
    }
}

/// Whether there is anybody at all.
pub(in crate::accounts) async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    Ok(tx.query(ANY).fetch_scalar::<i64>().await? > 0)
}

/// A person to be stored.
pub(in crate::accounts) struct NewPerson<'a> {
    pub id: UserId,
    pub email: &'a str,
    pub name: &'a str,
    pub password: &'a str,
}

pub(in crate::accounts) async fn insert(tx: &mut Tx, person: NewPerson<'_>, now: Micros) -> Result<(), DbError> {
    tx.query(INSERT)
        .bind(person.id.0)
        .bind(person.email)
        .bind(person.name)
        .bind(person.password)
        .bind(now.0)
        .execute_one()
        .await
}

pub(in crate::accounts) async fn find(tx: &mut Tx, id: UserId) -> Result<Option<PersonRow>, DbError> {
    tx.query(FIND).bind(id.0).fetch_optional().await
}

pub(in crate::accounts) async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<PersonRow>, DbError> {
    tx.query(BY_EMAIL).bind(email).fetch_optional().await
}

pub(in crate::accounts) async fn rename(tx: &mut Tx, id: UserId, name: &str) -> Result<(), DbError> {
    tx.query(RENAME).bind(id.0).bind(name).execute_one().await
}

pub(in crate::accounts) async fn set_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<(), DbError> {
    tx.query(SET_PASSWORD).bind(id.0).bind(hash).execute_one().await
}

/// Remembers where the next sign-in begins.
pub(in crate::accounts) async fn set_company(tx: &mut Tx, id: UserId, company: CompanyId) -> Result<(), DbError> {
    tx.query(SET_COMPANY).bind(id.0).bind(company.0).execute_one().await
}

/// Stores a secret that is not in force yet; false when the authenticator is on already.
pub(in crate::accounts) async fn totp_pending(tx: &mut Tx, id: UserId, sealed: &[u8]) -> Result<bool, DbError> {
    Ok(tx.query(TOTP_PENDING).bind(id.0).bind(sealed).execute().await? == 1)
}

/// Puts the pending secret in force; false when there is none.
pub(in crate::accounts) async fn totp_on(tx: &mut Tx, id: UserId, step: i64) -> Result<bool, DbError> {
    Ok(tx.query(TOTP_ON).bind(id.0).bind(step).execute().await? == 1)
}

pub(in crate::accounts) async fn totp_off(tx: &mut Tx, id: UserId) -> Result<(), DbError> {
    tx.query(TOTP_OFF).bind(id.0).execute_one().await
}

/// Takes a step as used; false when it, or a later one, was used already, even a moment ago by another request.
pub(in crate::accounts) async fn totp_used(tx: &mut Tx, id: UserId, step: i64) -> Result<bool, DbError> {
    Ok(tx.query(TOTP_USED).bind(id.0).bind(step).execute().await? == 1)
}
