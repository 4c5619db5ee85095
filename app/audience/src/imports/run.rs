//! A running or ended import: progress, figures, refused rows.

use super::{api, words};
use contract::Fault;
use contract::imports::{Import, ImportState};
use kit::*;
use leptos::prelude::*;

/// Progress and figures.
#[component]
pub fn RunView(shown: Signal<Option<Import>>, import: Resource<Result<Import, Fault>>) -> impl IntoView {
    let body = move || shown.get().map(|current| view! { <Run current import /> });
    view! { <Stack>{body}</Stack> }.into_any()
}

#[component]
fn Run(current: Import, import: Resource<Result<Import, Fault>>) -> impl IntoView {
    let is_running = current.state == ImportState::Running;
    let trouble = current.trouble.clone().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> });
    let parts = Part::done_of(format::whole(current.bytes_done), format::whole(current.bytes));
    let words = words::progress(&current);
    let (id, figures) = (current.id, current.clone());
    view! {
        {trouble}
        {is_running
            .then(|| {
                view! {
                    <Card>
                        <CardBody>
                            <Stack>
                                <Progress label="Import" parts words=Some(words.clone()) height=BarHeight::Tall />
                                <Line apart=true>
                                    <Faint>{words.clone()}</Faint>
                                    <CancelButton id import />
                                </Line>
                            </Stack>
                        </CardBody>
                    </Card>
                }
            })}
        <Card title="Rows">
            <CardBody>
                <CountFacts import=figures is_try=false />
            </CardBody>
        </Card>
        {(current.state == ImportState::Finished)
            .then(|| {
                view! {
                    <Line>
                        <LinkButton href="/contacts" kind=ButtonKind::Primary icon=IconName::People>"Show contacts"</LinkButton>
                        <LinkButton href="/imports?new=1" icon=IconName::Upload>"Import another file"</LinkButton>
                    </Line>
                }
            })}
    }
    .into_any()
}

#[component]
fn CancelButton(id: contract::ImportId, import: Resource<Result<Import, Fault>>) -> impl IntoView {
    let (toasts, read, confirm) = (use_toasts(), use_fault_words::<Fault>(), use_confirm());
    let ask = move |()| {
        let question = Question::danger(
            "Cancel this import?",
            "It stops at the next batch. What was written stays.",
            "Cancel import",
        )
        .stay("Keep importing");
        confirm.ask(question, move || {
            leptos::task::spawn_local(async move {
                match api::cancel_import(id).await {
                    Ok(_) => import.refetch(),
                    Err(fault) => toasts.fault(read.read(&fault)),
                }
            });
        });
    };
    view! { <Button size=Size::Small on_press=ask>"Cancel import"</Button> }
}

/// What became of the rows, or what would.
#[component]
pub fn CountFacts(import: Import, is_try: bool) -> impl IntoView {
    let counts = import.counts;
    let facts = [
        ("Rows read", counts.read),
        (if is_try { "Would be new" } else { "New contacts" }, counts.created),
        (if is_try { "Would change" } else { "Changed contacts" }, counts.updated),
        ("Already the same", counts.unchanged),
        ("Left alone as asked", counts.skipped),
        ("Same address again in the file", counts.duplicates),
        (if is_try { "Would be refused" } else { "Refused" }, counts.rejected),
    ];
    let rows = facts
        .into_iter()
        .filter(|(name, n)| *n > 0 || *name == "Rows read")
        .map(|(name, n)| view! { <Fact name>{format::number(n)}</Fact> })
        .collect_view();
    let reasons = import
        .reasons
        .clone()
        .into_iter()
        .map(|r| view! { <Row title=r.reason.clone()>{format::number(r.rows)}</Row> })
        .collect_view();
    let has_reasons = !import.reasons.is_empty();
    let file = (!is_try && counts.rejected > 0).then(|| {
        view! {
            <Line>
                <LinkButton href=format!("/files/imports/{}/rejected.csv", import.id) download="rejected.csv" icon=IconName::Download>
                    "Download refused rows"
                </LinkButton>
            </Line>
        }
    });
    view! {
        <Stack>
            <Facts>{rows}</Facts>
            {has_reasons.then(|| view! { <h3>"Why rows are refused"</h3> <Rows label="Reasons">{reasons}</Rows> })}
            {file}
        </Stack>
    }
    .into_any()
}
