//! The face of contacts.

pub mod api;

use kit::PageTitle;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;

/// `/contacts`
#[derive(Debug)]
pub struct ContactsRoute;

#[lazy_route]
impl LazyRoute for ContactsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="ContactsRoute" /> }.into_any()
    }
}

/// `/contacts/:id`
#[derive(Debug)]
pub struct ContactRoute;

#[lazy_route]
impl LazyRoute for ContactRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="ContactRoute" /> }.into_any()
    }
}

/// `/lists`
#[derive(Debug)]
pub struct ListsRoute;

#[lazy_route]
impl LazyRoute for ListsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="ListsRoute" /> }.into_any()
    }
}

/// `/settings/fields`
#[derive(Debug)]
pub struct FieldsRoute;

#[lazy_route]
impl LazyRoute for FieldsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <PageTitle title="FieldsRoute" /> }.into_any()
    }
}
