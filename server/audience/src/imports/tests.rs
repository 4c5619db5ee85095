//! Imports: the reader, the rules, and whole runs on both engines.

mod crash;
mod nasty;
mod reader;
mod rules;
mod service;

use crate::contacts::ContactService;
use crate::imports::store::Key;
use crate::imports::{ImportFiles, ImportService, Leave, Worker};
use crate::ports::Alone;
use contract::contacts::{ConsentState, ContactFilter, Contacts};
use contract::imports::{Dialect, Existing, Import, ImportPlan, Imports};
use contract::{Actor, ImportId};
use kernel::{Clock, Db, TestClock};
use std::sync::Arc;
use tempfile::TempDir;

pub struct Desk {
    pub contacts: ContactService,
    pub imports: ImportService,
    pub worker: Arc<Worker>,
    pub clock: TestClock,
    pub actor: Actor,
    pub stranger: Actor,
    pub db: Db,
    pub folder: TempDir,
}

/// Services over a database, with batches of so many rows.
pub fn desk(db: Db, rows: usize) -> Desk {
    let (clock, ids) = testkit::clock_and_ids();
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let folder = TempDir::new().unwrap();
    let mut worker = Worker::new(db.clone(), Arc::clone(&shared), Arc::clone(&ids), ImportFiles::new(folder.path()));
    worker.rows = rows;
    let worker = Arc::new(worker);
    let queue = jobs::Queue::new(Arc::clone(&shared), Arc::clone(&ids));
    let contacts = ContactService::new(db.clone(), shared, ids, Arc::new(Alone), Arc::new(Alone));
    let imports = ImportService::new(Arc::clone(&worker), queue, Arc::new(Alone));
    let (actor, stranger) = (Actor::system(testkit::company(1)), Actor::system(testkit::company(2)));
    Desk { contacts, imports, worker, clock, actor, stranger, db, folder }
}

pub fn plan(targets: &[&str]) -> ImportPlan {
    ImportPlan {
        dialect: Dialect { delimiter: ',', encoding: "utf-8".into(), header: true },
        targets: targets.iter().map(|t| (*t).to_owned()).collect(),
        existing: Existing::Update,
        lists: Vec::new(),
        tags: Vec::new(),
        consent: ConsentState::None,
        consent_source: String::new(),
    }
}

impl Desk {
    pub async fn upload(&self, bytes: &[u8]) -> ImportId {
        let id = self.imports.open(&self.actor, "fair.csv".into(), None).await.unwrap();
        for chunk in bytes.chunks(100_000) {
            self.imports.append(&self.actor, id, chunk.to_vec()).await.unwrap();
        }
        self.imports.uploaded(&self.actor, id).await.unwrap();
        id
    }

    pub fn key(&self, id: ImportId) -> Key {
        Key { company: self.actor.company, id }
    }

    /// Runs what was started, as the job does.
    pub async fn finish(&self, id: ImportId, run: i64) -> Import {
        let left = self.worker.drive(self.key(id), run, &|| true).await.unwrap();
        assert_eq!(left, Leave::Ended);
        self.imports.get(&self.actor, id).await.unwrap()
    }

    pub async fn import(&self, bytes: &[u8], plan: &ImportPlan) -> Import {
        let id = self.upload(bytes).await;
        self.imports.start(&self.actor, id, plan.clone()).await.unwrap();
        self.finish(id, 1).await
    }

    /// Everything there is about contacts, as text.
    pub async fn everything(&self) -> String {
        let (mut all, mut cursor) = (String::new(), None);
        loop {
            let part = self.contacts.export(&self.actor, ContactFilter::default(), cursor).await.unwrap();
            all.push_str(&part.csv);
            cursor = part.next;
            if cursor.is_none() {
                return all;
            }
        }
    }

    /// The whole file of rejected rows.
    pub async fn rejected(&self, id: ImportId) -> String {
        let (mut all, mut cursor) = (String::new(), None);
        loop {
            let part = self.imports.rejected(&self.actor, id, cursor).await.unwrap();
            all.push_str(&part.csv);
            cursor = part.next;
            if cursor.is_none() {
                return all;
            }
        }
    }
}
