//! One limit of a recipient domain: its dialog, and how it is put into the policy as that stands now.

use super::limits::Edited;
use super::{api, words};
use crate::parts::Hand;
use crate::senders::limit as number;
use contract::Fault;
use contract::sending::{DomainRule, Policy};
use kit::*;
use leptos::prelude::*;
use session::Problems;

/// Puts a limit in, in place of the one of `old`.
pub(super) async fn put(old: Option<String>, rule: DomainRule) -> Result<Policy, Fault> {
    let mut policy = api::delivery_policy().await?;
    match policy.domains.iter_mut().find(|own| Some(&own.domain) == old.as_ref()) {
        Some(own) => *own = rule,
        None => policy.domains.push(rule),
    }
    api::set_policy(policy).await
}

/// Takes the limit of a domain out.
pub(super) async fn take(domain: String) -> Result<Policy, Fault> {
    let mut policy = api::delivery_policy().await?;
    policy.domains.retain(|own| own.domain != domain);
    api::set_policy(policy).await
}

/// Takes all out.
pub(super) async fn take_all() -> Result<Policy, Fault> {
    let policy = api::delivery_policy().await?;
    api::set_policy(Policy { domains: Vec::new(), ..policy }).await
}

/// Adds a limit, or changes the one that is edited.
#[component]
pub fn LimitDialog(
    /// What it is about; nothing while it is closed.
    edited: RwSignal<Edited>,
    /// All limits.
    rules: Signal<Vec<DomainRule>>,
) -> impl IntoView {
    let open = super::open_while(edited);
    let title = Signal::derive(move || match edited.get() {
        Some(Some(rule)) => format!("Limit: {}", words::domain(&rule.domain)),
        _ => "New limit".to_owned(),
    });
    let form = move || {
        edited.get().map(|old| {
            let has_all = rules.with_untracked(|rules| rules.iter().any(|rule| rule.domain == "*"));
            view! { <LimitForm old edited has_all /> }
        })
    };
    view! { <Modal open title>{form}</Modal> }.into_any()
}

#[component]
fn LimitForm(old: Option<DomainRule>, edited: RwSignal<Edited>, has_all: bool) -> impl IntoView {
    let (hand, problems) = (Hand::here(), Problems::new());
    let text = |n: Option<u32>| RwSignal::new(n.map(|n| n.to_string()).unwrap_or_default());
    let before = old.as_ref().map(|rule| rule.domain.clone());
    let is_all = before.as_deref() == Some("*");
    let of = RwSignal::new(if is_all { "all" } else { "one" }.to_owned());
    let domain = RwSignal::new(before.clone().filter(|_| !is_all).unwrap_or_default());
    let per_minute = text(old.as_ref().and_then(|rule| rule.per_minute));
    let at_once = text(old.as_ref().and_then(|rule| rule.at_once));
    let save = Action::new(move |(): &()| {
        let is_all = of.with_untracked(|of| of == "all");
        let rule = DomainRule {
            domain: if is_all { "*".to_owned() } else { domain.get_untracked().trim().to_owned() },
            per_minute: number(&per_minute.get_untracked()),
            at_once: number(&at_once.get_untracked()),
        };
        let (before, told) = (before.clone(), words::rule(&rule));
        async move {
            if problems.keep(put(before, rule).await).is_some() {
                edited.set(None);
                hand.toasts.ok(format!("Saved: {told}"));
                hand.touch("sending.policy_changed");
            }
        }
    });
    let every = Choice::new("all", "Every other domain");
    let every = if has_all && !is_all { every.blocked("There is one already; edit that.") } else { every };
    let options = vec![Choice::new("one", "One domain"), every];
    let is_one = move || of.with(|of| of == "one");
    let refused =
        Signal::derive(move || problems.fault().with(|fault| fault.as_ref().map(Refused::of).unwrap_or_default()));
    let part = move |get: fn(&Refused) -> &String| {
        Signal::derive(move || refused.with(|refused| Some(get(refused).clone()).filter(|text| !text.is_empty())))
    };
    let rest = part(|refused| &refused.rest);
    view! {
        {move || rest.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <Field label="For" name="limit-for" help="Every other domain is each one without a limit of its own; each is counted by itself.">
                <Select value=of options />
            </Field>
            <When is=is_one>
                <Field label="Recipient domain" name="limit-domain" help="The part after the @, such as example.com." error=part(|refused| &refused.domain)>
                    <TextInput value=domain />
                </Field>
            </When>
            <Columns min=160>
                <Field label="Messages a minute" name="limit-minute" optional=true help="Over all servers of this installation." error=part(|refused| &refused.limit)>
                    <TextInput value=per_minute kind=InputKind::Number placeholder="No limit" />
                </Field>
                <Field label="At once" name="limit-once" optional=true help="On each server; empty lets Lux find out.">
                    <TextInput value=at_once kind=InputKind::Number placeholder="Lux finds out" />
                </Field>
            </Columns>
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save limit"</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| edited.set(None)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

/// What was refused, by the field of the dialog. The server names the place in the list, which nobody sees.
#[derive(Clone, Debug, Default, PartialEq)]
struct Refused {
    domain: String,
    limit: String,
    rest: String,
}

impl Refused {
    fn of(fault: &Fault) -> Self {
        let mut refused = Self::default();
        let Fault::Invalid { fields } = fault else { return Self { rest: fault.to_string(), ..refused } };
        for one in fields {
            let place = match one.field.strip_prefix("domains.") {
                Some(name) if name.ends_with(".domain") => &mut refused.domain,
                Some(_) => &mut refused.limit,
                None => &mut refused.rest,
            };
            if place.is_empty() {
                place.clone_from(&one.message);
            }
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::FieldError;

    #[test]
    fn what_the_server_refuses_finds_its_field() {
        let field = |field: &str| FieldError { field: field.into(), message: field.into() };
        let fault = Fault::Invalid { fields: vec![field("domains.3.domain"), field("domains.3"), field("domains")] };
        let refused = Refused::of(&fault);
        assert_eq!(
            (refused.domain.as_str(), refused.limit.as_str(), refused.rest.as_str()),
            ("domains.3.domain", "domains.3", "domains")
        );
        assert_eq!(Refused::of(&Fault::missing("Company")).rest, "Company was not found.");
    }
}
