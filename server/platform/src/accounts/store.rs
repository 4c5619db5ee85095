//! The SQL of accounts. Every function takes an open transaction; the service decides what belongs together.
//!
//! Tokens come in as their SHA-256. What is found by token or by address is read in the scope of the system, because
//! nobody knows the company yet; everything else is bound to a company by its own `WHERE`.

pub(super) mod companies;
pub(super) mod invitations;
pub(super) mod keys;
pub(super) mod links;
pub(super) mod people;
pub(super) mod preferences;
pub(super) mod sessions;

use contract::Role;
use kernel::DbError;
use std::fmt::Display;

/// Reads a role column; the CHECK of the table makes anything else impossible.
fn role(text: &str, table: &'static str, row: impl Display) -> Result<Role, DbError> {
    text.parse().map_err(|()| DbError::Inconsistency { table, column: "role", row: row.to_string() })
}
