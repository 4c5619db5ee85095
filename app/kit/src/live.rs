//! Words spoken by assistive technology when something changes.

use leptos::prelude::*;

/// Speaks. Take it with `use_live` while the component is made.
#[derive(Clone, Copy)]
pub struct Live {
    words: RwSignal<String>,
}

impl Live {
    /// Says it when the person is idle. Saying the same thing again is heard again.
    pub fn say(&self, words: impl Into<String>) {
        let mut words = words.into();
        // A screen reader keeps quiet when the text does not change; a zero-width space makes it new.
        if self.words.with_untracked(|before| *before == words) {
            words.push('\u{200b}');
        }
        self.words.set(words);
    }
}

/// Puts a `Live` in reach of everything below. `KitRoot` does it.
pub fn provide_live() -> Live {
    let live = Live { words: RwSignal::new(String::new()) };
    provide_context(live);
    live
}

/// The `Live` in reach, or one nobody hears if the root provided none.
#[must_use]
pub fn use_live() -> Live {
    use_context::<Live>().unwrap_or_else(provide_live)
}

/// The region the words are put in. `KitRoot` holds it.
#[component]
pub fn LiveRegion(
    /// Whose words.
    live: Live,
) -> impl IntoView {
    view! {
        <div class="vh" role="status" aria-live="polite">
            {move || live.words.get()}
        </div>
    }
}
