//! The browser's entry: wakes up the page that the server has rendered.
//!
//! Compiled to WebAssembly by `cargo xtask`; everything it does is in the crate `app`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the WebAssembly is there. Waits for the code of a lazy route
/// before it touches that route's markup.
#[wasm_bindgen]
pub fn hydrate() {
    // Without it a panic reads "unreachable executed" and nothing else.
    std::panic::set_hook(Box::new(|info| leptos::logging::error!("{info}")));
    leptos::mount::hydrate_lazy(app::App);
}
