//! Pure decisions of the engine: what an outcome means for the row, when it is tried again, how long a sender cools down.

use connect::email::{BounceClass, Enhanced, Outcome, Stage, bounce_class};
use contract::Micros;
use contract::campaigns::RecipientState;
use contract::sending::RetryPlan;
use std::time::Duration;

/// Longest detail that is kept.
const DETAIL_CHARS: usize = 500;

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// New state.
    pub state: RecipientState,
    /// Code.
    pub reason: &'static str,
    /// In words.
    pub detail: String,
    /// For `pending`: not before.
    pub next: Micros,
    /// Whether the try is not counted.
    pub is_refunded: bool,
}

impl End {
    /// An end that needs no next time.
    pub fn settled(state: RecipientState, reason: &'static str, detail: &str) -> Self {
        Self { state, reason, detail: clean(detail), next: Micros(0), is_refunded: false }
    }

    /// Back to the queue; the try is not counted.
    pub fn back(next: Micros, detail: &str) -> Self {
        Self { state: RecipientState::Pending, reason: "", detail: clean(detail), next, is_refunded: true }
    }

    /// Another try as the plan has it, or the end.
    pub fn again(attempts: i64, now: Micros, plan: &RetryPlan, reason: &'static str, detail: &str) -> Self {
        match plan.wait_after(attempts) {
            Some(minutes) => {
                let next = now.plus_seconds(minutes * 60);
                Self { state: RecipientState::Pending, reason, detail: clean(detail), next, is_refunded: false }
            }
            None => Self::settled(RecipientState::Failed, reason, detail),
        }
    }
}

/// A server's words as they are stored: one line, no control characters, not endless.
pub fn clean(text: &str) -> String {
    let words = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    words.take(DETAIL_CHARS).collect::<String>().trim().to_owned()
}

fn class_code(class: BounceClass) -> &'static str {
    match class {
        BounceClass::Hard => "hard",
        BounceClass::Soft => "soft",
        BounceClass::Ignore => "ignore",
        BounceClass::Block => "block",
    }
}

fn answer(code: u16, enhanced: Option<Enhanced>, text: &str) -> String {
    match enhanced {
        Some(enhanced) => format!("{code} {enhanced} {text}"),
        None => format!("{code} {text}"),
    }
}

/// What a hand-over's outcome means for its row after `attempts` tries, this one counted. A sender in trouble gives the
/// row back until `cool_until`.
pub fn judge(outcome: &Outcome, attempts: i64, now: Micros, cool_until: Micros, plan: &RetryPlan) -> End {
    match outcome {
        Outcome::Accepted { code, text } => End::settled(RecipientState::Accepted, "", &answer(*code, None, text)),
        Outcome::RefusedPermanent { code, enhanced, text, .. } => {
            let class = class_code(bounce_class(*code, *enhanced, text));
            End::settled(RecipientState::Failed, class, &answer(*code, *enhanced, text))
        }
        Outcome::Deferred { code, enhanced, text, .. } => {
            End::again(attempts, now, plan, "deferred", &answer(*code, *enhanced, text))
        }
        Outcome::SenderTrouble { failure } => End::back(cool_until, &failure.to_string()),
        Outcome::NotHandedOver { stage, reason } => {
            End::again(attempts, now, plan, "connection", &broke(*stage, reason))
        }
        Outcome::Unknown { reason } => End::settled(RecipientState::Unknown, "lost", reason),
    }
}

fn broke(stage: Stage, reason: &str) -> String {
    format!("{reason} (at {})", stage.as_str())
}

/// How long a sender rests after its `episode`-th trouble in a row, counted from 1.
pub fn cool_down(episode: u32, base: Duration, most: Duration) -> Duration {
    base.saturating_mul(1_u32.checked_shl(episode.saturating_sub(1)).unwrap_or(u32::MAX)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::{Failure, Kind};

    const NOW: Micros = Micros::from_seconds(1_000_000);
    const COOL: Micros = Micros::from_seconds(1_000_030);

    #[test]
    fn tries_are_spread_over_a_day_and_then_end() {
        let plan = RetryPlan::default();
        let retry_after = |attempts| plan.wait_after(attempts);
        let waits: Vec<_> = (1..=12).map_while(retry_after).collect();
        assert_eq!(waits, [1, 5, 30, 120, 360, 360, 360]);
        assert!(waits.iter().sum::<i64>() <= 24 * 60);
        assert_eq!(retry_after(i64::MAX), None);
        assert_eq!(retry_after(0), Some(1));
    }

    #[test]
    fn a_plan_of_ones_own_is_kept() {
        let plan = RetryPlan { minutes: vec![2, 10], hours: 1 };
        let waits: Vec<_> = (1..=12).map_while(|n| plan.wait_after(n)).collect();
        assert_eq!(waits, [2, 10, 10, 10, 10, 10]);
    }

    #[test]
    fn each_outcome_has_its_end() {
        let plan = RetryPlan::default();
        let judge = |outcome: &Outcome, attempts, now, cool| judge(outcome, attempts, now, cool, &plan);
        let text = || "no such user".to_owned();
        let enhanced = Enhanced::parse("5.1.1");
        let refused = Outcome::RefusedPermanent { stage: Stage::Rcpt, code: 550, enhanced, text: text() };
        let end = judge(&refused, 1, NOW, COOL);
        assert_eq!(
            (end.state, end.reason, end.detail.as_str()),
            (RecipientState::Failed, "hard", "550 5.1.1 no such user")
        );

        let deferred = Outcome::Deferred { stage: Stage::Rcpt, code: 451, enhanced: None, text: "later".into() };
        let end = judge(&deferred, 2, NOW, COOL);
        assert_eq!((end.state, end.next, end.is_refunded), (RecipientState::Pending, NOW.plus_seconds(300), false));
        assert_eq!(judge(&deferred, 8, NOW, COOL).state, RecipientState::Failed);

        let trouble = Outcome::SenderTrouble { failure: Failure::temporary(Kind::Busy, "smtp", "mail") };
        let end = judge(&trouble, 99, NOW, COOL);
        assert_eq!((end.state, end.next, end.is_refunded), (RecipientState::Pending, COOL, true));

        let broken = Outcome::NotHandedOver { stage: Stage::Data, reason: "connection reset".into() };
        assert_eq!(judge(&broken, 1, NOW, COOL).state, RecipientState::Pending);

        let open = Outcome::Unknown { reason: "no answer".into() };
        assert_eq!(judge(&open, 1, NOW, COOL).state, RecipientState::Unknown);
    }

    #[test]
    fn a_servers_words_cannot_break_the_row() {
        assert_eq!(clean("a\r\nb\0c "), "a  b c");
        assert_eq!(clean(&"x".repeat(9000)).len(), DETAIL_CHARS);
    }

    #[test]
    fn a_sender_rests_longer_each_time_up_to_a_limit() {
        let rest = |n| cool_down(n, Duration::from_secs(5), Duration::from_secs(300)).as_secs();
        assert_eq!([rest(1), rest(2), rest(3), rest(7), rest(99)], [5, 10, 20, 300, 300]);
    }
}
