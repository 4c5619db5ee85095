//! The public API: `/api/v1`, its description at `/api/openapi.json`, a page to read at `/api`.
//!
//! One table of [`Endpoint`]s is the router, the description and the page, so that the three cannot differ: each row is
//! made from a handler whose types say what it takes and answers. A row goes through one door (`serve`): key, limit,
//! scope, path, query, body, and with an `Idempotency-Key` through the kept answers. Services check the actor again.
//!
//! Rooms: `key` (who asks), `endpoint` (a row), `input` and `reply` (bodies), `problem` (errors), `idempotency`,
//! `openapi` and `reader` (the description), and one file of handlers per noun. SQL is in `idempotency/store.rs`.

mod bounces;
mod campaigns;
mod changes;
mod contacts;
mod domains;
mod endpoint;
mod find;
mod groups;
pub mod idempotency;
mod imports;
mod input;
mod key;
mod messages;
mod openapi;
pub(in crate::http) mod problem;
mod reader;
mod reply;
mod senders;
mod sending;
mod templates;
#[cfg(test)]
mod tests;

pub use problem::{Problem, problem};

use crate::wiring::App;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on};
use endpoint::{Door, Endpoint, Group};
use input::Raw;
use reply::Answer;
use std::sync::Arc;

/// Bytes of a JSON body.
const BODY_LIMIT: usize = 12 * 1024 * 1024;

/// The table.
pub fn table() -> Vec<Group> {
    vec![
        contacts::group(),
        groups::lists(),
        groups::tags(),
        groups::fields(),
        imports::group(),
        senders::group(),
        domains::group(),
        bounces::group(),
        bounces::mailboxes(),
        bounces::hooks(),
        templates::group(),
        campaigns::group(),
        messages::group(),
        sending::group(),
        changes::group(),
    ]
}

/// Everything below `/api`.
pub fn router(app: App) -> Router<App> {
    let table = table();
    let description = openapi::describe(&table, &app.config.base());
    let page: Arc<str> = reader::page(&table, &description, &app.config.base()).into();
    let text: Arc<str> = description.to_string().into();
    let mut v1 = Router::new();
    for endpoint in table.into_iter().flat_map(|group| group.endpoints) {
        let Ok(filter) = MethodFilter::try_from(endpoint.method.clone()) else { continue };
        let path = endpoint.path;
        let handler = move |State(app): State<App>, request: Request| serve(app, endpoint.clone(), request);
        v1 = v1.route(path, on(filter, handler));
    }
    let v1 = v1.fallback(nothing_here).method_not_allowed_fallback(other_method);
    Router::new()
        .route("/", get(move || file("text/html; charset=utf-8", Arc::clone(&page))))
        .route("/openapi.json", get(move || file("application/json", Arc::clone(&text))))
        .route("/reader.css", get(|| file("text/css; charset=utf-8", reader::STYLE.into())))
        .nest("/v1", v1)
        .fallback(nothing_here)
}

async fn file(media: &'static str, text: Arc<str>) -> Response {
    ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "no-cache")], text.to_string()).into_response()
}

async fn nothing_here() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "missing",
        "Not found",
        "There is nothing at this address. See /api for what there is.",
    )
}

async fn other_method() -> Problem {
    let detail = "This address does not take this method. See /api for those it takes.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Other method", detail)
}

/// The door of every row.
async fn serve(app: App, endpoint: Endpoint, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let entered = match key::enter(&app, &parts.headers).await {
        Ok(entered) => entered,
        Err(problem) => return problem.into_response(),
    };
    let values = values(&mut parts).await;
    let mut replayed = false;
    let answered = Box::pin(inside(app, endpoint, &entered, values, parts, body)).await;
    let mut answer = match answered {
        Ok((answer, again)) => {
            replayed = again;
            answer.into_response()
        }
        Err(problem) => problem.into_response(),
    };
    let headers = answer.headers_mut();
    entered.headers(headers);
    headers.insert(header::VARY, HeaderValue::from_static("authorization, accept"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if replayed {
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    answer
}

async fn inside(
    app: App,
    endpoint: Endpoint,
    entered: &key::Entered,
    values: Vec<String>,
    parts: Parts,
    body: Body,
) -> Result<(Answer, bool), Problem> {
    if let Some(scope) = endpoint.scope {
        entered.actor.require(scope)?;
    }
    let body = match endpoint.streams {
        true => Raw::Coming(body),
        false => Raw::Held(hold(body).await?),
    };
    let key = if endpoint.method == Method::POST { idempotency::key(&parts.headers)? } else { None };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let address = format!("{}{:?}?{query}", endpoint.path, values);
    let door = Door { app, actor: entered.actor.clone(), values, query, headers: parts.headers, body };
    match key {
        Some(key) => idempotency::answer(endpoint, door, key, &address).await,
        None => endpoint.run(door).await.map(|answer| (answer, false)),
    }
}

async fn values(parts: &mut Parts) -> Vec<String> {
    match RawPathParams::from_request_parts(parts, &()).await {
        Ok(params) => params.iter().map(|(_, value)| value.to_owned()).collect(),
        Err(_) => Vec::new(),
    }
}

async fn hold(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            if error.is::<http_body_util::LengthLimitError>() {
                let detail = "The body is larger than 12 MB. Split it, or import a file.";
                return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail);
            }
            cause = error.source();
        }
        Problem::new(StatusCode::BAD_REQUEST, "malformed", "Broken off", "The body broke off. Send the request again.")
    })
}
