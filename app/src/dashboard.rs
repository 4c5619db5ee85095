//! Home: what goes out now, what needs a person, the tiles, today, and what is left to set up.

mod layout;
mod now;
mod setup;
mod tiles;

use crate::api;
use contract::Fault;
use contract::campaigns::EmailSummary;
use contract::contacts::AudienceSummary;
use contract::live::{DeliverySummary, Need};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::Viewer;
use ui_platform::accounts::api::preference;

/// Everything the page reads, asked at once.
#[derive(Clone, Copy)]
pub struct Reads {
    email: Fetch<EmailSummary, Fault>,
    audience: Fetch<AudienceSummary, Fault>,
    needs: Fetch<Vec<Need>, Fault>,
    delivery: Fetch<DeliverySummary, Fault>,
    layout: Fetch<Option<String>, Fault>,
}

/// `/`
#[derive(Debug)]
pub struct DashboardRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct DashboardReads(Reads);

impl DashboardReads {
    fn new() -> Self {
        let stream = use_stream();
        let (sends, reads) = (stream.changes("campaign."), stream.changes("import."));
        let senders = stream.changes("sender.");
        let any = [sends, reads, senders];
        Self(Reads {
            email: Fetch::new(move || sends.get(), api::email_figures),
            audience: Fetch::new(move || reads.get(), api::audience_figures),
            needs: Fetch::new(move || any.iter().map(Get::get).sum(), api::open_needs),
            delivery: Fetch::new(move || senders.get(), api::delivery_figures),
            layout: Fetch::new(|| 0, || preference(layout::NAME.to_owned())),
        })
    }
}

#[lazy_route]
impl LazyRoute for DashboardRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = DashboardReads::new();
        view! { <Dashboard reads=this.0 /> }.into_any()
    }
}

#[component]
fn Dashboard(reads: Reads) -> impl IntoView {
    let viewer = Viewer::here();
    let zone = viewer.zone();
    let now = viewer.now();
    let day = zone.civil(now);
    let title = format!("{}, {} {}", day.weekday_name(), day.day, day.month_name());
    let detail = format!("All times in {} ({})", zone.short(now), zone.name.replace('_', " "));
    view! {
        <PageTitle title detail=Some(detail)>
            {viewer
                .may(contract::Capability::CampaignsWrite)
                .then(|| view! { <LinkButton href="/campaigns?new=1" kind=ButtonKind::Primary icon=IconName::Plus>"New campaign"</LinkButton> })}
        </PageTitle>
        <now::Sending email=reads.email />
        <now::Needs needs=reads.needs />
        <tiles::Tiles reads />
        <now::Today email=reads.email />
        <setup::Setup reads />
    }
    .into_any()
}
