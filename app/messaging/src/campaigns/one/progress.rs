use super::super::moves::{Moves, is_running};
use super::*;
use contract::Micros;

/// Seconds between two spoken words on progress.
const SPEAK_EVERY: i64 = 10;

/// Tells those who do not see the bar how far it is: at once when the state changes, else every ten seconds at most.
#[component]
pub fn Speak(report: Signal<CampaignReport>) -> impl IntoView {
    let live = use_live();
    Effect::new(move |before: Option<(CampaignState, Micros)>| {
        let (state, at) = report.with(|r| (r.campaign.state, r.at));
        let Some((was, spoke)) = before else { return (state, at) };
        if was != state {
            live.say(format!("{}. {}", words::state_words(state), report.with(words::progress)));
            return (state, at);
        }
        if is_running(state) && at.seconds() - spoke.seconds() >= SPEAK_EVERY {
            live.say(report.with(words::progress));
            return (state, at);
        }
        (state, spoke)
    });
}

/// How far it is, how fast, until when.
#[component]
pub fn ProgressCard(report: Signal<CampaignReport>) -> impl IntoView {
    let viewer = Viewer::here();
    let counts = Memo::new(move |_| report.with(|r| r.campaign.counts));
    let is_sending = Memo::new(move |_| report.with(|r| r.campaign.state == CampaignState::Sending));
    let is_preparing = Memo::new(move |_| report.with(|r| r.campaign.state == CampaignState::Preparing));
    let done = Signal::derive(move || Some(format::number(counts.get().settled())));
    let of = Signal::derive(move || Some(of_words(&counts.get())));
    let parts = Signal::derive(move || words::parts(&counts.get()));
    let rate = Signal::derive(move || report.with(|r| r.per_minute).map(format::number));
    let left = Signal::derive(move || report.with(words::seconds_left).map(format::duration));
    let ends = Signal::derive(move || report.with(|r| r.finishes).map(|at| viewer.brief(at)));
    let zone = Signal::derive(move || report.with(|r| r.finishes).map(|at| viewer.zone().short(at).to_owned()));
    let pace = move || {
        is_sending.get().then(|| {
            view! {
                <Line gap=Gap::Large>
                    <Figure name="Rate, last minute" value=rate unit="per minute" missing="Known after a minute" />
                    <Figure name="Time left" value=left missing="Known after a minute" />
                    <Figure name="Ends about" value=ends unit=zone missing="Known after a minute" />
                </Line>
            }
        })
    };
    let legend =
        Signal::derive(move || words::parts(&counts.get()).into_iter().filter(|p| p.value > 0).collect::<Vec<_>>());
    view! {
        <Card bleed=true>
            <CardBody>
                <Line apart=true gap=Gap::Large>
                    <Figure name="Done" value=done unit=of big=true />
                    {pace}
                </Line>
                <Progress label="Recipients" parts words=Signal::derive(move || Some(report.with(words::progress))) height=BarHeight::Tall />
                <Legend parts=legend counted=true />
                <When is=move || is_preparing.get()>
                    <Soft>"Working out who gets it. With many people this takes a moment."</Soft>
                </When>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// `of 12,480 people, 66 %`
fn of_words(counts: &contract::campaigns::Counts) -> String {
    let (done, whole) = (format::whole(counts.settled()), format::whole(counts.to_send()));
    let of = format!("of {}", format::count(whole, "person", "people"));
    if whole == 0 { of } else { format!("{of}, {} %", format::percent_of(done, whole)) }
}

/// When it starts, and the way back.
#[component]
pub fn ScheduledCard(report: Signal<CampaignReport>) -> impl IntoView {
    let (viewer, moves) = (Viewer::here(), Moves::here());
    let id = report.with_untracked(|r| r.campaign.id);
    let starts = Signal::derive(move || report.with(|r| r.campaign.scheduled).map(|at| viewer.full(at)));
    let until = Signal::derive(move || {
        report.with(|r| r.campaign.scheduled.map(|at| format::relative(r.at.seconds() - at.seconds())))
    });
    let may = viewer.may(Capability::CampaignsSend);
    view! {
        <Card hot=true>
            <CardBody>
                <Line apart=true gap=Gap::Large>
                    <Figure name="Starts" value=starts big=true missing="No time is set" />
                    <Figure name="That is" value=until missing="No time is set" />
                    {may
                        .then(|| {
                            view! { <Button icon=IconName::Undo on_press=move |()| moves.unschedule(id)>"Unschedule"</Button> }
                        })}
                </Line>
            </CardBody>
        </Card>
    }
    .into_any()
}
