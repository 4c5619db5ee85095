//! Room for providers: everything that talks to someone else's machine.
//!
//! Each capability is a small trait (`email::Transport` today); a vendor implements only the capabilities it has and
//! maps its errors to [`Failure`]. Nothing here knows a domain, a database or a company: callers hand in addresses,
//! bytes and secrets, and get back exact outcomes. Retry, rate limits and ledgers are the callers' business, which is
//! why an outcome always says whether the other side can have acted.

pub mod dns;
pub mod email;
mod failure;
pub mod http;
pub mod oauth;

pub use failure::{Failure, Kind, Status};
