//! What goes out.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::Fault;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

/// An answer before it becomes a response; all but [`Answer::Raw`] can be kept and given again.
pub enum Answer {
    /// JSON or nothing.
    Told {
        /// Status.
        status: StatusCode,
        /// Path of what was made.
        location: Option<String>,
        /// JSON, empty for 204.
        body: String,
    },
    /// A stream.
    Raw(Response),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Raw(response) => response,
            Self::Told { status, location, body } => {
                let mut answer = (status, body).into_response();
                let headers = answer.headers_mut();
                if status == StatusCode::NO_CONTENT {
                    headers.remove(header::CONTENT_TYPE);
                } else {
                    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                }
                if let Some(location) = location.and_then(|l| HeaderValue::from_str(&l).ok()) {
                    headers.insert(header::LOCATION, location);
                }
                answer
            }
        }
    }
}

/// How an answer is described.
pub struct ReplyDoc {
    /// Status when it works.
    pub status: StatusCode,
    /// Media type and schema; `None` for 204.
    pub content: Vec<(&'static str, Schema)>,
}

/// What a handler answers.
pub trait Reply: Send + 'static {
    /// How it is described.
    fn doc(generator: &mut SchemaGenerator) -> ReplyDoc;
    /// Writes it.
    fn answer(self) -> Result<Answer, Fault>;
}

fn told<T: Serialize>(status: StatusCode, location: Option<String>, value: &T) -> Result<Answer, Fault> {
    let body = serde_json::to_string(value).map_err(kernel::fault::broken)?;
    Ok(Answer::Told { status, location, body })
}

fn json<T: JsonSchema>(generator: &mut SchemaGenerator, status: StatusCode) -> ReplyDoc {
    ReplyDoc { status, content: vec![("application/json", generator.subschema_for::<T>())] }
}

/// 200 with JSON.
pub struct Shown<T>(pub T);

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Shown<T> {
    fn doc(generator: &mut SchemaGenerator) -> ReplyDoc {
        json::<T>(generator, StatusCode::OK)
    }

    fn answer(self) -> Result<Answer, Fault> {
        told(StatusCode::OK, None, &self.0)
    }
}

/// 201 with what was made and where it is, as a path below `/api/v1`.
pub struct Made<T>(pub String, pub T);

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Made<T> {
    fn doc(generator: &mut SchemaGenerator) -> ReplyDoc {
        json::<T>(generator, StatusCode::CREATED)
    }

    fn answer(self) -> Result<Answer, Fault> {
        told(StatusCode::CREATED, Some(format!("/api/v1{}", self.0)), &self.1)
    }
}

/// 202 with work that goes on in the background, and where to look.
pub struct Taken<T>(pub String, pub T);

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Taken<T> {
    fn doc(generator: &mut SchemaGenerator) -> ReplyDoc {
        json::<T>(generator, StatusCode::ACCEPTED)
    }

    fn answer(self) -> Result<Answer, Fault> {
        told(StatusCode::ACCEPTED, Some(format!("/api/v1{}", self.0)), &self.1)
    }
}

/// The same with a secret in it: never kept to be given again under an `Idempotency-Key`.
pub struct Unkept<R>(pub R);

impl<R: Reply> Reply for Unkept<R> {
    fn doc(generator: &mut SchemaGenerator) -> ReplyDoc {
        R::doc(generator)
    }

    fn answer(self) -> Result<Answer, Fault> {
        Ok(Answer::Raw(self.0.answer()?.into_response()))
    }
}

/// 204.
pub struct Done;

impl Reply for Done {
    fn doc(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc { status: StatusCode::NO_CONTENT, content: Vec::new() }
    }

    fn answer(self) -> Result<Answer, Fault> {
        Ok(Answer::Told { status: StatusCode::NO_CONTENT, location: None, body: String::new() })
    }
}

/// A CSV file.
pub struct Csv(pub Response);

impl Reply for Csv {
    fn doc(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc { status: StatusCode::OK, content: vec![("text/csv", schemars::json_schema!({ "type": "string" }))] }
    }

    fn answer(self) -> Result<Answer, Fault> {
        Ok(Answer::Raw(self.0))
    }
}

/// JSON, or server-sent events for those who accept only them.
pub enum Feed<T> {
    /// What there is now.
    Page(T),
    /// What is to come.
    Stream(Response),
}

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Feed<T> {
    fn doc(generator: &mut SchemaGenerator) -> ReplyDoc {
        let mut doc = json::<T>(generator, StatusCode::OK);
        doc.content.push(("text/event-stream", schemars::json_schema!({ "type": "string" })));
        doc
    }

    fn answer(self) -> Result<Answer, Fault> {
        match self {
            Self::Page(page) => told(StatusCode::OK, None, &page),
            Self::Stream(response) => Ok(Answer::Raw(response)),
        }
    }
}
