//! How single messages read, said once.

use crate::campaigns::recipient_words;
use contract::Micros;
use contract::campaigns::RecipientState;
use contract::messages::{Certainty, Message};
use kit::format;

/// The states one may ask for, with the words of their tabs.
pub const TABS: [(&str, Option<RecipientState>); 6] = [
    ("All", None),
    ("Waiting", Some(RecipientState::Pending)),
    ("Accepted", Some(RecipientState::Accepted)),
    ("Failed", Some(RecipientState::Failed)),
    ("Unknown", Some(RecipientState::Unknown)),
    ("Left out", Some(RecipientState::Skipped)),
];

/// Why nothing shows.
pub fn none_in(state: RecipientState) -> String {
    format!("No message is in this state: {}.", recipient_words(state).to_lowercase())
}

/// What happens when the server's answer was lost.
pub fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::AtLeastOnce => "It is sent again with the same Message-ID, so a copy more may arrive.",
        Certainty::NeverTwice => "It stays unknown and is not sent again.",
    }
}

/// How often it was tried.
pub fn tries(message: &Message) -> String {
    let tries = format::count(message.attempts, "try", "tries");
    match message.repeats {
        0 => tries,
        lost => format!("{tries}, {} without an answer", format::number(lost)),
    }
}

/// When it was last heard of.
pub fn last(message: &Message) -> Micros {
    message.settled.or(message.handed).unwrap_or(message.created)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap(),
            to: "maja@example.com".into(),
            subject: "Order 17".into(),
            sender: "0198a3f2-5b1c-7000-8000-000000000002".parse().unwrap(),
            sender_name: "Shop".into(),
            template: None,
            template_name: String::new(),
            state: RecipientState::Pending,
            detail: String::new(),
            attempts: 1,
            repeats: 0,
            next: None,
            certainty: Certainty::AtLeastOnce,
            message_id: None,
            created: Micros(1),
            handed: None,
            settled: None,
        }
    }

    #[test]
    fn tries_name_those_without_an_answer() {
        assert_eq!(tries(&message()), "1 try");
        assert_eq!(tries(&Message { attempts: 3, repeats: 2, ..message() }), "3 tries, 2 without an answer");
    }

    #[test]
    fn the_last_moment_is_the_latest_that_is_known() {
        assert_eq!(last(&message()), Micros(1));
        assert_eq!(last(&Message { handed: Some(Micros(2)), ..message() }), Micros(2));
        assert_eq!(last(&Message { handed: Some(Micros(2)), settled: Some(Micros(3)), ..message() }), Micros(3));
    }
}
