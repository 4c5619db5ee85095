//! The frame around every signed-in page: navigation, search, background work, the bell, company and person.

mod bell;
mod crumbs;
mod find;
mod halt;
mod people;
mod stop;
mod work;

use contract::Fault;
use contract::accounts::Me;
use kit::{
    Desk, FaultView, FaultWords, Fetch, IconName, Later, LaterCode, NavGroup, Notice, Place, Shell, ShellSlots,
    StreamState, Tone, When, provide_stream, use_fault_words,
};
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use session::Viewer;
use ui_platform::accounts::api;

/// Waits for the person signed in, then draws the frame.
#[component]
pub fn Frame() -> impl IntoView {
    let me = Fetch::blocking(api::me);
    let words = use_fault_words::<Fault>();
    let shown = move || {
        Suspend::new(async move {
            match me.first().await.unwrap_or_else(|| Err(unread())) {
                Ok(me) => view! { <Inside me /> }.into_any(),
                Err(fault) => {
                    let words: FaultWords = words.read(&fault);
                    view! { <FaultView words on_retry=Callback::new(move |()| me.refetch()) /> }.into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| ()>{shown}</Suspense> }.into_any()
}

/// What came with the page is of another version of the application.
fn unread() -> Fault {
    Fault::Busy { retry_after: 1, message: "Lux was updated while this page loaded. Load it again.".into() }
}

pub(crate) use crumbs::place_name;

fn nav() -> Vec<NavGroup> {
    vec![
        NavGroup::top(vec![Place::new("/", "Home", IconName::Home)]),
        NavGroup::new(
            "Reach",
            vec![
                Place::new("/campaigns", "Campaigns", IconName::Campaign),
                Place::new("/messages", "Messages", IconName::Send),
                Place::new("/templates", "Templates", IconName::Mail),
            ],
        ),
        NavGroup::new(
            "Audience",
            vec![
                Place::new("/contacts", "Contacts", IconName::People),
                Place::new("/lists", "Lists and tags", IconName::Rings),
                Place::new("/imports", "Imports", IconName::Upload),
            ],
        ),
        NavGroup::new(
            "Workspace",
            vec![Place::new("/settings/company", "Settings", IconName::Sliders).under("/settings")],
        ),
    ]
}

#[component]
fn Inside(me: Me) -> impl IntoView {
    let stream = provide_stream("/events");
    let current = RwSignal::new(me);
    provide_context(Viewer(current.into()));
    let changed = (stream.changes("company."), stream.changes("person."));
    // The name of the company or the person changed somewhere: the frame follows.
    Effect::new(move |before: Option<(u64, u64)>| {
        let now = (changed.0.get(), changed.1.get());
        if before.is_some_and(|before| before != now) {
            leptos::task::spawn_local(async move {
                if let Ok(me) = api::me().await {
                    current.set(me);
                }
            });
        }
        now
    });
    let finding = RwSignal::new(false);
    let stopping = RwSignal::new(false);
    find::shortcuts(finding);
    let path = use_location().pathname;
    let slots = ShellSlots {
        firm: ViewFn::from(move || view! { <people::Firm /> }),
        user: ViewFn::from(move || view! { <people::Person /> }),
        bar: ViewFn::from(
            move || view! { <work::WorkCorner /> <bell::Bell /> <Desk><stop::StopButton open=stopping /></Desk> },
        ),
        sheet: ViewFn::from(move || view! { <stop::StopButton open=stopping /> }),
    };
    let is_lost = move || stream.state().get() == StreamState::Lost;
    view! {
        <Later open=finding code=LaterCode::new(move || find::palette(finding)) />
        <Later open=stopping code=LaterCode::new(move || stop::stop_dialog(stopping)) />
        <Shell
            nav=nav()
            short=vec!["/", "/campaigns", "/contacts", "/templates"]
            path
            crumbs=Signal::derive(move || crumbs::of(&path.get()))
            on_search=move |()| finding.set(true)
            slots
        >
            <When is=is_lost>
                <Notice tone=Tone::Warn>"The connection to Lux is lost. What you see may be old; it comes back by itself."</Notice>
            </When>
            <halt::HaltBanner />
            <Outlet />
        </Shell>
    }
    .into_any()
}
