//! The embedded site: styles, scripts, WebAssembly, icons. Compressed at build time, revalidated by ETag.

use crate::wiring::App;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{Embed, EmbeddedFile};
use std::sync::LazyLock;

#[derive(Embed)]
#[folder = "../target/site/"]
#[allow_missing = true]
struct Site;

/// Read so that a changed site makes cargo compile this file again, whose files it cannot know.
const _: Option<&str> = option_env!("LUX_SITE_BUILD");

/// The build that lazy routes are of: a page of another build loads itself anew instead of mixing the two.
static BUILD: LazyLock<Option<HeaderValue>> =
    LazyLock::new(|| HeaderValue::from_str(text("pkg/code.txt")?.trim()).ok());

/// Routes of the embedded files.
pub fn router() -> Router<App> {
    Router::new()
        .route(
            "/pkg/{*path}",
            get(|headers: HeaderMap, Path(path): Path<String>| async move { file(&headers, &format!("pkg/{path}")) }),
        )
        .route(
            "/icons/{*path}",
            get(|headers: HeaderMap, Path(path): Path<String>| async move { file(&headers, &format!("icons/{path}")) }),
        )
        .route("/manifest.webmanifest", get(|headers: HeaderMap| async move { file(&headers, "manifest.webmanifest") }))
        .route("/service-worker.js", get(|headers: HeaderMap| async move { file(&headers, "service-worker.js") }))
        .route("/offline.html", get(|headers: HeaderMap| async move { file(&headers, "offline.html") }))
        .route("/favicon.ico", get(|headers: HeaderMap| async move { file(&headers, "icons/favicon.ico") }))
        .route("/robots.txt", get(|| async { "User-agent: *\nDisallow: /\n" }))
}

/// An embedded file as text, for what must be on disk at run time.
pub fn text(path: &str) -> Option<String> {
    String::from_utf8(Site::get(path)?.data.into_owned()).ok()
}

fn file(headers: &HeaderMap, path: &str) -> Response {
    let Some(plain) = Site::get(path) else {
        return (StatusCode::NOT_FOUND, "Not found").into_response();
    };
    let tag = etag(&plain);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|sent| sent.as_bytes() == tag.as_bytes()) {
        let mut answer = (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
        name_build(path, answer.headers_mut());
        return answer;
    }
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(name, _)| accepts.split(',').any(|a| a.trim().split(';').next() == Some(name)))
        .find_map(|(name, suffix)| Some((name, Site::get(&format!("{path}.{suffix}"))?)));
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let (encoding, body) = match packed {
        Some((name, file)) => (Some(name), file.data),
        None => (None, plain.data),
    };
    let mut answer = body.into_response();
    let out = answer.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    if let Some(name) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    name_build(path, out);
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// Also where nothing was modified: the browser keeps the headers of that answer.
fn name_build(path: &str, headers: &mut HeaderMap) {
    if path.ends_with(".wasm")
        && let Some(build) = BUILD.as_ref()
    {
        headers.insert(HeaderName::from_static("x-lux-build"), build.clone());
    }
}

fn etag(file: &EmbeddedFile) -> String {
    format!("\"{}\"", hex::encode(file.metadata.sha256_hash().get(..12).unwrap_or_default()))
}
