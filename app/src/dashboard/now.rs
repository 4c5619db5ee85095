//! What goes out now, what needs a person, what comes and what went today.

use contract::Fault;
use contract::campaigns::{CampaignRow, EmailSummary};
use contract::live::Need;
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// A bar for each campaign that is going out.
#[component]
pub fn Sending(email: Fetch<EmailSummary, Fault>) -> impl IntoView {
    let cards = move || {
        email
            .get()
            .and_then(Result::ok)
            .map(|s| s.now_sending.into_iter().map(|row| view! { <SendingCard row /> }).collect_view().into_any())
    };
    settled(cards)
}

#[component]
fn SendingCard(row: CampaignRow) -> impl IntoView {
    let counts = row.counts;
    let words = format!("{} of {}", format::number(counts.settled()), format::number(counts.to_send()));
    let (name, href) = (row.name.clone(), format!("/campaigns/{}", row.id));
    let parts = vec![
        Part::proven("Accepted", format::whole(counts.accepted), "cyan"),
        Part::proven("Failed", format::whole(counts.failed), "danger"),
        Part::unsure("Not known", format::whole(counts.unknown)),
        Part::rest("Waiting", format::whole(counts.open())),
    ];
    view! {
        <Card hot=true>
            <CardBody>
                <Stack gap=Gap::Small>
                    <Line apart=true>
                        <Line>
                            <Status tone=Tone::Note shape=Shape::Live>"Sending"</Status>
                            <a href=href>{name}</a>
                        </Line>
                        <Faint tiny=true>{words}</Faint>
                    </Line>
                    <Progress label=row.name parts height=BarHeight::Thin />
                </Stack>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// What waits for a person; nothing while nothing does.
#[component]
pub fn Needs(needs: Fetch<Vec<Need>, Fault>) -> impl IntoView {
    let list = move || {
        needs.get().and_then(Result::ok).filter(|all| !all.is_empty()).map(|all| {
            let count = all.len() as u64;
            let asks = all
                .into_iter()
                .map(|need| {
                    let icon = match need.kind.as_str() {
                        "sender" => IconName::Send,
                        "import" => IconName::Upload,
                        _ => IconName::Campaign,
                    };
                    view! {
                        <Ask icon what=need.title why=need.why>
                            <LinkButton href=need.href size=Size::Small>{need.action}</LinkButton>
                        </Ask>
                    }
                })
                .collect_view();
            view! { <AskList title="Needs you" count>{asks}</AskList> }.into_any()
        })
    };
    settled(list)
}

/// What starts in the next seven days and what ended last.
#[component]
pub fn Today(email: Fetch<EmailSummary, Fault>) -> impl IntoView {
    view! {
        <Columns min=320>
            <Card title="Goes out next" bleed=true>
                <Suspended
                    resource=email
                    bones=Bones::Rows(3)
                    is_empty=Callback::new(|s: EmailSummary| s.coming.is_empty())
                    empty=|| view! { <Empty title="Nothing is scheduled" text="Campaigns scheduled for the next seven days show here." /> }
                    let:figures
                >
                    <CampaignRows rows=figures.coming when=|row: &CampaignRow| row.scheduled />
                </Suspended>
            </Card>
            <Card title="Went out last" bleed=true>
                <Suspended
                    resource=email
                    bones=Bones::Rows(3)
                    is_empty=Callback::new(|s: EmailSummary| s.recent.is_empty())
                    empty=|| view! { <Empty title="Nothing went out yet" text="Finished campaigns show here with what became of them." /> }
                    let:figures
                >
                    <CampaignRows rows=figures.recent when=|row: &CampaignRow| row.finished />
                </Suspended>
            </Card>
        </Columns>
    }
    .into_any()
}

#[component]
fn CampaignRows(rows: Vec<CampaignRow>, when: fn(&CampaignRow) -> Option<contract::Micros>) -> impl IntoView {
    let viewer = Viewer::here();
    let rows = rows
        .into_iter()
        .map(|row| {
            let at = when(&row).map(|at| viewer.full(at)).unwrap_or_default();
            let people = match row.counts.accepted {
                0 => at,
                n => format!("{at} · {}", format::count(n, "message accepted", "messages accepted")),
            };
            let href = format!("/campaigns/{}", row.id);
            view! { <Row title=row.name detail=people href before=|| view! { <Kind color="email" /> } /> }
        })
        .collect_view();
    view! { <Rows>{rows}</Rows> }.into_any()
}
