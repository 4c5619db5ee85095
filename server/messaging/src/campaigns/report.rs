//! The report: counted from rows at the time of asking.

use super::service::{Service, found};
use super::store::{Stored, figures};
use super::{rules, stall};
use contract::campaigns::{CampaignReport, CampaignState, Counts, HitCount, RecipientRow, RecipientState};
use contract::{CampaignId, CompanyId, Fault, Micros};
use kernel::Tx;

/// Hours of opens and clicks that are shown.
const HOURS: i64 = 48;

pub(super) async fn report(service: &Service, company: CompanyId, id: CampaignId) -> Result<CampaignReport, Fault> {
    let now = service.now();
    let mut tx = service.parts.db.read(company).await?;
    let stored = found(&mut tx, company, id).await?;
    let counts = figures::counts(&mut tx, company, id).await?;
    let engagement = figures::engagement_of(&mut tx, company, &[id]).await?.remove(&id).unwrap_or_default();
    let audience = service.parts.audience.names(&mut tx, company, &stored.draft.audience).await?;
    let failures = reasons(&mut tx, &stored, RecipientState::Failed).await?;
    let skipped = reasons(&mut tx, &stored, RecipientState::Skipped).await?;
    let links = service.parts.links.report(&mut tx, company, id).await?;
    let hours = hours(&mut tx, &stored, now).await?;
    let (per_minute, finishes) = pace(&mut tx, &stored, &counts, now).await?;
    let (test, turn) = service.standing(&mut tx, &stored, &counts).await?;
    let stall = stall::look(service, &mut tx, &stored, &counts, per_minute, now).await?;
    drop(tx);
    let sender = super::look::outlet(service, &stored).await?.map_or(String::new(), |o| o.name);
    let campaign = service.shown(stored, counts, test, turn).await?;
    Ok(CampaignReport {
        campaign,
        sender,
        audience,
        engagement,
        failures,
        skipped,
        links,
        hours,
        per_minute,
        finishes,
        stall,
        at: now,
    })
}

async fn reasons(
    tx: &mut Tx,
    stored: &Stored,
    state: RecipientState,
) -> Result<Vec<contract::campaigns::Reason>, Fault> {
    let rows = figures::reasons(tx, stored.company, stored.id, state).await?;
    Ok(rows.iter().map(|(code, count)| rules::reason(code, *count)).collect())
}

async fn hours(tx: &mut Tx, stored: &Stored, now: Micros) -> Result<Vec<HitCount>, Fault> {
    let Some(from) = stored.started else { return Ok(Vec::new()) };
    let passed = (now.seconds() - from.seconds()).div_euclid(3600) + 1;
    let count = passed.clamp(1, HOURS);
    let until = from.plus_seconds(count * 3600);
    let (opens, clicks) = figures::by_hour(tx, stored.company, stored.id, from, until).await?;
    let of = |map: &std::collections::HashMap<i64, i64>, hour: i64| map.get(&hour).copied().unwrap_or(0);
    let hour = |n| HitCount { at: from.plus_seconds(n * 3600), opens: of(&opens, n), clicks: of(&clicks, n) };
    Ok((0..count).map(hour).collect())
}

/// Settled per minute over the last minute and the finish at that rate, while sending.
pub(super) async fn pace(
    tx: &mut Tx,
    stored: &Stored,
    counts: &Counts,
    now: Micros,
) -> Result<(Option<i64>, Option<Micros>), Fault> {
    let Some(started) = stored.started.filter(|_| stored.state == CampaignState::Sending) else {
        return Ok((None, None));
    };
    let settled = figures::settled_since(tx, stored.company, stored.id, now.plus_seconds(-60)).await?;
    let seconds = (now.seconds() - started.seconds()).clamp(1, 60);
    Ok(rules::pace(settled * 60 / seconds, counts.open(), now))
}

/// Lines for a spreadsheet; the first part begins with the names of the columns.
pub(super) fn csv(rows: &[RecipientRow], is_first: bool) -> String {
    let mut out = String::new();
    if is_first {
        out.push_str(
            "address,state,detail,attempts,at,opened,clicked,unsubscribed,bounced,bounce,complained,contact\r\n",
        );
    }
    let time = |at: Option<Micros>| at.map_or(String::new(), |at| at.to_string());
    for row in rows {
        let cells = [
            row.address.clone(),
            row.state.as_str().to_owned(),
            row.detail.clone(),
            row.attempts.to_string(),
            time(row.at),
            time(row.opened),
            time(row.clicked),
            time(row.unsubscribed),
            time(row.bounced),
            row.bounce_class.map_or(String::new(), |class| class.as_str().to_owned()),
            time(row.complained),
            row.contact.to_string(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| rules::csv_cell(cell)).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}
