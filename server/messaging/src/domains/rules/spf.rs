//! Who may send for a domain (RFC 7208).

use super::joined;
use contract::domains::{RecordCheck, RecordState};
use contract::senders::SenderKind;
use std::collections::{BTreeMap, BTreeSet};

/// Receivers ask DNS at most so often for one record.
pub(in crate::domains) const LOOKUPS: usize = 10;

/// Texts of the names that records point to; a name that DNS did not answer for is absent.
pub(in crate::domains) type Answers = BTreeMap<String, Vec<String>>;

/// Who sends for the domain, as far as its senders tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::domains) enum Need {
    /// A provider whose record is known: it must be included.
    Include(&'static str),
    /// Another server; which addresses it sends from, only its operator knows.
    Server(String),
}

impl Need {
    /// What a sender needs; nothing for a server on this machine.
    pub fn of(kind: SenderKind, host: &str) -> Option<Self> {
        const MICROSOFT: &str = "spf.protection.outlook.com";
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_of = |name: &str| host == name || host.ends_with(&format!(".{name}"));
        match kind {
            SenderKind::Graph => Some(Self::Include(MICROSOFT)),
            SenderKind::Smtp if is_of("office365.com") || is_of("outlook.com") => Some(Self::Include(MICROSOFT)),
            SenderKind::Smtp if is_of("gmail.com") || is_of("google.com") => Some(Self::Include("_spf.google.com")),
            SenderKind::Smtp if host.is_empty() || is_of("localhost") || is_inside(&host) => None,
            SenderKind::Smtp => Some(Self::Server(host)),
        }
    }

    fn term(&self) -> String {
        match self {
            Self::Include(name) => format!("include:{name}"),
            Self::Server(host) => match host.parse::<std::net::IpAddr>() {
                Ok(std::net::IpAddr::V4(ip)) => format!("ip4:{ip}"),
                Ok(std::net::IpAddr::V6(ip)) => format!("ip6:{ip}"),
                Err(_) => format!("a:{host}"),
            },
        }
    }
}

fn is_inside(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok_and(|ip| match ip {
        std::net::IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        std::net::IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    })
}

/// Whether a text is a record of SPF.
fn is_ours(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    words.next().is_some_and(|first| first.eq_ignore_ascii_case("v=spf1"))
}

/// One term of a record: `+include:example.com`.
struct Term<'a> {
    qualifier: char,
    name: &'a str,
    value: &'a str,
}

fn terms(record: &str) -> Result<Vec<Term<'_>>, String> {
    record.split_ascii_whitespace().skip(1).map(term).collect()
}

fn term(text: &str) -> Result<Term<'_>, String> {
    let bare = text.trim_start_matches(['+', '-', '~', '?']);
    let qualifier = if bare.len() < text.len() { text.chars().next().unwrap_or('+') } else { '+' };
    let at = bare.find([':', '=', '/']).unwrap_or(bare.len());
    let (name, rest) = bare.split_at(at);
    let value = rest.trim_start_matches([':', '=']);
    let is_modifier = rest.starts_with('=');
    let is_known = matches!(
        (name.to_ascii_lowercase().as_str(), value.is_empty()),
        ("all", true) | ("include" | "exists" | "ip4" | "ip6", false) | ("a" | "mx" | "ptr", _)
    );
    let is_fine = if is_modifier { !name.is_empty() && bare.len() == text.len() } else { is_known };
    if is_fine && text.len() - bare.len() <= 1 { Ok(Term { qualifier, name, value }) } else { Err(text.to_owned()) }
}

/// Names that a domain's record points to and that receivers read as well.
pub(in crate::domains) fn targets(texts: &[String]) -> Vec<String> {
    let Some(record) = texts.iter().find(|text| is_ours(text)) else { return Vec::new() };
    let Ok(terms) = terms(record) else { return Vec::new() };
    let is_target = |name: &str| name.eq_ignore_ascii_case("include") || name.eq_ignore_ascii_case("redirect");
    let found = terms.iter().filter(|term| is_target(term.name) && !term.value.contains('%'));
    found.map(|term| term.value.trim_end_matches('.').to_ascii_lowercase()).collect()
}

/// A record with all that it points to.
#[derive(Default)]
struct Walk {
    lookups: usize,
    /// Terms that let somebody send, in small letters.
    lets: BTreeSet<String>,
    /// Names pointed to that have no one record.
    broken: Vec<String>,
    has_unread: bool,
    seen: BTreeSet<String>,
}

impl Walk {
    fn record(&mut self, record: &str, answers: &Answers) -> Result<(), String> {
        for term in terms(record)? {
            let name = term.name.to_ascii_lowercase();
            let value = term.value.trim_end_matches('.').to_ascii_lowercase();
            if matches!(name.as_str(), "include" | "a" | "mx" | "ptr" | "exists" | "redirect") {
                self.lookups += 1;
            }
            if term.qualifier == '+' {
                self.lets.insert(if value.is_empty() { name.clone() } else { format!("{name}:{value}") });
            }
            if matches!(name.as_str(), "include" | "redirect")
                && !value.contains('%')
                && self.seen.insert(value.clone())
            {
                self.follow(&value, answers)?;
            }
        }
        Ok(())
    }

    fn follow(&mut self, name: &str, answers: &Answers) -> Result<(), String> {
        let Some(texts) = answers.get(name) else {
            self.has_unread = true;
            return Ok(());
        };
        let mut ours = texts.iter().filter(|text| is_ours(text));
        match (ours.next(), ours.next()) {
            (Some(record), None) => self.record(record, answers),
            _ => {
                self.broken.push(name.to_owned());
                Ok(())
            }
        }
    }
}

/// What the texts at a domain are worth to those who send for it.
pub(in crate::domains) fn judge(
    domain: &str,
    texts: &[String],
    answers: &Answers,
    needs: &BTreeSet<Need>,
) -> RecordCheck {
    let ours: Vec<&String> = texts.iter().filter(|text| is_ours(text)).collect();
    let check = |state, wanted: String, words: String| RecordCheck {
        state,
        name: domain.to_owned(),
        found: joined(&ours),
        wanted,
        words,
    };
    let record = match ours.as_slice() {
        [] => {
            let words = format!("There is no SPF record. {}", advice(needs));
            return check(RecordState::Missing, fresh(needs), words);
        }
        [one] => one.as_str(),
        more => {
            let words =
                format!("There are {} SPF records; receivers then refuse all of them. Make them one.", more.len());
            return check(RecordState::Wrong, String::new(), words);
        }
    };
    let mut walk = Walk::default();
    if let Err(term) = walk.record(record, answers) {
        return check(
            RecordState::Wrong,
            String::new(),
            format!("“{term}” is not a term of SPF; receivers pass over the whole record."),
        );
    }
    if let Some(name) = walk.broken.first() {
        return check(
            RecordState::Wrong,
            String::new(),
            format!("It points to {name}, which has no SPF record. Take that out."),
        );
    }
    if walk.lookups > LOOKUPS {
        let words = format!(
            "Reading it takes {} look-ups in DNS; receivers give up after {LOOKUPS}. Take out what no longer sends.",
            walk.lookups
        );
        return check(RecordState::Wrong, String::new(), words);
    }
    let lacking: Vec<&Need> = needs.iter().filter(|need| !walk.lets.contains(&need.term())).collect();
    let includes: Vec<String> = lacking.iter().filter(|n| matches!(n, Need::Include(_))).map(|n| n.term()).collect();
    if !includes.is_empty() && walk.has_unread {
        let words = "DNS did not answer for all that the record points to. Try again in a moment.".to_owned();
        return check(RecordState::Unreachable, String::new(), words);
    }
    if !includes.is_empty() {
        let words = format!("It does not let your provider send: {} is missing.", includes.join(" "));
        return check(RecordState::Wrong, extended(record, &includes), words);
    }
    let (state, words) = quality(record, &walk, &lacking);
    check(state, String::new(), words)
}

/// Of a record that receivers take.
fn quality(record: &str, walk: &Walk, lacking: &[&Need]) -> (RecordState, String) {
    if walk.lets.contains("all") {
        return (RecordState::Weak, "It lets everybody send (+all). End it with ~all.".into());
    }
    if let Some(Need::Server(host)) = lacking.first() {
        let words = format!(
            "It is in order, but does not name {host}. Make sure that it names the addresses {host} sends from; its operator knows them."
        );
        return (RecordState::Weak, words);
    }
    let has_end = terms(record).is_ok_and(|terms| {
        terms.iter().any(|term| term.name.eq_ignore_ascii_case("all") || term.name.eq_ignore_ascii_case("redirect"))
    });
    if !has_end {
        return (RecordState::Weak, "It does not say what holds for all others. End it with ~all.".into());
    }
    (RecordState::Good, format!("One record, {} of {LOOKUPS} look-ups.", walk.lookups))
}

fn fresh(needs: &BTreeSet<Need>) -> String {
    let terms: Vec<String> = needs.iter().map(Need::term).collect();
    if terms.is_empty() { "v=spf1 mx ~all".into() } else { format!("v=spf1 {} ~all", terms.join(" ")) }
}

fn advice(needs: &BTreeSet<Need>) -> String {
    match needs.iter().find_map(|need| if let Need::Server(host) = need { Some(host) } else { None }) {
        Some(host) => format!("Name the addresses that {host} sends from; its operator may have a text for this."),
        None if needs.is_empty() => {
            "Name the servers that send for the domain; mx stands for those that get its mail.".into()
        }
        None => "Publish this one.".into(),
    }
}

/// The record with more terms, before what holds for all others.
fn extended(record: &str, more: &[String]) -> String {
    let is_end = |word: &str| {
        let bare = word.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
        bare == "all" || bare.starts_with("redirect=")
    };
    let words: Vec<&str> = record.split_ascii_whitespace().collect();
    let at = words.iter().position(|word| is_end(word)).unwrap_or(words.len());
    let (front, back) = words.split_at(at);
    front
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str))
        .chain(back.iter().copied())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests;
