use super::*;
use crate::parts::{Arriving, Fetched};
use contract::campaigns::{Cap, Caps};

/// The company's frequency cap in a sentence, and for those who may the way to change it.
#[component]
pub fn CapLine() -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let open = RwSignal::new(false);
    let changed = RwSignal::new(0_u32);
    let fetched = Fetched::new(move || changed.get(), |_: u32| api::get_caps());
    view! {
        <Arriving fetched bones=Bones::Rows(1) let:caps>
            <Line apart=true>
                <Faint tiny=true>{move || caps.with(cap_words)}</Faint>
                {may
                    .then(|| {
                        view! { <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Pencil on_press=move |()| open.set(true)>"Change the cap"</Button> }
                    })}
            </Line>
            <CapDialog open caps changed />
        </Arriving>
    }
    .into_any()
}

/// `At most 3 messages in 7 days and 1 in 1 day to anybody. People over it wait up to 2 days.`
fn cap_words(caps: &Caps) -> String {
    if caps.rules.is_empty() {
        return "Your company has no frequency cap.".to_owned();
    }
    let rules: Vec<String> = caps
        .rules
        .iter()
        .map(|r| {
            format!("{} in {}", format::count(r.messages, "message", "messages"), format::count(r.days, "day", "days"))
        })
        .collect();
    let over = match caps.defer_days {
        0 => "People over it are left out.".to_owned(),
        days => format!("People over it wait up to {}.", format::count(days, "day", "days")),
    };
    format!("At most {} to anybody, over all campaigns. {over}", rules.join(" and "))
}

#[component]
fn CapDialog(open: RwSignal<bool>, caps: Signal<Caps>, changed: RwSignal<u32>) -> impl IntoView {
    let hand = Hand::here();
    let problems = Problems::new();
    let (messages, days, wait) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    // The dialog begins with what holds now, each time it opens.
    Effect::new(move |_| {
        if open.get() {
            let now = caps.get_untracked();
            let first = now.rules.first().copied();
            messages.set(first.map(|r| r.messages.to_string()).unwrap_or_default());
            days.set(first.map_or("7".to_owned(), |r| r.days.to_string()));
            wait.set(now.defer_days.to_string());
        }
    });
    let save = move |()| {
        let wanted =
            read(&messages.get_untracked(), &days.get_untracked(), &wait.get_untracked(), &caps.get_untracked());
        busy.set(true);
        leptos::task::spawn_local(async move {
            let answer = api::set_caps(wanted).await;
            busy.set(false);
            if problems.keep(answer).is_some() {
                open.set(false);
                changed.update(|n| *n += 1);
                hand.toasts.ok("Frequency cap saved");
            }
        });
    };
    view! {
        <Modal open title="Frequency cap">
            <Form on_send=save>
                <Stack>
                    {move || problems.besides(&["rules", "defer_days"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                    <Columns min=140>
                        <Field label="Messages" name="cap-messages" help="Empty is no cap." error=problems.of("rules")>
                            <TextInput value=messages kind=InputKind::Number />
                        </Field>
                        <Field label="In days" name="cap-days">
                            <TextInput value=days kind=InputKind::Number />
                        </Field>
                        <Field label="Wait at most, days" name="cap-wait" help="0 leaves people over the cap out." error=problems.of("defer_days")>
                            <TextInput value=wait kind=InputKind::Number />
                        </Field>
                    </Columns>
                    <Soft>"Counted for each person over all campaigns, at the moment a message is handed over. It holds for campaigns that go out now as well."</Soft>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy>"Save cap"</Button>
                    </Line>
                </Stack>
            </Form>
        </Modal>
    }
    .into_any()
}

/// What was typed; further caps that the API set stay.
fn read(messages: &str, days: &str, wait: &str, before: &Caps) -> Caps {
    let number = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
    let first = (!messages.trim().is_empty()).then(|| Cap { messages: number(messages), days: number(days) });
    let rest = before.rules.iter().skip(1).copied();
    Caps { rules: first.into_iter().chain(rest).collect(), defer_days: number(wait) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_told_in_a_sentence() {
        let caps = Caps { rules: vec![Cap { messages: 3, days: 7 }, Cap { messages: 1, days: 1 }], defer_days: 2 };
        assert_eq!(
            cap_words(&caps),
            "At most 3 messages in 7 days and 1 message in 1 day to anybody, over all campaigns. People over it wait up to 2 days."
        );
        assert_eq!(cap_words(&Caps::default()), "Your company has no frequency cap.");
    }

    #[test]
    fn an_empty_number_is_no_cap_and_further_caps_stay() {
        let before = Caps { rules: vec![Cap { messages: 3, days: 7 }, Cap { messages: 1, days: 1 }], defer_days: 0 };
        assert_eq!(read("", "7", "0", &before).rules, [Cap { messages: 1, days: 1 }]);
        assert_eq!(
            read("4", "14", "1", &Caps::default()),
            Caps { rules: vec![Cap { messages: 4, days: 14 }], defer_days: 1 }
        );
    }
}
