//! When mail to an address is withheld, and when a campaign is held.

use super::{api, sentence};
use crate::parts::Hand;
use contract::bounces::{BounceRules, BounceSetup};
use contract::{Capability, Fault, FieldError};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

const SHOWN: [&str; 5] = ["soft_limit", "soft_of", "hold_bounces", "hold_complaints", "hold_after"];

/// The tab: what holds now in sentences, and the form for those who may change it.
#[component]
pub fn Rules(
    /// What is set.
    setup: Signal<BounceSetup>,
) -> impl IntoView {
    let rules = Memo::new(move |_| setup.with(|s| s.rules));
    let may = Viewer::here().may(Capability::SendersManage);
    view! {
        <Card title="What holds now">
            <Rows label="Rules">
                <Row
                    title="Hard bounces and complaints"
                    detail="Mail to the address is withheld at once. This cannot be changed: going on would harm all your mail."
                    before=move || view! { <Icon name=IconName::Stop tint="bad" /> }
                />
                <Row
                    title="Soft bounces"
                    detail=Signal::derive(move || rules.with(sentence::soft))
                    before=move || view! { <Icon name=IconName::Clock tint="warn" /> }
                />
                <Row
                    title="Campaigns of which much comes back"
                    detail=Signal::derive(move || rules.with(sentence::hold))
                    before=move || view! { <Icon name=IconName::Pause tint="warn" /> }
                />
                <Row
                    title="Blocks, refused messages and automatic answers"
                    detail="They say nothing about the person, so nobody is left out for them. Blocks count for the campaign."
                    before=move || view! { <Icon name=IconName::Info tint="faint" /> }
                />
            </Rows>
        </Card>
        {may.then(|| view! { <RulesForm rules /> })}
    }
    .into_any()
}

/// One signal per field, all as text.
#[derive(Clone, Copy)]
struct Typed {
    soft_limit: RwSignal<String>,
    soft_of: RwSignal<String>,
    hold_bounces: RwSignal<String>,
    hold_complaints: RwSignal<String>,
    hold_after: RwSignal<String>,
}

impl Typed {
    fn new(rules: &BounceRules) -> Self {
        let empty = || RwSignal::new(String::new());
        let typed = Self {
            soft_limit: empty(),
            soft_of: empty(),
            hold_bounces: empty(),
            hold_complaints: empty(),
            hold_after: empty(),
        };
        typed.fill(rules);
        typed
    }

    fn fill(self, rules: &BounceRules) {
        self.soft_limit.set(rules.soft_limit.to_string());
        self.soft_of.set(rules.soft_of.to_string());
        self.hold_bounces.set(sentence::percent(rules.hold_bounces, 1));
        self.hold_complaints.set(sentence::percent(rules.hold_complaints, 2));
        self.hold_after.set(rules.hold_after.to_string());
    }

    /// As typed now; shares that are none are refused here, the rest by the server.
    fn read(self) -> Result<BounceRules, Fault> {
        let mut fields = Vec::new();
        let mut share = |text: RwSignal<String>, places: u32, field: &str, message: &str| {
            let found = text.with(|text| sentence::parts(text, places));
            if found.is_none() {
                fields.push(FieldError { field: field.to_owned(), message: message.to_owned() });
            }
            found.unwrap_or_default()
        };
        let hold_bounces = share(
            self.hold_bounces,
            1,
            "hold_bounces",
            "A share from 0 to 100 percent, with at most one decimal place.",
        );
        let hold_complaints = share(
            self.hold_complaints,
            2,
            "hold_complaints",
            "A share from 0 to 100 percent, with at most two decimal places.",
        );
        if !fields.is_empty() {
            return Err(Fault::Invalid { fields });
        }
        let number = |text: RwSignal<String>| text.with(|text| text.trim().replace(',', "").parse().unwrap_or(0));
        Ok(BounceRules {
            soft_limit: number(self.soft_limit),
            soft_of: number(self.soft_of),
            hold_bounces,
            hold_complaints,
            hold_after: number(self.hold_after),
        })
    }
}

#[component]
fn RulesForm(rules: Memo<BounceRules>) -> impl IntoView {
    let (problems, hand) = (Problems::new(), Hand::here());
    let typed = Typed::new(&rules.get_untracked());
    let dirty = Signal::derive(move || typed.read() != Ok(rules.get()));
    // What somebody else saved, or an undo, shows in the form unless something is being typed in it.
    Effect::new(move |before: Option<BounceRules>| {
        let now = rules.get();
        if before.is_some_and(|before| before != now && untrack(|| typed.read()) == Ok(before)) {
            typed.fill(&now);
        }
        now
    });
    let save = Action::new(move |(): &()| {
        let (before, written) = (rules.get_untracked(), untrack(|| typed.read()));
        async move {
            let answer = match written {
                Ok(written) => api::set_rules(written).await,
                Err(fault) => Err(fault),
            };
            if problems.keep(answer).is_some() {
                hand.touch("bounce.changed");
                hand.toasts.undo("Rules saved", move || {
                    hand.call("bounce.changed", api::set_rules(before), move |_| {
                        hand.toasts.ok("The rules are as before")
                    });
                });
            }
        }
    });
    let follows = move || {
        let rules = typed.read().ok().filter(|rules| rules.soft_limit > 0 && rules.hold_after > 0)?;
        Some(view! { <Notice>{format!("{} {}", sentence::soft(&rules), sentence::hold(&rules))}</Notice> })
    };
    let usual = Signal::derive(move || typed.read() == Ok(BounceRules::default()));
    view! {
        <UnsavedGuard dirty text="The rules have changes that are not saved." />
        <Card title="Change the rules">
            <CardBody>
                {move || problems.besides(&SHOWN).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <SoftFields typed problems />
                    <HoldFields typed problems />
                    {follows}
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save rules"</Button>
                        <When is=move || !usual.get()>
                            <Button kind=ButtonKind::Quiet on_press=move |()| typed.fill(&BounceRules::default())>"Use the usual values"</Button>
                        </When>
                    </Line>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn SoftFields(typed: Typed, problems: Problems) -> impl IntoView {
    view! {
        <Columns min=220>
            <Field
                label="Soft bounces that withhold mail"
                name="soft_limit"
                help="1 to 20. A full mailbox may be empty next week, so give it a few tries."
                error=problems.of("soft_limit")
            >
                <TextInput value=typed.soft_limit kind=InputKind::Number />
            </Field>
            <Field
                label="Among the last messages"
                name="soft_of"
                help="At most 20. The same number as on the left means in a row."
                error=problems.of("soft_of")
            >
                <TextInput value=typed.soft_of kind=InputKind::Number />
            </Field>
        </Columns>
    }
    .into_any()
}

#[component]
fn HoldFields(typed: Typed, problems: Problems) -> impl IntoView {
    view! {
        <Columns min=220>
            <Field
                label="Hold at this share of bounces, in percent"
                name="hold_bounces"
                help="0 never holds. Above 5 % a list is usually old."
                error=problems.of("hold_bounces")
            >
                <TextInput value=typed.hold_bounces />
            </Field>
            <Field
                label="Hold at this share of complaints, in percent"
                name="hold_complaints"
                help="0 never holds. Large mailbox providers turn senders away from 0.3 %."
                error=problems.of("hold_complaints")
            >
                <TextInput value=typed.hold_complaints />
            </Field>
            <Field
                label="After this many messages"
                name="hold_after"
                help="Before that a share says little."
                error=problems.of("hold_after")
            >
                <TextInput value=typed.hold_after kind=InputKind::Number />
            </Field>
        </Columns>
    }
    .into_any()
}
