//! Writing code, and looking at HTML without letting it do anything.

use crate::{Bind, field::Wiring};
use leptos::{ev, html, prelude::*};

/// Several lines of code with line numbers. Tab indents; Esc, then Tab leaves, so that nobody is caught.
#[component]
pub fn CodeField(
    /// The code.
    #[prop(into)]
    value: Bind<String>,
    /// The least lines it shows.
    #[prop(default = 12)]
    rows: usize,
    /// The name where no `Field` is around.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let wire = Wiring::take();
    let place = NodeRef::<html::Textarea>::new();
    let leaving = RwSignal::new(false);
    let lines = Memo::new(move |_| value.signal().with(|text| text.split('\n').count()).max(rows));
    let numbers = move || (1..=lines.get()).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
    let keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" => leaving.set(true),
        "Tab" if !leaving.get_untracked() => {
            if let Some(area) = place.get_untracked() {
                event.prevent_default();
                edit(&area, value, event.shift_key());
            }
        }
        _ => leaving.set(false),
    };
    view! {
        <div class="code">
            <pre aria-hidden="true">{numbers}</pre>
            <textarea
                node_ref=place
                id=wire.id()
                name=wire.name()
                rows=move || lines.get().to_string()
                spellcheck="false"
                autocapitalize="off"
                prop:value=move || value.get()
                aria-label=move || label.get()
                aria-description="Tab indents. Escape, then Tab leaves the field."
                aria-describedby=move || wire.described_by()
                aria-invalid=move || wire.invalid()
                disabled=move || disabled.get()
                on:keydown=keys
                on:focus=move |_| leaving.set(false)
                on:input:target=move |event| value.set(event.target().value())
            >
                {value.get_untracked()}
            </textarea>
        </div>
    }
    .into_any()
}

fn edit(area: &web_sys::HtmlTextAreaElement, value: Bind<String>, out: bool) {
    let start = area.selection_start().ok().flatten().unwrap_or_default();
    let end = area.selection_end().ok().flatten().unwrap_or(start);
    let (text, start, end) = indent(&area.value(), start, end, out);
    area.set_value(&text);
    let _ = area.set_selection_range(start, end);
    value.set(text);
}

/// Two spaces at the caret, or at (off) the start of every line of the selection. Places count UTF-16 units, as browsers
/// do.
fn indent(text: &str, start: u32, end: u32, out: bool) -> (String, u32, u32) {
    let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    if start == end && !out {
        let at = byte_of(text, start);
        let (before, after) = text.split_at(at);
        return (format!("{before}  {after}"), start + 2, end + 2);
    }
    let from = text.get(..byte_of(text, start)).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let to = byte_of(text, end).max(from);
    let (head, rest) = text.split_at(from);
    let (body, tail) = rest.split_at(to - from);
    let change = |line: &str| match out {
        false => format!("  {line}"),
        true => line.strip_prefix("  ").or_else(|| line.strip_prefix(' ')).unwrap_or(line).to_owned(),
    };
    let changed = body.split('\n').map(change).collect::<Vec<_>>().join("\n");
    let grown = i64::from(units(&changed)) - i64::from(units(body));
    let new_end = u32::try_from(i64::from(end) + grown).unwrap_or(start);
    (format!("{head}{changed}{tail}"), units(head), new_end.max(units(head)))
}

fn byte_of(text: &str, unit: u32) -> usize {
    let mut seen = 0;
    for (at, letter) in text.char_indices() {
        if seen >= unit {
            return at;
        }
        seen += u32::try_from(letter.len_utf16()).unwrap_or(1);
    }
    text.len()
}

/// HTML in a frame that runs no script, sends no form and cannot leave. The page's own content policy holds inside
/// `html`; where the HTML brings style sheets, serve it from an address with its own policy and give `src`.
#[component]
pub fn HtmlPreview(
    /// What it shows: “Preview as Alba Reyes”.
    #[prop(into)]
    title: Signal<String>,
    /// The HTML itself.
    #[prop(optional, into)]
    html: MaybeProp<String>,
    /// Or its address.
    #[prop(optional, into)]
    src: MaybeProp<String>,
    /// Height in px.
    #[prop(default = 480)]
    height: u32,
    /// As wide as a phone.
    #[prop(optional, into)]
    phone: Signal<bool>,
) -> impl IntoView {
    view! {
        <iframe
            class="preview"
            class:phone=move || phone.get()
            sandbox=""
            referrerpolicy="no-referrer"
            title=move || title.get()
            src=move || src.get()
            srcdoc=move || if src.get().is_some() { None } else { html.get() }
            style:--h=format!("{height}px")
        ></iframe>
    }
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn tab_puts_two_spaces_at_the_caret() {
        assert_eq!(indent("ab", 1, 1, false), ("a  b".to_owned(), 3, 3));
    }

    #[test]
    fn tab_indents_every_chosen_line() {
        assert_eq!(indent("one\ntwo\nthree", 1, 5, false), ("  one\n  two\nthree".to_owned(), 0, 9));
    }

    #[test]
    fn shift_tab_takes_the_indent_away() {
        assert_eq!(indent("  one\n two\nthree", 0, 10, true).0, "one\ntwo\nthree");
    }

    #[test]
    fn letters_beyond_ascii_are_not_cut() {
        assert_eq!(indent("é😀x", 3, 3, false).0, "é😀  x");
    }
}
