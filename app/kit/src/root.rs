//! Everything the kit needs once per page.

use crate::{
    ConfirmHost, LiveRegion, ShortcutHost, Toasts, provide_confirm, provide_live, provide_shortcuts, provide_toasts,
};
use leptos::prelude::*;

/// Provides messages, questions and spoken words to everything inside, and draws them. Wrap the application in it.
#[component]
pub fn KitRoot(
    /// The application.
    children: Children,
) -> impl IntoView {
    let live = provide_live();
    let toasts = provide_toasts();
    let confirm = provide_confirm();
    let shortcuts = provide_shortcuts();
    view! {
        {children()}
        <ConfirmHost confirm />
        <ShortcutHost shortcuts />
        <Toasts toasts />
        <LiveRegion live />
    }
}
