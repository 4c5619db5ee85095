//! Looking into DNS.

use super::rules::{dkim, dmarc, spf, unreachable};
use super::store::Key;
use connect::dns::{Dns, DnsError};
use contract::domains::RecordCheck;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Longest that one question may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks, and has the rules judge.
#[derive(Clone, Debug)]
pub(super) struct Look(pub Arc<dyn Dns>);

impl Look {
    async fn texts(&self, name: &str) -> Result<Vec<String>, DnsError> {
        match tokio::time::timeout(PATIENCE, self.0.txt(name)).await {
            Ok(answer) => answer,
            Err(_) => Err(DnsError("it took too long".into())),
        }
    }

    /// Who may send for a domain.
    pub async fn spf(&self, domain: &str, needs: &BTreeSet<spf::Need>) -> RecordCheck {
        let texts = match self.texts(domain).await {
            Ok(texts) => texts,
            Err(error) => return unreachable(domain.to_owned(), &error.to_string()),
        };
        let mut answers = spf::Answers::new();
        let mut waiting = spf::targets(&texts);
        let mut asked = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            // one more than receivers ask for: enough to tell that it is too much
            if asked.len() > spf::LOOKUPS || !asked.insert(name.clone()) {
                continue;
            }
            // what stays unread is known to be so; a DNS in trouble is not asked on and on
            let Ok(found) = self.texts(&name).await else { break };
            waiting.extend(spf::targets(&found));
            answers.insert(name, found);
        }
        spf::judge(domain, &texts, &answers, needs)
    }

    /// What is done with mail that fails.
    pub async fn dmarc(&self, domain: &str) -> RecordCheck {
        let mut found = Vec::new();
        for name in dmarc::names(domain) {
            match self.texts(&name).await {
                Ok(texts) => {
                    let is_here = texts.iter().any(|text| dmarc::is_ours(text));
                    found.push((name, texts));
                    if is_here {
                        break;
                    }
                }
                Err(error) => return unreachable(name, &error.to_string()),
            }
        }
        dmarc::judge(domain, &found)
    }

    /// The record of a key.
    pub async fn key(&self, domain: &str, key: &Key) -> RecordCheck {
        let name = dkim::name(&key.selector, domain);
        match self.texts(&name).await {
            Ok(texts) => dkim::judge(name, key.kind, &key.public, &texts),
            Err(error) => unreachable(name, &error.to_string()),
        }
    }
}
