use super::add::AddForm;
use super::detail::Detail;
use super::{api, words};
use crate::parts::Steady;
use contract::domains::SendingDomain;
use contract::{Capability, DomainId, Fault};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::lazy_route;
use session::{SETTINGS, Viewer};

const PLAIN: &str = "/settings/domains";

/// `/settings/domains`
#[derive(Debug)]
pub struct DomainsRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct DomainsReads {
    domains: Resource<Result<Vec<SendingDomain>, Fault>>,
}

impl DomainsReads {
    fn new() -> Self {
        let domains = use_stream().changes("domain.");
        Self { domains: Resource::new(move || domains.get(), |_| api::all_domains()) }
    }
}

#[lazy_route]
impl LazyRoute for DomainsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = DomainsReads::new();
        view! { <DomainsPage domains=this.domains /> }.into_any()
    }
}

/// What the sheet shows, as the address says: a new domain, one of them, or nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    New,
    One(DomainId),
}

fn shown_of(get: impl Fn(&str) -> Option<String>) -> Option<Shown> {
    if get("new").is_some() {
        return Some(Shown::New);
    }
    get("show").and_then(|id| id.parse().ok()).map(Shown::One)
}

/// Where one domain is shown.
pub(super) fn show_address(id: DomainId) -> String {
    format!("{PLAIN}?show={id}")
}

#[component]
fn DomainsPage(domains: Resource<Result<Vec<SendingDomain>, Fault>>) -> impl IntoView {
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|q| shown_of(|name| q.get(name))));
    let may = Viewer::here().may(Capability::SendersManage);
    view! {
        <PageTitle title="Settings">
            {may.then(|| view! { <LinkButton href="/settings/domains?new=1" kind=ButtonKind::Primary icon=IconName::Plus>"New domain"</LinkButton> })}
        </PageTitle>
        <Tabs label="Settings" items=TabLink::of(&SETTINGS, PLAIN) />
        <Steady resource=domains bones=Bones::Table(3, 5) let:all>
            <DomainsBody all />
            <DomainSheet shown all />
        </Steady>
    }
    .into_any()
}

#[component]
fn DomainsBody(all: Signal<Vec<SendingDomain>>) -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let is_empty = Memo::new(move |_| all.with(Vec::is_empty));
    move || if is_empty.get() { nothing(may).into_any() } else { view! { <DomainTable all /> }.into_any() }
}

fn nothing(may: bool) -> impl IntoView {
    let text = if may {
        "Add the domain of your From address. Lux makes keys that sign its mail, tells you the records to publish, and looks whether receivers find them. Large mailbox providers refuse bulk mail without."
    } else {
        "Mail that is signed by its domain is trusted more. An admin of your company can add one."
    };
    view! {
        <Card>
            <Empty title="No sending domains yet" text icon=IconName::Shield>
                {may
                    .then(|| {
                        view! { <LinkButton href="/settings/domains?new=1" kind=ButtonKind::Primary icon=IconName::Plus>"Add a domain"</LinkButton> }
                    })}
            </Empty>
        </Card>
    }
}

#[component]
fn DomainTable(all: Signal<Vec<SendingDomain>>) -> impl IntoView {
    let viewer = Viewer::here();
    let columns = vec![
        Column::named(
            "Domain",
            |d: &SendingDomain| d.domain.clone(),
            move |d: &SendingDomain| {
                let detail = match d.checked {
                    Some(at) => format!("Checked {}", viewer.brief(at)),
                    None => "Not checked yet".to_owned(),
                };
                view! { <Named title=d.domain.clone() detail href=show_address(d.id) /> }
            },
        ),
        Column::new("Mail", words::signing),
        Column::wide("DKIM", |d: &SendingDomain| words::record(words::keys(d))),
        Column::wide("SPF", |d: &SendingDomain| words::record(d.spf.state)),
        Column::wide("DMARC", |d: &SendingDomain| words::record(d.dmarc.state)),
    ];
    view! {
        <Card bleed=true>
            <Table label="Sending domains" columns rows=all key=|d: &SendingDomain| d.id.to_string() />
        </Card>
    }
    .into_any()
}

/// Opens with the address and gives the plain address back when it closes.
#[component]
fn DomainSheet(shown: Memo<Option<Shown>>, all: Signal<Vec<SendingDomain>>) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(shown.get().is_some()));
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is && shown.with_untracked(Option::is_some) {
            let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
            go.with_value(|go| go(PLAIN, options));
        }
        is
    });
    let title = Signal::derive(move || match shown.get() {
        Some(Shown::One(id)) => all
            .with(|all| all.iter().find(|one| one.id == id).map(|one| one.domain.clone()))
            .unwrap_or_else(|| "Sending domain".to_owned()),
        Some(Shown::New) | None => "New domain".to_owned(),
    });
    let body = move || match shown.get() {
        Some(Shown::New) => Some(view! { <AddForm open /> }.into_any()),
        Some(Shown::One(id)) => Some(view! { <Detail id all open /> }.into_any()),
        None => None,
    };
    view! { <Sheet open title>{body}</Sheet> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_the_sheet_shows() {
        let id: DomainId = "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap();
        assert_eq!(shown_of(|name| (name == "show").then(|| id.to_string())), Some(Shown::One(id)));
        assert_eq!(shown_of(|name| (name == "new").then(|| "1".to_owned())), Some(Shown::New));
        assert_eq!(shown_of(|_| None), None);
        assert_eq!(shown_of(|name| (name == "show").then(|| "x".to_owned())), None);
        assert!(show_address(id).ends_with(&id.to_string()));
    }
}
