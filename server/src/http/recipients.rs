//! What recipients touch: pixel, links, the message as a page, unsubscribe. No session, no script, no cookie; the signed token is the right.

use crate::http::asker;
use crate::wiring::App;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use contract::tracking::Visit;
use contract::{Fault, Zone};
use serde::Deserialize;
use std::net::SocketAddr;

mod page;

/// A transparent GIF of one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

/// Routes for recipients.
pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{token}", get(open))
        .route("/c/{token}", get(click))
        .route("/v/{token}", get(web_view))
        .route("/u/{token}", get(view).post(unsubscribe))
        .route("/u/{token}/back", post(resubscribe))
        .route("/style/recipient.css", get(page::style))
}

async fn open(
    State(app): State<App>,
    method: Method,
    at: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let token = token.trim_end_matches(".gif");
    let counted =
        if method == Method::HEAD { Ok(()) } else { app.tracking.open(token, visit(&app, at, &headers)).await };
    match counted {
        Err(Fault::Missing { .. }) => missing(),
        counted => {
            if let Err(fault) = counted {
                // The picture still comes: a reader of the mail must not see our trouble.
                tracing::error!(%fault, "an open was not counted");
            }
            let head = [(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "no-store")];
            let mut answer = (head, PIXEL).into_response();
            answer.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
            answer
        }
    }
}

async fn click(
    State(app): State<App>,
    method: Method,
    at: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let target = if method == Method::HEAD {
        app.tracking.target(&token).await
    } else {
        match app.tracking.click(&token, visit(&app, at, &headers)).await {
            Err(fault @ (Fault::Busy { .. } | Fault::Broken { .. })) => {
                // Counting failed; the person still gets where they wanted.
                tracing::error!(%fault, "a click was not counted");
                app.tracking.target(&token).await
            }
            counted => counted,
        }
    };
    match target {
        Ok(url) => redirect(&url),
        Err(Fault::Missing { .. }) => missing(),
        Err(fault) => {
            tracing::error!(%fault, "a link could not be resolved");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], "Please try again in a moment.")
                .into_response()
        }
    }
}

fn redirect(url: &str) -> Response {
    let Ok(location) = HeaderValue::from_bytes(url.as_bytes()) else { return missing() };
    let head = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    let mut answer = (StatusCode::FOUND, head).into_response();
    answer.headers_mut().insert(header::LOCATION, location);
    answer
}

/// What an author wrote is shown on an origin of its own, where it can run nothing and reach nothing of ours.
const VIEW_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src https: http: data:; \
     style-src 'unsafe-inline' https:; font-src https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn web_view(State(app): State<App>, Path(token): Path<String>) -> Response {
    match app.tracking.web_view(&token).await {
        Ok(html) => {
            let head = [
                (header::CONTENT_SECURITY_POLICY, VIEW_POLICY),
                (header::CACHE_CONTROL, "private, no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            let mut answer = (head, Html(html)).into_response();
            answer.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex"));
            answer
        }
        Err(Fault::Missing { .. }) => (StatusCode::NOT_FOUND, Html(page::gone())).into_response(),
        Err(fault) => trouble(&fault),
    }
}

async fn view(State(app): State<App>, Path(token): Path<String>) -> Response {
    match app.tracking.unsubscribe_view(&token).await {
        Ok(view) => Html(page::unsubscribe(&token, &view)).into_response(),
        Err(Fault::Missing { .. }) => (StatusCode::NOT_FOUND, Html(page::unknown())).into_response(),
        Err(fault) => trouble(&fault),
    }
}

#[derive(Debug, Default, Deserialize)]
struct Answer {
    #[serde(default)]
    reason: Option<String>,
    /// RFC 8058: `List-Unsubscribe=One-Click`.
    #[serde(default, rename = "List-Unsubscribe")]
    one_click: Option<String>,
}

/// Acts at once. A mail program's one-click POST gets 200 even for a token we do not know, so that it learns nothing.
async fn unsubscribe(
    State(app): State<App>,
    Path(token): Path<String>,
    form: Result<Form<Answer>, FormRejection>,
) -> Response {
    // A body that cannot be read still means what the address says.
    let answer = form.map(|f| f.0).unwrap_or_default();
    let one_click = answer.one_click.as_deref() == Some("One-Click");
    let reason = answer.reason.filter(|r| !r.trim().is_empty()).map(|r| r.chars().take(500).collect());
    match app.tracking.unsubscribe(&token, reason, one_click).await {
        Ok(()) if one_click => (StatusCode::OK, "Unsubscribed.").into_response(),
        Err(Fault::Missing { .. }) if one_click => (StatusCode::OK, "Unsubscribed.").into_response(),
        Ok(()) => view_after(&app, &token).await,
        Err(Fault::Missing { .. }) => (StatusCode::NOT_FOUND, Html(page::unknown())).into_response(),
        Err(fault) => trouble(&fault),
    }
}

async fn resubscribe(State(app): State<App>, Path(token): Path<String>) -> Response {
    match app.tracking.resubscribe(&token).await {
        Ok(()) => view_after(&app, &token).await,
        Err(Fault::Missing { .. }) => (StatusCode::NOT_FOUND, Html(page::unknown())).into_response(),
        Err(fault) => trouble(&fault),
    }
}

/// Redirects after POST, so that a reload asks nothing again.
async fn view_after(_app: &App, token: &str) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/u/{token}")) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

fn trouble(fault: &Fault) -> Response {
    tracing::error!(%fault, "an unsubscribe page could not be answered");
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], Html(page::trouble())).into_response()
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "Not found").into_response()
}

fn visit(app: &App, at: ConnectInfo<SocketAddr>, headers: &HeaderMap) -> Visit {
    let client = asker::client_of(app, Some(at.0), headers);
    Visit { agent: client.agent, address: client.address }
}

/// The zone that recipients' pages write dates in: there is no person to ask, so it is named.
fn zone() -> Zone {
    Zone::utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::tracking::UnsubscribeView;

    #[test]
    fn a_redirect_keeps_the_target_byte_for_byte() {
        let url = "https://shop.example/a%2Fb?x=1&amp=2&y=%C3%A6#part";
        let answer = redirect(url);
        assert_eq!(answer.headers()[header::LOCATION], url);
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    }

    #[test]
    fn a_target_that_would_split_the_header_goes_nowhere() {
        assert_eq!(redirect("https://a.example/\r\nset-cookie: x=1").status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_page_never_shows_markup_from_outside() {
        let view = UnsubscribeView {
            company: "<script>alert(1)</script>".into(),
            address: "m•••@example.com".into(),
            subscribed: true,
            since: None,
            test: false,
        };
        assert!(!page::unsubscribe("t.m", &view).contains("<script"));
    }
}
