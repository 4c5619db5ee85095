//! What was used of senders' limits and what is left.

use super::{api, words};
use crate::parts::{Arriving, Fetched};
use contract::senders::{MailboxQuota, Sender, SenderQuota};
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// A card with each sender's quota; under one of Microsoft 365 each of its mailboxes.
#[component]
pub fn Quotas(
    /// Names the senders.
    all: Signal<Vec<Sender>>,
) -> impl IntoView {
    let stream = use_stream();
    let (senders, campaigns) = (stream.changes("sender."), stream.changes("campaign."));
    let fetched = Fetched::new(move || (senders.get(), campaigns.get()), |_| api::sender_quotas());
    view! {
        <Card title="Used and left" bleed=true>
            <Arriving fetched bones=Bones::Rows(2) let:quotas>
                <QuotaRows all quotas />
            </Arriving>
        </Card>
    }
    .into_any()
}

#[component]
fn QuotaRows(all: Signal<Vec<Sender>>, quotas: Signal<Vec<SenderQuota>>) -> impl IntoView {
    let viewer = Viewer::here();
    let rows = move || {
        let names = all.get();
        let name = |quota: &SenderQuota| {
            names.iter().find(|s| s.id == quota.sender).map(|s| s.name.clone()).unwrap_or_default()
        };
        quotas.with(|quotas| quotas.iter().map(|quota| sender_rows(viewer, name(quota), quota)).collect_view())
    };
    view! { <Rows label="What was used of the limits">{rows}</Rows> }.into_any()
}

fn sender_rows(viewer: Viewer, name: String, quota: &SenderQuota) -> AnyView {
    let next = quota.next.map(|at| format!("The next message may go {}.", viewer.brief(at)));
    let detail = format!("{} this minute · {} in 24 hours", words::left(&quota.minute), words::left(&quota.day));
    let detail = [Some(detail), next].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let is_out = quota.day.left() == Some(0);
    let status = match (is_out, quota.next.is_some()) {
        (true, _) => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Used up for now"</Status> },
        (false, true) => view! { <Status tone=Tone::Warn shape=Shape::Wait>"At its pace"</Status> },
        (false, false) => view! { <Status tone=Tone::Good>"Has room"</Status> },
    };
    let boxes = quota.mailboxes.iter().map(|one| mailbox_row(viewer, one)).collect_view();
    view! {
        <Row title=name detail>{status}</Row>
        {boxes}
    }
    .into_any()
}

fn mailbox_row(viewer: Viewer, one: &MailboxQuota) -> AnyView {
    let rest = one.rests_until.map(|until| format!("rests until {}: {}", viewer.brief(until), one.trouble));
    let used = format!("{} this minute · {} in 24 hours", words::left(&one.minute), words::left(&one.day));
    let detail = rest.clone().unwrap_or(used);
    let status = match rest {
        Some(_) => view! { <Status tone=Tone::Warn shape=Shape::Unsure>"Rests"</Status> },
        None => view! { <Status tone=Tone::Good>"In turn"</Status> },
    };
    view! {
        <Row title=one.address.clone() detail before=move || view! { <Icon name=IconName::Mail /> }>
            {status}
        </Row>
    }
    .into_any()
}
