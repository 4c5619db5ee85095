//! Faults: when, where, what.

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Mutex, RwLock};
use std::time::Duration;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which messages.
    pub when: When,
    /// Where in the conversation.
    pub at: At,
    /// What happens.
    pub act: Act,
}

/// Which messages a rule is for. Messages are numbered from 1 over the whole sink, in the order of MAIL; before MAIL the
/// number of the connection counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// All.
    Always,
    /// Those to a recipient that contains this text; from RCPT on.
    To(String),
    /// Only that one.
    Nth(u64),
    /// Each whose number divides by this.
    Every(u64),
    /// Up to and including that one.
    First(u64),
    /// All after that one.
    After(u64),
    /// The first try of each recipient (greylisting); from RCPT on.
    FirstTry,
    /// The first time this rule is reached.
    Once,
}

/// Where in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Instead of the greeting.
    Connect,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA, before any content.
    Data,
    /// In the content, once this many bytes came.
    Content(usize),
    /// After the end mark.
    End,
    /// RSET.
    Reset,
    /// QUIT.
    Quit,
}

/// What happens instead of the proper answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// This answer; 421 also hangs up.
    Reply(String),
    /// An answer that is not SMTP.
    Garbage,
    /// Lines without end.
    Flood,
    /// The connection is cut hard (RST).
    Reset,
    /// The connection is closed.
    Close,
    /// Silence for ever.
    Hang,
    /// The proper answer, one byte at a time.
    Drip(Duration),
    /// The proper answer, later.
    Delay(Duration),
    /// At the end: the message is kept, then RST instead of an answer.
    TakeAndReset,
    /// At the end: the message is kept, then the connection is closed without an answer.
    TakeAndClose,
    /// At the end: the message is kept, and silence.
    TakeAndHang,
    /// The proper answer, and once it is on the wire the watcher of [`super::Behaviour::tell`] is told.
    Tell,
}

/// The rules with their memory.
#[derive(Debug)]
pub(super) struct Script {
    rules: RwLock<Vec<Rule>>,
    seen: Mutex<HashSet<(usize, String)>>,
}

impl Script {
    pub(super) fn new(rules: Vec<Rule>) -> Self {
        Self { rules: RwLock::new(rules), seen: Mutex::default() }
    }

    pub(super) fn replace(&self, rules: Vec<Rule>) {
        *self.rules.write().unwrap() = rules;
        self.seen.lock().unwrap().clear();
    }

    /// What goes wrong here, if anything.
    pub(super) fn act(&self, at: At, number: u64, recipients: &[String]) -> Option<Act> {
        let rules = self.rules.read().unwrap();
        let found = rules
            .iter()
            .enumerate()
            .find(|(index, rule)| rule.at == at && self.fits(*index, &rule.when, number, recipients));
        found.map(|(_, rule)| rule.act.clone())
    }

    /// After how many bytes of content something goes wrong.
    pub(super) fn content(&self, number: u64, recipients: &[String]) -> Option<(usize, Act)> {
        let rules = self.rules.read().unwrap();
        rules.iter().enumerate().find_map(|(index, rule)| match rule.at {
            At::Content(bytes) if self.fits(index, &rule.when, number, recipients) => Some((bytes, rule.act.clone())),
            _ => None,
        })
    }

    fn fits(&self, index: usize, when: &When, number: u64, recipients: &[String]) -> bool {
        match when {
            When::Always => true,
            When::To(text) => recipients.iter().any(|recipient| recipient.contains(text)),
            When::Nth(n) => number == *n,
            When::Every(n) => number.is_multiple_of(*n),
            When::First(n) => number <= *n,
            When::After(n) => number > *n,
            When::FirstTry => recipients.last().is_some_and(|recipient| self.is_new(index, recipient)),
            When::Once => self.is_new(index, ""),
        }
    }

    fn is_new(&self, index: usize, what: &str) -> bool {
        self.seen.lock().unwrap().insert((index, what.to_owned()))
    }
}

/// Reads `WHEN@PLACE=ACT`, as the command line gives it: `every:100@end=take-reset`, `to:bad@rcpt=reply:550 5.1.1 no`.
impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // WHEN may hold an address, ACT may hold anything.
        let (place, act) = text.split_once('=').ok_or("a fault is WHEN@PLACE=ACT")?;
        let (when, at) = place.rsplit_once('@').ok_or("a fault is WHEN@PLACE=ACT")?;
        Ok(Self { when: parse_when(when)?, at: parse_at(at)?, act: parse_act(act)? })
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not a number"))
}

fn parse_when(text: &str) -> Result<When, String> {
    let (word, value) = text.split_once(':').unwrap_or((text, ""));
    Ok(match word {
        "always" => When::Always,
        "to" => When::To(value.to_owned()),
        "nth" => When::Nth(number(value)?),
        "every" => When::Every(number::<u64>(value)?.max(1)),
        "first" => When::First(number(value)?),
        "after" => When::After(number(value)?),
        "first-try" => When::FirstTry,
        "once" => When::Once,
        _ => {
            return Err(format!("\"{word}\" is not one of always, to:, nth:, every:, first:, after:, first-try, once"));
        }
    })
}

fn parse_at(text: &str) -> Result<At, String> {
    let (word, value) = text.split_once(':').unwrap_or((text, "0"));
    Ok(match word {
        "connect" => At::Connect,
        "hello" => At::Hello,
        "starttls" => At::StartTls,
        "auth" => At::Auth,
        "mail" => At::Mail,
        "rcpt" => At::Rcpt,
        "data" => At::Data,
        "content" => At::Content(number(value)?),
        "end" => At::End,
        "reset" => At::Reset,
        "quit" => At::Quit,
        _ => {
            return Err(format!(
                "\"{word}\" is not one of connect, hello, starttls, auth, mail, rcpt, data, content:BYTES, end, reset, quit"
            ));
        }
    })
}

fn parse_act(text: &str) -> Result<Act, String> {
    let (word, value) = text.split_once(':').unwrap_or((text, ""));
    Ok(match word {
        "reply" => Act::Reply(value.to_owned()),
        "garbage" => Act::Garbage,
        "flood" => Act::Flood,
        "reset" => Act::Reset,
        "close" => Act::Close,
        "hang" => Act::Hang,
        "drip" => Act::Drip(Duration::from_millis(number(value)?)),
        "delay" => Act::Delay(Duration::from_millis(number(value)?)),
        "take-reset" => Act::TakeAndReset,
        "take-close" => Act::TakeAndClose,
        "take-hang" => Act::TakeAndHang,
        "tell" => Act::Tell,
        _ => {
            return Err(format!(
                "\"{word}\" is not one of reply:TEXT, garbage, flood, reset, close, hang, drip:MS, delay:MS, take-reset, take-close, take-hang, tell"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_from_the_command_line() {
        let rule = |text: &str| text.parse::<Rule>();
        assert_eq!(
            rule("every:100@end=take-reset"),
            Ok(Rule { when: When::Every(100), at: At::End, act: Act::TakeAndReset })
        );
        let refuse = Act::Reply("550 5.1.1 no: such=user@all".to_owned());
        assert_eq!(
            rule("to:bad@rcpt=reply:550 5.1.1 no: such=user@all"),
            Ok(Rule { when: When::To("bad".to_owned()), at: At::Rcpt, act: refuse })
        );
        assert_eq!(rule("first-try@content:500=drip:20").map(|rule| rule.at), Ok(At::Content(500)));
        for wrong in [
            "",
            "always",
            "always@end",
            "never@end=reset",
            "always@nowhere=reset",
            "always@end=explode",
            "nth:x@end=reset",
        ] {
            assert!(rule(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rules_remember_what_they_have_seen() {
        let rules = ["first-try@rcpt=reset", "once@data=reset", "after:2@mail=hang", "nth:2@mail=close"];
        let script = Script::new(rules.iter().map(|rule| rule.parse().unwrap()).collect());
        let [a, b] = ["a@x".to_owned(), "b@x".to_owned()];
        let tries = [&a, &b, &a, &b].map(|to| script.act(At::Rcpt, 1, std::slice::from_ref(to)).is_some());
        assert_eq!(tries, [true, true, false, false]);
        assert_eq!([1, 2, 3].map(|n| script.act(At::Mail, n, &[])), [None, Some(Act::Close), Some(Act::Hang)]);
        assert_eq!([1, 1].map(|n| script.act(At::Data, n, &[])), [Some(Act::Reset), None]);
    }
}
