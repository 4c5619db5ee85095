//! Email campaigns.
//!
//! A campaign is written as a draft, started now or at a planned time, prepared (its content fixed, its audience written
//! to the ledger), sent, and ended in the state its rows say. Every move is one conditional UPDATE on the state it was
//! decided on: of two that race, one gets a conflict. `rules` says what is legal, `store` holds the SQL, the engine
//! does the sending.

mod explain;
pub(crate) mod files;
mod look;
mod moves;
pub(crate) mod pacing;
pub mod preflight;
mod report;
mod rework;
pub(crate) mod rules;
mod service;
mod stall;
mod standing;
pub(crate) mod store;
mod summary;
mod test_send;
pub(crate) mod trial;
pub(crate) mod wordings;

pub(crate) use moves::stop_all;
pub use service::Service;
pub use store::uses::{naming_list, open_recipients};

#[cfg(test)]
mod tests;
