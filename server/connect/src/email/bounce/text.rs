//! Notices of servers that write for people only: Exchange, qmail, old sendmail and exim, and the like.

use super::class::{classify, enhanced_in};
use super::parts::Parts;
use super::{Action, Class, Notice, Original, find};

/// Lines after which the message that came back begins; lower case, without dashes and spaces around.
const CUTS: [&str; 16] = [
    "this is a copy of the message",
    "below this line is a copy of the message",
    "below this line is the original",
    "the header of the original message",
    "original message headers",
    "original message header",
    "original message",
    "original message follows",
    "message header follows",
    "message text follows",
    "returned message",
    "returned message follows",
    "unsent message follows",
    "unsent message below",
    "transcript of session follows end",
    "your original message",
];

/// Parts of subjects of such notices, lower case.
const SUBJECTS: [&str; 24] = [
    "undeliver",
    "undelivered",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery report",
    "delivery error",
    "delivery problem",
    "failure notice",
    "failure delivery",
    "mail delivery failed",
    "returned mail",
    "message not delivered",
    "message could not be delivered",
    "could not be delivered",
    "could not send message",
    "mail system error",
    "nondeliverable",
    "non-deliverable",
    "unzustellbar",
    "non remis",
    "no se puede entregar",
    "delayed",
];

/// Whether the letter is a notice of a mail server.
pub(super) fn is_report(parts: &Parts) -> bool {
    let head = &parts.head;
    if ["X-Failed-Recipients", "X-MS-Exchange-Message-Is-Ndr"].iter().any(|name| head.get(name).is_some()) {
        return true;
    }
    let kind = head.get("Content-Type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("report-type") && kind.contains("delivery-status") {
        return true;
    }
    let from = head.get("From").unwrap_or_default().to_lowercase();
    let is_daemon = ["mailer-daemon", "mailerdaemon", "mail-daemon", "mail delivery sub", "mail delivery sys"]
        .iter()
        .any(|name| from.contains(name));
    let subject = head.get("Subject").unwrap_or_default().to_lowercase();
    let says = SUBJECTS.iter().any(|part| subject.contains(part));
    let empty_path = head.get("Return-Path").is_some_and(|path| path.trim() == "<>");
    let office = empty_path || from.contains("postmaster@") || from.contains("microsoftexchange");
    is_daemon && (says || enhanced_in(&parts.text).is_some() || !find::addresses(&parts.text).is_empty())
        || says && office
}

/// Whether it is a complaint of a mailbox provider that does not write feedback reports: the letter with the message
/// attached that Outlook.com sent for many years.
pub(super) fn is_complaint(parts: &Parts) -> bool {
    let from = parts.head.get("From").unwrap_or_default().to_ascii_lowercase();
    let subject = parts.head.get("Subject").unwrap_or_default().to_ascii_lowercase();
    parts.original.is_some()
        && from.contains("staff@hotmail.com")
        && subject.starts_with("complaint about message from")
}

/// What it says, one notice per address.
pub(super) fn notices(parts: &Parts, original: &Original) -> Vec<Notice> {
    let text = before_original(&parts.text);
    let subject = parts.head.get("Subject").unwrap_or_default().to_lowercase();
    let action = match subject.contains("delay") || subject.contains("warning:") || says_delayed(text) {
        true => Action::Delayed,
        false => Action::Failed,
    };
    let named: Vec<String> = parts.head.all("X-Failed-Recipients").flat_map(find::addresses).collect();
    let own = not_recipients(parts, original);
    let mut blocks = blocks(text, &own);
    if !named.is_empty() {
        blocks.retain(|(address, _)| named.contains(address));
        for address in named {
            if !blocks.iter().any(|(known, _)| *known == address) {
                blocks.push((address, text.to_owned()));
            }
        }
    }
    let notice = |address: Option<String>, words: &str| {
        let words = find::one_line(words);
        let (class, status) = classify(action, None, &words);
        Notice { address, original_address: None, action, status, diagnostic: words, feedback: String::new(), class }
    };
    if blocks.is_empty() {
        return vec![notice(original.to.clone(), text)];
    }
    // Some list the addresses first and the reasons after: a block without a code of its own takes the whole text's.
    let whole = enhanced_in(text);
    blocks
        .iter()
        .map(|(address, words)| {
            let own = notice(Some(address.clone()), words);
            match own.status.is_none() && whole.is_some() && own.class == Class::Soft {
                true => notice(Some(address.clone()), text),
                false => own,
            }
        })
        .collect()
}

fn says_delayed(text: &str) -> bool {
    let words = text.get(..text.len().min(2000)).unwrap_or_default().to_lowercase();
    [
        "will keep trying",
        "will continue to try",
        "will be retried",
        "do not need to resend",
        "this is a warning message only",
    ]
    .iter()
    .any(|part| words.contains(part))
}

fn before_original(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim().trim_matches(['-', '*', '=', '_', ' ', ':', '.']).to_lowercase();
        if at > 0 && CUTS.iter().any(|cut| plain.starts_with(cut)) {
            return text.get(..at).unwrap_or(text);
        }
        at += line.len();
    }
    text
}

/// The daemon, the sender that the letter goes back to, and ids that look like addresses.
fn not_recipients(parts: &Parts, original: &Original) -> Vec<String> {
    let mut all = parts.to();
    all.extend(original.message_id.as_deref().and_then(find::address));
    all.extend(
        ["From", "Reply-To", "Sender", "Return-Path"]
            .iter()
            .filter_map(|n| parts.head.get(n))
            .flat_map(find::addresses),
    );
    all
}

/// Each address with the words from its line up to the next address or the second empty line.
fn blocks(text: &str, own: &[String]) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let (mut open, mut gaps) = (false, 0);
    for line in text.lines() {
        let found = find::addresses(line);
        let new = found.into_iter().find(|a| {
            let local = a.split('@').next().unwrap_or_default();
            !own.contains(a) && !matches!(local, "postmaster" | "mailer-daemon" | "abuse" | "support")
        });
        match new {
            Some(address) if blocks.iter().any(|(known, _)| *known == address) => (open, gaps) = (true, 0),
            Some(address) if blocks.len() < 100 => {
                blocks.push((address, String::new()));
                (open, gaps) = (true, 0);
            }
            _ => {}
        }
        if line.trim().is_empty() {
            gaps += 1;
        }
        if let (true, true, Some((_, words))) = (open, gaps < 2, blocks.last_mut()) {
            words.push_str(line);
            words.push('\n');
        }
    }
    blocks
}
