use super::moves::Moves;
use super::new::NewCampaign;
use super::{api, words};
use crate::parts::{Paged, Steady, address, opened_by_address};
use contract::campaigns::{CampaignQuery, CampaignRow, CampaignState};
use contract::templates::TemplateRow;
use contract::{Capability, Cursor, Fault, Page};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::lazy_route;
use session::Viewer;

/// What the address says.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    search: String,
    state: Option<CampaignState>,
}

impl Asked {
    fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        Self { search: get("q").unwrap_or_default(), state: get("state").and_then(|s| s.parse().ok()) }
    }

    fn address(&self) -> String {
        address("/campaigns", &[("state", self.state.map_or("", CampaignState::as_str)), ("q", &self.search)])
    }
}

/// `/campaigns`
#[derive(Debug)]
pub struct CampaignsRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct CampaignsReads {
    asked: Memo<Asked>,
    first: Resource<Result<Page<CampaignRow>, Fault>>,
    templates: Resource<Result<Vec<TemplateRow>, Fault>>,
}

impl CampaignsReads {
    fn new() -> Self {
        let query = use_query_map();
        let asked = Memo::new(move |_| query.with(|q| Asked::read(|name| q.get(name))));
        let changed = use_stream().changes("campaign.");
        Self {
            asked,
            first: Resource::new(move || (asked.get(), changed.get()), |(asked, _)| page(asked, None)),
            templates: Resource::new(|| (), |()| crate::templates::api::all_templates()),
        }
    }
}

#[lazy_route]
impl LazyRoute for CampaignsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = CampaignsReads::new();
        view! { <CampaignsPage route=this /> }.into_any()
    }
}

async fn page(asked: Asked, cursor: Option<Cursor>) -> Result<Page<CampaignRow>, Fault> {
    api::campaign_page(CampaignQuery { search: asked.search, state: asked.state, cursor, limit: 25 }).await
}

#[component]
fn CampaignsPage(route: CampaignsReads) -> impl IntoView {
    let CampaignsReads { asked, first, templates } = route;
    let may = Viewer::here().may(Capability::CampaignsWrite);
    let open = opened_by_address("/campaigns");
    if may {
        use_shortcut("n", "New campaign", move || open.set(true));
    }
    view! {
        <PageTitle title="Campaigns">
            {may
                .then(|| {
                    view! { <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| open.set(true)>"New campaign"</Button> }
                })}
        </PageTitle>
        <Tabs label="Campaigns by state" items=Signal::derive(move || tabs(&asked.get())) />
        <Search asked />
        <Steady resource=first bones=Bones::Table(8, 6) let:page>
            <CampaignBody asked page open />
        </Steady>
        {may.then(|| view! { <NewCampaign open templates /> })}
    }
    .into_any()
}

fn tabs(asked: &Asked) -> Vec<TabLink> {
    let tab = |label: &str, state: Option<CampaignState>| {
        TabLink::new(Asked { state, ..asked.clone() }.address(), label, asked.state == state)
    };
    let mut tabs = vec![tab("All", None)];
    tabs.extend(
        [
            ("Drafts", CampaignState::Draft),
            ("Scheduled", CampaignState::Scheduled),
            ("Sending", CampaignState::Sending),
            ("Paused", CampaignState::Paused),
            ("Finished", CampaignState::Finished),
            ("With failures", CampaignState::FinishedWithFailures),
            ("Cancelled", CampaignState::Cancelled),
            ("Failed", CampaignState::Failed),
        ]
        .map(|(label, state)| tab(label, Some(state))),
    );
    tabs
}

#[component]
fn Search(asked: Memo<Asked>) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let text = RwSignal::new(asked.with_untracked(|a| a.search.clone()));
    let typed = Bind::new(text, move |now: String| {
        text.set(now.clone());
        let next = Asked { search: now, ..asked.get_untracked() };
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        go.with_value(|go| go(&next.address(), options));
    });
    view! {
        <ToolsRow>
            <AffixInput icon=IconName::Search value=typed kind=InputKind::Search placeholder="Name or subject" label="Search campaigns" />
        </ToolsRow>
    }
    .into_any()
}

#[component]
fn CampaignBody(asked: Memo<Asked>, page: Signal<Page<CampaignRow>>, open: RwSignal<bool>) -> impl IntoView {
    let is_empty = Memo::new(move |_| page.with(|p| p.items.is_empty()));
    move || {
        if is_empty.get() {
            nothing(&asked.get(), open).into_any()
        } else {
            view! { <CampaignTable asked page /> }.into_any()
        }
    }
}

fn nothing(asked: &Asked, open: RwSignal<bool>) -> impl IntoView + use<> {
    let may = Viewer::here().may(Capability::CampaignsWrite);
    let inner = match (asked.search.is_empty(), asked.state) {
        (true, None) => view! {
            <Empty
                title="No campaigns yet"
                text="A campaign is one email to many people. Write it, choose who gets it, take a last look, and send it now or later."
                icon=IconName::Campaign
            >
                {may
                    .then(|| {
                        view! { <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| open.set(true)>"New campaign"</Button> }
                    })}
            </Empty>
        }
        .into_any(),
        (true, Some(state)) => {
            let text = format!("No campaign is in this state: {}.", words::state_words(state).to_lowercase());
            view! {
                <Empty title="None here" text icon=IconName::Campaign>
                    <LinkButton href="/campaigns">"Show all campaigns"</LinkButton>
                </Empty>
            }
            .into_any()
        }
        (false, _) => view! {
            <Empty title="No campaign matches" text="No name or subject has these words." icon=IconName::Search>
                <LinkButton href="/campaigns">"Clear the search"</LinkButton>
            </Empty>
        }
        .into_any(),
    };
    view! { <Card>{inner}</Card> }
}

#[component]
fn CampaignTable(asked: Memo<Asked>, page: Signal<Page<CampaignRow>>) -> impl IntoView {
    let paged = Paged::new(page, asked, |a, b| a.id == b.id);
    let more = paged.more(move |cursor| self::page(asked.get_untracked(), cursor));
    let moves = Moves::here();
    let menu = move |c: CampaignRow| moves.menu(c.id, &c.name, c.state, c.counts, None);
    view! {
        <Card bleed=true>
            <Table label="Campaigns" columns=columns() rows=paged.rows key=|c: &CampaignRow| c.id.to_string() menu=menu />
            <Pager
                shown=Signal::derive(move || paged.rows.with(|r| r.len() as u64))
                total=paged.total
                on_more=Callback::new(move |()| { more.dispatch(()); })
                has_more=Signal::derive(move || paged.next.with(Option::is_some))
                busy=more.pending()
            />
        </Card>
    }
    .into_any()
}

fn columns() -> Vec<Column<CampaignRow>> {
    let viewer = Viewer::here();
    vec![
        Column::named(
            "Campaign",
            |c: &CampaignRow| c.name.clone(),
            |c: &CampaignRow| {
                let href = if c.state == CampaignState::Draft {
                    format!("/campaigns/{}/edit", c.id)
                } else {
                    format!("/campaigns/{}", c.id)
                };
                let detail = if c.subject.is_empty() { "No subject yet".to_owned() } else { c.subject.clone() };
                view! { <Named title=c.name.clone() detail href /> }
            },
        ),
        Column::new("State", |c: &CampaignRow| state_cell(c)),
        Column::num("Sent to", |c: &CampaignRow| words::reach(c.state, &c.counts)),
        Column::num("Opened", |c: &CampaignRow| words::share_cell(|e| e.opened, &c.engagement, &c.counts)),
        Column::num("Clicked", |c: &CampaignRow| words::share_cell(|e| e.clicked, &c.engagement, &c.counts)),
        Column::new("When", move |c: &CampaignRow| when(viewer, c)),
    ]
}

fn state_cell(row: &CampaignRow) -> AnyView {
    let status = words::state(row.state);
    let reason = row.state_reason.clone();
    let small = (!reason.is_empty()).then(|| view! { <Faint tiny=true>{reason}</Faint> });
    view! { <Stack gap=Gap::Small>{status} {small}</Stack> }.into_any()
}

/// The date that matters in this state.
fn when(viewer: Viewer, row: &CampaignRow) -> String {
    match (row.state, row.scheduled, row.started, row.finished) {
        (CampaignState::Scheduled, Some(at), ..) => format!("Starts {}", viewer.brief(at)),
        (_, _, _, Some(at)) => format!("Ended {}", viewer.brief(at)),
        (_, _, Some(at), _) => format!("Started {}", viewer.brief(at)),
        _ => format!("Changed {}", viewer.brief(row.updated)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_state_and_search_and_reads_back() {
        let asked = Asked { search: "winter & glaze".into(), state: Some(CampaignState::FinishedWithFailures) };
        assert_eq!(asked.address(), "/campaigns?state=finished_with_failures&q=winter%20%26%20glaze");
        let back = Asked::read(|name| match name {
            "q" => Some("winter & glaze".into()),
            "state" => Some("finished_with_failures".into()),
            _ => None,
        });
        assert_eq!(back, asked);
    }

    #[test]
    fn an_unknown_state_shows_all() {
        assert_eq!(Asked::read(|name| (name == "state").then(|| "strange".into())), Asked::default());
    }
}
