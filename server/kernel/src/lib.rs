//! What every domain stands on and what knows no domain: the database facade, time, ids, secrets at rest, the outbox,
//! rate limits, time zones and group commit.
//!
//! Read `README.md` beside this crate for the API by example.

pub mod clock;
pub mod db;
pub mod fault;
pub mod group;
pub mod ids;
pub mod limits;
pub mod outbox;
pub mod vault;
pub mod zone;

#[doc(hidden)]
pub use inventory;

pub use kernel_derive::FromRow;

pub use clock::{Clock, SystemClock, TestClock};
pub use db::{Db, DbError, DbUrl, Engine, Scope, Sql, Tx};
pub use group::{GroupCommit, GroupWork};
pub use ids::{Ids, SeededIds, SystemIds};
pub use limits::{LimitFault, RateLimits, Room};
pub use vault::{Vault, VaultError};
