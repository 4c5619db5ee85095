use super::upload::Upload;
use super::{api, words};
use contract::imports::Import;
use contract::{Capability, Cursor, Fault, Page};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_query_map;
use leptos_router::lazy_route;
use session::Viewer;

/// `/imports`
#[derive(Debug)]
pub struct ImportsRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct ImportsReads {
    first: Resource<Result<Page<Import>, Fault>>,
}

impl ImportsReads {
    fn new() -> Self {
        let changed = use_stream().changes("import.");
        Self { first: Resource::new(move || changed.get(), |_| api::import_list(None::<Cursor>)) }
    }
}

#[lazy_route]
impl LazyRoute for ImportsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = ImportsReads::new();
        view! { <ImportsPage first=this.first /> }.into_any()
    }
}

#[component]
fn ImportsPage(first: Resource<Result<Page<Import>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let wanted = use_query_map().with_untracked(|q| q.get("new").is_some());
    let open = RwSignal::new(wanted);
    view! {
        <PageTitle title="Imports" detail="Files of contacts, what became of each row, and the rows that were refused.">
            <When is=move || viewer.may(Capability::ContactsWrite)>
                <Button kind=ButtonKind::Primary icon=IconName::Upload on_press=move |()| open.set(true)>"Import a file"</Button>
            </When>
        </PageTitle>
        <Suspended
            resource=first
            bones=Bones::Table(5, 5)
            is_empty=Callback::new(|page: Page<Import>| page.items.is_empty())
            empty=|| {
                view! {
                    <Card>
                        <Empty
                            title="Nothing imported yet"
                            text="Bring your contacts from a spreadsheet or another tool as a CSV file. You see what would happen before anything is written."
                            icon=IconName::Upload
                        />
                    </Card>
                }
            }
            let:page
        >
            <Card bleed=true>
                <ImportTable page />
            </Card>
        </Suspended>
        <Upload open />
    }
    .into_any()
}

#[component]
fn ImportTable(page: Page<Import>) -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let rows = RwSignal::new(page.items);
    let next = RwSignal::new(page.next);
    let more = Action::new(move |(): &()| {
        let cursor = next.get_untracked();
        async move {
            match api::import_list(cursor).await {
                Ok(page) => {
                    rows.update(|rows| rows.extend(page.items));
                    next.set(page.next);
                }
                Err(fault) => toasts.fault(read.read(&fault)),
            }
        }
    });
    let columns = vec![
        Column::named(
            "File",
            |i: &Import| i.name.clone(),
            move |i: &Import| {
                let detail =
                    format!("{} · {} · {}", format::bytes(format::whole(i.bytes)), i.by, viewer.brief(i.created));
                view! { <Named title=i.name.clone() detail href=format!("/imports/{}", i.id) /> }
            },
        ),
        Column::new("State", |i: &Import| words::state(i.state)),
        Column::num("Rows", |i: &Import| format::number(i.counts.read)),
        Column::num("New", |i: &Import| format::number(i.counts.created)),
        Column::num("Changed", |i: &Import| format::number(i.counts.updated)),
        Column::num("Refused", |i: &Import| format::number(i.counts.rejected)),
    ];
    view! {
        <Table label="Imports" columns rows key=|i: &Import| i.id.to_string() />
        <Pager
            shown=Signal::derive(move || rows.with(|r| r.len() as u64))
            on_more=Callback::new(move |()| { more.dispatch(()); })
            has_more=Signal::derive(move || next.with(Option::is_some))
            busy=more.pending()
        />
    }
    .into_any()
}
