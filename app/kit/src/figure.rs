//! A figure says of what, and what is missing when it cannot be computed.

use leptos::prelude::*;

/// One figure under its name. Without a value it reads “Not available” and says what is missing.
#[component]
pub fn Figure(
    /// Of what, until when: “Opened by a person, 30 days”.
    #[prop(into)]
    name: Signal<String>,
    /// The value, formatted; `None` draws the absent sign.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A smaller word after the value: “%”, “per minute”, “of 12,480 people”.
    #[prop(optional, into)]
    unit: MaybeProp<String>,
    /// What is missing when there is no value: “No spend recorded”.
    #[prop(optional, into)]
    missing: MaybeProp<String>,
    /// The one figure of a tile or page.
    #[prop(optional)]
    big: bool,
    /// A line below: a `Delta`, a base.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let shown = move || match value.get() {
        Some(text) => view! {
            {text}
            {move || unit.get().map(|unit| view! { <small>{format!(" {unit}")}</small> })}
        }
        .into_any(),
        None => view! { <span class="absent">"Not available"</span> }.into_any(),
    };
    view! {
        <div class="figure" class:big=big>
            <span class="name">{move || name.get()}</span>
            <span class="value">{shown}</span>
            {move || {
                value
                    .get()
                    .is_none()
                    .then(|| missing.get())
                    .flatten()
                    .map(|text| view! { <span class="tiny faint">{text}</span> })
            }}
            {children.map(|children| children())}
        </div>
    }
}

/// Whether a change is welcome, unwelcome or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trend {
    /// Neither.
    #[default]
    Plain,
    /// Welcome.
    Good,
    /// Unwelcome.
    Bad,
}

/// A change against a named base; the arrow tells the direction, so colour is not needed.
#[component]
pub fn Delta(
    /// The change, signed, in `unit`s.
    change: f64,
    /// After the number: “pt”, “%”.
    #[prop(into, optional)]
    unit: String,
    /// Against what: “from 22.8 %”.
    #[prop(optional, into)]
    base: MaybeProp<String>,
    /// Whether it is welcome.
    #[prop(optional)]
    trend: Trend,
) -> impl IntoView {
    let arrow = if change > 0.0 {
        "↑"
    } else if change < 0.0 {
        "↓"
    } else {
        "="
    };
    let class = match trend {
        Trend::Plain => "soft",
        Trend::Good => "good",
        Trend::Bad => "bad",
    };
    let said = if change < 0.0 { "down" } else { "up" };
    let text = format!(" {} {unit}", crate::format::decimal(change.abs(), 1));
    view! {
        <span class="delta">
            <span class=class>
                <span aria-hidden="true">{arrow}</span>
                <span class="vh">{said}</span>
                {text}
            </span>
            {move || base.get().map(|base| view! { <span class="faint">{format!(" {base}")}</span> })}
        </span>
    }
}

/// A QR code from its path, black on white in every theme, since phones read it so.
#[component]
pub fn QrCode(
    /// SVG path over `size` by `size` modules.
    path: String,
    /// Modules on a side.
    size: u32,
    /// What it holds, for those who cannot see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let frame = format!("-4 -4 {0} {0}", size + 8);
    view! {
        <svg class="qr" viewBox=frame role="img" aria-label=label width="200" height="200" shape-rendering="crispEdges">
            <rect x="-4" y="-4" width=size + 8 height=size + 8 fill="#fff"></rect>
            <path d=path fill="#000"></path>
        </svg>
    }
}
