//! The face of sending domains: the list, and a sheet with the records of one.

mod add;
pub mod api;
mod detail;
mod list;
mod record;
mod words;

pub use list::DomainsRoute;
