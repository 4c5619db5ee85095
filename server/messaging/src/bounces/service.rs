//! Bounces as people see them.

use super::jobs;
use super::reading::{Reader, in_words};
use super::rules::{checked_mailbox, checked_rules};
use super::store::{events, sources};
use super::token;
use crate::ports::{Audience, Moment};
use async_trait::async_trait;
use contract::accounts::Secret;
use contract::bounces::{
    Bounce, BounceHook, BounceMailbox, BounceQuery, BounceRules, BounceSetup, Bounces, HookDraft, HookKind, HookMade,
    MailboxDraft,
};
use contract::senders::TestStep;
use contract::{Actor, Capability, CompanyId, Fault, HookId, MailboxId, Page};
use kernel::{Clock, Db, DbError, Ids, Tx, Vault, outbox};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;

/// Kinds of secrets in the vault; each is named by the id of its mailbox or hook.
pub(super) const MAILBOX_SECRET: &str = "bounce mailbox";
pub(super) const SECRET: &str = "bounce hook";
pub(super) const OLD_SECRET: &str = "bounce hook old";
const MONTH: i64 = 30 * 86_400;

/// What bounces work with. Cheap to clone.
#[derive(Clone)]
pub struct Parts {
    /// Database.
    pub db: Db,
    /// Secrets and keys.
    pub vault: Vault,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// People.
    pub audience: Arc<dyn Audience>,
    /// Public address of this installation.
    pub base_url: Arc<str>,
}

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    parts: Parts,
    reader: Reader,
}

fn taken(error: DbError) -> Fault {
    match error {
        error if error.violates("name") => Fault::invalid("name", "This name is in use. Choose another one."),
        other => other.into(),
    }
}

impl Service {
    /// On the parts of its reader.
    pub fn new(reader: Reader) -> Self {
        Self { parts: reader.parts().clone(), reader }
    }

    async fn mailbox(&self, tx: &mut Tx, company: CompanyId, id: MailboxId) -> Result<BounceMailbox, Fault> {
        let found = sources::mailbox(tx, company, id).await?;
        Ok(found.ok_or_else(|| Fault::missing("Mailbox"))?.mailbox)
    }

    async fn put(&self, tx: &mut Tx, company: CompanyId, kind: &str, id: &str, secret: &Secret) -> Result<(), Fault> {
        let now = self.parts.clock.now();
        Ok(self.parts.vault.put(tx, company, kind, id, &sources::to_vault(secret), now).await?)
    }

    /// Adds what stands beside the row. The address is a secret, so it is for those who may change it.
    async fn shown(&self, tx: &mut Tx, actor: &Actor, mut hooks: Vec<BounceHook>) -> Result<Vec<BounceHook>, Fault> {
        let current = self.parts.vault.names(tx, actor.company, SECRET).await?;
        let old = self.parts.vault.names(tx, actor.company, OLD_SECRET).await?;
        let may = actor.require(Capability::SendersManage).is_ok();
        for hook in &mut hooks {
            let id = hook.id.to_string();
            hook.secrets = i32::from(current.contains(&id)) + i32::from(old.contains(&id));
            if may {
                let token = token::hook_token(&self.parts.vault, actor.company, hook.id);
                hook.url = format!("{}/hooks/bounces/{token}", self.parts.base_url.trim_end_matches('/'));
            }
        }
        Ok(hooks)
    }

    async fn hook(&self, tx: &mut Tx, actor: &Actor, id: HookId) -> Result<BounceHook, Fault> {
        let found = sources::hook(tx, actor.company, id).await?;
        let found = found.ok_or_else(|| Fault::missing("Hook"))?;
        self.shown(tx, actor, vec![found]).await?.pop().ok_or_else(|| Fault::missing("Hook"))
    }

    fn changed(&self, tx: &mut Tx, company: CompanyId, what: &str, id: impl std::fmt::Display) {
        outbox::record(tx, company, "bounce.changed", id, &json!({ "what": what }), self.parts.clock.now());
    }

    fn made_secret(&self, kind: HookKind) -> Option<Secret> {
        match kind {
            // Base64 of 32 bytes, as Standard Webhooks has it.
            HookKind::Generic => {
                let mut bytes = [0; 32];
                self.parts.ids.fill(&mut bytes);
                use base64::Engine;
                Some(Secret(format!("whsec_{}", base64::prelude::BASE64_STANDARD.encode(bytes))))
            }
            HookKind::Postmark => Some(Secret(self.parts.ids.token())),
            _ => None,
        }
    }
}

fn checked_hook(draft: &HookDraft) -> Result<String, Fault> {
    let name = draft.name.trim();
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Fault::invalid("name", "Give it a name."));
    }
    let Some(secret) = draft.secret.as_ref().map(|secret| secret.0.trim()) else { return Ok(name.to_owned()) };
    let message = match draft.kind {
        HookKind::Sendgrid if !connect::email::bounce::hook::is_sendgrid_key(secret) => {
            "This is not a verification key of SendGrid: it begins with MFkw."
        }
        HookKind::Ses if !secret.starts_with("arn:aws") => "The ARN of the topic begins with arn:aws.",
        HookKind::Generic | HookKind::Postmark if secret.len() < 16 => "At least 16 characters.",
        _ if secret.is_empty() => "Enter the secret.",
        _ => return Ok(name.to_owned()),
    };
    Err(Fault::invalid("secret", message))
}

#[async_trait]
impl Bounces for Service {
    async fn list(&self, actor: &Actor, query: BounceQuery) -> Result<Page<Bounce>, Fault> {
        actor.require(Capability::CampaignsRead)?;
        let limit = match query.limit {
            0 => 50,
            n => i64::from(n.min(100)),
        };
        let mut tx = self.parts.db.read(actor.company).await?;
        let (items, next) = events::page(&mut tx, actor.company, &query, limit).await?;
        Ok(Page { items, next, total: None })
    }

    async fn setup(&self, actor: &Actor) -> Result<BounceSetup, Fault> {
        actor.require(Capability::SendersRead)?;
        let (company, now) = (actor.company, self.parts.clock.now());
        let mut tx = self.parts.db.read(company).await?;
        let mailboxes = sources::mailboxes(&mut tx, company).await?;
        let hooks = sources::hooks(&mut tx, company).await?;
        Ok(BounceSetup {
            rules: sources::rules(&mut tx, company).await?,
            mailboxes: mailboxes.into_iter().map(|stored| stored.mailbox).collect(),
            hooks: self.shown(&mut tx, actor, hooks).await?,
            counts: events::counts(&mut tx, company, now.plus_seconds(-MONTH)).await?,
            at: now,
        })
    }

    async fn set_rules(&self, actor: &Actor, rules: BounceRules) -> Result<BounceRules, Fault> {
        actor.require(Capability::SendersManage)?;
        let rules = checked_rules(rules)?;
        let mut tx = self.parts.db.begin(actor.company).await?;
        sources::set_rules(&mut tx, actor.company, &rules).await?;
        self.changed(&mut tx, actor.company, "rules", actor.company);
        tx.commit().await?;
        Ok(rules)
    }

    async fn release(&self, actor: &Actor, address: String, reason: String) -> Result<(), Fault> {
        actor.require(Capability::CampaignsSend)?;
        let address = connect::email::address::normalise(&address)
            .map_err(|error| Fault::invalid("address", format!("This is not an address: {error}.")))?;
        let reason: String = reason.trim().chars().take(500).collect();
        if reason.is_empty() {
            return Err(Fault::invalid("reason", "Say why mail may go there again."));
        }
        let (company, now) = (actor.company, self.parts.clock.now());
        let mut tx = self.parts.db.begin(company).await?;
        if !self.parts.audience.release(&mut tx, company, address.as_str()).await? {
            return Err(Fault::missing("A suppression of this address"));
        }
        let people = self.parts.audience.by_addresses(&mut tx, company, &[address.as_str().to_owned()]).await?;
        let moments = people.into_iter().map(|(_, contact)| Moment {
            contact,
            kind: "released".into(),
            title: "Mail may go here again".into(),
            detail: reason.clone(),
            href: String::new(),
            at: now,
        });
        self.parts.audience.record(&mut tx, company, moments.collect()).await?;
        let payload = json!({ "address": address.as_str(), "reason": reason });
        outbox::record(&mut tx, company, "contact.released", address.as_str(), &payload, now);
        Ok(tx.commit().await?)
    }

    async fn create_mailbox(&self, actor: &Actor, draft: MailboxDraft) -> Result<BounceMailbox, Fault> {
        actor.require(Capability::SendersManage)?;
        let draft = checked_mailbox(draft)?;
        let (company, now) = (actor.company, self.parts.clock.now());
        let id = MailboxId(self.parts.ids.uuid());
        let mut tx = self.parts.db.begin(company).await?;
        sources::add_mailbox(&mut tx, company, id, &draft, now).await.map_err(taken)?;
        if let Some(secret) = &draft.secret {
            self.put(&mut tx, company, MAILBOX_SECRET, &id.to_string(), secret).await?;
        }
        self.changed(&mut tx, company, "mailbox", id);
        let made = self.mailbox(&mut tx, company, id).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn update_mailbox(&self, actor: &Actor, id: MailboxId, draft: MailboxDraft) -> Result<BounceMailbox, Fault> {
        actor.require(Capability::SendersManage)?;
        let draft = checked_mailbox(draft)?;
        let (company, now) = (actor.company, self.parts.clock.now());
        let mut tx = self.parts.db.begin(company).await?;
        let before = self.mailbox(&mut tx, company, id).await?.draft;
        // Else whoever may change a mailbox could have its secret sent to a machine of their own.
        if draft.secret.is_none() && (&before.host, before.port) != (&draft.host, draft.port) {
            return Err(Fault::invalid("secret", "The server changed, so enter the secret again."));
        }
        let place = |d: &MailboxDraft| (d.kind, d.host.clone(), d.port, d.user.clone(), d.folder.clone());
        let is_other = place(&before) != place(&draft);
        sources::change_mailbox(&mut tx, company, id, &draft, is_other, now).await.map_err(taken)?;
        if let Some(secret) = &draft.secret {
            self.put(&mut tx, company, MAILBOX_SECRET, &id.to_string(), secret).await?;
        }
        self.changed(&mut tx, company, "mailbox", id);
        let changed = self.mailbox(&mut tx, company, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_mailbox(&self, actor: &Actor, id: MailboxId) -> Result<(), Fault> {
        actor.require(Capability::SendersManage)?;
        let mut tx = self.parts.db.begin(actor.company).await?;
        if !sources::drop_mailbox(&mut tx, actor.company, id).await? {
            return Err(Fault::missing("Mailbox"));
        }
        self.parts.vault.delete(&mut tx, actor.company, MAILBOX_SECRET, &id.to_string()).await?;
        self.changed(&mut tx, actor.company, "mailbox", id);
        Ok(tx.commit().await?)
    }

    async fn test_mailbox(
        &self,
        actor: &Actor,
        id: Option<MailboxId>,
        draft: MailboxDraft,
    ) -> Result<Vec<TestStep>, Fault> {
        actor.require(Capability::SendersManage)?;
        let draft = checked_mailbox(draft)?;
        let mut secret = draft.secret.as_ref().map(sources::to_vault);
        if let (Some(id), None) = (id, &secret) {
            let mut tx = self.parts.db.read(actor.company).await?;
            let before = self.mailbox(&mut tx, actor.company, id).await?.draft;
            // A stored secret is only tried where it is used already.
            if (&before.host, before.port) == (&draft.host, draft.port) {
                secret = self.parts.vault.get(&mut tx, actor.company, MAILBOX_SECRET, &id.to_string()).await?;
            }
        }
        let name = format!("Sign in to {}:{} and open the mailbox", draft.host, draft.port);
        let secret: SecretString = secret.unwrap_or_default();
        let step = match self.reader.open(&draft, secret).await {
            Ok(mut inbox) => {
                // Nothing was changed, so an unfriendly goodbye harms nothing.
                let _ = inbox.close().await;
                TestStep { name, ok: true, detail: "It can be read.".into() }
            }
            Err(failure) => TestStep { name, ok: false, detail: in_words(&failure) },
        };
        Ok(vec![step])
    }

    async fn read_mailbox(&self, actor: &Actor, id: MailboxId) -> Result<(), Fault> {
        actor.require(Capability::SendersManage)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        self.mailbox(&mut tx, actor.company, id).await?;
        drop(tx);
        Ok(jobs::enqueue(&self.reader, actor.company, id).await?)
    }

    async fn create_hook(&self, actor: &Actor, draft: HookDraft) -> Result<HookMade, Fault> {
        actor.require(Capability::SendersManage)?;
        let name = checked_hook(&draft)?;
        let made = if draft.secret.is_none() { self.made_secret(draft.kind) } else { None };
        let Some(secret) = draft.secret.clone().or(made.clone()) else {
            return Err(Fault::invalid("secret", "Enter what the provider shows for checking its calls."));
        };
        let (company, now) = (actor.company, self.parts.clock.now());
        let id = HookId(self.parts.ids.uuid());
        let mut tx = self.parts.db.begin(company).await?;
        sources::add_hook(&mut tx, company, id, &name, draft.kind, now).await.map_err(taken)?;
        self.put(&mut tx, company, SECRET, &id.to_string(), &Secret(secret.0.trim().to_owned())).await?;
        self.changed(&mut tx, company, "hook", id);
        let hook = self.hook(&mut tx, actor, id).await?;
        tx.commit().await?;
        Ok(HookMade { hook, secret: made })
    }

    async fn update_hook(&self, actor: &Actor, id: HookId, draft: HookDraft) -> Result<HookMade, Fault> {
        actor.require(Capability::SendersManage)?;
        let (company, now, key) = (actor.company, self.parts.clock.now(), id.to_string());
        let mut tx = self.parts.db.begin(company).await?;
        let before = self.hook(&mut tx, actor, id).await?;
        let name = checked_hook(&HookDraft { kind: before.kind, ..draft.clone() })?;
        sources::change_hook(&mut tx, company, id, &name, now).await.map_err(taken)?;
        if !draft.keep_old {
            self.parts.vault.delete(&mut tx, company, OLD_SECRET, &key).await?;
        }
        if let Some(secret) = &draft.secret {
            let old = self.parts.vault.get(&mut tx, company, SECRET, &key).await?;
            if let Some(old) = old.filter(|_| draft.keep_old) {
                self.parts.vault.put(&mut tx, company, OLD_SECRET, &key, &old, now).await?;
            }
            self.put(&mut tx, company, SECRET, &key, &Secret(secret.0.trim().to_owned())).await?;
        }
        self.changed(&mut tx, company, "hook", id);
        let hook = self.hook(&mut tx, actor, id).await?;
        tx.commit().await?;
        Ok(HookMade { hook, secret: None })
    }

    async fn rotate_hook(&self, actor: &Actor, id: HookId) -> Result<HookMade, Fault> {
        actor.require(Capability::SendersManage)?;
        let mut tx = self.parts.db.read(actor.company).await?;
        let hook = self.hook(&mut tx, actor, id).await?;
        drop(tx);
        let secret = self.made_secret(hook.kind);
        if secret.is_none() {
            return Err(Fault::invalid("secret", "The provider makes this one: enter what it shows."));
        }
        let draft = HookDraft { name: hook.name, kind: hook.kind, secret: secret.clone(), keep_old: true };
        let changed = self.update_hook(actor, id, draft).await?;
        Ok(HookMade { hook: changed.hook, secret })
    }

    async fn delete_hook(&self, actor: &Actor, id: HookId) -> Result<(), Fault> {
        actor.require(Capability::SendersManage)?;
        let mut tx = self.parts.db.begin(actor.company).await?;
        if !sources::drop_hook(&mut tx, actor.company, id).await? {
            return Err(Fault::missing("Hook"));
        }
        for kind in [SECRET, OLD_SECRET] {
            self.parts.vault.delete(&mut tx, actor.company, kind, &id.to_string()).await?;
        }
        self.changed(&mut tx, actor.company, "hook", id);
        Ok(tx.commit().await?)
    }
}
