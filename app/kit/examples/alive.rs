//! Wakes up the page that the example `gallery` wrote, so that keys, dialogs and menus can be tried without a server.

mod page;

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(page::Page);
}
