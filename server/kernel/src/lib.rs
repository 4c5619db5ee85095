//! What every domain stands on and what knows no domain: the database facade, time, ids, secrets at rest, the outbox,
//! rate limits, time zones and group commit.
//!
//! Read `README.md` beside this crate for the API by example.

//clock
pub mod db;

//group
//ids
//limits
//outbox
//vault
//zone

#[doc(hidden)]
pub use inventory;


pub use db::{Db, DbError, DbUrl, Engine, Scope, Sql, Tx};


