//! What is drawn only while a condition holds.

use leptos::prelude::*;

/// Draws its children while `is` holds. Does what leptos' `Show` does, which is compiled anew for each condition: some
/// 3 KB of WebAssembly each.
#[component]
pub fn When(
    /// The condition.
    #[prop(into)]
    is: Signal<bool>,
    /// What is drawn; a function, since it may come and go.
    children: ChildrenFn,
) -> impl IntoView {
    let holds = Memo::new(move |_| is.get());
    (move || holds.get().then(|| children())).into_any()
}
