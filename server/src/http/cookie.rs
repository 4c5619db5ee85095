//! The session cookie: `__Host-lux` over TLS, a plain name only on loopback http.

use crate::config::Config;
use axum::http::{HeaderMap, HeaderValue, header};
use contract::accounts::Secret;

/// Seconds a browser keeps the cookie; the server ends sessions by its own rules.
const MAX_AGE: u32 = 90 * 86_400;

/// Name of the cookie under this configuration.
pub fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-lux" } else { "lux_session" }
}

/// The value of a cookie in a request.
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// `Set-Cookie` that signs a browser in.
pub fn set(config: &Config, token: &Secret) -> Option<HeaderValue> {
    line(config, &token.0, MAX_AGE)
}

/// `Set-Cookie` that signs it out.
pub fn clear(config: &Config) -> Option<HeaderValue> {
    line(config, "", 0)
}

fn line(config: &Config, value: &str, age: u32) -> Option<HeaderValue> {
    let secure = if config.is_https() { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}", name(config)))
        .ok()
}
