//! Limits per recipient domain.

use super::limit::{LimitDialog, put, take};
use super::words;
use crate::parts::Hand;
use contract::Capability;
use contract::sending::{DomainRule, Policy};
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// What the dialog is about: a new limit, or the one of a domain.
pub(super) type Edited = Option<Option<DomainRule>>;

/// The limits, and for those who may the ways to change them.
#[component]
pub fn LimitsCard(
    /// What holds now.
    policy: Signal<Policy>,
) -> impl IntoView {
    let may = Viewer::here().may(Capability::CompanyManage);
    let rules = Memo::new(move |_| policy.with(|policy| in_order(&policy.domains)));
    let is_empty = Memo::new(move |_| rules.with(Vec::is_empty));
    let edited = RwSignal::new(None::<Option<DomainRule>>);
    let add = move || {
        may.then(|| {
            view! {
                <Button size=Size::Small icon=IconName::Plus on_press=move |()| edited.set(Some(None))>"Add a limit"</Button>
            }
        })
    };
    let body = move || {
        match is_empty.get() {
        true => view! {
            <Empty
                title="No limits of your own"
                text="Lux finds out by itself how much each recipient domain takes, and slows down where one asks for it. Set a limit where you know better."
                icon=IconName::Target
            />
        }
        .into_any(),
        false => view! { <LimitTable rules edited /> }.into_any(),
    }
    };
    view! {
        <Card title="Limits per recipient domain" aside=add bleed=true>
            {body}
            {(!may)
                .then(|| view! { <CardBody><Faint tiny=true>"An admin of your company can change this."</Faint></CardBody> })}
        </Card>
        {may.then(|| view! { <LimitDialog edited rules=rules.into() /> })}
    }
    .into_any()
}

/// By name, what is for every other domain last.
fn in_order(rules: &[DomainRule]) -> Vec<DomainRule> {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| (rule.domain == "*", rule.domain.clone()));
    rules
}

#[component]
fn LimitTable(rules: Memo<Vec<DomainRule>>, edited: RwSignal<Edited>) -> impl IntoView {
    let columns = vec![
        Column::named(
            "Recipient domain",
            |rule: &DomainRule| words::domain(&rule.domain),
            |rule: &DomainRule| view! { <Named title=words::domain(&rule.domain) /> },
        ),
        Column::num("A minute", |rule: &DomainRule| words::limit(rule.per_minute, "No limit")),
        Column::num("At once", |rule: &DomainRule| words::limit(rule.at_once, "Lux finds out")),
    ];
    let may = Viewer::here().may(Capability::CompanyManage);
    let lines = menu(edited);
    let menu = move |rule: DomainRule| if may { lines(rule) } else { Vec::new() };
    let reset = reset();
    view! {
        <Table label="Limits per recipient domain" columns rows=rules key=|rule: &DomainRule| rule.domain.clone() menu=menu />
        {may
            .then(|| {
                view! {
                    <CardBody>
                        <Line>
                            <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Undo on_press=reset>"Reset to the usual plan"</Button>
                        </Line>
                    </CardBody>
                }
            })}
    }
    .into_any()
}

/// Asks, then removes all limits.
fn reset() -> impl Fn(()) + Send + Sync + Copy + 'static {
    let (hand, confirm) = (Hand::here(), use_confirm());
    move |()| {
        let question = Question::danger(
            "Remove all limits?",
            "Lux then finds out by itself how much each domain takes. What you set here is gone.",
            "Remove all limits",
        );
        confirm.ask(question, move || {
            hand.call("sending.policy_changed", super::limit::take_all(), move |_| {
                hand.toasts.ok("All limits removed")
            });
        });
    }
}

fn menu(edited: RwSignal<Edited>) -> impl Fn(DomainRule) -> Vec<MenuItem> + Send + Sync + 'static {
    let hand = Hand::here();
    move |rule: DomainRule| {
        let (shown, gone) = (rule.clone(), rule);
        let remove = move || {
            let gone = gone.clone();
            hand.call("sending.policy_changed", take(gone.domain.clone()), move |_| {
                let said = format!("{}: limit removed", words::domain(&gone.domain));
                hand.toasts.undo(said, move || {
                    hand.call("sending.policy_changed", put(None, gone.clone()), move |_| {
                        hand.toasts.ok("The limit is back")
                    });
                });
            });
        };
        vec![
            MenuItem::run("Edit", move || edited.set(Some(Some(shown.clone())))).icon(IconName::Pencil),
            MenuItem::run("Remove", remove).icon(IconName::Trash).danger(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_every_other_domain_stands_last() {
        let rule = |domain: &str| DomainRule { domain: domain.into(), per_minute: Some(1), at_once: None };
        let sorted = in_order(&[rule("*"), rule("b.example"), rule("a.example")]);
        assert_eq!(sorted.iter().map(|r| r.domain.as_str()).collect::<Vec<_>>(), ["a.example", "b.example", "*"]);
    }
}
