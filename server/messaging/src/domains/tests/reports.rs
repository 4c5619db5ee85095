//! What the check before a campaign is told.

use super::*;
use crate::ports::DomainReports;
use contract::domains::DomainReport;

impl Stage {
    async fn report(&self, domain: &str) -> DomainReport {
        self.service.report(self.admin.company, domain).await.unwrap()
    }

    fn asked(&self) -> usize {
        self.zones.asked.lock().unwrap().len()
    }
}

fn states(report: &DomainReport) -> [RecordState; 3] {
    report.parts().map(|(_, check)| check.state)
}

testkit::both! {
    async fn a_domain_that_nobody_listed_is_looked_up_and_remembered_for_minutes(db: Db) {
        let stage = Stage::new(db);
        stage.zones.set("example.com", "v=spf1 mx ~all");
        let report = stage.report("example.com").await;
        assert_eq!(states(&report), [RecordState::Good, RecordState::Unchecked, RecordState::Missing]);
        let asked = stage.asked();
        stage.zones.set("_dmarc.example.com", "v=DMARC1; p=reject");
        assert_eq!((stage.report("example.com").await, stage.asked()), (report, asked));
        stage.clock.advance(Duration::from_secs(301));
        assert_eq!(states(&stage.report("example.com").await)[2], RecordState::Good);
    }

    async fn a_dns_that_does_not_answer_is_not_checked_and_asked_again_soon(db: Db) {
        let stage = Stage::new(db);
        stage.zones.go_away(true);
        assert_eq!(states(&stage.report("example.com").await), [RecordState::Unreachable, RecordState::Unchecked, RecordState::Unreachable]);
        stage.zones.go_away(false);
        stage.clock.advance(Duration::from_secs(31));
        assert_eq!(states(&stage.report("example.com").await), [RecordState::Missing, RecordState::Unchecked, RecordState::Missing]);
    }

    async fn of_a_listed_domain_the_keys_are_known(db: Db) {
        let stage = Stage::new(db);
        let made = stage.add("example.com").await;
        stage.zones.set("example.com", "v=spf1 mx ~all");
        stage.zones.set("_dmarc.example.com", "v=DMARC1; p=reject");
        assert_eq!(states(&stage.report("example.com").await)[1], RecordState::Unchecked);
        stage.check(made.id).await;
        assert_eq!(states(&stage.report("example.com").await)[1], RecordState::Missing);
        stage.zones.set(&made.keys[1].record_name, &made.keys[1].record_text);
        stage.check(made.id).await;
        assert_eq!(states(&stage.report("example.com").await)[1], RecordState::Weak, "Ed25519 alone");
        stage.zones.publish(&made);
        stage.check(made.id).await;
        assert!(stage.report("example.com").await.is_good());
        let below = stage.report("news.example.com").await;
        assert_eq!(states(&below), [RecordState::Missing, RecordState::Good, RecordState::Good], "{below:?}");
        stage.clock.advance(Duration::from_secs(301));
        stage.zones.go_away(true);
        assert!(stage.report("example.com").await.is_good(), "what was found last is better than nothing");
        stage.service.change(&stage.admin, made.id, DomainChange { signs: false }).await.unwrap();
        assert_eq!(states(&stage.report("example.com").await)[1], RecordState::Unchecked);
    }
}
