use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
#[derive(Debug)]
pub struct DashboardRoute;
#[lazy_route]
impl LazyRoute for DashboardRoute { fn data() -> Self { Self } fn view(_this: Self) -> AnyView { ().into_any() } }
