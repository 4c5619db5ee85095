//! Secrets at rest: sealed with XChaCha20-Poly1305 under keys derived from one master key, bound to their company, kind
//! and name, so that a sealed value moved to another row does not open.
//!
//! Envelope: version (1 byte), id of the master key (8), nonce (24), ciphertext and tag.

mod key;
mod store;

pub use key::MasterKey;

use crate::ids::Ids;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use contract::{CompanyId, Fault};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 8 + 24;

/// Why a secret cannot be kept or read.
#[derive(Debug, Error)]
pub enum VaultError {
    /// Sealed under a master key that is not loaded.
    #[error("sealed under master key {0}, which is not loaded")]
    UnknownKey(KeyId),
    /// Changed, cut, or moved from another row.
    #[error("the sealed value does not belong here or was changed")]
    Refused,
    /// `LUX_MASTER_KEY` is not base64 of 32 bytes.
    #[error("LUX_MASTER_KEY must be base64 of 32 bytes; several keys are separated by commas, the one in use first")]
    KeyText,
    /// The key file cannot be read or made.
    #[error("key file {path}: {source}")]
    KeyFile {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The table failed.
    #[error(transparent)]
    Db(#[from] crate::DbError),
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Db(error) => error.into(),
            other => crate::fault::broken(other),
        }
    }
}

/// Names a master key without telling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A key for one purpose, for signing links and the like. Does not print.
#[derive(Clone)]
pub struct DerivedKey {
    /// Which master key it comes from: store or send it along, so that old signatures stay checkable.
    pub id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
}

impl DerivedKey {
    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DerivedKey({})", self.id)
    }
}

/// Seals and opens. Cheap to clone; does not print keys.
#[derive(Clone)]
pub struct Vault {
    current: Arc<MasterKey>,
    older: Arc<[MasterKey]>,
    ids: Arc<dyn Ids>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.current.id())
    }
}

impl Vault {
    /// Seals under `current`; opens under it and the older keys.
    pub fn new(current: MasterKey, older: Vec<MasterKey>, ids: Arc<dyn Ids>) -> Self {
        Self { current: Arc::new(current), older: older.into(), ids }
    }

    /// Takes the keys from the text of `LUX_MASTER_KEY` if there is one, else from `master.key` in the data folder,
    /// which is made (mode 0600) when missing.
    pub fn load(folder: &Path, env: Option<&SecretString>, ids: Arc<dyn Ids>) -> Result<Self, VaultError> {
        let Some(text) = env.filter(|text| !text.expose_secret().trim().is_empty()) else {
            return Ok(Self::new(MasterKey::from_folder(folder, &*ids)?, Vec::new(), ids));
        };
        let mut keys = text.expose_secret().split(',').map(MasterKey::parse);
        let current = keys.next().ok_or(VaultError::KeyText)??;
        Ok(Self::new(current, keys.collect::<Result<_, _>>()?, ids))
    }

    /// The id of the key that seals now.
    pub fn key_id(&self) -> KeyId {
        self.current.id()
    }

    fn master(&self, id: KeyId) -> Result<&MasterKey, VaultError> {
        std::iter::once(&*self.current)
            .chain(self.older.iter())
            .find(|key| key.id() == id)
            .ok_or(VaultError::UnknownKey(id))
    }

    /// Seals a secret for one place.
    pub fn seal(
        &self,
        company: CompanyId,
        kind: &str,
        name: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; 24];
        self.ids.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(HEAD + 16 + secret.expose_secret().len());
        sealed.push(VERSION);
        sealed.extend(self.current.id().0);
        let aad = associated(&sealed, company, kind, name);
        let key = self.current.derive(b"secret", None);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &aad };
        let text = XChaCha20Poly1305::new((&*key).into())
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| VaultError::Refused)?;
        sealed.extend(nonce);
        sealed.extend(text);
        Ok(sealed)
    }

    /// Opens what was sealed for the same place.
    pub fn open(&self, company: CompanyId, kind: &str, name: &str, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let (head, text) = sealed.split_at_checked(HEAD).ok_or(VaultError::Refused)?;
        let (label, nonce) = head.split_at_checked(9).ok_or(VaultError::Refused)?;
        let (VERSION, id) = label.split_first().map(|(v, id)| (*v, id)).ok_or(VaultError::Refused)? else {
            return Err(VaultError::Refused);
        };
        let id = KeyId(id.try_into().map_err(|_| VaultError::Refused)?);
        let key = self.master(id)?.derive(b"secret", None);
        let payload = Payload { msg: text, aad: &associated(label, company, kind, name) };
        let plain = XChaCha20Poly1305::new((&*key).into())
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| VaultError::Refused)?;
        String::from_utf8(plain).map(SecretString::from).map_err(|_| VaultError::Refused)
    }

    /// Was it sealed under the key in use? If not, seal it again (key rotation).
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.get(1..9) == Some(&self.current.id().0)
    }

    /// The key for a purpose, of one company or of the whole instance.
    pub fn derive(&self, purpose: &str, company: Option<CompanyId>) -> DerivedKey {
        DerivedKey { id: self.key_id(), bytes: self.current.derive(purpose.as_bytes(), company) }
    }

    /// The same under a named master key, to check something that was signed earlier.
    pub fn derive_by(&self, id: KeyId, purpose: &str, company: Option<CompanyId>) -> Result<DerivedKey, VaultError> {
        Ok(DerivedKey { id, bytes: self.master(id)?.derive(purpose.as_bytes(), company) })
    }
}

/// What the ciphertext is bound to. Lengths stand before the texts, so that no two places write the same bytes.
fn associated(label: &[u8], company: CompanyId, kind: &str, name: &str) -> Vec<u8> {
    let mut aad = label.to_vec();
    aad.extend(company.0.as_bytes());
    for part in [kind, name] {
        aad.extend((part.len() as u64).to_be_bytes());
        aad.extend(part.as_bytes());
    }
    aad
}

#[cfg(test)]
mod tests;
