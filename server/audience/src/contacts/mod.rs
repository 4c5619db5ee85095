//! Contacts: people with an address or a phone number, what they agreed to, and how they are grouped.
//!
//! Nouns: contact, consent (per channel, with its proof), suppression (an address that gets nothing), tag, list, custom
//! field, moment (an entry of the timeline), undo (a bulk action that can be taken back for 15 minutes).
//!
//! Invariants:
//! - An address is unique among the live contacts of a company, in the one spelling of `connect::email::address`.
//! - "Unsubscribed" is turned only by a deliberate act for one contact or by the person; never by an import or a bulk
//!   upsert. It outlives the contact: deleting leaves a suppression for the address.
//! - `contact.consent` equals the state of the email row in `contact_consent`, or `none` without one.
//! - Deleted contacts are out of every answer at once and are purged after 30 days.
//!
//! SQL is in `store`, pure decisions in `rules` and `upsert`.

pub mod jobs;
pub(crate) mod rules;
mod service;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod upsert;

pub use service::ContactService;
