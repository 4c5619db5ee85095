//! Domains as people see them.

use super::keys;
use super::look::Look;
use super::reports::Recent;
use super::rules::{self, covers, dkim, unchecked};
use super::store::{self, Key, Stored};
use async_trait::async_trait;
use connect::dns::Dns;
use contract::domains::{
    CheckedDomain, DomainChange, DomainDraft, DomainKey, DomainReport, Domains, RecordCheck, RecordState, SendingDomain,
};
use contract::{Actor, Capability, CompanyId, DomainId, Fault, Micros};
use kernel::{Clock, Db, DbError, Ids, Tx, Vault, outbox};
use serde_json::json;
use std::sync::Arc;

/// Most domains of one company.
const MOST: usize = 100;

/// What the service works with.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Database.
    pub db: Db,
    /// Where secret halves go.
    pub vault: Vault,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and the chance that keys are made of.
    pub ids: Arc<dyn Ids>,
    /// Looks names up.
    pub dns: Arc<dyn Dns>,
}

/// The sending domains of a company. Cheap to clone; clones share what they looked up lately.
#[derive(Clone, Debug)]
pub struct Service {
    pub(super) parts: Parts,
    pub(super) look: Look,
    pub(super) recent: Recent,
}

/// What one look found.
struct Found {
    spf: RecordCheck,
    dmarc: RecordCheck,
    keys: Vec<(String, RecordCheck)>,
}

impl Service {
    /// On these parts.
    pub fn new(parts: Parts) -> Self {
        Self { look: Look(Arc::clone(&parts.dns)), recent: Recent::default(), parts }
    }

    /// The same, asking another DNS.
    #[must_use]
    pub fn asking(self, dns: Arc<dyn Dns>) -> Self {
        Self::new(Parts { dns, ..self.parts })
    }

    pub(super) fn now(&self) -> Micros {
        self.parts.clock.now()
    }

    async fn read(&self, tx: &mut Tx, company: CompanyId, id: DomainId) -> Result<Stored, Fault> {
        store::get(tx, company, id).await?.ok_or_else(|| Fault::missing("Domain"))
    }

    async fn one(&self, tx: &mut Tx, company: CompanyId, id: DomainId) -> Result<SendingDomain, Fault> {
        let stored = self.read(tx, company, id).await?;
        Ok(shown(stored, &store::keys(tx, company, id).await?))
    }

    /// Looks into DNS and keeps what it answers. For whoever is allowed.
    pub(super) async fn look_at(&self, company: CompanyId, id: DomainId) -> Result<CheckedDomain, Fault> {
        let mut tx = self.parts.db.read(company).await?;
        let stored = self.read(&mut tx, company, id).await?;
        let known = store::keys(&mut tx, company, id).await?;
        let ways = store::ways(&mut tx, company).await?;
        drop(tx);
        let needs = ways.into_iter().filter(|w| covers(&stored.domain, &w.from)).filter_map(|w| w.need).collect();
        let keys = known.iter().map(|key| async { (key.selector.clone(), self.look.key(&stored.domain, key).await) });
        let (spf, dmarc, keys) = futures::join!(
            self.look.spf(&stored.domain, &needs),
            self.look.dmarc(&stored.domain),
            futures::future::join_all(keys)
        );
        let found = Found { spf, dmarc, keys };
        let domain = self.keep(company, id, &found).await?;
        let dkim = super::reports::signature(&stored.domain, Some(&domain), false);
        let dkim = found
            .keys
            .into_iter()
            .map(|(_, check)| check)
            .find(|c| c.state == RecordState::Unreachable)
            .unwrap_or(dkim);
        let report = DomainReport { domain: stored.domain, spf: found.spf, dkim, dmarc: found.dmarc };
        Ok(CheckedDomain { domain, report })
    }

    /// Keeps what DNS answered; what it did not answer stays as it was.
    async fn keep(&self, company: CompanyId, id: DomainId, found: &Found) -> Result<SendingDomain, Fault> {
        let now = self.now();
        let answered = |check: &RecordCheck| check.state != RecordState::Unreachable;
        let mut tx = self.parts.db.begin(company).await?;
        if !store::set_asked(&mut tx, company, id, now).await? {
            return Err(Fault::missing("Domain"));
        }
        let before = self.one(&mut tx, company, id).await?;
        if answered(&found.spf) {
            store::set_spf(&mut tx, company, id, &found.spf, now).await?;
        }
        if answered(&found.dmarc) {
            store::set_dmarc(&mut tx, company, id, &found.dmarc, now).await?;
        }
        for (selector, check) in found.keys.iter().filter(|(_, check)| answered(check)) {
            store::set_key(&mut tx, company, id, selector, check, now).await?;
        }
        for selector in keys::outlived(&store::keys(&mut tx, company, id).await?) {
            keys::forget(&mut tx, &self.parts.vault, company, id, &selector).await?;
        }
        let after = self.one(&mut tx, company, id).await?;
        if signing(&before) != signing(&after) {
            store::touch_senders(&mut tx, company).await?;
        }
        if states(&before) != states(&after) {
            let details = json!({ "domain": after.domain, "is_signing": after.is_signing });
            outbox::record(&mut tx, company, "domain.found", id, &details, now);
        }
        tx.commit().await?;
        self.recent.forget(company);
        Ok(after)
    }
}

/// What signs.
fn signing(domain: &SendingDomain) -> Vec<&str> {
    domain.keys.iter().filter(|key| key.is_signing).map(|key| key.selector.as_str()).collect()
}

/// What is told of when it changes.
fn states(domain: &SendingDomain) -> (Vec<(&str, RecordState)>, RecordState, RecordState) {
    let keys = domain.keys.iter().map(|key| (key.selector.as_str(), key.state)).collect();
    (keys, domain.spf.state, domain.dmarc.state)
}

/// A domain with its keys, as it is told.
pub(super) fn shown(stored: Stored, all: &[Key]) -> SendingDomain {
    let used: Vec<&str> = keys::in_use(all).into_iter().map(|key| key.selector.as_str()).collect();
    let show = |key: &Key| DomainKey {
        kind: key.kind,
        record_name: dkim::name(&key.selector, &stored.domain),
        record_text: dkim::text(key.kind, &key.public),
        is_signing: stored.signs && used.contains(&key.selector.as_str()),
        selector: key.selector.clone(),
        state: key.state,
        found: key.found.clone(),
        words: key.words.clone(),
        checked: key.checked,
    };
    SendingDomain {
        keys: all.iter().map(show).collect(),
        is_signing: stored.signs && !used.is_empty(),
        id: stored.id,
        domain: stored.domain,
        spf: stored.spf,
        dmarc: stored.dmarc,
        signs: stored.signs,
        checked: stored.checked,
        created: stored.created,
        created_by: stored.created_by,
    }
}

fn taken(error: DbError) -> Fault {
    match error {
        error if error.violates("domain") => Fault::invalid("domain", "This domain is in the list already."),
        other => other.into(),
    }
}

#[async_trait]
impl Domains for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<SendingDomain>, Fault> {
        actor.require(Capability::SendersRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        let all = store::list(&mut tx, actor.company).await?;
        let keys = store::all_keys(&mut tx, actor.company).await?;
        let of = |id| keys.iter().filter(|key| key.domain == id).cloned().collect::<Vec<_>>();
        Ok(all
            .into_iter()
            .map(|stored| {
                let keys = of(stored.id);
                shown(stored, &keys)
            })
            .collect())
    }

    async fn get(&self, actor: &Actor, id: DomainId) -> Result<SendingDomain, Fault> {
        actor.require(Capability::SendersRead)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        self.one(&mut tx, actor.company, id).await
    }

    async fn create(&self, actor: &Actor, draft: DomainDraft) -> Result<SendingDomain, Fault> {
        actor.require(Capability::SendersManage)?;
        let (company, domain) = (actor.company, rules::checked(&draft.domain)?);
        let mut tx = self.parts.db.read(company).await?;
        let known = store::list(&mut tx, company).await?;
        drop(tx);
        if known.len() >= MOST {
            return Err(Fault::conflict(format!("A company has at most {MOST} domains. Remove one first.")));
        }
        if known.iter().any(|one| one.domain == domain) {
            return Err(Fault::invalid("domain", "This domain is in the list already."));
        }
        let made = keys::make(&self.parts.ids).await?;
        let (id, now) = (DomainId(self.parts.ids.uuid()), self.now());
        let new = Stored {
            id,
            spf: unchecked(domain.clone()),
            dmarc: unchecked(format!("_dmarc.{domain}")),
            signs: true,
            created: now,
            created_by: actor.user(),
            checked: None,
            domain,
        };
        let mut tx = self.parts.db.begin(company).await?;
        store::insert(&mut tx, company, &new).await.map_err(taken)?;
        keys::put(&mut tx, &self.parts.vault, company, (id, 1), made, now).await?;
        outbox::record(&mut tx, company, "domain.created", id, &json!({ "domain": new.domain }), now);
        let made = self.one(&mut tx, company, id).await?;
        tx.commit().await?;
        self.recent.forget(company);
        Ok(made)
    }

    async fn change(&self, actor: &Actor, id: DomainId, change: DomainChange) -> Result<SendingDomain, Fault> {
        actor.require(Capability::SendersManage)?;
        let company = actor.company;
        let mut tx = self.parts.db.begin(company).await?;
        let stored = self.read(&mut tx, company, id).await?;
        if stored.signs != change.signs {
            store::set_signs(&mut tx, company, id, change.signs).await?;
            store::touch_senders(&mut tx, company).await?;
            let details = json!({ "domain": stored.domain, "signs": change.signs });
            outbox::record(&mut tx, company, "domain.changed", id, &details, self.now());
        }
        let changed = self.one(&mut tx, company, id).await?;
        tx.commit().await?;
        self.recent.forget(company);
        Ok(changed)
    }

    async fn check(&self, actor: &Actor, id: DomainId) -> Result<CheckedDomain, Fault> {
        actor.require(Capability::SendersManage)?;
        self.look_at(actor.company, id).await
    }

    async fn renew(&self, actor: &Actor, id: DomainId) -> Result<SendingDomain, Fault> {
        actor.require(Capability::SendersManage)?;
        let company = actor.company;
        let mut tx = self.parts.db.read(company).await?;
        self.read(&mut tx, company, id).await?;
        drop(tx);
        let made = keys::make(&self.parts.ids).await?;
        let now = self.now();
        let mut tx = self.parts.db.begin(company).await?;
        let stored = self.read(&mut tx, company, id).await?;
        let known = store::keys(&mut tx, company, id).await?;
        let used: Vec<&str> = keys::in_use(&known).into_iter().map(|key| key.selector.as_str()).collect();
        for key in known.iter().filter(|key| !used.contains(&key.selector.as_str())) {
            keys::forget(&mut tx, &self.parts.vault, company, id, &key.selector).await?;
        }
        let generation = known.iter().map(|key| key.generation).max().unwrap_or(0) + 1;
        keys::put(&mut tx, &self.parts.vault, company, (id, generation), made, now).await?;
        outbox::record(&mut tx, company, "domain.renewed", id, &json!({ "domain": stored.domain }), now);
        let renewed = self.one(&mut tx, company, id).await?;
        tx.commit().await?;
        Ok(renewed)
    }

    async fn delete(&self, actor: &Actor, id: DomainId) -> Result<(), Fault> {
        actor.require(Capability::SendersManage)?;
        let company = actor.company;
        let mut tx = self.parts.db.begin(company).await?;
        let stored = self.read(&mut tx, company, id).await?;
        for key in store::keys(&mut tx, company, id).await? {
            keys::forget(&mut tx, &self.parts.vault, company, id, &key.selector).await?;
        }
        store::delete(&mut tx, company, id).await?;
        store::touch_senders(&mut tx, company).await?;
        outbox::record(&mut tx, company, "domain.deleted", id, &json!({ "domain": stored.domain }), self.now());
        tx.commit().await?;
        self.recent.forget(company);
        Ok(())
    }
}
