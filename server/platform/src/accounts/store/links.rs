//! One-time tokens of nobody in particular: the first start, and new passwords.

use contract::{Micros, UserId};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    SETUP_INSERT = "INSERT INTO setup_token (token, created_at)
        VALUES ($1, $2)";
    SETUP_TRIM = "DELETE FROM setup_token
        WHERE token NOT IN (SELECT token FROM setup_token ORDER BY created_at DESC, token LIMIT 10)";
    SETUP_HAS = "SELECT COUNT(*)
        FROM setup_token
        WHERE token = $1";
    SETUP_TAKE = "DELETE FROM setup_token
        RETURNING token";
    RESET_PUT = "INSERT INTO password_reset (person_id, token, expires_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (person_id) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at";
    RESET_FIND = "SELECT person_id
        FROM password_reset
        WHERE token = $1 AND expires_at > $2";
    RESET_TAKE = "DELETE FROM password_reset
        WHERE token = $1 AND expires_at > $2";
    RESET_DELETE = "DELETE FROM password_reset
        WHERE person_id = $1";
    RESET_SWEEP = "DELETE FROM password_reset
        WHERE expires_at <= $1";
}

/// Adds a token for the first start. Earlier ones stay good, because another node or an earlier start printed them.
pub(in crate::accounts) async fn add_setup(tx: &mut Tx, token: Vec<u8>, now: Micros) -> Result<(), DbError> {
    tx.query(SETUP_INSERT).bind(token).bind(now.0).execute_one().await?;
    tx.query(SETUP_TRIM).execute().await.map(drop)
}

/// Whether this is a token of the first start.
pub(in crate::accounts) async fn has_setup(tx: &mut Tx, token: &[u8]) -> Result<bool, DbError> {
    Ok(tx.query(SETUP_HAS).bind(token).fetch_scalar::<i64>().await? > 0)
}

/// Takes all tokens at once and answers whether this was one of them. Roll back if not. Of two that come at the same
/// time the second waits for the first and then finds none.
pub(in crate::accounts) async fn take_setup(tx: &mut Tx, token: &[u8]) -> Result<bool, DbError> {
    let all: Vec<Vec<u8>> = tx.query(SETUP_TAKE).fetch_scalars().await?;
    Ok(all.iter().any(|one| one == token))
}

/// Stores the one link of a person; an older one is worthless from now on.
pub(in crate::accounts) async fn put_reset(
    tx: &mut Tx,
    person: UserId,
    token: Vec<u8>,
    expires: Micros,
) -> Result<(), DbError> {
    tx.query(RESET_PUT).bind(person.0).bind(token).bind(expires.0).execute_one().await
}

/// Whose link it is, if it still works.
pub(in crate::accounts) async fn find_reset(
    tx: &mut Tx,
    token: Vec<u8>,
    now: Micros,
) -> Result<Option<UserId>, DbError> {
    let id: Option<Uuid> = tx.query(RESET_FIND).bind(token).bind(now.0).fetch_scalar_optional().await?;
    Ok(id.map(UserId))
}

/// Uses the link up; false when it is over, or somebody was quicker.
pub(in crate::accounts) async fn take_reset(tx: &mut Tx, token: Vec<u8>, now: Micros) -> Result<bool, DbError> {
    Ok(tx.query(RESET_TAKE).bind(token).bind(now.0).execute().await? == 1)
}

/// Makes a link that was made before worthless.
pub(in crate::accounts) async fn drop_reset(tx: &mut Tx, person: UserId) -> Result<(), DbError> {
    tx.query(RESET_DELETE).bind(person.0).execute().await.map(drop)
}

pub(in crate::accounts) async fn sweep_resets(tx: &mut Tx, now: Micros) -> Result<u64, DbError> {
    tx.query(RESET_SWEEP).bind(now.0).execute().await
}
