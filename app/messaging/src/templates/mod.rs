//! The face of templates.

pub mod api;

use kit::PageTitle;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;

/// `/templates`
#[derive(Debug)]
pub struct TemplatesRoute;

#[lazy_route]
impl LazyRoute for TemplatesRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="TemplatesRoute" /> }.into_any()
    }
}

/// `/templates/:id`
#[derive(Debug)]
pub struct TemplateRoute;

#[lazy_route]
impl LazyRoute for TemplateRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="TemplateRoute" /> }.into_any()
    }
}
