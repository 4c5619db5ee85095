//! Keyboard shortcuts: registered by whoever offers them, listed under `?`.

use crate::{Later, LaterCode, Modal, dom};
use leptos::{ev, prelude::*};

/// How long the second key of a pair may take, in ms.
const PAIR_MS: f64 = 1_000.0;

#[derive(Clone)]
struct Shortcut {
    id: u32,
    keys: String,
    label: String,
    run: Callback<()>,
}

/// All shortcuts that hold now.
#[derive(Clone, Copy)]
pub struct Shortcuts {
    list: RwSignal<Vec<Shortcut>>,
    next: StoredValue<u32>,
    help: RwSignal<bool>,
}

impl Shortcuts {
    /// Shows the list.
    pub fn show(&self) {
        self.help.set(true);
    }
}

/// Puts `Shortcuts` in reach of everything below. `KitRoot` does it.
pub fn provide_shortcuts() -> Shortcuts {
    let shortcuts =
        Shortcuts { list: RwSignal::new(Vec::new()), next: StoredValue::new(0), help: RwSignal::new(false) };
    provide_context(shortcuts);
    shortcuts
}

/// The `Shortcuts` in reach, to show their list.
#[must_use]
pub fn use_shortcuts() -> Shortcuts {
    use_context::<Shortcuts>().unwrap_or_else(provide_shortcuts)
}

/// Offers a shortcut while the component lives. Keys: one (`n`), a pair (`g c`), or with a modifier (`mod+enter`, where
/// `mod` is Ctrl or ⌘). Single keys keep quiet while somebody types.
pub fn use_shortcut(keys: &str, label: &str, run: impl Into<Callback<()>>) {
    let shortcuts = use_shortcuts();
    let (keys, label, run) = (keys.to_owned(), label.to_owned(), run.into());
    let id = shortcuts.next.get_value();
    shortcuts.next.set_value(id.wrapping_add(1));
    // Only a living page has keys, so the server registers nothing.
    Effect::new(move |_| {
        let shortcut = Shortcut { id, keys: keys.clone(), label: label.clone(), run };
        shortcuts.list.update(|list| list.push(shortcut));
    });
    on_cleanup(move || {
        let _ = shortcuts.list.try_update(|list| list.retain(|shortcut| shortcut.id != id));
    });
}

/// What a key event is called in a shortcut.
fn name_of(key: &str, has_mod: bool) -> String {
    let key = match key {
        " " => "space".to_owned(),
        key => key.to_lowercase(),
    };
    if has_mod { format!("mod+{key}") } else { key }
}

/// The shortcut that these keys complete: a pair wins over its second key alone.
fn find<'a>(keys: impl Iterator<Item = &'a str> + Clone, before: Option<&str>, now: &str) -> Option<usize> {
    let pair = before.map(|before| format!("{before} {now}"));
    pair.and_then(|pair| keys.clone().position(|keys| keys == pair))
        .or_else(|| keys.clone().position(|keys| keys == now))
}

/// Listens for the keys and draws the list. `KitRoot` holds it.
#[component]
pub fn ShortcutHost(
    /// Whose shortcuts.
    shortcuts: Shortcuts,
) -> impl IntoView {
    let before = StoredValue::new(None::<(String, f64)>);
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event| hear(shortcuts, before, &event));
        on_cleanup(move || handle.remove());
    });
    view! { <Later open=shortcuts.help code=LaterCode::new(move || shortcut_list(shortcuts)) /> }.into_any()
}

#[lazy]
fn shortcut_list(shortcuts: Shortcuts) -> ViewFn {
    ViewFn::from(move || view! { <ShortcutList shortcuts /> })
}

#[component]
fn ShortcutList(shortcuts: Shortcuts) -> impl IntoView {
    let line = |shortcut: Shortcut| {
        let keys = shortcut.keys.split(' ').map(|key| view! { <kbd>{shown(key)}</kbd> }).collect_view();
        view! {
            <dt>{shortcut.label}</dt>
            <dd>{keys}</dd>
        }
    };
    view! {
        <Modal open=shortcuts.help title="Keyboard shortcuts">
            <dl class="keys">
                {move || shortcuts.list.get().into_iter().map(line).collect_view()}
                <dt>"Search and commands"</dt>
                <dd><kbd>"Ctrl"</kbd><kbd>"K"</kbd></dd>
                <dt>"This list"</dt>
                <dd><kbd>"?"</kbd></dd>
            </dl>
        </Modal>
    }
    .into_any()
}

fn hear(shortcuts: Shortcuts, before: StoredValue<Option<(String, f64)>>, event: &ev::KeyboardEvent) {
    let has_mod = event.ctrl_key() || event.meta_key();
    if event.default_prevented() || event.alt_key() || dom::has_dialog() || (!has_mod && dom::is_typing()) {
        return;
    }
    if event.key() == "?" && !has_mod {
        return shortcuts.show();
    }
    let now = name_of(&event.key(), has_mod);
    let first = before.get_value().filter(|(_, at)| event.time_stamp() - at < PAIR_MS).map(|(key, _)| key);
    let found = shortcuts.list.with_untracked(|list| {
        find(list.iter().map(|shortcut| shortcut.keys.as_str()), first.as_deref(), &now)
            .and_then(|at| list.get(at))
            .map(|shortcut| shortcut.run)
    });
    match found {
        Some(run) => {
            event.prevent_default();
            before.set_value(None);
            run.run(());
        }
        None => before.set_value(Some((now, event.time_stamp()))),
    }
}

fn shown(key: &str) -> String {
    key.split('+')
        .map(|part| if part == "mod" { "Ctrl".to_owned() } else { part.to_uppercase() })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_wins_over_its_second_key() {
        let keys = ["c", "g c", "mod+enter"];
        assert_eq!(find(keys.into_iter(), Some("g"), "c"), Some(1));
        assert_eq!(find(keys.into_iter(), None, "c"), Some(0));
        assert_eq!(find(keys.into_iter(), Some("x"), "c"), Some(0));
        assert_eq!(find(keys.into_iter(), None, "z"), None);
    }

    #[test]
    fn modifiers_are_part_of_the_name() {
        assert_eq!(name_of("Enter", true), "mod+enter");
        assert_eq!(shown("mod+enter"), "Ctrl ENTER");
    }
}
