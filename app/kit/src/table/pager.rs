//! Going on in a list that is paged by its last key.

use crate::{Button, IconName, Size, format};
use leptos::prelude::*;

/// Under a table: how many show of how many, and the way on.
#[component]
pub fn Pager(
    /// How many rows show.
    #[prop(into)]
    shown: Signal<u64>,
    /// How many there are, if counted.
    #[prop(optional, into)]
    total: MaybeProp<u64>,
    /// Loads more below; `None` from `has_more` false hides it.
    #[prop(optional, into)]
    on_more: Option<Callback<()>>,
    /// The address of the page before, if there is one.
    #[prop(optional, into)]
    before: MaybeProp<String>,
    /// The address of the page after, if there is one.
    #[prop(optional, into)]
    after: MaybeProp<String>,
    /// Whether there is more to load.
    #[prop(optional, into)]
    has_more: Signal<bool>,
    /// More is being loaded.
    #[prop(optional, into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let words = move || match total.get() {
        Some(total) => format!("{} of {}", format::number(shown.get()), format::number(total)),
        None => format!("{} shown", format::number(shown.get())),
    };
    let step = |href: String, label: &'static str, icon: IconName| {
        view! { <a class="btn small" href=href><crate::Icon name=icon />{label}</a> }
    };
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="tiny faint" aria-live="polite">{words}</span>
            <span class="grow"></span>
            {move || before.get().map(|href| step(href, "Previous", IconName::Left))}
            {move || after.get().map(|href| step(href, "Next", IconName::Right))}
            {move || {
                has_more
                    .get()
                    .then_some(on_more)
                    .flatten()
                    .map(|on_more| {
                        view! {
                            <Button size=Size::Small busy on_press=on_more>
                                "Load more"
                            </Button>
                        }
                    })
            }}
        </nav>
    }
}
