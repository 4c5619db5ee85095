//! Nothing typed is lost by leaving.

use crate::{Question, dom, use_confirm};
use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// While `dirty`, leaving asks first: the browser's own question when the page closes, ours for links inside.
#[component]
pub fn UnsavedGuard(
    /// Whether something would be lost.
    #[prop(into)]
    dirty: Signal<bool>,
    /// What would be lost: “The campaign has changes that are not saved.”
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let confirm = use_confirm();
    let text = StoredValue::new(text);
    let passing = StoredValue::new(false);
    Effect::new(move |_| {
        let handle = window_event_listener(ev::beforeunload, move |event| {
            if dirty.get_untracked() && !passing.get_value() {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let stop = move |event: web_sys::MouseEvent| {
        if !dirty.get_untracked() || passing.get_value() || is_elsewhere(&event) {
            return;
        }
        let Some(link) = link_of(&event) else { return };
        event.prevent_default();
        event.stop_immediate_propagation();
        let link = StoredValue::new_local(link);
        let question =
            Question::danger("Leave without saving?", text.get_value(), "Leave and lose the changes").stay("Stay here");
        confirm.ask(question, move || {
            passing.set_value(true);
            link.with_value(web_sys::HtmlElement::click);
        });
    };
    // The router listens on the window; only a listener that catches before it can stop it.
    Effect::new(move |_| {
        let Some(document) = dom::document() else { return };
        let heard = Closure::<dyn Fn(web_sys::MouseEvent)>::new(stop);
        let _ = document.add_event_listener_with_callback_and_bool("click", heard.as_ref().unchecked_ref(), true);
        let heard = StoredValue::new_local(heard);
        on_cleanup(move || {
            heard.with_value(|heard| {
                let _ = document_remove(heard.as_ref());
            });
        });
    });
}

fn document_remove(heard: &JsValue) -> Option<()> {
    dom::document()?.remove_event_listener_with_callback_and_bool("click", heard.unchecked_ref(), true).ok()
}

/// A press that opens another tab, or is not the main button, loses nothing.
fn is_elsewhere(event: &web_sys::MouseEvent) -> bool {
    event.default_prevented() || event.button() != 0 || event.ctrl_key() || event.meta_key() || event.shift_key()
}

fn link_of(event: &web_sys::MouseEvent) -> Option<web_sys::HtmlElement> {
    let element: web_sys::Element = event.target()?.dyn_into().ok()?;
    let link = element.closest("a[href]").ok()??;
    let href = link.get_attribute("href")?;
    let stays = href.starts_with('#') || link.has_attribute("download") || link.get_attribute("target").is_some();
    (!stays).then(|| link.dyn_into().ok()).flatten()
}
