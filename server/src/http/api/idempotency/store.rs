//! SQL of the kept answers.

use contract::{CompanyId, Micros};
use kernel::{Db, DbError, Scope, Tx};

kernel::sql! {
    BEGIN = "INSERT INTO idempotency (company_id, key, request, content, state, epoch, lease_until, at)
        VALUES ($1, $2, $3, $4, 'running', 1, $5, $6)
        ON CONFLICT (company_id, key) DO NOTHING";
    FIND = "SELECT request, content, state, epoch, lease_until, status, location, answer, at
        FROM idempotency
        WHERE company_id = $1 AND key = $2";
    RETAKE = "UPDATE idempotency
        SET request = $4, content = $5, state = 'running', epoch = epoch + 1, lease_until = $6, at = $7,
            status = NULL, location = NULL, answer = NULL
        WHERE company_id = $1 AND key = $2 AND epoch = $3";
    HOLD = "UPDATE idempotency
        SET lease_until = $4
        WHERE company_id = $1 AND key = $2 AND epoch = $3 AND state = 'running'";
    FINISH = "UPDATE idempotency
        SET state = 'done', content = $4, status = $5, location = $6, answer = $7
        WHERE company_id = $1 AND key = $2 AND epoch = $3 AND state = 'running'";
    DOUBT = "UPDATE idempotency
        SET state = 'unknown'
        WHERE company_id = $1 AND key = $2 AND epoch = $3 AND state = 'running'";
    RELEASE = "DELETE FROM idempotency
        WHERE company_id = $1 AND key = $2 AND epoch = $3 AND state = 'running'";
    PURGE = "DELETE FROM idempotency
        WHERE (company_id, key) IN (
            SELECT company_id, key FROM idempotency WHERE at < $1 ORDER BY at, company_id, key LIMIT 500)";
}

/// What is kept of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Hash of method and address.
    pub request: Vec<u8>,
    /// Hash of the body; `None` while it is still coming in.
    pub content: Option<Vec<u8>>,
    /// `running`, `done` or `unknown`.
    pub state: String,
    /// Grows with each run.
    pub epoch: i64,
    /// Until then a run counts as alive.
    pub lease_until: i64,
    /// Status of the answer.
    pub status: Option<i64>,
    /// Where what was made is.
    pub location: Option<String>,
    /// Body of the answer.
    pub answer: Option<String>,
    /// When the request came.
    pub at: i64,
}

type KeptRow = (Vec<u8>, Option<Vec<u8>>, String, i64, i64, Option<i64>, Option<String>, Option<String>, i64);

/// One run of one key.
#[derive(Clone, Debug)]
pub struct Run {
    /// Whose.
    pub company: CompanyId,
    /// The key.
    pub key: String,
    /// Which run.
    pub epoch: i64,
}

/// Hashes of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Of method and address.
    pub request: Vec<u8>,
    /// Of the body, where it is known.
    pub content: Option<Vec<u8>>,
}

/// Starts the first run; false when the key is known already.
pub async fn begin(tx: &mut Tx, run: &Run, mark: &Mark, lease: Micros, now: Micros) -> Result<bool, DbError> {
    let query = tx.query(BEGIN).bind(run.company.0).bind(&run.key).bind(&mark.request).bind(mark.content.clone());
    Ok(query.bind(lease.0).bind(now.0).execute().await? == 1)
}

/// What is known of a key.
pub async fn find(tx: &mut Tx, company: CompanyId, key: &str) -> Result<Option<Kept>, DbError> {
    let row = tx.query(FIND).bind(company.0).bind(key).fetch_optional::<KeptRow>().await?;
    Ok(row.map(|(request, content, state, epoch, lease_until, status, location, answer, at)| Kept {
        request,
        content,
        state,
        epoch,
        lease_until,
        status,
        location,
        answer,
        at,
    }))
}

/// Starts another run after `run.epoch`; false when somebody else did.
pub async fn retake(tx: &mut Tx, run: &Run, mark: &Mark, lease: Micros, now: Micros) -> Result<bool, DbError> {
    let query = tx.query(RETAKE).bind(run.company.0).bind(&run.key).bind(run.epoch);
    let query = query.bind(&mark.request).bind(mark.content.clone()).bind(lease.0).bind(now.0);
    Ok(query.execute().await? == 1)
}

/// Says that a run is alive.
pub async fn hold(db: &Db, run: &Run, lease: Micros) -> Result<(), DbError> {
    let mut tx = db.begin(run.company).await?;
    tx.query(HOLD).bind(run.company.0).bind(&run.key).bind(run.epoch).bind(lease.0).execute().await?;
    tx.commit().await
}

/// Keeps the answer.
pub async fn finish(
    db: &Db,
    run: &Run,
    content: Vec<u8>,
    status: u16,
    location: Option<String>,
    answer: &str,
) -> Result<(), DbError> {
    let mut tx = db.begin(run.company).await?;
    let query = tx.query(FINISH).bind(run.company.0).bind(&run.key).bind(run.epoch).bind(content);
    query.bind(i64::from(status)).bind(location).bind(answer).execute().await?;
    tx.commit().await
}

/// Says that nobody knows whether the run did anything.
pub async fn doubt(db: &Db, run: &Run) -> Result<(), DbError> {
    let mut tx = db.begin(run.company).await?;
    tx.query(DOUBT).bind(run.company.0).bind(&run.key).bind(run.epoch).execute().await?;
    tx.commit().await
}

/// Forgets a run that changed nothing.
pub async fn release(db: &Db, run: &Run) -> Result<(), DbError> {
    let mut tx = db.begin(run.company).await?;
    tx.query(RELEASE).bind(run.company.0).bind(&run.key).bind(run.epoch).execute().await?;
    tx.commit().await
}

/// Deletes up to 500 that are older; call again while it answers more than 0.
pub async fn purge(db: &Db, before: Micros) -> Result<u64, DbError> {
    let mut tx = db.begin(Scope::System).await?;
    let gone = tx.query(PURGE).bind(before.0).execute().await?;
    tx.commit().await?;
    Ok(gone)
}
