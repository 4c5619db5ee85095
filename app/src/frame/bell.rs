//! The bell: what waits for a person.

use crate::api;
use contract::live::Need;
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// The button in the top bar and what it opens.
#[component]
pub fn Bell() -> impl IntoView {
    let stream = use_stream();
    let changes = [stream.changes("campaign."), stream.changes("import."), stream.changes("sender.")];
    let needs = Fetch::new(move || changes.iter().map(Get::get).sum(), api::open_needs);
    let open = RwSignal::new(false);
    let count = move || needs.get().and_then(Result::ok).map_or(0, |all| all.len() as u64);
    view! {
        {settled(move || {
            Some(view! { <BellButton count=Signal::derive(count) on_press=move |()| open.set(true) /> }.into_any())
        })}
        <Float open title="Needs you">
            <Suspended
                resource=needs
                bones=Bones::Rows(2)
                is_empty=Callback::new(|all: Vec<Need>| all.is_empty())
                empty=|| view! { <Empty title="Nothing needs you" text="Held campaigns, failing senders and broken imports show here." /> }
                let:all
            >
                <NeedList all />
            </Suspended>
        </Float>
    }
}

#[component]
fn NeedList(all: Vec<Need>) -> impl IntoView {
    let viewer = Viewer::here();
    view! {
        <Rows label="Needs you">
            {all
                .into_iter()
                .map(|need| {
                    let detail = format!("{} · {}", need.why, viewer.brief(need.at));
                    view! { <Row title=need.title detail href=need.href /> }
                })
                .collect_view()}
        </Rows>
    }
    .into_any()
}
