//! Bringing the schema to what this program needs, and refusing a schema from a newer one.

use super::{Db, DbError, Engine};
use sha2::{Digest, Sha256};
use sqlx::SqlStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use std::sync::LazyLock;
use thiserror::Error;

/// Version, description and SQL of every migration, listed by `build.rs`.
mod files {
    include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
}

static SQLITE: LazyLock<Migrator> = LazyLock::new(|| of_files(files::SQLITE));
static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| of_files(files::POSTGRES));

fn of_files(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |&(version, description, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, description.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    };
    Migrator::with_migrations(files.iter().map(migration).collect())
}

/// Why the schema could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrateFault {
    /// The database was used by a newer program.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}: start the newer version of lux, or restore the backup from before the update"
    )]
    Newer {
        /// Version found.
        found: i64,
        /// Newest version this program has.
        known: i64,
    },
    /// A migration was edited after it ran.
    #[error("migration {0} differs from the one that was applied to this database")]
    Changed(i64),
    /// The migration itself failed; it was rolled back.
    #[error("migration failed: {0}")]
    Failed(#[source] MigrateError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn migrator(engine: Engine) -> &'static Migrator {
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// Number and name of every migration for an engine, in order.
pub fn versions(engine: Engine) -> Vec<(i64, String)> {
    migrator(engine).iter().map(|m| (m.version, m.description.to_string())).collect()
}

/// A short digest of all migrations of an engine: names the prepared databases of the tests.
pub fn fingerprint(engine: Engine) -> String {
    let mut hash = Sha256::new();
    migrator(engine).iter().for_each(|m| hash.update(&*m.checksum));
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

impl Db {
    /// Applies what is missing. Two nodes may do it at once: one waits for the other.
    pub async fn migrate(&self) -> Result<(), MigrateFault> {
        let done = match self {
            Self::Sqlite { write, .. } => SQLITE.run(write).await,
            Self::Postgres { pool, .. } => POSTGRES.run(pool).await,
        };
        let known = versions(self.engine()).last().map_or(0, |(version, _)| *version);
        done.map_err(|error| match error {
            MigrateError::VersionMissing(found) => MigrateFault::Newer { found, known },
            MigrateError::VersionMismatch(version) => MigrateFault::Changed(version),
            other => MigrateFault::Failed(other),
        })?;
        self.warn_about_superuser().await?;
        Ok(())
    }

    /// Row-level security does not bind superusers: the second lock between companies would be open.
    async fn warn_about_superuser(&self) -> Result<(), DbError> {
        if self.engine() == Engine::Postgres {
            let mut tx = self.read(super::Scope::System).await?;
            let sql = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
            if tx.query(sql).fetch_scalar_optional::<bool>().await? == Some(true) {
                tracing::warn!("the PostgreSQL role bypasses row-level security; give lux an ordinary role");
            }
        }
        Ok(())
    }
}
