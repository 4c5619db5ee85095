//! A menu on a button: arrows, Home, End, letters, Esc.

use crate::{Icon, IconName, When, dom};
use leptos::{ev, html, prelude::*};

/// One line of a menu.
#[derive(Clone, Default)]
pub struct MenuItem {
    label: String,
    icon: Option<IconName>,
    key: Option<String>,
    href: Option<String>,
    run: Option<Callback<()>>,
    blocked: Option<String>,
    is_danger: bool,
    has_rule: bool,
    is_current: bool,
}

impl MenuItem {
    /// A line that does something.
    pub fn run(label: impl Into<String>, run: impl Into<Callback<()>>) -> Self {
        Self { label: label.into(), run: Some(run.into()), ..Self::default() }
    }

    /// A line that leads somewhere.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()), ..Self::default() }
    }

    /// Puts a drawing before the words.
    #[must_use]
    pub fn icon(mut self, icon: IconName) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Names the shortcut.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Marks what takes something away, and draws a line above it.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.is_danger = true;
        self.has_rule = true;
        self
    }

    /// Draws a line above it.
    #[must_use]
    pub fn rule(mut self) -> Self {
        self.has_rule = true;
        self
    }

    /// Says why it cannot be used now.
    #[must_use]
    pub fn blocked(mut self, why: impl Into<String>) -> Self {
        self.blocked = Some(why.into());
        self
    }

    /// Marks the one that holds now (the company one is in, the chosen sort).
    #[must_use]
    pub fn current(mut self, is_current: bool) -> Self {
        self.is_current = is_current;
        self
    }
}

/// A button that opens a menu. The list lies in the top layer, so that no table or card cuts it off.
#[component]
pub fn Menu(
    /// Names the button: “Actions for Alba Reyes”.
    #[prop(into)]
    label: Signal<String>,
    /// The lines, made when the menu opens.
    #[prop(into)]
    items: Signal<Vec<MenuItem>>,
    /// What the button shows; three dots when not given.
    #[prop(optional, into)]
    trigger: Option<ViewFn>,
    /// The class of the button.
    #[prop(default = "btn only quiet small")]
    class: &'static str,
    /// The trigger's own words name the button; the label then only names the list and shows as a tip.
    #[prop(optional)]
    is_worded: bool,
) -> impl IntoView {
    let open = RwSignal::new(false);
    // A press on the button closes the open list by itself before the click arrives; what held when the press began counts.
    let was_open = StoredValue::new(false);
    let button = NodeRef::<html::Button>::new();
    let list = NodeRef::<html::Div>::new();
    let show = move || {
        open.set(true);
        // The lines are drawn in this turn; placed and focused in the next frame.
        request_animation_frame(move || {
            if let (Some(button), Some(list)) = (button.get_untracked(), list.get_untracked()) {
                dom::show_popover(&list);
                dom::place_below(&button, &list);
                dom::focus_line(&list, dom::Line::First);
            }
        });
    };
    let hide = move || {
        if let Some(list) = list.get_untracked() {
            dom::hide_popover(&list);
        }
        open.set(false);
    };
    let keys = move |event: ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") && !open.get_untracked() {
            event.prevent_default();
            show();
        }
    };
    let toggled = move |event: ev::Event| {
        if dom::is_closing(&event) {
            open.set(false);
        }
    };
    view! {
        <span class="menu">
            <button
                type="button"
                class=class
                node_ref=button
                aria-haspopup="menu"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                aria-label=move || (!is_worded).then(|| label.get())
                title=move || label.get()
                on:pointerdown=move |_| was_open.set_value(open.get_untracked())
                on:click=move |_| {
                    if was_open.get_value() || open.get_untracked() { hide() } else { show() }
                    was_open.set_value(false);
                }
                on:keydown=keys
            >
                {match trigger {
                    Some(trigger) => trigger.run(),
                    None => view! { <Icon name=IconName::Dots /> }.into_any(),
                }}
            </button>
            <div
                class="items"
                role="menu"
                popover="auto"
                node_ref=list
                aria-label=move || label.get()
                on:toggle=toggled
                on:keydown=move |event| walk(&event, list, hide)
            >
                <When is=move || open.get()>
                    {move || items.get().into_iter().map(|item| line(item, hide)).collect_view()}
                </When>
            </div>
        </span>
    }
}

fn walk(event: &ev::KeyboardEvent, list: NodeRef<html::Div>, hide: impl Fn()) {
    let Some(list) = list.get_untracked() else { return };
    let to = match event.key().as_str() {
        "ArrowDown" => dom::Line::Next,
        "ArrowUp" => dom::Line::Before,
        "Home" => dom::Line::First,
        "End" => dom::Line::Last,
        "Tab" => return hide(),
        key if key.chars().count() == 1 => {
            dom::focus_letter(&list, key);
            return;
        }
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    dom::focus_line(&list, to);
}

fn line(item: MenuItem, hide: impl Fn() + Copy + 'static) -> AnyView {
    let class = if item.is_danger { "bad" } else { "" };
    let is_blocked = item.blocked.is_some();
    let current = item.is_current.then_some("true");
    let inner = view! {
        {item.icon.map(|name| view! { <Icon name /> })}
        <span class="grow">{item.label}</span>
        {item.is_current.then(|| view! { <Icon name=IconName::Check /> })}
        {item.key.map(|key| view! { <kbd>{key}</kbd> })}
    };
    let rule = item.has_rule.then(|| view! { <hr /> });
    let run = item.run;
    let press = move |event: ev::MouseEvent| {
        if is_blocked {
            event.prevent_default();
            return;
        }
        hide();
        if let Some(run) = run {
            run.run(());
        }
    };
    let off = is_blocked.then_some("true");
    match item.href {
        Some(href) => view! {
            {rule}
            <a role="menuitem" tabindex="-1" class=class href=href aria-current=current aria-disabled=off title=item.blocked on:click=press>
                {inner}
            </a>
        }
        .into_any(),
        None => view! {
            {rule}
            <button
                type="button"
                role="menuitem"
                tabindex="-1"
                class=class
                aria-current=current
                aria-disabled=off
                title=item.blocked
                on:click=press
            >
                {inner}
            </button>
        }
        .into_any(),
    }
}
