//! The drawing: the SVG stretches, the words do not.

use super::data::{Axis, ChartData, ChartKind, Series, SeriesLine, float};
use leptos::{ev, prelude::*};
use std::fmt::Write;

pub(super) const WIDTH: f64 = 600.0;
pub(super) const HEIGHT: f64 = 200.0;

/// Axes, series, and the points one can step along.
#[component]
pub(super) fn Plot(label: Signal<String>, data: Signal<ChartData>, kind: ChartKind, height: u32) -> impl IntoView {
    let centred = kind == ChartKind::Bars;
    let at = RwSignal::new(None::<usize>);
    let ticks = move || {
        data.with(|data| {
            let axis = data.axis();
            axis.ticks.iter().rev().map(|tick| view! { <span>{data.unit.tick(*tick)}</span> }).collect_view()
        })
    };
    let labels = move || {
        data.with(|data| data.x_labels(centred))
            .into_iter()
            .map(|(place, words)| view! { <span style:--at=format!("{:.2}%", place * 100.0)>{words}</span> })
            .collect_view()
    };
    let said = move || at.get().map(|at| data.with(|data| words_at(data, at)));
    view! {
        <div class="plot" style:--h=format!("{height}px")>
            <div class="y" aria-hidden="true">{ticks}</div>
            <div class="area">
                <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=move || label.get()>
                    {move || data.with(|data| drawing(data, kind))}
                </svg>
                <Hits label data centred at />
            </div>
            <div class="x" class:centred=centred aria-hidden="true">{labels}</div>
        </div>
        <span class="vh" role="status">{said}</span>
    }
    .into_any()
}

/// One tab stop; arrows, Home and End move along the points.
#[component]
fn Hits(label: Signal<String>, data: Signal<ChartData>, centred: bool, at: RwSignal<Option<usize>>) -> impl IntoView {
    let last = move || data.with_untracked(|data| data.x.len().saturating_sub(1));
    let keys = move |event: ev::KeyboardEvent| {
        let now = at.get_untracked();
        let next = match event.key().as_str() {
            "ArrowRight" => now.map_or(0, |now| (now + 1).min(last())),
            "ArrowLeft" => now.map_or_else(last, |now| now.saturating_sub(1)),
            "Home" => 0,
            "End" => last(),
            "Escape" => return at.set(None),
            _ => return,
        };
        event.prevent_default();
        at.set(Some(next));
    };
    let points = move || {
        data.with(|data| {
            let count = data.x.len();
            (0..count)
                .map(|point| {
                    let words = lines_at(data, point);
                    let is_late = point * 2 > count;
                    view! {
                        <i class:on=move || at.get() == Some(point) class:left=is_late>
                            <span>{words}</span>
                        </i>
                    }
                })
                .collect_view()
        })
    };
    // For lines the points stand on the edges, so the bands reach half a step beyond the drawing.
    let half = move || {
        let count = data.with(|data| data.x.len());
        if centred || count < 2 { "0px".to_owned() } else { format!("{:.3}%", -50.0 / (float(count) - 1.0)) }
    };
    view! {
        <div
            class="hits"
            role="group"
            tabindex="0"
            style:--half=half
            aria-label=move || format!("{}: arrow keys move along the points", label.get())
            on:keydown=keys
            on:blur=move |_| at.set(None)
        >
            {points}
        </div>
    }
}

fn words_at(data: &ChartData, at: usize) -> String {
    let mut out = data.x.get(at).cloned().unwrap_or_default();
    for series in &data.series {
        let value = series.values.get(at).copied().flatten();
        let words = value.map_or_else(|| "not available".to_owned(), |value| data.unit.write(value));
        let _ = write!(out, ", {} {words}", series.name);
    }
    out
}

fn lines_at(data: &ChartData, at: usize) -> AnyView {
    let head = data.x.get(at).cloned().unwrap_or_default();
    let lines = data.series.iter().map(|series| {
        let value = series.values.get(at).copied().flatten();
        let words = value.map_or_else(|| "not available".to_owned(), |value| data.unit.write(value));
        view! { <span class="line"><i class="swatch" style:--c=format!("var(--{})", series.color)></i>{format!("{} {words}", series.name)}</span> }
    });
    view! {
        <b>{head}</b>
        {lines.collect_view()}
    }
    .into_any()
}

fn drawing(data: &ChartData, kind: ChartKind) -> AnyView {
    let axis = data.axis();
    let grid: String = axis.ticks.iter().filter(|tick| **tick != 0.0).fold(String::new(), |mut out, tick| {
        let _ = write!(out, "M0 {:.1}H{WIDTH}", axis.depth(*tick) * HEIGHT);
        out
    });
    let base = format!("M0 {:.1}H{WIDTH}", axis.depth(0.0) * HEIGHT);
    let body = match kind {
        ChartKind::Line => data.series.iter().map(|series| line(data, series, &axis)).collect_view().into_any(),
        ChartKind::Bars => {
            data.series.iter().enumerate().map(|(at, series)| bars(data, series, at, &axis)).collect_view().into_any()
        }
    };
    view! {
        <path class="grid" d=grid />
        <path class="base" d=base />
        {body}
    }
    .into_any()
}

/// The pieces of a line between missing values, as points in the drawing.
pub(super) fn pieces(data: &ChartData, series: &Series, axis: &Axis) -> Vec<Vec<(f64, f64)>> {
    let mut out: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (at, value) in series.values.iter().enumerate() {
        match value.filter(|value| value.is_finite()) {
            Some(value) => {
                let point = (data.place(at, false) * WIDTH, axis.depth(value) * HEIGHT);
                if let Some(piece) = out.last_mut() {
                    piece.push(point);
                }
            }
            None => out.push(Vec::new()),
        }
    }
    out.retain(|piece| !piece.is_empty());
    out
}

pub(super) fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(out, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    // A single point draws nothing as a line; a stroke of no length with round ends draws a dot.
    if points.len() == 1 {
        out.push_str("h.01");
    }
    out
}

fn line(data: &ChartData, series: &Series, axis: &Axis) -> AnyView {
    let pieces = pieces(data, series, axis);
    let stroke: String = pieces.iter().map(|piece| path(piece)).collect();
    let class = match series.line {
        SeriesLine::Solid => "series",
        SeriesLine::Before => "before",
        SeriesLine::Guess => "series guess",
    };
    let foot = axis.depth(0.0) * HEIGHT;
    let under: String = pieces
        .iter()
        .filter_map(|piece| Some((piece, piece.first()?, piece.last()?)))
        .map(|(piece, first, last)| format!("{}L{:.1} {foot:.1}L{:.1} {foot:.1}Z", path(piece), last.0, first.0))
        .collect();
    let color = format!("var(--{})", series.color);
    let is_solid = series.line == SeriesLine::Solid;
    view! {
        {is_solid.then(|| view! { <path class="under" style:--c=color.clone() d=under /> })}
        <path class=class style:--c=color.clone() d=stroke />
    }
    .into_any()
}

fn bars(data: &ChartData, series: &Series, at: usize, axis: &Axis) -> AnyView {
    let band = WIDTH / float(data.x.len().max(1));
    let width = (band * 0.68) / float(data.series.len().max(1));
    let zero = axis.depth(0.0) * HEIGHT;
    let shape: String = series.values.iter().enumerate().filter_map(|(point, value)| Some((point, (*value)?))).fold(
        String::new(),
        |mut out, (point, value)| {
            let left = band * float(point) + band * 0.16 + width * float(at);
            let y = axis.depth(value) * HEIGHT;
            let _ = write!(out, "M{left:.1} {zero:.1}V{y:.1}H{:.1}V{zero:.1}Z", left + width);
            out
        },
    );
    let class = if series.line == SeriesLine::Solid { "block" } else { "block faded" };
    view! { <path class=class style:--c=format!("var(--{})", series.color) d=shape /> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_breaks_the_line() {
        let data = ChartData {
            x: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            series: vec![Series::new("All", "text", vec![Some(1.0), Some(2.0), None, Some(3.0)])],
            ..ChartData::default()
        };
        let axis = data.axis();
        let found: Vec<usize> =
            data.series.iter().flat_map(|series| pieces(&data, series, &axis)).map(|piece| piece.len()).collect();
        assert_eq!(found, [2, 1]);
    }

    #[test]
    fn one_point_is_drawn_as_a_dot() {
        assert_eq!(path(&[(0.0, 5.0)]), "M0.0 5.0h.01");
    }
}
