//! Loading, empty, fault and ready: the four states of everything that is fetched.

mod fault;
mod fetch;
mod skeleton;
mod suspended;
mod when;

pub use fault::{FaultReader, FaultView, FaultWords, provide_fault_words, use_fault_words};
pub use fetch::{Asked, Fetch};
pub use skeleton::{Bones, Skeleton};
pub use suspended::{Suspended, Waiting, settled, settled_over};
pub use when::When;

use crate::{Icon, IconName, Tone};
use leptos::prelude::*;

/// Nothing here yet: says what the place is for and offers one action.
#[component]
pub fn Empty(
    /// “No drafts”.
    #[prop(into)]
    title: Signal<String>,
    /// What this is for, in a sentence or two.
    #[prop(into)]
    text: Signal<String>,
    /// A drawing above.
    #[prop(optional, into)]
    icon: MaybeProp<IconName>,
    /// One button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            {move || {
                icon.get().map(|name| view! { <span class="seal" aria-hidden="true"><Icon name big=true /></span> })
            }}
            <h3>{move || title.get()}</h3>
            <p>{move || text.get()}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// A sentence that stands on the page until its reason is gone.
#[component]
pub fn Notice(
    /// How it is meant.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// Its drawing; chosen by the tone when not given.
    #[prop(optional, into)]
    icon: MaybeProp<IconName>,
    /// A button at its end.
    #[prop(optional, into)]
    action: Option<ViewFnOnce>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let drawing = Signal::derive(move || {
        icon.get().unwrap_or(match tone.get() {
            Tone::Good => IconName::Check,
            Tone::Warn | Tone::Bad => IconName::Alert,
            Tone::Plain | Tone::Note | Tone::Brand => IconName::Info,
        })
    });
    view! {
        <div class=move || crate::tone::classes(&["notice", tone.get().class()]) role="note">
            <Icon name=drawing />
            <div class="grow">{children()}</div>
            {action.map(ViewFnOnce::run)}
        </div>
    }
}
