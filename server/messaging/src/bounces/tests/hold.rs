//! Campaigns of which too much comes back.

use super::*;

impl Stage {
    /// A campaign that is under way: so many of it went out, the sender has no room for the rest.
    async fn under_way(&self, people: usize, sent: u32) -> CampaignId {
        self.world.crowd(people);
        *self.world.outlet.room.lock().unwrap() = Some(sent);
        let id = self.world.campaign().await.id;
        self.world.service.send(&self.world.actor, id).await.unwrap();
        self.run_until(|| async { self.world.get(id).await.counts.accepted == i64::from(sent) }).await;
        assert_eq!(self.world.get(id).await.state, CampaignState::Sending);
        id
    }

    async fn held(&self, id: CampaignId) -> (CampaignState, String, String) {
        let mut tx = self.parts.db.read(self.world.company).await.unwrap();
        let sql = "SELECT held_by, state_reason FROM campaign WHERE company_id = $1 AND id = $2";
        let (by, why): (String, String) =
            tx.query(sql).bind(self.world.company.0).bind(id.0).fetch_one().await.unwrap();
        (self.world.get(id).await.state, by, why)
    }

    async fn limit(&self, hold_bounces: u32, hold_complaints: u32, hold_after: u32) {
        let rules = BounceRules { hold_bounces, hold_complaints, hold_after, ..BounceRules::default() };
        self.service.set_rules(&self.world.actor, rules).await.unwrap();
    }
}

testkit::both! {
    async fn a_campaign_over_its_limit_is_held_once(db: Db) {
        let stage = Stage::new(db);
        stage.limit(300, 0, 10).await;
        let id = stage.under_way(14, 10).await;
        let rows = stage.rows(id).await;
        let items: Vec<Item> = rows.iter().map(|row| about(row, BounceClass::Hard)).collect();
        // Those that say nothing about anybody do not count.
        stage.take(&[about(&rows[9], BounceClass::Ignore)]).await;
        stage.take(&items[..2]).await;
        assert_eq!(stage.held(id).await.0, CampaignState::Sending);
        stage.take(&items[2..3]).await;
        let (state, by, why) = stage.held(id).await;
        assert_eq!((state, by.as_str()), (CampaignState::Paused, "trouble"));
        assert!(why.starts_with("3 of 10 messages came back. The list may be old."), "{why}");
        stage.take(&items[3..4]).await;
        assert_eq!(stage.events("campaign.paused").await, 1);
        // Who lets it go on has seen it.
        stage.world.service.resume(&stage.world.actor, id).await.unwrap();
        stage.take(&items[4..5]).await;
        assert_eq!(stage.held(id).await.0, CampaignState::Sending);
        assert_eq!(stage.events("campaign.paused").await, 1);
    }

    async fn complaints_hold_by_their_own_limit_and_blocks_are_named(db: Db) {
        let stage = Stage::new(db);
        stage.limit(300, 3000, 10).await;
        let id = stage.under_way(14, 10).await;
        let rows = stage.rows(id).await;
        let of = |class| rows.iter().take(3).map(|row| about(row, class)).collect::<Vec<Item>>();
        stage.take(&of(BounceClass::Complaint)).await;
        let (state, _, why) = stage.held(id).await;
        assert!(state == CampaignState::Paused && why.starts_with("3 of 10 people reported it as spam."), "{why}");
        let next = Stage::new(stage.parts.db.clone());
        next.world.people.suppressed.lock().unwrap().clear();
        let id = next.under_way(14, 10).await;
        let rows = next.rows(id).await;
        next.take(&rows.iter().take(3).map(|row| about(row, BounceClass::Block)).collect::<Vec<Item>>()).await;
        let (state, by, why) = next.held(id).await;
        assert_eq!((state, by.as_str()), (CampaignState::Paused, "trouble"));
        assert!(why.contains("Most were blocked"), "{why}");
    }

    async fn a_small_sample_holds_nothing_and_nothing_holds_what_has_ended(db: Db) {
        let stage = Stage::new(db);
        stage.limit(300, 0, 11).await;
        let id = stage.under_way(14, 10).await;
        let rows = stage.rows(id).await;
        stage.take(&rows.iter().take(5).map(|row| about(row, BounceClass::Hard)).collect::<Vec<Item>>()).await;
        assert_eq!(stage.held(id).await.0, CampaignState::Sending);
        *stage.world.outlet.room.lock().unwrap() = None;
        stage.world.clock.advance(Duration::from_secs(2));
        stage.run_until(|| async { stage.world.get(id).await.finished.is_some() }).await;
        let ended = stage.held(id).await.0;
        let rows = stage.rows(id).await;
        stage.take(&rows.iter().skip(5).map(|row| about(row, BounceClass::Block)).collect::<Vec<Item>>()).await;
        assert_eq!(stage.held(id).await.0, ended);
        assert_eq!(stage.events("campaign.paused").await, 0);
    }
}
