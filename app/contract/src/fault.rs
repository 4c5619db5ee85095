//! What can go wrong, as the caller may know it. Internals stay in the log under the trace id.

use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use thiserror::Error;

/// One refused value: which field, and what to do about it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field as the request spells it, for example `email` or `lines.3.email`.
    pub field: String,
    /// What is wrong and how to mend it, one sentence.
    pub message: String,
}

/// The one error of every service, server function and API route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum Fault {
    /// A value was refused; nothing was changed. HTTP 422.
    #[error("{}", .fields.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid {
        /// Every refused value, in the order of the form.
        fields: Vec<FieldError>,
    },
    /// Nobody is signed in, or the key is not known. HTTP 401.
    #[error("Sign in to go on.")]
    Unauthenticated,
    /// Signed in, but not allowed. HTTP 403.
    #[error("{message}")]
    Denied {
        /// Which right is missing and who can give it.
        message: String,
    },
    /// It is not there, or belongs to another company: the two look the same on purpose. HTTP 404.
    #[error("{what} was not found.")]
    Missing {
        /// The noun, for example `Campaign`.
        what: String,
    },
    /// The state changed meanwhile, or the name is taken. HTTP 409.
    #[error("{message}")]
    Conflict {
        /// What is in the way and how to go on.
        message: String,
    },
    /// Try again after a while. HTTP 429 or 503.
    #[error("{message}")]
    Busy {
        /// Seconds to wait.
        retry_after: u32,
        /// What is busy.
        message: String,
    },
    /// Our fault. HTTP 500.
    #[error("Something went wrong on our side. The log has it under {trace}.")]
    Broken {
        /// The id under which the log holds the cause.
        trace: String,
    },
}

impl Fault {
    /// One refused field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { fields: vec![FieldError { field: field.into(), message: message.into() }] }
    }

    /// A noun that is not there.
    pub fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into() }
    }

    /// A state that is in the way.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict { message: message.into() }
    }

    /// A right that is missing.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::Denied { message: message.into() }
    }

    /// The message for one field, if this fault refuses that field.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Invalid { fields } => fields.iter().find(|f| f.field == name).map(|f| f.message.as_str()),
            _ => None,
        }
    }

    /// The HTTP status that stands for this fault.
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } => 422,
            Self::Unauthenticated => 401,
            Self::Denied { .. } => 403,
            Self::Missing { .. } => 404,
            Self::Conflict { .. } => 409,
            Self::Busy { .. } => 429,
            Self::Broken { .. } => 500,
        }
    }
}

impl FromServerFnError for Fault {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Busy {
                retry_after: 5,
                message: "The server could not be reached. Check the connection and try again.".into(),
            },
            ServerFnErrorErr::Args(message) | ServerFnErrorErr::MissingArg(message) => {
                Self::invalid("request", format!("The request could not be read: {message}."))
            }
            other => Self::Broken { trace: other.to_string() },
        }
    }
}

/// Collects refused fields, so that a form learns of all of them at once.
#[derive(Default, Debug)]
pub struct Refusals(Vec<FieldError>);

impl Refusals {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses `field` when `bad` holds.
    pub fn check(&mut self, bad: bool, field: &str, message: impl Into<String>) -> &mut Self {
        if bad {
            self.push(field, message);
        }
        self
    }

    /// Refuses `field`.
    pub fn push(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// A fault if anything was refused.
    pub fn done(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::Invalid { fields: self.0 }) }
    }
}
