//! What Graph's answers mean for the message, the recipient or the sender. Pure.

use serde::Deserialize;

use crate::email::outcome::{Enhanced, Outcome, Stage};
use crate::http::Answer;
use crate::{Failure, Kind, Status};

/// Name of this provider in failures.
pub(super) const PROVIDER: &str = "graph";

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Sign-in.
    Token,
    /// `sendMail`.
    SendMail,
    /// Making a draft: nothing goes out by it.
    Create,
    /// Sending a draft.
    SendDraft,
    /// Reading; for lost answers and the connection test.
    Look,
    /// Deleting a draft.
    Discard,
}

impl Step {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::SendMail => "send_mail",
            Self::Create => "create_draft",
            Self::SendDraft => "send_draft",
            Self::Look => "look",
            Self::Discard => "discard_draft",
        }
    }

    /// Whether a message can have gone out by it.
    pub(super) const fn can_send(self) -> bool {
        matches!(self, Self::SendMail | Self::SendDraft)
    }
}

/// What an answer that is not a success means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// The token is not good (any more): with a new one it may work. Nothing was done.
    Token,
    /// Certainly not sent.
    No(Outcome),
    /// May have been sent.
    Open(String),
    /// The draft is not there (any more).
    Gone,
}

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Said,
}

/// Graph's error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    pub(super) code: String,
    pub(super) message: String,
}

/// The error in an answer; empty when there is none.
pub(super) fn said(answer: &Answer) -> Said {
    serde_json::from_slice::<Body>(&answer.body).unwrap_or_default().error
}

/// A failure of the sender with words for a person.
pub(super) fn trouble(kind: Kind, status: Status, step: Step, text: &str, fix: &str) -> Failure {
    let base = Failure { kind, status, provider: PROVIDER, operation: step.as_str(), context: Vec::new() };
    let base = base.with("text", text);
    if fix.is_empty() { base } else { base.with("fix", fix) }
}

/// Judges.
pub(super) fn judge(step: Step, mailbox: &str, answer: &Answer) -> Verdict {
    let said = said(answer);
    let code = said.code.as_str();
    if let Some(no) = about_message(code, &said, answer.status) {
        return Verdict::No(no);
    }
    let busy = |text: String, fix: &str| {
        let failure = trouble(Kind::Busy, Status::Temporary, step, &text, fix).with("code", label(answer.status, code));
        let failure = match answer.retry_after() {
            Some(wait) => failure.with("retry_after", wait.as_secs_f64().to_string()),
            None => failure,
        };
        Verdict::No(Outcome::SenderTrouble { failure })
    };
    match answer.status {
        401 => Verdict::Token,
        404 if code == "ErrorItemNotFound" && step != Step::SendMail && step != Step::Create => Verdict::Gone,
        429 => busy(format!("Microsoft 365 asks {mailbox} to slow down."), ""),
        503 | 509 if !step.can_send() => busy("Microsoft 365 is busy.".to_owned(), ""),
        _ if is_limit(code) => busy(
            format!("{mailbox} has reached a sending limit of Exchange Online."),
            "Wait, lower the limits of this sender, or add a mailbox to it.",
        ),
        500..=599 if step.can_send() => Verdict::Open(format!(
            "Microsoft 365 answered {} to a message that was on its way",
            label(answer.status, code)
        )),
        500..=599 => Verdict::No(Outcome::NotHandedOver {
            stage: Stage::Data,
            reason: format!("Microsoft 365 answered {}", label(answer.status, code)),
        }),
        _ => match explain(code, mailbox, step) {
            Some((kind, text, fix)) => {
                let failure =
                    trouble(kind, Status::Permanent, step, &text, fix).with("code", label(answer.status, code));
                Verdict::No(Outcome::SenderTrouble { failure })
            }
            None => other(step, answer.status, &said),
        },
    }
}

fn label(status: u16, code: &str) -> String {
    if code.is_empty() { status.to_string() } else { format!("{status} {code}") }
}

fn is_limit(code: &str) -> bool {
    [
        "ErrorExceededMessageLimit",
        "ErrorMessageThrottled",
        "ErrorServerBusy",
        "ApplicationThrottled",
        "ErrorTooManyObjectsOpened",
    ]
    .contains(&code)
}

/// Refusals that are about this message or this recipient.
fn about_message(code: &str, said: &Said, status: u16) -> Option<Outcome> {
    let refuse = |stage, number, enhanced| {
        let text = match said.message.as_str() {
            "" => code.to_owned(),
            message => format!("{code}: {message}"),
        };
        Some(Outcome::RefusedPermanent { stage, code: number, enhanced: Enhanced::parse(enhanced), text })
    };
    match code {
        "ErrorInvalidRecipients" | "ErrorInvalidRecipientSubtype" | "ErrorRecipientNotFound" => {
            refuse(Stage::Rcpt, 550, "5.1.3")
        }
        "ErrorMessageSizeExceeded" | "ErrorAttachmentSizeLimitExceeded" => refuse(Stage::Data, 552, "5.3.4"),
        code if code.starts_with("ErrorMimeContent") => refuse(Stage::Data, 554, "5.6.0"),
        _ if status == 413 => refuse(Stage::Data, 552, "5.3.4"),
        _ => None,
    }
}

/// Known troubles of the sender: kind, sentence, fix.
pub(super) fn explain(code: &str, mailbox: &str, step: Step) -> Option<(Kind, String, &'static str)> {
    const PERMISSION: &str = "Grant the application Mail.Send with admin consent, and name the mailbox in the application access policy if there is one. New grants can take an hour.";
    const DRAFTS: &str =
        "Grant the application Mail.ReadWrite with admin consent, or choose the mode that sends without drafts.";
    Some(match code {
        "InvalidAuthenticationToken" | "CompactToken" | "AuthenticationError" | "InvalidMsaTicket" => (
            Kind::Auth,
            "Microsoft 365 does not accept the sign-in of the application.".to_owned(),
            "Check that tenant, application id and secret belong together, and test again.",
        ),
        "ErrorAccessDenied" | "AccessDenied" | "Authorization_RequestDenied" | "ErrorItemPropertyRequestFailed" => (
            Kind::Auth,
            format!("The application may not use the mailbox {mailbox}."),
            if matches!(step, Step::SendMail) { PERMISSION } else { DRAFTS },
        ),
        "ErrorSendAsDenied" => (
            Kind::Refused,
            format!("{mailbox} may not send under its From address."),
            "Use the mailbox's own address, or give it the right to send as the other one.",
        ),
        "ErrorMailboxNotFound"
        | "ErrorInvalidUser"
        | "ErrorNonExistentMailbox"
        | "ResourceNotFound"
        | "Request_ResourceNotFound"
        | "MailboxNotEnabledForRESTAPI"
        | "ErrorMissingInformationMailbox" => (
            Kind::Refused,
            format!("There is no mailbox {mailbox} in this tenant."),
            "Check the address. It must be a mailbox with an Exchange Online licence, or a shared one; a group or an alias of another tenant cannot send.",
        ),
        "ErrorQuotaExceeded" => (
            Kind::Refused,
            format!("The mailbox {mailbox} is full."),
            "Empty its Sent Items, or let a retention policy do it.",
        ),
        "ErrorAccountSuspend" | "ErrorMessageSubmissionBlocked" | "ErrorAccountSuspendVerifyAccount" => (
            Kind::Refused,
            format!("Exchange Online has blocked {mailbox} from sending."),
            "An administrator of the tenant finds the reason under Restricted entities in Microsoft Defender and can lift it there.",
        ),
        "OrganizationFromTenantGuidNotFound" => {
            (Kind::Auth, "The tenant has no Exchange Online.".to_owned(), "Use the tenant in which the mailboxes are.")
        }
        _ => return None,
    })
}

/// What nobody foresaw. A refusal of a request that could have sent nothing is the message's; tries are counted.
fn other(step: Step, status: u16, said: &Said) -> Verdict {
    let text = format!("Microsoft 365 answered {}: {}", label(status, &said.code), said.message);
    match status {
        403 | 404 | 405 | 415 => {
            let failure = trouble(
                Kind::Refused,
                Status::Permanent,
                step,
                &text,
                "Test the sender; the answer says what is missing.",
            );
            Verdict::No(Outcome::SenderTrouble { failure })
        }
        400..=499 => Verdict::No(Outcome::RefusedPermanent {
            stage: Stage::Data,
            code: 554,
            enhanced: Enhanced::parse("5.6.0"),
            text,
        }),
        _ if step.can_send() => Verdict::Open(text),
        _ => Verdict::No(Outcome::NotHandedOver { stage: Stage::Data, reason: text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str, headers: &[(&str, &str)]) -> Answer {
        let mut map = reqwest::header::HeaderMap::new();
        for (name, value) in headers {
            map.insert(reqwest::header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let body = serde_json::json!({ "error": { "code": code, "message": "m" } }).to_string().into_bytes();
        Answer { status, headers: map, body }
    }

    fn trouble_of(verdict: &Verdict) -> &Failure {
        match verdict {
            Verdict::No(Outcome::SenderTrouble { failure }) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_after_the_message_was_on_its_way_leaves_it_open() {
        for status in [500, 502, 503, 504, 302] {
            for step in [Step::SendMail, Step::SendDraft] {
                assert!(matches!(judge(step, "a@b", &answer(status, "x", &[])), Verdict::Open(_)), "{status}");
            }
            assert!(
                matches!(judge(Step::Create, "a@b", &answer(status, "x", &[])), Verdict::No(_)),
                "a draft sends nothing"
            );
        }
    }

    #[test]
    fn slow_down_is_the_senders_trouble_and_says_how_long() {
        let verdict = judge(Step::SendMail, "a@b", &answer(429, "ApplicationThrottled", &[("retry-after", "7")]));
        let failure = trouble_of(&verdict);
        assert_eq!((failure.kind, failure.status), (Kind::Busy, Status::Temporary));
        assert_eq!(failure.retry_after().unwrap().as_secs(), 7);
    }

    #[test]
    fn each_error_of_the_guide_has_a_sentence_and_a_fix() {
        for code in [
            "ErrorAccessDenied",
            "InvalidAuthenticationToken",
            "ErrorMailboxNotFound",
            "ErrorSendAsDenied",
            "ErrorQuotaExceeded",
        ] {
            let verdict = judge(Step::SendMail, "news@example.com", &answer(403, code, &[]));
            let failure = trouble_of(&verdict);
            assert_eq!(failure.status, Status::Permanent, "{code}");
            assert!(
                failure.detail("text").unwrap().ends_with('.') && failure.detail("fix").unwrap().ends_with('.'),
                "{code}"
            );
        }
        let verdict = judge(Step::Create, "a@b", &answer(403, "ErrorAccessDenied", &[]));
        assert!(trouble_of(&verdict).detail("fix").unwrap().contains("Mail.ReadWrite"));
    }

    #[test]
    fn a_bad_recipient_is_the_recipients_and_a_bad_message_the_messages() {
        let class = |code, status| match judge(Step::SendMail, "a@b", &answer(status, code, &[])) {
            Verdict::No(Outcome::RefusedPermanent { code, enhanced, text, .. }) => {
                crate::email::bounce_class(code, enhanced, &text)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(class("ErrorInvalidRecipients", 400), crate::email::BounceClass::Hard);
        assert_eq!(class("ErrorMessageSizeExceeded", 400), crate::email::BounceClass::Ignore);
        assert_eq!(class("ErrorMimeContentInvalid", 400), crate::email::BounceClass::Ignore);
        assert_eq!(
            class("SomethingNew", 400),
            crate::email::BounceClass::Ignore,
            "nobody is blamed for what is not understood"
        );
    }

    #[test]
    fn a_token_that_is_refused_is_not_yet_a_failure() {
        assert_eq!(judge(Step::SendMail, "a@b", &answer(401, "InvalidAuthenticationToken", &[])), Verdict::Token);
        assert_eq!(judge(Step::SendDraft, "a@b", &answer(404, "ErrorItemNotFound", &[])), Verdict::Gone);
    }
}
