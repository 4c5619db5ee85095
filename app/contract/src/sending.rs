//! Whether mail may go out at all: the emergency stop, and the freeze of a restored copy.

use crate::senders::Rates;
use crate::{Actor, CampaignId, Fault, Micros, SenderId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Why, by whom and since when nothing goes out.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// In words.
    pub reason: String,
    /// Who stopped it, by name, or empty.
    pub by: String,
    /// Since.
    pub at: Micros,
}

/// Whether mail may go out.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingState {
    /// The company stopped its mail.
    pub stopped: Option<Halt>,
    /// An operator stopped all mail of this installation, on the server's terminal.
    pub installation: Option<Halt>,
    /// This database looks like a copy of another one; nothing goes out until an admin confirms it.
    pub frozen: Option<Halt>,
}

impl SendingState {
    /// Whether anything stands in the way.
    pub fn is_halted(&self) -> bool {
        self.stopped.is_some() || self.installation.is_some() || self.frozen.is_some()
    }
}

/// The brake of one company and of the whole installation.
#[async_trait]
pub trait Sending: Send + Sync {
    /// Whether mail may go out. For everybody who sees campaigns.
    async fn state(&self, actor: &Actor) -> Result<SendingState, Fault>;
    /// Emergency stop: holds every campaign that goes out, takes every scheduled one back to draft, and lets nothing of
    /// the company out, tests and single messages included, until it is released. Answers how many campaigns it held.
    async fn stop(&self, actor: &Actor, reason: String) -> Result<i64, Fault>;
    /// Lets mail out again. Held campaigns stay held until each is resumed. For admins.
    async fn release(&self, actor: &Actor) -> Result<SendingState, Fault>;
    /// Says that this copy of the database is the one that sends. For admins.
    async fn confirm_copy(&self, actor: &Actor) -> Result<SendingState, Fault>;
    /// How the company's mail is delivered.
    async fn policy(&self, actor: &Actor) -> Result<Policy, Fault>;
    /// Replaces it; used within seconds, also by campaigns that go out. For admins.
    async fn set_policy(&self, actor: &Actor, policy: Policy) -> Result<Policy, Fault>;
    /// Recipient domains that asked a sender to come back later and are left alone now, the longest rest first.
    async fn resting(&self, actor: &Actor) -> Result<Vec<RestingDomain>, Fault>;
    /// How a campaign is delivered.
    async fn delivery(&self, actor: &Actor, id: CampaignId) -> Result<Delivery, Fault>;
    /// Replaces it; may change while the campaign goes out.
    async fn set_delivery(&self, actor: &Actor, id: CampaignId, delivery: Delivery) -> Result<Delivery, Fault>;
}

/// How fast a campaign may go, whatever the sender allows.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Messages.
    pub count: u32,
    /// In each such stretch of time.
    pub per: PacePer,
    /// Spread evenly over the stretch; otherwise as fast as possible and then a pause.
    #[serde(default)]
    pub evenly: bool,
}

/// A stretch of time.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PacePer {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
}

impl PacePer {
    /// Its length.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }
}

/// How one campaign is delivered.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How fast; `None` is as fast as its sender.
    #[serde(default)]
    pub pace: Option<Pace>,
    /// Whether the company's next sender takes over what this one surely did not hand over, while this one is in trouble.
    #[serde(default)]
    pub fallback: bool,
}

/// When a message that was put off is tried again.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPlan {
    /// Minutes before each further try; the last one repeats. 1 to 20 of them, each 1 to 1440.
    pub minutes: Vec<u32>,
    /// Hours after the first try within which tries go on; 1 to 120.
    pub hours: u32,
}

impl Default for RetryPlan {
    fn default() -> Self {
        Self { minutes: vec![1, 5, 30, 120, 360], hours: 24 }
    }
}

impl RetryPlan {
    /// Minutes until the next try after so many; `None` when the plan is used up.
    pub fn wait_after(&self, tries: i64) -> Option<i64> {
        let most = i64::from(self.hours) * 60;
        let waits: Vec<i64> = self.minutes.iter().map(|wait| i64::from(*wait).max(1)).collect();
        let last = waits.last().copied().unwrap_or(most.max(1));
        let done = usize::try_from(tries.max(1) - 1).unwrap_or(usize::MAX);
        let repeats = i64::try_from(done.saturating_sub(waits.len())).unwrap_or(i64::MAX);
        let spent = waits.iter().take(done).sum::<i64>().saturating_add(last.saturating_mul(repeats));
        let next = waits.get(done).copied().unwrap_or(last);
        (spent.saturating_add(next) <= most).then_some(next)
    }

    /// Minutes after the first try at which the further ones come.
    pub fn clock(&self) -> impl Iterator<Item = i64> {
        let mut at = 0;
        (1..).map_while(move |tries| {
            at += self.wait_after(tries)?;
            Some(at)
        })
    }
}

/// How much one recipient domain gets.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainRule {
    /// The part after the @; `*` is every domain without a rule of its own.
    pub domain: String,
    /// Messages in any minute, over all nodes; `None` is no limit.
    #[serde(default)]
    pub per_minute: Option<u32>,
    /// Messages under way at once on each node; `None` lets Lux find out.
    #[serde(default)]
    pub at_once: Option<u32>,
}

/// An account at a mail provider that several senders share, with what the provider allows it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRule {
    /// Name for people, unique in the company.
    pub name: String,
    /// The senders that use it.
    pub senders: Vec<SenderId>,
    /// What all of them together may send, over all nodes, tests and single messages included.
    pub rates: Rates,
}

/// How a company's mail is delivered.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// When it is tried again.
    #[serde(default)]
    pub retry: RetryPlan,
    /// Recipient domains with limits of their own.
    #[serde(default)]
    pub domains: Vec<DomainRule>,
    /// Provider accounts that senders share.
    #[serde(default)]
    pub accounts: Vec<AccountRule>,
}

impl Policy {
    /// The accounts that a sender uses, by name.
    pub fn accounts_of(&self, sender: SenderId) -> Vec<&AccountRule> {
        let mut all: Vec<&AccountRule> = self.accounts.iter().filter(|rule| rule.senders.contains(&sender)).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// The rule for a domain.
    pub fn rule(&self, domain: &str) -> Option<&DomainRule> {
        let of = |name: &str| self.domains.iter().find(|rule| rule.domain == name);
        of(domain).or_else(|| of("*"))
    }
}

/// A recipient domain that asked a sender to come back later.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestingDomain {
    /// The sender that leaves it alone.
    pub sender: SenderId,
    /// Its name.
    pub sender_name: String,
    /// The part after the @.
    pub domain: String,
    /// Tried again then.
    pub until: Micros,
    /// What it answered.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::RetryPlan;

    #[test]
    fn the_clock_of_a_plan_repeats_its_last_wait_until_its_hours_are_over() {
        assert_eq!(RetryPlan::default().clock().collect::<Vec<_>>(), [1, 6, 36, 156, 516, 876, 1236]);
        let often = RetryPlan { minutes: vec![1], hours: 120 };
        assert_eq!((often.clock().count(), often.clock().last()), (7200, Some(7200)));
        let never = RetryPlan { minutes: vec![90], hours: 1 };
        assert_eq!(never.clock().next(), None);
    }
}
