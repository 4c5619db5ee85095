//! The frame of pages outside the application: sign-in and its kin. One card in the middle.

use crate::Mark;
use leptos::prelude::*;

/// A page with one card.
#[component]
pub fn Door(
    /// What one does here.
    #[prop(into)]
    title: Signal<String>,
    /// A sentence below it.
    #[prop(optional, into)]
    detail: MaybeProp<String>,
    /// Links below the card.
    #[prop(optional, into)]
    below: ViewFn,
    /// The form.
    children: Children,
) -> impl IntoView {
    view! {
        <main class="door" id="main">
            <div class="door-mark">
                <Mark />
                <span>"Lux"</span>
            </div>
            <section class="card door-card">
                <div class="stack">
                    <h1>{move || title.get()}</h1>
                    {move || detail.get().map(|text| view! { <p class="soft">{text}</p> })}
                </div>
                {children()}
            </section>
            <div class="door-below">{below.run()}</div>
        </main>
    }
    .into_any()
}

/// A form that is sent by Enter or its button, never by the browser itself.
#[component]
pub fn Form(
    /// Runs when it is sent.
    #[prop(into)]
    on_send: Callback<()>,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView {
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        on_send.run(());
    };
    view! {
        <form class="stack" method="post" novalidate on:submit=send>
            {children()}
        </form>
    }
}
