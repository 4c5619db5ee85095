//! How bounces read, said once.

use contract::bounces::{BounceClass, BounceHook, BounceMailbox, HookKind, MailboxDraft, MailboxKind};
use contract::contacts::Suppressed;
use contract::senders::TlsMode;
use kit::{Shape, Status, Tone, format};
use leptos::prelude::*;
use session::Viewer;

/// What a class means for the contact, as short as it goes.
pub fn class_words(class: BounceClass) -> &'static str {
    match class {
        BounceClass::Hard => "The address does not work",
        BounceClass::Soft => "The mailbox has a trouble that may pass",
        BounceClass::Ignore => "Only this message was refused",
        BounceClass::Block => "The sender was blocked",
        BounceClass::Complaint => "Reported as spam",
        BounceClass::AutoReply => "Automatic answer",
    }
}

/// What a class is called.
pub fn class_name(class: BounceClass) -> &'static str {
    match class {
        BounceClass::Hard => "Hard bounce",
        BounceClass::Soft => "Soft bounce",
        BounceClass::Ignore => "Message refused",
        BounceClass::Block => "Blocked",
        BounceClass::Complaint => "Complaint",
        BounceClass::AutoReply => "Automatic answer",
    }
}

/// What many of a class are called.
pub fn class_plural(class: BounceClass) -> &'static str {
    match class {
        BounceClass::Hard => "Hard bounces",
        BounceClass::Soft => "Soft bounces",
        BounceClass::Ignore => "Messages refused",
        BounceClass::Block => "Blocked",
        BounceClass::Complaint => "Complaints",
        BounceClass::AutoReply => "Automatic answers",
    }
}

/// A class as a status.
pub fn class_status(class: BounceClass) -> AnyView {
    let (tone, shape) = match class {
        BounceClass::Hard | BounceClass::Complaint => (Tone::Bad, Shape::Stop),
        BounceClass::Soft => (Tone::Warn, Shape::Unsure),
        BounceClass::Block => (Tone::Warn, Shape::Stop),
        BounceClass::Ignore => (Tone::Plain, Shape::Full),
        BounceClass::AutoReply => (Tone::Plain, Shape::Wait),
    };
    view! { <Status tone shape>{class_name(class)}</Status> }.into_any()
}

/// What Lux did, for a cell.
pub fn effect(effect: &str) -> &'static str {
    match effect {
        "suppressed" => "Mail withheld",
        "counted" => "Counted",
        "alert" => "Counted for the campaign",
        _ => "Listed only",
    }
}

/// What Lux did, in a sentence.
pub fn effect_sentence(effect: &str) -> &'static str {
    match effect {
        "suppressed" => "Lux withheld mail to this address from then on.",
        "counted" => "Lux counted it. After several, mail to the address is withheld; the rules say how many.",
        "alert" => "Lux counted it for the campaign and not against the person.",
        _ => "Lux listed it and did nothing else.",
    }
}

/// Code and words of the server in one line, the code not twice.
pub fn said(code: &str, words: &str) -> String {
    if words.contains(code) { words.to_owned() } else { format!("{code} {words}").trim().to_owned() }
}

/// Why mail is withheld, and since when.
pub fn withheld(viewer: Viewer, why: &Suppressed) -> String {
    let reason = match why.reason.as_str() {
        "bounced" => "because mail to it came back",
        "complained" => "because the person reported a message as spam",
        "manual" => "because somebody here said so",
        other => return format!("No mail goes to this address since {}: {other}.", viewer.full(why.at)),
    };
    format!("No mail goes to this address since {}, {reason}.", viewer.full(why.at))
}

/// How a mailbox is doing, as a status.
pub fn mailbox_status(mailbox: &BounceMailbox) -> AnyView {
    match (mailbox.draft.active, mailbox.state.as_str()) {
        (false, _) => view! { <Status shape=Shape::Wait>"Paused"</Status> },
        (true, "good") => view! { <Status tone=Tone::Good>"Working"</Status> },
        (true, "failing") => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Failing"</Status> },
        (true, _) => view! { <Status shape=Shape::Wait>"Not read yet"</Status> },
    }
    .into_any()
}

/// Whether a mailbox needs a person.
pub fn is_failing(mailbox: &BounceMailbox) -> bool {
    mailbox.draft.active && mailbox.state == "failing"
}

/// What of a mailbox was read.
pub fn read_so_far(mailbox: &BounceMailbox) -> String {
    let letters = format::count(mailbox.letters, "letter", "letters");
    format!("{} in {letters}", format::count(mailbox.reports, "report", "reports"))
}

/// How a hook is doing, as a status.
pub fn hook_status(hook: &BounceHook) -> AnyView {
    match (hook.detail.is_empty(), hook.used.is_some()) {
        (false, _) => view! { <Status tone=Tone::Bad shape=Shape::Stop>"Last call refused"</Status> },
        (true, true) => view! { <Status tone=Tone::Good>"Working"</Status> },
        (true, false) => view! { <Status shape=Shape::Wait>"Not called yet"</Status> },
    }
    .into_any()
}

/// What the caller of a hook is called.
pub fn hook_name(kind: HookKind) -> &'static str {
    match kind {
        HookKind::Generic => "Your own program",
        HookKind::Postmark => "Postmark",
        HookKind::Sendgrid => "Twilio SendGrid",
        HookKind::Mailgun => "Mailgun",
        HookKind::Ses => "Amazon SES",
    }
}

/// Whether Lux makes the secret of a hook.
pub fn makes_secret(kind: HookKind) -> bool {
    matches!(kind, HookKind::Generic | HookKind::Postmark)
}

/// What the secret of a hook is called at the provider.
pub fn secret_name(kind: HookKind) -> &'static str {
    match kind {
        HookKind::Generic => "Signing secret",
        HookKind::Postmark => "Password",
        HookKind::Sendgrid => "Verification key",
        HookKind::Mailgun => "Webhook signing key",
        HookKind::Ses => "ARN of the topic",
    }
}

/// Where the secret of a hook is found.
pub fn secret_help(kind: HookKind) -> &'static str {
    match kind {
        HookKind::Generic | HookKind::Postmark => "Lux makes it and shows it once.",
        HookKind::Sendgrid => {
            "SendGrid shows it when signatures are switched on for the Event Webhook. It begins with MFkw."
        }
        HookKind::Mailgun => "In Mailgun under API security, HTTP webhook signing key.",
        HookKind::Ses => "Of the SNS topic that SES tells. It begins with arn:aws.",
    }
}

/// What is to be done at the provider with the address, and the secret where Lux made it.
pub fn hook_steps(kind: HookKind) -> &'static [&'static str] {
    match kind {
        HookKind::Generic => &[
            "Send a POST with events to the address, signed with the secret as Standard Webhooks says.",
            "An event may come more than once with the same id; it counts once.",
        ],
        HookKind::Postmark => &[
            "In your server's settings add a webhook with this address.",
            "Switch basic authentication on: any user name, and the secret as password.",
            "Choose bounces and spam complaints.",
        ],
        HookKind::Sendgrid => &[
            "In the mail settings add an Event Webhook with this address.",
            "Choose bounced, dropped and spam reports.",
            "Switch the signature on and enter its verification key here.",
        ],
        HookKind::Mailgun => &["Add a webhook with this address for permanent failures, and one for complaints."],
        HookKind::Ses => &[
            "Let bounce and complaint notifications go to an SNS topic.",
            "Set the topic's attribute SignatureVersion to 2.",
            "Add an HTTPS subscription with this address to the topic. Lux confirms it.",
        ],
    }
}

/// Where a mailbox is.
pub fn place(draft: &MailboxDraft) -> String {
    format!("{} at {}", draft.user, draft.host)
}

/// The usual port of a protocol with a protection.
pub fn usual_port(kind: MailboxKind, tls: TlsMode) -> &'static str {
    match (kind, tls) {
        (MailboxKind::Imap, TlsMode::Tls) => "993",
        (MailboxKind::Imap, _) => "143",
        (MailboxKind::Pop3, TlsMode::Tls) => "995",
        (MailboxKind::Pop3, _) => "110",
    }
}

/// The port that belongs to both, where what stands there is a usual one or nothing.
pub fn port_for(kind: MailboxKind, tls: TlsMode, now: &str) -> Option<&'static str> {
    ["", "143", "993", "110", "995"].contains(&now.trim()).then(|| usual_port(kind, tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_not_said_twice() {
        assert_eq!(said("5.1.1", "550 5.1.1 no such user"), "550 5.1.1 no such user");
        assert_eq!(said("5.1.1", "no such user"), "5.1.1 no such user");
        assert_eq!(said("abuse", ""), "abuse");
    }

    #[test]
    fn a_usual_port_follows_and_an_own_one_stays() {
        assert_eq!(port_for(MailboxKind::Pop3, TlsMode::Tls, "993"), Some("995"));
        assert_eq!(port_for(MailboxKind::Imap, TlsMode::Starttls, ""), Some("143"));
        assert_eq!(port_for(MailboxKind::Imap, TlsMode::Tls, "10993"), None);
    }
}
