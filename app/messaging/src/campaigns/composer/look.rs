use super::super::moves::Moves;
use super::checks::Checks;
use super::page::Parts;
use super::*;
use crate::parts::{Arriving, Fetched};
use contract::campaigns::{Audience, LastLook, Plan as PacePlan, When};
use contract::senders::Rates;
use contract::{Micros, SenderId, Zone};

/// What the look depends on, so that it is not taken with every letter.
type LookKey = (Audience, Option<SenderId>, String, contract::templates::Content, PacePlan, Vec<String>);

/// What would go out, to whom, through what, until when, and the button that does it.
#[component]
pub fn LookCard(parts: Parts) -> impl IntoView {
    let work = parts.work;
    let problems = parts.preview.problems();
    let key = Memo::new(move |before: Option<&LookKey>| {
        if let Some(before) = before.filter(|_| work.is_dirty()) {
            return before.clone();
        }
        let sent = work.sent();
        let blocking = problems.with(|all| all.iter().filter(|p| p.blocks).map(|p| p.message.clone()).collect());
        (sent.audience, sent.sender, sent.from_name, sent.content, sent.plan, blocking)
    });
    let id = work.id;
    let look = Fetched::new(move || key.get(), move |_| api::take_last_look(id));
    let plan = Plan::new();
    let state = Memo::new(move |_| work.stored.with(|c| c.state));
    view! {
        <Card title="Last look" hot=true>
            <CardBody>
                <Arriving fetched=look bones=Bones::Rows(6) let:look>
                    <LookFacts look plan parts />
                    <Checks parts key />
                    {move || match state.get() {
                        CampaignState::Scheduled => view! { <Planned parts /> }.into_any(),
                        CampaignState::Paused => view! { <Held parts /> }.into_any(),
                        _ => view! { <SendButton parts look plan /> }.into_any(),
                    }}
                </Arriving>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// When it is to start.
#[derive(Clone, Copy)]
struct Plan {
    mode: RwSignal<String>,
    wall: RwSignal<String>,
    refused: Problems,
}

impl Plan {
    fn new() -> Self {
        let viewer = Viewer::here();
        Self {
            mode: RwSignal::new("now".to_owned()),
            wall: RwSignal::new(tomorrow(&viewer.zone(), viewer.now())),
            refused: Problems::new(),
        }
    }

    fn is_later(self) -> bool {
        self.mode.with(|mode| mode == "later")
    }
}

/// Nine o'clock tomorrow on the company's clock, as an input wants it.
fn tomorrow(zone: &Zone, now: Micros) -> String {
    let wall = zone.wall(now.plus_seconds(86_400));
    let day = wall.split_once('T').map_or(wall.as_str(), |(day, _)| day);
    format!("{day}T09:00")
}

/// `2026-11-22T09:00` as people read it.
fn wall_words(wall: &str, zone: &str) -> String {
    let clock = |text: &str| text.split_once('T').map(|(day, time)| format!("{day} at {time}, {zone}"));
    clock(wall).unwrap_or_else(|| "No time chosen".to_owned())
}

#[component]
fn LookBody(look: Signal<LastLook>, plan: Plan, parts: Parts) -> impl IntoView {
    let blockers = move || {
        look.with(|l| l.blockers.clone())
            .into_iter()
            .map(|text| view! { <Row title=text before=|| view! { <Icon name=IconName::Stop tint="bad" /> } /> })
            .collect_view()
    };
    let warnings = move || {
        look.with(|l| l.warnings.clone())
            .into_iter()
            .map(|text| view! { <Row title=text before=|| view! { <Icon name=IconName::Alert tint="warn" /> } /> })
            .collect_view()
    };
    let is_clear = move || look.with(|l| l.blockers.is_empty() && l.warnings.is_empty());
    view! {
        <LookFacts look plan parts />
        <Rows label="What to know">
            {blockers} {warnings}
            {move || {
                is_clear()
                    .then(|| view! { <Row title="Words, audience and sender are in order" before=|| view! { <Icon name=IconName::Check tint="good" /> } /> })
            }}
        </Rows>
    }
    .into_any()
}

#[component]
fn LookFacts(look: Signal<LastLook>, plan: Plan, parts: Parts) -> impl IntoView {
    let viewer = Viewer::here();
    let work = parts.work;
    let who = move || {
        look.with(|l| {
            format!(
                "{} of {}",
                format::number(l.audience.will_receive),
                format::count(l.audience.matched, "person", "people")
            )
        })
    };
    let left_out = move || look.with(left_out_words);
    let planned = move || work.stored.with(|c| c.scheduled.filter(|_| c.state == CampaignState::Scheduled));
    let when = move || match planned() {
        Some(at) => viewer.full(at),
        None if plan.is_later() => wall_words(&plan.wall.get(), &viewer.zone().name),
        None => "Now".to_owned(),
    };
    let through =
        move || look.with(|l| if l.sender.is_empty() { "No sender chosen".to_owned() } else { l.sender.clone() });
    let rate = move || rate_words(parts.sender().get().map(|s| s.rates), look.with(|l| l.per_minute));
    // How long it takes is told against the clock of the moment the look came in.
    let lasts = RwSignal::new(None::<i64>);
    Effect::new(move |_| lasts.set(look.with(|l| l.finishes).map(|at| at.seconds() - now_seconds())));
    let ends = move || match (look.with(|l| l.finishes), plan.is_later() || planned().is_some()) {
        (None, _) => "Depends on the server".to_owned(),
        (Some(at), false) => format!("About {}", viewer.full(at)),
        (Some(_), true) => after_words(lasts.get()),
    };
    view! {
        <Facts>
            <Fact name="Who">{who}</Fact>
            <Fact name="Left out">{left_out}</Fact>
            <Fact name="When">{when}</Fact>
            <Fact name="Through">{through}</Fact>
            <Fact name="Rate">{rate}</Fact>
            <Fact name="Ends">{ends}</Fact>
        </Facts>
    }
    .into_any()
}

/// The clock of this browser. For effects and handlers only.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for ages")]
fn now_seconds() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

/// The limits of the sender, or what they allow at length.
fn rate_words(rates: Option<Rates>, per_minute: Option<i64>) -> String {
    match (rates, per_minute) {
        (Some(rates), Some(_)) => crate::senders::limits(&rates),
        (None, Some(n)) => format!("{} per minute", format::number(n)),
        (_, None) => "As fast as the server takes them".to_owned(),
    }
}

/// How long after a later start it ends.
fn after_words(seconds: Option<i64>) -> String {
    match seconds {
        Some(seconds) => format!("About {} after the start", format::duration(format::whole(seconds.max(1)))),
        None => "Soon after the start".to_owned(),
    }
}

/// `932, mostly: unsubscribed (512)`
fn left_out_words(look: &LastLook) -> String {
    let sum: i64 = look.audience.excluded.iter().map(|r| r.count).sum();
    match look.audience.excluded.iter().max_by_key(|r| r.count) {
        Some(most) if sum > 0 => {
            format!("{}, mostly: {} ({})", format::number(sum), most.text.to_lowercase(), format::number(most.count))
        }
        _ => "Nobody".to_owned(),
    }
}

/// Chooses when, then asks once more with fresh numbers.
#[component]
fn SendButton(parts: Parts, look: Signal<LastLook>, plan: Plan) -> impl IntoView {
    let viewer = Viewer::here();
    let (hand, work) = (Hand::here(), parts.work);
    let (busy, fresh) = (RwSignal::new(false), RwSignal::new(None::<LastLook>));
    let open = RwSignal::new(false);
    if !viewer.may(Capability::CampaignsSend) {
        return view! {
            <Notice>"You may write and test this campaign. Approvers, admins and owners of your company can send it; ask one of them to take the last look."</Notice>
        }
        .into_any();
    }
    let blocked = Signal::derive(move || {
        let unsaved = parts.delivery_dirty.get().then(|| "Save first how fast it goes, in part 7.".to_owned());
        look.with(|l| why_not(l, plan.is_later())).or(unsaved)
    });
    let press = move |()| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            if work.ensure().await {
                match api::take_last_look(work.id).await {
                    Ok(now) => {
                        fresh.set(Some(now));
                        open.set(true);
                    }
                    Err(fault) => hand.fault(&fault),
                }
            }
            busy.set(false);
        });
    };
    let modes = vec![Choice::new("now", "Now"), Choice::new("later", "At a time")];
    let label = move || look.with(|l| button_words(l.audience.will_receive, plan.is_later()));
    view! {
        <Segmented value=plan.mode label="Start" options=modes />
        <When is=move || plan.is_later()>
            <Field
                label="Starts"
                name="wall"
                help=Signal::derive(move || Some(format!("On the clock of {}, your company’s zone.", viewer.zone().name)))
                error=plan.refused.of("wall")
            >
                <TextInput value=plan.wall kind=InputKind::DateTime />
            </Field>
        </When>
        <FootBar>
            <Button kind=ButtonKind::Primary size=Size::Wide icon=IconName::Send busy blocked on_press=press>{label}</Button>
        </FootBar>
        {move || blocked.get().map(|why| view! { <Faint tiny=true>{why}</Faint> })}
        <Faint tiny=true>"Nothing goes out before you say so once more. You can stop it until the last message is handed over."</Faint>
        <SendDialog open fresh plan parts />
    }
    .into_any()
}

/// What the button says.
fn button_words(people: i64, is_later: bool) -> String {
    let people = format::count(people, "person", "people");
    if is_later { format!("Schedule for {people}") } else { format!("Send to {people}") }
}

/// Why it cannot go out. Who is on the lists is worked out at the start, so nobody today does not hold up a schedule.
fn why_not(look: &LastLook, is_later: bool) -> Option<String> {
    let nobody = "Nobody in the audience can be mailed.";
    let first = look.blockers.iter().find(|b| !(is_later && *b == nobody));
    first.cloned().or_else(|| (look.audience.will_receive == 0 && !is_later).then(|| nobody.to_owned()))
}

/// The question before it goes out, with numbers counted just now.
#[component]
fn SendDialog(open: RwSignal<bool>, fresh: RwSignal<Option<LastLook>>, plan: Plan, parts: Parts) -> impl IntoView {
    let (viewer, work) = (Viewer::here(), parts.work);
    let moves = Moves::here();
    let busy = RwSignal::new(false);
    let refused = Problems::new();
    let go = move |()| {
        busy.set(true);
        let later = untrack(|| plan.is_later());
        let when = When { wall: plan.wall.get_untracked(), zone: viewer.zone().name };
        leptos::task::spawn_local(async move {
            let answer = if later { api::schedule(work.id, when).await } else { api::send_now(work.id).await };
            busy.set(false);
            if let Err(fault @ Fault::Invalid { .. }) = &answer {
                let _ = plan.refused.keep::<()>(Err(fault.clone()));
            }
            if refused.keep(answer).is_some() {
                open.set(false);
                moves.hand.toasts.ok(if later { "Scheduled" } else { "It is going out" });
                moves.hand.touch("campaign.preparing");
                moves.go(&format!("/campaigns/{}", work.id));
            }
        });
    };
    let title = Signal::derive(move || {
        let name = work.name.get();
        if plan.is_later() { format!("Schedule {name}?") } else { format!("Send {name}?") }
    });
    let people = move || fresh.with(|l| l.as_ref().map_or(0, |l| l.audience.will_receive));
    let body = move || {
        let first = fresh.get()?;
        let look = Signal::derive(move || fresh.get().unwrap_or_else(|| first.clone()));
        Some(view! {
            <LookBody look plan parts />
            <Facts>
                <Fact name="Subject">{move || work.desk.subject.get()}</Fact>
            </Facts>
        })
    };
    let blocked = Signal::derive(move || fresh.with(|l| l.as_ref().and_then(|l| why_not(l, plan.is_later()))));
    let footer = move || {
        view! {
            <Button on_press=move |()| open.set(false)>"Not yet"</Button>
            <Button kind=ButtonKind::Primary icon=IconName::Send busy blocked on_press=go>{move || button_words(people(), plan.is_later())}</Button>
        }
    };
    view! {
        <Modal open title alert=true guard=busy footer>
            <Stack>
                {move || refused.besides(&[]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                {body}
                <Soft>{move || if plan.is_later() { "Until then you can change it or take it off the schedule." } else { "Messages that are handed over cannot be called back; the rest can be paused or cancelled." }}</Soft>
            </Stack>
        </Modal>
    }
    .into_any()
}

/// It has a time; changes are saved into it.
#[component]
fn Planned(parts: Parts) -> impl IntoView {
    let (viewer, hand, work) = (Viewer::here(), Hand::here(), parts.work);
    let unschedule = move |()| {
        leptos::task::spawn_local(async move {
            if !work.ensure().await {
                return;
            }
            match api::unschedule(work.id).await {
                Ok(campaign) => {
                    work.stored.set(campaign);
                    hand.touch("campaign.unscheduled");
                    hand.toasts.ok("Not scheduled any more; it is a draft again");
                }
                Err(fault) => hand.fault(&fault),
            }
        });
    };
    let starts = move || {
        work.stored
            .with(|c| c.scheduled)
            .map(|at| format!("It starts {}. What you change here goes out then.", viewer.full(at)))
    };
    view! {
        <Notice tone=Tone::Note icon=IconName::Clock>{starts}</Notice>
        {viewer
            .may(Capability::CampaignsSend)
            .then(|| {
                view! {
                    <FootBar>
                        <Button size=Size::Wide icon=IconName::Undo on_press=unschedule>"Unschedule"</Button>
                    </FootBar>
                }
            })}
    }
    .into_any()
}

/// It is held; the way on.
#[component]
fn Held(parts: Parts) -> impl IntoView {
    let (viewer, moves, work) = (Viewer::here(), Moves::here(), parts.work);
    let resume = move |()| {
        leptos::task::spawn_local(async move {
            if !work.ensure().await {
                return;
            }
            match api::resume(work.id).await {
                Ok(_) => {
                    moves.hand.touch("campaign.resumed");
                    moves.go(&format!("/campaigns/{}", work.id));
                }
                Err(fault) => moves.hand.fault(&fault),
            }
        });
    };
    let reason = move || {
        let why = work.stored.with(|c| c.state_reason.clone());
        if why.is_empty() { "It is paused. Nobody is mailed until it is resumed.".to_owned() } else { why }
    };
    view! {
        <Notice tone=Tone::Warn icon=IconName::Pause>{reason}</Notice>
        {viewer
            .may(Capability::CampaignsSend)
            .then(|| {
                view! {
                    <FootBar>
                        <Button kind=ButtonKind::Primary size=Size::Wide icon=IconName::Play on_press=resume>"Resume sending"</Button>
                    </FootBar>
                }
            })}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::campaigns::{AudienceCount, Reason};

    fn look(will_receive: i64, blockers: &[&str]) -> LastLook {
        LastLook {
            audience: AudienceCount { matched: will_receive, will_receive, excluded: Vec::new() },
            sender: "Newsletter".into(),
            per_minute: None,
            finishes: None,
            blockers: blockers.iter().map(|b| (*b).to_owned()).collect(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn the_button_names_the_number() {
        assert_eq!(button_words(12_480, false), "Send to 12,480 people");
        assert_eq!(button_words(1, true), "Schedule for 1 person");
    }

    #[test]
    fn nobody_holds_up_sending_now_but_not_a_schedule() {
        let nobody = look(0, &["Nobody in the audience can be mailed."]);
        assert!(why_not(&nobody, false).is_some());
        assert_eq!(why_not(&nobody, true), None);
        assert_eq!(why_not(&look(3, &["Choose a sender."]), true), Some("Choose a sender.".into()));
        assert_eq!(why_not(&look(3, &[]), false), None);
    }

    #[test]
    fn the_rate_is_what_the_sender_was_told() {
        let rates = Rates { per_minute: Some(120), per_day: Some(10_000), ..Rates::default() };
        assert_eq!(rate_words(Some(rates), Some(6)), "120 per minute, 10,000 per day");
        assert_eq!(rate_words(Some(Rates::default()), None), "As fast as the server takes them");
    }

    #[test]
    fn a_later_start_tells_how_long_it_takes() {
        assert_eq!(after_words(Some(6_240)), "About 1 h 44 min after the start");
        assert_eq!(after_words(None), "Soon after the start");
    }

    #[test]
    fn left_out_names_the_biggest_reason() {
        let reason = |text: &str, count| Reason { code: String::new(), text: text.into(), count };
        let mut with = look(10, &[]);
        with.audience.excluded = vec![reason("No consent", 20), reason("Unsubscribed", 512)];
        assert_eq!(left_out_words(&with), "532, mostly: unsubscribed (512)");
        assert_eq!(left_out_words(&look(10, &[])), "Nobody");
    }

    #[test]
    fn a_time_is_read_with_its_zone() {
        assert_eq!(wall_words("2026-11-22T09:00", "Europe/Copenhagen"), "2026-11-22 at 09:00, Europe/Copenhagen");
        assert_eq!(tomorrow(&Zone::utc(), Micros::parse("2026-11-21T22:15:00Z").unwrap()), "2026-11-22T09:00");
    }
}
