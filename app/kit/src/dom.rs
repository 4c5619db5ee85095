//! The few things that need the browser itself. Called from effects and handlers only, never while rendering.

use leptos::ev;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

/// Which line of a list to focus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    First,
    Last,
    Next,
    Before,
}

pub(crate) fn window() -> Option<web_sys::Window> {
    web_sys::window()
}

pub(crate) fn document() -> Option<web_sys::Document> {
    window().and_then(|window| window.document())
}

fn call(element: &HtmlElement, method: &str) {
    if let Ok(function) = js_sys::Reflect::get(element, &JsValue::from_str(method))
        && let Some(function) = function.dyn_ref::<js_sys::Function>()
    {
        // A popover that is already in the asked state throws; there is nothing to do then.
        let _ = function.call0(element);
    }
}

pub(crate) fn show_popover(element: &HtmlElement) {
    call(element, "showPopover");
}

pub(crate) fn hide_popover(element: &HtmlElement) {
    call(element, "hidePopover");
}

/// Whether a `toggle` event says that the popover is closed now.
pub(crate) fn is_closing(event: &ev::Event) -> bool {
    js_sys::Reflect::get(event, &JsValue::from_str("newState")).ok().and_then(|state| state.as_string()).as_deref()
        == Some("closed")
}

/// Puts a list below its button, or above it where the window ends; never outside of the window.
pub(crate) fn place_below(anchor: &HtmlElement, list: &HtmlElement) {
    let Some(window) = window() else { return };
    let size = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window.inner_width()), size(window.inner_height()));
    let (button, own) = (anchor.get_bounding_client_rect(), list.get_bounding_client_rect());
    let (left, top) = place(
        (button.left(), button.top(), button.right(), button.bottom()),
        (own.width(), own.height()),
        (width, height),
    );
    let style = list.style();
    let _ = style.set_property("left", &format!("{left}px"));
    let _ = style.set_property("top", &format!("{top}px"));
}

/// Left and top for a list of a size, given its button (left, top, right, bottom) and the window.
fn place(button: (f64, f64, f64, f64), own: (f64, f64), window: (f64, f64)) -> (f64, f64) {
    const EDGE: f64 = 8.0;
    const GAP: f64 = 4.0;
    let aligned = if button.2 - own.0 >= EDGE { button.2 - own.0 } else { button.0 };
    let left = aligned.min(window.0 - own.0 - EDGE).max(EDGE);
    let below = button.3 + GAP;
    let above = button.1 - GAP - own.1;
    let top = if below + own.1 > window.1 - EDGE && above >= EDGE { above } else { below };
    (left, top)
}

fn lines(list: &Element) -> Vec<HtmlElement> {
    let Ok(found) = list.query_selector_all("[role=menuitem]") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
}

pub(crate) fn focus_line(list: &Element, to: Line) {
    let lines = lines(list);
    let Some(last) = lines.len().checked_sub(1) else { return };
    let active = document().and_then(|document| document.active_element());
    let at = lines.iter().position(|line| active.as_ref() == line.dyn_ref::<Element>());
    let target = match (to, at) {
        (Line::First, _) | (Line::Next, None) => 0,
        (Line::Last, _) | (Line::Before, None) => last,
        (Line::Next, Some(at)) => {
            if at == last {
                0
            } else {
                at + 1
            }
        }
        (Line::Before, Some(at)) => at.checked_sub(1).unwrap_or(last),
    };
    if let Some(line) = lines.get(target) {
        let _ = line.focus();
    }
}

/// Focuses the next line that begins with this letter.
pub(crate) fn focus_letter(list: &Element, letter: &str) {
    let lines = lines(list);
    let active = document().and_then(|document| document.active_element());
    let at = lines.iter().position(|line| active.as_ref() == line.dyn_ref::<Element>()).map_or(0, |at| at + 1);
    let wanted = letter.to_lowercase();
    let starts =
        |line: &&HtmlElement| line.text_content().is_some_and(|text| text.trim().to_lowercase().starts_with(&wanted));
    let (before, after) = lines.split_at(at.min(lines.len()));
    if let Some(line) = after.iter().chain(before).find(starts) {
        let _ = line.focus();
    }
}

/// Whether a dialog is open: keys then belong to it.
pub(crate) fn has_dialog() -> bool {
    document().is_some_and(|document| document.query_selector("dialog[open]").ok().flatten().is_some())
}

/// Whether keys typed now go into a text field, so that single-key shortcuts keep quiet.
pub(crate) fn is_typing() -> bool {
    document().and_then(|document| document.active_element()).is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.get_attribute("contenteditable").is_some_and(|value| value != "false")
    })
}

/// Hands bytes to the person as a file.
pub(crate) fn download(name: &str, blob: &web_sys::Blob) -> Option<()> {
    let document = document()?;
    let url = web_sys::Url::create_object_url_with_blob(blob).ok()?;
    let link: web_sys::HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    web_sys::Url::revoke_object_url(&url).ok()
}

/// Hands a text to the person as a file.
pub(crate) fn download_text(name: &str, mime: &str, text: &str) -> Option<()> {
    let bag = web_sys::BlobPropertyBag::new();
    bag.set_type(mime);
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &bag).ok()?;
    download(name, &blob)
}

/// The value of a design token as the page has it now.
pub(crate) fn token(name: &str) -> String {
    // Tokens hold light-dark(), which only a real property resolves; a probe element is asked for its colour.
    let found = (|| {
        let document = document()?;
        let probe: HtmlElement = document.create_element("i").ok()?.dyn_into().ok()?;
        probe.style().set_property("color", &format!("var(--{name})")).ok()?;
        document.body()?.append_child(&probe).ok()?;
        let color = window()?.get_computed_style(&probe).ok()??.get_property_value("color").ok();
        probe.remove();
        color
    })();
    found.unwrap_or_else(|| "#808080".to_owned())
}

pub(crate) fn focus_id(id: &str) {
    if let Some(element) = document().and_then(|document| document.get_element_by_id(id))
        && let Some(element) = element.dyn_ref::<HtmlElement>()
    {
        let _ = element.focus();
    }
}

pub(crate) fn scroll_to(id: &str) {
    if let Some(element) = document().and_then(|document| document.get_element_by_id(id)) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Focuses the first control of a dialog that is not its cross: the first field, else the first (safe) button at its end.
pub(crate) fn focus_inside(dialog: &Element) {
    for part in [".body :is(input, select, textarea):not(:disabled)", "footer .btn", ".body :is(button, a[href])"] {
        if let Ok(Some(element)) = dialog.query_selector(part)
            && let Some(element) = element.dyn_ref::<HtmlElement>()
        {
            let _ = element.focus();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_menu_ends_where_its_button_ends() {
        assert_eq!(place((700.0, 100.0, 732.0, 132.0), (208.0, 200.0), (1440.0, 900.0)), (524.0, 136.0));
    }

    #[test]
    fn a_menu_at_the_left_edge_starts_where_its_button_starts() {
        assert_eq!(place((12.0, 10.0, 212.0, 50.0), (260.0, 200.0), (1440.0, 900.0)), (12.0, 54.0));
    }

    #[test]
    fn a_menu_at_the_foot_of_the_window_opens_upwards() {
        assert_eq!(place((700.0, 850.0, 732.0, 882.0), (208.0, 200.0), (1440.0, 900.0)), (524.0, 646.0));
    }

    #[test]
    fn a_menu_never_leaves_a_narrow_window() {
        assert_eq!(place((300.0, 100.0, 350.0, 140.0), (208.0, 200.0), (360.0, 720.0)), (142.0, 144.0));
    }
}
