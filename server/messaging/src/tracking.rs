//! What recipients touch: the pixel, the links, the way out.
//!
//! Promises: an address that we did not sign does nothing; a link leads where the author wrote, byte for byte, and the
//! target is read from our own table, never from the request; a hit is on disk before it is answered; unsubscribing
//! works at the first request and however often it is repeated, and only a deliberate request does it (who merely looks
//! changes nothing). Machines are told from people by [`rules`], and both are kept.
//!
//! Paths, which may never change once mail is out: `/o/{token}` pixel, `/c/{token}` link, `/u/{token}` way
//! out, `/v/{token}` the message as a page.
//!
//! [`Keys`] makes the addresses and is what the engine knows of tracking; [`Tracker`] answers them. Hits are written in
//! groups (`hits`), the way out has its own commit (`unsubscribe`), `view` writes the page, the SQL is in `store`.

mod hits;
mod keys;
pub mod rules;
mod service;
mod store;
mod token;
mod unsubscribe;
mod view;

pub use keys::Keys;
pub use service::Tracker;
pub use token::{Claimed, Token, TokenKey, TokenKind};

#[cfg(test)]
pub(crate) mod fakes;
#[cfg(test)]
mod tests;
