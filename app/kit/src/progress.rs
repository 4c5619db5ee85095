//! Progress: one bar may hold several certainties.

use crate::format;
use leptos::prelude::*;

/// How a part of a bar is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certainty {
    /// Filled.
    #[default]
    Proven,
    /// Hatched.
    Unsure,
    /// Ringed: skipped.
    Hollow,
    /// Nothing yet.
    Rest,
}

impl Certainty {
    const fn class(self) -> &'static str {
        match self {
            Self::Proven => "",
            Self::Unsure => "unsure",
            Self::Hollow => "hollow",
            Self::Rest => "rest",
        }
    }
}

/// One part of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// How it is drawn.
    pub certainty: Certainty,
    /// How many.
    pub value: u64,
    /// What they are, for the legend and the tooltip.
    pub label: String,
    /// Name of a colour token without dashes, for proven parts: `cyan`, `danger`, `pink`, `info`.
    pub color: &'static str,
}

impl Part {
    /// A filled part in a colour token (`cyan`, `danger`, `pink`, `info`, `text-2`).
    pub fn proven(label: impl Into<String>, value: u64, color: &'static str) -> Self {
        Self { certainty: Certainty::Proven, value, label: label.into(), color }
    }

    /// A hatched part: outcome not known.
    pub fn unsure(label: impl Into<String>, value: u64) -> Self {
        Self { certainty: Certainty::Unsure, value, label: label.into(), color: "warn" }
    }

    /// A ringed part: skipped.
    pub fn hollow(label: impl Into<String>, value: u64) -> Self {
        Self { certainty: Certainty::Hollow, value, label: label.into(), color: "text-3" }
    }

    /// What has not been tried.
    pub fn rest(label: impl Into<String>, value: u64) -> Self {
        Self { certainty: Certainty::Rest, value, label: label.into(), color: "text-3" }
    }

    /// The two parts of a plain bar.
    #[must_use]
    pub fn done_of(done: u64, total: u64) -> Vec<Self> {
        vec![Self::proven("Done", done, "cyan"), Self::rest("Left", total.saturating_sub(done))]
    }
}

/// How high a bar is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BarHeight {
    /// 8 px.
    #[default]
    Normal,
    /// 14 px, for the bar a page is about.
    Tall,
    /// 3 px, at the foot of a card.
    Thin,
}

/// A progress bar. Its words tell what the drawing tells: count, rate, time left.
#[component]
pub fn Progress(
    /// What progresses.
    #[prop(into)]
    label: Signal<String>,
    /// The parts, in the order they are drawn; `Rest` is what is not done.
    #[prop(into)]
    parts: Signal<Vec<Part>>,
    /// “8,252 of 12,480 done, about 36 minutes left”. Made from the parts when not given.
    #[prop(optional, into)]
    words: MaybeProp<String>,
    /// How high.
    #[prop(optional)]
    height: BarHeight,
) -> impl IntoView {
    let total = move || parts.with(|parts| parts.iter().map(|part| part.value).sum::<u64>());
    let done = move || {
        parts.with(|parts| {
            parts.iter().filter(|part| part.certainty != Certainty::Rest).map(|part| part.value).sum::<u64>()
        })
    };
    let said = move || {
        words.get().unwrap_or_else(|| format!("{} of {} done", format::number(done()), format::number(total())))
    };
    let class = match height {
        BarHeight::Normal => "bar",
        BarHeight::Tall => "bar tall",
        BarHeight::Thin => "bar thin",
    };
    let drawn = |part: Part| {
        view! {
            <i
                class=part.certainty.class()
                style:--v=part.value.to_string()
                style:--c=format!("var(--{})", part.color)
                title=format!("{} {}", part.label, format::number(part.value))
            ></i>
        }
    };
    view! {
        <div
            class=class
            role="progressbar"
            aria-label=move || label.get()
            aria-valuemin="0"
            aria-valuemax=move || total().to_string()
            aria-valuenow=move || done().to_string()
            aria-valuetext=said
        >
            {move || parts.get().into_iter().filter(|part| part.value > 0).map(drawn).collect_view()}
        </div>
    }
}

/// What the parts of a bar or the lines of a chart mean.
#[component]
pub fn Legend(
    /// The parts; also those that are zero now.
    #[prop(into)]
    parts: Signal<Vec<Part>>,
    /// Shows how many each is.
    #[prop(optional)]
    counted: bool,
) -> impl IntoView {
    let entry = move |part: Part| {
        view! {
            <li>
                <Swatch certainty=part.certainty color=part.color />
                {part.label}
                {counted.then(|| format!(" {}", format::number(part.value)))}
            </li>
        }
    };
    view! { <ul class="legend">{move || parts.get().into_iter().map(entry).collect_view()}</ul> }
}

/// The little square of a legend.
#[component]
pub fn Swatch(
    /// How it is drawn.
    #[prop(optional)]
    certainty: Certainty,
    /// Name of a colour token without dashes.
    #[prop(default = "text-2")]
    color: &'static str,
) -> impl IntoView {
    view! {
        <i
            class=crate::tone::classes(&["swatch", certainty.class()])
            style:--c=format!("var(--{color})")
            aria-hidden="true"
        ></i>
    }
}

/// Progress as a small ring; the words stand beside it.
#[component]
pub fn Ring(
    /// 0 to 100.
    #[prop(into)]
    percent: Signal<u8>,
) -> impl IntoView {
    view! { <span class="ring" aria-hidden="true" style:--p=move || percent.get().min(100).to_string()></span> }
}
