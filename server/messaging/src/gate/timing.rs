//! What a campaign says about when its messages may go out.

use super::Judged;
use crate::campaigns::pacing::{Hours, spread};
use contract::campaigns::{CapRule, Whose};
use contract::{ContactId, Micros};
use std::collections::HashMap;

/// What a campaign says about when and how often.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timing {
    /// Its window, with the zone of the company.
    pub hours: Option<(Hours, String)>,
    /// How the frequency cap holds for it.
    pub cap: CapRule,
}

impl Timing {
    /// Those of the people whose window is closed now, with when it opens.
    pub(super) fn closed(&self, judged: &[Judged], now: Micros) -> HashMap<ContactId, Micros> {
        let Some((hours, company_zone)) = &self.hours else { return HashMap::new() };
        let mut opens: HashMap<&str, Option<Micros>> = HashMap::new();
        let mut closed = HashMap::new();
        for person in judged.iter().filter_map(|j| j.as_ref().ok()) {
            let own = person.zone.as_str();
            let is_own = hours.clock == Whose::Recipient && !own.is_empty() && kernel::zone::exists(own);
            let zone = if is_own { own } else { company_zone };
            let open = opens.entry(zone).or_insert_with(|| hours.next_open(now, zone).filter(|open| *open > now));
            if let Some(open) = open {
                closed.insert(person.contact, open.plus_seconds(spread(person.contact)));
            }
        }
        closed
    }
}
