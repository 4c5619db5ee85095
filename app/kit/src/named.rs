//! A name with a fainter line below it, for the main cell of a table.

use leptos::prelude::*;

/// Two lines: what it is, and what tells it apart.
#[component]
pub fn Named(
    /// The main words.
    #[prop(into)]
    title: String,
    /// A fainter line below them.
    #[prop(optional, into)]
    detail: MaybeProp<String>,
    /// Makes the words a link.
    #[prop(optional, into)]
    href: MaybeProp<String>,
    /// A drawing before the words.
    #[prop(optional, into)]
    before: Option<ViewFnOnce>,
) -> impl IntoView {
    let words = match href.get_untracked() {
        Some(href) => view! { <a href=href>{title}</a> }.into_any(),
        None => view! { <span>{title}</span> }.into_any(),
    };
    view! {
        <span class="line">
            {before.map(ViewFnOnce::run)}
            <span class="grow">
                {words} {move || detail.get().filter(|d| !d.is_empty()).map(|detail| view! { <span class="sub">{detail}</span> })}
            </span>
        </span>
    }
}
