//! The face of delivery: when it is tried again, limits of recipient domains, frequency caps, the pace of one campaign.

mod account;
mod accounts;
pub mod api;
mod campaign;
mod caps;
mod limit;
mod limits;
mod page;
mod resting;
mod retry;
mod words;

pub use campaign::DeliveryCard;
pub use caps::CapLine;
pub use page::DeliveryRoute;

use leptos::prelude::*;

/// Whether a dialog is open: while something is edited. Closing it gives that up.
fn open_while<T: Send + Sync + 'static>(edited: RwSignal<Option<T>>) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(edited.with(Option::is_some)));
    Effect::new(move |_| {
        if !open.get() && edited.with_untracked(Option::is_some) {
            edited.set(None);
        }
    });
    open
}

/// Fills a form with what the server has, now and whenever that changes, unless somebody is typing in it.
fn follow<T: Clone + PartialEq + Send + Sync + 'static>(
    stored: Signal<T>,
    base: RwSignal<T>,
    read: impl Fn() -> T + Send + Sync + 'static,
    fill: impl Fn(&T) + Send + Sync + 'static,
) {
    Effect::new(move |was_here: Option<()>| {
        let now = stored.get();
        if was_here.is_some() {
            let is_typing = untrack(|| base.with(|base| read() != *base));
            if !is_typing {
                fill(&now);
            }
            base.set(now);
        }
    });
}
