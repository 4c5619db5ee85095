//! The imports service.

use super::detect;
use super::guess;
use super::jobs::RunImport;
use super::reader::Format;
use super::rules::Mapping;
use super::run::Worker;
use super::store::{self, ImportRow, Key};
use crate::contacts::store as contacts;
use crate::csv;
use crate::ports::Names;
use ::jobs::{Options, Queue};
use async_trait::async_trait;
use contract::contacts::ExportPart;
use contract::imports::{Dialect, Import, ImportPlan, ImportState, Imports, Preview};
use contract::live::{Need, Work};
use contract::{Actor, Capability, Cursor, Fault, ImportId, Micros, Page};
use kernel::db::Tx;
use kernel::fault::broken;
use kernel::outbox;
use serde_json::json;
use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use uuid::Uuid;

/// Largest file, bytes.
pub const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Most imports of a company under way at once.
const MAX_BUSY: i64 = 5;
/// Seconds after which an upload that does not end no longer counts as under way.
const STALE_UPLOAD: i64 = 6 * 3600;
const PAGE: i64 = 50;
const REJECTED: i64 = 5_000;
const WEEK: i64 = 7 * 24 * 3600;

/// [`Imports`] over the database and a folder of files.
#[derive(Clone)]
pub struct ImportService {
    worker: Arc<Worker>,
    queue: Queue,
    names: Arc<dyn Names>,
}

impl ImportService {
    /// `worker` is the one that [`super::jobs::register`] gets too; `names` tells who uploads.
    pub fn new(worker: Arc<Worker>, queue: Queue, names: Arc<dyn Names>) -> Self {
        Self { worker, queue, names }
    }

    fn now(&self) -> Micros {
        self.worker.clock.now()
    }

    async fn found(&self, tx: &mut Tx, key: Key) -> Result<ImportRow, Fault> {
        store::one(tx, key).await?.ok_or_else(|| Fault::missing("Import"))
    }

    async fn answer(&self, tx: &mut Tx, key: Key) -> Result<Import, Fault> {
        let row = self.found(tx, key).await?;
        let reasons = store::reasons(tx, key, row.run).await?;
        Ok(row.import(reasons)?)
    }

    async fn sample(&self, key: Key) -> Result<(Vec<u8>, bool), Fault> {
        match self.worker.files.sample(key.company, key.id, detect::SAMPLE).await {
            Ok(sample) => Ok(sample),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Fault::conflict("The file is kept for a week and is gone now. Upload it again."))
            }
            Err(error) => Err(broken(error)),
        }
    }

    async fn begin(&self, actor: &Actor, id: ImportId, plan: ImportPlan, state: ImportState) -> Result<Import, Fault> {
        actor.require(Capability::ContactsWrite)?;
        let key = Key { company: actor.company, id };
        let now = self.now();
        let mut tx = self.worker.db.read(key.company).await?;
        let row = self.found(&mut tx, key).await?;
        may_begin(&row)?;
        let fields = contacts::fields(&mut tx, key.company).await?;
        drop(tx);
        let mapping = Mapping::of(&plan, fields).map_err(|fields| Fault::Invalid { fields })?;
        let (sample, whole) = self.sample(key).await?;
        let columns = column_names(&sample, whole, mapping.format, mapping.header);
        if columns.len() != plan.targets.len() {
            let message = format!(
                "The file has {} columns, the plan has {}. Look at the preview again.",
                columns.len(),
                plan.targets.len()
            );
            return Err(Fault::invalid("targets", message));
        }
        let mut tx = self.worker.db.begin(key.company).await?;
        let wanted: HashSet<_> = plan.lists.iter().collect();
        if contacts::lists_there(&mut tx, key.company, &plan.lists).await?.len() < wanted.len() {
            return Err(Fault::invalid("lists", "One of these lists is no longer there. Choose anew."));
        }
        if store::busy(&mut tx, key.company, now.plus_seconds(-STALE_UPLOAD)).await? >= MAX_BUSY {
            return Err(busy());
        }
        if !store::begin(&mut tx, key, state, &plan, &columns, self.worker.ids.uuid(), now).await? {
            return Err(Fault::conflict("This import is under way already."));
        }
        let run = self.found(&mut tx, key).await?.run;
        let options = Options::default().company(key.company).key(format!("import:{id}:{run}"));
        self.queue.enqueue(&mut tx, &RunImport { import: id, run }, options).await?;
        outbox::record(&mut tx, key.company, "import.started", id, &json!({ "state": state.as_str() }), now);
        let import = self.answer(&mut tx, key).await?;
        tx.commit().await?;
        Ok(import)
    }
}

fn busy() -> Fault {
    let message = "Five imports of this company are under way. Wait for one to end, or cancel one.".to_owned();
    Fault::Busy { retry_after: 60, message }
}

fn may_begin(row: &ImportRow) -> Result<(), Fault> {
    match row.state()? {
        ImportState::Mapping | ImportState::Tried | ImportState::Failed | ImportState::Cancelled if row.bytes > 0 => {
            Ok(())
        }
        ImportState::Uploading
        | ImportState::Mapping
        | ImportState::Tried
        | ImportState::Failed
        | ImportState::Cancelled => Err(Fault::conflict("The file has not been uploaded completely. Upload it again.")),
        ImportState::Trying | ImportState::Running => Err(Fault::conflict("This import is under way already.")),
        ImportState::Finished => {
            Err(Fault::conflict("This import has finished. Upload the file again to import it once more."))
        }
    }
}

/// Names of the columns: the header, or `Column 3`.
fn column_names(sample: &[u8], whole: bool, format: Format, header: bool) -> Vec<String> {
    let rows = detect::rows(sample, format, whole, 100);
    let width = match (header, rows.first()) {
        (true, Some(first)) => first.len(),
        // Without a header the commonest width is the right one.
        _ => {
            let widths: Vec<usize> = rows.iter().map(Vec::len).collect();
            widths.iter().copied().max_by_key(|w| (widths.iter().filter(|x| *x == w).count(), *w)).unwrap_or(0)
        }
    };
    let name = |index: usize| {
        let given = rows.first().filter(|_| header).and_then(|r| r.get(index)).map(|c| guess::cut(c.trim(), 200));
        given.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("Column {}", index + 1))
    };
    (0..width).map(name).collect()
}

fn warnings(dialect: &Dialect, sample: &[u8], rows: &[Vec<String>], preview: &Preview) -> Vec<String> {
    let mut warnings = Vec::new();
    if !preview.columns.iter().any(|c| c.guess == "email") {
        warnings.push("No column looks like an email address. Choose it yourself.".to_owned());
    }
    let odd = rows.iter().filter(|r| r.len() != preview.columns.len()).count();
    if odd > 0 {
        warnings.push(format!(
            "{odd} of the first {} rows have another number of columns. They will be refused.",
            rows.len()
        ));
    }
    if preview.columns.len() == 1 {
        warnings.push("There is only one column. If that is wrong, choose another delimiter.".to_owned());
    }
    if dialect.encoding == "utf-8" && std::str::from_utf8(sample).is_err_and(|e| e.error_len().is_some()) {
        warnings.push("Some rows are not UTF-8. They are read as Windows-1252.".to_owned());
    }
    warnings
}

#[async_trait]
impl Imports for ImportService {
    async fn open(&self, actor: &Actor, name: String, bytes: Option<i64>) -> Result<ImportId, Fault> {
        actor.require(Capability::ContactsWrite)?;
        if bytes.is_some_and(|b| b > MAX_BYTES as i64) {
            return Err(Fault::invalid("file", "The file is larger than 2 GB. Split it."));
        }
        let name = guess::cut(&crate::contacts::rules::line(&name), 200);
        let name = if name.is_empty() { "contacts.csv".to_owned() } else { name };
        let by = self.names.name(actor.company, actor.who).await?;
        let (now, id) = (self.now(), ImportId(self.worker.ids.uuid()));
        let mut tx = self.worker.db.begin(actor.company).await?;
        if store::busy(&mut tx, actor.company, now.plus_seconds(-STALE_UPLOAD)).await? >= MAX_BUSY {
            return Err(busy());
        }
        store::insert(&mut tx, Key { company: actor.company, id }, &name, &by, now).await?;
        tx.commit().await?;
        self.worker.files.create(actor.company, id).await.map_err(broken)?;
        Ok(id)
    }

    async fn append(&self, actor: &Actor, id: ImportId, chunk: Vec<u8>) -> Result<(), Fault> {
        actor.require(Capability::ContactsWrite)?;
        let key = Key { company: actor.company, id };
        let mut tx = self.worker.db.read(key.company).await?;
        let row = self.found(&mut tx, key).await?;
        drop(tx);
        if row.state()? != ImportState::Uploading {
            return Err(Fault::conflict("This upload has ended."));
        }
        match self.worker.files.append(key.company, id, chunk, MAX_BYTES).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Fault::invalid("file", "The file is larger than 2 GB. Split it.")),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => Err(Fault::Busy {
                retry_after: 60,
                message: "The server's disk is full, so the file cannot be kept. Free some space and try again."
                    .to_owned(),
            }),
            Err(error) => Err(broken(error)),
        }
    }

    async fn uploaded(&self, actor: &Actor, id: ImportId) -> Result<Import, Fault> {
        actor.require(Capability::ContactsWrite)?;
        let key = Key { company: actor.company, id };
        let mut tx = self.worker.db.read(key.company).await?;
        let row = self.found(&mut tx, key).await?;
        drop(tx);
        if row.state()? != ImportState::Uploading {
            return Err(Fault::conflict("This upload has ended."));
        }
        let size = self.worker.files.sync(key.company, id).await.map_err(broken)?;
        if size == 0 {
            return Err(Fault::invalid("file", "The file is empty. Choose another."));
        }
        let mut tx = self.worker.db.begin(key.company).await?;
        if !store::uploaded(&mut tx, key, i64::try_from(size).unwrap_or(i64::MAX), self.now()).await? {
            return Err(Fault::conflict("This upload has ended."));
        }
        let import = self.answer(&mut tx, key).await?;
        tx.commit().await?;
        Ok(import)
    }

    async fn preview(&self, actor: &Actor, id: ImportId, dialect: Option<Dialect>) -> Result<Preview, Fault> {
        actor.require(Capability::ContactsRead)?;
        let key = Key { company: actor.company, id };
        let mut tx = self.worker.db.read(key.company).await?;
        let row = self.found(&mut tx, key).await?;
        let fields = contacts::fields(&mut tx, key.company).await?;
        drop(tx);
        if row.state()? == ImportState::Uploading {
            return Err(Fault::conflict("The file is still being uploaded."));
        }
        let (sample, whole) = self.sample(key).await?;
        let dialect = dialect.unwrap_or_else(|| detect::dialect(&sample, whole));
        let format = Format::of(&dialect).ok_or_else(|| {
            Fault::invalid(
                "dialect",
                "Choose a delimiter (comma, semicolon, tab or bar) and an encoding from the list.",
            )
        })?;
        let names = column_names(&sample, whole, format, dialect.header);
        let mut rows = detect::rows(&sample, format, whole, 100);
        if dialect.header && !rows.is_empty() {
            rows.remove(0);
        }
        let columns = guess::columns(&names, &rows, &fields);
        let shown = rows.iter().take(10).map(|row| row.iter().map(|c| guess::cut(c, 200)).collect()).collect();
        let mut preview = Preview { dialect: dialect.clone(), columns, rows: shown, warnings: Vec::new() };
        preview.warnings = warnings(&dialect, &sample, &rows, &preview);
        Ok(preview)
    }

    async fn try_run(&self, actor: &Actor, id: ImportId, plan: ImportPlan) -> Result<Import, Fault> {
        self.begin(actor, id, plan, ImportState::Trying).await
    }

    async fn start(&self, actor: &Actor, id: ImportId, plan: ImportPlan) -> Result<Import, Fault> {
        self.begin(actor, id, plan, ImportState::Running).await
    }

    async fn cancel(&self, actor: &Actor, id: ImportId) -> Result<Import, Fault> {
        actor.require(Capability::ContactsWrite)?;
        let key = Key { company: actor.company, id };
        let now = self.now();
        let mut tx = self.worker.db.begin(key.company).await?;
        self.found(&mut tx, key).await?;
        if !store::cancel(&mut tx, key, now).await? {
            return Err(Fault::conflict("This import has ended already."));
        }
        outbox::record(&mut tx, key.company, "import.cancelled", id, &json!({}), now);
        let import = self.answer(&mut tx, key).await?;
        tx.commit().await?;
        Ok(import)
    }

    async fn get(&self, actor: &Actor, id: ImportId) -> Result<Import, Fault> {
        actor.require(Capability::ContactsRead)?;
        let mut tx = self.worker.db.read(actor.company).await?;
        self.answer(&mut tx, Key { company: actor.company, id }).await
    }

    async fn list(&self, actor: &Actor, cursor: Option<Cursor>) -> Result<Page<Import>, Fault> {
        actor.require(Capability::ContactsRead)?;
        let from = match &cursor {
            None => Some((i64::MAX, Uuid::max())),
            Some(Cursor(text)) => text.split_once(':').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
        };
        let from = from.ok_or_else(|| {
            Fault::invalid("cursor", "This place in the list cannot be found again. Start from the first page.")
        })?;
        let mut tx = self.worker.db.read(actor.company).await?;
        let mut rows = store::page(&mut tx, actor.company, from, PAGE + 1).await?;
        let more = rows.len() as i64 > PAGE;
        rows.truncate(PAGE as usize);
        let next = rows.last().filter(|_| more).map(|r| Cursor(format!("{}:{}", r.created_at, r.id)));
        // Reasons are shown with one import, not in the list.
        let items = rows.into_iter().map(|row| row.import(Vec::new())).collect::<Result<_, _>>()?;
        Ok(Page { items, next, total: None })
    }

    async fn rejected(&self, actor: &Actor, id: ImportId, cursor: Option<Cursor>) -> Result<ExportPart, Fault> {
        actor.require(Capability::ContactsRead)?;
        let key = Key { company: actor.company, id };
        let after: i64 = match &cursor {
            None => 0,
            Some(Cursor(text)) => {
                text.parse().map_err(|_| Fault::invalid("cursor", "Start from the beginning of the file."))?
            }
        };
        let mut tx = self.worker.db.read(key.company).await?;
        let row = self.found(&mut tx, key).await?;
        let mut rows = store::rejected(&mut tx, key, row.run, after, REJECTED + 1).await?;
        let more = rows.len() as i64 > REJECTED;
        rows.truncate(REJECTED as usize);
        let mut out = String::new();
        if cursor.is_none() {
            let columns = row.columns()?;
            csv::row(&mut out, ["line", "reason"].into_iter().chain(columns.iter().map(String::as_str)));
        }
        for (_, line, reason, cells) in &rows {
            let cells: Vec<String> = serde_json::from_str(cells).map_err(broken)?;
            let line = line.to_string();
            csv::row(&mut out, [line.as_str(), reason].into_iter().chain(cells.iter().map(String::as_str)));
        }
        let next = rows.last().filter(|_| more).map(|(number, ..)| Cursor(number.to_string()));
        Ok(ExportPart { csv: out, next })
    }

    async fn work(&self, actor: &Actor) -> Result<Vec<Work>, Fault> {
        actor.require(Capability::ContactsRead)?;
        let mut tx = self.worker.db.read(actor.company).await?;
        let rows = store::active(&mut tx, actor.company).await?;
        let work = |row: ImportRow| {
            let (per_second, seconds_left) = row.rate();
            Work {
                kind: "import".into(),
                id: row.id.to_string(),
                title: row.name,
                done: row.rows_read,
                total: row.rows_total,
                per_minute: per_second.map(|n| n.saturating_mul(60)),
                seconds_left,
                paused: false,
                href: format!("/imports/{}", row.id),
            }
        };
        Ok(rows.into_iter().map(work).collect())
    }

    async fn needs(&self, actor: &Actor) -> Result<Vec<Need>, Fault> {
        actor.require(Capability::ContactsRead)?;
        let mut tx = self.worker.db.read(actor.company).await?;
        let rows = store::failed(&mut tx, actor.company, self.now().plus_seconds(-WEEK)).await?;
        let need = |row: ImportRow| Need {
            kind: "import".into(),
            title: format!("Import {} stopped", row.name),
            why: row.trouble.unwrap_or_default(),
            action: "Open import".into(),
            href: format!("/imports/{}", row.id),
            at: Micros(row.finished_at.unwrap_or(row.created_at)),
        };
        Ok(rows.into_iter().map(need).collect())
    }
}
