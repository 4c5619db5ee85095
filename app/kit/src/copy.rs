//! Copying a text.

use crate::{Icon, IconName, use_live};
use leptos::prelude::*;
use std::time::Duration;

/// Copies a text and says so.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// Names the button: “Copy the key”.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let live = use_live();
    let press = move |_| {
        if let Some(window) = crate::dom::window() {
            let _ = window.navigator().clipboard().write_text(&text.get_untracked());
            done.set(true);
            live.say("Copied");
            set_timeout(
                move || {
                    let _ = done.try_set(false);
                },
                Duration::from_secs(2),
            );
        }
    };
    let icon = Signal::derive(move || if done.get() { IconName::Check } else { IconName::Copy });
    view! {
        <button
            type="button"
            class="btn only quiet small"
            aria-label=move || label.get()
            title=move || if done.get() { "Copied".to_owned() } else { label.get() }
            on:click=press
        >
            <Icon name=icon />
        </button>
    }
}
