//! Open connections per sender, limits, and how each is doing: what the engine sends through.

use super::build::Builder;
use super::{limits, rotation, store};
use crate::bounces::returns::Returns;
use crate::domains::keys::{SignersError, signers};
use crate::engine::outlet::{Grant, Hindrance, Outlet, OutletError, Outlets};
use async_trait::async_trait;
use connect::email::dkim::{Signer, Signing};
use connect::email::{Address, Transport, address};
use contract::senders::{MailboxQuota, Sender, SenderDraft, SenderHealth, SenderKind};
use contract::{CompanyId, Micros, SenderId};
use kernel::{Clock, Db, DbError, Tx, Vault, VaultError};
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Kind of the secrets of senders in the vault; each is named by the sender's id.
pub(super) const SECRET: &str = "sender";

/// What is the same for all senders of this process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name we introduce ourselves with: the host of the public address.
    pub ehlo: String,
    /// More certificate authorities to trust (PEM), for a company's own servers.
    pub ca_pem: Option<Vec<u8>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where applications of Microsoft 365 sign in.
    pub login_url: String,
    /// Where Microsoft Graph is.
    pub graph_url: String,
}

impl Settings {
    /// The usual addresses.
    pub fn new(ehlo: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            ehlo: ehlo.into(),
            ca_pem: None,
            clock,
            login_url: connect::oauth::MICROSOFT_LOGIN.to_owned(),
            graph_url: connect::email::graph::GRAPH.to_owned(),
        }
    }
}

/// One way out per sender, made anew when its settings change. Cheap to clone; clones share the pools.
#[derive(Clone)]
pub struct Transports {
    db: Db,
    vault: Vault,
    builder: Arc<Builder>,
    returns: Returns,
    open: Arc<Mutex<HashMap<(CompanyId, SenderId), Open>>>,
}

#[derive(Clone)]
struct Open {
    version: i64,
    transport: Arc<dyn Transport>,
    /// Whether the row says `good`, as far as this process knows: saves a write per message.
    well: bool,
}

impl std::fmt::Debug for Transports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transports").field("builder", &self.builder).finish_non_exhaustive()
    }
}

impl Transports {
    /// Opens nothing yet.
    pub fn new(db: Db, vault: Vault, settings: Settings) -> Self {
        let returns = Returns::new(db.clone(), vault.clone());
        Self { db, vault, builder: Arc::new(Builder::new(settings)), returns, open: Arc::default() }
    }

    /// The way out of a sender.
    ///
    /// # Errors
    /// The sender is gone, its settings cannot work, or the database failed.
    pub async fn get(&self, company: CompanyId, sender: SenderId) -> Result<Arc<dyn Transport>, OutletError> {
        Ok(self.open(company, sender).await?.transport)
    }

    /// Says goodbye on all connections; sending afterwards opens new ones.
    pub async fn close(&self) {
        let open: Vec<Open> = self.known().drain().map(|(_, open)| open).collect();
        futures::future::join_all(open.iter().map(|o| o.transport.close())).await;
    }

    /// A way out for these settings that nobody else uses; for the connection test.
    pub(super) fn fresh(
        &self,
        draft: &SenderDraft,
        secret: Option<SecretString>,
    ) -> Result<Arc<dyn Transport>, connect::Failure> {
        self.builder.build(draft, secret)
    }

    pub(super) async fn secret(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        sender: SenderId,
    ) -> Result<Option<SecretString>, VaultError> {
        self.vault.get(tx, company, SECRET, &sender.to_string()).await
    }

    /// What signs its mail. Microsoft 365 signs itself.
    async fn keys(&self, tx: &mut Tx, company: CompanyId, sender: &Sender) -> Result<Vec<Signer>, OutletError> {
        let Some((_, domain)) = sender.from_email.rsplit_once('@').filter(|_| sender.kind == SenderKind::Smtp) else {
            return Ok(Vec::new());
        };
        signers(tx, &self.vault, company, domain).await.map_err(|error| match error {
            SignersError::Db(error) => OutletError::Db(error),
            unreadable @ SignersError::Unreadable(_) => OutletError::Unusable(unreadable.to_string()),
        })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(CompanyId, SenderId), Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way out for this version of the settings, onto the shelf. An older one is closed when idle.
    fn opened(
        &self,
        company: CompanyId,
        stored: &store::Stored,
        secret: Option<SecretString>,
        keys: Vec<Signer>,
    ) -> Result<Arc<dyn Transport>, OutletError> {
        let draft = super::service::draft_of(&stored.sender);
        let unusable = |failure: connect::Failure| OutletError::Unusable(failure.to_string());
        let mut transport = self.builder.build(&draft, secret).map_err(unusable)?;
        if draft.kind == SenderKind::Graph {
            let (db, clock) = (self.db.clone(), Arc::clone(&self.builder.settings.clock));
            let boxes = draft.graph.mailboxes.len();
            transport = Arc::new(rotation::Rotation { db, clock, company, sender: stored.sender.id, boxes, transport });
        }
        if !keys.is_empty() {
            let clock = Arc::clone(&self.builder.settings.clock);
            let now = move || Duration::from_micros(u64::try_from(clock.now().0).unwrap_or(0));
            transport = Arc::new(Signing::new(transport, keys, Arc::new(now)));
        }
        let well = stored.sender.health.state == "good";
        let open = Open { version: stored.version, transport: Arc::clone(&transport), well };
        if let Some(old) = self.known().insert((company, stored.sender.id), open) {
            tokio::spawn(async move { old.transport.close().await });
        }
        Ok(transport)
    }

    fn set_well(&self, company: CompanyId, sender: SenderId, well: bool) -> bool {
        self.known().get_mut(&(company, sender)).is_some_and(|open| std::mem::replace(&mut open.well, well) == well)
    }

    async fn write_health(&self, company: CompanyId, sender: SenderId, health: SenderHealth) -> Result<(), DbError> {
        let mut tx = self.db.begin(company).await?;
        store::set_health(&mut tx, company, sender, &health).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Outlets for Transports {
    async fn open(&self, company: CompanyId, sender: SenderId) -> Result<Outlet, OutletError> {
        let mut tx = self.db.read(company).await?;
        let stored = store::get(&mut tx, company, sender).await?.ok_or(OutletError::Gone)?;
        let known = self.known().get(&(company, sender)).filter(|o| o.version == stored.version).cloned();
        let transport = match known {
            Some(open) => open.transport,
            None => {
                let secret = self.secret(&mut tx, company, sender).await.map_err(|error| match error {
                    VaultError::Db(error) => OutletError::Db(error),
                    other => OutletError::Unusable(format!("Its secret cannot be read: {other}. Enter it again.")),
                })?;
                let keys = self.keys(&mut tx, company, &stored.sender).await?;
                self.opened(company, &stored, secret, keys)?
            }
        };
        let sender = stored.sender;
        let rates = sender.effective();
        let from = address::normalise(&sender.from_email)
            .map_err(|error| OutletError::Unusable(format!("Its From address cannot send: {error}.")))?;
        Ok(Outlet {
            sender: sender.id,
            name: sender.name,
            from,
            from_name: sender.from_name,
            reply_to: sender.reply_to,
            pool: usize::from(sender.pool.max(1)),
            rates,
            transport,
        })
    }

    async fn order(&self, company: CompanyId) -> Result<Vec<SenderId>, DbError> {
        let mut tx = self.db.read(company).await?;
        crate::policy::store::sender_order(&mut tx, company).await
    }

    async fn grant(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        sender: SenderId,
        wanted: u32,
        now: Micros,
    ) -> Result<Grant, DbError> {
        limits::take(tx, company, sender, wanted, now).await
    }

    async fn return_address(&self, company: CompanyId, sender: SenderId, row: i64, from: &Address) -> Address {
        self.returns.address(company, sender, row, from).await
    }

    async fn trouble(
        &self,
        company: CompanyId,
        sender: SenderId,
        detail: &str,
        until: Option<Micros>,
        now: Micros,
    ) -> Result<(), DbError> {
        self.set_well(company, sender, false);
        let state = if until.is_some() { "cooling" } else { "failing" };
        let detail = detail.chars().take(500).collect();
        self.write_health(company, sender, SenderHealth { state: state.into(), detail, at: Some(now), until }).await
    }

    async fn hindrance(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        sender: SenderId,
        now: Micros,
    ) -> Result<Option<Hindrance>, DbError> {
        let Some(stored) = store::get(tx, company, sender).await? else { return Ok(Some(Hindrance::Gone)) };
        let health = &stored.sender.health;
        let rests = health.until.filter(|until| *until > now);
        if health.state == "failing" || rests.is_some() {
            return Ok(Some(Hindrance::Trouble(health.detail.clone(), rests)));
        }
        let quota = limits::quota(tx, company, &stored.sender, now).await?;
        let resting = |one: &MailboxQuota| one.rests_until.map(|until| (until, one.trouble.clone()));
        let rests: Option<Vec<_>> = quota.mailboxes.iter().map(resting).collect();
        if let Some((until, why)) = rests.and_then(|all| all.into_iter().min()) {
            return Ok(Some(Hindrance::Trouble(why, Some(until))));
        }
        let shared = limits::accounts_next(tx, company, sender, now).await?;
        Ok(quota.next.max(shared).filter(|next| *next > now).map(Hindrance::Full))
    }

    async fn well(&self, company: CompanyId, sender: SenderId, now: Micros) -> Result<(), DbError> {
        if self.set_well(company, sender, true) {
            return Ok(());
        }
        self.write_health(
            company,
            sender,
            SenderHealth { state: "good".into(), detail: String::new(), at: Some(now), until: None },
        )
        .await
    }
}
