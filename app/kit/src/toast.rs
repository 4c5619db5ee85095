//! Short messages about what was just done, with a way to undo it.

use crate::{FaultWords, Icon, IconName, dom};
use leptos::{html, leptos_dom::helpers::IntervalHandle, prelude::*};
use std::sync::Arc;
use std::time::Duration;

/// How long a plain message stays, in ms.
const SHORT: u32 = 6_000;
/// How long a message with a button stays, in ms. At least eight seconds, so that it can be reached.
const LONG: u32 = 12_000;
/// How often time is counted, in ms.
const TICK: u32 = 250;

/// What a message offers. Kept here, since what offered it (a line of a menu) may be gone by the time it is pressed.
type Next = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
struct Toast {
    id: u32,
    text: String,
    detail: Option<String>,
    action: Option<(String, Next)>,
    is_fault: bool,
    /// Milliseconds left; `None` stays until closed.
    left: Option<u32>,
}

/// Shows messages. Take it with `use_toasts` while the component is made.
#[derive(Clone, Copy)]
pub struct ToastBox {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
    held: RwSignal<bool>,
}

impl ToastBox {
    fn push(&self, text: String, detail: Option<String>, action: Option<(String, Next)>, is_fault: bool) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        let left = match (&action, is_fault) {
            (_, true) => None,
            (Some(_), false) => Some(LONG),
            (None, false) => Some(SHORT),
        };
        self.list.update(|list| list.push(Toast { id, text, detail, action, is_fault, left }));
    }

    /// It is done: “Contact archived”.
    pub fn ok(&self, text: impl Into<String>) {
        self.push(text.into(), None, None, false);
    }

    /// It is done and can be taken back: stays 12 s, longer under pointer or focus.
    pub fn undo(&self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.action(text, "Undo", undo);
    }

    /// It is done and offers a next step.
    pub fn action(&self, text: impl Into<String>, label: impl Into<String>, run: impl Fn() + Send + Sync + 'static) {
        self.push(text.into(), None, Some((label.into(), Arc::new(run))), false);
    }

    /// It was not done; stays until closed.
    pub fn fault(&self, words: FaultWords) {
        let detail = match words.trace {
            Some(trace) => format!("{} Trace {trace}", words.detail),
            None => words.detail,
        };
        self.push(words.title, Some(detail), None, true);
    }

    fn close(&self, id: u32) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }

    fn tick(&self) {
        if self.held.get_untracked() || self.list.with_untracked(Vec::is_empty) {
            return;
        }
        let is_over = |toast: &Toast| toast.left == Some(0);
        self.list.update_untracked(|list| {
            for toast in list.iter_mut() {
                toast.left = toast.left.map(|left| left.saturating_sub(TICK));
            }
        });
        if self.list.with_untracked(|list| list.iter().any(is_over)) {
            self.list.update(|list| list.retain(|toast| !is_over(toast)));
        }
    }
}

/// Puts a `ToastBox` in reach of everything below. `KitRoot` does it.
pub fn provide_toasts() -> ToastBox {
    let toasts = ToastBox { list: RwSignal::new(Vec::new()), next: StoredValue::new(0), held: RwSignal::new(false) };
    provide_context(toasts);
    toasts
}

/// The `ToastBox` in reach, or a new one without a host if the root provided none.
#[must_use]
pub fn use_toasts() -> ToastBox {
    use_context::<ToastBox>().unwrap_or_else(provide_toasts)
}

/// Draws the messages. `KitRoot` holds it.
#[component]
pub fn Toasts(
    /// Whose messages.
    toasts: ToastBox,
) -> impl IntoView {
    let clock = StoredValue::new(None::<IntervalHandle>);
    Effect::new(move |_| {
        let handle = set_interval_with_handle(move || toasts.tick(), Duration::from_millis(u64::from(TICK))).ok();
        clock.set_value(handle);
    });
    on_cleanup(move || {
        if let Some(handle) = clock.try_get_value().flatten() {
            handle.clear();
        }
    });
    let place = NodeRef::<html::Div>::new();
    // Messages lie over dialogs too: the top layer draws what was shown last on top.
    Effect::new(move |_| {
        let is_empty = toasts.list.with(Vec::is_empty);
        if let Some(place) = place.get() {
            if is_empty || dom::has_dialog() {
                dom::hide_popover(&place);
            }
            if !is_empty {
                dom::show_popover(&place);
            }
        }
    });
    view! {
        <div
            class="toasts"
            popover="manual"
            node_ref=place
            role="region"
            aria-label="Messages"
            on:mouseenter=move |_| toasts.held.set(true)
            on:mouseleave=move |_| toasts.held.set(false)
            on:focusin=move |_| toasts.held.set(true)
            on:focusout=move |_| toasts.held.set(false)
        >
            <For each=move || toasts.list.get() key=|toast| toast.id let:toast>
                {draw(toast, toasts)}
            </For>
        </div>
    }
}

fn draw(toast: Toast, toasts: ToastBox) -> AnyView {
    let id = toast.id;
    let (name, tint) = if toast.is_fault { (IconName::Alert, "bad") } else { (IconName::Check, "good") };
    let action = toast.action.map(|(label, run)| {
        let press = move |_| {
            toasts.close(id);
            run();
        };
        view! {
            <button type="button" class="btn small quiet" on:click=press>
                {label}
            </button>
        }
    });
    view! {
        <div class="toast" role=if toast.is_fault { "alert" } else { "status" }>
            <Icon name tint />
            <span class="grow">
                {toast.text} {toast.detail.map(|detail| view! { <span class="sub">{detail}</span> })}
            </span>
            {action}
            <button type="button" class="btn only quiet small" aria-label="Close" on:click=move |_| toasts.close(id)>
                <Icon name=IconName::X />
            </button>
        </div>
    }
    .into_any()
}
