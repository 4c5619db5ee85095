//! The face of campaigns: the list, the composer, the page of one.

pub mod api;
mod list;
mod moves;
mod new;
mod words;

pub use list::CampaignsRoute;

use kit::PageTitle;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;

/// `/campaigns/:id`
#[derive(Debug)]
pub struct CampaignRoute;

#[lazy_route]
impl LazyRoute for CampaignRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="CampaignRoute" /> }.into_any()
    }
}

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
