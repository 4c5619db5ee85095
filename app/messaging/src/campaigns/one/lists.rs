use super::*;
use contract::campaigns::{LinkReport, Reason};

/// Links with the people who pressed them.
#[component]
pub fn Links(report: Signal<CampaignReport>) -> impl IntoView {
    let links = Memo::new(move |_| report.with(|r| r.links.clone()));
    let accepted = Memo::new(move |_| report.with(|r| r.campaign.counts));
    let columns = move || {
        let counts = accepted.get();
        vec![
            Column::named(
                "Link",
                |l: &LinkReport| l.url.clone(),
                |l: &LinkReport| {
                    let words = format::clip(&l.url, 80);
                    view! { <Named title=words href=l.url.clone() /> }
                },
            ),
            Column::num("People", |l: &LinkReport| format::number(l.people)),
            Column::num("Of accepted", move |l: &LinkReport| {
                words::of_accepted(l.people, &counts).unwrap_or_else(|| "–".to_owned())
            }),
            Column::num("Clicks in all", |l: &LinkReport| format::number(l.clicks)),
        ]
    };
    view! {
        <Card title="Links">
            <Show
                when=move || links.with(|l| !l.is_empty())
                fallback=|| view! { <Empty title="No clicks yet" text="Links show here once a person pressed one." icon=IconName::Link /> }
            >
                <Table label="Links" columns=Signal::derive(columns) rows=links key=|l: &LinkReport| l.url.clone() />
            </Show>
        </Card>
    }
    .into_any()
}

/// Why a few are neither sent nor not sent.
#[component]
pub fn UnknownCard(report: Signal<CampaignReport>) -> impl IntoView {
    let unknown = Memo::new(move |_| report.with(|r| r.campaign.counts.unknown));
    let id = report.with_untracked(|r| r.campaign.id);
    view! {
        <When is=move || { unknown.get() > 0 }>
            <Card title=Signal::derive(move || Some(format!("{} unknown, not sent again", format::number(unknown.get()))))>
                <CardBody>
                    <Soft>"The connection broke between handing the message over and hearing back. Sending again could mail somebody twice, so Lux leaves it."</Soft>
                    <Line>
                        <LinkButton href=people_in(id, "unknown") size=Size::Small>"Show who"</LinkButton>
                    </Line>
                </CardBody>
            </Card>
        </When>
    }
    .into_any()
}

/// Failures by class.
#[component]
pub fn Failures(report: Signal<CampaignReport>) -> impl IntoView {
    let failures = Memo::new(move |_| report.with(|r| r.failures.clone()));
    let failed = Memo::new(move |_| report.with(|r| r.campaign.counts.failed));
    let id = report.with_untracked(|r| r.campaign.id);
    let row = move |reason: Reason| view! { <Row title=reason.text href=people_in(id, "failed")>{format::number(reason.count)}</Row> };
    view! {
        <When is=move || { failed.get() > 0 }>
            <Card title=Signal::derive(move || Some(format!("Why {} failed", format::number(failed.get()))))>
                <Rows label="Reasons of failures">{move || failures.get().into_iter().map(row).collect_view()}</Rows>
            </Card>
        </When>
    }
    .into_any()
}

/// From everybody in the audience to those who are mailed, reason by reason.
#[component]
pub fn LeftOut(report: Signal<CampaignReport>) -> impl IntoView {
    let counts = Memo::new(move |_| report.with(|r| r.campaign.counts));
    let start = Signal::derive(move || ("In the audience".to_owned(), format::whole(counts.get().total())));
    let less = Signal::derive(move || {
        report.with(|r| r.skipped.iter().map(|s| (s.text.clone(), format::whole(s.count))).collect::<Vec<_>>())
    });
    let end = Signal::derive(move || ("To be mailed".to_owned(), format::whole(counts.get().to_send())));
    view! {
        <Card title="From the audience to the inbox">
            <CardBody>
                <Funnel label="From the audience to those mailed" start less less_words="Left out, by reason" end />
                <Faint tiny=true>"Consent and suppression are checked at the start and once more when a message is handed over."</Faint>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// Who it is for and what it goes through.
#[component]
pub fn AudienceCard(report: Signal<CampaignReport>) -> impl IntoView {
    let viewer = Viewer::here();
    let names = Memo::new(move |_| report.with(|r| r.audience.clone()));
    let lists = move |is_left_out: bool| {
        let all = names.with(|n| if is_left_out { n.exclude_lists.clone() } else { n.lists.clone() });
        let links =
            all.into_iter().map(|l| view! { <a href=format!("/contacts?list={}", l.id)>{l.name}</a> }).collect_view();
        view! { <Line>{links}</Line> }
    };
    let tags = move |is_left_out: bool| {
        let all = names.with(|n| if is_left_out { n.exclude_tags.clone() } else { n.tags.clone() });
        let tags = all.into_iter().map(|name| view! { <Tag name /> }).collect_view();
        view! { <Line>{tags}</Line> }
    };
    let has = move |get: fn(&contract::campaigns::AudienceNames) -> usize| names.with(|n| get(n) > 0);
    let facts = move || {
        view! {
            {has(|n| n.lists.len()).then(|| view! { <Fact name="Lists">{lists(false)}</Fact> })}
            {has(|n| n.tags.len()).then(|| view! { <Fact name="Tags">{tags(false)}</Fact> })}
            {has(|n| n.exclude_lists.len()).then(|| view! { <Fact name="Without lists">{lists(true)}</Fact> })}
            {has(|n| n.exclude_tags.len()).then(|| view! { <Fact name="Without tags">{tags(true)}</Fact> })}
        }
    };
    let from = move || {
        report.with(|r| {
            let pairs = [
                ("Through", r.sender.clone()),
                ("From name", r.campaign.draft.from_name.clone()),
                ("Replies to", r.campaign.draft.reply_to.clone()),
            ];
            pairs
                .into_iter()
                .filter(|(_, v)| !v.is_empty())
                .map(|(name, value)| view! { <Fact name>{value}</Fact> })
                .collect_view()
        })
    };
    view! {
        <Card title="Audience and sender">
            <CardBody>
                <Facts>
                    {facts} {from}
                    <Fact name="Subject">{move || report.with(|r| r.campaign.draft.content.subject.clone())}</Fact>
                    <Fact name="Counted">{move || viewer.full(report.with(|r| r.at))}</Fact>
                </Facts>
            </CardBody>
        </Card>
    }
    .into_any()
}
