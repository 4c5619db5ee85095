//! What providers tell by calling us: who may be believed, and what they say. Pure: time and secrets come in.
//!
//! Every provider proves itself in its own way (see the files); what cannot be proved is refused before it is read. Times
//! within a signature are held against a window: [`WINDOW`] where we say how calls are made, a longer one where the
//! provider repeats a call for hours with the signature of the first. Repeats are harmless either way: an [`Event`] has an
//! id, and whoever keeps them takes each once.

mod generic;
mod mailgun;
mod postmark;
mod sendgrid;
mod ses;
#[cfg(test)]
mod tests;

pub use generic::{read as generic, sign as sign_generic};
pub use mailgun::read as mailgun;
pub use postmark::read as postmark;
pub use sendgrid::{is_key as is_sendgrid_key, read as sendgrid};
pub use ses::{Notification, certificate_host, read as ses};

use super::class::{Class, classify};
use super::{Action, find};
use crate::email::address::normalise;
use crate::email::outcome::Enhanced;
use jiff::Timestamp;

/// Seconds that a signature of our own form may be old or ahead.
pub const WINDOW: i64 = 300;
/// Seconds that a signature may be old where the provider repeats calls with the first one.
pub const LONG_WINDOW: i64 = 3 * 24 * 3600;
/// Most events of one call.
pub const MOST: usize = 10_000;

/// One thing a provider tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The provider's id of it: the same in every repeat.
    pub id: String,
    /// Address in its one spelling.
    pub address: String,
    /// What it says about the contact.
    pub class: Class,
    /// Code, or empty.
    pub code: String,
    /// The server's words, one line.
    pub words: String,
    /// Message-ID of the message it is about, without brackets, where it is told.
    pub message_id: Option<String>,
    /// When it happened, unix microseconds.
    pub at: i64,
}

/// Why a call is not taken. The words are for the person who set it up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// No signature, or one that is not good.
    #[error("{0}")]
    Refused(&'static str),
    /// The signature is of another time.
    #[error("the signature is too old or from the future: compare the clocks")]
    Stale,
    /// Signed well, and yet not in the form that is known.
    #[error("the body is not in the form that was expected: {0}")]
    Form(String),
}

impl From<serde_json::Error> for HookError {
    fn from(error: serde_json::Error) -> Self {
        Self::Form(error.to_string())
    }
}

/// A call, as the readers need it.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Finds a header by its name in lower case.
    pub header: &'a (dyn Fn(&str) -> Option<&'a str> + Sync),
    /// Body as it came.
    pub body: &'a [u8],
    /// Secrets that are good now.
    pub secrets: &'a [&'a str],
    /// Unix seconds.
    pub now: i64,
}

/// The parts of an event before they are checked.
#[derive(Debug, Default)]
struct Told<'a> {
    id: String,
    address: &'a str,
    class: Option<Class>,
    code: &'a str,
    words: &'a str,
    message_id: Option<&'a str>,
    at: i64,
}

impl Told<'_> {
    /// `None` where nobody is named, or nothing tells it from the next.
    fn event(self) -> Option<Event> {
        if self.id.is_empty() {
            return None;
        }
        let address = normalise(self.address).ok()?.as_str().to_owned();
        let words = find::one_line(self.words);
        let status = Enhanced::parse(self.code);
        let (sorted, found) = classify(Action::Failed, status, &words);
        let code = match (self.code, found) {
            ("", Some(found)) => found.to_string(),
            (code, _) => code.chars().take(40).collect(),
        };
        let message_id = self.message_id.map(|id| id.trim().trim_matches(['<', '>']).to_owned());
        Some(Event {
            id: self.id.chars().take(200).collect(),
            address,
            class: self.class.unwrap_or(sorted),
            code,
            words,
            message_id: message_id.filter(|id| !id.is_empty() && id.len() <= 250),
            at: self.at,
        })
    }
}

/// Refuses what is outside of the window; the future gets the short one always.
fn fresh(signed: i64, now: i64, window: i64) -> Result<(), HookError> {
    let age = now.saturating_sub(signed);
    if age > window || age < -WINDOW { Err(HookError::Stale) } else { Ok(()) }
}

/// Unix microseconds of a time in text, or now.
fn micros(text: &str, now: i64) -> i64 {
    text.parse::<Timestamp>().map_or(now.saturating_mul(1_000_000), Timestamp::as_microsecond)
}

/// Compares without telling by time where two texts differ; their lengths are no secret.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0_u8, |all, (a, b)| all | (a ^ b)) == 0
}
