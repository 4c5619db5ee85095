//! The door: an API key in the `Authorization` header and nothing else. A cookie is not looked at, so no page of
//! another site can make a browser ask in somebody's name.

use super::problem::Problem;
use crate::wiring::App;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use contract::accounts::Secret;
use contract::{Actor, Fault, Who};
use kernel::{LimitFault, RateLimits, Room};
use std::sync::Arc;

/// Requests of one key in any minute.
pub const PER_MINUTE: u32 = 600;
const WINDOW: u32 = 60;

/// Who asks, and how much of their limit is left.
pub struct Entered {
    /// Who asks.
    pub actor: Actor,
    room: Room,
}

impl Entered {
    /// The limit and what is left of it, as draft-ietf-httpapi-ratelimit-headers writes it.
    pub fn headers(&self, headers: &mut HeaderMap) {
        policy(headers, self.room.left, self.room.resets);
    }
}

fn policy(headers: &mut HeaderMap, left: u32, resets: u32) {
    if let Ok(policy) = HeaderValue::from_str(&format!("\"key\";q={PER_MINUTE};w={WINDOW}")) {
        headers.insert("ratelimit-policy", policy);
    }
    if let Ok(now) = HeaderValue::from_str(&format!("\"key\";r={left};t={resets}")) {
        headers.insert("ratelimit", now);
    }
}

/// Reads the key and counts the request.
pub async fn enter(app: &App, headers: &HeaderMap) -> Result<Entered, Problem> {
    let key = bearer(headers).ok_or_else(|| nobody("Send your key as `Authorization: Bearer lux_…`."))?;
    let actor = app.accounts.actor_of_key(&key).await?;
    let actor = actor.ok_or_else(|| nobody("This key is not known. It may have been revoked."))?;
    let Who::ApiKey(id) = actor.who else { return Err(nobody("This is not an API key.")) };
    let limits = RateLimits::new(app.db.clone(), Arc::clone(&app.backend.clock));
    match limits.take_one(&format!("api.{id}"), WINDOW, PER_MINUTE).await {
        Ok(room) => Ok(Entered { actor, room }),
        Err(LimitFault::Db(error)) => Err(Fault::from(error).into()),
        Err(LimitFault::Exceeded { retry_after }) => {
            let detail = format!("This key may ask {PER_MINUTE} times a minute. Try again in {retry_after} seconds.");
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "limit", "Too many requests", detail);
            Err(problem.retry_after(retry_after))
        }
    }
}

fn nobody(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Not signed in", detail)
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let line = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = line.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && key.starts_with("lux_")).then(|| Secret(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(line));
        bearer(&headers).map(|key| key.0)
    }

    #[test]
    fn only_a_bearer_key_of_ours_is_read() {
        assert_eq!(read("Bearer lux_abc").as_deref(), Some("lux_abc"));
        assert_eq!(read("bearer  lux_abc").as_deref(), Some("lux_abc"));
        assert_eq!(read("Basic lux_abc"), None);
        assert_eq!(read("Bearer abc"), None);
        assert_eq!(read("lux_abc"), None);
    }
}
