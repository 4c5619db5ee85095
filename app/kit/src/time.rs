//! Moments in the company's zone, with the person's own on hover.

use leptos::{html, prelude::*};
use wasm_bindgen::JsValue;

/// A moment. The words are made by the server in the company's zone; the browser adds the person's own when pointed at.
#[component]
pub fn Time(
    /// In the company's zone: “Thu 20 Nov, 09:30 CET”.
    #[prop(into)]
    text: Signal<String>,
    /// The moment itself: `2025-11-20T08:30:00Z`.
    #[prop(into)]
    iso: Signal<String>,
) -> impl IntoView {
    let place = NodeRef::<html::Time>::new();
    // Worked out when asked for: a calendar holds thousands of moments.
    let tell = move || {
        if let Some(own) = place.get_untracked().zip(own_words(&iso.get_untracked())) {
            let _ = own.0.set_attribute("title", &own.1);
        }
    };
    view! {
        <time datetime=move || iso.get() node_ref=place on:mouseenter=move |_| tell() on:focus=move |_| tell()>
            {move || text.get()}
        </time>
    }
}

/// The moment in the browser's own zone and manner.
fn own_words(iso: &str) -> Option<String> {
    let date = js_sys::Date::new(&JsValue::from_str(iso));
    if date.get_time().is_nan() {
        return None;
    }
    let options = js_sys::Object::new();
    for (name, value) in [("dateStyle", "full"), ("timeStyle", "long")] {
        js_sys::Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value)).ok()?;
    }
    let words = String::from(date.to_locale_string("default", &options));
    Some(format!("Your time: {words}"))
}
