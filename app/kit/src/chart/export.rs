//! The same numbers as a file.

use super::data::{ChartData, ChartKind, Series, SeriesLine, float};
use super::plot::{HEIGHT, WIDTH, pieces};
use crate::{dom, tone::slug};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::CanvasRenderingContext2d;

/// A cell of a CSV file. Quotes are doubled; a leading `=`, `+`, `-`, `@` gets an apostrophe, so that a spreadsheet does
/// not run it.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@']) && text.parse::<f64>().is_err();
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn rows(data: &ChartData) -> String {
    let mut out: Vec<String> = Vec::with_capacity(data.x.len() + 1);
    let head = std::iter::once(&data.x_name).chain(data.series.iter().map(|series| &series.name));
    out.push(head.map(|name| cell(name)).collect::<Vec<_>>().join(","));
    for (at, x) in data.x.iter().enumerate() {
        let values = data
            .series
            .iter()
            .map(|series| series.values.get(at).copied().flatten().map(|value| value.to_string()).unwrap_or_default());
        out.push(std::iter::once(cell(x)).chain(values).collect::<Vec<_>>().join(","));
    }
    out.join("\r\n")
}

fn file_name(label: &str, ending: &str) -> String {
    format!("{}.{ending}", slug(label).trim_matches('-'))
}

pub(super) fn csv(label: &str, data: &ChartData) {
    let _ = dom::download_text(&file_name(label, "csv"), "text/csv;charset=utf-8", &rows(data));
}

pub(super) fn png(label: &str, data: &ChartData, kind: ChartKind) {
    let _ = paint(label, data, kind);
}

const SCALE: f64 = 2.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 44.0;

/// Paints on a canvas with the colours the page has now, and hands over the picture.
fn paint(label: &str, data: &ChartData, kind: ChartKind) -> Option<()> {
    let canvas: web_sys::HtmlCanvasElement = dom::document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(1_360);
    canvas.set_height(600);
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    pen.scale(SCALE, SCALE).ok()?;
    pen.set_fill_style_str(&dom::token("bg"));
    pen.fill_rect(0.0, 0.0, 680.0, 300.0);
    pen.set_fill_style_str(&dom::token("text"));
    pen.set_font("600 14px sans-serif");
    pen.fill_text(label, LEFT, 24.0).ok()?;
    axes(&pen, data, kind)?;
    for (at, series) in data.series.iter().enumerate() {
        draw(&pen, data, series, at, kind);
    }
    let name = file_name(label, "png");
    let save = Closure::once_into_js(move |blob: Option<web_sys::Blob>| {
        if let Some(blob) = blob {
            let _ = dom::download(&name, &blob);
        }
    });
    canvas.to_blob(save.unchecked_ref()).ok()
}

fn axes(pen: &CanvasRenderingContext2d, data: &ChartData, kind: ChartKind) -> Option<()> {
    let axis = data.axis();
    pen.set_font("11px sans-serif");
    pen.set_stroke_style_str(&dom::token("line"));
    pen.set_line_width(1.0);
    pen.set_text_align("right");
    for tick in &axis.ticks {
        let y = TOP + axis.depth(*tick) * HEIGHT;
        pen.begin_path();
        pen.move_to(LEFT, y);
        pen.line_to(LEFT + WIDTH, y);
        pen.stroke();
        pen.fill_text(&data.unit.tick(*tick), LEFT - 8.0, y + 4.0).ok()?;
    }
    pen.set_text_align("center");
    for (place, words) in data.x_labels(kind == ChartKind::Bars) {
        pen.fill_text(&words, LEFT + place * WIDTH, TOP + HEIGHT + 18.0).ok()?;
    }
    pen.set_text_align("left");
    let mut x = LEFT;
    for series in &data.series {
        pen.set_fill_style_str(&dom::token(series.color));
        pen.fill_rect(x, TOP + HEIGHT + 30.0, 10.0, 10.0);
        pen.set_fill_style_str(&dom::token("text"));
        pen.fill_text(&series.name, x + 16.0, TOP + HEIGHT + 39.0).ok()?;
        x += 32.0 + 6.5 * float(series.name.chars().count());
    }
    Some(())
}

fn draw(pen: &CanvasRenderingContext2d, data: &ChartData, series: &Series, at: usize, kind: ChartKind) {
    let axis = data.axis();
    let color = dom::token(series.color);
    pen.set_stroke_style_str(&color);
    pen.set_fill_style_str(&color);
    pen.set_line_width(if series.line == SeriesLine::Before { 1.0 } else { 1.75 });
    match kind {
        ChartKind::Line => {
            for piece in pieces(data, series, &axis) {
                pen.begin_path();
                for (x, y) in piece {
                    pen.line_to(LEFT + x, TOP + y);
                }
                pen.stroke();
            }
        }
        ChartKind::Bars => {
            let band = WIDTH / float(data.x.len().max(1));
            let width = band * 0.68 / float(data.series.len().max(1));
            let zero = axis.depth(0.0) * HEIGHT;
            for (point, value) in series.values.iter().enumerate() {
                if let Some(value) = value {
                    let y = axis.depth(*value) * HEIGHT;
                    let left = LEFT + band * float(point) + band * 0.16 + width * float(at);
                    pen.fill_rect(left, TOP + y.min(zero), width, (zero - y).abs());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_the_numbers_as_they_are() {
        let data = ChartData {
            x_name: "Day".to_owned(),
            x: vec!["1 Nov".to_owned(), "2 Nov".to_owned()],
            series: vec![Series::new("Open rate, people", "text", vec![Some(0.241), None])],
            ..ChartData::default()
        };
        assert_eq!(rows(&data), "Day,\"Open rate, people\"\r\n1 Nov,0.241\r\n2 Nov,");
    }

    #[test]
    fn a_name_that_looks_like_a_formula_is_not_run() {
        assert_eq!(
            [cell("=HYPERLINK()"), cell("-4.5"), cell("say \"hi\"")],
            ["'=HYPERLINK()", "-4.5", "\"say \"\"hi\"\"\""]
        );
    }

    #[test]
    fn a_file_is_named_after_its_chart() {
        assert_eq!(file_name("Messages per minute", "csv"), "messages-per-minute.csv");
    }
}
