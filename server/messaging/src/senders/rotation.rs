//! The mailboxes of a Microsoft 365 sender, used in turn.
//!
//! Each message takes the mailbox that was used least lately, counted before it goes, so that no mailbox gets more than its
//! limits, whichever node asks. A mailbox that is throttled or refused rests, for all nodes, and the message, which is then
//! certainly unsent, takes another one.

use super::limits::{self, Picked};
use super::store::usage::{self, MailboxUse};
use async_trait::async_trait;
use connect::email::{Address, Envelope, Outcome, Probe, Stage, Trace, Transport, address, headers};
use connect::{Failure, Kind};
use contract::{CompanyId, Micros, SenderId};
use kernel::{Clock, Db, DbError};
use std::sync::Arc;

/// How long a mailbox rests that needs a person, while others go on.
const BROKEN_SECONDS: i64 = 15 * 60;

/// The transport of a Microsoft 365 sender.
pub(super) struct Rotation {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub company: CompanyId,
    pub sender: SenderId,
    pub boxes: usize,
    pub transport: Arc<dyn Transport>,
}

/// What the sender says when it has no mailbox for a message.
fn busy(text: &str, wait: i64) -> Outcome {
    let failure = Failure::temporary(Kind::Busy, "graph", "pick").with("text", text);
    Outcome::SenderTrouble { failure: failure.with("retry_after", wait.max(1).to_string()) }
}

/// The trouble of one mailbox, and how long it rests for it; `None` for what is nobody's or everybody's trouble.
fn of_mailbox(outcome: &Outcome, boxes: usize) -> Option<(String, i64)> {
    let Outcome::SenderTrouble { failure } = outcome else { return None };
    let is_sign_in = failure.detail("code").is_some_and(|code| code.starts_with("401"));
    if failure.provider != "graph" || is_sign_in || !matches!(failure.kind, Kind::Busy | Kind::Refused | Kind::Auth) {
        return None;
    }
    let text = failure.detail("text").unwrap_or(failure.kind.as_str()).to_owned();
    match failure.retry_after() {
        Some(wait) => Some((text, i64::try_from(wait.as_secs()).unwrap_or(i64::MAX).saturating_add(1))),
        // a busy server is no mailbox's fault, and the only mailbox is better tried than put aside
        None if failure.kind == Kind::Busy || boxes == 1 => None,
        None => Some((text, BROKEN_SECONDS)),
    }
}

impl Rotation {
    async fn pick(&self, tried: &[String], now: Micros) -> Result<Picked, DbError> {
        let mut tx = self.db.begin(self.company).await?;
        let picked = limits::pick(&mut tx, self.company, self.sender, tried, now).await?;
        tx.commit().await?;
        Ok(picked)
    }

    async fn addresses(&self) -> Vec<Address> {
        let asked = async {
            let mut tx = self.db.read(self.company).await?;
            usage::addresses(&mut tx, self.company, self.sender).await
        };
        let known = asked.await.unwrap_or_default();
        known.iter().filter_map(|text| address::normalise(text).ok()).collect()
    }

    async fn note(&self, mailbox: &MailboxUse, trouble: &str, until: Option<Micros>) {
        let noted = async {
            let mut tx = self.db.begin(self.company).await?;
            usage::rest(&mut tx, self.company, self.sender, &mailbox.address, trouble, until).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, mailbox = mailbox.address, "the state of a mailbox was not stored");
        }
    }

    async fn through(&self, mailbox: &MailboxUse, envelope: &Envelope, message: &[u8]) -> Outcome {
        let own = headers::value(message, "From").unwrap_or_default();
        let is_own = headers::only_address(&own).is_some_and(|from| from.eq_ignore_ascii_case(&mailbox.address));
        let (Ok(from), Some(rewritten)) = (
            address::normalise(&mailbox.address),
            if is_own { Some(Vec::new()) } else { headers::with_from(message, &mailbox.address) },
        ) else {
            let reason = format!("{} cannot be a From address", mailbox.address);
            return Outcome::NotHandedOver { stage: Stage::Mail, reason };
        };
        let bytes = if is_own { message } else { &rewritten };
        self.transport.send(&Envelope { from, to: envelope.to.clone() }, bytes).await
    }
}

#[async_trait]
impl Transport for Rotation {
    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Outcome {
        let (mut tried, mut last) = (Vec::new(), None);
        loop {
            let now = self.clock.now();
            let mailbox = match self.pick(&tried, now).await {
                Ok(Picked::Mailbox(mailbox)) => mailbox,
                Ok(Picked::Full(next)) => {
                    let wait = next.seconds() - now.seconds();
                    return last.unwrap_or_else(|| busy("Each mailbox rests or has used up its limits.", wait));
                }
                Err(error) => {
                    tracing::warn!(%error, "no mailbox was picked");
                    return busy("The database could not say which mailbox has room.", 5);
                }
            };
            let outcome = self.through(&mailbox, envelope, message).await;
            match of_mailbox(&outcome, self.boxes) {
                Some((trouble, seconds)) => {
                    self.note(&mailbox, &trouble, Some(self.clock.now().plus_seconds(seconds))).await;
                    tried.push(mailbox.address);
                    last = Some(outcome);
                }
                None => {
                    if !mailbox.trouble.is_empty() && matches!(outcome, Outcome::Accepted { .. }) {
                        self.note(&mailbox, "", None).await;
                    }
                    return outcome;
                }
            }
        }
    }

    /// Which mailbox a message took is not kept: each is asked.
    async fn trace(&self, _: &Address, message_id: &str) -> Trace {
        let mut best = Trace::Nowhere;
        for mailbox in self.addresses().await {
            match self.transport.trace(&mailbox, message_id).await {
                found @ (Trace::Sent | Trace::NotSent) => return found,
                Trace::Unasked => best = Trace::Unasked,
                Trace::Nowhere => {}
            }
        }
        best
    }

    async fn probe(&self) -> Probe {
        self.transport.probe().await
    }

    async fn close(&self) {
        self.transport.close().await;
    }
}
