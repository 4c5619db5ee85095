//! What a report says about the contact behind the address.

use super::Action;
use crate::email::outcome::{BounceClass, Enhanced, bounce_class};

/// What a report says about the contact behind the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The address does not work.
    Hard,
    /// The mailbox has a trouble that may pass: it counts.
    Soft,
    /// About this one message: too large, content, greylisting, still being tried.
    Ignore,
    /// Policy or reputation: about the sender, not about the contact.
    Block,
    /// The person reported the message as spam.
    Complaint,
    /// A program answered.
    AutoReply,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 6] = [Self::Hard, Self::Soft, Self::Ignore, Self::Block, Self::Complaint, Self::AutoReply];

    /// Stable word for the database and the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Ignore => "ignore",
            Self::Block => "block",
            Self::Complaint => "complaint",
            Self::AutoReply => "auto_reply",
        }
    }
}

impl From<BounceClass> for Class {
    fn from(class: BounceClass) -> Self {
        match class {
            BounceClass::Hard => Self::Hard,
            BounceClass::Soft => Self::Soft,
            BounceClass::Ignore => Self::Ignore,
            BounceClass::Block => Self::Block,
        }
    }
}

/// Sorts a notice by its status, its words and the codes within them; gives the code it went by along.
///
/// The words of the server that refused are closer to the matter than the status of the server that reports, which
/// often only says `5.0.0`.
#[must_use]
pub fn classify(action: Action, status: Option<Enhanced>, words: &str) -> (Class, Option<Enhanced>) {
    let within = enhanced_in(words);
    let vague = |code: &Enhanced| code.subject == 0;
    let code = match (status, within) {
        (Some(status), Some(within)) if vague(&status) => Some(within),
        (status, within) => status.or(within),
    };
    if action != Action::Failed {
        return (Class::Ignore, code);
    }
    let reply = reply_in(words).unwrap_or(match code {
        Some(code) if code.class == 4 => 450,
        _ => 500,
    });
    // Without a detail the code says no more than the class: then the words decide.
    let known = code.filter(|code| !vague(code));
    (bounce_class(reply, known, words).into(), code)
}

/// The first word that is an enhanced code, whatever brackets stand around it.
pub(super) fn enhanced_in(words: &str) -> Option<Enhanced> {
    let edge = |c: char| !c.is_ascii_digit() && c != '.';
    words.split(edge).map(|word| word.trim_matches('.')).find_map(Enhanced::parse)
}

/// The first word that is a reply code of a refusal.
fn reply_in(words: &str) -> Option<u16> {
    let edge = |c: char| !c.is_ascii_alphanumeric() && c != '.';
    words
        .split(edge)
        .filter(|word| word.len() == 3)
        .find_map(|word| word.parse::<u16>().ok().filter(|code| (400..600).contains(code)))
}
