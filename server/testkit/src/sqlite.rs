//! Fresh SQLite files.

use kernel::Db;
use kernel::db::{DbOptions, DbUrl};
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The migrated file of this process: migrating it again for every test would cost a sync per statement.
static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

/// A database in a folder of its own, gone when dropped.
#[derive(Debug)]
pub struct TestSqlite {
    /// The open database.
    pub db: Db,
    /// The file.
    pub path: PathBuf,
    _folder: TempDir,
}

impl TestSqlite {
    /// A migrated, empty database.
    pub async fn fresh() -> Self {
        let bytes = TEMPLATE.get_or_init(template).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lux.db");
        std::fs::write(&path, bytes).expect("space for a database");
        let db = Db::open(&DbUrl::file(&path), DbOptions::default()).await.expect("an open database");
        Self { db, path, _folder: folder }
    }
}

async fn template() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("template.db");
    let db = Db::open(&DbUrl::file(&path), DbOptions::default()).await.expect("an open database");
    db.migrate().await.expect("SQLite migrations");
    // The last connection to close brings the log back into the file.
    db.close().await;
    std::fs::read(&path).expect("the template")
}
