//! The return address of a message: the sender's own, or a signed one in a mailbox that we read.

use super::store::sources;
use super::token;
use connect::email::{Address, address};
use contract::{CompanyId, SenderId};
use kernel::{Db, DbError, Vault};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long a node goes on with what it knows of a sender.
const KEPT: Duration = Duration::from_secs(15);

type Known = HashMap<(CompanyId, SenderId), (Instant, Option<Address>)>;

/// Makes return addresses. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Returns {
    db: Db,
    vault: Vault,
    known: Arc<RwLock<Known>>,
}

impl std::fmt::Debug for Returns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Returns")
    }
}

impl Returns {
    /// On these parts.
    pub fn new(db: Db, vault: Vault) -> Self {
        Self { db, vault, known: Arc::default() }
    }

    /// Where the message of a ledger row comes back to. Where nothing is set up, or it cannot be asked, that is `from`: a
    /// message is not held back for it.
    pub async fn address(&self, company: CompanyId, sender: SenderId, row: i64, from: &Address) -> Address {
        let base = match self.base(company, sender).await {
            Ok(base) => base,
            Err(error) => {
                tracing::warn!(%error, %sender, "the return address was not found; the sender's own is used");
                None
            }
        };
        base.and_then(|base| token::return_address(&self.vault, company, row, &base)).unwrap_or_else(|| from.clone())
    }

    async fn base(&self, company: CompanyId, sender: SenderId) -> Result<Option<Address>, DbError> {
        let kept = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&(company, sender)).cloned();
        if let Some((_, base)) = kept.filter(|(since, _)| since.elapsed() < KEPT) {
            return Ok(base);
        }
        let mut tx = self.db.read(company).await?;
        let found = sources::return_of(&mut tx, company, sender).await?;
        let base = found.and_then(|text| address::normalise(&text).ok());
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() > 10_000 {
            known.clear();
        }
        known.insert((company, sender), (Instant::now(), base.clone()));
        Ok(base)
    }
}
