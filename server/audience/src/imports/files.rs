//! The uploaded files: `<root>/<company>/<import>.csv`.

use contract::{CompanyId, ImportId};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// Where uploads are kept. Nodes that share a PostgreSQL database must share this folder too.
#[derive(Clone, Debug)]
pub struct ImportFiles {
    root: PathBuf,
}

impl ImportFiles {
    /// Below this folder, for example `<data_dir>/imports`; made when needed.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Path of one file.
    pub fn path(&self, company: CompanyId, id: ImportId) -> PathBuf {
        self.root.join(company.to_string()).join(format!("{id}.csv"))
    }

    async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Makes the empty file.
    pub async fn create(&self, company: CompanyId, id: ImportId) -> io::Result<()> {
        let path = self.path(company, id);
        Self::blocking(move || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            File::create(path).map(drop)
        })
        .await
    }

    /// Appends; answers the new size, or `None` without writing when it would pass `limit`.
    pub async fn append(
        &self,
        company: CompanyId,
        id: ImportId,
        chunk: Vec<u8>,
        limit: u64,
    ) -> io::Result<Option<u64>> {
        let path = self.path(company, id);
        Self::blocking(move || {
            let mut file = OpenOptions::new().append(true).open(path)?;
            let size = file.metadata()?.len() + chunk.len() as u64;
            if size > limit {
                return Ok(None);
            }
            file.write_all(&chunk)?;
            Ok(Some(size))
        })
        .await
    }

    /// Forces the file to disk; answers its size.
    pub async fn sync(&self, company: CompanyId, id: ImportId) -> io::Result<u64> {
        let path = self.path(company, id);
        Self::blocking(move || {
            let file = OpenOptions::new().append(true).open(&path)?;
            file.sync_all()?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
            Ok(file.metadata()?.len())
        })
        .await
    }

    /// The first bytes, and whether that is the whole file.
    pub async fn sample(&self, company: CompanyId, id: ImportId, most: usize) -> io::Result<(Vec<u8>, bool)> {
        let path = self.path(company, id);
        Self::blocking(move || {
            let file = File::open(path)?;
            let whole = file.metadata()?.len() <= most as u64;
            let mut bytes = Vec::new();
            file.take(most as u64).read_to_end(&mut bytes)?;
            Ok((bytes, whole))
        })
        .await
    }

    /// Removes the file; one that is gone already is fine.
    pub async fn remove(&self, company: CompanyId, id: ImportId) -> io::Result<()> {
        let path = self.path(company, id);
        Self::blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }
}
