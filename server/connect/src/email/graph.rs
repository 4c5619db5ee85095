//! Microsoft 365 through Microsoft Graph: one built message to one recipient, from one of the tenant's mailboxes.
//!
//! Graph takes the whole message as it is built (MIME in base64), so nothing of it is lost on the way. Recipients are read from
//! the message's own headers there, not from an envelope, and so a message whose `To` is not exactly the recipient is refused
//! here. The mailbox is the address in `From`.
//!
//! Two ways to hand over. [`Mode::Draft`]: make a draft, then send it; when an answer is lost, look for our own Message-ID in
//! Sent Items and Drafts. Found sent is accepted; a draft that is still there was not sent and may be sent once more, since
//! one draft can only be sent once. [`Mode::Send`]: one request, and a lost answer stays unknown. An answer 202 is an
//! acceptance whatever else stands in it.

mod client;
mod config;
mod draft;
mod probe;
mod verdict;

pub use client::Graph;
pub use config::{Config, GRAPH, Mode};

#[cfg(test)]
mod tests;
