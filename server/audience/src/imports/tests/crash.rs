//! A run that dies anywhere ends as if it had not.

use super::nasty::{Variant, nasty, nasty_plan};
use super::{Desk, desk};
use crate::imports::{Leave, Trouble};
use contract::ImportId;
use contract::contacts::{ConsentState, ContactDraft, Contacts};
use contract::imports::{Existing, ImportCounts, ImportPlan, Imports};
use kernel::Db;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

const ROWS: usize = 700;

async fn prepared(db: Db, rows: usize) -> (Desk, ImportId, ImportPlan) {
    let desk = desk(db, rows);
    let known = |n: usize| ContactDraft { email: Some(format!("person{n}@example.com")), ..ContactDraft::default() };
    desk.contacts.upsert_many(&desk.actor, (100..160).map(known).collect()).await.unwrap();
    let id = desk.upload(&nasty(ROWS, Variant::Latin1).0).await;
    let list = desk.contacts.create_list(&desk.actor, "News".into(), String::new()).await.unwrap();
    let mut plan = nasty_plan(Variant::Latin1);
    plan.existing = Existing::Update;
    plan.lists = vec![list.id];
    plan.consent = ConsentState::Subscribed;
    plan.consent_source = "form".into();
    (desk, id, plan)
}

/// Everything a run leaves behind.
async fn outcome(desk: &Desk, id: ImportId) -> (ImportCounts, String, String, i64) {
    let import = desk.imports.get(&desk.actor, id).await.unwrap();
    let members = desk.contacts.lists(&desk.actor).await.unwrap()[0].contacts;
    (import.counts, desk.everything().await, desk.rejected(id).await, members)
}

async fn undisturbed(db: Db) -> (ImportCounts, String, String, i64) {
    let (desk, id, plan) = prepared(db, 50).await;
    desk.imports.start(&desk.actor, id, plan).await.unwrap();
    desk.finish(id, 1).await;
    outcome(&desk, id).await
}

/// Runs until the future has been polled so often, then drops it where it stands.
async fn killed_after(desk: &Desk, id: ImportId, polls: usize) -> Option<Result<Leave, Trouble>> {
    let keep_going = || true;
    let mut run = pin!(desk.worker.drive(desk.key(id), 1, &keep_going));
    let mut left = polls;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        run.as_mut().poll(cx).map(Some)
    })
    .await
}

testkit::both! {
    async fn stopping_between_batches_changes_nothing(db: Db) {
        let (desk, id, plan) = prepared(db, 50).await;
        desk.imports.start(&desk.actor, id, plan).await.unwrap();
        let (mut turns, mut before) = (0, 0);
        loop {
            turns += 1;
            let left = AtomicUsize::new(2);
            let keep_going = || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
            match desk.worker.drive(desk.key(id), 1, &keep_going).await.unwrap() {
                Leave::Again => {}
                other => { assert_eq!(other, Leave::Ended); break; }
            }
            let counts = desk.imports.get(&desk.actor, id).await.unwrap().counts;
            assert!(counts.read > before, "each turn gets on");
            let c = counts;
            assert_eq!(c.created + c.updated + c.unchanged + c.skipped + c.duplicates + c.rejected, c.read);
            before = counts.read;
        }
        assert!(turns > 5);
        let got = outcome(&desk, id).await;
        assert_eq!(desk.worker.drive(desk.key(id), 1, &|| true).await.unwrap(), Leave::Stopped, "an ended run stays ended");
        compare(got).await;
    }

    async fn dying_at_any_step_changes_nothing(db: Db) {
        let (desk, id, plan) = prepared(db, 50).await;
        desk.imports.start(&desk.actor, id, plan).await.unwrap();
        let mut deaths = 0;
        // A different number of steps each time, so that every await of a batch is the last one once.
        while killed_after(&desk, id, 3 + deaths * 7 % 101).await.is_none() {
            deaths += 1;
            assert!(deaths < 2_000, "it must get on");
        }
        assert!(deaths > 3, "{deaths}");
        compare(outcome(&desk, id).await).await;
    }

    async fn two_workers_on_one_run_settle_every_row_once(db: Db) {
        let (desk, id, plan) = prepared(db, 50).await;
        desk.imports.start(&desk.actor, id, plan).await.unwrap();
        let keep = || true;
        let (a, b) = tokio::join!(desk.worker.drive(desk.key(id), 1, &keep), desk.worker.drive(desk.key(id), 1, &keep));
        let ended = [a, b].into_iter().filter(|r| matches!(r, Ok(Leave::Ended))).count();
        if ended == 0 {
            // Both gave way to the other; the queue would hand it out again.
            desk.finish(id, 1).await;
        }
        compare(outcome(&desk, id).await).await;
    }
}

async fn compare(got: (ImportCounts, String, String, i64)) {
    let fresh = testkit::TestSqlite::fresh().await;
    let wanted = undisturbed(fresh.db.clone()).await;
    assert_eq!(got.0, wanted.0);
    assert_eq!(got.2, wanted.2);
    assert_eq!(got.3, wanted.3);
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&got.1), sorted(&wanted.1));
}

testkit::both! {
    async fn runs_of_a_company_wait_for_each_other_in_the_order_of_their_starts(db: Db) {
        let (desk, first, plan) = prepared(db, 50).await;
        let second = desk.upload(&nasty(ROWS, Variant::Latin1).0).await;
        desk.imports.start(&desk.actor, second, plan.clone()).await.unwrap();
        desk.clock.advance(std::time::Duration::from_secs(1));
        desk.imports.start(&desk.actor, first, plan).await.unwrap();
        assert_eq!(desk.worker.drive(desk.key(first), 1, &|| true).await.unwrap(), Leave::Wait);
        let done = desk.finish(second, 1).await;
        let again = desk.finish(first, 1).await;
        assert_eq!(again.counts.duplicates, done.counts.duplicates);
        assert_eq!(again.counts.unchanged, done.counts.created + done.counts.updated);
    }
}
