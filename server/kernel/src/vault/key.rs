//! The master key: 32 bytes from the environment or from a file that only the owner can read.

use super::{KeyId, VaultError};
use crate::ids::Ids;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use contract::CompanyId;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use zeroize::Zeroizing;

const FILE: &str = "master.key";

/// The key that all others are derived from. Does not print.
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    id: KeyId,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

impl MasterKey {
    /// From its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let digest = Sha256::new().chain_update(b"lux master key id").chain_update(*bytes).finalize();
        let mut id = [0; 8];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self { bytes, id: KeyId(id) }
    }

    /// From base64.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(text.trim()).map_err(|_| VaultError::KeyText)?);
        Ok(Self::new(bytes.as_slice().try_into().map_err(|_| VaultError::KeyText)?))
    }

    /// From the file in the data folder, which is made when missing. Two processes that start at once get one key.
    pub fn from_folder(folder: &Path, ids: &dyn Ids) -> Result<Self, VaultError> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(folder, ids).and_then(|()| std::fs::read_to_string(&path))
            }
            other => other,
        };
        let text = Zeroizing::new(text.map_err(|source| VaultError::KeyFile { path: path.clone(), source })?);
        Self::parse(&text).map_err(|_| {
            let source = io::Error::new(ErrorKind::InvalidData, "does not hold base64 of 32 bytes");
            VaultError::KeyFile { path, source }
        })
    }

    /// Its name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn derive(&self, purpose: &[u8], company: Option<CompanyId>) -> Zeroizing<[u8; 32]> {
        let mut info = b"lux key 1".to_vec();
        info.extend((purpose.len() as u64).to_be_bytes());
        info.extend(purpose);
        info.extend(company.iter().flat_map(|company| *company.0.as_bytes()));
        let mut key = Zeroizing::new([0; 32]);
        // Only a length above 8160 bytes can fail.
        let expanded = Hkdf::<Sha256>::new(None, &*self.bytes).expand(&info, &mut *key);
        debug_assert!(expanded.is_ok());
        key
    }
}

/// Writes a new key beside its place and links it there, which fails when another process was faster.
fn make(folder: &Path, ids: &dyn Ids) -> io::Result<()> {
    let mut bytes = Zeroizing::new([0; 32]);
    ids.fill(&mut *bytes);
    let text = Zeroizing::new(BASE64_STANDARD.encode(*bytes));
    let draft = folder.join(format!("{FILE}.{}", ids.uuid().simple()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, folder.join(FILE));
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => File::open(folder)?.sync_all(),
    }
}
