//! Who is asking, on both sides.
//!
//! On the server: the wiring puts an [`Asker`] and one `Arc<dyn Trait>` per service into the context of every request; a
//! server function takes them out with [`ask`] or, where nobody needs to be signed in, [`serve`] and [`client`]. This is the
//! only code under `app/` that differs between the server and the browser. In pages: [`Viewer`] is the person signed in.

mod fetched;
mod places;
mod problems;
#[cfg(feature = "ssr")]
mod server;
mod viewer;

pub use fetched::Fetched;
pub use places::SETTINGS;
pub use problems::Problems;
#[cfg(feature = "ssr")]
pub use server::*;
pub use viewer::Viewer;
