//! How often a person is mailed, and how much a young sender sends.

use crate::campaigns::store::caps::Mailed;
use contract::campaigns::{CapRule, Caps, WarmUp};
use contract::{Fault, Micros};

const DAY: i64 = 86_400;

/// Whether a person may get one more message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Now.
    Now,
    /// Then, when older messages no longer count.
    From(Micros),
    /// Not in this campaign.
    No,
}

/// Judges a person by what they were handed. `started` is when the campaign began: nobody is put off for longer than the
/// company's `defer_days` from then.
pub fn judge_cap(caps: &Caps, rule: CapRule, mailed: &Mailed, started: Micros, now: Micros) -> Allowed {
    if rule == CapRule::Exempt {
        return Allowed::Now;
    }
    let reserved = if rule == CapRule::Apply { mailed.reserved } else { 0 };
    let mut until = now;
    for cap in &caps.rules {
        let span = i64::from(cap.days) * DAY;
        let inside: Vec<Micros> = mailed.handed.iter().copied().filter(|at| at.plus_seconds(span) > now).collect();
        let room = i64::from(cap.messages) - reserved;
        let used = i64::try_from(inside.len()).unwrap_or(i64::MAX);
        if used < room {
            continue;
        }
        // Newest first: room comes when all but `room - 1` of them are out of the window.
        let leaves = usize::try_from(room - 1).ok().and_then(|kept| inside.get(kept));
        let free = leaves.map_or(now.plus_seconds(DAY), |at| at.plus_seconds(span + 1));
        until = until.max(free);
    }
    match until {
        u if u <= now => Allowed::Now,
        u if u <= started.plus_seconds(i64::from(caps.defer_days) * DAY) => Allowed::From(u),
        _ => Allowed::No,
    }
}

/// What a warm-up allows today: the limit, when the day began, when it ends. `None` when it is done.
pub fn today(warm_up: &WarmUp, now: Micros) -> Option<(i64, Micros, Micros)> {
    let day = warm_up.day(now)?;
    Some((warm_up.limit(day)?, warm_up.begins(day)?, warm_up.begins(day + 1)?))
}

/// Refuses caps that mean nothing.
///
/// # Errors
/// What is wrong.
pub fn check_caps(caps: &Caps) -> Result<(), Fault> {
    if caps.rules.len() > 3 {
        return Err(Fault::invalid("rules", "Set at most three caps."));
    }
    if caps.rules.iter().any(|cap| !(1..=100).contains(&cap.messages)) {
        return Err(Fault::invalid("rules", "A cap is 1 to 100 messages."));
    }
    if caps.rules.iter().any(|cap| !(1..=90).contains(&cap.days)) {
        return Err(Fault::invalid("rules", "A cap looks back 1 to 90 days."));
    }
    if caps.defer_days > 30 {
        return Err(Fault::invalid("defer_days", "Messages wait at most 30 days."));
    }
    Ok(())
}

/// Refuses a warm-up that means nothing.
///
/// # Errors
/// What is wrong.
pub fn check_warm_up(warm_up: &WarmUp) -> Result<(), Fault> {
    if warm_up.first_day == 0 {
        return Err(Fault::invalid("first_day", "The first day needs at least one message."));
    }
    if !(1..=300).contains(&warm_up.growth_percent) {
        return Err(Fault::invalid("growth_percent", "Growth is 1 to 300 per cent a day."));
    }
    if warm_up.target <= warm_up.first_day {
        return Err(Fault::invalid("target", "The target must be more than the first day."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::campaigns::Cap;

    const NOW: Micros = Micros::from_seconds(100 * DAY);

    fn days_ago(days: &[i64]) -> Mailed {
        Mailed { handed: days.iter().map(|d| NOW.plus_seconds(-d * DAY + 10)).collect(), reserved: 0 }
    }

    fn caps(rules: &[(u32, u32)], defer_days: u32) -> Caps {
        Caps {
            rules: rules.iter().map(|(messages, days)| Cap { messages: *messages, days: *days }).collect(),
            defer_days,
        }
    }

    #[test]
    fn a_person_has_room_until_the_cap_is_reached_and_again_when_a_message_leaves_the_window() {
        let two = caps(&[(2, 7)], 30);
        let judge = |mailed: &Mailed| judge_cap(&two, CapRule::Apply, mailed, NOW, NOW);
        assert_eq!(judge(&days_ago(&[])), Allowed::Now);
        assert_eq!(judge(&days_ago(&[1])), Allowed::Now);
        assert_eq!(judge(&days_ago(&[1, 8])), Allowed::Now);
        assert_eq!(judge(&days_ago(&[1, 5])), Allowed::From(NOW.plus_seconds(2 * DAY + 11)));
        assert_eq!(judge(&days_ago(&[1, 2, 3])), Allowed::From(NOW.plus_seconds(5 * DAY + 11)));
    }

    #[test]
    fn all_caps_hold_and_nobody_waits_for_longer_than_the_company_says() {
        let both = caps(&[(1, 1), (3, 7)], 2);
        assert_eq!(judge_cap(&both, CapRule::Apply, &days_ago(&[1]), NOW, NOW), Allowed::From(NOW.plus_seconds(11)));
        assert_eq!(judge_cap(&both, CapRule::Apply, &days_ago(&[2, 3, 4]), NOW, NOW), Allowed::No);
        assert_eq!(judge_cap(&caps(&[(1, 7)], 0), CapRule::Apply, &days_ago(&[1]), NOW, NOW), Allowed::No);
        let late = NOW.plus_seconds(-2 * DAY);
        assert_eq!(judge_cap(&both, CapRule::Apply, &days_ago(&[1]), late, NOW), Allowed::No);
    }

    #[test]
    fn room_is_kept_for_priority_and_the_exempt_are_not_asked() {
        let one = caps(&[(2, 7)], 0);
        let mailed = Mailed { reserved: 1, ..days_ago(&[1]) };
        assert_eq!(judge_cap(&one, CapRule::Apply, &mailed, NOW, NOW), Allowed::No);
        assert_eq!(judge_cap(&one, CapRule::Priority, &mailed, NOW, NOW), Allowed::Now);
        assert_eq!(judge_cap(&one, CapRule::Exempt, &days_ago(&[1, 1, 1]), NOW, NOW), Allowed::Now);
        // Reserved beyond the cap: it is tried again the next day.
        let many = Mailed { handed: Vec::new(), reserved: 5 };
        assert_eq!(
            judge_cap(&caps(&[(2, 7)], 3), CapRule::Apply, &many, NOW, NOW),
            Allowed::From(NOW.plus_seconds(DAY))
        );
    }

    #[test]
    fn a_warm_up_grows_each_day_until_its_target() {
        let warm = WarmUp { first_day: 50, growth_percent: 50, target: 200, started: Some(NOW) };
        let limit = |days: i64| today(&warm, NOW.plus_seconds(days * DAY + 5)).map(|(limit, ..)| limit);
        assert_eq!(
            [limit(0), limit(1), limit(2), limit(3), limit(4)],
            [Some(50), Some(75), Some(112), Some(168), None]
        );
        let slow = WarmUp { first_day: 1, growth_percent: 1, target: 4, started: Some(NOW) };
        assert_eq!(today(&slow, NOW.plus_seconds(3 * DAY)), None);
        let (_, begins, ends) = today(&warm, NOW.plus_seconds(DAY + 5)).unwrap();
        assert_eq!((begins, ends), (NOW.plus_seconds(DAY), NOW.plus_seconds(2 * DAY)));
    }
}
