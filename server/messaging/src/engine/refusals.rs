//! Whether a campaign is running into a wall: refusals that say that going on would do harm.
//!
//! One node sees its own share of a campaign, so a campaign on several nodes is held by the first that has seen enough.

use connect::email::{BounceClass, Outcome, bounce_class};
use std::collections::VecDeque;

/// When refusals hold a campaign.
#[derive(Clone, Copy, Debug)]
pub struct Wall {
    /// Refusals in a row that concern the sender and not the recipient.
    pub blocked: u32,
    /// Outcomes that are looked at together.
    pub window: usize,
    /// Refusals of any kind among them.
    pub refused: usize,
}

impl Default for Wall {
    fn default() -> Self {
        Self { blocked: 20, window: 100, refused: 50 }
    }
}

/// What one campaign met lately.
#[derive(Debug, Default)]
pub struct Refusals {
    blocked: u32,
    last: VecDeque<bool>,
    /// How often this held the campaign: whoever resumed it knew, so each further time takes twice as much.
    holds: u32,
}

impl Refusals {
    /// Learns from an outcome; answers why the campaign has to be held, if it has to.
    pub fn note(&mut self, outcome: &Outcome, wall: &Wall) -> Option<String> {
        let (is_refused, words) = match outcome {
            Outcome::Accepted { .. } => {
                self.blocked = 0;
                (false, "")
            }
            Outcome::RefusedPermanent { code, enhanced, text, .. } => {
                if bounce_class(*code, *enhanced, text) == BounceClass::Block {
                    self.blocked += 1;
                }
                (true, text.as_str())
            }
            _ => return None,
        };
        let times = 1_usize.checked_shl(self.holds).unwrap_or(usize::MAX);
        if self.last.len() >= wall.window.saturating_mul(times) {
            self.last.pop_front();
        }
        self.last.push_back(is_refused);
        let refused = self.last.iter().filter(|refused| **refused).count();
        let why = if self.blocked as usize >= (wall.blocked as usize).saturating_mul(times) {
            Some(format!(
                "{} messages in a row were refused because of the sender, not because of the recipients. The last answer: {words}. Look into the reputation and the records of your domain, then resume.",
                self.blocked
            ))
        } else if refused >= wall.refused.saturating_mul(times) {
            Some(format!(
                "{refused} of the last {} messages were refused. The last answer: {words}. Check where these addresses come from, then resume.",
                self.last.len()
            ))
        } else {
            None
        };
        if why.is_some() {
            *self = Self { holds: (self.holds + 1).min(16), ..Self::default() };
        }
        why.map(|why| why.replace("..", "."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::email::{Enhanced, Stage};

    const WALL: Wall = Wall { blocked: 3, window: 10, refused: 5 };

    fn accepted() -> Outcome {
        Outcome::Accepted { code: 250, text: "ok".into() }
    }

    fn refused(enhanced: &str, text: &str) -> Outcome {
        let enhanced = Enhanced::parse(enhanced);
        Outcome::RefusedPermanent { stage: Stage::Rcpt, code: 550, enhanced, text: text.into() }
    }

    fn first_hold(outcomes: impl IntoIterator<Item = Outcome>) -> Option<usize> {
        let mut all = Refusals::default();
        outcomes.into_iter().position(|outcome| all.note(&outcome, &WALL).is_some())
    }

    #[test]
    fn blocks_in_a_row_hold_and_one_that_is_taken_begins_anew() {
        let block = || refused("5.7.1", "blocked by policy");
        assert_eq!(first_hold([block(), block(), block()]), Some(2));
        assert_eq!(first_hold([block(), block(), accepted(), block(), block()]), None);
        // an address that does not work between them says nothing about the sender
        assert_eq!(first_hold([block(), refused("5.1.1", "no such user"), block(), block()]), Some(3));
    }

    #[test]
    fn half_of_the_last_ones_refused_hold_whatever_the_reason() {
        let gone = || refused("5.1.1", "no such user");
        assert_eq!(first_hold((0..5).map(|_| gone())), Some(4));
        let mixed = (0..40).map(|n| if n % 3 == 0 { gone() } else { accepted() });
        assert_eq!(first_hold(mixed), None);
        let alternating = (0..40).map(|n| if n % 2 == 0 { gone() } else { accepted() });
        assert_eq!(first_hold(alternating), Some(8));
    }

    #[test]
    fn what_says_nothing_about_the_message_does_not_count() {
        let lost = || Outcome::Unknown { reason: "no answer".into() };
        assert_eq!(first_hold((0..40).map(|_| lost())), None);
    }

    #[test]
    fn each_further_hold_takes_twice_as_much() {
        let mut all = Refusals::default();
        let mut held = Vec::new();
        for n in 1..=40 {
            if let Some(why) = all.note(&refused("5.7.1", "listed."), &WALL) {
                assert!(why.contains("The last answer: listed. Look"), "{why}");
                held.push(n);
            }
        }
        assert_eq!(held, [3, 9, 21]);
    }
}
