//! The face of imports: the list, the upload, the mapping, the run.

pub mod api;
mod list;
mod run;
mod upload;
mod wizard;
mod words;

pub use list::ImportsRoute;
pub use wizard::ImportRoute;
