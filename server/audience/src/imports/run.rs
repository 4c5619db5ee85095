//! Runs an import: batches of rows, each settled in one transaction with its checkpoint.
//!
//! Reading and checking the next batch happens while the current one is written. A process that dies at any instant
//! leaves a whole number of batches behind; whoever runs the job next goes on at exactly the next row.

use super::files::ImportFiles;
use super::reader::{Checkpoint, Reader};
use super::rules::{self, Mapping, Prepared};
use super::store::{self, Key, RejectedRow};
use crate::contacts::store as contacts;
use crate::contacts::upsert::{How, Outcome, Plan};
use contract::Micros;
use contract::imports::{Existing, ImportCounts};
use kernel::db::{DbError, Tx};
use kernel::{Clock, Db, Ids, outbox};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::sync::Arc;
use thiserror::Error;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Rows of a batch.
///
/// The larger a batch, the fewer times a page of the indexes is written: 10,000 are twice as fast as 4,000 on SQLite.
const ROWS: usize = 10_000;
/// Bytes of a batch: files with long cells get smaller batches, so that memory stays bounded.
const BYTES: u64 = 3 * 1024 * 1024;

/// Everything a run needs.
#[derive(Clone)]
pub struct Worker {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) files: ImportFiles,
    pub(crate) rows: usize,
}

/// How a run left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// All rows are settled.
    Ended,
    /// Somebody cancelled it, or another worker has it.
    Stopped,
    /// Told to pause; go on later.
    Again,
    /// Another run of the company was started before and is not done yet.
    Wait,
}

/// What stopped a run.
#[derive(Debug, Error)]
pub enum Trouble {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The file.
    #[error("The uploaded file cannot be read: {0}")]
    File(#[from] io::Error),
    /// The plan does not hold any more.
    #[error("{0}")]
    Plan(String),
}

struct Batch {
    rows: Vec<Row>,
    end: Checkpoint,
    done: bool,
}

struct Row {
    line: u64,
    read: Result<Prepared, Refusal>,
}

struct Refusal {
    reason: String,
    cells: String,
}

type Source = Reader<File>;

/// Reads and checks the next rows; runs on a blocking thread.
fn read_batch(mut reader: Source, mapping: &Mapping, most: usize) -> io::Result<(Source, Batch)> {
    let from = reader.checkpoint();
    if mapping.header && reader.is_at_start() {
        reader.next()?;
    }
    let mut batch = Batch { rows: Vec::new(), end: from, done: false };
    while batch.rows.len() < most && reader.checkpoint().offset - from.offset < BYTES {
        let Some(record) = reader.next()? else {
            batch.done = true;
            break;
        };
        let read = mapping.prepare(&record).map_err(|reason| Refusal { reason, cells: rules::kept(&record.cells) });
        batch.rows.push(Row { line: record.line, read });
    }
    batch.end = reader.checkpoint();
    Ok((reader, batch))
}

fn spawn_read(reader: Source, mapping: &Arc<Mapping>, most: usize) -> JoinHandle<io::Result<(Source, Batch)>> {
    let mapping = Arc::clone(mapping);
    tokio::task::spawn_blocking(move || read_batch(reader, &mapping, most))
}

/// One run of one import.
struct Run<'a> {
    worker: &'a Worker,
    key: Key,
    run: i64,
    trying: bool,
    mark: Option<Uuid>,
    mapping: Arc<Mapping>,
    how: How,
    counts: ImportCounts,
    at: Checkpoint,
    since: Micros,
}

impl Worker {
    /// Over a database and a folder of files.
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, files: ImportFiles) -> Self {
        Self { db, clock, ids, files, rows: ROWS }
    }

    /// Goes on with a run until it ends or `keep_going` says no; asked once per batch.
    pub async fn drive(
        &self,
        key: Key,
        run: i64,
        keep_going: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Leave, Trouble> {
        let mut tx = self.db.read(key.company).await?;
        let row = store::one(&mut tx, key).await?.filter(|row| row.run == run);
        let fields = contacts::fields(&mut tx, key.company).await?;
        let wait = store::must_wait(&mut tx, key).await?;
        drop(tx);
        let Some(row) = row.filter(|row| matches!(row.state.as_str(), "trying" | "running")) else {
            return Ok(Leave::Stopped);
        };
        if wait {
            return Ok(Leave::Wait);
        }
        let plan = row.plan()?.ok_or_else(|| Trouble::Plan("There is no plan for this import.".to_owned()))?;
        let mapping = Mapping::of(&plan, fields).map_err(|errors| {
            let why: Vec<String> = errors.into_iter().map(|e| e.message).collect();
            Trouble::Plan(format!("The plan does not fit any more: {}", why.join(" ")))
        })?;
        let source: Arc<str> = Arc::from(format!("import {}", row.name));
        let title = Some(format!("Changed by the import {}", row.name));
        let href = format!("/imports/{}", key.id);
        let mut state = Run {
            worker: self,
            key,
            run,
            trying: row.state == "trying",
            mark: row.mark,
            mapping: Arc::new(mapping),
            how: How { source, title, href, deliberate: false, now: self.clock.now() },
            counts: row.counts(),
            at: row.checkpoint(),
            since: self.clock.now(),
        };
        state.drive(keep_going).await
    }
}

impl Run<'_> {
    async fn drive(&mut self, keep_going: &(dyn Fn() -> bool + Send + Sync)) -> Result<Leave, Trouble> {
        let (path, at, format) = (self.worker.files.path(self.key.company, self.key.id), self.at, self.mapping.format);
        let open = tokio::task::spawn_blocking(move || Reader::open(File::open(path)?, format, at));
        let reader = open.await.map_err(io::Error::other)??;
        let mut next = spawn_read(reader, &self.mapping, self.worker.rows);
        loop {
            if !keep_going() {
                return Ok(Leave::Again);
            }
            let (reader, batch) = next.await.map_err(io::Error::other)??;
            if batch.done {
                let held = self.settle(&batch).await?;
                return Ok(if held { Leave::Ended } else { Leave::Stopped });
            }
            next = spawn_read(reader, &self.mapping, self.worker.rows);
            if !self.settle(&batch).await? {
                return Ok(Leave::Stopped);
            }
        }
    }

    /// Settles a batch; false when the run is no longer ours.
    async fn settle(&mut self, batch: &Batch) -> Result<bool, Trouble> {
        for left in (0..3).rev() {
            match self.settle_once(batch).await {
                // Somebody added one of the addresses between our look and our write: look again.
                Err(error) if left > 0 && error.violates("email") => {}
                other => return Ok(other?),
            }
        }
        Ok(false)
    }

    async fn settle_once(&mut self, batch: &Batch) -> Result<bool, DbError> {
        let (key, run, now) = (self.key, self.run, self.worker.clock.now());
        self.how.now = now;
        let mut tx = self.worker.db.begin(key.company).await?;
        if !store::hold(&mut tx, key, run, self.at, self.counts.read).await? {
            return Ok(false);
        }
        let (counts, plan, refused) = self.decide(&mut tx, batch).await?;
        if !self.trying {
            contacts::write(&mut tx, key.company, &plan, &self.how.source, false, now).await?;
        }
        store::reject(&mut tx, key, run, &refused).await?;
        store::advance(&mut tx, key, run, batch.end, &counts, now.0 - self.since.0, now).await?;
        let mut event = "import.progress";
        if batch.done {
            store::end(&mut tx, key, run, now).await?;
            event = if self.trying { "import.tried" } else { "import.finished" };
        }
        let figures = json!({ "read": counts.read, "created": counts.created, "updated": counts.updated });
        outbox::record(&mut tx, key.company, event, key.id, &figures, now);
        tx.commit().await?;
        (self.counts, self.at, self.since) = (counts, batch.end, now);
        Ok(true)
    }

    /// What becomes of each row.
    async fn decide(&self, tx: &mut Tx, batch: &Batch) -> Result<(ImportCounts, Plan, Vec<RejectedRow>), DbError> {
        let company = self.key.company;
        let mut first: HashSet<&str> = HashSet::new();
        let good = batch.rows.iter().filter_map(|row| row.read.as_ref().ok());
        let addresses: Vec<&str> = good.map(|row| row.email.as_str()).filter(|email| first.insert(email)).collect();
        // A try remembers addresses in a table of its own; a run finds its mark on the contacts it wrote or met.
        let mut fresh: HashSet<&str> = first;
        if self.trying {
            let new: HashSet<String> = store::seen(tx, self.key, self.run, &addresses).await?.into_iter().collect();
            fresh.retain(|email| new.contains(*email));
        }
        let look: Vec<&str> = addresses.into_iter().filter(|email| fresh.contains(*email)).collect();
        let known = contacts::known_by_email(tx, company, &look, self.mapping.groups()).await?;
        if !self.trying {
            let met = |email: &str| known.get(email).is_some_and(|k| k.mark == self.mark);
            fresh.retain(|email| !met(email));
        }
        let tags = self.tags(tx, batch).await?;
        let (mut counts, mut refused) = (self.counts, Vec::new());
        let mut plan = Plan { mark: self.mark, ..Plan::default() };
        for row in &batch.rows {
            counts.read += 1;
            let prepared = match &row.read {
                Ok(prepared) => prepared,
                Err(refusal) => {
                    counts.rejected += 1;
                    let (reason, cells) = (refusal.reason.clone(), refusal.cells.clone());
                    let line = i64::try_from(row.line).unwrap_or(i64::MAX);
                    refused.push(RejectedRow { number: counts.read, line, reason, cells });
                    continue;
                }
            };
            if !fresh.remove(prepared.email.as_str()) {
                counts.duplicates += 1;
                continue;
            }
            if let Some(known) = known.get(&prepared.email) {
                plan.met.push(known.id);
            }
            match known.get(&prepared.email) {
                None => {
                    plan.create(self.worker.ids.uuid(), &self.mapping.incoming(prepared, &tags));
                    counts.created += 1;
                }
                Some(_) if self.mapping.existing == Existing::Skip => counts.skipped += 1,
                Some(known) => match plan.change(known, &self.mapping.incoming(prepared, &tags), &self.how) {
                    Outcome::Unchanged => counts.unchanged += 1,
                    _ => counts.updated += 1,
                },
            }
        }
        Ok((counts, plan, refused))
    }

    /// Ids of all tags of the batch. A try makes none: a tag that is not there yet gets an id that no contact carries.
    async fn tags(&self, tx: &mut Tx, batch: &Batch) -> Result<HashMap<String, Uuid>, DbError> {
        let own = batch.rows.iter().filter_map(|row| row.read.as_ref().ok()).flat_map(|row| &row.tags);
        let mut names: Vec<String> = Vec::new();
        let mut keys: HashSet<String> = HashSet::new();
        for name in self.mapping.tags.iter().chain(own) {
            if keys.insert(crate::contacts::rules::name_key(name)) {
                names.push(name.clone());
            }
        }
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = &self.worker.ids;
        if !self.trying {
            let made = contacts::make_tags(tx, self.key.company, &names, || ids.uuid(), self.how.now).await?;
            return Ok(made.into_iter().collect());
        }
        let found = contacts::tags_by_key(tx, self.key.company, &names).await?;
        let mut all: HashMap<String, Uuid> = found.into_iter().collect();
        for key in keys {
            all.entry(key).or_insert_with(|| ids.uuid());
        }
        Ok(all)
    }
}
