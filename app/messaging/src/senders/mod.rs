//! The face of senders.

pub mod api;

use kit::PageTitle;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;

/// `/settings/senders`
#[derive(Debug)]
pub struct SendersRoute;

#[lazy_route]
impl LazyRoute for SendersRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="SendersRoute" /> }.into_any()
    }
}
