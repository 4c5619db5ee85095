use super::super::moves::Moves;
use super::*;
use contract::campaigns::{Phase, TestStanding, VariantFigures};

/// How the variants did, the losers too, and the choice where a person has to make it.
#[component]
pub fn TrialCard(report: Signal<CampaignReport>) -> impl IntoView {
    let test = Memo::new(move |_| report.with(|r| r.campaign.test.clone()));
    let shown = Memo::new(move |_| test.with(Option::is_some));
    view! {
        <When is=move || shown.get()>
            <Body report test=Signal::derive(move || test.get().unwrap_or_default()) />
        </When>
    }
    .into_any()
}

#[component]
fn Body(report: Signal<CampaignReport>, test: Signal<TestStanding>) -> impl IntoView {
    let viewer = Viewer::here();
    let moves = Moves::here();
    let id = report.with_untracked(|r| r.campaign.id);
    let may = viewer.may(Capability::CampaignsSend);
    let can_choose =
        Memo::new(move |_| may && test.with(|t| matches!(t.phase, Phase::Testing | Phase::AwaitingWinner)));
    let rows = Memo::new(move |_| test.with(|t| t.variants.clone()));
    let winner = Memo::new(move |_| test.with(|t| t.winner));
    let columns = move || {
        let won = winner.get();
        vec![
            Column::named(
                "Variant",
                |v: &VariantFigures| v.name.clone(),
                move |v: &VariantFigures| {
                    let title = format!("{}: {}{}", v.name, format::clip(&v.words, 60), mark(v, won));
                    view! { <b>{title}</b> }
                },
            ),
            Column::num("Sample", |v: &VariantFigures| format::number(v.sample)),
            Column::num("Accepted", |v: &VariantFigures| format::number(v.accepted)),
            Column::num("Opened", |v: &VariantFigures| share(v.opened, v.accepted)),
            Column::num("Clicked", |v: &VariantFigures| share(v.clicked, v.accepted)),
            Column::num("Unsubscribed", |v: &VariantFigures| format::number(v.unsubscribed)),
        ]
    };
    let choose = move || {
        can_choose.get().then(|| {
            let button = move |(n, variant): (u32, VariantFigures)| {
                let text = format!("Send {} to the rest", variant.name);
                view! { <Button size=Size::Small on_press=move |()| moves.choose(id, n, test.with_untracked(|t| t.waiting))>{text}</Button> }
            };
            view! { <Line>{(0..).zip(rows.get()).map(button).collect_view()}</Line> }
        })
    };
    let waiting = move || test.with(|t| t.waiting);
    let decides = move || test.with(|t| t.decides).map(|at| format!("The winner is chosen {}.", viewer.full(at)));
    let phase = move || test.with(|t| phase_words(t.phase));
    view! {
        <Card title="Variants" aside=move || view! { <Faint tiny=true>{phase}</Faint> }>
            <Table label="Variants" columns=Signal::derive(columns) rows key=|v: &VariantFigures| v.name.clone() />
            <CardBody>
                <Soft>{move || test.with(|t| t.why.clone())}</Soft>
                {move || decides().map(|text| view! { <Soft>{text}</Soft> })}
                <When is=move || { waiting() > 0 }>
                    <Soft>{move || format!("{} for the winner.", format::count(waiting(), "person waits", "people wait"))}</Soft>
                </When>
                {choose}
                <Faint tiny=true>"Shares of the sample that was accepted; machines do not count."</Faint>
            </CardBody>
        </Card>
    }
    .into_any()
}

fn mark(variant: &VariantFigures, winner: Option<u32>) -> &'static str {
    let is_winner = winner.is_some_and(|n| {
        u8::try_from(n)
            .ok()
            .and_then(|n| b'A'.checked_add(n))
            .map(char::from)
            .is_some_and(|c| variant.name == c.to_string())
    });
    if is_winner { ", winner" } else { "" }
}

fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::None => "Not begun",
        Phase::Testing => "Sample is going out",
        Phase::AwaitingWinner => "Awaiting the winner",
        Phase::Decided => "Winner chosen",
    }
}

/// `12, 4.2 %`
fn share(part: i64, of: i64) -> String {
    match format::share(format::whole(part), format::whole(of)) {
        Some(share) => format!("{}, {share}", format::number(part)),
        None => "–".to_owned(),
    }
}

/// What holds it up, or that everybody who is left waits for a time, and that this is a second try.
#[component]
pub fn Waits(report: Signal<CampaignReport>) -> impl IntoView {
    let viewer = Viewer::here();
    let stall = Memo::new(move |_| report.with(|r| r.stall.clone()));
    let until = Memo::new(move |_| report.with(|r| r.campaign.waits_until.filter(|_| r.stall.is_none())));
    let first = Memo::new(move |_| report.with(|r| r.campaign.resend_of));
    view! {
        {move || {
            stall
                .get()
                .map(|stall| {
                    let tone = if stall.cause.needs_a_person() { Tone::Warn } else { Tone::Note };
                    let until = stall.until.map(|at| format!(" It goes on {}.", viewer.full(at)));
                    view! { <Notice tone icon=IconName::Clock>{stall.text} {until}</Notice> }
                })
        }}
        {move || {
            until
                .get()
                .map(|at| {
                    let text = format!("Everybody who is left waits for their time. The next one is {}.", viewer.full(at));
                    view! { <Notice tone=Tone::Note icon=IconName::Clock>{text}</Notice> }
                })
        }}
        {move || {
            first
                .get()
                .map(|id| {
                    view! {
                        <Notice>
                            "A second try for those who did not read " <a href=format!("/campaigns/{id}")>"the first one"</a> "."
                        </Notice>
                    }
                })
        }}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_winner_is_marked_and_the_losers_are_not() {
        let of = |name: &str| VariantFigures { name: name.into(), ..VariantFigures::default() };
        assert_eq!((mark(&of("A"), Some(1)), mark(&of("B"), Some(1)), mark(&of("B"), None)), ("", ", winner", ""));
    }
}
