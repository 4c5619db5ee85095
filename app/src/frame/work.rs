//! Work in the background, with real progress.

use crate::api;
use contract::live::Work;
use kit::*;
use leptos::prelude::*;

/// The button in the top bar and what it opens.
#[component]
pub fn WorkCorner() -> impl IntoView {
    let stream = use_stream();
    let changes = [stream.changes("campaign."), stream.changes("import.")];
    let work = Fetch::new(move || changes.iter().map(Get::get).sum(), api::running_work);
    let open = RwSignal::new(false);
    let all = move || work.get().and_then(Result::ok).unwrap_or_default();
    // What is held does not run; it waits for a person and is on the bell.
    let running = move || all().iter().filter(|work| !work.paused).count() as u64;
    let percent = move || all().iter().filter(|work| !work.paused).map(percent_of).max().unwrap_or(0);
    view! {
        {settled(move || {
            let (running, percent) = (Signal::derive(running), Signal::derive(percent));
            Some(view! { <WorkButton running percent on_press=move |()| open.set(true) /> }.into_any())
        })}
        <Float open title="Work in the background">
            <Suspended
                resource=work
                bones=Bones::Rows(2)
                is_empty=Callback::new(|all: Vec<Work>| all.is_empty())
                empty=|| view! { <Empty title="Nothing runs" text="Imports and campaigns show here while they run." /> }
                let:all
            >
                <WorkList all />
            </Suspended>
        </Float>
    }
}

fn percent_of(work: &Work) -> u8 {
    work.total.map_or(0, |total| format::percent_of(work.done.unsigned_abs(), total.unsigned_abs()))
}

fn words(work: &Work) -> String {
    let done = format::number(work.done);
    let mut parts = vec![
        work.total.map_or_else(|| format!("{done} so far"), |total| format!("{done} of {}", format::number(total))),
    ];
    if work.paused {
        parts.push("held".into());
    } else {
        parts.extend(work.per_minute.map(|rate| format!("{} per minute", format::number(rate))));
        parts.extend(work.seconds_left.map(|left| format::time_left(left.unsigned_abs())));
    }
    parts.join(" · ")
}

#[component]
fn WorkList(all: Vec<Work>) -> impl IntoView {
    view! {
        <Rows label="Work in the background">
            {all
                .into_iter()
                .map(|work| {
                    let percent = percent_of(&work);
                    let detail = words(&work);
                    view! { <Row title=work.title detail href=work.href before=move || view! { <Ring percent /> } /> }
                })
                .collect_view()}
        </Rows>
    }
    .into_any()
}
