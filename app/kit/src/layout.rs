//! Where things stand, so that pages need no classes.

use crate::tone::classes;
use leptos::prelude::*;

/// How far apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// 8 px.
    Small,
    /// 16 px.
    #[default]
    Normal,
    /// 24 px.
    Large,
}

impl Gap {
    const fn px(self) -> &'static str {
        match self {
            Self::Small => "8px",
            Self::Normal => "16px",
            Self::Large => "24px",
        }
    }
}

/// One below the other.
#[component]
pub fn Stack(
    /// How far apart.
    #[prop(optional)]
    gap: Gap,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! { <div class="stack" style:--g=gap.px()>{children()}</div> }
}

/// Side by side, wrapping; `apart` pushes the ends away from each other.
#[component]
pub fn Line(
    /// How far apart.
    #[prop(default = Gap::Small)]
    gap: Gap,
    /// First to the left, last to the right.
    #[prop(optional)]
    apart: bool,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let class = classes(&["line wrap", if apart { "apart" } else { "" }]);
    view! { <div class=class style:--g=gap.px()>{children()}</div> }
}

/// As many equal columns as fit.
#[component]
pub fn Columns(
    /// The least width of one, in px.
    #[prop(default = 260)]
    min: u32,
    /// How far apart.
    #[prop(optional)]
    gap: Gap,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! { <div class="cols" style:--min=format!("{min}px") style:--g=gap.px()>{children()}</div> }
}

/// A wide part and a side part; below each other under 1100 px.
#[component]
pub fn Split(
    /// The width of the side part, in px.
    #[prop(default = 340)]
    side: u32,
    /// The side part comes first.
    #[prop(optional)]
    flip: bool,
    /// Two children.
    children: Children,
) -> impl IntoView {
    let class = classes(&["split", if flip { "flip" } else { "" }]);
    view! { <div class=class style:--side=format!("{side}px")>{children()}</div> }
}

/// Words that matter less; `tiny` makes them smaller as well.
#[component]
pub fn Faint(
    /// Smaller as well.
    #[prop(optional)]
    tiny: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <span class=classes(&["faint", if tiny { "tiny" } else { "" }])>{children()}</span> }
}

/// Words for assistive technology only.
#[component]
pub fn Hidden(
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <span class="vh">{children()}</span> }
}

/// A row of figures with hairlines between them.
#[component]
pub fn Strip(
    /// `Figure`s.
    children: Children,
) -> impl IntoView {
    view! { <div class="strip">{children()}</div> }
}

/// The line of search, filters and buttons over a table.
#[component]
pub fn ToolsRow(
    /// Inputs and buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="tools-row">{children()}</div> }
}

/// Takes the room that is left, pushing what follows to the end.
#[component]
pub fn Spring() -> impl IntoView {
    view! { <span class="grow"></span> }
}

/// Side, main, side: 272 px, the rest, 288 px. Under 1180 px the first goes below; on phones the last comes first.
#[component]
pub fn Triple(
    /// Three children.
    children: Children,
) -> impl IntoView {
    view! { <div class="triple">{children()}</div> }
}

/// Stays in sight while what stands beside it scrolls.
#[component]
pub fn Sticky(
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! { <div class="stack beside">{children()}</div> }
}

/// A heading in a page.
#[component]
pub fn Heading(
    /// The words.
    #[prop(into)]
    text: Signal<String>,
    /// Beside it: a count, a link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="line apart">
            <h2>{move || text.get()}</h2>
            {children.map(|children| children())}
        </div>
    }
}

/// A paragraph of softer words.
#[component]
pub fn Soft(
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <p class="soft">{children()}</p> }
}

/// What stays at the foot of a phone's screen: the deciding buttons of a long form.
#[component]
pub fn FootBar(
    /// Buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="foot-bar">{children()}</div> }
}

/// What shows on a desk only; phones have it elsewhere.
#[component]
pub fn Desk(
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! { <span class="desk">{children()}</span> }
}
