//! Small signs that always carry words.

use crate::{Icon, IconName, Shape, Tone, tone::classes};
use leptos::prelude::*;

/// A state in words; its sign says how sure we are, its colour how good it is.
#[component]
pub fn Status(
    /// How good.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// How sure.
    #[prop(optional, into)]
    shape: Signal<Shape>,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <span class=move || classes(&["status", tone.get().class(), shape.get().class()])>
            <span>{children()}</span>
        </span>
    }
}

/// A word in a box: risk, role, plan.
#[component]
pub fn Badge(
    /// How good.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <span class=move || classes(&["badge", tone.get().class()])>{children()}</span> }
}

/// A label somebody put on something.
#[component]
pub fn Tag(
    /// Its words.
    #[prop(into)]
    name: String,
    /// Takes it off; a button appears when given.
    #[prop(optional, into)]
    on_remove: Option<Callback<()>>,
) -> impl IntoView {
    let label = format!("Remove {name}");
    view! {
        <span class="tag">
            {name}
            {on_remove
                .map(|on_remove| {
                    view! {
                        <button
                            type="button"
                            class="btn only quiet"
                            aria-label=label
                            on:click=move |_| on_remove.run(())
                        >
                            <Icon name=IconName::X />
                        </button>
                    }
                })}
        </span>
    }
}

/// How many. `hot` is a count that waits for a person.
#[component]
pub fn Count(
    /// How many.
    #[prop(into)]
    value: Signal<u64>,
    /// Waits for a person.
    #[prop(optional, into)]
    hot: Signal<bool>,
) -> impl IntoView {
    view! {
        <span class="count" class:hot=move || hot.get()>
            {move || crate::format::number(value.get())}
        </span>
    }
}

/// The colour of a channel or calendar type, as a small square; it marks kind, never state.
#[component]
pub fn Kind(
    /// The name of a colour token without dashes: `email`, `social`, `sms`, `deadline`, `note`, `task`, `event`, `external`.
    #[prop(into)]
    color: Signal<String>,
) -> impl IntoView {
    view! { <span class="kind" aria-hidden="true" style:--c=move || format!("var(--{})", color.get())></span> }
}

/// Initials of a person, a firm (`square`) or an agent.
#[component]
pub fn Avatar(
    /// The full name; initials are taken from it.
    #[prop(into)]
    name: Signal<String>,
    /// Whose it is.
    #[prop(optional)]
    kind: AvatarKind,
    /// 56 px in place of 28 px.
    #[prop(optional)]
    big: bool,
) -> impl IntoView {
    let class = classes(&["avatar", kind.class(), if big { "big" } else { "" }]);
    view! {
        <span class=class aria-hidden="true">
            {move || match kind {
                AvatarKind::Agent => view! { <Icon name=IconName::Agent /> }.into_any(),
                _ => initials(&name.get()).into_any(),
            }}
        </span>
    }
}

/// People are round, firms and agents square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarKind {
    /// A person.
    #[default]
    Person,
    /// A firm.
    Firm,
    /// A program that acts.
    Agent,
}

impl AvatarKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Person => "",
            Self::Firm => "square",
            Self::Agent => "agent",
        }
    }
}

/// First letters of the first and the last word, at most two, in capitals.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}
