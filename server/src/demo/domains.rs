//! The domain that the company sends from, as the service finds it in a DNS that this file plays.

use super::calendar::Calendar;
use super::house::HOST;
use crate::wiring::App;
use anyhow::Result;
use async_trait::async_trait;
use connect::dns::{Dns, DnsError};
use contract::Actor;
use contract::domains::{DomainDraft, Domains, KeyKind};
use kernel::TestClock;
use std::collections::HashMap;
use std::sync::Arc;

/// The domain.
pub const DOMAIN: &str = "emberfold.example";
/// Hours since it was looked at last.
const LOOKED: i64 = 5;

/// What is published; nothing under any other name.
#[derive(Debug)]
struct Played(HashMap<String, String>);

#[async_trait]
impl Dns for Played {
    async fn txt(&self, name: &str) -> Result<Vec<String>, DnsError> {
        Ok(self.0.get(name).cloned().into_iter().collect())
    }
}

/// Adds the domain three months ago: its RSA key is published, the one of Ed25519 is still to be, DMARC only watches.
pub async fn publish(app: &App, clock: &TestClock, calendar: &Calendar, system: &Actor) -> Result<()> {
    clock.set(calendar.back(90));
    let made = app.domains.create(system, DomainDraft { domain: DOMAIN.into() }).await?;
    let keys = made.keys.iter().filter(|key| key.kind == KeyKind::Rsa);
    let mut texts: HashMap<String, String> =
        keys.map(|key| (key.record_name.clone(), key.record_text.clone())).collect();
    texts.insert(DOMAIN.into(), format!("v=spf1 a:{HOST} ~all"));
    texts.insert(format!("_dmarc.{DOMAIN}"), format!("v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"));
    clock.set(calendar.now.plus_seconds(-LOOKED * 3_600));
    app.backend.domains.clone().asking(Arc::new(Played(texts))).check(system, made.id).await?;
    Ok(())
}
