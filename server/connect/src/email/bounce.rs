//! What comes back: delivery reports (RFC 3464), complaints (RFC 5965), the notices of servers that follow neither, and
//! automatic answers, read from the bytes of a letter; and the [`Inbox`]es such letters are taken from.
//!
//! [`read`] is pure and takes any bytes: what cannot be understood is [`ReportKind::Other`], never an error and never a
//! panic. It claims nothing about whose message came back. It hands on every trace there is ([`Report::to`] for signed
//! return addresses, the original's Message-ID and attempt), and who keeps the ledger decides.

mod auto;
mod class;
mod fields;
mod find;
pub mod hook;
mod imap;
mod inbox;
mod letter;
mod parts;
mod pop3;
mod text;
mod wire;

#[cfg(test)]
mod tests;

pub use class::{Class, classify};
pub use imap::Imap;
pub use inbox::{Access, After, Batch, Guard, Inbox, Letter, MAX_LETTER};
pub use letter::read;
pub use pop3::Pop3;

use super::outcome::Enhanced;

/// What kind of letter it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// Says what became of a message.
    Delivery,
    /// Somebody pressed "this is spam".
    Complaint,
    /// A program answered for a person: out of office and the like.
    AutoReply,
    /// Anything else, perhaps written by a person.
    Other,
}

/// What a server says it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Gave up.
    Failed,
    /// Still tries.
    Delayed,
    /// Delivered, passed on or expanded: no trouble.
    Delivered,
}

/// What is known about the message that came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Original {
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// Our attempt header.
    pub attempt: Option<String>,
    /// First recipient in its `To`.
    pub to: Option<String>,
}

/// What a letter says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The address in its one spelling, where the letter names one.
    pub address: Option<String>,
    /// The address before it was forwarded, where the letter tells.
    pub original_address: Option<String>,
    /// What was done.
    pub action: Action,
    /// Enhanced status code, where there is one.
    pub status: Option<Enhanced>,
    /// The server's words, one line, at most 500 characters.
    pub diagnostic: String,
    /// `abuse` and so on, of a complaint; else empty.
    pub feedback: String,
    /// What it says about the contact.
    pub class: Class,
}

/// A letter, understood as far as it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What kind.
    pub kind: ReportKind,
    /// The same for every copy of the letter, other for every other letter: 64 hex digits.
    pub id: String,
    /// Addresses the letter went to, and those the original says it came from, lower case: a signed return address is
    /// among them where one was used.
    pub to: Vec<String>,
    /// The message it is about.
    pub original: Original,
    /// One per recipient; empty for [`ReportKind::Other`].
    pub notices: Vec<Notice>,
}
