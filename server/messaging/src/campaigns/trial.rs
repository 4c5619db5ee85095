//! Tests of variants: who gets which, what the evidence says, what may be written. Pure.

use contract::campaigns::{AbTest, Passed, Plan, TestOf, Unclear, VariantFigures, When, WinnerBy};
use contract::templates::Content;
use contract::{CampaignId, ContactId, Fault, Micros};
use sha2::{Digest, Sha256};

use super::pacing::{Clocks, minutes_of_day};

/// The turn of those who wait for a winner: far beyond any date, so that no clock reaches it by itself.
pub const HELD: Micros = Micros(9_000_000_000_000_000);

/// Variants beside the first.
const MOST: usize = 4;

/// The variant of a person, counted from 0; `None` waits for the winner. Depends on nothing but the two ids, so that
/// going on after a crash shuffles nobody.
pub fn variant_of(contact: ContactId, campaign: CampaignId, test: &AbTest) -> Option<u32> {
    let mut hash = Sha256::new();
    hash.update(contact.0.as_bytes());
    hash.update(campaign.0.as_bytes());
    let digest = hash.finalize();
    let number = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    let variants = u64::try_from(test.variants.len()).unwrap_or(0) + 1;
    // Two parts of one number that have nothing to do with each other.
    let (place, turn) = (number % 10_000, number / 10_000);
    if place >= u64::from(test.sample_percent) * 100 {
        return None;
    }
    u32::try_from(turn % variants).ok()
}

/// The time of day of a variant, in minutes; `None` where the test is of something else, and for the first, whose time is
/// the campaign's.
pub fn time_of(test: &AbTest, variant: u32) -> Option<i64> {
    if test.of != TestOf::Time {
        return None;
    }
    let own = usize::try_from(variant).ok()?.checked_sub(1)?;
    test.variants.get(own).and_then(|v| minutes_of_day(&v.time))
}

/// The planned time of day, in minutes, where a test is of time.
pub fn own_time(test: &AbTest, when: Option<&When>) -> Option<i64> {
    let (_, time) = when.filter(|_| test.of == TestOf::Time)?.wall.split_once('T')?;
    minutes_of_day(time)
}

/// The turns of those who waited for a winner. Where nobody's time was tested they go at once, in everybody's window;
/// where it was, at the winning time, tomorrow if it has passed today.
pub fn clocks_of_the_rest(plan: &Plan, when: Option<&When>, company_zone: &str, now: Micros) -> Clocks {
    if plan.test.as_ref().is_some_and(|test| test.of == TestOf::Time) {
        let by_zone = plan.by_zone.map(|_| Passed::NextDay);
        return Clocks::new(&Plan { by_zone, ..plan.clone() }, when, company_zone, now);
    }
    Clocks::new(&Plan { by_zone: plan.by_zone.map(|_| Passed::Now), ..plan.clone() }, when, company_zone, now)
}

/// `A`, `B`, …
pub fn name(variant: u32) -> String {
    let letter = u8::try_from(variant).ok().and_then(|n| b'A'.checked_add(n)).unwrap_or(b'?');
    char::from(letter).to_string()
}

/// The words of a variant: the campaign's own with what the test is of in place.
pub fn words_of(own: &Content, test: &AbTest, variant: u32) -> Content {
    let other = usize::try_from(variant).ok().and_then(|n| n.checked_sub(1)).and_then(|n| test.variants.get(n));
    match (other, test.of) {
        (Some(other), TestOf::Subject) => {
            let preheader = if other.preheader.trim().is_empty() { &own.preheader } else { &other.preheader };
            Content { subject: other.subject.clone(), preheader: preheader.clone(), ..own.clone() }
        }
        (Some(other), TestOf::Content) => other.content.clone().unwrap_or_else(|| own.clone()),
        _ => own.clone(),
    }
}

/// A few words that tell a variant from the others.
pub fn label(own: &Content, test: &AbTest, variant: u32, wall: Option<&str>) -> String {
    let content = words_of(own, test, variant);
    match test.of {
        TestOf::Subject | TestOf::Content => content.subject,
        TestOf::Time => match time_of(test, variant) {
            Some(minutes) => format!("{:02}:{:02}", minutes / 60, minutes % 60),
            None => wall.and_then(|w| w.split_once('T')).map_or_else(|| "Planned time".into(), |(_, t)| t.to_owned()),
        },
    }
}

/// What becomes of a test at the end of its wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This variant goes to the rest, because of this.
    Winner(u32, String),
    /// A person has to choose, because of this.
    Ask(String),
}

fn did(figures: &VariantFigures, by: WinnerBy) -> i64 {
    match by {
        WinnerBy::Clicks => figures.clicked,
        WinnerBy::Opens => figures.opened,
    }
}

/// `4.2 %`
fn share(part: i64, whole: i64) -> String {
    let tenths = (part * 1000 + whole / 2).div_euclid(whole.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Weighs the evidence: the highest share of people, where there is enough of it; of equal ones the earlier variant only
/// if the test says so.
pub fn decide(test: &AbTest, figures: &[VariantFigures]) -> Decision {
    let (one, many) = match test.by {
        WinnerBy::Clicks => ("click", "clicked"),
        WinnerBy::Opens => ("open", "opened"),
    };
    let people: i64 = figures.iter().map(|f| did(f, test.by)).sum();
    let unclear = |why: String| match test.unclear {
        Unclear::Ask => Decision::Ask(format!("{why} Choose a variant.")),
        Unclear::First => Decision::Winner(0, format!("{why} The first variant goes to the rest, as planned.")),
    };
    if people < i64::from(test.min_people) {
        return unclear(format!("Only {people} of at least {} people {many}, too few to tell.", test.min_people));
    }
    // Shares are compared without division: a/b > c/d is a·d > c·b.
    let better = |a: &VariantFigures, b: &VariantFigures| {
        let (left, right) = (
            i128::from(did(a, test.by)) * i128::from(b.accepted.max(1)),
            i128::from(did(b, test.by)) * i128::from(a.accepted.max(1)),
        );
        left.cmp(&right)
    };
    let Some((best, winner)) =
        figures.iter().enumerate().reduce(|best, next| if better(next.1, best.1).is_gt() { next } else { best })
    else {
        return unclear("There are no variants.".into());
    };
    let equals = figures.iter().filter(|f| better(f, winner).is_eq()).count();
    if equals > 1 {
        return unclear(format!("{equals} variants have the same {one} rate."));
    }
    let why = format!(
        "{} of those who got {} {many}, more than of any other.",
        share(did(winner, test.by), winner.accepted),
        winner.name
    );
    Decision::Winner(u32::try_from(best).unwrap_or(0), why)
}

/// Refuses a test that means nothing.
///
/// # Errors
/// What is wrong, at its field.
pub fn check(test: &AbTest) -> Result<(), Fault> {
    let field = |name: &str, message: &str| Err(Fault::invalid(format!("plan.test.{name}"), message));
    if test.variants.is_empty() || test.variants.len() > MOST {
        return field("variants", "A test has 1 to 4 variants beside the first.");
    }
    if !(5..=100).contains(&test.sample_percent) {
        return field("sample_percent", "The sample is 5 to 100 per cent of the audience.");
    }
    if !(1..=168).contains(&test.wait_hours) {
        return field("wait_hours", "The winner is chosen 1 to 168 hours after the sample went out.");
    }
    for variant in &test.variants {
        match test.of {
            TestOf::Subject if variant.subject.trim().is_empty() => {
                return field("variants", "Write a subject for each variant.");
            }
            TestOf::Subject
                if variant.subject.chars().any(char::is_control) || variant.subject.chars().count() > 500 =>
            {
                return field("variants", "A subject is a single line of at most 500 characters.");
            }
            TestOf::Content if variant.content.is_none() => {
                return field("variants", "Write the content of each variant.");
            }
            TestOf::Time if minutes_of_day(&variant.time).is_none() => {
                return field("variants", "Write a time such as 18:30 for each variant.");
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::campaigns::Variant;
    use uuid::Uuid;

    fn test(percent: u8, others: usize) -> AbTest {
        AbTest {
            of: TestOf::Subject,
            variants: (0..others).map(|n| Variant { subject: format!("Other {n}"), ..Variant::default() }).collect(),
            sample_percent: percent,
            by: WinnerBy::Clicks,
            wait_hours: 4,
            min_people: 10,
            unclear: Unclear::Ask,
        }
    }

    fn figures(all: &[(i64, i64)]) -> Vec<VariantFigures> {
        let one = |(n, (accepted, clicked)): (usize, &(i64, i64))| VariantFigures {
            name: name(n as u32),
            sample: *accepted,
            accepted: *accepted,
            clicked: *clicked,
            opened: clicked * 3,
            ..VariantFigures::default()
        };
        all.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_sample_has_its_share_and_its_variants_are_alike_in_size() {
        let campaign = CampaignId(Uuid::from_u128(77));
        let test = test(20, 1);
        let mut counts = [0_i32; 3];
        for n in 0..20_000_u128 {
            match variant_of(ContactId(Uuid::from_u128(n << 64 | n)), campaign, &test) {
                Some(v) => counts[v as usize] += 1,
                None => counts[2] += 1,
            }
        }
        assert!((15_600..16_400).contains(&counts[2]), "{counts:?}");
        assert!((counts[0] - counts[1]).abs() < 300, "{counts:?}");
        // Again the same, and in another campaign another.
        let somebody = ContactId(Uuid::from_u128(5));
        assert_eq!(variant_of(somebody, campaign, &test), variant_of(somebody, campaign, &test));
        let moved = (0..1000_u128).filter(|n| {
            let contact = ContactId(Uuid::from_u128(*n));
            variant_of(contact, campaign, &test) != variant_of(contact, CampaignId(Uuid::from_u128(78)), &test)
        });
        assert!(moved.count() > 100);
        let whole = super::tests::test(100, 4);
        assert!((0..500_u128).all(|n| variant_of(ContactId(Uuid::from_u128(n)), campaign, &whole).is_some()));
    }

    #[test]
    fn the_highest_share_wins_where_enough_people_did_something() {
        let t = test(20, 1);
        assert!(
            matches!(decide(&t, &figures(&[(100, 8), (200, 15)])), Decision::Winner(0, why) if why.starts_with("8.0 %"))
        );
        assert!(matches!(decide(&t, &figures(&[(100, 8), (200, 17)])), Decision::Winner(1, _)));
        assert!(matches!(decide(&t, &figures(&[(100, 4), (100, 5)])), Decision::Ask(why) if why.starts_with("Only 9")));
        assert!(matches!(decide(&t, &figures(&[(100, 8), (100, 8)])), Decision::Ask(_)));
        let first = AbTest { unclear: Unclear::First, ..t.clone() };
        assert!(matches!(decide(&first, &figures(&[(100, 1), (100, 5)])), Decision::Winner(0, _)));
        let opens = AbTest { by: WinnerBy::Opens, ..t };
        assert!(matches!(decide(&opens, &figures(&[(100, 4), (100, 5)])), Decision::Winner(1, _)));
    }

    #[test]
    fn the_words_of_a_variant_differ_in_what_is_tested_only() {
        let own =
            Content { subject: "One".into(), preheader: "P".into(), source: "<p>x</p>".into(), ..Content::default() };
        let t = test(20, 2);
        assert_eq!(words_of(&own, &t, 0), own);
        let b = words_of(&own, &t, 1);
        assert_eq!((b.subject.as_str(), b.preheader.as_str(), b.source.as_str()), ("Other 0", "P", "<p>x</p>"));
        let time =
            AbTest { of: TestOf::Time, variants: vec![Variant { time: "18:30".into(), ..Variant::default() }], ..t };
        assert_eq!((time_of(&time, 0), time_of(&time, 1), time_of(&time, 2)), (None, Some(18 * 60 + 30), None));
        assert_eq!(words_of(&own, &time, 1), own);
        assert_eq!(
            (label(&own, &time, 0, Some("2026-01-01T09:00")), label(&own, &time, 1, None)),
            ("09:00".into(), "18:30".into())
        );
    }

    #[test]
    fn what_is_no_test_is_refused() {
        assert!(check(&test(20, 1)).is_ok());
        for bad in [test(4, 1), test(101, 1), test(20, 0), test(20, 5), AbTest { wait_hours: 0, ..test(20, 1) }] {
            assert!(check(&bad).is_err());
        }
        let empty = AbTest { variants: vec![Variant::default()], ..test(20, 1) };
        for of in [TestOf::Subject, TestOf::Content, TestOf::Time] {
            assert!(check(&AbTest { of, ..empty.clone() }).is_err(), "{of:?}");
        }
    }
}
