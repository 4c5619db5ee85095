//! Every address of the application. Pages come with their route, as lazy chunks.

use crate::dashboard::DashboardRoute;
use crate::faults;
use crate::frame::Frame;
use contract::Fault;
use kit::gallery::Gallery;
use kit::{Empty, IconName, KitRoot, LinkButton, provide_fault_words};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{Lazy, LazyRoute, lazy_route, path};
use ui_audience::contacts::{ContactRoute, ContactsRoute, FieldsRoute, ListsRoute};
use ui_audience::imports::{ImportRoute, ImportsRoute};
use ui_messaging::bounces::BouncesRoute;
use ui_messaging::campaigns::{CampaignRoute, CampaignsRoute, ComposerRoute};
use ui_messaging::delivery::DeliveryRoute;
use ui_messaging::domains::DomainsRoute;
use ui_messaging::messages::MessagesRoute;
use ui_messaging::senders::SendersRoute;
use ui_messaging::templates::{TemplateRoute, TemplatesRoute};
use ui_platform::accounts::{
    CompanyRoute, ForgotRoute, InviteRoute, KeysRoute, PeopleRoute, ProfileRoute, ResetRoute, SetupRoute, SignInRoute,
};

/// `/kit`: every component in every state.
#[derive(Debug)]
struct KitRoute;

#[lazy_route]
impl LazyRoute for KitRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Gallery /> }.into_any()
    }
}

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_fault_words::<Fault>(faults::words);
    // The page is alive: buttons work from here on. Only a browser gets here.
    Effect::new(|_| wake());
    view! {
        <Title formatter=title />
        <KitRoot>
            <Router>
                <PlaceTitle />
                <Routes fallback=|| view! { <NotFound /> }.into_any()>
                    <Route path=path!("/setup") view={Lazy::<SetupRoute>::new()} />
                    <Route path=path!("/sign-in") view={Lazy::<SignInRoute>::new()} />
                    <Route path=path!("/forgot") view={Lazy::<ForgotRoute>::new()} />
                    <Route path=path!("/reset/:token") view={Lazy::<ResetRoute>::new()} />
                    <Route path=path!("/invite/:token") view={Lazy::<InviteRoute>::new()} />
                    <Route path=path!("/kit") view={Lazy::<KitRoute>::new()} />
                    <ParentRoute path=path!("") view=Frame>
                        <Route path=path!("/") view={Lazy::<DashboardRoute>::new()} />
                        <Route path=path!("/contacts") view={Lazy::<ContactsRoute>::new()} />
                        <Route path=path!("/contacts/:id") view={Lazy::<ContactRoute>::new()} />
                        <Route path=path!("/lists") view={Lazy::<ListsRoute>::new()} />
                        <Route path=path!("/imports") view={Lazy::<ImportsRoute>::new()} />
                        <Route path=path!("/imports/:id") view={Lazy::<ImportRoute>::new()} />
                        <Route path=path!("/campaigns") view={Lazy::<CampaignsRoute>::new()} />
                        <Route path=path!("/campaigns/:id") view={Lazy::<CampaignRoute>::new()} />
                        <Route path=path!("/campaigns/:id/edit") view={Lazy::<ComposerRoute>::new()} />
                        <Route path=path!("/messages") view={Lazy::<MessagesRoute>::new()} />
                        <Route path=path!("/templates") view={Lazy::<TemplatesRoute>::new()} />
                        <Route path=path!("/templates/:id") view={Lazy::<TemplateRoute>::new()} />
                        <Route path=path!("/settings/company") view={Lazy::<CompanyRoute>::new()} />
                        <Route path=path!("/settings/people") view={Lazy::<PeopleRoute>::new()} />
                        <Route path=path!("/settings/senders") view={Lazy::<SendersRoute>::new()} />
                        <Route path=path!("/settings/domains") view={Lazy::<DomainsRoute>::new()} />
                        <Route path=path!("/settings/bounces") view={Lazy::<BouncesRoute>::new()} />
                        <Route path=path!("/settings/delivery") view={Lazy::<DeliveryRoute>::new()} />
                        <Route path=path!("/settings/fields") view={Lazy::<FieldsRoute>::new()} />
                        <Route path=path!("/settings/keys") view={Lazy::<KeysRoute>::new()} />
                        <Route path=path!("/settings/profile") view={Lazy::<ProfileRoute>::new()} />
                    </ParentRoute>
                </Routes>
            </Router>
        </KitRoot>
    }
}

/// Names the browser's tab after the place one is at.
#[component]
fn PlaceTitle() -> impl IntoView {
    let path = use_location().pathname;
    view! { <Title text=move || crate::frame::place_name(&path.get()) /> }
}

/// Marks the document as live and registers the worker that shows the offline page.
fn wake() {
    let Some(window) = web_sys::window() else { return };
    if let Some(root) = window.document().and_then(|d| d.document_element()) {
        let _ = root.set_attribute("data-awake", "");
    }
    // Browsers have no worker on plain http beyond loopback; the page works without.
    if window.is_secure_context() {
        let _ = window.navigator().service_worker().register("/service-worker.js");
    }
}

fn title(text: String) -> String {
    if text.is_empty() { "Lux".into() } else { format!("{text} · Lux") }
}

#[component]
fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    session::set_status(404);
    view! {
        <Empty title="This page does not exist" text="The address may be mistyped, or what it showed was deleted." icon=IconName::Query>
            <LinkButton href="/">"Go home"</LinkButton>
        </Empty>
    }
}
