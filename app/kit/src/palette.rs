//! The command palette: one box over everything, driven by keys.

use crate::{Bind, Icon, IconName, When, dom, overlay::Dialog, overlay::Frame};
use leptos::{ev, html, prelude::*};

/// One thing that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteEntry {
    /// Tells entries apart; handed back on a pick.
    pub id: String,
    /// Its name; the searched words in it are drawn bold.
    pub label: String,
    /// Its drawing.
    pub icon: IconName,
    /// A fainter word at its end: an address, a state, a key.
    pub hint: Option<String>,
    /// Where it leads, if it is a place.
    pub href: Option<String>,
}

impl PaletteEntry {
    /// Something that leads to a place.
    pub fn link(id: impl Into<String>, label: impl Into<String>, icon: IconName, href: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), icon, hint: None, href: Some(href.into()) }
    }

    /// Something that does something.
    pub fn action(id: impl Into<String>, label: impl Into<String>, icon: IconName) -> Self {
        Self { id: id.into(), label: label.into(), icon, hint: None, href: None }
    }

    /// Adds a fainter word at its end.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Entries under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteGroup {
    /// The heading: “Contacts”.
    pub title: String,
    /// The entries.
    pub entries: Vec<PaletteEntry>,
}

/// The palette. Its owner gives it a key with [`palette_key`], fills the groups as the person types and acts on
/// a pick.
#[component]
pub fn Palette(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What is typed.
    #[prop(into)]
    query: Bind<String>,
    /// What was found.
    #[prop(into)]
    groups: Signal<Vec<PaletteGroup>>,
    /// Gets the picked entry; the palette closes itself.
    #[prop(into)]
    on_pick: Callback<PaletteEntry>,
    /// Still searching.
    #[prop(optional, into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let at = RwSignal::new(0_usize);
    let flat = Memo::new(move |_| {
        groups.with(|groups| groups.iter().flat_map(|group| group.entries.clone()).collect::<Vec<_>>())
    });
    // The marked line belongs to the list that shows; a new list starts at its first line.
    Effect::new(move |_| {
        flat.track();
        at.set(0);
    });
    let pick = move |entry: PaletteEntry| {
        open.set(false);
        on_pick.run(entry);
    };
    let keys = move |event: ev::KeyboardEvent| {
        let last = flat.with_untracked(Vec::len).saturating_sub(1);
        let now = at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => at.set(if now >= last { 0 } else { now + 1 }),
            "ArrowUp" => at.set(now.checked_sub(1).unwrap_or(last)),
            "Home" if event.ctrl_key() => at.set(0),
            "End" if event.ctrl_key() => at.set(last),
            "Enter" => {
                if let Some(entry) = flat.with_untracked(|flat| flat.get(now).cloned()) {
                    pick(entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
        dom::scroll_to(&option_id(at.get_untracked()));
    };
    let frame = Frame { class: "palette", role: "dialog" };
    let list = move || drawn(groups.get(), &query.get(), at, pick);
    let is_none = move || flat.with(Vec::is_empty) && !query.get().is_empty() && !busy.get();
    view! {
        <Dialog frame open label=Signal::stored("Search and commands".to_owned()) guard=Signal::stored(false)>
            <SearchBox query at keys />
            <div role="listbox" id="palette-list" aria-label="Results" aria-busy=move || busy.get().then_some("true")>
                {list}
            </div>
            <When is=is_none>
                <p class="none" role="status">"Nothing matches. Try a name, an address or a page."</p>
            </When>
            <footer class="desk">
                <span><kbd>"↑"</kbd>" "<kbd>"↓"</kbd>" move"</span>
                <span><kbd>"↵"</kbd>" open"</span>
                <span><kbd>"?"</kbd>" all shortcuts"</span>
            </footer>
        </Dialog>
    }
    .into_any()
}

#[component]
fn SearchBox(
    query: Bind<String>,
    at: RwSignal<usize>,
    keys: impl Fn(ev::KeyboardEvent) + Clone + Send + Sync + 'static,
) -> impl IntoView {
    let place = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = place.get() {
            request_animation_frame(move || {
                let _ = input.focus();
                input.select();
            });
        }
    });
    view! {
        <div class="affix">
            <Icon name=IconName::Search big=true />
            <input
                type="text"
                role="combobox"
                node_ref=place
                autocomplete="off"
                autofocus
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=move || option_id(at.get())
                aria-label="Search contacts, campaigns, pages and actions"
                value=query.get_untracked()
                prop:value=move || query.get()
                on:input:target=move |event| query.set(event.target().value())
                on:keydown=keys
            />
            <kbd>"esc"</kbd>
        </div>
    }
}

fn option_id(at: usize) -> String {
    format!("palette-{at}")
}

fn drawn(
    groups: Vec<PaletteGroup>,
    query: &str,
    at: RwSignal<usize>,
    pick: impl Fn(PaletteEntry) + Copy + Send + Sync + 'static,
) -> AnyView {
    let mut next = 0;
    let mut out = Vec::new();
    for group in groups.into_iter().filter(|group| !group.entries.is_empty()) {
        let mut lines = Vec::new();
        for entry in group.entries {
            let place = next;
            next += 1;
            let (before, found, after) = cut(&entry.label, query);
            let (icon, hint) = (entry.icon, entry.hint.clone());
            lines.push(view! {
                <div
                    role="option"
                    id=option_id(place)
                    aria-selected=move || if at.get() == place { "true" } else { "false" }
                    on:mousemove=move |_| at.set(place)
                    on:click=move |_| pick(entry.clone())
                >
                    <Icon name=icon />
                    <span class="words clip">{before}<b>{found}</b>{after}</span>
                    {hint.map(|hint| view! { <span class="tiny faint clip">{hint}</span> })}
                </div>
            });
        }
        out.push(view! {
            <div role="group" aria-label=group.title.clone()>
                <h4 aria-hidden="true">{group.title.clone()}</h4>
                {lines}
            </div>
        });
    }
    out.into_any()
}

/// The label before, in and after the first place the query stands in it, without regard to case.
fn cut(label: &str, query: &str) -> (String, String, String) {
    let wanted: Vec<char> = query.trim().chars().flat_map(char::to_lowercase).collect();
    let letters: Vec<char> = label.chars().collect();
    let same = |a: &char, b: &char| a.to_lowercase().eq(std::iter::once(*b));
    let start = (!wanted.is_empty())
        .then(|| letters.windows(wanted.len()).position(|part| part.iter().zip(&wanted).all(|(a, b)| same(a, b))))
        .flatten();
    match start {
        Some(start) => (
            letters.iter().take(start).collect(),
            letters.iter().skip(start).take(wanted.len()).collect(),
            letters.iter().skip(start + wanted.len()).collect(),
        ),
        None => (label.to_owned(), String::new(), String::new()),
    }
}

/// Ctrl or ⌘ and K open it from anywhere, also while typing. Apart from the palette, which may come when it is first
/// opened.
pub fn palette_key(open: RwSignal<bool>) {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                open.update(|open| *open = !*open);
            }
        });
        on_cleanup(move || handle.remove());
    });
}

#[cfg(test)]
mod tests {
    use super::cut;

    fn parts(label: &str, query: &str) -> [String; 3] {
        let (before, found, after) = cut(label, query);
        [before, found, after]
    }

    #[test]
    fn the_searched_words_are_found_without_regard_to_case() {
        assert_eq!(parts("Winter glaze launch", "GLAZE"), ["Winter ", "glaze", " launch"]);
        assert_eq!(parts("Saga Winterberg", "winter"), ["Saga ", "Winter", "berg"]);
    }

    #[test]
    fn a_label_without_the_words_stays_whole() {
        assert_eq!(parts("Contacts", "zz"), ["Contacts", "", ""]);
        assert_eq!(parts("Contacts", " "), ["Contacts", "", ""]);
    }
}
