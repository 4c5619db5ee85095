//! Faults as RFC 9457 problems.
//!
//! | fault | status | |
//! |---|---|---|
//! | refused values | 422 | `fields` names each |
//! | no or unknown key | 401 | with `WWW-Authenticate` |
//! | scope missing | 403 | |
//! | not there, or another company's | 404 | the two look the same |
//! | state in the way | 409 | |
//! | too many requests | 429 | only from the limit per key, see `limit` |
//! | busy or out of reach | 503 | with `Retry-After`: the service asks to come back |
//! | our fault | 500 | `trace` finds it in the log |

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::{Fault, FieldError};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Problem {
    /// Address that names the kind of problem, below the API's own page.
    #[serde(rename = "type", serialize_with = "address")]
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// HTTP status, for those who only see the body.
    pub status: u16,
    /// What happened this time and how to go on.
    pub detail: String,
    /// Refused values, for 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Id under which the log has the cause, for 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Seconds to wait, sent as `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

fn address<S: Serializer>(kind: &&'static str, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("/api#{kind}"))
}

impl Problem {
    /// A problem of a kind that is no fault of a service.
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            fields: Vec::new(),
            trace: None,
            retry_after: None,
        }
    }

    /// Asks to come back after so many seconds.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<&Fault> for Problem {
    fn from(fault: &Fault) -> Self {
        let detail = fault.to_string();
        match fault {
            Fault::Invalid { fields } => Self {
                fields: fields.clone(),
                ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A value was refused", detail)
            },
            Fault::Unauthenticated => Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Not signed in",
                "Nobody is signed in, or the key is not known.",
            ),
            Fault::Denied { .. } => Self::new(StatusCode::FORBIDDEN, "denied", "Not allowed", detail),
            Fault::Missing { .. } => Self::new(StatusCode::NOT_FOUND, "missing", "Not found", detail),
            Fault::Conflict { .. } => Self::new(StatusCode::CONFLICT, "conflict", "The state is in the way", detail),
            Fault::Busy { retry_after, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", detail).retry_after(*retry_after)
            }
            Fault::Broken { trace } => Self {
                trace: Some(trace.clone()),
                ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "Our fault", detail)
            },
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::from(&fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Serializing strings and numbers cannot fail; an empty object would still carry the status.
        let body = serde_json::to_string(&self).unwrap_or_else(|_| "{}".into());
        let mut answer = (status, body).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Lux API\""));
        }
        answer
    }
}

/// The answer for a fault.
pub fn problem(fault: &Fault) -> Response {
    Problem::from(fault).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::fault::Refusals;

    #[test]
    fn every_refused_field_is_named() {
        let mut refusals = Refusals::new();
        refusals.push("email", "Write an address.");
        refusals.push("lines.3.phone", "Write a number.");
        let problem = Problem::from(&refusals.done().unwrap_err());
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["status"], 422);
        assert_eq!(json["fields"][1]["field"], "lines.3.phone");
        assert_eq!(json["type"], "/api#invalid");
    }

    #[test]
    fn busy_asks_to_come_back_and_no_key_says_how_to_sign_in() {
        let busy = problem(&Fault::Busy { retry_after: 7, message: "The database does not answer.".into() });
        assert_eq!(busy.status(), 503);
        assert_eq!(busy.headers()["retry-after"], "7");
        assert_eq!(busy.headers()["content-type"], MEDIA_TYPE);
        let nobody = problem(&Fault::Unauthenticated);
        assert_eq!(nobody.headers()["www-authenticate"], "Bearer realm=\"Lux API\"");
    }
}
