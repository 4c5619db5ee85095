//! Charts as SVG, drawn on the server too: axes with units, points by pointer and keyboard, the same numbers as a table,
//! and downloads.

mod data;
mod export;
mod plot;
mod spark;

pub use data::{ChartData, ChartKind, Series, SeriesLine, Unit};
pub use spark::Spark;

use crate::{Button, ButtonKind, Icon, IconName, Size};
use leptos::prelude::*;

/// A chart with its legend, its table and its downloads.
#[component]
pub fn Chart(
    /// What it shows, with its unit: “Messages per minute”. Also the name of downloaded files.
    #[prop(into)]
    label: Signal<String>,
    /// The numbers.
    #[prop(into)]
    data: Signal<ChartData>,
    /// Lines or bars.
    #[prop(optional)]
    kind: ChartKind,
    /// Height of the drawing in px.
    #[prop(default = 240)]
    height: u32,
    /// What is missing when there are no numbers.
    #[prop(optional, into)]
    missing: MaybeProp<String>,
) -> impl IntoView {
    let is_empty = move || data.with(ChartData::is_empty);
    let drawing = move || {
        if is_empty() {
            let text = missing.get().unwrap_or_else(|| "No numbers in this period".to_owned());
            return view! {
                <div class="chart-none" style:--h=format!("{height}px")>
                    <span class="absent">"Not available"</span>
                    <span class="tiny faint">{text}</span>
                </div>
            }
            .into_any();
        }
        view! { <plot::Plot label data kind height /> }.into_any()
    };
    let save_csv = move |()| export::csv(&label.get_untracked(), &data.get_untracked());
    let save_png = move |()| export::png(&label.get_untracked(), &data.get_untracked(), kind);
    view! {
        <div class="chart">
            {drawing}
            <ul class="legend" hidden=is_empty>
                {move || data.with(|data| data.series.iter().map(|series| legend(series, kind)).collect_view())}
            </ul>
            <div class="line wrap top" hidden=is_empty>
                <details class="as-table">
                    <summary><Icon name=IconName::Right />"As a table"</summary>
                    {move || data.with(table)}
                </details>
                <span class="grow"></span>
                <Button kind=ButtonKind::Quiet size=Size::Small icon=IconName::Download on_press=save_csv>
                    "CSV"
                </Button>
                <Button kind=ButtonKind::Quiet size=Size::Small icon=IconName::Image on_press=save_png>
                    "PNG"
                </Button>
            </div>
        </div>
    }
    .into_any()
}

fn legend(series: &Series, kind: ChartKind) -> AnyView {
    let color = format!("var(--{})", series.color);
    let sign = match (series.line, kind) {
        (SeriesLine::Before, ChartKind::Line) => view! { <span class="dash"></span> }.into_any(),
        (SeriesLine::Solid, _) | (_, ChartKind::Line) => view! { <i class="swatch" style:--c=color></i> }.into_any(),
        _ => view! { <i class="swatch faded" style:--c=color></i> }.into_any(),
    };
    let name = series.name.clone();
    view! { <li>{sign}{name}</li> }.into_any()
}

/// The same numbers.
fn table(data: &ChartData) -> AnyView {
    let heads = data.series.iter().map(|series| {
        let name = series.name.clone();
        view! { <th scope="col" class="num">{name}</th> }
    });
    let rows = data.x.iter().enumerate().map(|(at, x)| {
        let cells = data.series.iter().map(|series| {
            let words = series.values.get(at).copied().flatten().map(|value| data.unit.write(value));
            view! { <td class="num">{words.unwrap_or_else(|| "not available".to_owned())}</td> }
        });
        let x = x.clone();
        view! {
            <tr>
                <th scope="row">{x}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <div class="table-box">
            <table class="table plain">
                <thead>
                    <tr>
                        <th scope="col">{data.x_name.clone()}</th>
                        {heads.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
