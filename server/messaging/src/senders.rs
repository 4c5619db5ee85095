//! Accounts that mail is sent through.
//!
//! Promises: a secret goes into the vault and never comes out through the service; a limit holds in every stretch of
//! time, over restarts and over several nodes, because what was granted is counted in the transaction that grants it;
//! a change of the settings is used by the next message.
//!
//! A sender speaks SMTP or is a set of mailboxes in Microsoft 365, which `rotation` uses in turn.
//!
//! [`Service`] is what people see, [`Transports`] what the engine sends through, [`rates`] and `rules` decide without
//! a database, `limits` counts, `store` holds the SQL.

mod build;
mod limits;
pub mod rates;
mod rotation;
mod rules;
mod seed;
mod service;
pub(crate) mod store;
mod test_mail;
mod transports;

pub use rates::forecast;
pub use seed::{Environment, Microsoft, seed_from_env};
pub use service::Service;
pub use transports::{Settings, Transports};

#[cfg(test)]
mod tests;
