//! The email capability: build a message, hand it over, know exactly what became of it.
//!
//! - [`address`]: one spelling per mailbox, so that comparing addresses is comparing strings.
//! - [`Message`] and [`mime`]: what to send, and its bytes.
//! - [`html`], [`text`], [`mjml`]: pure helpers for the body (links, preheader, pixel, text part).
//! - [`bounce`]: what comes back, and the mailboxes it comes to.
//! - [`Transport`] with [`Outcome`]: hands one message to one recipient. [`smtp`] is the first vendor.
//!
//! Promise: an [`Outcome`] other than `Accepted` and `Unknown` means that the other side certainly did not take the
//! message. `Unknown` is only used where it can have.

pub mod address;
pub mod bounce;
pub mod dkim;
pub mod graph;
pub mod headers;
pub mod html;
mod message;
pub mod mime;
pub mod mjml;
mod outcome;
pub mod smtp;
pub mod text;
mod transport;

pub use address::{Address, AddressError};
pub use message::{ListId, ListUnsubscribe, Mailbox, Message};
pub use outcome::{BounceClass, Enhanced, Outcome, Stage, bounce_class};
pub use transport::{Envelope, Probe, Step, Trace, Transport};
