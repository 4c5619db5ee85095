//! Outbox, secrets, limits and group commit, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "test"
)]

use kernel::vault::MasterKey;
use kernel::{Clock, Db, DbError, Engine, GroupCommit, GroupWork, LimitFault, RateLimits, Scope, Tx, Vault, outbox};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use testkit::{both, company};
use tokio_util::sync::CancellationToken;

both! {
    async fn events_are_read_in_order_by_their_company_and_by_the_system(db: Db) {
        let (clock, _) = testkit::clock_and_ids();
        assert_eq!(outbox::latest(&db, Scope::System).await.unwrap(), 0);
        let mut tx = db.begin(Scope::System).await.unwrap();
        for n in 0..5 {
            outbox::record(&mut tx, company(n % 2), "test.done", n, &json!({"it's": "ü"}), clock.now());
        }
        tx.commit().await.unwrap();
        let all = outbox::after(&db, Scope::System, 0, 10).await.unwrap();
        assert_eq!(all.iter().map(|e| e.subject.as_str()).collect::<Vec<_>>(), ["0", "1", "2", "3", "4"]);
        assert_eq!((all[1].company_id, all[1].at, all[1].payload.as_str()), (company(1), clock.now().0, r#"{"it's":"ü"}"#));
        let ours = outbox::after(&db, company(1).into(), 0, 10).await.unwrap();
        assert_eq!(ours.iter().map(|e| e.subject.as_str()).collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(outbox::after(&db, Scope::System, all[2].id, 1).await.unwrap(), all[3..4]);
        assert_eq!(outbox::latest(&db, company(1).into()).await.unwrap(), all[3].id);
        clock.advance(Duration::from_secs(10));
        assert_eq!(outbox::prune(&db, clock.now()).await.unwrap(), 5);
        assert_eq!(outbox::prune(&db, clock.now()).await.unwrap(), 0);
    }

    async fn a_reader_that_remembers_the_last_id_misses_nothing_under_concurrent_writers(db: Db) {
        let (clock, _) = testkit::clock_and_ids();
        let writers = (0..8_u8).map(|w| {
            let (db, at) = (db.clone(), clock.now());
            tokio::spawn(async move {
                for n in 0..25 {
                    let mut tx = db.begin(Scope::System).await.unwrap();
                    outbox::record(&mut tx, company(w % 3), "k", format!("{w}.{n}"), &json!(null), at);
                    // Other work between recording and committing must not reorder anything.
                    tx.query("SELECT COUNT(*) FROM event").execute().await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        });
        let writers = futures::future::join_all(writers);
        tokio::pin!(writers);
        let read = |scope: Scope, want: usize| {
            let db = db.clone();
            async move {
                let (mut last, mut seen) = (0, std::collections::BTreeSet::new());
                while seen.len() < want {
                    for event in outbox::after(&db, scope, last, 7).await.unwrap() {
                        last = event.id;
                        seen.insert(event.subject);
                    }
                }
            }
        };
        let readers = async { tokio::join!(read(Scope::System, 200), read(company(0).into(), 75)) };
        let readers = tokio::time::timeout(Duration::from_secs(30), readers);
        let (done, seen) = tokio::join!(writers, readers);
        done.into_iter().for_each(|task| task.unwrap());
        seen.expect("an event was missed");
    }

    async fn a_commit_wakes_listeners_and_a_rollback_does_not(db: Db) {
        let mut listener = db.listen(outbox::TAG);
        let (clock, _) = testkit::clock_and_ids();
        let mut tx = db.begin(Scope::System).await.unwrap();
        outbox::record(&mut tx, company(1), "k", "s", &json!({}), clock.now());
        tx.rollback().await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(20), listener.woken()).await.is_err());
        let mut tx = db.begin(Scope::System).await.unwrap();
        outbox::record(&mut tx, company(1), "k", "s", &json!({}), clock.now());
        tx.commit().await.unwrap();
        listener.woken().await;
        assert_eq!(outbox::after(&db, Scope::System, 0, 10).await.unwrap().len(), 1);
    }

    async fn a_secret_is_kept_replaced_rotated_and_forgotten(db: Db) {
        let (clock, ids) = testkit::clock_and_ids();
        let vault = Vault::new(MasterKey::new([1; 32]), vec![], Arc::clone(&ids));
        let mut tx = db.begin(Scope::System).await.unwrap();
        for text in ["old", "hunter2"] {
            let secret = SecretString::from(text);
            vault.put(&mut tx, company(1), "smtp", "password", &secret, clock.now()).await.unwrap();
        }
        let rotated = Vault::new(MasterKey::new([2; 32]), vec![MasterKey::new([1; 32])], ids);
        assert_eq!(rotated.rotate(&mut tx, clock.now()).await.unwrap(), 1);
        assert_eq!(rotated.rotate(&mut tx, clock.now()).await.unwrap(), 0);
        assert!(vault.get(&mut tx, company(1), "smtp", "password").await.is_err());
        let secret = rotated.get(&mut tx, company(1), "smtp", "password").await.unwrap().unwrap();
        assert_eq!(secret.expose_secret(), "hunter2");
        assert_eq!(rotated.names(&mut tx, company(1), "smtp").await.unwrap(), ["password"]);
        assert!(rotated.get(&mut tx, company(2), "smtp", "password").await.unwrap().is_none());
        assert!(rotated.delete(&mut tx, company(1), "smtp", "password").await.unwrap());
        assert!(rotated.get(&mut tx, company(1), "smtp", "password").await.unwrap().is_none());
    }

    async fn a_limit_lets_in_so_many_and_says_how_long_to_wait(db: Db) {
        let (clock, _) = testkit::clock_and_ids();
        let limits = RateLimits::new(db.clone(), Arc::new(clock.clone()));
        for round in 0..3 {
            for _ in 0..5 {
                limits.take("login:a", 60, 5).await.unwrap();
            }
            let Err(LimitFault::Exceeded { retry_after }) = limits.take("login:a", 60, 5).await else {
                panic!("round {round} let a sixth in");
            };
            limits.take("login:b", 60, 50).await.unwrap();
            assert!((60..=120).contains(&retry_after), "{retry_after}");
            clock.advance(Duration::from_secs(u64::from(retry_after)));
            limits.take("login:a", 60, 5).await.unwrap();
            limits.forget("login:a").await.unwrap();
        }
        clock.advance(Duration::from_secs(600));
        assert_eq!(RateLimits::prune(&db, clock.now()).await.unwrap(), 1);
    }

    async fn a_limit_holds_against_many_at_once(db: Db) {
        let (clock, _) = testkit::clock_and_ids();
        let limits = RateLimits::new(db, Arc::new(clock));
        let all = futures::future::join_all((0..30).map(|_| limits.take("k", 60, 7))).await;
        assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 7);
    }

    async fn many_items_share_commits_and_each_is_answered_after_its_own(db: Db) {
        let group = GroupCommit::start(db.clone(), Log::default());
        let answers = futures::future::join_all((0..300).map(|n| {
            let (group, db) = (group.clone(), db.clone());
            async move {
                let reply = group.submit(format!("n{n}")).await.unwrap();
                let mut tx = db.read(Scope::System).await.unwrap();
                let there = "SELECT COUNT(*) FROM rate_limit WHERE key = $1";
                let there: i64 = tx.query(there).bind(format!("n{n}")).fetch_scalar().await.unwrap();
                (reply, there)
            }
        }));
        for (n, (reply, there)) in answers.await.into_iter().enumerate() {
            assert_eq!((reply, there), (format!("n{n}"), 1));
        }
    }

    async fn one_bad_item_is_told_and_the_others_are_written(db: Db) {
        let group = GroupCommit::start(db.clone(), Log::default());
        let items = ["a", "b", "a", "boom", "c"];
        let all = futures::future::join_all(items.map(|item| group.submit(item.to_owned()))).await;
        let ok: Vec<_> = all.iter().map(Result::is_ok).collect();
        assert_eq!(ok, [true, true, false, false, true]);
        assert!(all[2].as_ref().unwrap_err().violates("key") || db.engine() == Engine::Postgres);
        // A panic in the work ends its batch, not the writer.
        assert!(group.submit("d".into()).await.is_ok());
    }
}

#[derive(Default)]
struct Log(AtomicUsize);

impl GroupWork for Log {
    type Item = String;
    type Reply = String;

    async fn write(&self, tx: &mut Tx, items: &[String]) -> Result<Vec<String>, DbError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        for item in items {
            assert_ne!(item, "boom", "told to");
            let put = "INSERT INTO rate_limit (key, window_start, used, previous, expires_at) VALUES ($1, 0, 0, 0, 0)";
            tx.query(put).bind(item).execute_one().await?;
        }
        Ok(items.to_vec())
    }
}

#[test]
fn a_wake_up_reaches_the_other_node() {
    testkit::on_postgres(|db| async move {
        let stop = CancellationToken::new();
        // The same database seen by a second node, which has tags of its own.
        let Db::Postgres { pool, .. } = &db else { panic!() };
        let other = Db::Postgres { pool: pool.clone(), wakes: Arc::default() };
        let tasks = [db.clone(), other.clone()].map(|node| {
            let stop = stop.clone();
            tokio::spawn(async move { node.run_wakes(stop).await })
        });
        let mut listener = other.listen("test");
        let woken = async {
            loop {
                let mut tx = db.begin(Scope::System).await.unwrap();
                tx.wake("test");
                tx.commit().await.unwrap();
                if tokio::time::timeout(Duration::from_millis(200), listener.woken()).await.is_ok() {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), woken).await.expect("never woken");
        stop.cancel();
        for task in tasks {
            task.await.unwrap();
        }
    });
}
