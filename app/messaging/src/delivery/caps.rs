//! How often a person is mailed at most, over all campaigns.

use super::{follow, words};
use crate::campaigns::api;
use crate::parts::{Arriving, Fetched, Hand};
use contract::Capability;
use contract::campaigns::{Cap, Caps};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

/// Rules there may be.
const MOST: usize = 3;

/// The company's frequency cap in a sentence, and for those who may the way to change it.
#[component]
pub fn CapLine() -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let open = RwSignal::new(false);
    let changed = use_stream().changes("caps.");
    let fetched = Fetched::new(move || changed.get(), |_: u64| api::get_caps());
    view! {
        <Arriving fetched bones=Bones::Rows(1) let:caps>
            <Line apart=true>
                <Faint tiny=true>{move || caps.with(words::caps)}</Faint>
                {may
                    .then(|| {
                        view! { <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Pencil on_press=move |()| open.set(true)>"Change the cap"</Button> }
                    })}
            </Line>
            <Modal open title="Frequency cap">
                <CapForm stored=caps dirty=RwSignal::new(false) saved=Callback::new(move |()| open.set(false)) />
            </Modal>
        </Arriving>
    }
    .into_any()
}

/// The same as a card of the settings.
#[component]
pub fn CapsCard(
    /// What holds now.
    caps: Signal<Caps>,
    /// Whether something typed is not saved.
    dirty: RwSignal<bool>,
) -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    view! {
        <Card title="How often a person is mailed">
            <CardBody>
                <p>{move || caps.with(words::caps)}</p>
                {match may {
                    true => view! { <CapForm stored=caps dirty saved=Callback::new(|()| ()) /> }.into_any(),
                    false => view! { <Faint tiny=true>"An admin of your company can change this."</Faint> }.into_any(),
                }}
            </CardBody>
        </Card>
    }
    .into_any()
}

/// The caps as they are typed.
#[derive(Clone, Copy)]
struct Typed {
    rules: RwSignal<Vec<(String, String)>>,
    wait: RwSignal<String>,
}

impl Typed {
    fn of(caps: &Caps) -> Self {
        let typed = Self { rules: RwSignal::new(Vec::new()), wait: RwSignal::new(String::new()) };
        typed.fill(caps);
        typed
    }

    fn fill(self, caps: &Caps) {
        self.rules.set(caps.rules.iter().map(|rule| (rule.messages.to_string(), rule.days.to_string())).collect());
        self.wait.set(caps.defer_days.to_string());
    }

    /// What is typed now; what is no number reads as 0, which the server refuses with a reason.
    fn read(self) -> Caps {
        let number = |text: &String| text.trim().parse().unwrap_or(0);
        let rule = |(messages, days): &(String, String)| Cap { messages: number(messages), days: number(days) };
        Caps { rules: self.rules.with(|rules| rules.iter().map(rule).collect()), defer_days: self.wait.with(number) }
    }
}

/// Up to three caps and how long people over them wait.
#[component]
fn CapForm(
    /// What holds now.
    stored: Signal<Caps>,
    /// Whether something typed is not saved.
    dirty: RwSignal<bool>,
    /// Runs when it was saved.
    saved: Callback<()>,
) -> impl IntoView {
    let (hand, problems) = (Hand::here(), Problems::new());
    let first = stored.get_untracked();
    let typed = Typed::of(&first);
    let base = RwSignal::new(first);
    follow(stored, base, move || typed.read(), move |caps| typed.fill(caps));
    Effect::new(move |_| dirty.set(base.with(|base| typed.read() != *base)));
    let save = Action::new(move |(): &()| {
        let wanted = untrack(|| typed.read());
        async move {
            if problems.keep(api::set_caps(wanted).await).is_some() {
                hand.toasts.ok("Saved. It holds for every message from now on.");
                hand.touch("caps.changed");
                saved.run(());
            }
        }
    });
    view! {
        {move || problems.besides(&["rules", "defer_days"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <CapFields rules=typed.rules />
            {move || problems.of("rules").get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Field label="Wait at most, days" name="cap-wait" help="0 leaves people over a cap out." error=problems.of("defer_days")>
                <TextInput value=typed.wait kind=InputKind::Number />
            </Field>
            <Soft>"Counted for each person over all campaigns, at the moment a message is handed over. It holds for campaigns that go out now as well."</Soft>
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save caps"</Button>
                <Button kind=ButtonKind::Quiet icon=IconName::Undo on_press=move |()| typed.fill(&Caps::default())>"Reset to no cap"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

#[component]
fn CapFields(rules: RwSignal<Vec<(String, String)>>) -> impl IntoView {
    let count = Memo::new(move |_| rules.with(Vec::len));
    let full = Signal::derive(move || (count.get() >= MOST).then(|| "There are at most three caps.".to_owned()));
    let add = move |()| rules.update(|rules| rules.push(("3".to_owned(), "7".to_owned())));
    // Drawn anew when there are more or fewer, not with each letter.
    let fields = move || (0..count.get()).map(|n| cap(rules, n)).collect_view();
    view! {
        {fields}
        <Line>
            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Plus blocked=full on_press=add>"Add a cap"</Button>
        </Line>
    }
    .into_any()
}

fn cap(rules: RwSignal<Vec<(String, String)>>, n: usize) -> AnyView {
    let read = move |get: fn(&(String, String)) -> &String| {
        Signal::derive(move || rules.with(|rules| rules.get(n).map(get).cloned().unwrap_or_default()))
    };
    let write = move |set: fn(&mut (String, String), String)| {
        move |text: String| {
            rules.update(|rules| {
                if let Some(own) = rules.get_mut(n) {
                    set(own, text);
                }
            })
        }
    };
    let messages = Bind::new(read(|rule| &rule.0), write(|rule, text| rule.0 = text));
    let days = Bind::new(read(|rule| &rule.1), write(|rule, text| rule.1 = text));
    let remove = move |()| rules.update(|rules| drop((n < rules.len()).then(|| rules.remove(n))));
    view! {
        <Columns min=110 gap=Gap::Small>
            <Field label="Messages" name=format!("cap-messages-{n}")>
                <TextInput value=messages kind=InputKind::Number />
            </Field>
            <Field label="In days" name=format!("cap-days-{n}")>
                <TextInput value=days kind=InputKind::Number />
            </Field>
        </Columns>
        <Line>
            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Trash on_press=remove>{format!("Remove cap {}", n + 1)}</Button>
        </Line>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_typed_and_read_back() {
        Owner::new().with(|| {
            let caps = Caps { rules: vec![Cap { messages: 3, days: 7 }, Cap { messages: 1, days: 1 }], defer_days: 2 };
            let typed = Typed::of(&caps);
            assert_eq!(typed.read(), caps);
            typed.rules.update(|rules| drop(rules.pop()));
            typed.wait.set("much".to_owned());
            assert_eq!(typed.read(), Caps { rules: vec![Cap { messages: 3, days: 7 }], defer_days: 0 });
        });
    }
}
