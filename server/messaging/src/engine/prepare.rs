//! The ledger of a campaign: who is in the audience when it starts, each once, with a reason where one is left out.
//!
//! A batch of members and the checkpoint behind them are one commit, so that a crash resumes where it was; two nodes on
//! one campaign hinder but never harm each other, because the checkpoint moves for one of them only.

use super::core::{Core, first_problem};
use super::faults::Point;
use super::store::{self, Enrolled, Preparing};
use crate::campaigns::pacing::{Clocks, Turn};
use crate::campaigns::store::{self as campaigns, Stored, experiment};
use crate::campaigns::trial;
use crate::ports::Resolved;
use connect::email::address;
use contract::campaigns::CampaignState;
use contract::{CampaignId, CompanyId, ContactId};
use kernel::{DbError, outbox};
use std::collections::{HashMap, HashSet};

/// Prepares until the campaign is sending, or is no longer being prepared.
pub(super) async fn run(core: &Core, company: CompanyId, id: CampaignId) -> Result<(), DbError> {
    let mut is_compiled = false;
    loop {
        let mut tx = core.parts.db.read(company).await?;
        let found = campaigns::find(&mut tx, company, id).await?;
        drop(tx);
        let Some(campaign) = found.filter(|c| c.state == CampaignState::Preparing) else { return Ok(()) };
        if !is_compiled && campaign.prepared_after.is_none() && !compile(core, &campaign).await? {
            return Ok(());
        }
        is_compiled = true;
        if core.stop.is_cancelled() || !step(core, &campaign).await? {
            return Ok(());
        }
    }
}

fn start_of(campaign: &Stored) -> Preparing {
    Preparing { company: campaign.company, campaign: campaign.id, epoch: campaign.epoch }
}

/// Checks the content once more and stores where its links lead. False when it cannot be sent.
async fn compile(core: &Core, campaign: &Stored) -> Result<bool, DbError> {
    let press = core.compile(campaign).await?;
    let now = core.now();
    let mut tx = core.parts.db.begin(campaign.company).await?;
    match press {
        Ok(press) => {
            core.parts.links.store(&mut tx, campaign.company, campaign.id, press.targets()).await?;
            tx.commit().await?;
            Ok(true)
        }
        Err(problems) => {
            let reason = first_problem(&problems);
            if store::nobody(&mut tx, &start_of(campaign), &reason, now).await? {
                let payload = serde_json::json!({ "state": "failed", "reason": reason });
                outbox::record(&mut tx, campaign.company, "campaign.finished", campaign.id, &payload, now);
                tx.commit().await?;
            }
            Ok(false)
        }
    }
}

/// One batch; false when there is nothing more to do.
async fn step(core: &Core, campaign: &Stored) -> Result<bool, DbError> {
    let (company, id, now) = (campaign.company, campaign.id, core.now());
    let (audience, after) = (&campaign.draft.audience, campaign.prepared_after);
    let at = start_of(campaign);
    let info = core.parts.companies.get(company).await?;
    let mut tx = core.parts.db.begin(company).await?;
    let members = core.parts.audience.resolve(&mut tx, company, audience, after, core.options.enrol).await?;
    let Some(last) = members.last().map(|m| m.contact) else {
        let is_done = finish(core, tx, &at).await;
        core.touch(company, id);
        return is_done.map(|()| false);
    };
    let mut rows = judge(members);
    let addresses: Vec<&str> = rows.iter().filter_map(|row| row.address.as_deref()).collect();
    let taken: HashSet<String> = store::taken(&mut tx, company, id, &addresses).await?.into_iter().collect();
    mark_doubles(&mut rows, taken);
    give_turns(core, &mut tx, campaign, &info.zone.name, &mut rows).await?;
    store::enrol(&mut tx, company, id, &rows, now).await?;
    if !store::checkpoint(&mut tx, &at, after, last).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    core.point(Point::BeforeEnrol).await;
    tx.commit().await?;
    core.touch(company, id);
    Ok(true)
}

/// Says of each who is to be mailed when their turn is and which variant they get.
async fn give_turns(
    core: &Core,
    tx: &mut kernel::Tx,
    campaign: &Stored,
    company_zone: &str,
    rows: &mut [Enrolled],
) -> Result<(), DbError> {
    let plan = &campaign.draft.plan;
    if let Some(first) = campaign.resend_of {
        let ids: Vec<ContactId> = rows.iter().filter(|row| row.state == "pending").map(|row| row.contact).collect();
        let others = experiment::touched(tx, campaign.company, first, &ids).await?;
        for row in rows.iter_mut().filter(|row| row.state == "pending") {
            if let Some(reason) = others.get(&row.contact).copied() {
                *row = Enrolled::skipped(row.contact, row.address.clone(), reason, "");
            }
        }
    }
    let mut clocks = Clocks::new(plan, campaign.when.as_ref(), company_zone, core.now());
    if plan.test.is_none() && !clocks.is_needed() {
        return Ok(());
    }
    let mut zones: HashMap<ContactId, String> = HashMap::new();
    if clocks.needs_zones() {
        let ids: Vec<ContactId> = rows.iter().filter(|row| row.state == "pending").map(|row| row.contact).collect();
        let people = core.parts.audience.people(tx, campaign.company, &ids).await?;
        zones.extend(people.into_iter().map(|person| (person.contact, person.zone)));
    }
    for row in rows.iter_mut().filter(|row| row.state == "pending") {
        let zone = zones.get(&row.contact).map_or("", String::as_str);
        let mut time = None;
        if let Some(test) = &plan.test {
            row.variant = trial::variant_of(row.contact, campaign.id, test);
            match row.variant {
                Some(variant) => time = trial::time_of(test, variant),
                None => {
                    row.next = trial::HELD.0;
                    continue;
                }
            }
        }
        match clocks.turn(zone, time, row.contact) {
            Turn::At(at) => row.next = at.0,
            Turn::Passed => *row = Enrolled::skipped(row.contact, row.address.clone(), "zone_passed", zone),
        }
    }
    Ok(())
}

async fn finish(core: &Core, mut tx: kernel::Tx, at: &Preparing) -> Result<(), DbError> {
    let now = core.now();
    let (company, id) = (at.company, at.campaign);
    if store::has_somebody(&mut tx, at).await? {
        if store::prepared(&mut tx, at, now).await? {
            experiment::begin(&mut tx, company, id, now).await?;
            outbox::record(&mut tx, company, "campaign.started", id, &serde_json::json!({}), now);
            tx.wake(campaigns::TAG);
        }
    } else {
        let reason = "Nobody in the audience can be mailed.";
        if store::nobody(&mut tx, at, reason, now).await? {
            let payload = serde_json::json!({ "state": "failed", "reason": reason });
            outbox::record(&mut tx, company, "campaign.finished", id, &payload, now);
        }
    }
    tx.commit().await
}

/// Members as lines: those with a reason, or without an address mail can go to, are left out.
fn judge(members: Vec<Resolved>) -> Vec<Enrolled> {
    let line = |member: Resolved| {
        let address = member.email.as_deref().filter(|email| !email.trim().is_empty()).map(address::normalise);
        match (address, member.reason) {
            (Some(Ok(address)), None) => Enrolled::pending(member.contact, address.as_str().to_owned()),
            (Some(Ok(address)), Some(reason)) => {
                Enrolled::skipped(member.contact, Some(address.as_str().to_owned()), reason, "")
            }
            (_, Some(reason)) => Enrolled::skipped(member.contact, None, reason, member.email.as_deref().unwrap_or("")),
            (Some(Err(_)), None) => {
                Enrolled::skipped(member.contact, None, "invalid_address", member.email.as_deref().unwrap_or(""))
            }
            (None, None) => Enrolled::skipped(member.contact, None, "no_address", ""),
        }
    };
    members.into_iter().map(line).collect()
}

/// An address that the campaign has already is left out. Within the batch those to be mailed come first.
fn mark_doubles(rows: &mut [Enrolled], mut taken: HashSet<String>) {
    let pending = |row: &Enrolled| row.state == "pending";
    for wanted in [true, false] {
        for row in rows.iter_mut().filter(|row| pending(row) == wanted) {
            let Some(address) = row.address.clone() else { continue };
            if taken.contains(&address) {
                *row = match wanted {
                    true => Enrolled::skipped(row.contact, None, "duplicate_address", &address),
                    false => Enrolled::skipped(row.contact, None, row.reason, &address),
                };
            } else {
                taken.insert(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn member(n: u128, email: Option<&str>, reason: Option<&'static str>) -> Resolved {
        Resolved { contact: ContactId(Uuid::from_u128(n)), email: email.map(str::to_owned), reason }
    }

    fn lines(members: Vec<Resolved>, taken: &[&str]) -> Vec<(&'static str, &'static str, Option<String>)> {
        let mut rows = judge(members);
        mark_doubles(&mut rows, taken.iter().map(|t| (*t).to_owned()).collect());
        rows.into_iter().map(|row| (row.state, row.reason, row.address)).collect()
    }

    #[test]
    fn one_address_is_mailed_once_however_it_is_spelt() {
        let members = vec![
            member(1, Some("mette@bücher.example"), None),
            member(2, Some("Mette@xn--bcher-kva.example"), None),
            member(3, Some("old@example.com"), None),
        ];
        let rows = lines(members, &["old@example.com"]);
        assert_eq!(rows[0], ("pending", "", Some("mette@xn--bcher-kva.example".into())));
        assert_eq!(rows[1], ("skipped", "duplicate_address", None));
        assert_eq!(rows[2], ("skipped", "duplicate_address", None));
    }

    #[test]
    fn a_line_that_is_left_out_does_not_take_the_address_of_one_that_is_mailed() {
        let members =
            vec![member(1, Some("a@example.com"), Some("no_consent")), member(2, Some("a@example.com"), None)];
        let rows = lines(members, &[]);
        assert_eq!(rows[0], ("skipped", "no_consent", None));
        assert_eq!(rows[1], ("pending", "", Some("a@example.com".into())));
    }

    #[test]
    fn every_member_has_a_line_with_a_reason() {
        let members = vec![
            member(1, None, None),
            member(2, Some("not an address"), None),
            member(3, Some("b@example.com"), Some("unsubscribed")),
            member(4, None, Some("no_address")),
        ];
        let reasons: Vec<_> = lines(members, &[]).into_iter().map(|row| row.1).collect();
        assert_eq!(reasons, ["no_address", "invalid_address", "unsubscribed", "no_address"]);
    }
}
