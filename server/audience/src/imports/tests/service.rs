use super::{desk, plan};
use crate::imports::Leave;
use crate::imports::jobs::RunImport;
use contract::contacts::*;
use contract::imports::*;
use contract::{Capability, Fault, ListId};
use jobs::Job;
use kernel::{Clock, Db};
use std::time::Duration;

const FILE: &[u8] = b"email,first_name,tags\nann@b.example,Ann,x\nBO@b.example,Bo,\nann@B.example,Again,\nbad,Bad,\n";

testkit::both! {
    async fn an_import_creates_updates_and_leaves_alone(db: Db) {
        let desk = desk(db, 2);
        let plan = plan(&["email", "first_name", "tags"]);
        let first = desk.import(FILE, &plan).await;
        assert_eq!(first.counts, ImportCounts { read: 4, created: 2, duplicates: 1, rejected: 1, ..Default::default() });
        assert_eq!(first.state, ImportState::Finished);
        assert_eq!(first.reasons[0].rows, 1);
        let again = desk.import(FILE, &plan).await;
        assert_eq!(again.counts, ImportCounts { read: 4, unchanged: 2, duplicates: 1, rejected: 1, ..Default::default() });
        let tagged = ImportPlan { tags: vec!["X".into()], ..plan.clone() };
        let tagged = desk.import(FILE, &tagged).await;
        assert_eq!((tagged.counts.updated, tagged.counts.unchanged), (1, 1), "Ann has the tag already");
        let changed = b"email,first_name,tags\nann@b.example,,\nbo@b.example,Bob,\nnew@b.example,New,\n";
        let skip = ImportPlan { existing: Existing::Skip, ..plan.clone() };
        let skipped = desk.import(changed, &skip).await;
        assert_eq!((skipped.counts.skipped, skipped.counts.created), (2, 1));
        let updated = desk.import(changed, &plan).await;
        assert_eq!((updated.counts.updated, updated.counts.unchanged), (1, 2), "an empty cell is not written over a name");
        let page = desk.contacts.list(&desk.actor, ContactQuery { sort: ContactSort::EmailAsc, ..Default::default() }).await.unwrap();
        let names: Vec<&str> = page.items.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["Ann", "Bob", "New"]);
        let timeline = desk.contacts.timeline(&desk.actor, page.items[1].id, None).await.unwrap();
        assert_eq!(timeline.items.last().unwrap().kind, "imported");
        assert_eq!(timeline.items[0].title, "Changed by the import fair.csv");
        assert_eq!(desk.imports.list(&desk.actor, None).await.unwrap().items.len(), 5);
    }

    async fn consent_is_recorded_with_its_proof_and_a_no_is_never_turned(db: Db) {
        let desk = desk(db, 10);
        let no = ContactDraft { email: Some("bo@b.example".into()), consent: Some(ConsentState::Unsubscribed), ..Default::default() };
        let bo = desk.contacts.create(&desk.actor, no).await.unwrap();
        let list = desk.contacts.create_list(&desk.actor, "News".into(), String::new()).await.unwrap();
        let mut plan = plan(&["email", "first_name", "tags"]);
        (plan.consent, plan.consent_source, plan.lists) = (ConsentState::Subscribed, "paper form".into(), vec![list.id]);
        desk.import(FILE, &plan).await;
        let list = desk.contacts.get_list(&desk.actor, list.id).await.unwrap();
        assert_eq!((list.contacts, list.subscribed), (2, 1));
        assert_eq!(desk.contacts.get(&desk.actor, bo.id).await.unwrap().consents[0].state, ConsentState::Unsubscribed);
        let ann = desk.contacts.search(&desk.actor, "ann@".into(), 1).await.unwrap()[0].href.replace("/contacts/", "");
        let ann = desk.contacts.get(&desk.actor, ann.parse().unwrap()).await.unwrap();
        assert_eq!((ann.consents[0].state, ann.consents[0].source.as_str()), (ConsentState::Subscribed, "paper form"));
        assert_eq!(ann.source, "import fair.csv");
    }

    async fn another_company_sees_no_import(db: Db) {
        let desk = desk(db, 10);
        let id = desk.upload(FILE).await;
        let missing = |fault: Fault| assert!(matches!(fault, Fault::Missing { .. }), "{fault:?}");
        let (i, them) = (&desk.imports, &desk.stranger);
        missing(i.get(them, id).await.unwrap_err());
        missing(i.append(them, id, vec![1]).await.unwrap_err());
        missing(i.uploaded(them, id).await.unwrap_err());
        missing(i.preview(them, id, None).await.unwrap_err());
        missing(i.start(them, id, plan(&["email"])).await.unwrap_err());
        missing(i.cancel(them, id).await.unwrap_err());
        missing(i.rejected(them, id, None).await.unwrap_err());
        assert!(i.list(them, None).await.unwrap().items.is_empty());
    }

    async fn a_plan_must_fit_the_file_and_the_state(db: Db) {
        let desk = desk(db, 10);
        let id = desk.imports.open(&desk.actor, String::new(), None).await.unwrap();
        let good = plan(&["email", "first_name", "tags"]);
        assert!(matches!(desk.imports.start(&desk.actor, id, good.clone()).await.unwrap_err(), Fault::Conflict { .. }));
        assert!(desk.imports.uploaded(&desk.actor, id).await.unwrap_err().field("file").is_some(), "an empty file");
        desk.imports.append(&desk.actor, id, FILE.to_vec()).await.unwrap();
        desk.imports.uploaded(&desk.actor, id).await.unwrap();
        assert!(desk.imports.append(&desk.actor, id, FILE.to_vec()).await.is_err());
        let narrow = desk.imports.start(&desk.actor, id, plan(&["email"])).await.unwrap_err();
        assert!(narrow.field("targets").is_some());
        let nowhere = ImportPlan { lists: vec![ListId(uuid::Uuid::nil())], ..good.clone() };
        assert!(desk.imports.start(&desk.actor, id, nowhere).await.unwrap_err().field("lists").is_some());
        desk.imports.start(&desk.actor, id, good.clone()).await.unwrap();
        assert!(matches!(desk.imports.start(&desk.actor, id, good).await.unwrap_err(), Fault::Conflict { .. }));
        assert!(desk.imports.open(&desk.actor, "x".into(), Some(3 << 30)).await.unwrap_err().field("file").is_some());
        let mut reader = desk.actor.clone();
        reader.scopes = Some(vec![Capability::ContactsRead]);
        assert!(matches!(desk.imports.open(&reader, "x".into(), None).await.unwrap_err(), Fault::Denied { .. }));
    }

    async fn five_imports_under_way_are_enough(db: Db) {
        let desk = desk(db, 10);
        for _ in 0..5 {
            desk.imports.open(&desk.actor, "x.csv".into(), None).await.unwrap();
        }
        assert!(matches!(desk.imports.open(&desk.actor, "x.csv".into(), None).await.unwrap_err(), Fault::Busy { .. }));
        assert!(desk.imports.open(&desk.stranger, "x.csv".into(), None).await.is_ok());
        desk.clock.advance(Duration::from_secs(25 * 3600));
        desk.worker.tidy(desk.clock.now(), &|| true).await.unwrap();
        assert!(desk.imports.open(&desk.actor, "x.csv".into(), None).await.is_ok());
        let needs = desk.imports.needs(&desk.actor).await.unwrap();
        assert_eq!(needs.len(), 5);
        assert_eq!(needs[0].why, "The upload was not completed within a day.");
    }

    async fn a_cancelled_run_stops_at_the_next_batch_and_keeps_what_it_wrote(db: Db) {
        let desk = desk(db, 1);
        let id = desk.upload(FILE).await;
        desk.imports.start(&desk.actor, id, plan(&["email", "first_name", "tags"])).await.unwrap();
        let once = std::sync::atomic::AtomicBool::new(true);
        let left = desk.worker.drive(desk.key(id), 1, &|| once.swap(false, std::sync::atomic::Ordering::SeqCst)).await.unwrap();
        assert_eq!(left, Leave::Again);
        let work = desk.imports.work(&desk.actor).await.unwrap();
        assert_eq!((work.len(), work[0].done), (1, 1));
        let cancelled = desk.imports.cancel(&desk.actor, id).await.unwrap();
        assert_eq!((cancelled.state, cancelled.counts.created), (ImportState::Cancelled, 1));
        assert_eq!(desk.worker.drive(desk.key(id), 1, &|| true).await.unwrap(), Leave::Stopped);
        assert!(desk.imports.cancel(&desk.actor, id).await.is_err());
        assert!(desk.imports.work(&desk.actor).await.unwrap().is_empty());
        desk.imports.start(&desk.actor, id, plan(&["email", "first_name", "tags"])).await.unwrap();
        assert_eq!(desk.worker.drive(desk.key(id), 1, &|| true).await.unwrap(), Leave::Stopped, "the old run is over");
        let done = desk.finish(id, 2).await;
        assert_eq!((done.counts.created, done.counts.unchanged), (1, 1));
    }

    async fn the_job_runs_it_and_leaves_no_scratch_behind(db: Db) {
        let desk = desk(db.clone(), 2);
        let id = desk.upload(FILE).await;
        desk.imports.start(&desk.actor, id, plan(&["email", "first_name", "tags"])).await.unwrap();
        let mut registry = jobs::Registry::new();
        crate::imports::jobs::register(&mut registry, std::sync::Arc::clone(&desk.worker));
        assert!(registry.names().contains(&RunImport::NAME));
        run_jobs(&desk, registry).await;
        assert_eq!(desk.imports.get(&desk.actor, id).await.unwrap().state, ImportState::Finished);
        let mut tx = db.begin(kernel::Scope::System).await.unwrap();
        let left: i64 = tx.query("SELECT COUNT(*) FROM import_seen").fetch_scalar().await.unwrap();
        assert_eq!(left, 0);
        drop(tx);
        let path = desk.folder.path().join(desk.actor.company.to_string()).join(format!("{id}.csv"));
        assert!(path.exists());
        desk.clock.advance(Duration::from_secs(8 * 86_400));
        desk.worker.tidy(desk.clock.now(), &|| true).await.unwrap();
        assert!(!path.exists(), "the file of an import at rest goes after a week");
    }

    async fn a_file_that_is_gone_fails_the_import_in_words(db: Db) {
        let desk = desk(db, 2);
        let id = desk.upload(FILE).await;
        desk.imports.start(&desk.actor, id, plan(&["email", "first_name", "tags"])).await.unwrap();
        desk.worker.files.remove(desk.actor.company, id).await.unwrap();
        let mut registry = jobs::Registry::new();
        crate::imports::jobs::register(&mut registry, std::sync::Arc::clone(&desk.worker));
        for _ in 0..6 {
            run_jobs(&desk, registry.clone()).await;
            desk.clock.advance(Duration::from_secs(3600));
        }
        let import = desk.imports.get(&desk.actor, id).await.unwrap();
        assert_eq!(import.state, ImportState::Failed);
        assert!(import.trouble.unwrap().starts_with("The uploaded file cannot be read"));
        assert_eq!(desk.imports.needs(&desk.actor).await.unwrap()[0].href, format!("/imports/{id}"));
        let again = desk.imports.start(&desk.actor, id, plan(&["email", "first_name", "tags"])).await.unwrap_err();
        assert!(again.to_string().contains("Upload it again"));
    }
}

async fn run_jobs(desk: &super::Desk, registry: jobs::Registry) {
    let ids = std::sync::Arc::clone(&desk.worker.ids);
    let runner = jobs::Runner::new(desk.db.clone(), std::sync::Arc::new(desk.clock.clone()), ids, registry);
    runner.run_until_idle().await.unwrap();
}
