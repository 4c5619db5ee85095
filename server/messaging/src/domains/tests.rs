//! Domains on both databases, against a DNS of our own.

mod reports;
mod signing;

use super::*;
use ::jobs::{Registry, Runner};
use async_trait::async_trait;
use connect::dns::{Dns, DnsError};
use contract::domains::{DomainChange, DomainDraft, Domains, KeyKind, RecordState, SendingDomain};
use contract::{Actor, DomainId, Fault, Role};
use kernel::vault::MasterKey;
use kernel::{Db, Ids, Scope, TestClock, Vault};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What DNS says, as a test writes it.
#[derive(Debug, Default)]
struct Zones {
    texts: Mutex<HashMap<String, Vec<String>>>,
    is_away: Mutex<bool>,
    asked: Mutex<Vec<String>>,
}

impl Zones {
    fn set(&self, name: &str, text: &str) {
        self.texts.lock().unwrap().insert(name.into(), vec![text.into()]);
    }

    fn clear(&self, name: &str) {
        self.texts.lock().unwrap().remove(name);
    }

    fn go_away(&self, is_away: bool) {
        *self.is_away.lock().unwrap() = is_away;
    }

    /// Makes the records that a domain's keys ask for.
    fn publish(&self, domain: &SendingDomain) {
        domain.keys.iter().for_each(|key| self.set(&key.record_name, &key.record_text));
    }
}

#[async_trait]
impl Dns for Zones {
    async fn txt(&self, name: &str) -> Result<Vec<String>, DnsError> {
        self.asked.lock().unwrap().push(name.to_owned());
        if *self.is_away.lock().unwrap() {
            return Err(DnsError("nobody is there".into()));
        }
        Ok(self.texts.lock().unwrap().get(name).cloned().unwrap_or_default())
    }
}

struct Stage {
    db: Db,
    clock: TestClock,
    ids: Arc<dyn Ids>,
    vault: Vault,
    zones: Arc<Zones>,
    service: Service,
    admin: Actor,
}

impl Stage {
    fn new(db: Db) -> Self {
        let (clock, ids) = testkit::clock_and_ids();
        let vault = Vault::new(MasterKey::new([1; 32]), Vec::new(), Arc::clone(&ids));
        let zones = Arc::new(Zones::default());
        let parts = Parts {
            db: db.clone(),
            vault: vault.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::clone(&ids),
            dns: zones.clone(),
        };
        let service = Service::new(parts);
        Self { db, clock, ids, vault, zones, service, admin: Actor::system(testkit::company(1)) }
    }

    async fn add(&self, domain: &str) -> SendingDomain {
        self.service.create(&self.admin, DomainDraft { domain: domain.into() }).await.unwrap()
    }

    async fn check(&self, id: DomainId) -> SendingDomain {
        self.service.check(&self.admin, id).await.unwrap().domain
    }

    /// A domain whose keys are found.
    async fn signing(&self, domain: &str) -> SendingDomain {
        let made = self.add(domain).await;
        self.zones.publish(&made);
        self.check(made.id).await
    }

    async fn kinds(&self) -> Vec<String> {
        let mut tx = self.db.read(Scope::System).await.unwrap();
        tx.query("SELECT kind FROM event ORDER BY id").fetch_scalars().await.unwrap()
    }

    async fn secrets(&self) -> i64 {
        let mut tx = self.db.read(Scope::System).await.unwrap();
        tx.query("SELECT COUNT(*) FROM secret WHERE kind = 'dkim'").fetch_scalar().await.unwrap()
    }

    /// Selectors that a message from this domain would be signed with.
    async fn signers(&self, from: &str) -> Vec<String> {
        let mut tx = self.db.read(self.admin.company).await.unwrap();
        let all = keys::signers(&mut tx, &self.vault, self.admin.company, from).await.unwrap();
        all.iter().map(|signer| format!("{signer:?}")).collect()
    }
}

fn named(domain: &SendingDomain, selectors: &[&str]) -> Vec<String> {
    selectors.iter().map(|s| format!("Signer({s}._domainkey.{})", domain.domain)).collect()
}

testkit::both! {
    async fn a_domain_comes_with_two_keys_that_are_sealed(db: Db) {
        let stage = Stage::new(db);
        let made = stage.add(" Example.COM. ").await;
        assert_eq!((made.domain.as_str(), made.signs, made.is_signing), ("example.com", true, false));
        let [rsa, ed] = made.keys.as_slice() else { panic!("{made:?}") };
        assert_eq!((rsa.kind, ed.kind), (KeyKind::Rsa, KeyKind::Ed25519));
        assert!(rsa.selector != ed.selector && rsa.record_name.ends_with("._domainkey.example.com"));
        assert!(rsa.record_text.starts_with("v=DKIM1; k=rsa; p=") && ed.record_text.starts_with("v=DKIM1; k=ed25519; p="));
        assert!(made.keys.iter().all(|key| key.state == RecordState::Unchecked && !key.is_signing));
        let mut tx = stage.db.read(stage.admin.company).await.unwrap();
        let sealed = tx.query("SELECT sealed FROM secret WHERE kind = 'dkim' ORDER BY name").fetch_scalars::<Vec<u8>>().await.unwrap();
        assert_eq!(sealed.len(), 2);
        for key in &made.keys {
            let name = keys::secret_name(made.id, &key.selector);
            let secret = stage.vault.get(&mut tx, stage.admin.company, keys::SECRET, &name).await.unwrap().unwrap();
            let plain = secrecy::ExposeSecret::expose_secret(&secret).as_bytes().to_vec();
            assert!(sealed.iter().all(|sealed| !sealed.windows(24).any(|w| w == &plain[..24])), "a key lies open");
        }
        drop(tx);
        assert_eq!(stage.service.list(&stage.admin).await.unwrap(), std::slice::from_ref(&made));
        let again = stage.service.create(&stage.admin, DomainDraft { domain: "example.com".into() }).await.unwrap_err();
        assert!(again.field("domain").is_some(), "{again:?}");
        assert_eq!(stage.kinds().await, ["domain.created"]);
    }

    async fn what_dns_says_is_kept_and_signing_follows_it(db: Db) {
        let stage = Stage::new(db);
        let made = stage.add("example.com").await;
        stage.zones.set("example.com", "v=spf1 mx ~all");
        stage.zones.set("_dmarc.example.com", "v=DMARC1; p=reject");
        let checked = stage.check(made.id).await;
        assert_eq!((checked.spf.state, checked.dmarc.state, checked.is_signing), (RecordState::Good, RecordState::Good, false));
        assert!(checked.keys.iter().all(|key| key.state == RecordState::Missing && key.checked.is_some()));
        assert!(stage.signers("example.com").await.is_empty(), "nothing is signed with a key nobody can find");
        stage.zones.publish(&made);
        stage.zones.set(&made.keys[1].record_name, "v=DKIM1; k=ed25519; p=b3RoZXI=");
        let checked = stage.check(made.id).await;
        assert_eq!((checked.keys[0].state, checked.keys[1].state), (RecordState::Good, RecordState::Wrong));
        assert_eq!(stage.signers("example.com").await, named(&made, &[&made.keys[0].selector]));
        stage.zones.clear(&made.keys[0].record_name);
        assert!(!stage.check(made.id).await.is_signing, "a record that went away is not signed with");
        assert!(stage.signers("example.com").await.is_empty());
        assert_eq!(stage.kinds().await, ["domain.created", "domain.found", "domain.found", "domain.found"]);
        stage.check(made.id).await;
        assert_eq!(stage.kinds().await.len(), 4, "what stays as it is, is not told");
    }

    async fn a_dns_that_does_not_answer_changes_nothing(db: Db) {
        let stage = Stage::new(db);
        let fresh = stage.add("example.com").await;
        stage.zones.go_away(true);
        let checked = stage.service.check(&stage.admin, fresh.id).await.unwrap();
        assert_eq!(checked.domain, fresh);
        assert!(checked.report.parts().iter().all(|(_, c)| c.state == RecordState::Unreachable), "{:?}", checked.report);
        stage.zones.go_away(false);
        stage.zones.publish(&fresh);
        stage.zones.set("example.com", "v=spf1 mx ~all");
        let known = stage.check(fresh.id).await;
        stage.zones.go_away(true);
        stage.clock.advance(Duration::from_secs(60));
        let checked = stage.check(fresh.id).await;
        assert_eq!(checked, known);
        assert_eq!(stage.signers("example.com").await.len(), 2);
    }

    async fn renewed_keys_take_over_once_they_are_found(db: Db) {
        let stage = Stage::new(db);
        let old = stage.signing("example.com").await;
        let of = |domain: &SendingDomain| domain.keys.iter().map(|key| key.selector.clone()).collect::<Vec<_>>();
        let renewed = stage.service.renew(&stage.admin, old.id).await.unwrap();
        assert_eq!((renewed.keys.len(), stage.secrets().await), (4, 4));
        let old_names: Vec<String> = of(&old);
        let old_names: Vec<&str> = old_names.iter().map(String::as_str).collect();
        assert_eq!(stage.signers("example.com").await, named(&old, &old_names));
        stage.check(old.id).await;
        assert_eq!(stage.signers("example.com").await, named(&old, &old_names), "the new records are not there yet");
        // Only the new RSA key is published: it takes over from the old one, the other kind stays.
        let new_rsa = renewed.keys.iter().find(|k| k.kind == KeyKind::Rsa && !of(&old).contains(&k.selector)).unwrap();
        stage.zones.set(&new_rsa.record_name, &new_rsa.record_text);
        let half = stage.check(old.id).await;
        assert_eq!((half.keys.len(), stage.secrets().await), (3, 3));
        assert_eq!(stage.signers("example.com").await, named(&old, &[&new_rsa.selector, &old.keys[1].selector]));
        stage.zones.publish(&renewed);
        let whole = stage.check(old.id).await;
        assert_eq!((whole.keys.len(), stage.secrets().await), (2, 2));
        assert!(of(&whole).iter().all(|selector| !of(&old).contains(selector)) && whole.is_signing);
        // Renewed twice before anything is published: the first ones are dropped, what signs stays.
        let first = stage.service.renew(&stage.admin, old.id).await.unwrap();
        let second = stage.service.renew(&stage.admin, old.id).await.unwrap();
        assert_eq!(second.keys.len(), 4);
        let kept = |one: &SendingDomain| of(one).into_iter().filter(|s| of(&whole).contains(s)).count();
        assert_eq!((kept(&first), kept(&second), stage.secrets().await), (2, 2, 4));
    }

    async fn signing_is_for_the_domain_and_those_below_it(db: Db) {
        let stage = Stage::new(db);
        let above = stage.signing("example.com").await;
        let below = stage.signing("news.example.com").await;
        let all = |domain: &SendingDomain| named(domain, &[&domain.keys[0].selector, &domain.keys[1].selector]);
        assert_eq!(stage.signers("example.com").await, all(&above));
        assert_eq!(stage.signers("shop.example.com").await, all(&above));
        assert_eq!(stage.signers("news.example.com").await, all(&below));
        assert_eq!(stage.signers("a.news.example.com").await, all(&below));
        assert!(stage.signers("example.org").await.is_empty() && stage.signers("badexample.com").await.is_empty());
        let off = stage.service.change(&stage.admin, below.id, DomainChange { signs: false }).await.unwrap();
        assert!(!off.is_signing && off.keys.iter().all(|key| !key.is_signing));
        assert_eq!(stage.signers("news.example.com").await, all(&above), "the one above still may");
        stage.service.change(&stage.admin, below.id, DomainChange { signs: true }).await.unwrap();
        stage.service.delete(&stage.admin, above.id).await.unwrap();
        assert!(stage.signers("example.com").await.is_empty());
        assert_eq!((stage.secrets().await, stage.service.list(&stage.admin).await.unwrap().len()), (2, 1));
    }

    async fn another_company_finds_nothing_and_may_have_the_same_domain(db: Db) {
        let stage = Stage::new(db);
        let made = stage.signing("example.com").await;
        let other = Actor::system(testkit::company(2));
        let missing = Fault::missing("Domain");
        assert_eq!(stage.service.get(&other, made.id).await.unwrap_err(), missing);
        assert_eq!(stage.service.check(&other, made.id).await.unwrap_err(), missing);
        assert_eq!(stage.service.renew(&other, made.id).await.unwrap_err(), missing);
        assert_eq!(stage.service.change(&other, made.id, DomainChange { signs: false }).await.unwrap_err(), missing);
        assert_eq!(stage.service.delete(&other, made.id).await.unwrap_err(), missing);
        assert!(stage.service.list(&other).await.unwrap().is_empty());
        let theirs = stage.service.create(&other, DomainDraft { domain: "example.com".into() }).await.unwrap();
        assert!(theirs.keys.iter().all(|key| made.keys.iter().all(|ours| ours.selector != key.selector)));
        let mut tx = stage.db.read(other.company).await.unwrap();
        let signers = keys::signers(&mut tx, &stage.vault, other.company, "example.com").await.unwrap();
        assert!(signers.is_empty(), "our keys sign for nobody else");
        drop(tx);
        assert_eq!(stage.service.get(&stage.admin, made.id).await.unwrap(), made);
    }

    async fn only_admins_change_domains(db: Db) {
        let stage = Stage::new(db);
        let made = stage.add("example.com").await;
        let approver = Actor { role: Role::Approver, ..stage.admin.clone() };
        assert!(stage.service.list(&approver).await.is_ok() && stage.service.get(&approver, made.id).await.is_ok());
        for denied in [
            stage.service.create(&approver, DomainDraft { domain: "example.org".into() }).await.map(drop),
            stage.service.check(&approver, made.id).await.map(drop),
            stage.service.renew(&approver, made.id).await.map(drop),
            stage.service.change(&approver, made.id, DomainChange { signs: false }).await.map(drop),
            stage.service.delete(&approver, made.id).await,
        ] {
            assert!(matches!(denied, Err(Fault::Denied { .. })), "{denied:?}");
        }
    }

    async fn a_job_looks_again_every_day_and_sooner_while_records_are_missing(db: Db) {
        let stage = Stage::new(db);
        let made = stage.add("example.com").await;
        let run = || async {
            let mut registry = Registry::new();
            stage.service.register(&mut registry);
            let runner = Runner::new(stage.db.clone(), Arc::new(stage.clock.clone()), Arc::clone(&stage.ids), registry);
            runner.run_until_idle().await.unwrap();
            std::mem::take(&mut *stage.zones.asked.lock().unwrap()).len()
        };
        let hour = Duration::from_secs(3_600);
        // The first round of a schedule only begins it.
        run().await;
        stage.clock.advance(hour);
        assert!(run().await > 0, "a new domain is looked at");
        stage.zones.publish(&made);
        stage.clock.advance(hour);
        assert!(run().await > 0, "while a record is missing");
        assert!(stage.service.get(&stage.admin, made.id).await.unwrap().is_signing);
        stage.clock.advance(hour);
        assert_eq!(run().await, 0, "all is found: not before tomorrow");
        stage.clock.advance(hour * 24);
        assert!(run().await > 0, "a day later");
    }
}
