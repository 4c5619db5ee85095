//! Giving files: by drag, by press, by keyboard.

use crate::{Icon, IconName};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{File, FileList, FileReader};

/// A place for files. The browser's own file input lies over it, so that press and keyboard work as everywhere.
#[component]
pub fn DropZone(
    /// What to give: “Drop a CSV file here, or choose one”.
    #[prop(into)]
    label: Signal<String>,
    /// What is allowed: “CSV up to 200 MB, UTF-8”.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What the picker offers: `.csv,text/csv`.
    #[prop(optional)]
    accept: &'static str,
    /// Takes several at once.
    #[prop(optional)]
    multiple: bool,
    /// Takes nothing now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Gets the files.
    #[prop(into)]
    on_files: Callback<Vec<File>>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let give = move |files: Option<FileList>| {
        let files = files.map(|files| list(&files, multiple)).unwrap_or_default();
        if !files.is_empty() && !disabled.get_untracked() {
            on_files.run(files);
        }
    };
    let dropped = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        give(event.data_transfer().and_then(|data| data.files()));
    };
    view! {
        <label
            class="dropzone"
            class:over=move || over.get()
            on:dragover=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <Icon name=IconName::Upload big=true />
            <b>{move || label.get()}</b>
            {move || help.get().map(|help| view! { <span class="tiny faint">{help}</span> })}
            <input
                type="file"
                accept=accept
                multiple=multiple
                disabled=move || disabled.get()
                aria-label=move || label.get()
                on:change:target=move |event| {
                    let input = event.target();
                    give(input.files());
                    input.set_value("");
                }
            />
        </label>
    }
}

fn list(files: &FileList, multiple: bool) -> Vec<File> {
    let most = if multiple { files.length() } else { files.length().min(1) };
    (0..most).filter_map(|at| files.item(at)).collect()
}

/// Reads a file in base64; `None` when the browser cannot.
pub fn read_base64(file: &File, done: impl FnOnce(Option<String>) + 'static) {
    let Ok(reader) = FileReader::new() else { return done(None) };
    let own = reader.clone();
    let end = Closure::once_into_js(move || {
        let text = own.result().ok().and_then(|value| value.as_string());
        // `data:application/pdf;base64,…`; an empty file has nothing after the comma
        done(text.and_then(|text| text.split_once(',').map(|(_, body)| body.to_owned())));
    });
    reader.set_onloadend(Some(end.unchecked_ref()));
    // a failure to begin ends nothing: nobody would hear of it
    if reader.read_as_data_url(file).is_err() {
        let _ = js_sys::Function::from(end).call0(&wasm_bindgen::JsValue::NULL);
    }
}
