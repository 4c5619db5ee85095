//! The face of templates: the list, the dialog for a new one, the editor.

pub mod api;
mod editor;
mod list;
mod new;

pub(crate) use editor::ConflictNotice;
pub use editor::TemplateRoute;
pub use list::TemplatesRoute;
