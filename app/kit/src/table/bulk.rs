//! What can be done with the chosen rows, and which columns show.

use super::{Column, Selection};
use crate::{Bind, Button, Checkbox, IconName, Size, When, format};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The bar over a table while rows are chosen: how many, a way to choose all that match, and buttons.
#[component]
pub fn BulkBar(
    /// The chosen rows.
    selection: Selection,
    /// How many match in all, counted by the server.
    #[prop(into)]
    total: Signal<u64>,
    /// Small `Button`s.
    children: ChildrenFn,
) -> impl IntoView {
    let count = move || selection.count(total.get());
    let offers_all = move || !selection.is_all() && count() < total.get();
    view! {
        <When is=move || { count() > 0 }>
            <div class="bulk" role="region" aria-label="Selected rows">
                <b aria-live="polite">{move || format!("{} selected", format::number(count()))}</b>
                <When is=offers_all>
                    <button type="button" class="linkish" on:click=move |_| selection.pick_all()>
                        {move || format!("Select all {}", format::number(total.get()))}
                    </button>
                </When>
                <button type="button" class="linkish" on:click=move |_| selection.clear()>
                    "Clear"
                </button>
                <span class="grow"></span>
                {children()}
            </div>
        </When>
    }
}

/// Chooses which columns show: a button with a list of boxes. Hidden columns are kept by title.
#[component]
pub fn ColumnPicker<T>(
    /// Every column there is.
    columns: Vec<Column<T>>,
    /// The titles of the hidden ones.
    hidden: RwSignal<BTreeSet<String>>,
) -> impl IntoView
where
    T: 'static,
{
    let titles: Vec<String> = columns.iter().map(|column| column.title().to_owned()).collect();
    picker(titles, hidden)
}

fn picker(titles: Vec<String>, hidden: RwSignal<BTreeSet<String>>) -> AnyView {
    let open = RwSignal::new(false);
    let titles = StoredValue::new(titles);
    let line = move |title: String| {
        let (own, mine) = (title.clone(), title.clone());
        let shown = Signal::derive(move || !hidden.with(|hidden| hidden.contains(&own)));
        let value = Bind::new(shown, move |on: bool| {
            hidden.update(|hidden| {
                if on {
                    hidden.remove(&mine);
                } else {
                    hidden.insert(mine.clone());
                }
            });
        });
        view! { <Checkbox value>{title}</Checkbox> }
    };
    view! {
        <span class="desk">
            <Button icon=IconName::Columns on_press=move |()| open.set(true)>
                "Columns"
            </Button>
        </span>
        <crate::Modal
            open
            title="Columns"
            footer=move || view! { <Button size=Size::Small on_press=move |()| open.set(false)>"Done"</Button> }
        >
            <div class="stack">{titles.get_value().into_iter().map(line).collect_view()}</div>
        </crate::Modal>
    }
    .into_any()
}
