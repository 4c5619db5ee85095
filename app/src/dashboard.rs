//! Home: what goes out now, what needs a person, the tiles, today, and what is left to set up.

mod layout;
mod now;
mod setup;
mod tiles;

use crate::api;
use contract::Fault;
use contract::campaigns::EmailSummary;
use contract::contacts::AudienceSummary;
use contract::live::Need;
use contract::senders::Sender;
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::Viewer;
use ui_messaging::senders::api::all_senders;

/// Everything the page reads, asked at once.
#[derive(Clone, Copy)]
pub struct Reads {
    email: Resource<Result<EmailSummary, Fault>>,
    audience: Resource<Result<AudienceSummary, Fault>>,
    needs: Resource<Result<Vec<Need>, Fault>>,
    senders: Resource<Result<Vec<Sender>, Fault>>,
    layout: Resource<Result<Option<String>, Fault>>,
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
        Self(Reads {
            email: Resource::new(move || sends.get(), |_| api::email_figures()),
            audience: Resource::new(move || reads.get(), |_| api::audience_figures()),
            needs: Resource::new(move || (sends.get(), reads.get(), senders.get()), |_| api::open_needs()),
            senders: Resource::new(move || senders.get(), |_| all_senders()),
            layout: Resource::new(|| (), |()| ui_platform::accounts::api::preference(layout::NAME.to_owned())),
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
