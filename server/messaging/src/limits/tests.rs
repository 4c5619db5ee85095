//! Limits on both databases, from several askers at once.

use super::*;
use contract::sending::PacePer;
use kernel::Db;
use std::time::Duration;

async fn ask(db: &Db, limit: &Limit, wanted: u32, now: Micros) -> (u32, Micros) {
    let company = testkit::company(1);
    let mut tx = db.begin(company).await.unwrap();
    let room = room(&mut tx, company, limit.clone(), wanted, now).await.unwrap();
    take(&mut tx, company, &room, room.fits, now).await.unwrap();
    tx.commit().await.unwrap();
    (room.fits, room.next)
}

fn campaign(pace: Pace) -> Limit {
    Limit::of_campaign(CampaignId(uuid::Uuid::nil()), &pace)
}

testkit::both! {
    async fn a_burst_takes_all_at_once_and_then_waits(db: Db) {
        let limit = campaign(Pace { count: 100, per: PacePer::Hour, evenly: false });
        let now = Micros::from_seconds(1_700_000_000);
        assert_eq!(ask(&db, &limit, 80, now).await.0, 80);
        let (granted, next) = ask(&db, &limit, 80, now).await;
        assert_eq!(granted, 20);
        assert_eq!(ask(&db, &limit, 1, next.plus_seconds(-1)).await.0, 0);
        assert!(ask(&db, &limit, 1, next).await.0 == 1 && next > now.plus_seconds(3599));
    }

    async fn an_even_pace_is_kept_and_its_sum_never_exceeded(db: Db) {
        let limit = campaign(Pace { count: 120, per: PacePer::Minute, evenly: true });
        let start = Micros::from_seconds(1_700_000_000);
        let mut log = Vec::new();
        for step in 0..600_i64 {
            let now = Micros(start.0 + step * 200_000);
            log.push((now.0, ask(&db, &limit, 50, now).await.0));
        }
        let in_window = |from: i64| -> u32 { log.iter().filter(|(at, _)| *at >= from && *at < from + 60 * SECOND).map(|(_, n)| n).sum() };
        for (at, n) in &log {
            assert!(in_window(*at) <= 120, "{}", in_window(*at));
            assert!(*n <= 3, "{n} at once");
        }
        let sum: u32 = log.iter().map(|(_, n)| n).sum();
        assert!(sum >= 225, "{sum} of 240");
    }

    async fn a_faster_pace_does_not_wait_for_the_turn_of_the_slow_one(db: Db) {
        let slow = campaign(Pace { count: 2, per: PacePer::Day, evenly: true });
        let fast = campaign(Pace { count: 600, per: PacePer::Hour, evenly: true });
        let now = Micros::from_seconds(1_700_000_000);
        assert!(ask(&db, &slow, 5, now).await.0 > 0);
        assert_eq!(ask(&db, &fast, 5, now.plus_seconds(10)).await.0, 0);
        let mut tx = db.begin(testkit::company(1)).await.unwrap();
        store::forget_turn(&mut tx, testkit::company(1), &fast.key).await.unwrap();
        tx.commit().await.unwrap();
        assert!(ask(&db, &fast, 5, now.plus_seconds(10)).await.0 > 0);
    }

    async fn many_nodes_together_are_never_over_a_limit(db: Db) {
        let rule = DomainRule { domain: "x.example".into(), per_minute: Some(40), at_once: None };
        let limit = Limit::of_domain("x.example", &rule).unwrap();
        let now = Micros::from_seconds(1_700_000_000);
        let asks = (0..12).map(|_| {
            let (db, limit) = (db.clone(), limit.clone());
            tokio::spawn(async move { ask(&db, &limit, 7, now).await.0 })
        });
        let mut sum = 0;
        for granted in asks.collect::<Vec<_>>() {
            sum += granted.await.unwrap();
        }
        assert_eq!(sum, 40);
    }

    async fn what_was_granted_and_not_committed_was_never_used(db: Db) {
        let rule = DomainRule { domain: "x.example".into(), per_minute: Some(10), at_once: None };
        let limit = Limit::of_domain("x.example", &rule).unwrap();
        let (company, now) = (testkit::company(1), Micros::from_seconds(1_700_000_000));
        let mut tx = db.begin(company).await.unwrap();
        let room = room(&mut tx, company, limit.clone(), 10, now).await.unwrap();
        take(&mut tx, company, &room, room.fits, now).await.unwrap();
        drop(tx);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(ask(&db, &limit, 10, now).await.0, 10);
    }
}
