//! Senders as people see them.

use super::rules::{checked, needs_secret, same_account, same_connection, told};
use super::store::{self, Stored};
use super::transports::{SECRET, Transports};
use super::{limits, test_mail};
use crate::engine::outlet::{Outlet, OutletError, Outlets};
use crate::gate::{Answer, Gate, Pass, Request, Verdict};
use crate::ports::Audience;
use async_trait::async_trait;
use connect::email::Address;
use contract::live::Need;
use contract::senders::{Sender, SenderDraft, SenderQuota, Senders, TestStep};
use contract::{Actor, Capability, CompanyId, ContactId, Fault, Micros, SenderId};
use kernel::{Clock, Db, DbError, Ids, Tx, Vault, outbox};
use secrecy::SecretString;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

const DAY: i64 = 86_400;
/// Where senders are looked after.
const PAGE: &str = "/settings/senders";

/// The senders of a company.
#[derive(Clone)]
pub struct Service {
    db: Db,
    vault: Vault,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    transports: Transports,
    gate: Gate,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("transports", &self.transports).finish_non_exhaustive()
    }
}

impl Service {
    /// On these parts; `transports` is the one that the engine uses.
    pub fn new(
        db: Db,
        vault: Vault,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        transports: Transports,
        audience: Arc<dyn Audience>,
    ) -> Self {
        let gate = Gate::new(audience, Arc::new(transports.clone()));
        Self { db, vault, clock, ids, transports, gate }
    }

    async fn read(&self, tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Stored, Fault> {
        store::get(tx, company, id).await?.ok_or_else(|| Fault::missing("Sender"))
    }

    /// Adds what stands beside the row: whether there is a secret, what was sent today.
    async fn shown(&self, tx: &mut Tx, company: CompanyId, stored: Vec<Stored>) -> Result<Vec<Sender>, Fault> {
        let secrets = self.vault.names(tx, company, SECRET).await?;
        let since = self.clock.now().plus_seconds(-DAY);
        let sent: HashMap<Uuid, i64> = store::sent_since(tx, company, since).await?.into_iter().collect();
        let show = |Stored { sender, .. }| Sender {
            has_secret: secrets.contains(&sender.id.to_string()),
            sent_day: sent.get(&sender.id.0).copied().unwrap_or(0),
            ..sender
        };
        Ok(stored.into_iter().map(show).collect())
    }

    async fn one(&self, tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<Sender, Fault> {
        let stored = self.read(tx, company, id).await?;
        self.shown(tx, company, vec![stored]).await?.pop().ok_or_else(|| Fault::missing("Sender"))
    }

    async fn has_secret(&self, tx: &mut Tx, company: CompanyId, id: SenderId) -> Result<bool, Fault> {
        Ok(self.vault.names(tx, company, SECRET).await?.contains(&id.to_string()))
    }

    async fn keep_secret(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        id: SenderId,
        draft: &SenderDraft,
        now: Micros,
    ) -> Result<(), Fault> {
        if !needs_secret(draft) {
            self.vault.delete(tx, company, SECRET, &id.to_string()).await?;
        } else if let Some(secret) = &draft.secret {
            let secret = SecretString::from(secret.0.clone());
            self.vault.put(tx, company, SECRET, &id.to_string(), &secret, now).await?;
        }
        Ok(())
    }

    /// Adds a sender for whoever is allowed; used by the service and by the first start.
    pub(super) async fn add(&self, tx: &mut Tx, company: CompanyId, draft: SenderDraft) -> Result<SenderId, Fault> {
        let draft = checked(draft)?;
        let (id, now) = (SenderId(self.ids.uuid()), self.clock.now());
        store::insert(tx, company, id, &draft, now).await.map_err(taken)?;
        self.keep_secret(tx, company, id, &draft, now).await?;
        outbox::record(tx, company, "sender.created", id, &json!({ "name": draft.name }), now);
        Ok(id)
    }

    /// The right to send one test, from the gate that everything passes.
    async fn pass(&self, company: CompanyId, outlet: &Outlet, to: Address, now: Micros) -> Result<Pass, Fault> {
        let to = [(ContactId(Uuid::nil()), to)];
        let request = Request::test(company, outlet.sender, &to, now);
        let mut tx = self.db.begin(company).await?;
        let verdict = match self.gate.check(&mut tx, &request).await? {
            Answer::Open(mut verdicts) => verdicts.pop(),
            Answer::Braked(closed) => return Err(Fault::conflict(closed.in_words())),
            Answer::Stopped => None,
        };
        match verdict {
            Some(Verdict::Go(pass, _)) => {
                tx.commit().await?;
                Ok(pass)
            }
            Some(Verdict::Wait(next)) => Err(Fault::Busy {
                retry_after: u32::try_from((next.0 - now.0) / 1_000_000 + 1).unwrap_or(60),
                message: "The limits of this sender are used up for now.".into(),
            }),
            Some(_) | None => Err(Fault::conflict("Sending is stopped.")),
        }
    }

    async fn note_test(&self, company: CompanyId, id: SenderId, steps: &[TestStep]) -> Result<(), Fault> {
        let now = self.clock.now();
        let noted = match steps.iter().find(|s| !s.ok) {
            None => self.transports.well(company, id, now).await,
            Some(failed) => {
                let detail = format!("{}: {}", failed.name, failed.detail);
                self.transports.trouble(company, id, &detail, None, now).await
            }
        };
        Ok(noted?)
    }
}

/// The settings of a stored sender as one would write them.
pub(super) fn draft_of(sender: &Sender) -> SenderDraft {
    SenderDraft {
        name: sender.name.clone(),
        kind: sender.kind,
        host: sender.host.clone(),
        port: sender.port,
        tls: sender.tls,
        user: sender.user.clone(),
        sign_in: sender.sign_in,
        tenant: sender.tenant.clone(),
        client_id: sender.client_id.clone(),
        graph: sender.graph.clone(),
        secret: None,
        from_email: sender.from_email.clone(),
        from_name: sender.from_name.clone(),
        reply_to: sender.reply_to.clone(),
        pool: sender.pool,
        rates: sender.rates,
    }
}

fn taken(error: DbError) -> Fault {
    match error {
        error if error.violates("name") => {
            Fault::invalid("name", "There is a sender of this name. Choose another one.")
        }
        other => other.into(),
    }
}

fn need(Stored { sender, .. }: Stored) -> Option<Need> {
    // One that cools down is tried again by itself.
    if sender.health.state != "failing" {
        return None;
    }
    Some(Need {
        kind: "sender".into(),
        title: format!("{} cannot send", sender.name),
        why: sender.health.detail,
        action: "Check the sender".into(),
        href: PAGE.into(),
        at: sender.health.at.unwrap_or(sender.updated),
    })
}

#[async_trait]
impl Senders for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<Sender>, Fault> {
        actor.require(Capability::SendersRead)?;
        let mut tx = self.db.read(actor.company).await?;
        let stored = store::list(&mut tx, actor.company).await?;
        self.shown(&mut tx, actor.company, stored).await
    }

    async fn get(&self, actor: &Actor, id: SenderId) -> Result<Sender, Fault> {
        actor.require(Capability::SendersRead)?;
        let mut tx = self.db.read(actor.company).await?;
        self.one(&mut tx, actor.company, id).await
    }

    async fn create(&self, actor: &Actor, draft: SenderDraft) -> Result<Sender, Fault> {
        actor.require(Capability::SendersManage)?;
        let mut tx = self.db.begin(actor.company).await?;
        let id = self.add(&mut tx, actor.company, draft).await?;
        let made = self.one(&mut tx, actor.company, id).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn update(&self, actor: &Actor, id: SenderId, draft: SenderDraft) -> Result<Sender, Fault> {
        actor.require(Capability::SendersManage)?;
        let draft = checked(draft)?;
        let (company, now) = (actor.company, self.clock.now());
        let mut tx = self.db.begin(company).await?;
        let before = self.read(&mut tx, company, id).await?;
        let moved = !same_connection(&before.sender, &draft);
        if draft.secret.is_none()
            && needs_secret(&draft)
            && !same_account(&before.sender, &draft)
            && self.has_secret(&mut tx, company, id).await?
        {
            let message = "The server or the application changed, so enter the secret again.";
            return Err(Fault::invalid("secret", message));
        }
        store::update(&mut tx, company, id, &draft, moved, now).await.map_err(taken)?;
        self.keep_secret(&mut tx, company, id, &draft, now).await?;
        outbox::record(&mut tx, company, "sender.changed", id, &json!({ "name": draft.name }), now);
        let changed = self.one(&mut tx, company, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete(&self, actor: &Actor, id: SenderId) -> Result<(), Fault> {
        actor.require(Capability::SendersManage)?;
        let company = actor.company;
        let mut tx = self.db.begin(company).await?;
        let stored = self.read(&mut tx, company, id).await?;
        let users = store::named_by(&mut tx, company, id).await?;
        if !users.is_empty() {
            let message =
                format!("{} is used by {}. Choose another sender there first.", stored.sender.name, users.join(", "));
            return Err(Fault::conflict(message));
        }
        store::delete(&mut tx, company, id).await?;
        self.vault.delete(&mut tx, company, SECRET, &id.to_string()).await?;
        outbox::record(
            &mut tx,
            company,
            "sender.deleted",
            id,
            &json!({ "name": stored.sender.name }),
            self.clock.now(),
        );
        tx.commit().await?;
        Ok(())
    }

    async fn reorder(&self, actor: &Actor, order: Vec<SenderId>) -> Result<Vec<Sender>, Fault> {
        actor.require(Capability::SendersManage)?;
        let company = actor.company;
        let mut tx = self.db.begin(company).await?;
        let before = store::list(&mut tx, company).await?;
        let mut all: Vec<SenderId> = Vec::with_capacity(before.len());
        for id in order.into_iter().chain(before.iter().map(|stored| stored.sender.id)) {
            let is_ours = before.iter().any(|stored| stored.sender.id == id);
            if !is_ours {
                return Err(Fault::missing("Sender"));
            }
            if !all.contains(&id) {
                all.push(id);
            }
        }
        store::place(&mut tx, company, &all).await?;
        outbox::record(&mut tx, company, "sender.ordered", company, &json!({}), self.clock.now());
        let stored = store::list(&mut tx, company).await?;
        let shown = self.shown(&mut tx, company, stored).await?;
        tx.commit().await?;
        Ok(shown)
    }

    async fn quotas(&self, actor: &Actor) -> Result<Vec<SenderQuota>, Fault> {
        actor.require(Capability::SendersRead)?;
        let (company, now) = (actor.company, self.clock.now());
        let mut tx = self.db.read(company).await?;
        let mut all = Vec::new();
        for stored in store::list(&mut tx, company).await? {
            all.push(limits::quota(&mut tx, company, &stored.sender, now).await?);
        }
        Ok(all)
    }

    async fn test(&self, actor: &Actor, id: Option<SenderId>, draft: SenderDraft) -> Result<Vec<TestStep>, Fault> {
        actor.require(Capability::SendersManage)?;
        let draft = checked(draft)?;
        let mut secret = draft.secret.as_ref().map(|s| SecretString::from(s.0.clone()));
        let mut same = false;
        if let Some(id) = id {
            let mut tx = self.db.read(actor.company).await?;
            let stored = self.read(&mut tx, actor.company, id).await?.sender;
            same = same_connection(&stored, &draft);
            // A stored secret is only tried where it is used already: else a draft could send it to any host.
            if secret.is_none() && same_account(&stored, &draft) {
                secret = self.transports.secret(&mut tx, actor.company, id).await?;
            }
        }
        let transport =
            self.transports.fresh(&draft, secret).map_err(|failure| Fault::invalid("host", failure.to_string()))?;
        let steps: Vec<TestStep> = transport.probe().await.steps.into_iter().map(told).collect();
        if let (Some(id), true) = (id, same) {
            self.note_test(actor.company, id, &steps).await?;
        }
        Ok(steps)
    }

    async fn send_test(&self, actor: &Actor, id: SenderId, to: String) -> Result<Vec<TestStep>, Fault> {
        actor.require(Capability::SendersManage)?;
        let to = connect::email::address::normalise(&to)
            .map_err(|error| Fault::invalid("to", format!("This is not an address that can get mail: {error}.")))?;
        let (company, now) = (actor.company, self.clock.now());
        let outlet = self.transports.open(company, id).await.map_err(|error| match error {
            OutletError::Gone => Fault::missing("Sender"),
            OutletError::Unusable(message) => Fault::conflict(message),
            OutletError::Db(error) => error.into(),
        })?;
        let pass = self.pass(company, &outlet, to, now).await?;
        let steps = test_mail::send(&outlet, pass, &self.ids.token(), now).await?;
        self.note_test(company, id, &steps).await?;
        Ok(steps)
    }

    async fn needs(&self, actor: &Actor) -> Result<Vec<Need>, Fault> {
        actor.require(Capability::SendersRead)?;
        let mut tx = self.db.read(actor.company).await?;
        Ok(store::list(&mut tx, actor.company).await?.into_iter().filter_map(need).collect())
    }
}
