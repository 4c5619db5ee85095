//! From the words of an email to the email of one person: the hot path of sending.
//!
//! Promises:
//! - A content is compiled once, by [`Compiled::new`]; per person only values are put in. HTML is never parsed per message.
//! - Templates can do nothing but write: no files, no environment, no includes, no assignment, no multiplication of
//!   texts; instructions and output are limited. Values are escaped in HTML.
//! - A value that is not there and has no default is an error that names it, never an empty hole.
//! - Links are replaced before values are put in, so their targets are those the author wrote, byte for byte.
//! - Whoever gets the mail can unsubscribe: a foot with the link is added where the author wrote none.
//!
//! Pure: no database, no clock.

mod compile;
mod context;
mod engine;
mod lint;
mod mask;
mod single;

pub use compile::{Addresses, Compiled, FOOT_ADDED, NO_ADDRESS, Options, RenderError, TOO_LARGE, Written};
pub use context::example_person;
pub use single::write_once;

#[cfg(test)]
mod tests;
