//! Open connections per sender, limits, and how each is doing: what the engine sends through.

use super::rates::{fitting, next_free, windows};
use super::store;
use crate::engine::outlet::{Grant, Outlet, OutletError, Outlets};
use async_trait::async_trait;
use connect::email::smtp::{Config, Pool, Tls};
use connect::email::{Transport, address};
use contract::senders::{SenderDraft, SenderHealth, TlsMode};
use contract::{CompanyId, Micros, SenderId};
use kernel::{Db, DbError, Tx, Vault, VaultError};
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Kind of the secrets of senders in the vault; each is named by the sender's id.
pub(super) const SECRET: &str = "sender";

/// What is the same for all senders of this process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name we introduce ourselves with: the host of the public address.
    pub ehlo: String,
    /// More certificate authorities to trust (PEM), for a company's own servers.
    pub ca_pem: Option<Vec<u8>>,
}

/// One pool of connections per sender, made anew when its settings change. Cheap to clone; clones share the pools.
#[derive(Clone)]
pub struct Transports {
    db: Db,
    vault: Vault,
    settings: Arc<Settings>,
    open: Arc<Mutex<HashMap<(CompanyId, SenderId), Open>>>,
}

#[derive(Clone)]
struct Open {
    version: i64,
    pool: Pool,
    /// Whether the row says `good`, as far as this process knows: saves a write per message.
    well: bool,
}

impl std::fmt::Debug for Transports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transports").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Transports {
    /// Opens nothing yet.
    pub fn new(db: Db, vault: Vault, settings: Settings) -> Self {
        Self { db, vault, settings: Arc::new(settings), open: Arc::default() }
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
        futures::future::join_all(open.iter().map(|o| o.pool.close())).await;
    }

    /// A pool for these settings that nobody else uses.
    pub(super) fn pool(&self, draft: &SenderDraft, secret: Option<SecretString>) -> Result<Pool, connect::Failure> {
        let tls = match draft.tls {
            TlsMode::Tls => Tls::Implicit,
            TlsMode::Starttls => Tls::StartTls,
            TlsMode::None => Tls::None,
        };
        let mut config = Config::new(draft.host.clone(), draft.port, tls);
        if !draft.user.is_empty() {
            config = config.with_login(draft.user.clone(), secret.unwrap_or_default());
        }
        config.ehlo.clone_from(&self.settings.ehlo);
        config.ca_pem.clone_from(&self.settings.ca_pem);
        config.connections = usize::from(draft.pool.max(1));
        Pool::new(config)
    }

    pub(super) async fn secret(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        sender: SenderId,
    ) -> Result<Option<SecretString>, VaultError> {
        self.vault.get(tx, company, SECRET, &sender.to_string()).await
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(CompanyId, SenderId), Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pool for this version of the settings, from the shelf or new. An older one is closed when idle.
    fn pooled(
        &self,
        company: CompanyId,
        stored: &store::Stored,
        secret: Option<SecretString>,
    ) -> Result<Pool, OutletError> {
        let draft = super::service::draft_of(&stored.sender);
        let pool = self.pool(&draft, secret).map_err(|failure| OutletError::Unusable(failure.to_string()))?;
        let open = Open { version: stored.version, pool: pool.clone(), well: stored.sender.health.state == "good" };
        if let Some(old) = self.known().insert((company, stored.sender.id), open) {
            tokio::spawn(async move { old.pool.close().await });
        }
        Ok(pool)
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
        let known =
            self.known().get(&(company, sender)).filter(|o| o.version == stored.version).map(|o| o.pool.clone());
        let pool = match known {
            Some(pool) => pool,
            None => {
                let secret = self.secret(&mut tx, company, sender).await.map_err(|error| match error {
                    VaultError::Db(error) => OutletError::Db(error),
                    other => OutletError::Unusable(format!("Its secret cannot be read: {other}. Enter it again.")),
                })?;
                self.pooled(company, &stored, secret)?
            }
        };
        let sender = stored.sender;
        let from = address::normalise(&sender.from_email)
            .map_err(|error| OutletError::Unusable(format!("Its From address cannot send: {error}.")))?;
        Ok(Outlet {
            sender: sender.id,
            name: sender.name,
            from,
            from_name: sender.from_name,
            reply_to: sender.reply_to,
            pool: usize::from(sender.pool.max(1)),
            rates: sender.rates,
            transport: Arc::new(pool),
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
        take(tx, company, sender, wanted, now).await
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

/// Grants at most what every limit allows and counts it, in the caller's transaction. A sender that is gone gets nothing.
pub(crate) async fn take(
    tx: &mut Tx,
    company: CompanyId,
    sender: SenderId,
    wanted: u32,
    now: Micros,
) -> Result<Grant, DbError> {
    let Some(rates) = store::lock(tx, company, sender).await? else {
        return Ok(Grant { granted: 0, next: now.plus_seconds(60) });
    };
    let windows = windows(&rates);
    let mut used = Vec::with_capacity(windows.len());
    for window in &windows {
        used.push((*window, store::used(tx, company, sender, window, now).await?));
    }
    let granted = fitting(wanted, used);
    if granted > 0 {
        store::add(tx, company, sender, granted, now).await?;
    }
    let next = match granted < wanted {
        true => next_free(&windows, &store::buckets(tx, company, sender).await?, now),
        false => now,
    };
    Ok(Grant { granted, next })
}
