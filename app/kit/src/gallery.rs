//! Every component in every state, in both themes and with more contrast: `/kit`. The browser tests walk through it.

mod board;
mod frames;
mod inputs;
mod lists;
mod more;
mod over;
mod signs;
mod states;

use crate::{Gap, PageTitle, Stack};
use leptos::prelude::*;

/// The gallery.
#[component]
pub fn Gallery() -> impl IntoView {
    view! {
        <PageTitle
            title="Kit"
            detail="Every component in every state, from one set of names, in both themes and with more contrast"
        />
        <Colours />
        <div class="themes">
            <Sheet theme="dark" contrast="normal" tag="d" />
            <Sheet theme="light" contrast="normal" tag="l" />
        </div>
        <h2>"More contrast"</h2>
        <div class="themes">
            <div class="theme" data-theme="dark" data-contrast="more">
                <signs::Signs />
            </div>
            <div class="theme" data-theme="light" data-contrast="more">
                <signs::Signs />
            </div>
        </div>
    }
    .into_any()
}

/// One theme. `tag` keeps the ids of the two apart.
#[component]
fn Sheet(theme: &'static str, contrast: &'static str, tag: &'static str) -> impl IntoView {
    view! {
        <div class="theme" data-theme=theme data-contrast=contrast>
            <inputs::Buttons />
            <inputs::Fields tag />
            <inputs::Checks tag />
            <signs::Signs />
            <signs::Figures />
            <board::Tiles />
            <board::Charts />
            <frames::Frames />
            <lists::Lists />
            <states::Progresses />
            <states::States />
            <over::Over />
            <more::Stories />
            <more::Composing />
            <more::Files tag />
            <more::Icons />
        </div>
    }
    .into_any()
}

/// A part of the gallery under its name.
#[component]
pub(crate) fn Exhibit(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="part">
            <h2>{title}</h2>
            <Stack gap=Gap::Normal>{children()}</Stack>
        </section>
    }
    .into_any()
}

#[component]
fn Colours() -> impl IntoView {
    const NAMES: [&str; 22] = [
        "bg",
        "surface-1",
        "surface-2",
        "surface-3",
        "text",
        "text-2",
        "text-3",
        "purple",
        "cyan",
        "pink",
        "good",
        "warn",
        "danger",
        "info",
        "link",
        "email",
        "social",
        "sms",
        "deadline",
        "task",
        "event",
        "note",
    ];
    let one = |name: &'static str| view! { <span><i style:background=format!("var(--{name})")></i>{name}</span> };
    view! {
        <section class="tokens" aria-label="Colours">
            {NAMES.into_iter().map(one).collect_view()}
        </section>
    }
    .into_any()
}
