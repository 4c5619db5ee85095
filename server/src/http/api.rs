//! The public API: `/api/v1`, its description at `/api/openapi.json`, a page to read at `/api`.

mod problem;

pub use problem::{Problem, problem};

use crate::wiring::App;
use axum::Router;
use axum::http::StatusCode;

/// Everything below `/api`.
pub fn router(_app: App) -> Router<App> {
    Router::new().fallback(|| async {
        Problem::new(StatusCode::NOT_FOUND, "missing", "Not found", "There is nothing at this address. See /api for what there is.")
    })
}
