//! What lies over the page: modals, sheets, floating panels, menus, tooltips, and asking for a confirmation.

mod confirm;
mod dialog;
mod later;
mod menu;
mod tooltip;

pub use confirm::{Confirm, ConfirmHost, Question, provide_confirm, use_confirm};
pub(crate) use dialog::{Dialog, Frame};
pub use dialog::{Float, Modal, Sheet};
pub use later::{Later, LaterCode};
pub use menu::{Menu, MenuItem};
pub use tooltip::Tooltip;
