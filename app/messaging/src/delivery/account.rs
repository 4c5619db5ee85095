//! One provider account: its dialog.

use super::accounts::{Edited, put};
use crate::parts::Hand;
use crate::senders::limit as number;
use contract::senders::{Rates, Sender};
use contract::sending::AccountRule;
use contract::{Fault, SenderId};
use kit::*;
use leptos::prelude::*;
use session::Problems;

/// Adds an account, or changes the one that is edited.
#[component]
pub fn AccountDialog(
    /// What it is about; nothing while it is closed.
    edited: RwSignal<Edited>,
    /// Who can use it.
    senders: Signal<Vec<Sender>>,
) -> impl IntoView {
    let open = super::open_while(edited);
    let title = Signal::derive(move || match edited.get() {
        Some(Some(rule)) => rule.name,
        _ => "New account".to_owned(),
    });
    let form = move || {
        edited.get().map(|old| {
            let senders = senders.get_untracked();
            view! { <AccountForm old edited senders /> }
        })
    };
    view! { <Modal open title>{form}</Modal> }.into_any()
}

#[component]
fn AccountForm(old: Option<AccountRule>, edited: RwSignal<Edited>, senders: Vec<Sender>) -> impl IntoView {
    let (hand, problems) = (Hand::here(), Problems::new());
    let before = old.as_ref().map(|rule| rule.name.clone());
    let rates = old.as_ref().map(|rule| rule.rates).unwrap_or_default();
    let text = |n: Option<u32>| RwSignal::new(n.map(|n| n.to_string()).unwrap_or_default());
    let name = RwSignal::new(before.clone().unwrap_or_default());
    let (second, minute) = (text(rates.per_second), text(rates.per_minute));
    let (hour, day) = (text(rates.per_hour), text(rates.per_day));
    let chosen = RwSignal::new(old.map(|rule| rule.senders).unwrap_or_default());
    let save = Action::new(move |(): &()| {
        let read = |text: RwSignal<String>| number(&text.get_untracked());
        let rule = AccountRule {
            name: name.get_untracked().trim().to_owned(),
            senders: chosen.get_untracked(),
            rates: Rates {
                per_second: read(second),
                per_minute: read(minute),
                per_hour: read(hour),
                per_day: read(day),
            },
        };
        let (before, told) = (before.clone(), rule.name.clone());
        async move {
            if problems.keep(put(before, rule).await).is_some() {
                edited.set(None);
                hand.toasts.ok(format!("{told} saved"));
                hand.touch("sending.policy_changed");
            }
        }
    });
    let refused =
        move |part: &'static str| Signal::derive(move || problems.fault().with(|fault| said(fault.as_ref(), part)));
    let rest = refused("");
    let boxes = senders.into_iter().map(|one| sender_box(&one, chosen)).collect_view();
    let of_senders = refused(".senders");
    view! {
        {move || rest.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <Field label="Name" name="account-name" help="Such as the provider and the account there." error=refused(".name")>
                <TextInput value=name />
            </Field>
            <Stack gap=Gap::Small>
                <Soft>"Senders that use it"</Soft>
                {boxes}
                {move || of_senders.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            </Stack>
            <Columns min=140>
                <Field label="A second" name="account-second" optional=true error=refused(".rates")>
                    <TextInput value=second kind=InputKind::Number placeholder="No limit" />
                </Field>
                <Field label="A minute" name="account-minute" optional=true>
                    <TextInput value=minute kind=InputKind::Number placeholder="No limit" />
                </Field>
                <Field label="An hour" name="account-hour" optional=true>
                    <TextInput value=hour kind=InputKind::Number placeholder="No limit" />
                </Field>
                <Field label="24 hours" name="account-day" optional=true>
                    <TextInput value=day kind=InputKind::Number placeholder="No limit" />
                </Field>
            </Columns>
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save account"</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| edited.set(None)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

fn sender_box(sender: &Sender, chosen: RwSignal<Vec<SenderId>>) -> AnyView {
    let (id, name) = (sender.id, sender.name.clone());
    let is_chosen = Signal::derive(move || chosen.with(|all| all.contains(&id)));
    let choose = move |yes: bool| {
        chosen.update(|all| {
            all.retain(|one| *one != id);
            if yes {
                all.push(id);
            }
        });
    };
    view! { <Checkbox value=Bind::new(is_chosen, choose)>{name}</Checkbox> }.into_any()
}

/// What was refused of a part of the account; of nothing in particular for an empty part. The server names the place in
/// the list, which nobody sees.
fn said(fault: Option<&Fault>, part: &str) -> Option<String> {
    let is_of = |field: &str| {
        field.starts_with("accounts.") && [".name", ".senders", ".rates"].iter().any(|p| field.ends_with(p))
    };
    match fault? {
        Fault::Invalid { fields } => {
            let fits = |field: &str| if part.is_empty() { !is_of(field) } else { field.ends_with(part) };
            fields.iter().find(|one| fits(&one.field)).map(|one| one.message.clone())
        }
        other => part.is_empty().then(|| other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::FieldError;

    #[test]
    fn what_the_server_refuses_finds_its_field() {
        let field = |field: &str| FieldError { field: field.into(), message: field.into() };
        let fault = Fault::Invalid { fields: vec![field("accounts.3.name"), field("accounts")] };
        assert_eq!(said(Some(&fault), ".name").as_deref(), Some("accounts.3.name"));
        assert_eq!(said(Some(&fault), "").as_deref(), Some("accounts"));
        assert_eq!(said(Some(&fault), ".rates"), None);
        assert_eq!(said(None, ""), None);
        assert_eq!(said(Some(&Fault::missing("Company")), "").as_deref(), Some("Company was not found."));
    }
}
