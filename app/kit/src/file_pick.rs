//! Takes one file by drop, click or keyboard.

use leptos::{ev, html, prelude::*};
use web_sys::File;

/// A place to drop a file on, and a button that opens the file dialog.
#[component]
pub fn FilePick(
    /// What kind of file.
    #[prop(into)]
    label: String,
    /// What the file dialog offers, as the `accept` attribute spells it.
    accept: &'static str,
    /// What is taken, in a sentence.
    #[prop(into)]
    help: String,
    /// Gets the file.
    on_file: Callback<File>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let take = move |files: Option<web_sys::FileList>| {
        if let Some(file) = files.and_then(|files| files.get(0)) {
            on_file.run(file);
        }
    };
    let dropped = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        take(event.data_transfer().and_then(|data| data.files()));
    };
    view! {
        <div
            class="file-pick"
            class:over=move || over.get()
            on:dragover=move |event: ev::DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <label class="btn">
                <crate::Icon name=crate::IconName::Upload />
                {format!("Choose a {label}")}
                <input
                    node_ref=input
                    class="vh"
                    type="file"
                    accept=accept
                    on:change=move |_| take(input.get_untracked().and_then(|input| input.files()))
                />
            </label>
            <p class="soft">"or drop it here"</p>
            <p class="tiny faint">{help}</p>
        </div>
    }
    .into_any()
}
