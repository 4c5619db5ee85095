//! Provider accounts that senders share, and what they may send together.

use super::account::AccountDialog;
use super::api;
use crate::parts::{Arriving, Fetched, Hand};
use crate::senders::{api::all_senders, limits as rates_words};
use contract::Capability;
use contract::senders::Sender;
use contract::sending::{AccountRule, Policy};
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// What the dialog is about: a new account, or one of them.
pub(super) type Edited = Option<Option<AccountRule>>;

/// The accounts, and for those who may the ways to change them.
#[component]
pub fn AccountsCard(
    /// What holds now.
    policy: Signal<Policy>,
) -> impl IntoView {
    let may = Viewer::here().may(Capability::CompanyManage);
    let changed = use_stream().changes("sender.");
    let senders = Fetched::new(move || changed.get(), |_| all_senders());
    let edited = RwSignal::new(Edited::None);
    let add = move || {
        may.then(|| {
            view! {
                <Button size=Size::Small icon=IconName::Plus on_press=move |()| edited.set(Some(None))>"Add an account"</Button>
            }
        })
    };
    view! {
        <Card title="Provider accounts" aside=add bleed=true>
            <Arriving fetched=senders bones=Bones::Rows(1) let:senders>
                <AccountRows policy senders edited may />
                {may.then(|| view! { <AccountDialog edited senders /> })}
            </Arriving>
        </Card>
    }
    .into_any()
}

#[component]
fn AccountRows(
    policy: Signal<Policy>,
    senders: Signal<Vec<Sender>>,
    edited: RwSignal<Edited>,
    may: bool,
) -> impl IntoView {
    let accounts = Memo::new(move |_| policy.with(|policy| policy.accounts.clone()));
    let is_empty = Memo::new(move |_| accounts.with(Vec::is_empty));
    let rows = move || {
        let names = senders.get();
        accounts.get().into_iter().map(|rule| account_row(rule, &names, edited, may)).collect_view()
    };
    move || {
        match is_empty.get() {
        true => view! {
            <Empty
                title="No shared accounts"
                text="Where several senders use one account of a mail provider, say here what the provider allows all of them together."
                icon=IconName::Plug
            />
        }
        .into_any(),
        false => view! { <Rows label="Provider accounts">{rows}</Rows> }.into_any(),
    }
    }
}

fn account_row(rule: AccountRule, senders: &[Sender], edited: RwSignal<Edited>, may: bool) -> AnyView {
    let detail = format!("{} · {}", users(&rule, senders), rates_words(&rule.rates));
    let (title, label) = (rule.name.clone(), format!("Edit {}", rule.name));
    let gone = rule.clone();
    view! {
        <Row title detail>
            {may
                .then(|| {
                    view! {
                        <IconButton icon=IconName::Pencil label size=Size::Small on_press=move |()| edited.set(Some(Some(rule.clone()))) />
                        <RemoveAccount gone />
                    }
                })}
        </Row>
    }
    .into_any()
}

#[component]
fn RemoveAccount(gone: AccountRule) -> impl IntoView {
    let hand = Hand::here();
    let label = format!("Remove {}", gone.name);
    let remove = move |()| {
        let gone = gone.clone();
        hand.call("sending.policy_changed", take(gone.name.clone()), move |_| {
            hand.toasts.undo(format!("{} removed", gone.name), move || {
                hand.call("sending.policy_changed", put(None, gone.clone()), move |_| {
                    hand.toasts.ok("The account is back")
                });
            });
        });
    };
    view! { <IconButton icon=IconName::Trash label size=Size::Small on_press=remove /> }.into_any()
}

/// Puts an account in, in place of the one of `old`.
pub(super) async fn put(old: Option<String>, rule: AccountRule) -> Result<Policy, contract::Fault> {
    let mut policy = api::delivery_policy().await?;
    match policy.accounts.iter_mut().find(|own| Some(&own.name) == old.as_ref()) {
        Some(own) => *own = rule,
        None => policy.accounts.push(rule),
    }
    api::set_policy(policy).await
}

async fn take(name: String) -> Result<Policy, contract::Fault> {
    let mut policy = api::delivery_policy().await?;
    policy.accounts.retain(|own| own.name != name);
    api::set_policy(policy).await
}

/// `News and Orders`
fn users(rule: &AccountRule, senders: &[Sender]) -> String {
    let names: Vec<&str> =
        senders.iter().filter(|one| rule.senders.contains(&one.id)).map(|one| one.name.as_str()).collect();
    match names.as_slice() {
        [] => "no sender that is still there".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
