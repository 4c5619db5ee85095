//! The face of single messages, which programs send: the list, and a sheet with one of them.

pub mod api;
mod detail;
mod list;
mod words;

pub use list::MessagesRoute;
