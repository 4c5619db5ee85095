//! The table.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, PartialEq)]
struct Person {
    name: &'static str,
    mail: &'static str,
    words: &'static str,
    tone: Tone,
    shape: Shape,
    spent: i64,
}

fn people() -> Vec<Person> {
    let one = |name, mail, words, tone, shape, spent| Person { name, mail, words, tone, shape, spent };
    vec![
        one("Alba Reyes", "alba@reyes.example", "Accepted", Tone::Good, Shape::Full, 128_400),
        one("Hugo Marchetti", "hugo@marchetti.example", "Unknown", Tone::Warn, Shape::Unsure, 9_600),
        one("Ewan Birch", "ewan@birch.example", "Skipped", Tone::Plain, Shape::Wait, 0),
        one("Noor Haddad", "noor@haddad.example", "Failed", Tone::Bad, Shape::Stop, 2_450),
    ]
}

fn columns() -> Vec<Column<Person>> {
    vec![
        Column::main("Person", |person: &Person| person.name.to_owned(), |_| "#person".to_owned()).sort_by("name"),
        Column::new("State", |person: &Person| {
            let words = person.words;
            view! { <Status tone=person.tone shape=person.shape>{words}</Status> }
        }),
        Column::wide("Address", |person: &Person| person.mail),
        Column::num("Spent", |person: &Person| format::money(person.spent, "€")).sort_by("spent"),
    ]
}

#[component]
pub(super) fn Lists() -> impl IntoView {
    let sort = RwSignal::new(Some(Sort { key: "spent".to_owned(), is_descending: true }));
    let rows = Signal::derive(move || {
        let mut rows = people();
        if let Some(sort) = sort.get() {
            rows.sort_by(|a, b| if sort.key == "name" { a.name.cmp(b.name) } else { a.spent.cmp(&b.spent) });
            if sort.is_descending {
                rows.reverse();
            }
        }
        rows
    });
    let selection = Selection::new();
    let find = RwSignal::new(String::new());
    let hidden = RwSignal::new(BTreeSet::<String>::new());
    let shown = Signal::derive(move || {
        columns()
            .into_iter()
            .filter(|column| hidden.with(|hidden| !hidden.contains(column.title())))
            .collect::<Vec<_>>()
    });
    let menu = |person: Person| {
        vec![
            MenuItem::link("Open contact", "#person").icon(IconName::Person),
            MenuItem::run("Explain why", || ()).icon(IconName::Query).key("E"),
            MenuItem::run("Send again", || ()).icon(IconName::Retry).blocked("It may have arrived"),
            MenuItem::run(format!("Archive {}", person.name), || ()).icon(IconName::Trash).danger(),
        ]
    };
    view! {
        <Exhibit title="Table">
            <Card>
                <ToolsRow>
                    <AffixInput icon=IconName::Search value=find label="Search people" placeholder="Name or address" />
                    <Spring />
                    <ColumnPicker columns=columns() hidden />
                    <Button kind=ButtonKind::Quiet icon=IconName::Download>"Export CSV"</Button>
                </ToolsRow>
                <BulkBar selection total=13_412>
                    <Button size=Size::Small>"Tag"</Button>
                    <Button size=Size::Small>"Export"</Button>
                </BulkBar>
                <Table
                    label="Recipients"
                    columns=shown
                    rows
                    key=|person| person.mail.to_owned()
                    sorting=Sorting::new(sort, move |next| sort.set(Some(next)))
                    selection
                    menu
                />
                <Pager shown=4 total=13_412 has_more=true on_more=|()| () after="#after" />
            </Card>
        </Exhibit>
    }
    .into_any()
}
