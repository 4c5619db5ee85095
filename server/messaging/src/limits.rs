//! Limits that are not a sender's: how fast a campaign goes, how much a recipient domain or a provider account gets.
//!
//! Room is looked up, and what is used is counted, in the transaction that writes the intents, under a lock per limit: nodes
//! share them and are never over them, and what a node was granted and did not commit was never used.

pub(crate) mod store;

use crate::senders::rates::{Grain, Used, Window, fitting, next_free, windows};
use contract::sending::{AccountRule, DomainRule, Pace};
use contract::{CampaignId, CompanyId, Micros};
use kernel::{DbError, Tx};

const SECOND: i64 = 1_000_000;

/// One limit with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Names what is counted, for example `campaign:…`.
    pub key: String,
    /// Messages in stretches of time.
    pub windows: Vec<Window>,
    /// Microseconds between two messages, where they are spread evenly.
    pub interval: Option<i64>,
}

/// Room under one limit, before it is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    limit: Limit,
    /// Messages that fit now.
    pub fits: u32,
    /// When one more fits, if fewer fit than were wanted.
    pub next: Micros,
    turn: i64,
}

impl Limit {
    /// Names what is counted for a campaign's pace.
    pub fn campaign_key(campaign: CampaignId) -> String {
        format!("campaign:{campaign}")
    }

    /// A campaign's pace.
    pub fn of_campaign(campaign: CampaignId, pace: &Pace) -> Self {
        let length = pace.per.seconds() * SECOND;
        let grain = if pace.per.seconds() <= 60 { Grain::Second } else { Grain::Minute };
        let window = Window { grain, length, limit: i64::from(pace.count.max(1)) };
        let interval = pace.evenly.then(|| length / i64::from(pace.count.max(1)));
        Self { key: Self::campaign_key(campaign), windows: vec![window], interval }
    }

    /// What a provider allows an account that senders share.
    pub fn of_account(rule: &AccountRule) -> Self {
        Self { key: format!("account:{}", rule.name), windows: windows(&rule.rates), interval: None }
    }

    /// A recipient domain's limit, if its rule has one.
    pub fn of_domain(domain: &str, rule: &DomainRule) -> Option<Self> {
        let limit = i64::from(rule.per_minute?.max(1));
        let window = Window { grain: Grain::Second, length: 60 * SECOND, limit };
        Some(Self { key: format!("domain:{domain}"), windows: vec![window], interval: None })
    }
}

/// How much of `wanted` fits. Holds off everybody else at this limit until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn room(tx: &mut Tx, company: CompanyId, limit: Limit, wanted: u32, now: Micros) -> Result<Room, DbError> {
    store::lock(tx, company, &limit.key).await?;
    let mut buckets = store::buckets(tx, company, &limit.key, now).await?;
    let sum = |w: &Window| -> i64 {
        let inside = |u: &&Used| u.grain == w.grain && u.bucket >= w.first(now);
        buckets.iter().filter(inside).map(|u| u.used).sum()
    };
    let mut fits = fitting(wanted, limit.windows.iter().map(|w| (*w, sum(w))));
    let mut next = now;
    if fits < wanted {
        // What fits is about to be taken.
        let taken = |w: &Window| Used { grain: w.grain, bucket: w.grain.bucket(now), used: i64::from(fits) };
        buckets.extend(limit.windows.iter().map(taken).collect::<Vec<_>>());
        next = next_free(&limit.windows, &buckets, now);
    }
    let mut turn = 0;
    if let Some(interval) = limit.interval {
        turn = store::turn(tx, company, &limit.key).await?.unwrap_or(0).max(now.0 - ahead(interval));
        let due = due(turn, interval, now);
        if due < fits {
            fits = due;
            next = Micros(turn + interval * i64::from(due)).max(next);
        }
    }
    Ok(Room { limit, fits, next: next.max(now), turn })
}

/// When the next message fits, without holding anybody off: for telling, not for taking.
///
/// # Errors
/// When the database fails.
pub async fn next(tx: &mut Tx, company: CompanyId, limit: &Limit, now: Micros) -> Result<Micros, DbError> {
    let used = store::buckets(tx, company, &limit.key, now).await?;
    let turn = match limit.interval {
        Some(_) => store::turn(tx, company, &limit.key).await?.unwrap_or(0),
        None => 0,
    };
    Ok(next_free(&limit.windows, &used, now).max(Micros(turn)))
}

/// Counts what was taken of a room.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, company: CompanyId, room: &Room, taken: u32, now: Micros) -> Result<(), DbError> {
    if taken == 0 {
        return Ok(());
    }
    let mut grains: Vec<Grain> = room.limit.windows.iter().map(|w| w.grain).collect();
    grains.sort_unstable();
    grains.dedup();
    let used: Vec<Used> =
        grains.into_iter().map(|grain| Used { grain, bucket: grain.bucket(now), used: i64::from(taken) }).collect();
    store::add(tx, company, &room.limit.key, &used, now).await?;
    if let Some(interval) = room.limit.interval {
        store::set_turn(tx, company, &room.limit.key, room.turn + interval * i64::from(taken)).await?;
    }
    Ok(())
}

/// How far behind the turns may fall and still be caught up with: the engine looks around a few times a second.
fn ahead(interval: i64) -> i64 {
    interval.max(SECOND)
}

/// Turns that have come: the first at `turn`, each further one an interval later.
fn due(turn: i64, interval: i64, now: Micros) -> u32 {
    if now.0 < turn || interval <= 0 {
        return 0;
    }
    u32::try_from((now.0 - turn) / interval + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
