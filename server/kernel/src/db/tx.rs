//! A transaction and the statements in it.

use super::bind::placeholders;
use super::wake::{Tag, Wakes};
use super::{Bind, DbError, Engine, Row, Scalar, Scope, Sql};
use crate::outbox::{self, Pending};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Executor, PgPool, Postgres, SqlSafeStr, SqlStr, Sqlite, SqlitePool, Transaction};
use std::sync::Arc;

/// An open transaction: rolled back when dropped, kept by [`Tx::commit`].
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    scope: Scope,
    wakes: Arc<Wakes>,
    wake: Vec<Tag>,
    events: Vec<Pending>,
    failed: bool,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(super) async fn sqlite(
        pool: &SqlitePool,
        begin: &'static str,
        scope: Scope,
        wakes: &Arc<Wakes>,
    ) -> Result<Self, DbError> {
        let tx = pool.begin_with(begin).await?;
        Ok(Self::new(Inner::Sqlite(tx), scope, wakes))
    }

    pub(super) async fn postgres(
        pool: &PgPool,
        begin: &str,
        scope: Scope,
        wakes: &Arc<Wakes>,
    ) -> Result<Self, DbError> {
        // One round trip: the scope travels with BEGIN and ends with the transaction.
        let sql = format!("{begin}; SET LOCAL lux.company = '{}'", scope.setting());
        // A restarted server leaves the whole pool dead: each is found out once, then a new one is made.
        let mut tries = pool.size() + 2;
        loop {
            // In a task of its own, which ends whatever becomes of us: a `begin` of sqlx 0.9 that is dropped half-way leaves
            // the server inside a transaction that the pool knows nothing of.
            let (pool, sql) = (pool.clone(), sql.clone());
            let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(sql)).await });
            match begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed)) {
                Ok(tx) => return Ok(Self::new(Inner::Postgres(tx), scope, wakes)),
                Err(sqlx::Error::PoolTimedOut) => return Err(sqlx::Error::PoolTimedOut.into()),
                Err(error) => {
                    let error = DbError::from(error);
                    tries -= 1;
                    if tries == 0 || !matches!(error, DbError::Unavailable(_)) {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn new(inner: Inner, scope: Scope, wakes: &Arc<Wakes>) -> Self {
        Self { inner, scope, wakes: Arc::clone(wakes), wake: Vec::new(), events: Vec::new(), failed: false }
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Whose rows it may touch.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The text for this engine, where the dialects differ by nature.
    pub fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.engine() {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        }
    }

    /// A statement with `$1, $2, …`, which means the same on both engines.
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        let text = sql.into().text(self.engine());
        self.statement(text.into_sql_str(), true)
    }

    /// A statement that was composed, for filters. Never splice values: bind them.
    pub fn query_built(&mut self, sql: String) -> Query<'_> {
        self.statement(AssertSqlSafe(sql).into_sql_str(), false)
    }

    fn statement(&mut self, sql: SqlStr, keep: bool) -> Query<'_> {
        let args = match self.inner {
            Inner::Sqlite(_) => Args::Sqlite(SqliteArguments::default()),
            Inner::Postgres(_) => Args::Postgres(PgArguments::default()),
        };
        Query { tx: self, sql, keep, args, bound: 0, error: None }
    }

    /// Wakes those who [`listen`](super::Db::listen) for `tag`, after the commit.
    pub fn wake(&mut self, tag: Tag) {
        if !self.wake.contains(&tag) {
            self.wake.push(tag);
        }
    }

    pub(crate) fn events_mut(&mut self) -> &mut Vec<Pending> {
        &mut self.events
    }

    /// Checks that the engine accepts the statement, without running it.
    pub async fn prepare(&mut self, sql: Sql) -> Result<(), DbError> {
        let text = sql.text(self.engine());
        if placeholders(text).is_none() {
            return Err(DbError::Binds { wanted: None, bound: 0, sql: text.to_owned() });
        }
        match &mut self.inner {
            Inner::Sqlite(tx) => (&mut **tx).prepare(text.into_sql_str()).await.map(drop)?,
            Inner::Postgres(tx) => (&mut **tx).prepare(text.into_sql_str()).await.map(drop)?,
        }
        Ok(())
    }

    /// Makes it permanent; what follows an `Ok` survives a crash.
    pub async fn commit(mut self) -> Result<(), DbError> {
        if self.failed {
            return Err(DbError::Aborted);
        }
        outbox::flush(&mut self).await?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        self.wakes.fire(&self.wake);
        Ok(())
    }

    /// Gives up what was done. Dropping does the same; this waits for it.
    pub async fn rollback(self) -> Result<(), DbError> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

enum Args {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// A statement that collects its values.
#[must_use = "a statement does nothing until it is fetched or executed"]
pub struct Query<'t> {
    tx: &'t mut Tx,
    sql: SqlStr,
    keep: bool,
    args: Args,
    bound: usize,
    error: Option<sqlx::error::BoxDynError>,
}

/// Runs `$run` with the executor and the arguments of whichever engine it is.
macro_rules! on_either {
    ($query:expr, |$executor:ident, $sql:ident, $args:ident| $run:expr) => {{
        let query = $query.checked()?;
        let $sql = query.sql;
        let failed = &mut query.tx.failed;
        let result = match (&mut query.tx.inner, query.args) {
            (Inner::Sqlite(tx), Args::Sqlite($args)) => {
                let $executor = &mut **tx;
                $run
            }
            (Inner::Postgres(tx), Args::Postgres($args)) => {
                let $executor = &mut **tx;
                $run
            }
            _ => Err(sqlx::Error::WorkerCrashed),
        };
        *failed |= result.is_err();
        result.map_err(DbError::from)
    }};
}

impl Query<'_> {
    /// Binds the next value.
    pub fn bind<'q, T: Bind<'q>>(mut self, value: T) -> Self {
        let added = match &mut self.args {
            Args::Sqlite(args) => args.add(value),
            Args::Postgres(args) => args.add(value),
        };
        self.bound += 1;
        if let Err(error) = added {
            self.error.get_or_insert(error);
        }
        self
    }

    fn checked(self) -> Result<Self, DbError> {
        if self.tx.failed {
            return Err(DbError::Aborted);
        }
        let wanted = placeholders(self.sql.as_str());
        if wanted != Some(self.bound) {
            self.tx.failed = true;
            return Err(DbError::Binds { wanted, bound: self.bound, sql: self.sql.as_str().to_owned() });
        }
        match self.error {
            None => Ok(self),
            Some(error) => Err(DbError::Driver(sqlx::Error::Encode(error))),
        }
    }

    /// All rows.
    pub async fn fetch_all<T: Row>(self) -> Result<Vec<T>, DbError> {
        let keep = self.keep;
        on_either!(self, |tx, sql, args| sqlx::query_as_with::<_, T, _>(sql, args).persistent(keep).fetch_all(tx).await)
    }

    /// The row, if there is one.
    pub async fn fetch_optional<T: Row>(self) -> Result<Option<T>, DbError> {
        let keep = self.keep;
        on_either!(self, |tx, sql, args| sqlx::query_as_with::<_, T, _>(sql, args)
            .persistent(keep)
            .fetch_optional(tx)
            .await)
    }

    /// The row that must be there.
    pub async fn fetch_one<T: Row>(self) -> Result<T, DbError> {
        let row = self.fetch_optional().await?;
        row.ok_or(DbError::RowsAffected { expected: 1, actual: 0 })
    }

    /// The first column of all rows.
    pub async fn fetch_scalars<T: Scalar>(self) -> Result<Vec<T>, DbError> {
        let keep = self.keep;
        on_either!(self, |tx, sql, args| sqlx::query_scalar_with::<_, T, _>(sql, args)
            .persistent(keep)
            .fetch_all(tx)
            .await)
    }

    /// The first column of the row, if there is one.
    pub async fn fetch_scalar_optional<T: Scalar>(self) -> Result<Option<T>, DbError> {
        let keep = self.keep;
        on_either!(self, |tx, sql, args| sqlx::query_scalar_with::<_, T, _>(sql, args)
            .persistent(keep)
            .fetch_optional(tx)
            .await)
    }

    /// The first column of the row that must be there.
    pub async fn fetch_scalar<T: Scalar>(self) -> Result<T, DbError> {
        let value = self.fetch_scalar_optional().await?;
        value.ok_or(DbError::RowsAffected { expected: 1, actual: 0 })
    }

    /// Runs it; answers how many rows it hit.
    pub async fn execute(self) -> Result<u64, DbError> {
        let keep = self.keep;
        on_either!(self, |tx, sql, args| sqlx::query_with(sql, args)
            .persistent(keep)
            .execute(tx)
            .await
            .map(|done| done.rows_affected()))
    }

    /// Runs it; an error unless it hit exactly one row.
    pub async fn execute_one(self) -> Result<(), DbError> {
        match self.execute().await? {
            1 => Ok(()),
            actual => Err(DbError::RowsAffected { expected: 1, actual }),
        }
    }
}
