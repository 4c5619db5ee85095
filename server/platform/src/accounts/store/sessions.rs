//! Signed-in browsers. All of this runs in the scope of the system: a session belongs to its person, and says in which
//! company they are.

use contract::{Client, CompanyId, Micros, Role, SessionId, UserId};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    INSERT = "INSERT INTO session (company_id, id, person_id, token, created_at, seen_at, address, agent)
        VALUES ($1, $2, $3, $4, $5, $5, $6, $7)";
    BY_TOKEN = "SELECT s.company_id, s.id, s.person_id, m.role, s.created_at, s.seen_at
        FROM session s
        JOIN membership m ON m.company_id = s.company_id AND m.person_id = s.person_id
        WHERE s.token = $1";
    TOUCH = "UPDATE session
        SET seen_at = $3, address = $4
        WHERE company_id = $1 AND id = $2";
    OF_PERSON = "SELECT id, agent, address, created_at, seen_at
        FROM session
        WHERE person_id = $1 AND seen_at > $2 AND created_at > $3
        ORDER BY seen_at DESC, id";
    END = "DELETE FROM session
        WHERE person_id = $1 AND id = $2";
    END_OTHERS = "DELETE FROM session
        WHERE person_id = $1 AND id <> $2";
    END_ALL = "DELETE FROM session
        WHERE person_id = $1";
    MOVE = "UPDATE session
        SET company_id = $3
        WHERE person_id = $1 AND id = $2";
    SWEEP = "DELETE FROM session
        WHERE seen_at <= $1 OR created_at <= $2";
}

/// Who is behind a token.
pub(in crate::accounts) struct Live {
    pub company: CompanyId,
    pub id: SessionId,
    pub person: UserId,
    pub role: Role,
    pub created: Micros,
    pub seen: Micros,
}

/// A session to be stored.
pub(in crate::accounts) struct NewSession<'a> {
    pub company: CompanyId,
    pub id: SessionId,
    pub person: UserId,
    pub token: Vec<u8>,
    pub client: &'a Client,
}

/// What the list of sessions is made of.
#[derive(kernel::FromRow)]
pub(in crate::accounts) struct Listed {
    #[row(try_from = "Uuid")]
    pub id: SessionId,
    pub agent: String,
    pub address: String,
    pub created_at: i64,
    pub seen_at: i64,
}

pub(in crate::accounts) async fn insert(tx: &mut Tx, new: NewSession<'_>, now: Micros) -> Result<(), DbError> {
    tx.query(INSERT)
        .bind(new.company.0)
        .bind(new.id.0)
        .bind(new.person.0)
        .bind(new.token)
        .bind(now.0)
        .bind(&new.client.address)
        .bind(&new.client.agent)
        .execute_one()
        .await
}

pub(in crate::accounts) async fn by_token(tx: &mut Tx, token: Vec<u8>) -> Result<Option<Live>, DbError> {
    let row: Option<(Uuid, Uuid, Uuid, String, i64, i64)> = tx.query(BY_TOKEN).bind(token).fetch_optional().await?;
    let Some((company, id, person, role, created, seen)) = row else { return Ok(None) };
    Ok(Some(Live {
        company: CompanyId(company),
        id: SessionId(id),
        person: UserId(person),
        role: super::role(&role, "membership", person)?,
        created: Micros(created),
        seen: Micros(seen),
    }))
}

pub(in crate::accounts) async fn touch(tx: &mut Tx, live: &Live, address: &str, now: Micros) -> Result<(), DbError> {
    tx.query(TOUCH).bind(live.company.0).bind(live.id.0).bind(now.0).bind(address).execute().await.map(drop)
}

/// The sessions of a person that are not over, newest use first.
pub(in crate::accounts) async fn of_person(
    tx: &mut Tx,
    person: UserId,
    seen_after: Micros,
    created_after: Micros,
) -> Result<Vec<Listed>, DbError> {
    tx.query(OF_PERSON).bind(person.0).bind(seen_after.0).bind(created_after.0).fetch_all().await
}

/// Ends one; false when the person has no such session.
pub(in crate::accounts) async fn end(tx: &mut Tx, person: UserId, id: SessionId) -> Result<bool, DbError> {
    Ok(tx.query(END).bind(person.0).bind(id.0).execute().await? == 1)
}

pub(in crate::accounts) async fn end_others(tx: &mut Tx, person: UserId, keep: SessionId) -> Result<u64, DbError> {
    tx.query(END_OTHERS).bind(person.0).bind(keep.0).execute().await
}

pub(in crate::accounts) async fn end_all(tx: &mut Tx, person: UserId) -> Result<u64, DbError> {
    tx.query(END_ALL).bind(person.0).execute().await
}

/// Binds a session to another company; the foreign key refuses one that the person is not in.
pub(in crate::accounts) async fn move_to(
    tx: &mut Tx,
    person: UserId,
    id: SessionId,
    company: CompanyId,
) -> Result<(), DbError> {
    tx.query(MOVE).bind(person.0).bind(id.0).bind(company.0).execute_one().await
}

pub(in crate::accounts) async fn sweep(tx: &mut Tx, seen: Micros, created: Micros) -> Result<u64, DbError> {
    tx.query(SWEEP).bind(seen.0).bind(created.0).execute().await
}
