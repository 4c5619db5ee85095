//! The face of senders: the list, the editor in a sheet, tests.

pub mod api;
mod editor;
mod list;
mod order;
mod quota;
mod test;
mod warm_up;
mod words;

pub use list::SendersRoute;
pub(crate) use test::Steps;
pub(crate) use words::{limit, limits, mode as tls_mode};
