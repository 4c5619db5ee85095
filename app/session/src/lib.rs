//! The server side of a server function: who is asking, and which service answers.
//!
//! This is the only code under `app/` that differs between the server and the browser. The server's wiring
//! puts an [`Asker`] and one `Arc<dyn Trait>` per service into the context of every request; a server
//! function takes them out with [`ask`] or, where nobody needs to be signed in, [`serve`] and [`client`].

#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
pub use server::*;
