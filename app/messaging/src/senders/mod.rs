//! The face of senders: the list, the editor in a sheet, tests.

pub mod api;
mod editor;
mod list;
mod order;
mod quota;
mod test;
mod words;

pub use list::SendersRoute;
pub(crate) use words::limits;
