//! SMTP submission (RFC 5321) to one server, made so that the outcome of each message is exact.
//!
//! [`Pool`] is the [`super::Transport`]. It keeps a few signed-in connections, pipelines `MAIL`, `RCPT` and `DATA` where
//! the server can (RFC 2920), and writes the content and its end mark in two steps: everything that breaks before the
//! end mark is given to the network is [`super::Outcome::NotHandedOver`], everything after it without a clear reply is
//! [`super::Outcome::Unknown`]. An idle connection that the server has closed meanwhile is replaced without a word, once,
//! and only while nothing of the message is on its way.

mod config;
mod connection;
mod pool;
mod probe;
mod reply;
mod stream;
mod stuff;
mod transaction;
mod verdict;

pub use config::{Config, Timeouts, Tls};
pub use pool::Pool;
pub use stuff::dot_stuff;

#[cfg(test)]
mod tests;
