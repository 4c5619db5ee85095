//! What became of one hand-over, and what a refusal says about the recipient.

use std::fmt;

use crate::Failure;

/// Where in the conversation an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Finding and reaching the host, up to its greeting.
    Connect,
    /// `EHLO`.
    Hello,
    /// The TLS handshake, at once or after `STARTTLS`.
    Tls,
    /// Signing in.
    Auth,
    /// `MAIL FROM`: the sender.
    Mail,
    /// `RCPT TO`: the recipient.
    Rcpt,
    /// `DATA` and the content, before its end mark.
    Data,
    /// The answer to the whole message.
    End,
}

impl Stage {
    /// Stable word for logs and the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Hello => "hello",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::End => "end",
        }
    }
}

/// Enhanced status code (RFC 3463), for example `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Enhanced {
    /// 2 success, 4 for now, 5 for good.
    pub class: u8,
    /// 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// Detail within the subject.
    pub detail: u16,
}

impl Enhanced {
    /// Reads the code at the start of a reply text and returns it with the rest.
    #[must_use]
    pub fn split(text: &str) -> (Option<Self>, &str) {
        let text = text.trim_start();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match Self::parse(word) {
            Some(code) => (Some(code), rest.trim_start()),
            None => (None, text),
        }
    }

    /// Reads `c.s.d` and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let number = |part: &str| {
            let plain = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if plain { part.parse::<u16>().ok() } else { None }
        };
        let mut parts = word.split('.');
        let class = match parts.next()? {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return None,
        };
        let subject = number(parts.next()?)?;
        let detail = number(parts.next()?)?;
        if parts.next().is_some() {
            return None;
        }
        Some(Self { class, subject, detail })
    }
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What became of one message for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took responsibility. Never send again.
    Accepted {
        /// Reply code, 250.
        code: u16,
        /// Reply text; often holds the other side's queue id.
        text: String,
    },
    /// Refused for good: this recipient or this message. See [`bounce_class`] for what it says about the contact.
    RefusedPermanent {
        /// Where it was refused.
        stage: Stage,
        /// Reply code, 5xx.
        code: u16,
        /// Enhanced code, when given.
        enhanced: Option<Enhanced>,
        /// Reply text.
        text: String,
    },
    /// Refused for now. Certainly not taken; counts as a used attempt.
    Deferred {
        /// Where it was refused.
        stage: Stage,
        /// Reply code, 4xx.
        code: u16,
        /// Enhanced code, when given.
        enhanced: Option<Enhanced>,
        /// Reply text.
        text: String,
    },
    /// The sender or its server is in trouble, whoever the recipient is: cool the sender down, burn no attempt.
    /// A [`crate::Status::Permanent`] failure (secret refused, sender refused) will hit every recipient: pause and tell.
    SenderTrouble {
        /// What is wrong. `context` holds `code`, `enhanced` and `text` when there was a reply.
        failure: Failure,
    },
    /// The conversation broke before the end mark of the message was given to the network: certainly not taken.
    /// Safe to try again. Count tries nevertheless: content that makes a server hang up would loop for ever.
    NotHandedOver {
        /// Where it broke.
        stage: Stage,
        /// What happened, in plain words.
        reason: String,
    },
    /// The end mark was at least partly on its way and no clear answer came: the message may have been taken.
    /// Never send again by itself.
    Unknown {
        /// What happened, in plain words.
        reason: String,
    },
}

impl Outcome {
    /// The other side certainly does not have the message.
    #[must_use]
    pub const fn is_certainly_unsent(&self) -> bool {
        !matches!(self, Self::Accepted { .. } | Self::Unknown { .. })
    }

    /// Reply code, when the server gave one.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Accepted { code, .. } | Self::RefusedPermanent { code, .. } | Self::Deferred { code, .. } => {
                Some(*code)
            }
            Self::SenderTrouble { failure } => failure.detail("code")?.parse().ok(),
            Self::NotHandedOver { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Enhanced code, when the server gave one.
    #[must_use]
    pub fn enhanced(&self) -> Option<Enhanced> {
        match self {
            Self::RefusedPermanent { enhanced, .. } | Self::Deferred { enhanced, .. } => *enhanced,
            Self::SenderTrouble { failure } => Enhanced::parse(failure.detail("enhanced")?),
            _ => None,
        }
    }

    /// What the server said, or what happened, for the report.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Accepted { text, .. } | Self::RefusedPermanent { text, .. } | Self::Deferred { text, .. } => text,
            Self::SenderTrouble { failure } => failure.detail("text").unwrap_or(failure.kind.as_str()),
            Self::NotHandedOver { reason, .. } | Self::Unknown { reason } => reason,
        }
    }

    /// Stable word for logs, metrics and the ledger.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::RefusedPermanent { .. } => "refused",
            Self::Deferred { .. } => "deferred",
            Self::SenderTrouble { .. } => "sender_trouble",
            Self::NotHandedOver { .. } => "not_handed_over",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { code, text } => write!(f, "accepted: {code} {text}"),
            Self::RefusedPermanent { stage, code, enhanced, text } => {
                write_reply(f, "refused", *stage, *code, *enhanced, text)
            }
            Self::Deferred { stage, code, enhanced, text } => {
                write_reply(f, "deferred", *stage, *code, *enhanced, text)
            }
            Self::SenderTrouble { failure } => write!(f, "sender trouble: {failure}"),
            Self::NotHandedOver { stage, reason } => write!(f, "not handed over ({}): {reason}", stage.as_str()),
            Self::Unknown { reason } => write!(f, "unknown: {reason}"),
        }
    }
}

fn write_reply(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    stage: Stage,
    code: u16,
    enhanced: Option<Enhanced>,
    text: &str,
) -> fmt::Result {
    write!(f, "{word} ({}): {code}", stage.as_str())?;
    if let Some(enhanced) = enhanced {
        write!(f, " {enhanced}")?;
    }
    write!(f, " {text}")
}

/// What a refusal says about the contact behind the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BounceClass {
    /// The address does not work: suppress at once.
    Hard,
    /// The mailbox has a problem that may pass: count, suppress after several.
    Soft,
    /// About this one message (too large, content, greylisting): says nothing about the contact.
    Ignore,
    /// Policy or reputation of the sender: do not suppress the contact, warn the sender.
    Block,
}

/// Sorts a refusal by code, enhanced code and, where servers are vague, its words.
#[must_use]
pub fn bounce_class(code: u16, enhanced: Option<Enhanced>, text: &str) -> BounceClass {
    let words = text.to_ascii_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    if let Some(Enhanced { class, subject, detail }) = enhanced {
        return match (class, subject, detail) {
            // 5.1.7 and 5.1.8 are about the sender's address
            (_, 1, 7 | 8) => BounceClass::Block,
            (5, 1, _) | (5, 2, 1) => BounceClass::Hard,
            // Some say "mailbox unavailable" under a code for the protocol
            (5, 5, 0 | 1) if says(UNKNOWN_USER) => BounceClass::Hard,
            (_, 2, 3) | (_, 3, 4) | (_, 5 | 6, _) => BounceClass::Ignore,
            (_, 7, _) if says(&["greylist", "graylist", "grey-list"]) => BounceClass::Ignore,
            (_, 7, _) => BounceClass::Block,
            (5, 4, 1 | 4 | 6) | (5, 0, _) if says(UNKNOWN_USER) => BounceClass::Hard,
            _ => BounceClass::Soft,
        };
    }
    if says(&["spam", "blocked", "blacklist", "blocklist", "reputation", "policy", "denied by", "dmarc", "spf"]) {
        BounceClass::Block
    } else if says(&["greylist", "graylist", "too large", "size limit", "out of office"])
        || code == 552 && says(&["size"])
    {
        BounceClass::Ignore
    } else if (500..600).contains(&code) && (says(UNKNOWN_USER) || matches!(code, 551 | 553)) {
        BounceClass::Hard
    } else if code == 550 && !says(&["full", "quota"]) {
        // RFC 5321: 550 on a recipient is "mailbox unavailable"
        BounceClass::Hard
    } else {
        BounceClass::Soft
    }
}

const UNKNOWN_USER: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "does not exist",
    "doesn't exist",
    "not exist",
    "no mailbox",
    "mailbox unavailable",
    "mailbox not found",
    "invalid recipient",
    "recipient rejected",
    "recipient not found",
    "address rejected",
    "null mx",
    "host not found",
    "domain not found",
    "couldn't find any host",
    "no mailbox here",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn class(code: u16, text: &str) -> BounceClass {
        let (enhanced, rest) = Enhanced::split(text);
        bounce_class(code, enhanced, rest)
    }

    #[test]
    fn an_enhanced_code_is_read_only_when_it_is_whole() {
        assert_eq!(Enhanced::split("5.1.1 user unknown"), (Enhanced::parse("5.1.1"), "user unknown"));
        assert_eq!(Enhanced::split("5.1 user"), (None, "5.1 user"));
        assert_eq!(Enhanced::split("5.1.1.1 user"), (None, "5.1.1.1 user"));
        assert_eq!(Enhanced::split("3.1.1 user"), (None, "3.1.1 user"));
        assert_eq!(Enhanced::split("5.1.1"), (Enhanced::parse("5.1.1"), ""));
        assert_eq!(Enhanced::parse("5.7.515").map(|e| e.to_string()), Some("5.7.515".to_owned()));
        assert_eq!(Enhanced::parse("5.+7.1"), None);
    }

    #[test]
    fn refusals_are_sorted_by_what_they_say_about_the_contact() {
        assert_eq!(class(550, "5.1.1 user unknown"), BounceClass::Hard);
        assert_eq!(class(550, "5.1.10 null MX"), BounceClass::Hard);
        assert_eq!(class(550, "5.2.1 mailbox disabled"), BounceClass::Hard);
        assert_eq!(class(550, "No such user here"), BounceClass::Hard);
        assert_eq!(class(550, "nope"), BounceClass::Hard);
        assert_eq!(class(552, "5.2.2 mailbox full"), BounceClass::Soft);
        assert_eq!(class(452, "4.2.2 over quota"), BounceClass::Soft);
        assert_eq!(class(552, "5.3.4 message too big"), BounceClass::Ignore);
        assert_eq!(class(554, "5.6.0 content rejected"), BounceClass::Ignore);
        assert_eq!(class(451, "4.7.1 Greylisted, come back"), BounceClass::Ignore);
        assert_eq!(class(550, "5.7.515 Access denied, sender not authenticated"), BounceClass::Block);
        assert_eq!(class(554, "message looks like spam"), BounceClass::Block);
        assert_eq!(class(550, "5.1.8 sender domain not found"), BounceClass::Block);
    }
}
