//! One trace id per request: in every log line of it, in the answer's `x-trace-id`, in what a fault shows.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use std::any::Any;
use std::time::Instant;
use tracing::Instrument;

/// Opens the span of a request and writes one line when it is answered.
pub async fn trace(request: Request, next: Next) -> Response<Body> {
    let id = kernel::fault::trace();
    let method = request.method().clone();
    // Tokens stand in the path of recipients' links and of hooks: only their kind is logged.
    let path = shown_path(request.uri().path());
    let span = tracing::info_span!("request", trace = %id, %method, path);
    let begun = Instant::now();
    let mut answer = kernel::fault::with_trace(id.clone(), next.run(request)).instrument(span.clone()).await;
    let status = answer.status();
    span.in_scope(|| {
        let ms = begun.elapsed().as_millis();
        if status.is_server_error() {
            tracing::error!(status = status.as_u16(), ms, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), ms, "answered");
        }
    });
    metrics_of(&method, status, begun);
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert("x-trace-id", value);
    }
    answer
}

fn metrics_of(method: &axum::http::Method, status: StatusCode, begun: Instant) {
    crate::metrics::REQUESTS.note(method.as_str(), status.as_u16(), begun.elapsed());
}

fn shown_path(path: &str) -> String {
    let mut parts = path.splitn(3, '/').skip(1);
    match (parts.next(), parts.next()) {
        (Some(kind @ ("o" | "c" | "u" | "v" | "invite" | "reset" | "hooks")), Some(_)) => format!("/{kind}/…"),
        _ => path.to_owned(),
    }
}

/// A panic becomes a 500 and a log line, not a dead connection.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = message, "a request panicked");
    let mut answer = Response::new(Body::from("Something went wrong on our side."));
    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    answer
}

#[cfg(test)]
mod tests {
    use super::shown_path;

    #[test]
    fn tokens_never_reach_the_log() {
        assert_eq!(shown_path("/u/secret.mac"), "/u/…");
        assert_eq!(shown_path("/reset/secret"), "/reset/…");
        assert_eq!(shown_path("/hooks/bounces/secret"), "/hooks/…");
        assert_eq!(shown_path("/campaigns/1"), "/campaigns/1");
        assert_eq!(shown_path("/"), "/");
    }
}
