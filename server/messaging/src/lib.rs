//! Email: campaigns and the engine that sends them, senders, templates, tracking.
//!
//! Promises: what goes out is in the ledger before it goes (`recipient`, one row per person of a campaign); an intent is
//! on disk before the first byte of the message leaves; an outcome that is not known stays `unknown` and is never sent
//! again by itself; every hand-over passes one gate, in the transaction that writes the intent; nothing passes while the
//! brake is closed.
//!
//! The other clusters are reached through [`ports`] only.

pub mod bounces;
pub mod brake;
pub mod campaigns;
pub mod domains;
pub mod engine;
pub mod gate;
pub mod limits;
pub mod messages;
pub mod policy;
pub mod ports;
pub mod render;
pub mod senders;
pub mod templates;
pub mod tracking;

#[cfg(test)]
pub(crate) mod testing;
