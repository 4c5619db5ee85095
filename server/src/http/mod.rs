//! The doors: pages, server functions, files, events, recipients' links, providers' calls, the API, health.
//!
//! Order of the layers, outermost first: trace id, security headers, body limit, cross-site check, who is asking.

pub mod api;
pub mod asker;
pub mod cookie;
pub mod events;
pub mod files;
pub mod health;
pub mod hooks;
pub mod pages;
pub mod recipients;
pub mod security;
pub mod site;
pub mod trace;

use crate::wiring::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// Bytes of a request body that no route has a right to exceed without saying so.
const BODY_LIMIT: usize = 12 * 1024 * 1024;

/// Everything a `web` or `all` process answers.
pub fn router(app: App) -> Router {
    // Rendering spawns through Leptos' own handle on the runtime; a second call is refused, which is fine.
    let _ = any_spawner::Executor::init_tokio();
    let signed = Router::new()
        .route("/fn/{*name}", get(pages::server_function).post(pages::server_function))
        .route("/events", get(events::stream))
        .route("/files/imports", post(files::upload).layer(DefaultBodyLimit::disable()))
        .route("/files/imports/{id}/rejected.csv", get(files::rejected))
        .route("/files/contacts.csv", get(files::contacts))
        .route("/files/campaigns/{id}/recipients.csv", get(files::recipients))
        .fallback(pages::page)
        .layer(from_fn_with_state(app.clone(), asker::from_cookie))
        .layer(from_fn_with_state(app.clone(), security::refuse_cross_site));
    Router::new()
        .merge(recipients::router())
        .merge(hooks::router())
        .nest("/api", api::router(app.clone()))
        .merge(site::router())
        .merge(health::router())
        .merge(signed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(CatchPanicLayer::custom(trace::panicked))
        .layer(from_fn(trace::trace))
        .with_state(app)
}

/// What a `worker` process answers: health only.
pub fn worker_router(app: App) -> Router {
    health::router().layer(from_fn(trace::trace)).with_state(app)
}
