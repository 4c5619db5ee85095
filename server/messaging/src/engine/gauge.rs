//! How one sender is doing on this node: how much is under way, whether it rests, what went wrong in a row.

use super::rules::cool_down;
use connect::email::Outcome;
use connect::{Failure, Kind, Status};
use contract::Micros;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// When a sender is given a rest, and when a person is asked.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// First rest; each further one in a row is twice as long.
    pub rest: Duration,
    /// Longest rest.
    pub longest: Duration,
    /// Rests in a row after which the campaign is held.
    pub rests: u32,
    /// Broken conversations in a row that count as one trouble.
    pub breaks: u32,
    /// Messages in a row without an answer after which the campaign is held: going on would burn the list.
    pub unanswered: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self { rest: Duration::from_secs(5), longest: Duration::from_secs(300), rests: 10, breaks: 5, unanswered: 20 }
    }
}

/// What an outcome says about the sender, where it says something new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Works again after trouble.
    Well,
    /// Rests until then.
    Rests(Micros, String),
    /// A person has to look.
    Fails(String),
}

#[derive(Debug, Default)]
struct Record {
    rests_until: Option<Micros>,
    not_before: Option<Micros>,
    rests: u32,
    breaks: u32,
    unanswered: u32,
    has_trouble: bool,
    /// Most rows worth claiming at once, learnt from what the limits granted.
    hint: Option<usize>,
}

#[derive(Debug)]
struct Room {
    pool: usize,
    window: Arc<Semaphore>,
    slots: Arc<Semaphore>,
    /// Places that single messages have to themselves.
    express: Arc<Semaphore>,
}

/// One sender on this node.
#[derive(Debug)]
pub struct Gauge {
    record: Mutex<Record>,
    room: Mutex<Room>,
}

/// Intents that may be open per connection: enough to keep it busy while the next group is committed.
const AHEAD: usize = 4;

impl Room {
    fn new(pool: usize) -> Self {
        let pool = pool.clamp(1, 1000);
        Self {
            pool,
            window: Arc::new(Semaphore::new((pool * AHEAD).max(8))),
            slots: Arc::new(Semaphore::new(pool)),
            express: Arc::new(Semaphore::new((pool / 4).max(1))),
        }
    }
}

impl Gauge {
    /// Nothing is known yet.
    pub fn new(pool: usize) -> Self {
        Self { record: Mutex::default(), room: Mutex::new(Room::new(pool)) }
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a new number of connections; what is under way keeps its place.
    pub fn resize(&self, pool: usize) {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        if room.pool != pool {
            *room = Room::new(pool);
        }
    }

    /// Places for up to `wish` intents; waits until at least half a window or all of the wish is free, so that groups
    /// are worth their commit.
    pub async fn window(&self, wish: usize) -> Option<OwnedSemaphorePermit> {
        let (window, half) = {
            let room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
            (Arc::clone(&room.window), (room.pool * AHEAD).max(8) / 2)
        };
        let least = u32::try_from(wish.min(half).max(1)).unwrap_or(1);
        let mut permit = Arc::clone(&window).acquire_many_owned(least).await.ok()?;
        let more = wish.saturating_sub(permit.num_permits()).min(window.available_permits());
        if let Ok(more) = window.try_acquire_many_owned(u32::try_from(more).unwrap_or(0)) {
            permit.merge(more);
        }
        Some(permit)
    }

    /// A place on a connection.
    pub async fn slot(&self, is_express: bool) -> Option<OwnedSemaphorePermit> {
        let (slots, express) = {
            let room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
            (Arc::clone(&room.slots), Arc::clone(&room.express))
        };
        if !is_express {
            return slots.acquire_owned().await.ok();
        }
        tokio::select! {
            slot = express.acquire_owned() => slot.ok(),
            slot = slots.acquire_owned() => slot.ok(),
        }
    }

    /// Until when nothing may be handed over: it rests, or its limits are used up.
    pub fn closed_until(&self, now: Micros) -> Option<Micros> {
        let record = self.record();
        record.rests_until.max(record.not_before).filter(|until| *until > now)
    }

    /// Until when its limits are used up.
    pub fn limited_until(&self, now: Micros) -> Option<Micros> {
        self.record().not_before.filter(|until| *until > now)
    }

    /// Rests until then, because another sender takes over.
    pub fn rest_until(&self, until: Micros) {
        let mut record = self.record();
        record.rests_until = record.rests_until.max(Some(until));
        record.has_trouble = true;
    }

    /// How many messages may be under way.
    pub fn width(&self) -> usize {
        (self.room.lock().unwrap_or_else(PoisonError::into_inner).pool * AHEAD).max(8)
    }

    /// Until when it rests after trouble.
    pub fn rests_until(&self, now: Micros) -> Option<Micros> {
        self.record().rests_until.filter(|until| *until > now)
    }

    /// Its limits granted this many of `wanted`, and more only at `next`.
    pub fn limited(&self, granted: usize, next: Micros) {
        let mut record = self.record();
        record.not_before = Some(next);
        record.hint = Some(granted.max(1));
    }

    /// Its limits granted all that was claimed: next time it may be twice as much.
    pub fn unlimited(&self) {
        let mut record = self.record();
        record.hint = record.hint.map(|hint| hint.saturating_mul(2)).filter(|hint| *hint < 1000);
    }

    /// Rows worth claiming at once, at most `most`.
    pub fn appetite(&self, most: usize) -> usize {
        self.record().hint.unwrap_or(most).min(most).max(1)
    }

    /// Learns from an outcome.
    pub fn note(&self, outcome: &Outcome, now: Micros, patience: &Patience, name: &str) -> Option<Note> {
        let mut record = self.record();
        match outcome {
            Outcome::Accepted { .. } | Outcome::RefusedPermanent { .. } | Outcome::Deferred { .. } => {
                (record.breaks, record.unanswered) = (0, 0);
                if record.rests_until.is_some_and(|until| until > now) {
                    // Answered to a message that was under way before the trouble: it says nothing about the rest.
                    return None;
                }
                record.rests = 0;
                std::mem::take(&mut record.has_trouble).then_some(Note::Well)
            }
            Outcome::SenderTrouble { failure } if failure.status == Status::Temporary => {
                record.rest(now, patience, in_words(failure, name))
            }
            Outcome::SenderTrouble { failure } => {
                record.has_trouble = true;
                Some(Note::Fails(in_words(failure, name)))
            }
            Outcome::NotHandedOver { reason, .. } => {
                record.breaks += 1;
                if record.breaks < patience.breaks {
                    return None;
                }
                record.rest(
                    now,
                    patience,
                    format!("Conversations with the server of {name} keep breaking off: {reason}."),
                )
            }
            Outcome::Unknown { reason } => {
                record.unanswered += 1;
                if record.unanswered < patience.unanswered {
                    return None;
                }
                (record.unanswered, record.has_trouble) = (0, true);
                Some(Note::Fails(format!("The server of {name} takes messages and then does not answer: {reason}.")))
            }
        }
    }
}

impl Record {
    fn rest(&mut self, now: Micros, patience: &Patience, detail: String) -> Option<Note> {
        if self.rests_until.is_some_and(|until| until > now) {
            // One trouble that many messages met at once.
            return None;
        }
        self.rests += 1;
        (self.breaks, self.has_trouble) = (0, true);
        let rest = cool_down(self.rests, patience.rest, patience.longest);
        let until = Micros(now.0.saturating_add(i64::try_from(rest.as_micros()).unwrap_or(i64::MAX)));
        self.rests_until = Some(until);
        if self.rests >= patience.rests {
            self.rests = 0;
            return Some(Note::Fails(detail));
        }
        Some(Note::Rests(until, detail))
    }
}

/// A failure for the person who looks after the sender.
pub(crate) fn in_words(failure: &Failure, name: &str) -> String {
    let said = match (failure.detail("code"), failure.detail("text")) {
        (Some(code), Some(text)) => format!(": {code} {text}"),
        (_, Some(text)) => format!(": {text}"),
        _ => failure.context.first().map_or(String::new(), |(_, value)| format!(": {value}")),
    };
    let what = match failure.kind {
        Kind::Unreachable => "cannot be reached",
        Kind::Timeout => "does not answer in time",
        Kind::Tls => "offers no encryption that can be trusted",
        Kind::Auth => "refuses the user name or password",
        Kind::Busy => "asks to come back later",
        Kind::Refused => "refuses this sender",
        Kind::Protocol => "answers what makes no sense",
        _ => "cannot be used with its settings",
    };
    super::rules::clean(&format!("The server of {name} {what}{said}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::email::Stage;

    const NOW: Micros = Micros::from_seconds(1000);

    fn busy() -> Outcome {
        Outcome::SenderTrouble {
            failure: Failure::temporary(Kind::Busy, "smtp", "mail").with("code", "421").with("text", "slow down"),
        }
    }

    fn good() -> Outcome {
        Outcome::Accepted { code: 250, text: "ok".into() }
    }

    #[test]
    fn one_trouble_met_by_many_messages_is_one_rest() {
        let (gauge, patience) = (Gauge::new(4), Patience::default());
        let first = gauge.note(&busy(), NOW, &patience, "Main");
        assert_eq!(
            first,
            Some(Note::Rests(NOW.plus_seconds(5), "The server of Main asks to come back later: 421 slow down".into()))
        );
        assert_eq!(gauge.note(&busy(), NOW, &patience, "Main"), None);
        assert_eq!(gauge.rests_until(NOW), Some(NOW.plus_seconds(5)));
        let later = NOW.plus_seconds(6);
        assert_eq!(gauge.rests_until(later), None);
        assert!(
            matches!(gauge.note(&busy(), later, &patience, "Main"), Some(Note::Rests(until, _)) if until == later.plus_seconds(10))
        );
        assert_eq!(gauge.note(&good(), later, &patience, "Main"), None, "it was under way when the rest began");
        let rested = later.plus_seconds(11);
        assert_eq!(gauge.note(&good(), rested, &patience, "Main"), Some(Note::Well));
        assert_eq!(gauge.note(&good(), rested, &patience, "Main"), None);
    }

    #[test]
    fn ten_rests_in_a_row_or_a_refused_password_ask_for_a_person() {
        let (gauge, patience) = (Gauge::new(1), Patience::default());
        let mut now = NOW;
        for _ in 1..10 {
            assert!(matches!(gauge.note(&busy(), now, &patience, "Main"), Some(Note::Rests(..))));
            now = now.plus_seconds(400);
        }
        assert!(matches!(gauge.note(&busy(), now, &patience, "Main"), Some(Note::Fails(_))));
        let auth = Outcome::SenderTrouble { failure: Failure::permanent(Kind::Auth, "smtp", "auth") };
        assert!(matches!(gauge.note(&auth, now, &patience, "Main"), Some(Note::Fails(_))));
    }

    #[test]
    fn messages_that_nobody_answers_do_not_burn_the_list() {
        let (gauge, patience) = (Gauge::new(1), Patience { unanswered: 3, ..Patience::default() });
        let open = Outcome::Unknown { reason: "timeout".into() };
        assert_eq!(gauge.note(&open, NOW, &patience, "Main"), None);
        assert_eq!(gauge.note(&open, NOW, &patience, "Main"), None);
        assert!(matches!(gauge.note(&open, NOW, &patience, "Main"), Some(Note::Fails(_))));
    }

    #[test]
    fn one_broken_conversation_is_nothing_but_several_in_a_row_are_trouble() {
        let (gauge, patience) = (Gauge::new(1), Patience::default());
        let broken = Outcome::NotHandedOver { stage: Stage::Data, reason: "reset".into() };
        for _ in 0..4 {
            assert_eq!(gauge.note(&broken, NOW, &patience, "Main"), None);
        }
        assert!(matches!(gauge.note(&broken, NOW, &patience, "Main"), Some(Note::Rests(..))));
    }

    #[test]
    fn the_appetite_follows_what_the_limits_grant() {
        let gauge = Gauge::new(1);
        assert_eq!(gauge.appetite(200), 200);
        gauge.limited(10, NOW.plus_seconds(1));
        assert_eq!((gauge.appetite(200), gauge.closed_until(NOW)), (10, Some(NOW.plus_seconds(1))));
        gauge.unlimited();
        assert_eq!(gauge.appetite(200), 20);
    }

    #[tokio::test]
    async fn a_group_waits_for_half_a_window_and_takes_what_is_free() {
        let gauge = Gauge::new(4);
        let all = gauge.window(50).await.unwrap();
        assert_eq!(all.num_permits(), 16);
        let slot = gauge.slot(false).await.unwrap();
        drop((all, slot));
        assert_eq!(gauge.window(3).await.unwrap().num_permits(), 3);
    }
}
