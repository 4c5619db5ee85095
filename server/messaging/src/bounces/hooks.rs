//! Answers calls of providers: the address first, then the signature, then what it says, on disk before the answer.

use super::intake::{Desk, Item};
use super::service::{OLD_SECRET, Parts, SECRET};
use super::store::events::Source;
use super::store::sources;
use super::token;
use async_trait::async_trait;
use connect::email::bounce::hook::{self, Call, Event, HookError, Notification};
use connect::http::{Broken, Options};
use contract::bounces::{BounceHook, BounceHooks, HookCall, HookKind};
use contract::{CompanyId, Fault, Micros};
use kernel::VaultError;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Answer to a fetch from Amazon: the body, or why not, in words.
pub type Fetched = Result<Vec<u8>, String>;

/// Fetches from Amazon's own addresses, and nothing else is ever asked of it: certificates and confirmations.
#[async_trait]
pub trait Certificates: Send + Sync {
    /// The body behind an address.
    async fn fetch(&self, url: &str) -> Fetched;
}

/// Amazon over the network.
#[derive(Debug, Clone)]
pub struct Amazon(connect::http::Client);

/// Bytes of an answer that are read.
const MOST: usize = 64 * 1024;

impl Amazon {
    /// Ready to ask; asks nothing yet.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn new() -> Result<Self, connect::Failure> {
        let options = Options { connect: Duration::from_secs(4), total: Duration::from_secs(8), ..Options::default() };
        connect::http::client(&options).map(Self)
    }
}

#[async_trait]
impl Certificates for Amazon {
    async fn fetch(&self, url: &str) -> Fetched {
        match connect::http::ask(self.0.get(url), MOST).await {
            Ok(answer) if answer.status == 200 => Ok(answer.body),
            Ok(answer) => Err(format!("the server answered {}", answer.status)),
            Err(Broken::NotSent(why) | Broken::Open(why)) => Err(why),
        }
    }
}

/// Certificates that are kept; they change about once a year.
const KEPT: usize = 20;

/// The door for providers. Cheap to clone.
#[derive(Clone)]
pub struct Hooks {
    parts: Parts,
    certificates: Arc<dyn Certificates>,
    kept: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Hooks {
    /// On these parts.
    pub fn new(parts: Parts, certificates: Arc<dyn Certificates>) -> Self {
        Self { parts, certificates, kept: Arc::default() }
    }

    /// The hook and its secrets, the newest first.
    async fn find(&self, call: &HookCall) -> Result<(CompanyId, BounceHook, Vec<SecretString>), Fault> {
        let missing = || Fault::missing("Hook");
        let (company, id) = token::hook_of(&self.parts.vault, &call.token).ok_or_else(missing)?;
        let mut tx = self.parts.db.read(company).await?;
        let hook = sources::hook(&mut tx, company, id).await?.ok_or_else(missing)?;
        let mut secrets = Vec::new();
        for kind in [SECRET, OLD_SECRET] {
            let found: Result<Option<SecretString>, VaultError> =
                self.parts.vault.get(&mut tx, company, kind, &id.to_string()).await;
            secrets.extend(found?);
        }
        Ok((company, hook, secrets))
    }

    async fn read(&self, kind: HookKind, call: &Call<'_>) -> Result<Vec<Event>, HookError> {
        match kind {
            HookKind::Generic => hook::generic(call),
            HookKind::Postmark => hook::postmark(call),
            HookKind::Sendgrid => hook::sendgrid(call),
            HookKind::Mailgun => hook::mailgun(call),
            HookKind::Ses => self.read_ses(call).await,
        }
    }

    async fn read_ses(&self, call: &Call<'_>) -> Result<Vec<Event>, HookError> {
        let url = hook::certificate_host(call.body)?;
        let certificate = self.certificate(&url).await?;
        match hook::ses(call, &certificate)? {
            Notification::Events(events) => Ok(events),
            Notification::Confirm(url) => {
                let fetched = self.certificates.fetch(&url).await;
                fetched.map_err(|why| HookError::Form(format!("the topic could not be confirmed: {why}")))?;
                Ok(Vec::new())
            }
        }
    }

    async fn certificate(&self, url: &str) -> Result<Vec<u8>, HookError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned();
        if let Some(certificate) = kept {
            return Ok(certificate);
        }
        let fetched = self.certificates.fetch(url).await;
        let certificate = fetched.map_err(|why| HookError::Form(format!("Amazon's certificate: {why}")))?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(url.to_owned(), certificate.clone());
        Ok(certificate)
    }

    async fn refuse(&self, company: CompanyId, hook: &BounceHook, why: &HookError) -> Result<Fault, Fault> {
        let words: String = why.to_string().chars().take(300).collect();
        let mut tx = self.parts.db.begin(company).await?;
        sources::refused_hook(&mut tx, company, hook.id, &words).await?;
        tx.commit().await?;
        Ok(match why {
            HookError::Refused(_) | HookError::Stale => Fault::denied(words),
            HookError::Form(_) => Fault::invalid("body", words),
        })
    }
}

fn item(hook: &BounceHook, event: Event) -> Item {
    Item {
        dedupe: format!("hook:{}:{}:{}", hook.id, event.id, event.address),
        class: super::class_of(event.class),
        addresses: vec![event.address],
        row: None,
        message_id: event.message_id,
        attempt: None,
        code: event.code,
        words: event.words,
        at: Micros(event.at),
    }
}

#[async_trait]
impl BounceHooks for Hooks {
    async fn receive(&self, call: HookCall) -> Result<i64, Fault> {
        let (company, hook, secrets) = self.find(&call).await?;
        let now = self.parts.clock.now();
        let secrets: Vec<&str> = secrets.iter().map(ExposeSecret::expose_secret).collect();
        let header = |name: &str| call.header(name);
        let asked = Call { header: &header, body: &call.body, secrets: &secrets, now: now.seconds() };
        let events = match self.read(hook.kind, &asked).await {
            Ok(events) => events,
            Err(why) => return Err(self.refuse(company, &hook, &why).await?),
        };
        let items: Vec<Item> = events.into_iter().map(|event| item(&hook, event)).collect();
        let mut tx = self.parts.db.begin(company).await?;
        let desk = Desk {
            company,
            audience: &*self.parts.audience,
            ids: &*self.parts.ids,
            source: Source { kind: "hook", id: hook.id.0, name: hook.name.clone() },
            is_trusted: true,
            rules: sources::rules(&mut tx, company).await?,
            now,
        };
        let new = desk.take(&mut tx, &items).await?;
        sources::used_hook(&mut tx, company, hook.id, new, now).await?;
        tx.commit().await?;
        Ok(new)
    }
}
