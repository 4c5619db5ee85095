//! The application: document shell, routes, frame, dashboard, command palette. Everything with a domain's name lives in
//! the `ui-*` crates; this crate only joins them.

pub mod api;
mod dashboard;
mod document;
mod faults;
mod frame;
mod routes;

pub use document::shell;
pub use kit::Look;
pub use routes::App;
