//! A definition on hover, focus or touch.

use leptos::{ev, prelude::*};

/// Words with an explanation behind them. Esc hides it; on phones it lies at the foot of the screen.
#[component]
pub fn Tooltip(
    /// The explanation.
    #[prop(into)]
    text: Signal<String>,
    /// The words it explains.
    children: Children,
) -> impl IntoView {
    let hidden = RwSignal::new(false);
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            hidden.set(true);
        }
    };
    view! {
        <span
            class="tip"
            class:shut=move || hidden.get()
            tabindex="0"
            on:keydown=keys
            on:focus=move |_| hidden.set(false)
            on:mouseenter=move |_| hidden.set(false)
        >
            {children()}
            <span role="tooltip">{move || text.get()}</span>
        </span>
    }
}
