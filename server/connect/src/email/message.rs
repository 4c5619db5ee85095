//! What a message is before it has bytes.

use super::address::Address;
use super::mime::File;

/// An address with the name people see beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Display name; `None` or empty shows the bare address.
    pub name: Option<String>,
    /// Where it goes.
    pub address: Address,
}

impl Mailbox {
    /// A mailbox without a display name.
    #[must_use]
    pub const fn bare(address: Address) -> Self {
        Self { name: None, address }
    }

    /// A mailbox with a display name.
    #[must_use]
    pub fn named(name: impl Into<String>, address: Address) -> Self {
        Self { name: Some(name.into()), address }
    }
}

/// Where a recipient's mail program can unsubscribe (RFC 2369 and RFC 8058).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUnsubscribe {
    /// Link that accepts the one-click POST. `List-Unsubscribe-Post` is only written when it is https.
    pub url: String,
    /// `mailto:` address for programs that prefer mail, with or without the `mailto:` prefix.
    pub mailto: Option<String>,
}

/// Names the stream of mail a message belongs to (RFC 2919).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListId {
    /// Name for people, for example the topic.
    pub label: Option<String>,
    /// Stable identifier in a domain of the sender: `news.example.org`.
    pub id: String,
}

/// One mail to one recipient, ready to be written by [`super::mime::build`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Author.
    pub from: Mailbox,
    /// Where answers go, when that is not the author.
    pub reply_to: Option<Mailbox>,
    /// Recipient as shown in the mail.
    pub to: Mailbox,
    /// Subject line, any text without line breaks.
    pub subject: String,
    /// HTML body. `None` or empty makes a text-only mail.
    pub html: Option<String>,
    /// Text body.
    pub text: String,
    /// Message id without angle brackets: `token@from-domain`. The same on every retry of the same attempt key.
    pub message_id: String,
    /// When it was written, unix microseconds.
    pub date: i64,
    /// One-click unsubscribe; on all marketing mail, not on transactional.
    pub list_unsubscribe: Option<ListUnsubscribe>,
    /// Which stream of mail this is.
    pub list_id: Option<ListId>,
    /// Value of `Feedback-ID` (`campaign:customer:type:sender`), used by Gmail's spam dashboard.
    pub feedback_id: Option<String>,
    /// Written as `X-Lux-Attempt`, so that a bounce can be matched to its ledger row.
    pub attempt: Option<String>,
    /// `Auto-Submitted: auto-generated`, for notices a machine wrote by itself. Not for campaigns.
    pub auto_submitted: bool,
    /// Files that go with it, and pictures that the HTML shows.
    pub files: Vec<File>,
    /// More headers, name and value. Names the writer sets itself are refused.
    pub headers: Vec<(String, String)>,
}

impl Message {
    /// A message with the required parts; the rest is empty and can be set on the fields.
    #[must_use]
    pub fn new(
        from: Mailbox,
        to: Mailbox,
        subject: impl Into<String>,
        message_id: impl Into<String>,
        date: i64,
    ) -> Self {
        Self {
            from,
            reply_to: None,
            to,
            subject: subject.into(),
            html: None,
            text: String::new(),
            message_id: message_id.into(),
            date,
            list_unsubscribe: None,
            list_id: None,
            feedback_id: None,
            attempt: None,
            auto_submitted: false,
            files: Vec::new(),
            headers: Vec::new(),
        }
    }
}
