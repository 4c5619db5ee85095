//! How a company's mail is delivered: retries, limits of recipient domains; and how one campaign is.
//!
//! The engine reads the policy once in a few seconds per company, so a change is used soon and costs nothing per message.

pub(crate) mod store;

use contract::fault::Refusals;
use contract::sending::{Delivery, Policy};
use contract::{CompanyId, Fault};
use kernel::{Db, DbError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A policy is read again after this.
const FRESH: Duration = Duration::from_secs(3);

/// The policies of all companies as of a moment ago.
#[derive(Debug, Default)]
pub struct Policies(Mutex<HashMap<CompanyId, (Instant, Arc<Policy>)>>);

impl Policies {
    /// The company's policy.
    ///
    /// # Errors
    /// When the database fails and nothing is known yet.
    pub async fn get(&self, db: &Db, company: CompanyId) -> Result<Arc<Policy>, DbError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&company).cloned();
        if let Some((at, policy)) = &known
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(policy));
        }
        let read = async {
            let mut tx = db.read(company).await?;
            store::policy(&mut tx, company).await
        };
        match (read.await, known) {
            (Ok(policy), _) => {
                let policy = Arc::new(policy);
                let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if all.len() > 10_000 {
                    all.clear();
                }
                all.insert(company, (Instant::now(), Arc::clone(&policy)));
                Ok(policy)
            }
            // An old policy is better than none.
            (Err(_), Some((_, policy))) => Ok(policy),
            (Err(error), None) => Err(error),
        }
    }
}

/// Refuses a policy that cannot be meant.
pub fn check(policy: &Policy) -> Result<(), Fault> {
    let mut no = Refusals::new();
    let minutes = &policy.retry.minutes;
    no.check(
        minutes.is_empty() || minutes.len() > 20 || minutes.iter().any(|m| !(1..=1440).contains(m)),
        "retry.minutes",
        "Give 1 to 20 waits of 1 to 1,440 minutes.",
    );
    no.check(!(1..=120).contains(&policy.retry.hours), "retry.hours", "Tries go on for 1 to 120 hours.");
    no.check(policy.domains.len() > 500, "domains", "Give at most 500 domains.");
    for (n, rule) in policy.domains.iter().enumerate() {
        let is_good = rule.domain == "*" || connect::email::address::normalise_domain(&rule.domain).is_ok();
        no.check(!is_good, &format!("domains.{n}.domain"), "Write a domain such as example.com, or * for all others.");
        let is_twice = policy.domains.iter().take(n).any(|other| other.domain == rule.domain);
        no.check(is_twice, &format!("domains.{n}.domain"), "This domain has a limit already.");
        let is_zero = rule.per_minute == Some(0) || rule.at_once == Some(0);
        no.check(is_zero, &format!("domains.{n}"), "A limit is at least 1; leave it out for none.");
    }
    no.check(policy.accounts.len() > 50, "accounts", "Give at most 50 accounts.");
    for (n, rule) in policy.accounts.iter().enumerate() {
        let name = rule.name.trim();
        let is_good = !name.is_empty() && name == rule.name && name.chars().count() <= 80;
        no.check(!is_good, &format!("accounts.{n}.name"), "Give the account a name of at most 80 characters.");
        let is_twice = policy.accounts.iter().take(n).any(|other| other.name == rule.name);
        no.check(is_twice, &format!("accounts.{n}.name"), "There is an account of this name already.");
        no.check(rule.senders.is_empty(), &format!("accounts.{n}.senders"), "Choose the senders that use it.");
        let rates = [rule.rates.per_second, rule.rates.per_minute, rule.rates.per_hour, rule.rates.per_day];
        no.check(rates.iter().all(Option::is_none), &format!("accounts.{n}.rates"), "Give at least one limit.");
        no.check(
            rates.contains(&Some(0)),
            &format!("accounts.{n}.rates"),
            "A limit is at least 1; leave it out for none.",
        );
    }
    no.done()
}

/// Refuses a delivery that cannot be meant.
pub fn check_delivery(delivery: &Delivery) -> Result<(), Fault> {
    match delivery.pace {
        Some(pace) if pace.count == 0 || pace.count > 10_000_000 => {
            Err(Fault::invalid("pace.count", "A pace is 1 to 10,000,000 messages."))
        }
        _ => Ok(()),
    }
}
