use super::api;
use super::editor::ContactEditor;
use super::words::mail_status;
use contract::contacts::{ContactFilter, ContactQuery, ContactRow, ContactSort, List, Tag};
use contract::{Capability, Cursor, Fault, Page};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::lazy_route;
use session::Viewer;

mod bulk;
mod filters;
use bulk::Bulk;
use filters::Filters;

/// What the address says: filter and order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Asked {
    filter: ContactFilter,
    sort: ContactSort,
}

/// `/contacts`
#[derive(Debug)]
pub struct ContactsRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct ContactsReads {
    asked: Memo<Asked>,
    first: Resource<Result<Page<ContactRow>, Fault>>,
    tags: Resource<Result<Vec<Tag>, Fault>>,
    lists: Resource<Result<Vec<List>, Fault>>,
}

impl ContactsReads {
    fn new() -> Self {
        let query = use_query_map();
        let asked = Memo::new(move |_| query.with(|q| read(|name| q.get(name))));
        let changed = use_stream().changes("contact");
        Self {
            asked,
            first: Resource::new(move || (asked.get(), changed.get()), |(asked, _)| page(asked, None)),
            tags: Resource::new(move || changed.get(), |_| api::tags()),
            lists: Resource::new(move || changed.get(), |_| api::lists()),
        }
    }
}

#[lazy_route]
impl LazyRoute for ContactsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = ContactsReads::new();
        view! { <ContactsPage route=this /> }.into_any()
    }
}

async fn page(asked: Asked, cursor: Option<Cursor>) -> Result<Page<ContactRow>, Fault> {
    let count = cursor.is_none();
    api::contact_page(ContactQuery { filter: asked.filter, sort: asked.sort, cursor, limit: 50, count }).await
}

const SORTS: [(&str, ContactSort); 6] = [
    ("-created", ContactSort::CreatedDesc),
    ("created", ContactSort::CreatedAsc),
    ("email", ContactSort::EmailAsc),
    ("-email", ContactSort::EmailDesc),
    ("name", ContactSort::NameAsc),
    ("-name", ContactSort::NameDesc),
];

fn read(get: impl Fn(&str) -> Option<String>) -> Asked {
    let sort = get("sort").unwrap_or_default();
    Asked {
        filter: ContactFilter {
            search: get("q").unwrap_or_default(),
            tag: get("tag").and_then(|t| t.parse().ok()),
            list: get("list").and_then(|t| t.parse().ok()),
            status: get("status").filter(|s| !s.is_empty()),
        },
        sort: SORTS.into_iter().find(|(name, _)| *name == sort).map(|(_, s)| s).unwrap_or_default(),
    }
}

/// The address that says this.
pub(super) fn address(asked: &Asked) -> String {
    let mut parts: Vec<(&str, String)> = Vec::new();
    if !asked.filter.search.is_empty() {
        parts.push(("q", asked.filter.search.clone()));
    }
    parts.extend(asked.filter.tag.map(|t| ("tag", t.to_string())));
    parts.extend(asked.filter.list.map(|l| ("list", l.to_string())));
    parts.extend(asked.filter.status.clone().map(|s| ("status", s)));
    if asked.sort != ContactSort::default() {
        parts.extend(SORTS.into_iter().find(|(_, s)| *s == asked.sort).map(|(name, _)| ("sort", name.to_owned())));
    }
    let query: Vec<String> = parts.into_iter().map(|(k, v)| format!("{k}={}", escape(&v))).collect();
    if query.is_empty() { "/contacts".into() } else { format!("/contacts?{}", query.join("&")) }
}

/// Percent-encodes what does not belong into a query value.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

#[component]
fn ContactsPage(route: ContactsReads) -> impl IntoView {
    let viewer = Viewer::here();
    let ContactsReads { asked, first, tags, lists } = route;
    let adding = RwSignal::new(false);
    let may_write = move || viewer.may(Capability::ContactsWrite);
    let export = Signal::derive(move || {
        address(&asked.get()).replacen("/contacts", "/files/contacts.csv", 1).replacen("q=", "search=", 1)
    });
    view! {
        <PageTitle title="Contacts">
            <When is=move || viewer.may(Capability::ContactsExport)>
                <LinkButton href=export download="contacts.csv" icon=IconName::Download>"Export"</LinkButton>
            </When>
            <When is=may_write>
                <LinkButton href="/imports?new=1" icon=IconName::Upload>"Import"</LinkButton>
                <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| adding.set(true)>"Add contact"</Button>
            </When>
        </PageTitle>
        <Filters asked tags lists />
        <Suspended resource=first bones=Bones::Table(10, 5) let:page>
            <ContactTable asked page first tags lists />
        </Suspended>
        <ContactEditor open=adding />
    }
    .into_any()
}

#[component]
fn ContactTable(
    asked: Memo<Asked>,
    page: Page<ContactRow>,
    first: Resource<Result<Page<ContactRow>, Fault>>,
    tags: Resource<Result<Vec<Tag>, Fault>>,
    lists: Resource<Result<Vec<List>, Fault>>,
) -> impl IntoView {
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let total = format::whole(page.total.unwrap_or(0));
    if page.items.is_empty() {
        return nothing(asked.get_untracked() == Asked::default()).into_any();
    }
    let rows = RwSignal::new(page.items);
    let next = RwSignal::new(page.next);
    let more = Action::new(move |(): &()| {
        let (asked, cursor) = (asked.get_untracked(), next.get_untracked());
        async move {
            match self::page(asked, cursor).await {
                Ok(page) => {
                    rows.update(|rows| rows.extend(page.items));
                    next.set(page.next);
                }
                Err(fault) => toasts.fault(read.read(&fault)),
            }
        }
    });
    let selection = Selection::new();
    view! {
        <Card bleed=true>
            <Bulk selection asked total first tags lists />
            <Table label="Contacts" columns=columns() rows key=|c: &ContactRow| c.id.to_string() sorting=sorting(asked) selection />
            <Pager
                shown=Signal::derive(move || rows.with(|r| r.len() as u64))
                total
                on_more=Callback::new(move |()| { more.dispatch(()); })
                has_more=Signal::derive(move || next.with(Option::is_some))
                busy=more.pending()
            />
        </Card>
    }
    .into_any()
}

fn nothing(is_first: bool) -> impl IntoView {
    let view = if is_first {
        view! {
            <Empty
                title="No contacts yet"
                text="Contacts are the people you write to. Import a CSV file, or add them one by one."
                icon=IconName::People
            >
                <LinkButton href="/imports?new=1" kind=ButtonKind::Primary icon=IconName::Upload>"Import a file"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty title="Nobody matches" text="No contact matches this search and these filters." icon=IconName::Search>
                <LinkButton href="/contacts">"Clear filters"</LinkButton>
            </Empty>
        }
        .into_any()
    };
    view! { <Card>{view}</Card> }
}

fn sorting(asked: Memo<Asked>) -> Sorting {
    let go = use_navigate();
    let now = Signal::derive(move || {
        let sort = asked.get().sort;
        SORTS.into_iter().find(|(_, s)| *s == sort).and_then(|(name, _)| Sort::parse(name))
    });
    Sorting::new(now, move |sort: Sort| {
        let wanted = sort.to_query();
        let sort = SORTS.into_iter().find(|(name, _)| *name == wanted).map(|(_, s)| s).unwrap_or_default();
        let next = Asked { sort, ..asked.get_untracked() };
        go(&address(&next), NavigateOptions { replace: true, scroll: false, ..Default::default() });
    })
}

fn columns() -> Vec<Column<ContactRow>> {
    let viewer = Viewer::here();
    vec![
        Column::named(
            "Person",
            |c: &ContactRow| shown(c),
            |c: &ContactRow| {
                let detail = if c.name.is_empty() { c.organisation.clone() } else { c.email.clone() };
                view! { <Named title=shown(c) detail href=format!("/contacts/{}", c.id) /> }
            },
        )
        .sort_by("name"),
        Column::new("Email status", |c: &ContactRow| mail_status(c.consent, c.suppressed)),
        Column::wide("Organisation", |c: &ContactRow| c.organisation.clone()),
        Column::new("Tags", |c: &ContactRow| c.tags.iter().map(|t| view! { <Tag name=t.clone() /> }).collect_view()),
        Column::wide("Active", move |c: &ContactRow| {
            c.active.map_or_else(|| "Never".to_owned(), |at| viewer.brief(at))
        }),
        Column::wide("Added", move |c: &ContactRow| viewer.brief(c.created)).sort_by("created"),
    ]
}

fn shown(contact: &ContactRow) -> String {
    [&contact.name, &contact.email].into_iter().find(|t| !t.is_empty()).cloned().unwrap_or_else(|| "No name".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_filter_and_order_and_reads_back() {
        let asked = Asked {
            filter: ContactFilter { search: "ann & co/50%".into(), status: Some("none".into()), ..Default::default() },
            sort: ContactSort::EmailDesc,
        };
        let address = address(&asked);
        assert_eq!(address, "/contacts?q=ann%20%26%20co%2F50%25&status=none&sort=-email");
        let back = read(|name| match name {
            "q" => Some("ann & co/50%".into()),
            "status" => Some("none".into()),
            "sort" => Some("-email".into()),
            _ => None,
        });
        assert_eq!(back, asked);
    }

    #[test]
    fn no_filter_is_the_plain_address() {
        assert_eq!(address(&Asked::default()), "/contacts");
    }
}
