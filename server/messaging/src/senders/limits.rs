//! Room under limits: granted in the transaction that uses it, by sender and, with Microsoft 365, by mailbox.
//!
//! A grant is counted when the intents are written; which mailbox a message takes is decided and counted when it goes. In
//! between it is *under way*: it keeps its room in the mailboxes, so that what was granted finds a mailbox.

use super::rates::{Window, fitting, mailbox_windows, next_free, room_in, windows};
use super::store::usage::{self, Limits, MailboxUse};
use crate::engine::outlet::Grant;
use crate::limits::{self as shared, Limit, Room};
use crate::policy;
use contract::senders::{GraphSettings, MailboxQuota, QuotaPart, Sender, SenderKind, SenderQuota, effective};
use contract::{CompanyId, Micros, SenderId};
use kernel::{DbError, Tx};

/// Grants at most what every limit allows and counts it, in the caller's transaction. A sender that is gone gets nothing.
pub(crate) async fn take(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    wanted: u32,
    now: Micros,
) -> Result<Grant, DbError> {
    let Some(limits) = usage::lock(tx, company, sender).await? else {
        return Ok(Grant { granted: 0, next: now.plus_seconds(60) });
    };
    let boxes = match limits.kind {
        SenderKind::Smtp => None,
        SenderKind::Graph => Some(Boxes::read(tx, company, sender, limits.graph.clone(), now).await?),
    };
    let windows = windows_of(&limits, boxes.as_ref());
    let mut used = Vec::with_capacity(windows.len());
    for window in &windows {
        used.push((*window, usage::used(tx, company, sender, window, now).await?));
    }
    let mut granted = fitting(wanted, used);
    if let Some(boxes) = &boxes {
        granted = granted.min(boxes.room(tx, company, sender, now).await?);
    }
    let accounts = accounts(tx, company, sender, granted, now).await?;
    granted = accounts.iter().map(|room| room.fits).fold(granted, u32::min);
    if granted > 0 {
        usage::add(tx, company, sender, granted, now).await?;
        for room in &accounts {
            shared::take(tx, company, room, granted, now).await?;
        }
    }
    if granted == wanted {
        return Ok(Grant { granted, next: now });
    }
    let mut next = next_free(&windows, &usage::buckets(tx, company, sender).await?, now);
    next = accounts.iter().map(|room| room.next).fold(next, Micros::max);
    if let Some(boxes) = &boxes {
        next = next.max(boxes.next(tx, company, sender, now).await?);
    }
    Ok(Grant { granted, next })
}

/// Room in the provider accounts that the sender shares with others.
async fn accounts(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    wanted: u32,
    now: Micros,
) -> Result<Vec<Room>, DbError> {
    let policy = policy::store::policy(tx, company).await?;
    let mut rooms = Vec::new();
    for rule in policy.accounts_of(sender) {
        rooms.push(shared::room(tx, company, Limit::of_account(rule), wanted, now).await?);
    }
    Ok(rooms)
}

/// When the accounts that the sender shares let the next message go; `None` without one.
pub(super) async fn accounts_next(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    now: Micros,
) -> Result<Option<Micros>, DbError> {
    let policy = policy::store::policy(tx, company).await?;
    let mut next = None;
    for rule in policy.accounts_of(sender) {
        next = next.max(Some(shared::next(tx, company, &Limit::of_account(rule), now).await?));
    }
    Ok(next)
}

fn windows_of(limits: &Limits, boxes: Option<&Boxes>) -> Vec<Window> {
    let graph = boxes.map_or(&limits.graph, |boxes| &boxes.graph);
    windows(&effective(limits.kind, &limits.rates, graph))
}

/// The mailboxes of a sender and their limits.
struct Boxes {
    graph: GraphSettings,
    windows: [Window; 2],
    all: Vec<MailboxUse>,
}

impl Boxes {
    async fn read(
        tx: &mut Tx,
        company: CompanyId,
        sender: SenderId,
        mut graph: GraphSettings,
        now: Micros,
    ) -> Result<Self, DbError> {
        let windows = mailbox_windows(&graph);
        let all = usage::mailboxes(tx, company, sender, windows, now).await?;
        graph.mailboxes = all.iter().map(|one| one.address.clone()).collect();
        Ok(Self { graph, windows, all })
    }

    fn awake(&self, now: Micros) -> impl Iterator<Item = &MailboxUse> {
        self.all.iter().filter(move |one| one.rests_until.is_none_or(|until| until <= now))
    }

    /// What the mailboxes hold together, less what was granted lately and has not come to one yet.
    async fn room(&self, tx: &mut Tx, company: CompanyId, sender: SenderId, now: Micros) -> Result<u32, DbError> {
        let room: i64 = self.awake(now).map(|one| room_in(&self.graph, one.minute, one.day)).sum();
        let [minute, _] = &self.windows;
        let granted = usage::used(tx, company, sender, minute, now).await?;
        let arrived: i64 = self.all.iter().map(|one| one.minute).sum();
        let under_way = (granted - arrived).max(0);
        Ok(u32::try_from((room - under_way).max(0)).unwrap_or(u32::MAX))
    }

    /// When a mailbox has room again.
    async fn next(&self, tx: &mut Tx, company: CompanyId, sender: SenderId, now: Micros) -> Result<Micros, DbError> {
        let mut soonest: Option<Micros> = None;
        for one in &self.all {
            let buckets = usage::mailbox_buckets(tx, company, sender, &one.address).await?;
            let free = next_free(&self.windows, &buckets, now).max(one.rests_until.unwrap_or(now));
            soonest = Some(soonest.map_or(free, |other| other.min(free)));
        }
        // room that is only kept for what is under way is asked for again soon
        Ok(soonest.unwrap_or(now.plus_seconds(60)).max(now.plus_seconds(1)))
    }
}

/// A mailbox that one message takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// This one; it was counted.
    Mailbox(MailboxUse),
    /// None has room before then.
    Full(Micros),
}

/// Picks the mailbox that was used least lately, not one of `tried`, and counts one message through it.
pub(super) async fn pick(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    tried: &[String],
    now: Micros,
) -> Result<Picked, DbError> {
    let Some(limits) = usage::lock(tx, company, sender).await? else {
        return Ok(Picked::Full(now.plus_seconds(60)));
    };
    let boxes = Boxes::read(tx, company, sender, limits.graph, now).await?;
    let fit = |one: &&MailboxUse| !tried.contains(&one.address) && room_in(&boxes.graph, one.minute, one.day) > 0;
    let Some(best) = boxes.awake(now).filter(fit).min_by_key(|one| (one.minute, one.day)).cloned() else {
        return Ok(Picked::Full(boxes.next(tx, company, sender, now).await?));
    };
    usage::add_to_mailbox(tx, company, sender, &best.address, now).await?;
    Ok(Picked::Mailbox(best))
}

/// What was used of a sender's limits.
pub(super) async fn quota(
    tx: &mut Tx,
    company: CompanyId,
    sender: &Sender,
    now: Micros,
) -> Result<SenderQuota, DbError> {
    let rates = sender.effective();
    // limits that are not set are counted all the same, to show what went
    let [minute, day] = mailbox_windows(&sender.graph);
    let part = |used, limit: Option<u32>| QuotaPart { used, limit: limit.map(i64::from) };
    let minute_used = usage::used(tx, company, sender.id, &minute, now).await?;
    let day_used = usage::used(tx, company, sender.id, &day, now).await?;
    let windows = windows(&rates);
    let mut is_full = false;
    for window in &windows {
        is_full |= usage::used(tx, company, sender.id, window, now).await? >= window.limit;
    }
    let next = match is_full {
        true => Some(next_free(&windows, &usage::buckets(tx, company, sender.id).await?, now)),
        false => None,
    };
    let mailboxes = match sender.kind {
        SenderKind::Smtp => Vec::new(),
        SenderKind::Graph => usage::mailboxes(tx, company, sender.id, [minute, day], now).await?,
    };
    let mailbox = |one: MailboxUse| MailboxQuota {
        address: one.address,
        minute: part(one.minute, Some(sender.graph.per_minute)),
        day: part(one.day, Some(sender.graph.per_day)),
        trouble: one.trouble,
        rests_until: one.rests_until.filter(|until| *until > now),
    };
    Ok(SenderQuota {
        sender: sender.id,
        at: now,
        minute: part(minute_used, rates.per_minute),
        day: part(day_used, rates.per_day),
        next,
        mailboxes: mailboxes.into_iter().map(mailbox).collect(),
    })
}
