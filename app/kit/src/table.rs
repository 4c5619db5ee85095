//! Tables: lists on phones, sorted by the server, chosen by row, with a menu per row.

mod bulk;
mod column;
mod pager;
mod selection;

pub use bulk::{BulkBar, ColumnPicker};
pub use column::{CellKind, Column, Sort};
pub use pager::Pager;
pub use selection::Selection;

use crate::{Bind, Checkbox, Icon, IconName, Menu, MenuItem};
use leptos::prelude::*;
use std::collections::HashMap;

/// How rows are sorted: what holds now, and where a press on a header goes.
#[derive(Clone, Copy)]
pub struct Sorting {
    now: Signal<Option<Sort>>,
    set: Callback<Sort>,
}

impl Sorting {
    /// What holds now (from the address) and what to do with a new wish.
    pub fn new(now: impl Into<Signal<Option<Sort>>>, set: impl Fn(Sort) + Send + Sync + 'static) -> Self {
        Self { now: now.into(), set: Callback::new(set) }
    }
}

/// A table of `T`. Rows keep their place in the page while their content changes, so that focus and menus survive a live
/// update.
#[component]
pub fn Table<T>(
    /// Names the table.
    #[prop(into)]
    label: Signal<String>,
    /// The columns that show now.
    #[prop(into)]
    columns: Signal<Vec<Column<T>>>,
    /// The rows.
    #[prop(into)]
    rows: Signal<Vec<T>>,
    /// What tells rows apart.
    key: fn(&T) -> String,
    /// Sorting by the headers.
    #[prop(optional)]
    sorting: Option<Sorting>,
    /// Choosing rows.
    #[prop(optional)]
    selection: Option<Selection>,
    /// The lines of the menu of a row.
    #[prop(optional, into)]
    menu: Option<Callback<T, Vec<MenuItem>>>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let keys = Memo::new(move |_| rows.with(|rows| rows.iter().map(key).collect::<Vec<_>>()));
    let by_key =
        Memo::new(move |_| rows.with(|rows| rows.iter().map(|row| (key(row), row.clone())).collect::<HashMap<_, _>>()));
    let name_of = move |row: &T| {
        columns.with(|columns| columns.iter().find_map(|column| column.plain_name(row))).unwrap_or_else(|| key(row))
    };
    let draw = move |own: String| {
        let at = own.clone();
        let row = Memo::new(move |_| by_key.with(|rows| rows.get(&at).cloned()));
        let name = Signal::derive(move || row.get().map(|row| name_of(&row)).unwrap_or_default());
        let cells = move || {
            row.get().map(|row| columns.with(|columns| columns.iter().map(|column| column.cell(&row)).collect_view()))
        };
        let picked = selection.map(|selection| pick_cell(selection, own, name));
        let more = menu.map(|menu| {
            let items = Signal::derive(move || row.get().map(|row| menu.run(row)).unwrap_or_default());
            more_cell(items, name)
        });
        let is_picked = picked.as_ref().map(|(is_picked, _)| *is_picked);
        view! {
            <tr role="row" aria-selected=move || is_picked.map(|is_picked| if is_picked.get() { "true" } else { "false" })>
                {picked.map(|(_, cell)| cell)} {cells} {more}
            </tr>
        }
        .into_any()
    };
    let heads = move || {
        columns
            .get()
            .into_iter()
            .map(|column| head(column.title().to_owned(), column.kind(), column.sort_key(), sorting))
            .collect_view()
    };
    view! {
        <div class="table-box">
            <table class="table list" role="table">
                <caption class="vh">{move || label.get()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        {selection.map(|selection| pick_all(selection, keys))} {heads}
                        {menu.is_some().then(|| view! {
                            <th role="columnheader" scope="col" class="more"><span class="vh">"Actions"</span></th>
                        })}
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || keys.get() key=|own| own.clone() let:own>{draw(own)}</For>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn head(title: String, kind: CellKind, sort_key: Option<String>, sorting: Option<Sorting>) -> AnyView {
    let Some((sort_key, sorting)) = sort_key.zip(sorting) else {
        return view! { <th role="columnheader" scope="col" class=kind.class()>{title}</th> }.into_any();
    };
    let own = sort_key.clone();
    let direction = Signal::derive(move || {
        sorting.now.with(|now| now.as_ref().filter(|sort| sort.key == own).map(|sort| sort.is_descending))
    });
    let press = move |_| {
        // Figures are looked at from the largest; words from A.
        let is_descending = direction.get_untracked().map_or(kind == CellKind::Num, |is_descending| !is_descending);
        sorting.set.run(Sort { key: sort_key.clone(), is_descending });
    };
    let said = move || direction.get().map(|is_descending| if is_descending { "descending" } else { "ascending" });
    let drawing = Signal::derive(move || match direction.get() {
        None => IconName::Sort,
        Some(true) => IconName::Down,
        Some(false) => IconName::Up,
    });
    view! {
        <th role="columnheader" scope="col" class=kind.class() aria-sort=said>
            <button type="button" on:click=press>
                {title} <Icon name=drawing />
            </button>
        </th>
    }
    .into_any()
}

fn pick_all(selection: Selection, keys: Memo<Vec<String>>) -> AnyView {
    let picked =
        Signal::derive(move || keys.with(|keys| !keys.is_empty() && keys.iter().all(|key| selection.has(key))));
    let partly = Signal::derive(move || !picked.get() && keys.with(|keys| keys.iter().any(|key| selection.has(key))));
    let value = Bind::new(picked, move |on| keys.with_untracked(|keys| selection.set_all(keys, on)));
    view! {
        <th role="columnheader" scope="col" class="pick">
            <Checkbox value partly label="Select all on this page" />
        </th>
    }
    .into_any()
}

fn pick_cell(selection: Selection, key: String, name: Signal<String>) -> (Signal<bool>, AnyView) {
    let own = key.clone();
    let picked = Signal::derive(move || selection.has(&own));
    let value = Bind::new(picked, move |on| selection.set_one(&key, on));
    let label = Signal::derive(move || format!("Select {}", name.get()));
    let cell = view! {
        <td role="cell" class="pick">
            <Checkbox value label />
        </td>
    };
    (picked, cell.into_any())
}

fn more_cell(items: Signal<Vec<MenuItem>>, name: Signal<String>) -> AnyView {
    let label = Signal::derive(move || format!("Actions for {}", name.get()));
    view! {
        <td role="cell" class="more">
            <Menu label items />
        </td>
    }
    .into_any()
}
