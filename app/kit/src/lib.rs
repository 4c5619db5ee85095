//! The component kit: every class name, token and keyboard path of the interface, and not one domain word.
//!
//! Pages compose these parts and style nothing themselves. All parts render on the server; the browser's own objects are
//! touched in effects and handlers only. `README.md` lists every part on a line.

mod bind;
mod button;
mod card;
mod check;
mod copy;
mod dom;
mod door;
mod field;
mod figure;
pub mod format;
pub mod gallery;
mod icon;
mod input;
mod layout;
mod live;
mod overlay;
mod progress;
mod root;
mod shell;
mod state;
mod status;
mod stream;
mod table;
mod tabs;
mod toast;
mod tone;

pub use bind::Bind;
pub use button::*;
pub use card::*;
pub use check::*;
pub use copy::CopyButton;
pub use door::{Door, Form};
pub use field::*;
pub use figure::*;
pub use icon::*;
pub use input::*;
pub use layout::*;
pub use live::*;
pub use overlay::*;
pub use progress::*;
pub use root::KitRoot;
pub use shell::*;
pub use state::*;
pub use status::*;
pub use stream::{Stream, StreamState, provide_stream, use_stream};
pub use table::*;
pub use tabs::*;
pub use toast::{ToastBox, Toasts, provide_toasts, use_toasts};
pub use tone::{Shape, Tone};
