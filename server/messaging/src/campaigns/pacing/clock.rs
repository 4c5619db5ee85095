//! On whose clock a planned time is meant, and what that is for each person.

use super::window::Hours;
use contract::campaigns::{Passed, Plan, When, Whose};
use contract::{ContactId, Fault, Micros};
use kernel::zone;
use std::collections::HashMap;

/// The zone in which a day begins first.
const FIRST: &str = "Pacific/Kiritimati";
/// The zone in which it begins last.
const LAST: &str = "Etc/GMT+12";
/// A time that passed so little ago is now: preparing takes a moment.
const NOW_SECONDS: i64 = 15 * 60;
/// Those whose turn comes when a window opens are spread over at most so many seconds.
const SPREAD_SECONDS: i64 = 10 * 60;

/// When somebody's turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Not before; 0 is at once.
    At(Micros),
    /// Never: the time has passed where they are.
    Passed,
}

/// The turns of a campaign's people. Each zone is worked out once.
pub struct Clocks {
    wall: Option<String>,
    planned_in: String,
    company_zone: String,
    passed: Option<Passed>,
    hours: Option<Hours>,
    now: Micros,
    known: HashMap<(String, Option<i64>), Turn>,
}

impl Clocks {
    /// For a campaign that begins now.
    pub fn new(plan: &Plan, when: Option<&When>, company_zone: &str, now: Micros) -> Self {
        Self {
            wall: when.map(|w| w.wall.clone()),
            planned_in: when.map_or_else(|| company_zone.to_owned(), |w| w.zone.clone()),
            company_zone: company_zone.to_owned(),
            passed: plan.by_zone.filter(|_| when.is_some()),
            // Checked when it was written.
            hours: plan.window.as_ref().and_then(|w| Hours::read(w).ok()),
            now,
            known: HashMap::new(),
        }
    }

    /// Whether turns differ between people, so that their zones must be known.
    pub fn needs_zones(&self) -> bool {
        self.passed.is_some() || self.hours.as_ref().is_some_and(|h| h.clock == Whose::Recipient)
    }

    /// Whether anybody may have to wait at all.
    pub fn is_needed(&self) -> bool {
        self.passed.is_some() || self.hours.is_some()
    }

    /// The turn of a person in a zone; a zone that is not known is the company's. `time` is the time of day of their
    /// variant, in minutes, where a test is of time.
    pub fn turn(&mut self, person_zone: &str, time: Option<i64>, contact: ContactId) -> Turn {
        let key = (person_zone.to_owned(), time);
        let turn = match self.known.get(&key) {
            Some(turn) => *turn,
            None => {
                let turn = self.work_out(person_zone, time);
                self.known.insert(key, turn);
                turn
            }
        };
        match turn {
            Turn::At(at) if at <= self.now => self.opened(at, person_zone, contact),
            Turn::At(at) => self.opened(at, person_zone, contact),
            Turn::Passed => Turn::Passed,
        }
    }

    fn zone_of<'a>(&'a self, person_zone: &'a str) -> &'a str {
        if !person_zone.is_empty() && zone::exists(person_zone) { person_zone } else { &self.company_zone }
    }

    /// The planned instant, before the window is asked.
    fn work_out(&self, person_zone: &str, time: Option<i64>) -> Turn {
        let Some(wall) = &self.wall else { return Turn::At(Micros(0)) };
        if self.passed.is_none() && time.is_none() {
            return Turn::At(Micros(0));
        }
        let zone_name = match self.passed {
            Some(_) => self.zone_of(person_zone),
            None => &self.planned_in,
        };
        let wall = at_time(wall, time);
        let Ok(at) = zone::resolve(&wall, zone_name) else { return Turn::At(Micros(0)) };
        if at > self.now.plus_seconds(-NOW_SECONDS) {
            return Turn::At(at);
        }
        match self.passed {
            // For a test of time on one clock the next day is the first on which all variants can be fair.
            Some(Passed::NextDay) | None => self.next_day(&wall, zone_name),
            Some(Passed::Skip) => Turn::Passed,
            Some(Passed::Now | Passed::Refuse) => Turn::At(Micros(0)),
        }
    }

    fn next_day(&self, wall: &str, zone_name: &str) -> Turn {
        for ahead in 1..=7 {
            let at = days_later(wall, ahead).and_then(|wall| zone::resolve(&wall, zone_name).ok());
            if let Some(at) = at.filter(|at| *at > self.now) {
                return Turn::At(at);
            }
        }
        Turn::At(Micros(0))
    }

    fn opened(&self, at: Micros, person_zone: &str, contact: ContactId) -> Turn {
        let from = at.max(self.now);
        let Some(hours) = &self.hours else {
            return Turn::At(if at <= self.now { Micros(0) } else { at });
        };
        let zone_name = if hours.clock == Whose::Recipient { self.zone_of(person_zone) } else { &self.company_zone };
        match hours.next_open(from, zone_name) {
            Some(open) if open > from => Turn::At(open.plus_seconds(spread(contact))),
            _ if from > self.now => Turn::At(from),
            _ => Turn::At(Micros(0)),
        }
    }
}

/// Seconds after an opening at which somebody's turn comes: the same each time it is asked.
pub fn spread(contact: ContactId) -> i64 {
    let low = contact.0.as_u128() & 0xffff_ffff;
    i64::try_from(low).unwrap_or(0) % SPREAD_SECONDS
}

/// A wall clock at another time of the day.
fn at_time(wall: &str, time: Option<i64>) -> String {
    match (time, wall.split_once('T')) {
        (Some(minutes), Some((day, _))) => format!("{day}T{:02}:{:02}", minutes / 60, minutes % 60),
        _ => wall.to_owned(),
    }
}

/// The same time, days later, counted on a clock without daylight saving.
fn days_later(wall: &str, days: i64) -> Option<String> {
    let later = zone::resolve(wall, "UTC").ok()?.plus_seconds(days * 86_400);
    Some(contract::Zone::utc().wall(later))
}

/// When a campaign on everybody's own clock must begin: when the first zone has the time.
///
/// # Errors
/// When the time has passed in too many places for what the plan says.
pub fn check_zones(wall: &str, passed: Passed, now: Micros) -> Result<Micros, Fault> {
    let at =
        |zone_name: &str| zone::resolve(wall, zone_name).map_err(|fault| Fault::invalid("wall", fault.to_string()));
    let (first, last) = (at(FIRST)?, at(LAST)?);
    if last <= now {
        return Err(Fault::invalid("wall", "That time has passed everywhere. Choose one to come."));
    }
    if passed == Passed::Refuse && first <= now {
        return Err(Fault::invalid(
            "wall",
            "In the east that time has passed already. Plan about a day ahead, or say what happens where it has passed.",
        ));
    }
    Ok(first.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::campaigns::SendWindow;
    use uuid::Uuid;

    const NOBODY: ContactId = ContactId(Uuid::nil());

    fn at(text: &str) -> Micros {
        Micros::parse(text).unwrap()
    }

    fn clocks(passed: Option<Passed>, window: Option<SendWindow>, now: &str) -> Clocks {
        let plan = Plan { by_zone: passed, window, ..Plan::default() };
        let when = When { wall: "2026-06-10T09:00".into(), zone: "Europe/Copenhagen".into() };
        Clocks::new(&plan, Some(&when), "Europe/Copenhagen", at(now))
    }

    fn turn(clocks: &mut Clocks, zone: &str) -> String {
        match clocks.turn(zone, None, NOBODY) {
            Turn::At(Micros(0)) => "now".into(),
            Turn::At(at) => at.to_string(),
            Turn::Passed => "passed".into(),
        }
    }

    #[test]
    fn nine_o_clock_is_nine_where_each_person_is() {
        let mut c = clocks(Some(Passed::Refuse), None, "2026-06-09T19:00:00Z");
        assert_eq!(turn(&mut c, "Pacific/Kiritimati"), "now");
        assert_eq!(turn(&mut c, "Asia/Tokyo"), "2026-06-10T00:00:00Z");
        assert_eq!(turn(&mut c, "Europe/Copenhagen"), "2026-06-10T07:00:00Z");
        assert_eq!(turn(&mut c, "America/New_York"), "2026-06-10T13:00:00Z");
        // Not known, or not a zone: the company's.
        assert_eq!(turn(&mut c, ""), "2026-06-10T07:00:00Z");
        assert_eq!(turn(&mut c, "Mars/Base"), "2026-06-10T07:00:00Z");
    }

    #[test]
    fn where_the_time_has_passed_the_plan_says_what_happens() {
        let now = "2026-06-10T12:00:00Z";
        assert_eq!(turn(&mut clocks(Some(Passed::Now), None, now), "Asia/Tokyo"), "now");
        assert_eq!(turn(&mut clocks(Some(Passed::Skip), None, now), "Asia/Tokyo"), "passed");
        assert_eq!(turn(&mut clocks(Some(Passed::NextDay), None, now), "Asia/Tokyo"), "2026-06-11T00:00:00Z");
        assert_eq!(turn(&mut clocks(Some(Passed::Skip), None, now), "America/New_York"), "2026-06-10T13:00:00Z");
        // A moment ago is now, whatever the plan says.
        assert_eq!(
            turn(&mut clocks(Some(Passed::Skip), None, "2026-06-10T00:05:00Z"), "Asia/Tokyo"),
            "2026-06-10T00:00:00Z".replace("2026-06-10T00:00:00Z", "now")
        );
    }

    #[test]
    fn the_next_day_keeps_the_wall_clock_over_daylight_saving() {
        let plan = Plan { by_zone: Some(Passed::NextDay), ..Plan::default() };
        let when = When { wall: "2026-03-28T02:30".into(), zone: "UTC".into() };
        let mut c = Clocks::new(&plan, Some(&when), "UTC", at("2026-03-28T12:00:00Z"));
        // On the 29th half past two does not exist in Copenhagen: the first minute after it.
        assert_eq!(turn(&mut c, "Europe/Copenhagen"), "2026-03-29T01:00:00Z");
        // In New York nothing changes on that day.
        assert_eq!(turn(&mut c, "America/New_York"), "2026-03-29T06:30:00Z");
    }

    #[test]
    fn outside_of_the_window_the_turn_comes_when_it_opens() {
        let window =
            |clock| SendWindow { days: vec![1, 2, 3, 4, 5], from: "10:00".into(), until: "16:00".into(), clock };
        let mut own = clocks(Some(Passed::Refuse), Some(window(Whose::Recipient)), "2026-06-09T19:00:00Z");
        assert_eq!(turn(&mut own, "Asia/Tokyo"), "2026-06-10T01:00:00Z");
        let mut house = clocks(None, Some(window(Whose::Company)), "2026-06-10T15:00:00Z");
        assert!(!house.needs_zones() && house.is_needed());
        assert_eq!(turn(&mut house, "Asia/Tokyo"), "2026-06-11T08:00:00Z");
        let mut inside = clocks(None, Some(window(Whose::Company)), "2026-06-10T09:00:00Z");
        assert_eq!(turn(&mut inside, ""), "now");
    }

    #[test]
    fn people_are_spread_after_an_opening_the_same_way_each_time() {
        let ids: Vec<ContactId> = (0..50).map(|n| ContactId(Uuid::from_u128(n * 7919 + 3))).collect();
        let spread_of: Vec<i64> = ids.iter().map(|id| spread(*id)).collect();
        assert!(spread_of.iter().all(|s| (0..SPREAD_SECONDS).contains(s)));
        assert_eq!(spread_of, ids.iter().map(|id| spread(*id)).collect::<Vec<_>>());
        assert!(spread_of.iter().collect::<std::collections::BTreeSet<_>>().len() > 40);
    }

    #[test]
    fn a_plan_for_all_zones_needs_lead_unless_it_says_what_happens_to_the_early_ones() {
        let wall = "2026-06-10T09:00";
        let start = |passed, now: &str| check_zones(wall, passed, at(now)).map(|at| at.to_string());
        assert_eq!(start(Passed::Refuse, "2026-06-09T10:00:00Z").unwrap(), "2026-06-09T19:00:00Z");
        assert!(start(Passed::Refuse, "2026-06-09T19:00:00Z").is_err());
        assert_eq!(start(Passed::Now, "2026-06-10T10:00:00Z").unwrap(), "2026-06-10T10:00:00Z");
        assert!(start(Passed::Skip, "2026-06-10T21:00:00Z").is_err());
        assert!(check_zones("soon", Passed::Now, at("2026-06-09T10:00:00Z")).is_err());
    }
}
