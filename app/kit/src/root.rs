//! Everything the kit needs once per page.

use crate::{ConfirmHost, LiveRegion, Toasts, provide_confirm, provide_live, provide_toasts};
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
    view! {
        {children()}
        <ConfirmHost confirm />
        <Toasts toasts />
        <LiveRegion live />
    }
}
