use super::*;
use crate::delivery::DeliveryCard;

/// How fast it goes and who takes over, until it has ended; may change while it goes out.
#[component]
pub fn PaceCard(report: Signal<CampaignReport>) -> impl IntoView {
    let id = report.with_untracked(|r| r.campaign.id);
    let is_open = Memo::new(move |_| report.with(|r| !r.campaign.state.is_ended()));
    let dirty = RwSignal::new(false);
    view! {
        <When is=is_open>
            <UnsavedGuard dirty text="How fast it goes has changes that are not saved." />
            <DeliveryCard id title="How fast it goes" dirty open=is_open />
        </When>
    }
    .into_any()
}
