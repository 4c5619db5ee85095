//! The numbers of a chart and the arithmetic of its axes.

use crate::format;

/// Lines or bars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartKind {
    /// A line per series.
    #[default]
    Line,
    /// Bars, series side by side.
    Bars,
}

/// What the numbers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Pieces.
    #[default]
    Plain,
    /// Fractions of one, read as percent.
    Percent,
    /// Whole units of a currency with this sign.
    Money(&'static str),
}

impl Unit {
    /// A value in words.
    #[must_use]
    pub fn write(self, value: f64) -> String {
        match self {
            Self::Plain if value.fract() == 0.0 => format::decimal(value, 0),
            Self::Plain => format::decimal(value, 1),
            Self::Percent => format::percent(value),
            Self::Money(sign) => format!("{sign}{}", format::decimal(value, 0)),
        }
    }

    /// A short value for an axis.
    #[must_use]
    pub fn tick(self, value: f64) -> String {
        match self {
            Self::Plain => format::short(value),
            Self::Percent => format!("{} %", format::short(value * 100.0)),
            Self::Money(sign) => format!("{sign}{}", format::short(value)),
        }
    }
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeriesLine {
    /// Proven numbers.
    #[default]
    Solid,
    /// The period before, to compare with.
    Before,
    /// A forecast.
    Guess,
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// A value per x; `None` is not available and breaks the line.
    pub values: Vec<Option<f64>>,
    /// Name of a colour token without dashes.
    pub color: &'static str,
    /// How it is drawn.
    pub line: SeriesLine,
}

impl Series {
    /// Proven numbers in a colour token (`purple-text`, `cyan`, `email`, `text`).
    pub fn new(name: impl Into<String>, color: &'static str, values: Vec<Option<f64>>) -> Self {
        Self { name: name.into(), values, color, line: SeriesLine::Solid }
    }

    /// The period before.
    pub fn before(name: impl Into<String>, values: Vec<Option<f64>>) -> Self {
        Self { name: name.into(), values, color: "text-3", line: SeriesLine::Before }
    }

    /// Draws it another way.
    #[must_use]
    pub const fn line(mut self, line: SeriesLine) -> Self {
        self.line = line;
        self
    }
}

/// All numbers of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartData {
    /// What x is: “Day”.
    pub x_name: String,
    /// The points along x, in words.
    pub x: Vec<String>,
    /// What the numbers are.
    pub unit: Unit,
    /// The series.
    pub series: Vec<Series>,
}

impl ChartData {
    /// Whether there is not one number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.x.is_empty() || self.values().next().is_none()
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.series.iter().flat_map(|series| series.values.iter().flatten().copied()).filter(|value| value.is_finite())
    }

    /// The axis that holds all values and zero.
    pub(super) fn axis(&self) -> Axis {
        let top = self.values().fold(0.0, f64::max);
        let foot = self.values().fold(0.0, f64::min);
        Axis::over(foot, top)
    }

    /// About six x labels: the place 0 to 1 and the words.
    pub(super) fn x_labels(&self, centred: bool) -> Vec<(f64, String)> {
        let last = self.x.len().saturating_sub(1);
        let step = (last / 5).max(1);
        let mut picked: Vec<usize> = (0..=last).step_by(step).collect();
        if last > 0 && picked.last().is_some_and(|at| *at != last) {
            if picked.last().is_some_and(|at| last - at < step.div_ceil(2)) {
                picked.pop();
            }
            picked.push(last);
        }
        picked.into_iter().filter_map(|at| Some((self.place(at, centred), self.x.get(at)?.clone()))).collect()
    }

    /// Where point `at` stands along x, 0 to 1: on the edge for lines, in the middle of its band for bars.
    pub(super) fn place(&self, at: usize, centred: bool) -> f64 {
        let count = float(self.x.len());
        if centred {
            (float(at) + 0.5) / count.max(1.0)
        } else if self.x.len() < 2 {
            0.5
        } else {
            float(at) / (count - 1.0)
        }
    }
}

/// A small count as a float; charts hold thousands of points at most.
pub(super) fn float(value: usize) -> f64 {
    u32::try_from(value).map_or(f64::from(u32::MAX), f64::from)
}

/// Round steps from foot to top.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) foot: f64,
    pub(super) top: f64,
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    fn over(low: f64, high: f64) -> Self {
        let span = if high - low > 0.0 { high - low } else { 1.0 };
        let step = nice(span / 3.0);
        let foot = (low / step).floor() * step;
        let top = ((high / step).ceil() * step).max(foot + step);
        let mut ticks = Vec::new();
        let mut tick = foot;
        // At most six ticks can fit between two round ends three steps apart.
        while tick <= top + step / 2.0 && ticks.len() < 8 {
            ticks.push(tick);
            tick += step;
        }
        Self { foot, top, ticks }
    }

    /// Where a value stands from the top, 0 to 1.
    pub(super) fn depth(&self, value: f64) -> f64 {
        ((self.top - value) / (self.top - self.foot)).clamp(0.0, 1.0)
    }
}

/// The next step of 1, 2, 2.5 or 5 times a power of ten.
fn nice(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let scaled = raw / power;
    let step = [1.0, 2.0, 2.5, 5.0].into_iter().find(|step| scaled <= *step).unwrap_or(10.0);
    step * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(values: &[f64]) -> ChartData {
        ChartData {
            x: (1..=values.len()).map(|day| format!("{day} Nov")).collect(),
            series: vec![Series::new("All", "text", values.iter().copied().map(Some).collect())],
            ..ChartData::default()
        }
    }

    #[test]
    fn the_axis_starts_at_zero_and_ends_on_a_round_number() {
        let axis = data(&[118.0, 47.0]).axis();
        assert_eq!((axis.foot, axis.top), (0.0, 150.0));
        assert_eq!(axis.ticks, [0.0, 50.0, 100.0, 150.0]);
    }

    #[test]
    fn values_below_zero_have_room() {
        let axis = data(&[-30.0, 60.0]).axis();
        assert!(axis.foot <= -30.0 && axis.top >= 60.0);
        assert!(axis.ticks.contains(&0.0));
    }

    #[test]
    fn a_chart_of_zeros_still_has_an_axis() {
        let axis = data(&[0.0, 0.0]).axis();
        assert!(axis.top > axis.foot);
    }

    #[test]
    fn the_last_point_is_always_labelled() {
        let data = data(&[1.0; 30]);
        let labels = data.x_labels(false);
        assert_eq!(labels.first().map(|(place, words)| (*place, words.as_str())), Some((0.0, "1 Nov")));
        assert_eq!(labels.last().map(|(place, words)| (*place, words.as_str())), Some((1.0, "30 Nov")));
    }

    #[test]
    fn a_chart_without_a_number_is_empty() {
        let mut empty = data(&[1.0]);
        empty.series = vec![Series::new("All", "text", vec![None])];
        assert!(empty.is_empty());
    }
}
