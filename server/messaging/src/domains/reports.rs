//! What receivers find about a From domain, for the check before a campaign goes out.

use super::rules::{closest, unchecked};
use super::service::{Service, shown};
use super::store::{self, Way};
use crate::ports::DomainReports;
use async_trait::async_trait;
use contract::domains::{DomainReport, KeyKind, RecordCheck, RecordState, SendingDomain};
use contract::senders::SenderKind;
use contract::{CompanyId, Fault, Micros};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Answers of DNS are good for so long, silence for less.
const KEPT: i64 = 5 * 60;
const SILENCE_KEPT: i64 = 30;
/// Longest that a report waits for DNS.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most answers that are kept.
const ROOM: usize = 1_000;

type Answers = HashMap<(CompanyId, String), (Micros, RecordCheck, RecordCheck)>;

/// What was looked up lately for reports: SPF and DMARC of domains.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Arc<Mutex<Answers>>);

impl Recent {
    fn all(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks anew the next time.
    pub fn forget(&self, company: CompanyId) {
        self.all().retain(|(of, _), _| *of != company);
    }

    fn get(&self, company: CompanyId, domain: &str, now: Micros) -> Option<(RecordCheck, RecordCheck)> {
        let all = self.all();
        let (at, spf, dmarc) = all.get(&(company, domain.to_owned()))?;
        let is_silent = [spf, dmarc].iter().any(|check| check.state == RecordState::Unreachable);
        let kept = if is_silent { SILENCE_KEPT } else { KEPT };
        (now.0 < at.plus_seconds(kept).0).then(|| (spf.clone(), dmarc.clone()))
    }

    fn put(&self, company: CompanyId, domain: &str, now: Micros, found: (RecordCheck, RecordCheck)) {
        let mut all = self.all();
        if all.len() >= ROOM {
            all.clear();
        }
        all.insert((company, domain.to_owned()), (now, found.0, found.1));
    }
}

impl Service {
    /// SPF and DMARC as looked up within the last minutes.
    async fn looked_up(&self, company: CompanyId, domain: &str, ways: &[Way]) -> (RecordCheck, RecordCheck) {
        let now = self.now();
        if let Some(known) = self.recent.get(company, domain, now) {
            return known;
        }
        let needs = ways.iter().filter(|way| way.from == domain).filter_map(|way| way.need.clone()).collect();
        let both = async { futures::join!(self.look.spf(domain, &needs), self.look.dmarc(domain)) };
        let silent = |name: String| super::rules::unreachable(name, "DNS did not answer in time");
        let found = match tokio::time::timeout(PATIENCE, both).await {
            Ok(found) => found,
            Err(_) => (silent(domain.to_owned()), silent(format!("_dmarc.{domain}"))),
        };
        self.recent.put(company, domain, now, found.clone());
        found
    }
}

/// Whether all mail from this domain goes through Microsoft 365.
fn is_graph(ways: &[Way], domain: &str) -> bool {
    let mut through = ways.iter().filter(|way| way.from == domain).peekable();
    through.peek().is_some() && through.all(|way| way.kind == SenderKind::Graph)
}

/// Whether what we send is signed, as the domain's keys were found last.
pub(super) fn signature(from: &str, domain: Option<&SendingDomain>, is_graph: bool) -> RecordCheck {
    let unknown = |name: String, words: &str| RecordCheck { words: words.to_owned(), ..unchecked(name) };
    if is_graph {
        return unknown(from.to_owned(), "Microsoft 365 signs this mail itself. Lux does not look whether it does.");
    }
    let Some(domain) = domain else {
        let words = "Lux does not sign mail of this domain: it is not listed under Settings, Sending domains. Your mail server may.";
        return unknown(from.to_owned(), words);
    };
    if !domain.signs {
        let words = "Signing by Lux is switched off for this domain. Lux does not look whether your mail server signs.";
        return unknown(domain.domain.clone(), words);
    }
    let check = |state, key: &contract::domains::DomainKey, words: String| RecordCheck {
        state,
        name: key.record_name.clone(),
        found: key.found.clone(),
        wanted: if key.state == RecordState::Good { String::new() } else { key.record_text.clone() },
        words,
    };
    let mut used = domain.keys.iter().filter(|key| key.is_signing);
    if let Some(first) = used.next() {
        let words = format!("Mail is signed for {}.", domain.domain);
        return match first.kind {
            KeyKind::Rsa => check(RecordState::Good, first, words),
            KeyKind::Ed25519 => check(
                RecordState::Weak,
                first,
                format!("{words} Only by Ed25519, which many receivers cannot check: publish the RSA key too."),
            ),
        };
    }
    match domain.keys.iter().find(|key| key.checked.is_some()).or(domain.keys.first()) {
        Some(key) => check(
            key.state,
            key,
            format!(
                "Mail is not signed: the records of the keys of {} are not found as they should be.",
                domain.domain
            ),
        ),
        None => unchecked(domain.domain.clone()),
    }
}

#[async_trait]
impl DomainReports for Service {
    async fn report(&self, company: CompanyId, domain: &str) -> Result<DomainReport, Fault> {
        let mut tx = self.parts.db.read(company).await?;
        let all = store::list(&mut tx, company).await?;
        let listed = match closest(&all, domain, |one| &one.domain).cloned() {
            Some(stored) => {
                let keys = store::keys(&mut tx, company, stored.id).await?;
                Some(shown(stored, &keys))
            }
            None => None,
        };
        let ways = store::ways(&mut tx, company).await?;
        drop(tx);
        let dkim = signature(domain, listed.as_ref(), is_graph(&ways, domain));
        let (mut spf, mut dmarc) = self.looked_up(company, domain, &ways).await;
        // What was found last is better than nothing.
        if let Some(listed) = listed.filter(|listed| listed.domain == domain && listed.checked.is_some()) {
            if spf.state == RecordState::Unreachable {
                spf = listed.spf;
            }
            if dmarc.state == RecordState::Unreachable {
                dmarc = listed.dmarc;
            }
        }
        Ok(DomainReport { domain: domain.to_owned(), spf, dkim, dmarc })
    }
}
