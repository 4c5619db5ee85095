//! Bones in the size of what will come, so that nothing jumps.

use leptos::prelude::*;

/// The shape of what is being loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bones {
    /// Lines of text.
    Text(u8),
    /// Rows of a list.
    Rows(u8),
    /// A table: rows and columns.
    Table(u8, u8),
    /// Tiles of the board.
    Tiles(u8),
    /// Fields of a form.
    Form(u8),
    /// Figures in a strip.
    Figures(u8),
    /// A chart.
    Chart,
}

const WIDTHS: [&str; 5] = ["62%", "84%", "48%", "74%", "56%"];

fn width(at: u8) -> &'static str {
    WIDTHS.get(usize::from(at) % WIDTHS.len()).copied().unwrap_or("60%")
}

fn bone(at: u8) -> impl IntoView {
    view! { <span class="bone" style:--w=width(at)></span> }
}

/// A skeleton; it appears after 150 ms, so that quick answers do not flicker.
#[component]
pub fn Skeleton(
    /// What will come.
    #[prop(default = Bones::Rows(5))]
    shape: Bones,
) -> impl IntoView {
    let body = match shape {
        Bones::Text(lines) => view! { <div class="stack">{(0..lines).map(bone).collect_view()}</div> }.into_any(),
        Bones::Rows(rows) => view! {
            <ul class="rows">
                {(0..rows).map(|at| view! { <li><span class="grow">{bone(at)}</span></li> }).collect_view()}
            </ul>
        }
        .into_any(),
        Bones::Table(rows, columns) => (0..rows).map(|at| row(at, columns)).collect_view().into_any(),
        Bones::Tiles(tiles) => {
            view! { <div class="board-box"><div class="board">{(0..tiles).map(tile).collect_view()}</div></div> }
                .into_any()
        }
        Bones::Form(fields) => view! { <div class="stack">{(0..fields).map(field).collect_view()}</div> }.into_any(),
        Bones::Figures(figures) => {
            view! { <div class="strip">{(0..figures).map(figure).collect_view()}</div> }.into_any()
        }
        Bones::Chart => view! { <span class="bone block" style:--h="240px"></span> }.into_any(),
    };
    view! {
        <div class="skeleton" role="status" aria-busy="true">
            <span class="vh">"Loading"</span>
            <div aria-hidden="true">{body}</div>
        </div>
    }
}

fn row(at: u8, columns: u8) -> impl IntoView {
    view! {
        <div class="bone-row">
            {(0..columns).map(|column| bone(at.wrapping_add(column))).collect_view()}
        </div>
    }
}

fn tile(at: u8) -> impl IntoView {
    view! {
        <div class="tile">
            <div class="bone-tile">
                {bone(at)} <span class="bone block" style:--h="34px" style:--w="46%"></span> {bone(at.wrapping_add(2))}
            </div>
        </div>
    }
}

fn field(at: u8) -> impl IntoView {
    view! {
        <div class="field">
            <span class="bone" style:--w=if at.is_multiple_of(2) { "18%" } else { "26%" }></span>
            <span class="bone block" style:--h="var(--control)"></span>
        </div>
    }
}

fn figure(at: u8) -> impl IntoView {
    view! {
        <div class="figure">
            {bone(at)} <span class="bone block" style:--h="24px" style:--w="58%"></span>
        </div>
    }
}
