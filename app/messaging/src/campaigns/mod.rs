//! The face of campaigns.

pub mod api;

use kit::PageTitle;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;

/// `/campaigns`
#[derive(Debug)]
pub struct CampaignsRoute;

#[lazy_route]
impl LazyRoute for CampaignsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="CampaignsRoute" /> }.into_any()
    }
}

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
