//! Figures over all campaigns: the dashboard, the work in the shell, the bell.

use super::service::{Service, found};
use super::store::figures::{self, Slots};
use super::{report, stall};
use contract::campaigns::{CampaignRow, CampaignState, EmailSummary, Stall};
use contract::contacts::DayCount;
use contract::live::{Need, Work};
use contract::{CompanyId, Fault, Micros, Zone};
use kernel::Tx;
use std::collections::BTreeMap;

const DAY: i64 = 86_400;
/// Days shown.
const DAYS: i64 = 30;
/// An ended campaign with unknown outcomes rings for this long.
const RING_DAYS: i64 = 14;

fn day(zone: &Zone, at: Micros) -> String {
    let civil = zone.civil(at);
    format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
}

/// The last days of a zone, oldest first, each with the start of its first quarter of an hour.
fn days(zone: &Zone, now: Micros) -> Vec<String> {
    let civil = zone.civil(now);
    let of_day = i64::from(civil.hour) * 3600 + i64::from(civil.minute) * 60;
    // Noon is on its day whatever the clocks do.
    let noon = now.plus_seconds(DAY / 2 - of_day);
    (0..DAYS).rev().map(|back| day(zone, noon.plus_seconds(-back * DAY))).collect()
}

fn per_day(zone: &Zone, days: &[String], slots: &Slots) -> Vec<DayCount> {
    let mut counts: BTreeMap<&str, i64> = days.iter().map(|day| (day.as_str(), 0)).collect();
    for (slot, n) in slots {
        if let Some(count) = counts.get_mut(day(zone, Micros::from_seconds(slot * 900)).as_str()) {
            *count += n;
        }
    }
    days.iter()
        .map(|day| DayCount { day: day.clone(), count: counts.get(day.as_str()).copied().unwrap_or(0) })
        .collect()
}

pub(super) async fn summary(service: &Service, company: CompanyId) -> Result<EmailSummary, Fault> {
    let now = service.now();
    let zone = service.parts.companies.get(company).await?.zone;
    let (from, before) = (now.plus_seconds(-DAYS * DAY), now.plus_seconds(-2 * DAYS * DAY));
    let mut tx = service.parts.db.read(company).await?;
    let states = figures::by_state(&mut tx, company).await?;
    let of = |state: CampaignState| states.get(state.as_str()).copied().unwrap_or(0);
    // A day more, for the part of the first day that lies before it.
    let (accepted_slots, opened_slots) = figures::slots(&mut tx, company, before.plus_seconds(-DAY)).await?;
    let (opened, clicked) = figures::engaged_of(&mut tx, company, from, Micros(i64::MAX)).await?;
    let (opened_before, clicked_before) = figures::engaged_of(&mut tx, company, before, from).await?;
    let (unsubscribed, unknown) = figures::losses(&mut tx, company, from).await?;
    let accepted = figures::accepted(&mut tx, company, from, Micros(i64::MAX)).await?;
    let accepted_before = figures::accepted(&mut tx, company, before, from).await?;
    let coming = figures::coming(&mut tx, company, now.plus_seconds(7 * DAY)).await?;
    let live = figures::live(&mut tx, company).await?;
    let recent = figures::recent(&mut tx, company).await?;
    let days = days(&zone, now);
    Ok(EmailSummary {
        sending: of(CampaignState::Sending) + of(CampaignState::Preparing),
        scheduled: of(CampaignState::Scheduled),
        paused: of(CampaignState::Paused),
        drafts: of(CampaignState::Draft),
        accepted,
        accepted_before,
        opened,
        opened_before,
        clicked,
        clicked_before,
        unsubscribed,
        unknown,
        per_day: per_day(&zone, &days, &accepted_slots),
        opens_per_day: per_day(&zone, &days, &opened_slots),
        coming,
        now_sending: live.into_iter().filter(|row| row.state != CampaignState::Paused).collect(),
        recent,
        at: now,
    })
}

pub(super) async fn work(service: &Service, company: CompanyId) -> Result<Vec<Work>, Fault> {
    let now = service.now();
    let mut tx = service.parts.db.read(company).await?;
    let mut all = Vec::new();
    for row in figures::live(&mut tx, company).await? {
        let stored = found(&mut tx, company, row.id).await?;
        let (per_minute, finishes) = report::pace(&mut tx, &stored, &row.counts, now).await?;
        all.push(Work {
            kind: "campaign".into(),
            id: row.id.to_string(),
            title: row.name,
            done: row.counts.settled(),
            total: stored.prepared.map(|_| row.counts.to_send()),
            per_minute,
            seconds_left: finishes.map(|at| (at.seconds() - now.seconds()).max(0)),
            paused: row.state == CampaignState::Paused,
            href: format!("/campaigns/{}", row.id),
        });
    }
    Ok(all)
}

pub(super) async fn needs(service: &Service, company: CompanyId) -> Result<Vec<Need>, Fault> {
    let since = service.now().plus_seconds(-RING_DAYS * DAY);
    let mut tx = service.parts.db.read(company).await?;
    let mut all = Vec::new();
    for (id, name, reason, is_failed, at) in figures::troubled(&mut tx, company, since).await? {
        all.push(Need {
            kind: "campaign".into(),
            title: if is_failed { format!("“{name}” could not start") } else { format!("“{name}” is held") },
            why: reason,
            action: "Look".into(),
            href: format!("/campaigns/{id}"),
            at: Micros(at),
        });
    }
    for (id, name, at, count) in figures::ended_unknown(&mut tx, company, since).await? {
        let people = if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
        all.push(Need {
            kind: "campaign".into(),
            title: format!("“{name}” ended with {people} unaccounted for"),
            why: "No answer came after they were handed over, so they may or may not have arrived".into(),
            action: "See who".into(),
            href: format!("/campaigns/{id}?state=unknown"),
            at: Micros(at),
        });
    }
    for (row, stall) in standing_still(service, &mut tx, company).await? {
        all.push(Need {
            kind: "campaign".into(),
            title: format!("“{}” does not move", row.name),
            why: stall.text,
            action: "Look".into(),
            href: format!("/campaigns/{}", row.id),
            at: row.updated,
        });
    }
    all.sort_by_key(|need| std::cmp::Reverse(need.at));
    Ok(all)
}

/// Campaigns that are sending and need a person to go on.
async fn standing_still(
    service: &Service,
    tx: &mut Tx,
    company: CompanyId,
) -> Result<Vec<(CampaignRow, Stall)>, Fault> {
    let now = service.now();
    let mut still = Vec::new();
    for row in figures::live(tx, company).await? {
        if row.state != CampaignState::Sending {
            continue;
        }
        let stored = found(tx, company, row.id).await?;
        let (per_minute, _) = report::pace(tx, &stored, &row.counts, now).await?;
        let stall = stall::look(service, tx, &stored, &row.counts, per_minute, now).await?;
        still.extend(stall.filter(|stall| stall.cause.needs_a_person()).map(|stall| (row, stall)));
    }
    Ok(still)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_thirty_days_also_when_the_clocks_change() {
        let zone = kernel::zone::around("Europe/Copenhagen", Micros::parse("2026-04-05T00:00:00Z").unwrap()).unwrap();
        for now in ["2026-04-05T22:30:00Z", "2026-04-05T00:10:00Z", "2026-11-05T12:00:00Z"] {
            let now = Micros::parse(now).unwrap();
            let days = days(&zone, now);
            let mut unique = days.clone();
            unique.dedup();
            assert_eq!((days.len(), unique.len()), (30, 30), "{days:?}");
            assert_eq!(days.last(), Some(&day(&zone, now)));
        }
    }

    #[test]
    fn a_slot_counts_on_its_day_in_the_zone() {
        let zone = kernel::zone::around("Europe/Copenhagen", Micros::parse("2026-01-15T09:00:00Z").unwrap()).unwrap();
        let days = days(&zone, Micros::parse("2026-01-15T09:00:00Z").unwrap());
        // 23:00 UTC is midnight in Copenhagen.
        let slot = Micros::parse("2026-01-13T23:00:00Z").unwrap().seconds() / 900;
        let counts = per_day(&zone, &days, &vec![(slot, 3), (slot - 1, 2), (0, 9)]);
        let of = |day: &str| counts.iter().find(|c| c.day == day).map(|c| c.count);
        assert_eq!((of("2026-01-13"), of("2026-01-14")), (Some(2), Some(3)));
    }
}
