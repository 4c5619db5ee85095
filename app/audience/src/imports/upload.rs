//! Uploads a file with progress, then goes to its mapping.

use contract::Fault;
use contract::imports::Import;
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

/// The dialog that takes the file.
#[component]
pub fn Upload(open: RwSignal<bool>) -> impl IntoView {
    let percent = RwSignal::new(None::<u8>);
    let fault = RwSignal::new(None::<String>);
    let go = StoredValue::new(use_navigate());
    let take = move |files: Vec<web_sys::File>| {
        let Some(file) = files.into_iter().next() else { return };
        fault.set(None);
        percent.set(Some(0));
        send(&file, percent, move |answer| {
            percent.set(None);
            match answer {
                Ok(import) => go.with_value(|go| go(&format!("/imports/{}", import.id), Default::default())),
                Err(words) => fault.set(Some(words)),
            }
        });
    };
    view! {
        <Modal open title="Import a file" guard=Signal::derive(move || percent.get().is_some())>
            <Stack>
                {move || fault.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                {move || match percent.get() {
                    None => view! {
                        <DropZone
                            label="Drop a CSV file here"
                            help=Some("Comma, semicolon or tab; UTF-8, UTF-16 or Windows encoding; up to 2 GB.".to_owned())
                            accept=".csv,.tsv,.txt,text/csv"
                            on_files=Callback::new(take)
                        />
                    }
                        .into_any(),
                    Some(done) => view! {
                        <Progress
                            label="Upload"
                            parts=Signal::derive(move || Part::done_of(u64::from(percent.get().unwrap_or(done)), 100))
                            words=Signal::derive(move || Some(format!("{} % uploaded", percent.get().unwrap_or(done))))
                        />
                    }
                        .into_any(),
                }}
            </Stack>
        </Modal>
    }
    .into_any()
}

/// Sends by `XMLHttpRequest`: `fetch` tells no upload progress.
fn send(file: &web_sys::File, percent: RwSignal<Option<u8>>, done: impl Fn(Result<Import, String>) + 'static) {
    let failed = || "The upload could not be started. Reload the page and try again.".to_owned();
    let Ok(request) = web_sys::XmlHttpRequest::new() else { return done(Err(failed())) };
    let name = js_sys::encode_uri_component(&file.name());
    if request.open_with_async("POST", &format!("/files/imports?name={name}"), true).is_err() {
        return done(Err(failed()));
    }
    let progress = Closure::<dyn Fn(web_sys::ProgressEvent)>::new(move |event: web_sys::ProgressEvent| {
        if event.total() > 0.0 {
            percent.set(Some(whole_percent(event.loaded() / event.total())));
        }
    });
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    }
    progress.forget();
    let own = request.clone();
    let end = Closure::once_into_js(move || done(read(&own)));
    request.set_onloadend(Some(end.unchecked_ref()));
    let _ = request.set_request_header("content-type", "text/csv");
    let _ = request.send_with_opt_blob(Some(file));
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=100"
)]
fn whole_percent(part: f64) -> u8 {
    (part * 100.0).clamp(0.0, 100.0) as u8
}

fn read(request: &web_sys::XmlHttpRequest) -> Result<Import, String> {
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status() {
        Ok(200) => serde_json::from_str(&text).map_err(|_| "The answer could not be read. Reload the page.".to_owned()),
        Ok(0) | Err(_) => Err("The connection was lost during the upload. Upload the file again.".to_owned()),
        Ok(_) => Err(problem(&text)),
    }
}

/// The `detail` of a problem document, else the sentence for what we cannot read.
fn problem(text: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }
    serde_json::from_str::<Problem>(text)
        .map(|p| p.detail)
        .or_else(|_| serde_json::from_str::<Fault>(text).map(|f| f.to_string()))
        .unwrap_or_else(|_| "The server did not take the file. Try again.".to_owned())
}
