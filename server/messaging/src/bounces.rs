//! What comes back, and what is done about it.
//!
//! Promises: every report counts once, however often and in whatever order and by whatever way it arrives; what it leads
//! to (the ledger's mark, the suppression, the timeline, the held campaign) is one commit with the report itself; a report
//! that cannot prove which message it is about changes nothing but the list of reports.
//!
//! Proof is one of: a signed return address ([`token`]), our attempt header or Message-ID together with the address, or
//! the word of a provider whose call was signed.
//!
//! Nouns: [`intake::Item`] (a report about one person), source (a mailbox or a hook), rule. [`rules`] decides without a
//! database, [`intake`] writes, `reading` looks into mailboxes, `hooks` answers providers, `service` is what people see.
//! The SQL is in `store`.

mod hooks;
pub mod intake;
pub mod jobs;
mod reading;
pub mod returns;
pub mod rules;
mod service;
pub(crate) mod store;
pub mod token;

pub use hooks::{Amazon, Certificates, Fetched, Hooks};
pub use reading::{Dial, Dialer, Reader};
pub use service::{Parts, Service};

/// Our word for what a report says.
fn class_of(class: connect::email::bounce::Class) -> contract::bounces::BounceClass {
    use connect::email::bounce::Class;
    use contract::bounces::BounceClass;
    match class {
        Class::Hard => BounceClass::Hard,
        Class::Soft => BounceClass::Soft,
        Class::Ignore => BounceClass::Ignore,
        Class::Block => BounceClass::Block,
        Class::Complaint => BounceClass::Complaint,
        Class::AutoReply => BounceClass::AutoReply,
    }
}

#[cfg(test)]
mod tests;
