//! How delivery reads, said once.

use contract::campaigns::Caps;
use contract::sending::{Delivery, DomainRule, PacePer, RetryPlan};
use kit::format;

/// Tries that are named one by one.
const NAMED: usize = 8;

/// What stands for a domain in a list.
pub fn domain(name: &str) -> String {
    if name == "*" { "Every other domain".to_owned() } else { name.to_owned() }
}

/// A limit of a rule.
pub fn limit(limit: Option<u32>, none: &str) -> String {
    limit.map_or_else(|| none.to_owned(), format::number)
}

/// The limits of a rule, for a message.
pub fn rule(rule: &DomainRule) -> String {
    let per_minute = rule.per_minute.map(|n| format!("{} a minute", format::number(n)));
    let at_once = rule.at_once.map(|n| format!("{} at once", format::number(n)));
    let parts: Vec<String> = [per_minute, at_once].into_iter().flatten().collect();
    if parts.is_empty() { "no limit".to_owned() } else { parts.join(", ") }
}

/// The clock that follows from a plan; `None` where the plan means nothing yet.
pub fn clock(plan: &RetryPlan) -> Option<String> {
    let is_good = (1..=20).contains(&plan.minutes.len())
        && plan.minutes.iter().all(|wait| (1..=1440).contains(wait))
        && (1..=120).contains(&plan.hours);
    if !is_good {
        return None;
    }
    let wait = |minutes: i64| format::duration(format::whole(minutes * 60));
    let named: Vec<String> = plan.clock().take(NAMED + 1).map(wait).collect();
    let end = wait(i64::from(plan.hours) * 60);
    Some(match named.as_slice() {
        [] => format!("Nothing comes within {end}: a message is tried once and has failed then."),
        [only] => format!("Tried again after {only}. Not taken by then, it has failed."),
        [.., _] if named.len() > NAMED => {
            let last = plan.minutes.last().copied().map_or_else(String::new, |last| wait(i64::from(last)));
            let shown = named.get(..NAMED).unwrap_or_default().join(", ");
            format!(
                "Tried again after {shown} and so on, in the end every {last}, up to {end}. Not taken by then, it has failed."
            )
        }
        [first @ .., last] => {
            format!("Tried again after {} and {last}. Not taken by then, it has failed.", first.join(", "))
        }
    })
}

/// `At most 3 messages in 7 days and 1 message in 1 day to anybody. People over it wait up to 2 days.`
pub fn caps(caps: &Caps) -> String {
    if caps.rules.is_empty() {
        return "Your company has no frequency cap.".to_owned();
    }
    let rules: Vec<String> = caps
        .rules
        .iter()
        .map(|r| {
            format!("{} in {}", format::count(r.messages, "message", "messages"), format::count(r.days, "day", "days"))
        })
        .collect();
    let over = match caps.defer_days {
        0 => "People over it are left out.".to_owned(),
        days => format!("People over it wait up to {}.", format::count(days, "day", "days")),
    };
    format!("At most {} to anybody, over all campaigns. {over}", rules.join(" and "))
}

/// A stretch of time, as forms name it.
pub fn per(per: PacePer) -> &'static str {
    match per {
        PacePer::Minute => "minute",
        PacePer::Hour => "hour",
        PacePer::Day => "day",
    }
}

/// From its name in forms.
pub fn per_of(name: &str) -> PacePer {
    [PacePer::Minute, PacePer::Day].into_iter().find(|one| per(*one) == name).unwrap_or(PacePer::Hour)
}

/// How one campaign is delivered.
pub fn delivery(delivery: &Delivery) -> String {
    let pace = match delivery.pace {
        None => "As fast as its sender allows".to_owned(),
        Some(pace) => {
            let how = if pace.evenly { "spread evenly" } else { "in a burst, then a pause" };
            format!("{} in each {}, {how}", format::count(pace.count, "message", "messages"), per(pace.per))
        }
    };
    let next = if delivery.fallback { "the next sender takes over" } else { "it stays with its sender" };
    format!("{pace}; {next}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::campaigns::Cap;
    use contract::sending::Pace;

    #[test]
    fn a_plan_is_told_as_its_clock() {
        let told = clock(&RetryPlan::default()).unwrap();
        assert!(told.starts_with("Tried again after 1 min, 6 min, 36 min, 2 h 36 min, 8 h 36 min"), "{told}");
        assert!(told.contains("14 h 36 min and 20 h 36 min."), "{told}");
        let often = clock(&RetryPlan { minutes: vec![1], hours: 120 }).unwrap();
        assert!(often.contains("8 min and so on, in the end every 1 min, up to 5 d."), "{often}");
        assert!(clock(&RetryPlan { minutes: vec![90], hours: 1 }).unwrap().starts_with("Nothing comes within 1 h"));
        assert!(clock(&RetryPlan { minutes: vec![40], hours: 1 }).unwrap().starts_with("Tried again after 40 min."));
        for plan in [(vec![], 24), (vec![0], 24), (vec![5], 0), (vec![5], 4_000_000_000)] {
            assert_eq!(clock(&RetryPlan { minutes: plan.0, hours: plan.1 }), None);
        }
    }

    #[test]
    fn a_cap_is_told_in_a_sentence() {
        let two = Caps { rules: vec![Cap { messages: 3, days: 7 }, Cap { messages: 1, days: 1 }], defer_days: 2 };
        assert_eq!(
            caps(&two),
            "At most 3 messages in 7 days and 1 message in 1 day to anybody, over all campaigns. People over it wait up to 2 days."
        );
        assert_eq!(caps(&Caps::default()), "Your company has no frequency cap.");
    }

    #[test]
    fn limits_and_paces_are_told() {
        let mut own = DomainRule { domain: "*".into(), per_minute: Some(1200), at_once: Some(4) };
        assert_eq!(
            (domain(&own.domain).as_str(), rule(&own).as_str()),
            ("Every other domain", "1,200 a minute, 4 at once")
        );
        (own.per_minute, own.at_once) = (None, None);
        assert_eq!(rule(&own), "no limit");
        let pace = Pace { count: 1000, per: PacePer::Hour, evenly: true };
        let slow = Delivery { pace: Some(pace), fallback: true };
        assert_eq!(delivery(&slow), "1,000 messages in each hour, spread evenly; the next sender takes over.");
        assert_eq!(delivery(&Delivery::default()), "As fast as its sender allows; it stays with its sender.");
        for one in [PacePer::Minute, PacePer::Hour, PacePer::Day] {
            assert_eq!(per_of(per(one)), one);
        }
    }
}
