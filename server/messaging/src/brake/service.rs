//! The brake's service: who may set and release it.

use super::store;
use crate::campaigns;
use crate::engine::Parts;
use crate::limits::{self, Limit};
use crate::policy;
use async_trait::async_trait;
use contract::sending::{Delivery, Halt, Policy, RestingDomain, Sending, SendingState};
use contract::{Actor, CampaignId, Capability, Fault, Micros};
use kernel::outbox;
use serde_json::json;

/// The brake.
#[derive(Clone)]
pub struct Service {
    parts: Parts,
}

impl Service {
    /// Works with the same parts as the engine.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    fn by(actor: &Actor) -> serde_json::Value {
        json!({ "by": actor.user().map(|user| user.to_string()) })
    }
}

#[async_trait]
impl Sending for Service {
    async fn state(&self, actor: &Actor) -> Result<SendingState, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        let house = store::installation(&mut tx).await?;
        let stop = store::company_stop(&mut tx, actor.company).await?;
        drop(tx);
        let halt = |at: Option<i64>, reason: String| at.map(|at| Halt { reason, by: String::new(), at: Micros(at) });
        let stopped = match stop {
            None => None,
            Some((reason, by, at)) => {
                let by = match by {
                    Some(user) => self.parts.companies.user_name(actor.company, user).await?.unwrap_or_default(),
                    None => String::new(),
                };
                Some(Halt { reason, by, at })
            }
        };
        Ok(SendingState {
            stopped,
            installation: halt(house.stopped_at, house.stop_reason),
            frozen: halt(house.frozen_at, house.freeze_reason),
        })
    }

    async fn stop(&self, actor: &Actor, reason: String) -> Result<i64, Fault> {
        actor.require(Capability::CampaignsSend)?;
        campaigns::stop_all(&self.parts, actor, &reason).await
    }

    async fn release(&self, actor: &Actor) -> Result<SendingState, Fault> {
        actor.require(Capability::CompanyManage)?;
        let (company, now) = (actor.company, self.parts.clock.now());
        let mut tx = self.parts.db.begin(company).await?;
        store::lock_for_change(&mut tx).await?;
        if store::release(&mut tx, company).await? {
            outbox::record(&mut tx, company, "sending.released", company, &Self::by(actor), now);
            tx.wake(super::TAG);
            tx.commit().await?;
        }
        self.state(actor).await
    }

    async fn confirm_copy(&self, actor: &Actor) -> Result<SendingState, Fault> {
        actor.require(Capability::CompanyManage)?;
        if super::thaw(&self.parts.db).await? {
            let (company, now) = (actor.company, self.parts.clock.now());
            let mut tx = self.parts.db.begin(company).await?;
            outbox::record(&mut tx, company, "sending.confirmed", company, &Self::by(actor), now);
            tx.commit().await?;
        }
        self.state(actor).await
    }

    async fn policy(&self, actor: &Actor) -> Result<Policy, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        Ok(policy::store::policy(&mut tx, actor.company).await?)
    }

    async fn set_policy(&self, actor: &Actor, mut wanted: Policy) -> Result<Policy, Fault> {
        actor.require(Capability::CompanyManage)?;
        for rule in &mut wanted.domains {
            rule.domain = match rule.domain.trim() {
                "*" => "*".into(),
                domain => connect::email::address::normalise_domain(domain).unwrap_or_else(|_| domain.to_owned()),
            };
        }
        policy::check(&wanted)?;
        let (company, now) = (actor.company, self.parts.clock.now());
        let mut tx = self.parts.db.begin(company).await?;
        policy::store::set_policy(&mut tx, company, &wanted, now).await?;
        outbox::record(&mut tx, company, "sending.policy_changed", company, &Self::by(actor), now);
        tx.commit().await?;
        Ok(wanted)
    }

    async fn resting(&self, actor: &Actor) -> Result<Vec<RestingDomain>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        Ok(limits::store::resting_of_all(&mut tx, actor.company, self.parts.clock.now()).await?)
    }

    async fn delivery(&self, actor: &Actor, id: CampaignId) -> Result<Delivery, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        policy::store::delivery(&mut tx, actor.company, id).await?.ok_or_else(|| Fault::missing("Campaign"))
    }

    async fn set_delivery(&self, actor: &Actor, id: CampaignId, delivery: Delivery) -> Result<Delivery, Fault> {
        actor.require(Capability::CampaignsWrite)?;
        policy::check_delivery(&delivery)?;
        let (company, now) = (actor.company, self.parts.clock.now());
        let mut tx = self.parts.db.begin(company).await?;
        if !policy::store::set_delivery(&mut tx, company, id, &delivery).await? {
            return Err(Fault::missing("Campaign"));
        }
        // The next turn was the old pace's.
        limits::store::forget_turn(&mut tx, company, &Limit::campaign_key(id)).await?;
        outbox::record(&mut tx, company, "campaign.delivery_changed", id, &json!({ "delivery": delivery }), now);
        tx.wake(campaigns::store::TAG);
        tx.commit().await?;
        Ok(delivery)
    }
}
