//! Why a campaign that is sending does not move: the first cause that holds, from what is stored.

use super::service::Service;
use super::standing;
use super::store::{Stored, figures};
use crate::brake::{self, Closed};
use crate::engine::outlet::Hindrance;
use crate::limits::{self, Limit};
use crate::policy;
use contract::campaigns::{CampaignState, Counts, Stall, StallCause};
use contract::{Fault, Micros};
use kernel::{DbError, Tx};

/// Without an outcome for so long, it does not move.
const STILL_SECONDS: i64 = 60;
/// Nodes that send give a sign of life every few seconds.
const SILENT_SECONDS: i64 = 60;

/// Nothing while it moves, or while all who are left wait for a time that was planned.
pub(super) async fn look(
    service: &Service,
    tx: &mut Tx,
    stored: &Stored,
    counts: &Counts,
    per_minute: Option<i64>,
    now: Micros,
) -> Result<Option<Stall>, Fault> {
    let Some(began) = stored.started.map(|at| at.max(stored.updated)) else { return Ok(None) };
    let is_still = per_minute.is_none() && now.seconds() - began.seconds() >= STILL_SECONDS;
    if stored.state != CampaignState::Sending || counts.open() == 0 || !is_still {
        return Ok(None);
    }
    if let Some(closed) = brake::store::closed(tx, stored.company).await? {
        return Ok(Some(stopped(closed)));
    }
    let beat = brake::store::last_beat(tx).await?;
    if beat.is_none_or(|at| now.seconds() - at.seconds() > SILENT_SECONDS) {
        return Ok(Some(silent(beat)));
    }
    let Some(sender) = stored.draft.sender else { return Ok(Some(no_sender())) };
    if let Some(hindrance) = service.parts.outlets.hindrance(tx, stored.company, sender, now).await? {
        return Ok(Some(hindered(hindrance)));
    }
    if let Some(until) = paced_until(tx, stored, now).await? {
        return Ok(Some(paced(until)));
    }
    let turn = standing::next_turn(tx, stored, counts, now).await?;
    if let Some(until) = turn {
        let why = figures::put_off(tx, stored.company, stored.id, now).await?;
        return Ok(why.map(|why| put_off(&why, until)));
    }
    Ok(Some(unexplained(counts)))
}

async fn paced_until(tx: &mut Tx, stored: &Stored, now: Micros) -> Result<Option<Micros>, DbError> {
    let delivery = policy::store::delivery(tx, stored.company, stored.id).await?.unwrap_or_default();
    let Some(pace) = delivery.pace else { return Ok(None) };
    let limit = Limit::of_campaign(stored.id, &pace);
    Ok(Some(limits::next(tx, stored.company, &limit, now).await?).filter(|next| *next > now))
}

fn stall(cause: StallCause, text: impl Into<String>, until: Option<Micros>) -> Stall {
    Stall { cause, text: text.into(), until }
}

fn stopped(closed: Closed) -> Stall {
    stall(StallCause::Stopped, closed.in_words(), None)
}

fn silent(beat: Option<Micros>) -> Stall {
    let text = match beat {
        Some(_) => {
            "The process that sends has given no sign of life for more than a minute. Start Lux again, or a worker with lux serve --role worker."
        }
        None => "No process that sends is running. Start one with lux serve --role worker.",
    };
    stall(StallCause::NoWorker, text, None)
}

fn no_sender() -> Stall {
    stall(StallCause::NoSender, "Its sender does not exist any more. Pause it, choose another one, and resume.", None)
}

fn hindered(hindrance: Hindrance) -> Stall {
    match hindrance {
        Hindrance::Gone => no_sender(),
        Hindrance::Trouble(detail, until) => stall(StallCause::SenderTrouble, detail, until),
        Hindrance::Full(until) => stall(StallCause::SenderLimit, "The limits of its sender are used up.", Some(until)),
    }
}

fn paced(until: Micros) -> Stall {
    stall(StallCause::Pace, "Its own pace lets nothing more go for now.", Some(until))
}

fn put_off(why: &str, until: Micros) -> Stall {
    stall(StallCause::PutOff, format!("Everybody who is left was put off. Most were told: {why}"), Some(until))
}

fn unexplained(counts: &Counts) -> Stall {
    if counts.handed > 0 {
        let text = "Messages were handed over and the server does not answer. Lux waits for it and sends nothing twice. If it stays so, test the sender.";
        return stall(StallCause::NoAnswer, text, None);
    }
    let text = "Nothing has moved for a minute, and nothing that Lux knows of holds it up. Look into the log of the process that sends.";
    stall(StallCause::Unexplained, text, None)
}
