//! Domains that mail is sent from: the keys that sign it, and what receivers find about them in DNS.
//!
//! Promises: the secret half of a key goes into the vault and never comes out through the service; a message is signed
//! with a key only while the record of that very key was found in DNS as it should be; renewed keys take over one by one
//! as their records are found; a DNS that does not answer changes nothing.
//!
//! [`Service`] is what people see and what the check before a campaign asks, `rules` judges what was found, `look` asks
//! DNS, `keys` makes keys and readies them for the transports, `store` holds the SQL.

mod jobs;
pub(crate) mod keys;
mod look;
mod reports;
mod rules;
mod service;
mod store;

pub use service::{Parts, Service};

#[cfg(test)]
mod tests;
