//! Destinations: how much may be under way to one recipient domain through one sender on this node.
//!
//! A domain that answers quickly may fill the sender. One that is slow, or asks to come back later, gets one message at a
//! time (or none for a while), and its other rows are put off to the time their turn will come, so that they are out of the
//! way of everybody else: it cannot hold up other domains. What is learnt is in memory; a back-off is also written down, for
//! people and for other nodes. A new domain starts small and doubles while it answers.

use connect::email::Outcome;
use contract::{CompanyId, Micros, SenderId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A message that takes longer makes a domain slow that has answered before.
const SLOW: Duration = Duration::from_secs(2);
/// First rest of a domain that asks to come back later; each further one in a row is twice as long.
const REST: i64 = 60;
/// Longest rest.
const LONGEST: i64 = 30 * 60;
/// Rows are put off at most so far, whatever the queue: the domain may recover.
const FARTHEST: i64 = 10 * 60 * 1_000_000;
/// Distance between two turns of a domain that has not answered yet.
const GUESS: f64 = 100_000.0;
/// Least distance between two turns.
const CLOSEST: i64 = 1_000;
/// Domains that are remembered; the quiet ones are forgotten beyond it.
const MOST: usize = 20_000;

/// Company, sender, recipient domain.
pub type Key = (CompanyId, SenderId, Arc<str>);

/// Whether a message may join those under way to its domain.
#[derive(Debug)]
pub enum Admission {
    /// It may; the ticket is its place.
    Go(Ticket),
    /// Not before then.
    Later(Micros, &'static str),
    /// Soon: its domain is known to be quick, or not known yet.
    Soon,
}

#[derive(Debug, Default)]
struct Domain {
    /// Places taken.
    taken: usize,
    /// Those that were begun, by number: the first is the oldest.
    begun: BTreeMap<u64, Instant>,
    /// Places, grown by quick answers; 0 is not known yet.
    places: usize,
    /// Most places, where a rule says so.
    most: Option<usize>,
    /// How long an answer took lately, in microseconds.
    pace: f64,
    /// The last quick answer.
    quick: Option<Instant>,
    rests_until: Option<Micros>,
    rests: u32,
    /// The last turn that was given to a row that was put off.
    turn: i64,
}

impl Domain {
    /// Nothing came back quickly since the oldest message under way began. One that is stuck among others that are answered
    /// says nothing about the domain.
    fn is_slow(&self, now: Instant, unknown: Duration) -> bool {
        let Some(oldest) = self.begun.values().next() else { return self.pace >= micros(SLOW) };
        let is_answering = self.quick.is_some_and(|quick| quick > *oldest);
        let slow = if self.quick.is_some() { SLOW } else { unknown.min(SLOW) };
        !is_answering && (now.saturating_duration_since(*oldest) >= slow || self.pace >= micros(SLOW))
    }

    /// A turn behind those given so far.
    fn next_turn(&mut self, now: Micros, places: usize) -> Micros {
        let from = self.rests_until.map_or(now.0, |until| until.0.max(now.0));
        let pace = if self.pace > 0.0 { self.pace } else { GUESS };
        let gap = (pace / places.max(1) as f64) as i64;
        self.turn = (self.turn.max(from) + gap.max(CLOSEST)).min(from + FARTHEST);
        Micros(self.turn)
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[derive(Debug, Default)]
struct Inner {
    all: HashMap<Key, Domain>,
    count: u64,
}

/// All destinations of this node.
#[derive(Debug)]
pub struct Domains {
    /// A message that takes longer makes a domain slow that has never answered quickly.
    unknown: Duration,
    inner: Mutex<Inner>,
    /// A place became free.
    freed: Notify,
}

/// A place among those under way to a domain; free again when dropped.
#[derive(Debug)]
pub struct Ticket {
    domains: Arc<Domains>,
    key: Key,
    number: u64,
}

/// What an outcome says about the destination, where it is worth writing down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// It asked to come back later.
    Rests(Micros, String),
    /// It takes mail again.
    Well,
}

impl Domains {
    /// Nothing is known yet.
    pub fn new(unknown: Duration) -> Self {
        Self { unknown, inner: Mutex::default(), freed: Notify::new() }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a place. `window` is how many messages the sender has under way at most, `most` what a rule allows here.
    pub fn admit(self: &Arc<Self>, key: &Key, window: usize, most: Option<usize>, now: Micros) -> Admission {
        let mut inner = self.inner();
        if inner.all.len() > MOST {
            inner.all.retain(|_, d| d.taken > 0 || d.rests_until.is_some_and(|until| until > now));
        }
        inner.count += 1;
        let number = inner.count;
        let domain = inner.all.entry(key.clone()).or_default();
        domain.most = most;
        if domain.places == 0 {
            domain.places = (window / 10).max(2);
        }
        if domain.rests_until.is_some_and(|until| until > now) {
            return Admission::Later(domain.next_turn(now, 1), "asked to come back later");
        }
        let is_slow = domain.is_slow(Instant::now(), self.unknown);
        let places = if is_slow { 1 } else { domain.places.min(window) };
        if domain.taken < places.min(most.unwrap_or(usize::MAX)).max(1) {
            domain.taken += 1;
            drop(inner);
            return Admission::Go(Ticket { domains: Arc::clone(self), key: key.clone(), number });
        }
        match (is_slow, most) {
            (true, _) => Admission::Later(domain.next_turn(now, 1), "is slow"),
            (false, Some(most)) if places >= most => {
                Admission::Later(domain.next_turn(now, most), "has as many messages under way as its rule allows")
            }
            (false, _) => Admission::Soon,
        }
    }

    /// Another node learnt that this one rests.
    pub fn heard(&self, key: &Key, until: Micros) {
        let mut inner = self.inner();
        let domain = inner.all.entry(key.clone()).or_default();
        domain.rests_until = domain.rests_until.max(Some(until));
    }

    /// Returns when a place became free, or after a moment.
    pub async fn freed(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.freed.notified()).await;
    }
}

impl Ticket {
    /// The conversation begins.
    pub fn begin(&self) {
        let mut inner = self.domains.inner();
        if let Some(domain) = inner.all.get_mut(&self.key) {
            domain.begun.insert(self.number, Instant::now());
        }
    }

    /// The domain.
    pub fn domain(&self) -> &str {
        &self.key.2
    }

    /// Learns from the answer.
    pub fn learn(&self, outcome: &Outcome, now: Micros) -> Option<Learnt> {
        let mut inner = self.domains.inner();
        let domain = inner.all.get_mut(&self.key)?;
        let took = domain.begun.get(&self.number).map_or(Duration::ZERO, Instant::elapsed);
        domain.pace = if domain.pace == 0.0 { micros(took) } else { domain.pace * 0.8 + micros(took) * 0.2 };
        if took < SLOW {
            domain.quick = Some(Instant::now());
        }
        match outcome {
            Outcome::Accepted { .. } | Outcome::RefusedPermanent { .. } => {
                if took >= SLOW {
                    domain.places = 1;
                } else {
                    domain.places = domain.places.saturating_add(1).min(domain.most.unwrap_or(100_000)).max(1);
                }
                domain.rests = 0;
                domain.rests_until.take().map(|_| Learnt::Well)
            }
            _ if is_throttled(outcome) => {
                domain.places = 1;
                if domain.rests_until.is_some_and(|until| until > now) {
                    // One request to come back later that many messages met at once.
                    return None;
                }
                let rest = REST.saturating_mul(1_i64.checked_shl(domain.rests).unwrap_or(LONGEST)).min(LONGEST);
                domain.rests = (domain.rests + 1).min(16);
                let until = now.plus_seconds(rest);
                domain.rests_until = Some(until);
                domain.turn = 0;
                Some(Learnt::Rests(until, super::rules::clean(outcome.text())))
            }
            _ => None,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inner = self.domains.inner();
        if let Some(domain) = inner.all.get_mut(&self.key) {
            domain.taken = domain.taken.saturating_sub(1);
            domain.begun.remove(&self.number);
        }
        drop(inner);
        self.domains.freed.notify_waiters();
    }
}

/// Whether the answer speaks about the recipient's server and not about the recipient: 421 or 4.7.
fn is_throttled(outcome: &Outcome) -> bool {
    let Outcome::Deferred { code, enhanced, .. } = outcome else { return false };
    *code == 421 || enhanced.is_some_and(|e| e.class == 4 && e.subject == 7 && !is_greylisting(outcome.text()))
}

/// Greylisting puts off one recipient, not the domain.
fn is_greylisting(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("greylist") || text.contains("graylist")
}

/// The domain of a normalised address.
pub fn domain_of(address: &str) -> Arc<str> {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::email::{Enhanced, Stage};
    use uuid::Uuid;

    const NOW: Micros = Micros::from_seconds(1000);

    fn key(domain: &str) -> Key {
        (CompanyId(Uuid::nil()), SenderId(Uuid::nil()), domain.into())
    }

    fn ok() -> Outcome {
        Outcome::Accepted { code: 250, text: "ok".into() }
    }

    fn later(code: u16, enhanced: &str, text: &str) -> Outcome {
        Outcome::Deferred { stage: Stage::Rcpt, code, enhanced: Enhanced::parse(enhanced), text: text.into() }
    }

    fn go(domains: &Arc<Domains>, domain: &str) -> Option<Ticket> {
        match domains.admit(&key(domain), 80, None, NOW) {
            Admission::Go(ticket) => Some(ticket),
            _ => None,
        }
    }

    #[test]
    fn a_quick_domain_grows_until_it_fills_the_sender() {
        let domains = Arc::new(Domains::new(SLOW));
        let mut held = Vec::new();
        while let Some(ticket) = go(&domains, "quick.example") {
            held.push(ticket);
        }
        assert_eq!(held.len(), 8, "a tenth of what the sender has under way");
        for _ in 0..20 {
            let tickets: Vec<Ticket> = std::mem::take(&mut held);
            for ticket in tickets {
                ticket.begin();
                ticket.learn(&ok(), NOW);
            }
            while let Some(ticket) = go(&domains, "quick.example") {
                held.push(ticket);
            }
        }
        assert_eq!(held.len(), 80);
        assert!(matches!(domains.admit(&key("quick.example"), 80, None, NOW), Admission::Soon));
    }

    #[test]
    fn a_domain_that_asks_to_come_back_later_rests_and_its_rows_queue_behind_the_rest() {
        let domains = Arc::new(Domains::new(SLOW));
        let tickets: Vec<Ticket> = (0..3).filter_map(|_| go(&domains, "busy.example")).collect();
        let learnt: Vec<_> = tickets.iter().map(|t| t.learn(&later(421, "4.7.0", "try later"), NOW)).collect();
        assert_eq!(learnt, [Some(Learnt::Rests(NOW.plus_seconds(60), "try later".into())), None, None]);
        let Admission::Later(first, _) = domains.admit(&key("busy.example"), 80, None, NOW) else { panic!("went") };
        let Admission::Later(second, _) = domains.admit(&key("busy.example"), 80, None, NOW) else { panic!("went") };
        assert!(first > NOW.plus_seconds(60) && second > first);
        assert!(go(&domains, "other.example").is_some());
        // After the rest one at a time, and twice the rest if it is refused again.
        drop(tickets);
        let Admission::Go(probe) = domains.admit(&key("busy.example"), 80, None, NOW.plus_seconds(61)) else {
            panic!("rests")
        };
        assert!(matches!(domains.admit(&key("busy.example"), 80, None, NOW.plus_seconds(61)), Admission::Soon));
        let again = probe.learn(&later(451, "4.7.1", "still"), NOW.plus_seconds(61));
        assert_eq!(again, Some(Learnt::Rests(NOW.plus_seconds(61 + 120), "still".into())));
    }

    #[test]
    fn one_recipient_who_is_put_off_says_nothing_about_the_domain() {
        let domains = Arc::new(Domains::new(SLOW));
        let ticket = go(&domains, "a.example").unwrap();
        assert_eq!(ticket.learn(&later(452, "4.2.2", "mailbox full"), NOW), None);
        assert_eq!(ticket.learn(&later(451, "4.7.1", "Greylisted, come back in 5 minutes"), NOW), None);
        assert!(go(&domains, "a.example").is_some());
    }

    #[test]
    fn a_rule_holds_whatever_the_answers() {
        let domains = Arc::new(Domains::new(SLOW));
        let take = || match domains.admit(&key("ruled.example"), 80, Some(2), NOW) {
            Admission::Go(ticket) => Some(ticket),
            _ => None,
        };
        for _ in 0..50 {
            let (a, b) = (take().unwrap(), take());
            assert!(take().is_none());
            for ticket in [Some(a), b].into_iter().flatten() {
                ticket.begin();
                ticket.learn(&ok(), NOW);
            }
        }
    }

    #[test]
    fn rows_are_never_put_off_for_longer_than_a_recovery_may_take() {
        let mut domain = Domain { pace: micros(SLOW) * 5.0, ..Domain::default() };
        let last = (0..100_000).map(|_| domain.next_turn(NOW, 1)).last().unwrap();
        assert!(last.0 - NOW.0 <= FARTHEST);
    }

    #[test]
    fn one_message_that_is_stuck_says_nothing_about_a_domain_that_answers() {
        let begun = Instant::now().checked_sub(SLOW * 3).unwrap();
        let mut domain = Domain { begun: BTreeMap::from([(1, begun)]), ..Domain::default() };
        assert!(domain.is_slow(Instant::now(), SLOW));
        domain.quick = Some(Instant::now());
        assert!(!domain.is_slow(Instant::now(), SLOW));
    }
}
