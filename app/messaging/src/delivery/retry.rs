//! When a message that was put off is tried again.

use super::{api, follow, words};
use crate::parts::Hand;
use contract::Capability;
use contract::sending::{Policy, RetryPlan};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

/// Steps a plan may have.
const MOST: usize = 20;

/// The plan as it is typed.
#[derive(Clone, Copy)]
struct Typed {
    steps: RwSignal<Vec<String>>,
    hours: RwSignal<String>,
}

impl Typed {
    fn of(plan: &RetryPlan) -> Self {
        let typed = Self { steps: RwSignal::new(Vec::new()), hours: RwSignal::new(String::new()) };
        typed.fill(plan);
        typed
    }

    fn fill(self, plan: &RetryPlan) {
        self.steps.set(plan.minutes.iter().map(u32::to_string).collect());
        self.hours.set(plan.hours.to_string());
    }

    /// What is typed now. An empty step is none; what is no number reads as 0, which the server refuses with a reason.
    fn read(self) -> RetryPlan {
        let number = |text: &String| text.trim().parse().unwrap_or(0);
        let steps = self.steps.get();
        let minutes = steps.iter().filter(|text| !text.trim().is_empty()).map(number).collect();
        RetryPlan { minutes, hours: self.hours.with(number) }
    }
}

/// The plan in words, and for those who may the steps of it.
#[component]
pub fn RetryCard(
    /// What holds now.
    policy: Signal<Policy>,
    /// Whether something typed is not saved.
    dirty: RwSignal<bool>,
) -> impl IntoView {
    let may = Viewer::here().may(Capability::CompanyManage);
    let stored = Memo::new(move |_| policy.with(|policy| policy.retry.clone()));
    let body = if may {
        view! { <RetryForm stored=stored.into() dirty /> }.into_any()
    } else {
        view! {
            <p>{move || stored.with(words::clock)}</p>
            <Faint tiny=true>"An admin of your company can change this."</Faint>
        }
        .into_any()
    };
    view! {
        <Card title="When a server says “later”">
            <CardBody>
                <Soft>"Some servers put mail off, because they are busy or do not know the sender yet. Lux tries again at these times."</Soft>
                {body}
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn RetryForm(stored: Signal<RetryPlan>, dirty: RwSignal<bool>) -> impl IntoView {
    let (hand, problems) = (Hand::here(), Problems::new());
    let first = stored.get_untracked();
    let typed = Typed::of(&first);
    let base = RwSignal::new(first);
    follow(stored, base, move || typed.read(), move |plan| typed.fill(plan));
    Effect::new(move |_| dirty.set(base.with(|base| typed.read() != *base)));
    let save = Action::new(move |(): &()| {
        let wanted = untrack(|| typed.read());
        async move {
            if problems.keep(change(wanted).await).is_some() {
                hand.toasts.ok("Saved. New tries follow this plan.");
                hand.touch("sending.policy_changed");
            }
        }
    });
    let told = move || words::clock(&typed.read()).unwrap_or_else(|| "Fill in the steps to see the clock.".to_owned());
    view! {
        {move || problems.besides(&["retry.minutes", "retry.hours"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <Steps steps=typed.steps />
            {move || problems.of("retry.minutes").get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Field
                label="Most hours"
                name="retry-hours"
                help="Counted from the first try, 1 to 120. The last step repeats until then."
                error=problems.of("retry.hours")
            >
                <TextInput value=typed.hours kind=InputKind::Number />
            </Field>
            <Notice icon=IconName::Clock>{told}</Notice>
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save plan"</Button>
                <Button kind=ButtonKind::Quiet icon=IconName::Undo on_press=move |()| typed.fill(&RetryPlan::default())>"Reset to the usual plan"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

/// The steps side by side, with ways to have more or fewer.
#[component]
fn Steps(steps: RwSignal<Vec<String>>) -> impl IntoView {
    let count = Memo::new(move |_| steps.with(Vec::len));
    let full = Signal::derive(move || (count.get() >= MOST).then(|| "A plan has at most 20 steps.".to_owned()));
    let last = Signal::derive(move || (count.get() <= 1).then(|| "A plan has at least one step.".to_owned()));
    let add = move |()| steps.update(|steps| steps.push(steps.last().cloned().unwrap_or_default()));
    let drop_last = move |()| steps.update(|steps| drop(steps.pop()));
    // Drawn anew when there are more or fewer, not with each letter.
    let fields = move || (0..count.get()).map(|n| step(steps, n)).collect_view();
    view! {
        <Columns min=110>{fields}</Columns>
        <Line>
            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Plus blocked=full on_press=add>"Add a step"</Button>
            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::X blocked=last on_press=drop_last>"Drop the last"</Button>
        </Line>
        <Faint tiny=true>"Minutes to wait before each further try, 1 to 1,440."</Faint>
    }
    .into_any()
}

fn step(steps: RwSignal<Vec<String>>, n: usize) -> AnyView {
    let read = Signal::derive(move || steps.with(|steps| steps.get(n).cloned().unwrap_or_default()));
    let write = move |text: String| {
        steps.update(|steps| {
            if let Some(own) = steps.get_mut(n) {
                *own = text;
            }
        })
    };
    view! {
        <Field label=format!("Before try {}", n + 2) name=format!("retry-step-{n}")>
            <TextInput value=Bind::new(read, write) kind=InputKind::Number />
        </Field>
    }
    .into_any()
}

/// Changes the plan and nothing else: limits that somebody set meanwhile stay.
async fn change(retry: RetryPlan) -> Result<Policy, contract::Fault> {
    let policy = api::delivery_policy().await?;
    api::set_policy(Policy { retry, ..policy }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_reads_back_and_an_empty_step_is_none() {
        let owner = Owner::new();
        owner.with(|| {
            let typed = Typed::of(&RetryPlan::default());
            assert_eq!(typed.read(), RetryPlan::default());
            typed.steps.set(vec!["2".into(), " ".into(), "x".into()]);
            typed.hours.set("48".into());
            assert_eq!(typed.read(), RetryPlan { minutes: vec![2, 0], hours: 48 });
        });
    }
}
