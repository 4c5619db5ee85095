//! Headers that every answer carries, and the cross-site check on everything that may change something.

use crate::wiring::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Policy for pages without a nonce of their own; pages replace it with [`page_policy`].
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Policy of an application page: scripts by nonce, nothing from another host. `unsafe-inline` covers styles only,
/// which the sandboxed preview of an email inherits and needs.
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self' blob: data:; manifest-src 'self'; \
         worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}

/// Adds what is missing of the security headers.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    add(header::CONTENT_SECURITY_POLICY, POLICY);
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::X_FRAME_OPTIONS, "DENY");
    add(header::REFERRER_POLICY, "same-origin");
    add(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    add(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if app.config.is_https() {
        add(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    answer
}

/// Refuses a request that another site made a browser send. Rule: OWASP CSRF cheat sheet, as Go 1.25 implements it:
/// `Sec-Fetch-Site` decides where it is sent, else `Origin` must name this host.
pub async fn refuse_cross_site(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && !is_same_site(request.headers(), app.config.base_url.origin().ascii_serialization().as_str()) {
        return (StatusCode::FORBIDDEN, "This request came from another site and was refused.").into_response();
    }
    // Leptos answers GET to any server function that is declared so; only reads are (a test lists them).
    next.run(request).await
}

fn is_same_site(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => true,
        Some(_) => false,
        None => match text("origin") {
            Some(sent) => {
                let host = text("host").unwrap_or_default();
                sent == origin || sent.split_once("://").is_some_and(|(_, rest)| rest == host)
            }
            // Neither header: an old browser or a program. A cookie alone is not enough to change anything.
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        is_same_site(&headers, "https://lux.example")
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        assert!(asked(&[("sec-fetch-site", "same-origin")]));
        assert!(asked(&[("sec-fetch-site", "none")]));
        assert!(asked(&[("origin", "https://lux.example")]));
        assert!(asked(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        for refused in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "https://lux.example")],
            &[("origin", "null")],
            &[("origin", "https://lux.example.evil")],
            &[("origin", "https://evil.example"), ("host", "lux.example")],
            &[],
        ] {
            assert!(!asked(refused), "{refused:?}");
        }
    }
}
