//! Changes told by the server as they happen: one `EventSource` per page, and a counter per topic to hang resources on.

use crate::dom;
use leptos::prelude::*;
use std::collections::HashMap;
use wasm_bindgen::prelude::*;

/// How the stream is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamState {
    /// Not yet open.
    #[default]
    Opening,
    /// Open.
    Live,
    /// Lost; the browser tries again by itself.
    Lost,
}

/// The page's stream of changes.
#[derive(Clone, Copy)]
pub struct Stream {
    state: RwSignal<StreamState>,
    seen: RwSignal<HashMap<String, u64>>,
}

impl Stream {
    /// How it is doing.
    #[must_use]
    pub fn state(self) -> Signal<StreamState> {
        self.state.into()
    }

    /// Grows with every change whose kind starts with `topic`, for example `campaign.`: track it in a resource's source.
    #[must_use]
    pub fn changes(self, topic: &'static str) -> Signal<u64> {
        let seen = self.seen;
        Memo::new(move |_| {
            seen.with(|seen| seen.iter().filter(|(kind, _)| kind.starts_with(topic)).map(|(_, count)| count).sum())
        })
        .into()
    }

    /// Notes a change that this page made itself, without waiting for the server to tell it.
    pub fn touch(self, kind: &str) {
        self.note(kind.to_owned());
    }

    fn note(self, kind: String) {
        self.seen.update(|seen| *seen.entry(kind).or_default() += 1);
    }
}

/// Provides the stream to everything inside and opens it in the browser.
pub fn provide_stream(address: &'static str) -> Stream {
    let stream = Stream { state: RwSignal::new(StreamState::Opening), seen: RwSignal::new(HashMap::new()) };
    provide_context(stream);
    // Only the browser has an event source; the server renders the page as of now.
    Effect::new(move |_| {
        if let Some(close) = open(address, stream) {
            on_cleanup(close);
        }
    });
    stream
}

/// The stream of this page; one that never changes where none was provided.
#[must_use]
pub fn use_stream() -> Stream {
    use_context::<Stream>()
        .unwrap_or_else(|| Stream { state: RwSignal::new(StreamState::Opening), seen: RwSignal::new(HashMap::new()) })
}

fn open(address: &str, stream: Stream) -> Option<impl FnOnce() + Send + Sync + 'static> {
    let _ = dom::window()?;
    let source = web_sys::EventSource::new(address).ok()?;
    let on_open = Closure::<dyn Fn()>::new(move || {
        // After a gap everything may have changed.
        if stream.state.get_untracked() == StreamState::Lost {
            stream.seen.update(|seen| seen.values_mut().for_each(|count| *count += 1));
        }
        stream.state.set(StreamState::Live);
    });
    let on_error = Closure::<dyn Fn()>::new(move || stream.state.set(StreamState::Lost));
    let on_change = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let kind = event.data().as_string().and_then(|text| js_sys::JSON::parse(&text).ok());
        let kind = kind.and_then(|value| js_sys::Reflect::get(&value, &"kind".into()).ok()?.as_string());
        if let Some(kind) = kind {
            stream.note(kind);
        }
    });
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let _ = source.add_event_listener_with_callback("change", on_change.as_ref().unchecked_ref());
    let held = send_wrapper(source, (on_open, on_error, on_change));
    Some(held)
}

/// Effects run on the one thread of the browser, so what they hold never leaves it; cleanups must be `Send` all the same.
fn send_wrapper<T: 'static>(source: web_sys::EventSource, held: T) -> impl FnOnce() + Send + Sync + 'static {
    let kept = StoredValue::new_local((source, Some(held)));
    move || {
        kept.update_value(|(source, held)| {
            source.close();
            held.take();
        });
    }
}
