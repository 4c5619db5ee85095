//! For tests only: fresh databases on both engines, a clock that stands still, ids from a seed.
//!
//! [`both!`] is the usual way in. PostgreSQL is used when `LUX_TEST_POSTGRES_URL` names a superuser's address; every
//! test gets its own database, owned by a role without special rights, because superusers bypass row-level security.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a failure here is a failed test"
)]

pub mod dkim;
#[expect(clippy::indexing_slicing, reason = "a failure here is a failed test")]
pub mod graph;
mod postgres;
pub mod proxy;
mod schema;
pub mod sink;
mod sqlite;

pub use postgres::TestPostgres;
pub use schema::{Schema, Table, assert_schemas_agree, read as read_schema};
pub use sqlite::TestSqlite;

use futures::FutureExt;
use kernel::{Clock, Ids, SeededIds, TestClock};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use kernel::Db;

/// Company number `n` of a test: always the same id.
pub fn company(n: u8) -> contract::CompanyId {
    contract::CompanyId(uuid::Uuid::from_bytes([0xc0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, n]))
}

/// A clock that stands still, and ids from a fixed seed on that clock.
pub fn clock_and_ids() -> (TestClock, Arc<dyn Ids>) {
    let clock = TestClock::default();
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    (clock, Arc::new(SeededIds::new(1, shared)))
}

/// Makes two tests of one: `name::sqlite` and `name::postgres`, each with a fresh migrated database.
///
/// ```ignore
/// testkit::both! {
///     async fn a_contact_is_found_again(db: Db) {
///         let mut tx = db.begin(Scope::System).await.unwrap();
///     }
/// }
/// ```
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: $ty:ty) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            async fn run($db: $ty) $body

            $(#[$meta])*
            #[test]
            fn sqlite() {
                $crate::on_sqlite(run);
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                $crate::on_postgres(run);
            }
        }
    )*};
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

/// Runs a test on a fresh SQLite file.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    block_on(async {
        let at = TestSqlite::fresh().await;
        test(at.db.clone()).await;
        at.db.close().await;
    });
}

/// Runs a test on a fresh PostgreSQL database, or says why not.
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    block_on(async {
        let Some(at) = TestPostgres::fresh().await else {
            println!("skipped: LUX_TEST_POSTGRES_URL not set");
            return;
        };
        let outcome = AssertUnwindSafe(test(at.db.clone())).catch_unwind().await;
        at.drop().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Prepares every statement that the linked stores declared with `kernel::sql!` on both engines. Call it from one test
/// of each crate that has stores.
pub fn prepare_all() {
    async fn check(db: Db) {
        let (mut count, mut wrong) = (0, Vec::new());
        for statement in kernel::db::registered() {
            count += 1;
            let mut tx = db.begin(kernel::Scope::System).await.unwrap();
            if let Err(error) = tx.prepare(statement.sql).await {
                wrong.push(format!("{}::{}: {error}", statement.module, statement.name));
            }
        }
        assert!(count > 0, "no statement is registered: declare them with kernel::sql!");
        assert!(wrong.is_empty(), "{} refuses:\n{}", db.engine().name(), wrong.join("\n"));
    }
    on_sqlite(check);
    on_postgres(check);
}
