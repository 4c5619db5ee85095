//! The face of bounces: what came back, the rules, mailboxes and hooks.

mod words;

pub use words::class_words;
