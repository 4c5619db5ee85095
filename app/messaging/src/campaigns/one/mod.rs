//! The page of one campaign: how far it is, what became of it, its recipients.

mod figures;
mod lists;
mod pace;
mod progress;
mod recipients;
mod title;
mod trial;

use super::{api, words};
use crate::parts::{Steady, address};
use contract::campaigns::{CampaignReport, CampaignState, RecipientQuery, RecipientRow};
use contract::{CampaignId, Capability, Cursor, Fault, Page};
use figures::{HourChart, PeopleDid, WhatHappened};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use leptos_router::lazy_route;
use lists::{AudienceCard, Failures, LeftOut, Links, UnknownCard};
use pace::PaceCard;
use progress::{ProgressCard, ScheduledCard, Speak};
use recipients::Recipients;
use session::Viewer;
use std::time::Duration;
use title::Title;
use trial::{TrialCard, Waits};

/// Between two looks at a campaign that is sending, whatever it tells by itself.
const STILL: Duration = Duration::from_secs(30);

/// What the address says: which tab, and on the second one which people.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    is_people: bool,
    state: String,
    search: String,
}

impl Asked {
    fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            is_people: get("tab").is_some_and(|tab| tab == "recipients"),
            state: get("state").unwrap_or_default(),
            search: get("q").unwrap_or_default(),
        }
    }

    fn address(&self, id: CampaignId) -> String {
        let tab = if self.is_people { "recipients" } else { "" };
        address(&format!("/campaigns/{id}"), &[("tab", tab), ("state", &self.state), ("q", &self.search)])
    }
}

/// The address of the recipients in one state.
fn people_in(id: CampaignId, state: &str) -> String {
    Asked { is_people: true, state: state.to_owned(), search: String::new() }.address(id)
}

/// `/campaigns/:id`
#[derive(Debug)]
pub struct CampaignRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct CampaignReads {
    asked: Memo<Asked>,
    report: Resource<Result<CampaignReport, Fault>>,
    people: Resource<Result<Page<RecipientRow>, Fault>>,
}

impl CampaignReads {
    fn new() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let id = Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse::<CampaignId>().ok()));
        let asked = Memo::new(move |_| query.with(|q| Asked::read(|name| q.get(name))));
        let changed = use_stream().changes("campaign.");
        let still = RwSignal::new(0_u32);
        let report = Resource::new(
            move || (id.get(), changed.get(), still.get()),
            |(id, ..)| async move { api::report(id.ok_or_else(|| Fault::missing("Campaign"))?).await },
        );
        look_again(report, still);
        Self {
            asked,
            report,
            people: Resource::new(
                move || (id.get(), asked.get(), changed.get()),
                |(id, asked, _)| page(id, asked, None),
            ),
        }
    }
}

/// A campaign that stands still tells nobody: while it is sending the page asks by itself.
fn look_again(report: Resource<Result<CampaignReport, Fault>>, still: RwSignal<u32>) {
    let is_sending = move || {
        let is = |r: &CampaignReport| r.campaign.state == CampaignState::Sending;
        report.with_untracked(|r| r.as_ref().and_then(|r| r.as_ref().ok()).is_some_and(is))
    };
    Effect::new(move |_| {
        let tick = move || {
            if is_sending() {
                still.update(|n| *n += 1);
            }
        };
        let handle = set_interval_with_handle(tick, STILL).ok();
        on_cleanup(move || {
            if let Some(handle) = handle {
                handle.clear();
            }
        });
    });
}

#[lazy_route]
impl LazyRoute for CampaignRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = CampaignReads::new();
        let CampaignReads { asked, report, people } = this;
        view! {
            <Steady resource=report bones=Bones::Form(8) let:report>
                <CampaignPage report asked people />
            </Steady>
        }
        .into_any()
    }
}

/// A page of recipients; none while the other tab shows.
async fn page(id: Option<CampaignId>, asked: Asked, cursor: Option<Cursor>) -> Result<Page<RecipientRow>, Fault> {
    let id = id.ok_or_else(|| Fault::missing("Campaign"))?;
    if !asked.is_people {
        return Ok(Page::empty());
    }
    let state = Some(asked.state).filter(|s| !s.is_empty());
    api::recipients(id, RecipientQuery { state, search: asked.search, cursor, limit: 50 }).await
}

#[component]
fn CampaignPage(
    report: Signal<CampaignReport>,
    asked: Memo<Asked>,
    people: Resource<Result<Page<RecipientRow>, Fault>>,
) -> impl IntoView {
    let state = Memo::new(move |_| report.with(|r| r.campaign.state));
    let body = move || {
        match state.get() {
        CampaignState::Draft => view! { <DraftBody report /> }.into_any(),
        CampaignState::Scheduled => {
            view! { <ScheduledCard report /> <Split side=360><WhatHappens report /> <Stack gap=Gap::Large><PaceCard report /> <AudienceCard report /></Stack></Split> }
                .into_any()
        }
        _ => view! { <RunBody report asked people /> }.into_any(),
    }
    };
    let trouble = move || {
        let (state, reason) = report.with(|r| (r.campaign.state, r.campaign.state_reason.clone()));
        let tone = if state == CampaignState::Failed { Tone::Bad } else { Tone::Warn };
        (!reason.is_empty()).then(|| view! { <Notice tone>{reason}</Notice> })
    };
    view! {
        <Title report />
        <Speak report />
        {trouble}
        {body}
    }
    .into_any()
}

/// A draft has no report yet: on to the composer.
#[component]
fn DraftBody(report: Signal<CampaignReport>) -> impl IntoView {
    let may = Viewer::here().may(Capability::CampaignsWrite);
    let go = StoredValue::new(use_navigate());
    let href = move || report.with(|r| format!("/campaigns/{}/edit", r.campaign.id));
    Effect::new(move |was_here: Option<()>| {
        if may && was_here.is_none() {
            go.with_value(|go| go(&untrack(href), NavigateOptions { replace: true, ..Default::default() }));
        }
    });
    view! {
        <Card>
            <Empty title="This campaign is a draft" text="Figures show here once it goes out." icon=IconName::Campaign>
                <LinkButton href=Signal::derive(href) kind=ButtonKind::Primary icon=IconName::Pencil>"Open the draft"</LinkButton>
            </Empty>
        </Card>
    }
    .into_any()
}

/// What a scheduled campaign will do.
#[component]
fn WhatHappens(report: Signal<CampaignReport>) -> impl IntoView {
    let subject = move || report.with(|r| r.campaign.draft.content.subject.clone());
    let sender = move || report.with(|r| if r.sender.is_empty() { "No sender".to_owned() } else { r.sender.clone() });
    view! {
        <Card title="What goes out">
            <CardBody>
                <Facts>
                    <Fact name="Subject">{subject}</Fact>
                    <Fact name="Through">{sender}</Fact>
                </Facts>
                <Soft>"Who gets it is worked out at the start, and each person is checked once more when the message is handed over."</Soft>
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn RunBody(
    report: Signal<CampaignReport>,
    asked: Memo<Asked>,
    people: Resource<Result<Page<RecipientRow>, Fault>>,
) -> impl IntoView {
    let id = report.with_untracked(|r| r.campaign.id);
    let is_people = Memo::new(move |_| asked.with(|a| a.is_people));
    let tabs = Signal::derive(move || {
        let total = report.with(|r| format::whole(r.campaign.counts.total()));
        vec![
            TabLink::new(format!("/campaigns/{id}"), "Report", !is_people.get()),
            TabLink::new(people_in(id, ""), "Recipients", is_people.get()).count(total),
        ]
    });
    let body = move || {
        if is_people.get() {
            view! { <Recipients report asked people /> }.into_any()
        } else {
            view! { <ReportBody report /> }.into_any()
        }
    };
    view! {
        <Waits report />
        <ProgressCard report />
        <Tabs label="Campaign" items=tabs />
        {body}
    }
    .into_any()
}

#[component]
fn ReportBody(report: Signal<CampaignReport>) -> impl IntoView {
    view! {
        <Split side=372>
            <Stack gap=Gap::Large>
                <TrialCard report />
                <WhatHappened report />
                <PeopleDid report />
                <HourChart report />
                <Links report />
            </Stack>
            <Stack gap=Gap::Large>
                <PaceCard report />
                <UnknownCard report />
                <Failures report />
                <LeftOut report />
                <AudienceCard report />
            </Stack>
        </Split>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_tab_state_and_search_and_reads_back() {
        let id: CampaignId = "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap();
        let asked = Asked { is_people: true, state: "failed".into(), search: "a b".into() };
        assert_eq!(asked.address(id), format!("/campaigns/{id}?tab=recipients&state=failed&q=a%20b"));
        let back = Asked::read(|name| match name {
            "tab" => Some("recipients".into()),
            "state" => Some("failed".into()),
            "q" => Some("a b".into()),
            _ => None,
        });
        assert_eq!(back, asked);
        assert_eq!(Asked::default().address(id), format!("/campaigns/{id}"));
    }
}
