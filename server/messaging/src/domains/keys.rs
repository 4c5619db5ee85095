//! Keys: made, put away, and readied for signing.

use super::rules::{closest, dkim::algorithm, selector};
use super::store::{self, Key};
use connect::email::dkim::{Pair, Signer, generate};
use contract::domains::{KeyKind, RecordState};
use contract::{CompanyId, DomainId, Fault, Micros};
use kernel::fault::broken;
use kernel::{DbError, Ids, Tx, Vault, VaultError};
use std::sync::Arc;

/// Kind of the secret halves in the vault.
pub(super) const SECRET: &str = "dkim";

/// Their names.
pub(super) fn secret_name(domain: DomainId, selector: &str) -> String {
    format!("{domain}/{selector}")
}

/// A key of each kind with new selectors. Takes a good part of a second of one core.
pub(super) async fn make(ids: &Arc<dyn Ids>) -> Result<Vec<(KeyKind, String, Pair)>, Fault> {
    let ids = Arc::clone(ids);
    let made = tokio::task::spawn_blocking(move || {
        KeyKind::ALL.map(|kind| {
            let mut random = [0; 4];
            ids.fill(&mut random);
            generate(algorithm(kind), &|bytes| ids.fill(bytes)).map(|pair| (kind, selector(kind, random), pair))
        })
    });
    made.await.map_err(broken)?.into_iter().collect::<Result<_, _>>().map_err(broken)
}

/// Writes new keys down, their secret halves into the vault.
pub(super) async fn put(
    tx: &mut Tx,
    vault: &Vault,
    company: CompanyId,
    (domain, generation): (DomainId, i64),
    made: Vec<(KeyKind, String, Pair)>,
    now: Micros,
) -> Result<(), VaultError> {
    for (kind, selector, pair) in made {
        vault.put(tx, company, SECRET, &secret_name(domain, &selector), &pair.private, now).await?;
        let (state, public) = (RecordState::Unchecked, pair.public);
        let (found, words) = (String::new(), String::new());
        let key = Key { domain, selector, kind, generation, public, state, found, words, checked: None };
        store::insert_key(tx, company, &key, now).await?;
    }
    Ok(())
}

/// Forgets a key and its secret half.
pub(super) async fn forget(
    tx: &mut Tx,
    vault: &Vault,
    company: CompanyId,
    domain: DomainId,
    selector: &str,
) -> Result<(), DbError> {
    store::delete_key(tx, company, domain, selector).await?;
    vault.delete(tx, company, SECRET, &secret_name(domain, selector)).await.map(drop)
}

/// Of one kind, the newest whose record was found: what signs. In the order of `keys`.
pub(super) fn in_use(keys: &[Key]) -> Vec<&Key> {
    let newest = |kind| {
        let found = keys.iter().filter(move |key: &&Key| key.kind == kind && key.state == RecordState::Good);
        found.max_by_key(|key| key.generation)
    };
    KeyKind::ALL.into_iter().filter_map(newest).collect()
}

/// Those that a newer one of their kind has taken over from.
pub(super) fn outlived(keys: &[Key]) -> Vec<String> {
    let used = in_use(keys);
    let is_old = |key: &&Key| used.iter().any(|now| now.kind == key.kind && now.generation > key.generation);
    keys.iter().filter(is_old).map(|key| key.selector.clone()).collect()
}

/// Why mail cannot be signed although it shall be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignersError {
    /// Read like: "The key …".
    #[error("The key that signs mail of {0} cannot be read. Renew the keys of this domain, or switch its signing off.")]
    Unreadable(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What signs mail from this domain: keys whose record was found, of the closest domain that is listed.
pub(crate) async fn signers(
    tx: &mut Tx,
    vault: &Vault,
    company: CompanyId,
    from: &str,
) -> Result<Vec<Signer>, SignersError> {
    let all = store::signing(tx, company).await?;
    let Some(domain) = closest(&all, from, |key| &key.domain).map(|key| key.domain.clone()) else {
        return Ok(Vec::new());
    };
    let unreadable = || SignersError::Unreadable(domain.clone());
    let mut signers = Vec::new();
    for kind in KeyKind::ALL {
        // of one kind the newest stands first
        let Some(key) = all.iter().find(|key| key.domain == domain && key.kind == kind) else { continue };
        let secret = vault.get(tx, company, SECRET, &secret_name(key.id, &key.selector)).await;
        let secret = secret.map_err(|error| match error {
            VaultError::Db(error) => SignersError::Db(error),
            _ => unreadable(),
        })?;
        let secret = secret.ok_or_else(unreadable)?;
        let signer = Signer::new(algorithm(kind), domain.clone(), key.selector.clone(), &secret);
        signers.push(signer.map_err(|_| unreadable())?);
    }
    Ok(signers)
}
