//! Single messages that programs send: receipts, codes, confirmations.
//!
//! A message is written out and in the ledger (`message`) when it is accepted. It goes through the gate, the sender's limits,
//! the brake and the outcomes of campaigns, on a lane of its own that is served first: while a message waits for room under a
//! sender's limits, campaigns of that sender wait behind it. It needs no consent and carries no unsubscribe link; an address
//! that bounced for good or complained gets nothing. What happens when an answer is lost is the message's own policy.

pub(crate) mod lane;
mod service;
pub(crate) mod store;

pub use service::Service;

#[cfg(test)]
mod tests;
