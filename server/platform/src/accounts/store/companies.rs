//! Companies and who belongs to them.

use contract::accounts::{CompanyChange, Membership, Person};
use contract::{CompanyId, Micros, Role, UserId};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    INSERT = "INSERT INTO company (id, name, zone, address, website, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    UPDATE = "UPDATE company
        SET name = $2, zone = $3, address = $4, website = $5
        WHERE id = $1";
    FIND = "SELECT id, name, zone, address, website
        FROM company
        WHERE id = $1";
    LIST = "SELECT id, name
        FROM company
        ORDER BY created_at, id";
    LOCK = sqlite "SELECT id FROM company WHERE id = $1",
        postgres "SELECT id FROM company WHERE id = $1 FOR NO KEY UPDATE";
    JOIN = "INSERT INTO membership (company_id, person_id, role, created_at)
        VALUES ($1, $2, $3, $4)";
    ROLE = "SELECT role
        FROM membership
        WHERE company_id = $1 AND person_id = $2";
    OWNERS = "SELECT COUNT(*)
        FROM membership
        WHERE company_id = $1 AND role = 'owner'";
    SET_ROLE = "UPDATE membership
        SET role = $3
        WHERE company_id = $1 AND person_id = $2";
    LEAVE = "DELETE FROM membership
        WHERE company_id = $1 AND person_id = $2";
    SEEN = "UPDATE membership
        SET seen_at = $3
        WHERE company_id = $1 AND person_id = $2";
    MEMBERS = "SELECT p.id, p.name, p.email, m.role, p.totp IS NOT NULL AS totp, m.seen_at
        FROM membership m
        JOIN person p ON p.id = m.person_id
        WHERE m.company_id = $1
        ORDER BY p.email";
    OF_PERSON = "SELECT m.company_id, c.name, m.role
        FROM membership m
        JOIN company c ON c.id = m.company_id
        WHERE m.person_id = $1
        ORDER BY m.created_at, m.company_id";
}

/// A company as stored; its zone is still a name.
#[derive(Debug, kernel::FromRow)]
pub(in crate::accounts) struct CompanyRow {
    #[row(try_from = "Uuid")]
    pub id: CompanyId,
    pub name: String,
    pub zone: String,
    pub address: String,
    pub website: String,
}

pub(in crate::accounts) async fn insert(
    tx: &mut Tx,
    id: CompanyId,
    company: &CompanyChange,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(INSERT)
        .bind(id.0)
        .bind(&company.name)
        .bind(&company.zone)
        .bind(&company.address)
        .bind(&company.website)
        .bind(now.0)
        .execute_one()
        .await
}

pub(in crate::accounts) async fn update(tx: &mut Tx, id: CompanyId, company: &CompanyChange) -> Result<(), DbError> {
    tx.query(UPDATE)
        .bind(id.0)
        .bind(&company.name)
        .bind(&company.zone)
        .bind(&company.address)
        .bind(&company.website)
        .execute_one()
        .await
}

pub(in crate::accounts) async fn find(tx: &mut Tx, id: CompanyId) -> Result<Option<CompanyRow>, DbError> {
    tx.query(FIND).bind(id.0).fetch_optional().await
}

/// All companies of the instance, oldest first.
pub(in crate::accounts) async fn list(tx: &mut Tx) -> Result<Vec<(CompanyId, String)>, DbError> {
    let rows: Vec<(Uuid, String)> = tx.query(LIST).fetch_all().await?;
    Ok(rows.into_iter().map(|(id, name)| (CompanyId(id), name)).collect())
}

/// Lets one change of people after the other look at a company, so that two cannot remove the last two owners at once.
/// SQLite has one writer and needs no lock.
pub(in crate::accounts) async fn lock(tx: &mut Tx, id: CompanyId) -> Result<(), DbError> {
    tx.query(LOCK).bind(id.0).fetch_scalar_optional::<Uuid>().await.map(drop)
}

pub(in crate::accounts) async fn join(
    tx: &mut Tx,
    company: CompanyId,
    person: UserId,
    role: Role,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(JOIN).bind(company.0).bind(person.0).bind(role.as_str()).bind(now.0).execute_one().await
}

/// What the person is there, or nothing when they are not a member.
pub(in crate::accounts) async fn role(
    tx: &mut Tx,
    company: CompanyId,
    person: UserId,
) -> Result<Option<Role>, DbError> {
    let text: Option<String> = tx.query(ROLE).bind(company.0).bind(person.0).fetch_scalar_optional().await?;
    text.map(|text| super::role(&text, "membership", person)).transpose()
}

pub(in crate::accounts) async fn owners(tx: &mut Tx, company: CompanyId) -> Result<i64, DbError> {
    tx.query(OWNERS).bind(company.0).fetch_scalar().await
}

pub(in crate::accounts) async fn set_role(
    tx: &mut Tx,
    company: CompanyId,
    person: UserId,
    role: Role,
) -> Result<(), DbError> {
    tx.query(SET_ROLE).bind(company.0).bind(person.0).bind(role.as_str()).execute_one().await
}

/// Ends the membership, and by the foreign keys the sessions and preferences that stand on it.
pub(in crate::accounts) async fn leave(tx: &mut Tx, company: CompanyId, person: UserId) -> Result<(), DbError> {
    tx.query(LEAVE).bind(company.0).bind(person.0).execute_one().await
}

pub(in crate::accounts) async fn note_use(
    tx: &mut Tx,
    company: CompanyId,
    person: UserId,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(SEEN).bind(company.0).bind(person.0).bind(now.0).execute().await.map(drop)
}

#[derive(kernel::FromRow)]
struct MemberRow {
    #[row(try_from = "Uuid")]
    id: UserId,
    name: String,
    email: String,
    role: String,
    totp: bool,
    seen_at: Option<i64>,
}

impl TryFrom<MemberRow> for Person {
    type Error = DbError;

    fn try_from(row: MemberRow) -> Result<Self, DbError> {
        Ok(Self {
            role: super::role(&row.role, "membership", row.id)?,
            user: row.id,
            name: row.name,
            email: row.email,
            totp: row.totp,
            seen: row.seen_at.map(Micros),
        })
    }
}

/// The members of a company by name.
pub(in crate::accounts) async fn members(tx: &mut Tx, company: CompanyId) -> Result<Vec<Person>, DbError> {
    let rows: Vec<MemberRow> = tx.query(MEMBERS).bind(company.0).fetch_all().await?;
    let mut people = rows.into_iter().map(Person::try_from).collect::<Result<Vec<_>, _>>()?;
    // Sorted here, because each database has its own alphabet.
    people.sort_by_cached_key(|p| p.name.to_lowercase());
    Ok(people)
}

/// The companies of a person, the one they joined first at the top.
pub(in crate::accounts) async fn of_person(tx: &mut Tx, person: UserId) -> Result<Vec<Membership>, DbError> {
    let rows: Vec<(Uuid, String, String)> = tx.query(OF_PERSON).bind(person.0).fetch_all().await?;
    rows.into_iter()
        .map(|(id, name, role)| {
            Ok(Membership { company: CompanyId(id), name, role: super::role(&role, "membership", person)? })
        })
        .collect()
}
