//! The face of campaigns: the list, the composer, the page of one.

pub mod api;
mod list;
mod moves;
mod new;
mod one;
mod words;

pub use list::CampaignsRoute;
pub use one::CampaignRoute;

use kit::PageTitle;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;

/// `/campaigns/:id/edit`
#[derive(Debug)]
pub struct ComposerRoute;

#[lazy_route]
impl LazyRoute for ComposerRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="ComposerRoute" /> }.into_any()
    }
}
