//! The warm-up of a young sender: what it sends in a day grows from little to its full rate.

use super::{api, words};
use crate::parts::{Arriving, Fetched, Hand};
use contract::campaigns::WarmUp;
use contract::{Capability, Micros, SenderId};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

/// Days that are named one by one.
const NAMED: usize = 5;

/// Where the warm-up stands, and the ways to begin, change and end it.
#[component]
pub fn WarmUpCard(
    /// Which sender.
    id: SenderId,
    /// What the sender may send in a day, where that is set.
    full: Option<u32>,
) -> impl IntoView {
    let changed = use_stream().changes("sender.warm-up");
    let fetched = Fetched::new(move || changed.get(), move |_| api::sender_warm_up(id));
    view! {
        <Card title="Warm-up">
            <CardBody>
                <Arriving fetched bones=Bones::Rows(2) let:stored>
                    {move || match stored.get() {
                        Some(warm) => view! { <On id warm /> }.into_any(),
                        None => view! { <Off id full /> }.into_any(),
                    }}
                </Arriving>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// It is not warmed up: why one would, and a plan to begin with.
#[component]
fn Off(id: SenderId, full: Option<u32>) -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let asked = RwSignal::new(false);
    view! {
        <Soft>
            "Mailbox providers do not trust a new address or server that sends much at once. A warm-up holds campaigns to a few messages on the first day and to more on each day after."
        </Soft>
        <When is=move || may && !asked.get()>
            <Line>
                <Button size=Size::Small icon=IconName::Play on_press=move |()| asked.set(true)>"Start a warm-up"</Button>
            </Line>
        </When>
        <When is=move || asked.get()>
            <PlanForm id warm=usual(full) action="Start warm-up" said="The warm-up began" />
        </When>
    }
    .into_any()
}

/// A plan that suits most: small, a third more each day, up to what the sender may send.
fn usual(full: Option<u32>) -> WarmUp {
    WarmUp {
        first_day: 50,
        growth_percent: 30,
        target: full.filter(|full| *full > 50).unwrap_or(10_000),
        started: None,
    }
}

/// It is warmed up: which day it is, what that allows, until when.
#[component]
fn On(id: SenderId, warm: WarmUp) -> impl IntoView {
    let (viewer, hand, confirm) = (Viewer::here(), Hand::here(), use_confirm());
    let may = viewer.may(Capability::SendersManage);
    let changing = RwSignal::new(false);
    let end = move || {
        hand.call("sender.warm-up", api::set_warm_up(id, None), move |_| hand.toasts.ok("The warm-up ended"));
    };
    let ask = move |()| {
        let text = "Campaigns then go out as fast as the sender's limits allow, from the next message on. Begun again, it starts with the first day.";
        confirm.ask(Question::danger("End the warm-up?", text, "End warm-up"), end);
    };
    let Standing { is_over, day, allowed, until } = standing(&warm, viewer.now());
    let until = until.map(|at| viewer.full(at)).unwrap_or_default();
    let status = match is_over {
        true => view! { <Status tone=Tone::Good>"At its full rate"</Status> }.into_any(),
        false => view! { <Status tone=Tone::Note shape=Shape::Live>"Warming up"</Status> }.into_any(),
    };
    view! {
        <Line>{status}</Line>
        <Facts>
            <Fact name="Day">{day}</Fact>
            <Fact name="Today">{allowed}</Fact>
            <Fact name="Full rate">{format!("{} a day, from {until}", format::number(warm.target))}</Fact>
        </Facts>
        <When is=move || may && !changing.get()>
            <Line>
                <Button size=Size::Small icon=IconName::Pencil on_press=move |()| changing.set(true)>"Change the plan"</Button>
                <Button size=Size::Small icon=IconName::Stop on_press=ask>"End the warm-up"</Button>
            </Line>
        </When>
        <When is=move || changing.get()>
            <PlanForm id warm action="Save plan" said="Saved. It goes on with the day it is." />
        </When>
    }
    .into_any()
}

/// A warm-up as of now, in words.
struct Standing {
    is_over: bool,
    day: String,
    allowed: String,
    until: Option<Micros>,
}

fn standing(warm: &WarmUp, now: Micros) -> Standing {
    let (day, days) = (warm.day(now).unwrap_or(0), warm.days());
    let until = warm.begins(days);
    match warm.limit(day) {
        Some(limit) => Standing {
            is_over: false,
            day: format!("{} of {}", format::number(day + 1), format::number(days)),
            allowed: format!("At most {} of campaigns", format::count(limit, "message", "messages")),
            until,
        },
        None => Standing {
            is_over: true,
            day: "It is over".to_owned(),
            allowed: "No limit but the sender’s own".to_owned(),
            until,
        },
    }
}

/// First day, growth and target, with the days that follow from them.
#[component]
fn PlanForm(id: SenderId, warm: WarmUp, action: &'static str, said: &'static str) -> impl IntoView {
    let (hand, problems) = (Hand::here(), Problems::new());
    let text = |n: u32| RwSignal::new(n.to_string());
    let (first, growth, target) = (text(warm.first_day), text(warm.growth_percent), text(warm.target));
    let read = move || {
        let number = |text: RwSignal<String>| words::limit(&text.get()).unwrap_or(0);
        WarmUp { first_day: number(first), growth_percent: number(growth), target: number(target), started: None }
    };
    let save = Action::new(move |(): &()| {
        let wanted = untrack(read);
        async move {
            if problems.keep(api::set_warm_up(id, Some(wanted)).await).is_some() {
                hand.toasts.ok(said);
                hand.touch("sender.warm-up");
            }
        }
    });
    let told = move || plan_words(&read()).unwrap_or_else(|| "Fill in the plan to see its days.".to_owned());
    view! {
        {move || {
            problems
                .besides(&["first_day", "growth_percent", "target"])
                .get()
                .map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })
        }}
        <Form on_send=move |()| { save.dispatch(()); }>
            <Columns min=110>
                <Field label="First day" name="warm-first" error=problems.of("first_day")>
                    <TextInput value=first kind=InputKind::Number />
                </Field>
                <Field label="More each day, %" name="warm-growth" error=problems.of("growth_percent")>
                    <TextInput value=growth kind=InputKind::Number />
                </Field>
                <Field label="Full rate a day" name="warm-target" error=problems.of("target")>
                    <TextInput value=target kind=InputKind::Number />
                </Field>
            </Columns>
            <Notice icon=IconName::Clock>{told}</Notice>
            <Line>
                <Button submit=true busy=save.pending()>{action}</Button>
            </Line>
        </Form>
    }
    .into_any()
}

/// The days of a plan; `None` where it means nothing yet.
fn plan_words(warm: &WarmUp) -> Option<String> {
    let is_good = warm.first_day > 0 && (1..=300).contains(&warm.growth_percent) && warm.target > warm.first_day;
    if !is_good {
        return None;
    }
    let first: Vec<String> = warm.limits().take(NAMED).map(format::number).collect();
    let more = if warm.days() > i64::try_from(NAMED).unwrap_or(0) { " and so on" } else { "" };
    let (target, day) = (format::number(warm.target), format::number(warm.days() + 1));
    Some(format!("{}{more}; {target} a day from day {day} on.", first.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn a_plan_is_told_by_its_days() {
        assert_eq!(
            plan_words(&usual(Some(10_000))).unwrap(),
            "50, 65, 84, 109, 141 and so on; 10,000 a day from day 22 on."
        );
        let short = WarmUp { first_day: 50, growth_percent: 100, target: 200, started: None };
        assert_eq!(plan_words(&short).unwrap(), "50, 100; 200 a day from day 3 on.");
        assert_eq!(plan_words(&WarmUp { growth_percent: 0, ..short }), None);
        assert_eq!(plan_words(&WarmUp { target: 50, ..short }), None);
        assert_eq!(usual(Some(20)).target, 10_000);
    }

    #[test]
    fn it_says_which_day_it_is_and_when_it_is_over() {
        let began = Micros::from_seconds(100 * DAY);
        let warm = WarmUp { first_day: 50, growth_percent: 100, target: 200, started: Some(began) };
        let second = standing(&warm, began.plus_seconds(DAY + 5));
        assert_eq!((second.day.as_str(), second.allowed.as_str()), ("2 of 2", "At most 100 messages of campaigns"));
        assert_eq!(second.until, Some(began.plus_seconds(2 * DAY)));
        assert_eq!(standing(&warm, began.plus_seconds(2 * DAY)).day, "It is over");
    }
}
