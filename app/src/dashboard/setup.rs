//! Steps from an empty company to the first campaign; each vanishes when it is done, the card with the last one.

use super::Reads;
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// The steps that are left.
#[component]
pub fn Setup(reads: Reads) -> impl IntoView {
    let viewer = Viewer::here();
    let steps = move || {
        let (email, audience, delivery) =
            (reads.email.get()?.ok()?, reads.audience.get()?.ok()?, reads.delivery.get()?.ok()?);
        let has_campaign =
            email.drafts + email.scheduled + email.sending + email.paused > 0 || !email.recent.is_empty();
        let has_address = viewer.0.with(|me| !me.company.address.is_empty());
        let steps = [
            (
                delivery.senders > 0,
                "Connect a mail server",
                "Lux sends through your own SMTP account.",
                "/settings/senders",
                IconName::Send,
            ),
            (
                audience.contacts > 0,
                "Bring your contacts",
                "Import a CSV file or add people one by one.",
                "/imports?new=1",
                IconName::People,
            ),
            (
                has_address,
                "Add your postal address",
                "It stands at the foot of every marketing email.",
                "/settings/company",
                IconName::HomeFirm,
            ),
            (
                has_campaign,
                "Write your first campaign",
                "Start from a layout that reads well everywhere.",
                "/campaigns?new=1",
                IconName::Campaign,
            ),
        ];
        let all = steps.len();
        let left: Vec<_> = steps.into_iter().filter(|(done, ..)| !done).collect();
        if left.is_empty() {
            return None;
        }
        let done = format!("{} of {all} done", all - left.len());
        let rows = left
            .into_iter()
            .map(|(_, title, detail, href, icon)| view! { <Row title detail href before=move || view! { <Icon name=icon tint="faint" /> } /> })
            .collect_view();
        let card = view! {
            <Card title="Finish setting up" aside=move || view! { <Faint tiny=true>{done.clone()}</Faint> } bleed=true>
                <Rows>{rows}</Rows>
            </Card>
        };
        Some(card.into_any())
    };
    settled(steps)
}
