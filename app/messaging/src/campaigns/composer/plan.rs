use super::page::Parts;
use super::*;
use crate::delivery::CapLine;
use contract::campaigns::{CapRule, Passed, Plan, SendWindow, Whose};

/// Days as people read them, Monday first.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// When within a day, on whose clock, how often.
#[component]
pub fn PlanCard(parts: Parts) -> impl IntoView {
    let plan = parts.work.plan;
    let disabled = parts.is_locked;
    let fixed = parts.is_locked || parts.is_fixed;
    let by_zone = Bind::new(Signal::derive(move || plan.with(|p| p.by_zone.is_some())), move |on: bool| {
        plan.update(|p| p.by_zone = on.then_some(Passed::NextDay));
    });
    let passed =
        Bind::new(Signal::derive(move || plan.with(|p| passed_name(p.by_zone).to_owned())), move |v: String| {
            plan.update(|p| p.by_zone = Some(passed_of(&v)));
        });
    let passed_options = StoredValue::new(vec![
        Choice::new("refuse", "Plan so early that this cannot happen"),
        Choice::new("now", "They get it at once"),
        Choice::new("next_day", "They get it at that time the next day"),
        Choice::new("skip", "They do not get it"),
    ]);
    let is_by_zone = Memo::new(move |_| plan.with(|p| p.by_zone.is_some()));
    let cap = Bind::new(Signal::derive(move || plan.with(|p| p.cap.as_str().to_owned())), move |v: String| {
        plan.update(|p| p.cap = cap_of(&v));
    });
    let cap_options = vec![
        Choice::new("apply", "Left out or put off, as the company says"),
        Choice::new("priority", "The same, but other campaigns leave room for this one"),
        Choice::new("exempt", "They get it anyway: for what people must know"),
    ];
    view! {
        <Card title="4. When and how often">
            <CardBody>
                <Switch value=by_zone disabled=fixed>"At the planned time on each person’s own clock"</Switch>
                <When is=move || is_by_zone.get()>
                    <Field label="Where that time has passed already" name="passed" help="People whose zone is not known get it on the company’s clock.">
                        <Select value=passed options=passed_options.get_value() disabled=fixed />
                    </Field>
                </When>
                <WindowFields plan disabled refused=parts.work.refused />
                <Field label="People who had enough messages lately" name="cap">
                    <Select value=cap options=cap_options.clone() disabled />
                </Field>
                <CapLine />
            </CardBody>
        </Card>
    }
    .into_any()
}

/// Days and hours in which messages may go out.
#[component]
fn WindowFields(plan: RwSignal<Plan>, disabled: bool, refused: Problems) -> impl IntoView {
    let is_on = Memo::new(move |_| plan.with(|p| p.window.is_some()));
    let on = Bind::new(is_on, move |on: bool| plan.update(|p| p.window = on.then(office_hours)));
    let of = move |get: fn(&SendWindow) -> String| {
        Signal::derive(move || plan.with(|p| p.window.as_ref().map(get).unwrap_or_default()))
    };
    let change = move |set: fn(&mut SendWindow, String)| {
        move |v: String| {
            plan.update(|p| {
                if let Some(window) = &mut p.window {
                    set(window, v)
                }
            })
        }
    };
    let from = Bind::new(of(|w| w.from.clone()), change(|w, v| w.from = v));
    let until = Bind::new(of(|w| w.until.clone()), change(|w, v| w.until = v));
    let clock = Bind::new(
        of(|w| if w.clock == Whose::Recipient { "recipient" } else { "company" }.to_owned()),
        change(|w, v| w.clock = if v == "recipient" { Whose::Recipient } else { Whose::Company }),
    );
    let day = move |(n, name): (u8, &'static str)| {
        let has = Signal::derive(move || plan.with(|p| p.window.as_ref().is_some_and(|w| w.days.contains(&n))));
        let value = Bind::new(has, move |on: bool| plan.update(|p| set_day(p, n, on)));
        view! { <Checkbox value disabled>{name}</Checkbox> }
    };
    view! {
        <Switch value=on disabled>"Only on some days and hours"</Switch>
        <When is=move || is_on.get()>
            <Line>{(1..).zip(DAYS).map(day).collect_view()}</Line>
            {move || refused.of("plan.window.days").get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Columns min=140>
                <Field label="From" name="window-from" error=refused.of("plan.window.from")>
                    <TextInput value=from kind=InputKind::Time disabled />
                </Field>
                <Field label="Until" name="window-until" error=refused.of("plan.window.until")>
                    <TextInput value=until kind=InputKind::Time disabled />
                </Field>
                <Field label="On the clock of" name="window-clock">
                    <Select value=clock options=vec![Choice::new("company", "The company"), Choice::new("recipient", "Each person")] disabled />
                </Field>
            </Columns>
            <Faint tiny=true>"Outside of it messages wait, and go out over ten minutes when it opens."</Faint>
        </When>
    }
    .into_any()
}

fn office_hours() -> SendWindow {
    SendWindow { days: vec![1, 2, 3, 4, 5], from: "09:00".into(), until: "17:00".into(), clock: Whose::Company }
}

fn set_day(plan: &mut Plan, day: u8, is_on: bool) {
    if let Some(window) = &mut plan.window {
        window.days.retain(|known| *known != day);
        if is_on {
            window.days.push(day);
            window.days.sort_unstable();
        }
    }
}

fn passed_name(passed: Option<Passed>) -> &'static str {
    match passed {
        None | Some(Passed::Refuse) => "refuse",
        Some(Passed::Now) => "now",
        Some(Passed::NextDay) => "next_day",
        Some(Passed::Skip) => "skip",
    }
}

fn passed_of(name: &str) -> Passed {
    match name {
        "now" => Passed::Now,
        "next_day" => Passed::NextDay,
        "skip" => Passed::Skip,
        _ => Passed::Refuse,
    }
}

fn cap_of(name: &str) -> CapRule {
    match name {
        "priority" => CapRule::Priority,
        "exempt" => CapRule::Exempt,
        _ => CapRule::Apply,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_kept_in_order_and_once() {
        let mut plan = Plan { window: Some(office_hours()), ..Plan::default() };
        set_day(&mut plan, 3, false);
        set_day(&mut plan, 7, true);
        set_day(&mut plan, 7, true);
        assert_eq!(plan.window.unwrap().days, [1, 2, 4, 5, 7]);
    }

    #[test]
    fn names_of_choices_read_back() {
        for passed in [Passed::Refuse, Passed::Now, Passed::NextDay, Passed::Skip] {
            assert_eq!(passed_of(passed_name(Some(passed))), passed);
        }
        for cap in [CapRule::Apply, CapRule::Priority, CapRule::Exempt] {
            assert_eq!(cap_of(cap.as_str()), cap);
        }
    }
}
