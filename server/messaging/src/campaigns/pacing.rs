//! When somebody's turn is: windows, zones, caps, warm-up. Pure.
//!
//! Wall clocks are turned into instants by `kernel::zone`: a time that daylight saving skips is the first minute that
//! exists after it, one that happens twice is the first of the two.

mod caps;
mod clock;
mod window;

pub use caps::{Allowed, check_caps, check_warm_up, judge_cap, today};
pub use clock::{Clocks, Turn, check_zones, spread};
pub use window::Hours;

use super::rules::SOURCE_BYTES;
use super::trial;
use contract::Fault;
use contract::campaigns::{Plan, TestOf};

/// Refuses a plan that means nothing.
///
/// # Errors
/// What is wrong, at the field where it stands.
pub fn check(plan: &Plan) -> Result<(), Fault> {
    if let Some(window) = &plan.window {
        Hours::read(window)?;
    }
    if let Some(test) = &plan.test {
        trial::check(test)?;
        if test.of != TestOf::Time && !plan.languages.is_empty() {
            return Err(Fault::invalid(
                "plan.test",
                "A test of words and wordings by language do not go together. Test the time, or send in one language.",
            ));
        }
    }
    languages(plan)
}

fn languages(plan: &Plan) -> Result<(), Fault> {
    let refuse = |message: &str| Err(Fault::invalid("plan.languages", message));
    if plan.languages.len() > 20 {
        return refuse("Write at most 20 languages.");
    }
    let mut known: Vec<String> = Vec::new();
    for variant in &plan.languages {
        let code = variant.language.to_ascii_lowercase();
        let mut parts = code.split('-');
        let main = parts.next().unwrap_or_default();
        let is_code = (2..=3).contains(&main.len())
            && main.bytes().all(|b| b.is_ascii_lowercase())
            && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !is_code {
            return refuse("Name a language by its code, such as da or pt-BR.");
        }
        if known.contains(&code) {
            return refuse("Each language can be written once.");
        }
        if variant.content.source.len().max(variant.content.text.len()) > SOURCE_BYTES {
            return refuse("The source of a language is larger than 1 MB.");
        }
        known.push(code);
    }
    Ok(())
}

/// Minutes since midnight of `HH:MM`; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let is_two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (h, m): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let whole = h * 60 + m;
    (is_two(hours) && is_two(minutes) && m < 60 && whole <= 24 * 60).then_some(whole)
}

/// The same for the time of a variant, which is before midnight.
pub fn minutes_of_day(text: &str) -> Option<i64> {
    minutes(text).filter(|m| *m < 24 * 60)
}
