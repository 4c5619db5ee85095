//! The face of bounces: what came back, the rules, mailboxes and hooks.

pub mod api;
mod asked;
mod detail;
mod hook;
mod hooks;
mod mailbox;
mod mailboxes;
mod page;
mod returned;
mod rules;
mod sentence;
mod words;

pub use page::BouncesRoute;
pub use words::class_words;
