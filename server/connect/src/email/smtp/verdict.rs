//! From a reply that is not a yes to what it means for the message, the recipient or the sender. Pure.

use super::reply::Reply;
use crate::email::outcome::{Outcome, Stage};
use crate::{Failure, Kind, Status};

/// Name of this provider in failures.
pub(super) const PROVIDER: &str = "smtp";

/// A failure with the reply that caused it.
pub(super) fn failure(kind: Kind, status: Status, stage: Stage, reply: &Reply) -> Failure {
    let base = Failure { kind, status, provider: PROVIDER, operation: stage.as_str(), context: Vec::new() };
    let base = base.with("code", reply.code.to_string());
    let base = match reply.enhanced {
        Some(enhanced) => base.with("enhanced", enhanced.to_string()),
        None => base,
    };
    base.with("text", reply.text.clone())
}

/// What a reply means that came instead of the expected one.
pub(super) fn refusal(stage: Stage, reply: &Reply) -> Outcome {
    let trouble = |kind, status| Outcome::SenderTrouble { failure: failure(kind, status, stage, reply) };
    match (stage, reply.code) {
        (_, 421) => trouble(Kind::Busy, Status::Temporary),
        // "out of space" is the server's, "mailbox full" the recipient's
        (_, 452) if !is_about_recipient(reply) => trouble(Kind::Busy, Status::Temporary),
        (_, 530 | 534 | 535 | 538) => trouble(Kind::Auth, Status::Permanent),
        (Stage::Mail | Stage::Rcpt, 454) => trouble(Kind::Auth, Status::Temporary),
        // too large for this server whoever sends it
        (Stage::Mail, 552) => permanent(stage, reply),
        (Stage::Mail, 400..=499) => trouble(Kind::Busy, Status::Temporary),
        (Stage::Mail, 500..=599) => trouble(Kind::Refused, Status::Permanent),
        (Stage::Rcpt | Stage::Data, 500 | 502 | 503 | 504) => trouble(Kind::Protocol, Status::Temporary),
        (Stage::Rcpt | Stage::Data, 500..=599) if is_relay_denied(reply) => trouble(Kind::Refused, Status::Permanent),
        (_, 400..=499) => {
            Outcome::Deferred { stage, code: reply.code, enhanced: reply.enhanced, text: reply.text.clone() }
        }
        (_, 500..=599) => permanent(stage, reply),
        (Stage::End, code) => {
            Outcome::Unknown { reason: format!("the server answered {code} {} to the whole message", reply.text) }
        }
        _ => trouble(Kind::Protocol, Status::Temporary),
    }
}

fn permanent(stage: Stage, reply: &Reply) -> Outcome {
    Outcome::RefusedPermanent { stage, code: reply.code, enhanced: reply.enhanced, text: reply.text.clone() }
}

fn is_about_recipient(reply: &Reply) -> bool {
    reply.enhanced.is_some_and(|enhanced| matches!(enhanced.subject, 1 | 2))
}

/// The server does not send mail for us at all; without this a wrong setting would burn a whole list as bounced.
fn is_relay_denied(reply: &Reply) -> bool {
    if reply.enhanced.is_some_and(|enhanced| enhanced.subject != 7) {
        return false;
    }
    let words = reply.text.to_ascii_lowercase();
    [
        "relay access denied",
        "unable to relay",
        "relaying denied",
        "relay not permitted",
        "not permitted to relay",
        "relaying not allowed",
        "do not relay",
    ]
    .iter()
    .any(|needle| words.contains(needle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::outcome::Enhanced;

    fn judge(stage: Stage, code: u16, text: &str) -> Outcome {
        let (enhanced, text) = Enhanced::split(text);
        refusal(stage, &Reply { code, enhanced, text: text.to_owned(), lines: Vec::new() })
    }

    fn trouble(outcome: &Outcome) -> Option<(Kind, Status)> {
        match outcome {
            Outcome::SenderTrouble { failure } => Some((failure.kind, failure.status)),
            _ => None,
        }
    }

    #[test]
    fn busy_servers_burn_no_attempt_at_any_stage() {
        for stage in [Stage::Mail, Stage::Rcpt, Stage::Data, Stage::End] {
            assert_eq!(trouble(&judge(stage, 421, "4.3.2 later")), Some((Kind::Busy, Status::Temporary)));
            assert_eq!(trouble(&judge(stage, 452, "4.3.1 out of space")), Some((Kind::Busy, Status::Temporary)));
        }
    }

    #[test]
    fn a_full_mailbox_is_the_recipients() {
        assert!(matches!(judge(Stage::Rcpt, 452, "4.2.2 mailbox full"), Outcome::Deferred { code: 452, .. }));
    }

    #[test]
    fn a_refused_sender_is_not_the_recipients_fault() {
        assert_eq!(
            trouble(&judge(Stage::Mail, 550, "5.7.1 sender rejected")),
            Some((Kind::Refused, Status::Permanent))
        );
        assert_eq!(trouble(&judge(Stage::Mail, 451, "try later")), Some((Kind::Busy, Status::Temporary)));
        assert_eq!(trouble(&judge(Stage::Rcpt, 530, "5.7.0 sign in first")), Some((Kind::Auth, Status::Permanent)));
        assert_eq!(
            trouble(&judge(Stage::Rcpt, 554, "5.7.1 <a@b.c>: Relay access denied")),
            Some((Kind::Refused, Status::Permanent))
        );
    }

    #[test]
    fn a_refused_recipient_is_final_or_for_now() {
        assert!(matches!(
            judge(Stage::Rcpt, 550, "5.1.1 unknown"),
            Outcome::RefusedPermanent { stage: Stage::Rcpt, code: 550, .. }
        ));
        assert!(matches!(
            judge(Stage::Rcpt, 550, "5.1.1 unknown (relay access denied by next hop)"),
            Outcome::RefusedPermanent { .. }
        ));
        assert!(matches!(judge(Stage::Rcpt, 451, "4.7.1 greylisted"), Outcome::Deferred { stage: Stage::Rcpt, .. }));
        assert!(matches!(judge(Stage::End, 451, "4.3.0 later"), Outcome::Deferred { stage: Stage::End, .. }));
        assert!(matches!(judge(Stage::End, 554, "5.7.1 spam"), Outcome::RefusedPermanent { stage: Stage::End, .. }));
        assert!(matches!(
            judge(Stage::Mail, 552, "5.3.4 too big"),
            Outcome::RefusedPermanent { stage: Stage::Mail, .. }
        ));
    }

    #[test]
    fn an_odd_answer_to_the_whole_message_leaves_it_open() {
        assert!(matches!(judge(Stage::End, 354, "go on"), Outcome::Unknown { .. }));
        assert_eq!(trouble(&judge(Stage::Data, 250, "ok")), Some((Kind::Protocol, Status::Temporary)));
    }
}
