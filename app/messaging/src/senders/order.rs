//! The order in which a company uses its senders.

use super::{api, words};
use crate::parts::Hand;
use contract::senders::Sender;
use kit::*;
use leptos::prelude::*;

/// A card in which senders are moved up and down. It says nothing for one sender alone.
#[component]
pub fn Order(
    /// In their order.
    all: Signal<Vec<Sender>>,
) -> impl IntoView {
    let hand = Hand::here();
    let go = move |from: usize, to: usize| {
        let mut order: Vec<_> = all.with_untracked(|all| all.iter().map(|s| s.id).collect());
        if from < order.len() && to < order.len() {
            let moved = order.remove(from);
            order.insert(to, moved);
            hand.call("sender.ordered", api::reorder_senders(order), move |_| hand.toasts.ok("Order saved"));
        }
    };
    let row = move |index: usize, sender: Sender, count: usize| {
        let name = sender.name.clone();
        let (up, down) = (format!("Move {name} up"), format!("Move {name} down"));
        let first = (index == 0).then(|| "It is the first.".to_owned());
        let last = (index + 1 == count).then(|| "It is the last.".to_owned());
        let detail = if index == 0 { format!("First · {}", words::through(&sender)) } else { words::through(&sender) };
        view! {
            <Row title=name detail>
                <IconButton icon=IconName::Up label=up blocked=first on_press=move |()| go(index, index.saturating_sub(1)) />
                <IconButton icon=IconName::Down label=down blocked=last on_press=move |()| go(index, index + 1) />
            </Row>
        }
    };
    let rows = move || {
        let all = all.get();
        let count = all.len();
        all.into_iter().enumerate().map(|(index, sender)| row(index, sender, count)).collect_view()
    };
    view! {
        <When is=move || all.with(|all| all.len() > 1)>
            <Card title="Order">
                <Soft>"A message that its sender certainly did not take may go through the next one."</Soft>
                <Rows label="Senders in their order">{rows}</Rows>
            </Card>
        </When>
    }
    .into_any()
}
