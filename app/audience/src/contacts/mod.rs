//! The face of contacts: the table, the profile, lists and tags, custom fields.

pub mod api;
mod editor;
mod fields;
mod list;
mod lists;
mod profile;
mod words;

pub use fields::FieldsRoute;
pub use list::ContactsRoute;
pub use lists::ListsRoute;
pub use profile::ContactRoute;
