//! A trend without axes, for tiles.

use super::{data::float, plot::path};
use leptos::prelude::*;

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 40.0;

/// A small line. It shows a direction; the figure beside it is the number.
#[component]
pub fn Spark(
    /// The direction in words: “Human open rate by day, rising from 21 to 24 percent”.
    #[prop(into)]
    label: Signal<String>,
    /// The values, oldest first.
    #[prop(into)]
    values: Signal<Vec<f64>>,
) -> impl IntoView {
    let drawn = move || {
        let points = values.with(|values| points(values));
        let line = path(&points);
        let now = points.last().map(|(x, y)| format!("M{x:.1} {y:.1}h.01")).unwrap_or_default();
        let fill = if points.len() > 1 { format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z") } else { String::new() };
        view! {
            <path class="fill" d=fill />
            <path d=line />
            <path class="now" d=now />
        }
    };
    view! {
        <svg class="spark" viewBox="0 0 120 40" preserveAspectRatio="none" role="img" aria-label=move || label.get()>
            {drawn}
        </svg>
    }
}

/// Points from the lowest to the highest value, with room for the stroke.
fn points(values: &[f64]) -> Vec<(f64, f64)> {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let last = float(values.len().saturating_sub(1)).max(1.0);
    let span = high - low;
    values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let share = if span > 0.0 { (value - low) / span } else { 0.5 };
            (float(at) / last * WIDTH, 2.0 + (1.0 - share) * (HEIGHT - 4.0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_trend_lies_in_the_middle() {
        assert_eq!(points(&[3.0, 3.0]), [(0.0, 20.0), (120.0, 20.0)]);
    }

    #[test]
    fn the_highest_value_is_at_the_top() {
        assert_eq!(points(&[1.0, 2.0]), [(0.0, 38.0), (120.0, 2.0)]);
    }
}
