//! The face of imports.

pub mod api;

use kit::PageTitle;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;

/// `/imports`
#[derive(Debug)]
pub struct ImportsRoute;

#[lazy_route]
impl LazyRoute for ImportsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="ImportsRoute" /> }.into_any()
    }
}

/// `/imports/:id`
#[derive(Debug)]
pub struct ImportRoute;

#[lazy_route]
impl LazyRoute for ImportRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="ImportRoute" /> }.into_any()
    }
}
