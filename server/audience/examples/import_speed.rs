//! How fast an import is, and how much memory it takes: `cargo run --release -p audience --example import_speed [rows]`.
//! Uses PostgreSQL when `LUX_TEST_POSTGRES_URL` is set and `postgres` is the second argument.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::allow_attributes,
    reason = "a measurement by hand"
)]

use audience::contacts::ContactService;
use audience::imports::{ImportFiles, ImportService, Key, Worker};
use audience::ports::Alone;
use contract::Actor;
use contract::contacts::{ConsentState, Contacts};
use contract::imports::{Dialect, Existing, ImportPlan, Imports};
use kernel::{Clock, Db, Ids, SystemClock, SystemIds};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0) / 1024
}

fn lines(from: usize, to: usize) -> Vec<u8> {
    let mut text = String::new();
    for n in from..to {
        // Spread over the alphabet, as real addresses are.
        let spread = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let _ = writeln!(
            text,
            "{spread:x}.{n}@example{}.com,First{n},Last{},+4512{n:06},Company {},da,Copenhagen",
            n % 97,
            n % 5000,
            n % 900
        );
    }
    text.into_bytes()
}

async fn measure(db: Db) {
    let rows: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(SystemIds::new(Arc::clone(&clock)));
    let folder = tempfile::TempDir::new().unwrap();
    let files = ImportFiles::new(folder.path());
    let worker = Arc::new(Worker::new(db.clone(), Arc::clone(&clock), Arc::clone(&ids), files));
    let queue = jobs::Queue::new(Arc::clone(&clock), Arc::clone(&ids));
    let imports = ImportService::new(Arc::clone(&worker), queue, Arc::new(Alone));
    let contacts = ContactService::new(db, clock, ids, Arc::new(Alone), Arc::new(Alone));
    let actor = Actor::system(testkit::company(1));
    let id = imports.open(&actor, "speed.csv".into(), None).await.unwrap();
    imports.append(&actor, id, b"email,first,last,phone,company,lang,city\n".to_vec()).await.unwrap();
    for from in (0..rows).step_by(20_000) {
        imports.append(&actor, id, lines(from, (from + 20_000).min(rows))).await.unwrap();
    }
    imports.uploaded(&actor, id).await.unwrap();
    let targets = ["email", "first_name", "last_name", "phone", "organisation", "language", ""];
    let plan = ImportPlan {
        dialect: Dialect { delimiter: ',', encoding: "utf-8".into(), header: true },
        targets: targets.iter().map(|t| (*t).to_owned()).collect(),
        existing: Existing::Update,
        lists: Vec::new(),
        tags: vec!["fair".into(), "2025".into()],
        consent: ConsentState::Subscribed,
        consent_source: "paper form".into(),
    };
    let before = resident();
    for (run, what) in [(1, "try"), (2, "import")] {
        match what {
            "try" => imports.try_run(&actor, id, plan.clone()).await.unwrap(),
            _ => imports.start(&actor, id, plan.clone()).await.unwrap(),
        };
        let began = Instant::now();
        worker.drive(Key { company: actor.company, id }, run, &|| true).await.unwrap();
        let took = began.elapsed().as_secs_f64();
        let counts = imports.get(&actor, id).await.unwrap().counts;
        println!("{what}: {:.0} rows/s, {took:.1} s, {counts:?}", rows as f64 / took);
        println!("peak memory grew by {} MB to {} MB", resident() - before, resident());
    }
    let began = Instant::now();
    let summary = contacts.summary(&actor).await.unwrap();
    println!("summary of {} in {:?}", summary.contacts, began.elapsed());
    for search in ["first123456", "last77", "nobody at all"] {
        let began = Instant::now();
        let filter = contract::contacts::ContactFilter { search: search.into(), ..Default::default() };
        let query = contract::contacts::ContactQuery { filter, ..Default::default() };
        let found = contacts.list(&actor, query).await.unwrap().items.len();
        println!("search {search}: {found} in {:?}", began.elapsed());
    }
    let began = Instant::now();
    let tags = contacts.tags(&actor).await.unwrap();
    println!("tags with counts {:?} in {:?}", tags.iter().map(|t| t.contacts).collect::<Vec<_>>(), began.elapsed());
}

fn main() {
    if std::env::args().nth(2).as_deref() == Some("postgres") {
        testkit::on_postgres(measure);
    } else {
        testkit::on_sqlite(measure);
    }
}
