//! What providers call. No session and no cross-site check: the secret address and the signature are the right.

use crate::wiring::App;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use contract::Fault;
use contract::bounces::HookCall;

/// Bytes of a call; the largest batch of a provider that is known has less than one.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Routes for providers.
pub fn router() -> Router<App> {
    Router::new().route("/hooks/bounces/{token}", post(bounces)).layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Answers when everything the call says is on disk. Providers call again after anything but a 2xx.
async fn bounces(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let call = HookCall { token, headers: headers.iter().filter_map(text).collect(), body: body.to_vec() };
    match app.bounce_hooks.receive(call).await {
        Ok(new) => (StatusCode::OK, format!("{new} new")).into_response(),
        Err(Fault::Missing { .. }) => (StatusCode::NOT_FOUND, "There is no such hook.").into_response(),
        Err(fault @ Fault::Denied { .. }) => (StatusCode::FORBIDDEN, fault.to_string()).into_response(),
        Err(fault @ Fault::Invalid { .. }) => (StatusCode::BAD_REQUEST, fault.to_string()).into_response(),
        Err(fault) => {
            tracing::error!(%fault, "a provider's call could not be taken");
            let head = [(header::RETRY_AFTER, "30")];
            (StatusCode::SERVICE_UNAVAILABLE, head, "Please call again in a moment.").into_response()
        }
    }
}
