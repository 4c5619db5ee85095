//! Room under the limits that are not the sender's own.

use super::{Purpose, Request, Verdict};
use crate::limits::{self, Limit, Room};
use connect::email::Address;
use kernel::{DbError, Tx};
use std::collections::{BTreeMap, HashMap};

/// Room under the limits that are not the sender's: looked up before the sender grants, taken after. Always the
/// campaign first and then domains by name, so that nodes do not wait for each other in a circle.
pub(super) struct Rooms {
    campaign: Option<(Room, u32)>,
    domains: BTreeMap<String, (Room, u32)>,
}

impl Rooms {
    pub(super) async fn look(tx: &mut Tx, request: &Request<'_>, wanted: &[&Address]) -> Result<Self, DbError> {
        let mut rooms = Self { campaign: None, domains: BTreeMap::new() };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if let (Some(pace), Purpose::Campaign(id)) = (&request.pace, request.purpose) {
            let limit = Limit::of_campaign(id, pace);
            let room = limits::room(tx, request.company, limit, count(wanted.len()), request.now).await?;
            rooms.campaign = Some((room, 0));
        }
        let Some(policy) = request.policy.filter(|p| p.domains.iter().any(|rule| rule.per_minute.is_some())) else {
            return Ok(rooms);
        };
        let mut by_domain: BTreeMap<&str, usize> = BTreeMap::new();
        for to in wanted {
            *by_domain.entry(to.domain()).or_default() += 1;
        }
        for (domain, wanted) in by_domain {
            let Some(limit) = policy.rule(domain).and_then(|rule| Limit::of_domain(domain, rule)) else { continue };
            let room = limits::room(tx, request.company, limit, count(wanted), request.now).await?;
            rooms.domains.insert(domain.to_owned(), (room, 0));
        }
        Ok(rooms)
    }

    /// How many of those wanted fit here.
    pub(super) fn fits(&self, wanted: &[&Address]) -> usize {
        let mut left: HashMap<&str, u32> =
            self.domains.iter().map(|(domain, (room, _))| (domain.as_str(), room.fits)).collect();
        let fit = |to: &&&Address| match left.get_mut(to.domain()) {
            None => true,
            Some(left) => std::mem::replace(left, left.saturating_sub(1)) > 0,
        };
        let fits = wanted.iter().filter(fit).count();
        self.campaign.as_ref().map_or(fits, |(room, _)| fits.min(usize::try_from(room.fits).unwrap_or(usize::MAX)))
    }

    /// Why one more does not fit.
    pub(super) fn full(&self, to: &Address) -> Option<Verdict> {
        let is_full = |entry: &&(Room, u32)| entry.1 >= entry.0.fits;
        let campaign = self.campaign.as_ref().filter(is_full).map(|(room, _)| Verdict::Paced(room.next));
        campaign.or_else(|| self.domains.get(to.domain()).filter(is_full).map(|(room, _)| Verdict::Crowded(room.next)))
    }

    pub(super) fn take(&mut self, to: &Address) {
        for (_, taken) in self.campaign.iter_mut().chain(self.domains.get_mut(to.domain())) {
            *taken += 1;
        }
    }

    pub(super) async fn settle(&self, tx: &mut Tx, request: &Request<'_>) -> Result<(), DbError> {
        for (room, taken) in self.campaign.iter().chain(self.domains.values()) {
            limits::take(tx, request.company, room, *taken, request.now).await?;
        }
        Ok(())
    }
}
