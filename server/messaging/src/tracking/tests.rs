use super::fakes::{FakeAudience, FakeCompanies};
use super::rules::TOO_SOON;
use super::*;
use crate::engine::press::Links;
use contract::contacts::ConsentState;
use contract::tracking::{Tracking, Visit};
use contract::{CampaignId, CompanyId, ContactId, Fault};
use kernel::vault::MasterKey;
use kernel::{Clock, Db, Scope, TestClock, Vault};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
const URL: &str = "https://shop.example/%C3%A6?a=1&b=%20#to\"p";

struct Stage {
    db: Db,
    clock: TestClock,
    tracker: Tracker,
    keys: Keys,
    audience: Arc<FakeAudience>,
    company: CompanyId,
    campaign: CampaignId,
    contact: ContactId,
}

fn vault(byte: u8, older: &[u8]) -> Vault {
    let (_, ids) = testkit::clock_and_ids();
    Vault::new(MasterKey::new([byte; 32]), older.iter().map(|b| MasterKey::new([*b; 32])).collect(), ids)
}

fn person() -> Visit {
    Visit { agent: CHROME.into(), address: "192.0.2.7".into() }
}

fn part(url: &str) -> String {
    url.rsplit('/').next().unwrap().to_owned()
}

impl Stage {
    async fn new(db: Db) -> Self {
        let (clock, _) = testkit::clock_and_ids();
        let keys = Keys::new(vault(1, &[]), "https://mail.example/");
        let audience = Arc::new(FakeAudience::default());
        let tracker = Tracker::start(
            db.clone(),
            keys.clone(),
            Arc::clone(&audience) as _,
            Arc::new(FakeCompanies),
            Arc::new(clock.clone()),
        );
        let stage = Self {
            db,
            clock,
            tracker,
            keys,
            audience,
            company: testkit::company(1),
            campaign: CampaignId(Uuid::from_u128(77)),
            contact: ContactId(Uuid::from_u128(5)),
        };
        stage.fill(stage.company).await;
        stage.clock.advance(Duration::from_secs(60));
        stage
    }

    /// A campaign of one recipient with two links.
    async fn fill(&self, company: CompanyId) {
        self.audience.add(company, self.contact, "Mette");
        let now = self.clock.now().0;
        let mut tx = self.db.begin(Scope::Company(company)).await.unwrap();
        tx.query("INSERT INTO campaign (company_id, id, name, subject, preheader, kind, source, text_part, from_name, reply_to, audience,
                track_opens, track_clicks, state, created_at, updated_at)
            VALUES ($1, $2, 'May news', '', '', 'html', '', '', '', '', '{}', $3, $3, 'sending', $4, $4)")
            .bind(company.0).bind(self.campaign.0).bind(true).bind(now).execute_one().await.unwrap();
        tx.query(
            "INSERT INTO recipient (company_id, campaign_id, contact_id, address, state, handed_at)
            VALUES ($1, $2, $3, 'mette@example.com', 'accepted', $4)",
        )
        .bind(company.0)
        .bind(self.campaign.0)
        .bind(self.contact.0)
        .bind(now)
        .execute_one()
        .await
        .unwrap();
        self.keys
            .store(&mut tx, company, self.campaign, &["https://a.example".to_owned(), URL.to_owned()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    fn addresses(&self, is_test: bool) -> crate::render::Addresses {
        self.keys.addresses(self.company, self.campaign, self.contact, 2, is_test)
    }

    /// opened, clicked, machine opened, unsubscribed
    async fn row(&self) -> (Option<i64>, Option<i64>, Option<i64>, Option<i64>) {
        let mut tx = self.db.read(self.company).await.unwrap();
        tx.query("SELECT opened_at, clicked_at, machine_opened_at, unsubscribed_at FROM recipient WHERE company_id = $1 AND contact_id = $2")
            .bind(self.company.0).bind(self.contact.0).fetch_one().await.unwrap()
    }

    async fn hits(&self) -> Vec<(String, i64, String, String)> {
        let mut tx = self.db.read(self.company).await.unwrap();
        tx.query("SELECT kind, link_no, verdict, reason FROM hit ORDER BY id").fetch_all().await.unwrap()
    }

    async fn events(&self) -> Vec<String> {
        let events = kernel::outbox::after(&self.db, Scope::Company(self.company), 0, 100).await.unwrap();
        events.into_iter().map(|e| e.kind).collect()
    }
}

testkit::both! {
    async fn a_click_is_stored_before_it_is_answered_and_implies_an_open(db: Db) {
        let stage = Stage::new(db).await;
        let token = part(&stage.addresses(false).links[1]);
        assert_eq!(stage.tracker.click(&token, person()).await.unwrap(), URL);
        let now = stage.clock.now().0;
        assert_eq!(stage.hits().await, [("click".into(), 1, "person".into(), "plain".into())]);
        assert_eq!(stage.row().await, (Some(now), Some(now), None, None));
        assert_eq!(stage.audience.kinds(), ["opened", "clicked"]);
        stage.clock.advance(Duration::from_secs(9));
        stage.tracker.click(&token, person()).await.unwrap();
        assert_eq!(stage.row().await, (Some(now), Some(now), None, None));
        assert_eq!(stage.hits().await.len(), 2);
        assert_eq!(stage.audience.kinds().len(), 2);
        let mut tx = stage.db.read(stage.company).await.unwrap();
        let report = stage.keys.report(&mut tx, stage.company, stage.campaign).await.unwrap();
        let report: Vec<_> = report.iter().map(|l| (l.url.as_str(), l.people, l.clicks)).collect();
        assert_eq!(report, [(URL, 1, 2), ("https://a.example", 0, 0)]);
    }

    async fn an_open_by_a_machine_is_kept_but_is_no_open(db: Db) {
        let stage = Stage::new(db).await;
        let token = part(&stage.addresses(false).pixel);
        stage.tracker.open(&token, Visit { agent: "Mozilla/5.0".into(), address: "a".into() }).await.unwrap();
        let first = stage.clock.now().0;
        assert_eq!(stage.row().await, (None, None, Some(first), None));
        stage.clock.advance(Duration::from_secs(5));
        stage.tracker.open(&token, person()).await.unwrap();
        assert_eq!(stage.row().await, (Some(first + 5_000_000), None, Some(first), None));
        let kinds: Vec<_> = stage.hits().await.into_iter().map(|h| (h.0, h.2)).collect();
        assert_eq!(kinds, [("open".into(), "machine".into()), ("open".into(), "person".to_owned())]);
    }

    async fn a_scanner_right_after_the_hand_over_clicks_for_nobody(db: Db) {
        let stage = Stage::new(db).await;
        stage.clock.set(contract::Micros(stage.clock.now().0 - 60_000_000 + TOO_SOON / 2));
        let token = part(&stage.addresses(false).links[0]);
        assert_eq!(stage.tracker.click(&token, person()).await.unwrap(), "https://a.example");
        assert_eq!(stage.row().await, (None, None, None, None));
        assert_eq!(stage.hits().await[0].3, "too soon");
    }

    async fn many_hits_at_once_are_all_stored(db: Db) {
        let stage = Stage::new(db).await;
        let (pixel, link) = (part(&stage.addresses(false).pixel), part(&stage.addresses(false).links[0]));
        let work = (0..200).map(|n| {
            let (stage, pixel, link) = (&stage, &pixel, &link);
            async move {
                if n % 2 == 0 {
                    stage.tracker.open(pixel, person()).await.unwrap();
                } else {
                    stage.tracker.click(link, person()).await.unwrap();
                }
            }
        });
        futures::future::join_all(work).await;
        assert_eq!(stage.hits().await.len(), 200);
        assert_eq!(stage.audience.kinds().len(), 2);
    }

    async fn an_address_is_stored_as_a_hash_of_its_company_only(db: Db) {
        let stage = Stage::new(db).await;
        let hash = |company, address| stage.keys.hash_address(company, address);
        assert_eq!(hash(stage.company, "192.0.2.7"), hash(stage.company, "192.0.2.7"));
        assert_ne!(hash(stage.company, "192.0.2.7"), hash(testkit::company(2), "192.0.2.7"));
        stage.tracker.open(&part(&stage.addresses(false).pixel), person()).await.unwrap();
        let mut tx = stage.db.read(stage.company).await.unwrap();
        let (address, agent) = tx.query("SELECT address_hash, agent FROM hit").fetch_one::<(String, String)>().await.unwrap();
        assert_eq!((address, agent), (hash(stage.company, "192.0.2.7"), CHROME.to_owned()));
    }

    async fn what_we_did_not_sign_is_not_there(db: Db) {
        let stage = Stage::new(db).await;
        let addresses = stage.addresses(false);
        let click = part(&addresses.links[1]);
        for bad in ["", ".", "x.y", &click[1..], &format!("{click}A"), &part(&addresses.pixel), &part(&addresses.unsubscribe)] {
            assert_eq!(stage.tracker.click(bad, person()).await, Err(Fault::missing("Link")), "{bad}");
            assert_eq!(stage.tracker.target(bad).await, Err(Fault::missing("Link")));
        }
        assert_eq!(stage.tracker.open(&click, person()).await, Err(Fault::missing("Link")));
        assert!(stage.tracker.unsubscribe(&click, None, true).await.is_err());
        assert!(stage.tracker.unsubscribe_view(&click).await.is_err());
        let beyond = part(&stage.keys.addresses(stage.company, stage.campaign, stage.contact, 3, false).links[2]);
        assert_eq!(stage.tracker.click(&beyond, person()).await, Err(Fault::missing("Link")));
        let foreign = Keys::new(vault(2, &[]), "https://mail.example").addresses(stage.company, stage.campaign, stage.contact, 1, false);
        assert!(stage.tracker.click(&part(&foreign.links[0]), person()).await.is_err());
        assert!(stage.hits().await.is_empty());
    }

    async fn old_mail_works_on_after_the_master_key_changed(db: Db) {
        let stage = Stage::new(db.clone()).await;
        let old = part(&stage.addresses(false).links[1]);
        let rotated = Keys::new(vault(9, &[1]), "https://mail.example");
        let tracker = Tracker::start(db, rotated, Arc::clone(&stage.audience) as _, Arc::new(FakeCompanies), Arc::new(stage.clock.clone()));
        assert_eq!(tracker.target(&old).await.unwrap(), URL);
    }

    async fn looking_at_a_link_counts_nothing(db: Db) {
        let stage = Stage::new(db).await;
        let addresses = stage.addresses(false);
        assert_eq!(stage.tracker.target(&part(&addresses.links[1])).await.unwrap(), URL);
        let view = stage.tracker.unsubscribe_view(&part(&addresses.unsubscribe)).await.unwrap();
        assert_eq!((view.company.as_str(), view.address.as_str()), ("Brød & Co", "m•••@example.com"));
        assert!(view.subscribed && !view.test && view.since.is_none());
        assert!(stage.hits().await.is_empty());
        assert_eq!(stage.row().await, (None, None, None, None));
        assert_eq!(stage.audience.consent(stage.contact), ConsentState::Subscribed);
    }

    async fn unsubscribing_works_at_once_and_again_and_back(db: Db) {
        let stage = Stage::new(db).await;
        let token = part(&stage.addresses(false).unsubscribe);
        stage.tracker.unsubscribe(&token, None, true).await.unwrap();
        let at = stage.clock.now();
        assert_eq!(stage.audience.consent(stage.contact), ConsentState::Unsubscribed);
        assert_eq!(stage.row().await.3, Some(at.0));
        stage.clock.advance(Duration::from_secs(30));
        stage.tracker.unsubscribe(&token, Some(" too many \u{0}".into()), false).await.unwrap();
        stage.tracker.unsubscribe(&token, None, true).await.unwrap();
        assert_eq!(stage.events().await, ["contact.unsubscribed"]);
        assert_eq!(stage.row().await.3, Some(at.0));
        let mut tx = stage.db.read(stage.company).await.unwrap();
        let kept = tx.query("SELECT at, reason, one_click FROM unsubscription").fetch_all::<(i64, String, bool)>().await.unwrap();
        drop(tx);
        assert_eq!(kept, [(at.0, "too many".to_owned(), true)]);
        let view = stage.tracker.unsubscribe_view(&token).await.unwrap();
        assert_eq!((view.subscribed, view.since), (false, Some(at)));

        stage.tracker.resubscribe(&token).await.unwrap();
        stage.tracker.resubscribe(&token).await.unwrap();
        assert_eq!(stage.audience.consent(stage.contact), ConsentState::Subscribed);
        assert_eq!(stage.row().await.3, None);
        assert_eq!(stage.events().await, ["contact.unsubscribed", "contact.resubscribed"]);
        assert!(stage.tracker.unsubscribe_view(&token).await.unwrap().subscribed);
        stage.tracker.unsubscribe(&token, None, false).await.unwrap();
        assert_eq!(stage.audience.consent(stage.contact), ConsentState::Unsubscribed);
        assert_eq!(stage.row().await.3, Some(stage.clock.now().0));
    }

    async fn a_link_takes_back_only_what_it_did_itself(db: Db) {
        let stage = Stage::new(db).await;
        let mut tx = stage.db.begin(stage.company).await.unwrap();
        crate::ports::Audience::unsubscribe(&*stage.audience, &mut tx, stage.company, stage.contact, "elsewhere", None, stage.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let token = part(&stage.addresses(false).unsubscribe);
        assert!(matches!(stage.tracker.resubscribe(&token).await, Err(Fault::Conflict { .. })));
        stage.tracker.unsubscribe(&token, None, true).await.unwrap();
        assert_eq!(stage.row().await.3, None);
        assert!(matches!(stage.tracker.resubscribe(&token).await, Err(Fault::Conflict { .. })));
        assert_eq!(stage.audience.consent(stage.contact), ConsentState::Unsubscribed);
        assert!(stage.events().await.is_empty());
    }

    async fn links_of_a_test_work_and_change_nothing(db: Db) {
        let stage = Stage::new(db).await;
        let test = stage.addresses(true);
        assert_eq!(stage.tracker.click(&part(&test.links[1]), person()).await.unwrap(), URL);
        stage.tracker.open(&part(&test.pixel), person()).await.unwrap();
        let token = part(&test.unsubscribe);
        stage.tracker.unsubscribe(&token, None, true).await.unwrap();
        stage.tracker.resubscribe(&token).await.unwrap();
        assert!(stage.tracker.unsubscribe_view(&token).await.unwrap().test);
        assert!(stage.hits().await.is_empty());
        assert_eq!(stage.row().await, (None, None, None, None));
        assert_eq!(stage.audience.consent(stage.contact), ConsentState::Subscribed);
    }

    async fn the_page_is_written_for_its_person_and_counts_nothing(db: Db) {
        let stage = Stage::new(db).await;
        let source = "<p>Hi {{ contact.first_name }}, <a href=\"https://a.example/x\">look</a> <a href=\"{{ unsubscribe_url }}\">out</a></p><script>x()</script>";
        let mut tx = stage.db.begin(stage.company).await.unwrap();
        tx.query("UPDATE campaign SET subject = 'News', source = $2 WHERE company_id = $1")
            .bind(stage.company.0).bind(source).execute_one().await.unwrap();
        tx.commit().await.unwrap();
        let addresses = stage.addresses(false);
        let html = stage.tracker.web_view(&part(&addresses.view)).await.unwrap();
        assert!(html.contains("Hi Mette,") && html.contains("https://mail.example/c/") && html.contains("https://mail.example/u/"), "{html}");
        assert!(!html.contains("https://mail.example/o/"), "no pixel: {html}");
        assert_eq!(stage.row().await, (None, None, None, None));
        // another kind of token, a forged one, and a person who is not there any more
        for bad in [part(&addresses.pixel), "x.y".into()] {
            assert!(matches!(stage.tracker.web_view(&bad).await, Err(Fault::Missing { .. })));
        }
        stage.audience.people.lock().unwrap().clear();
        assert!(matches!(stage.tracker.web_view(&part(&addresses.view)).await, Err(Fault::Missing { .. })));
    }

    async fn a_hit_of_one_company_never_lands_in_another(db: Db) {
        let stage = Stage::new(db).await;
        let other = testkit::company(2);
        stage.fill(other).await;
        stage.tracker.open(&part(&stage.addresses(false).pixel), person()).await.unwrap();
        let mut tx = stage.db.read(other).await.unwrap();
        let touched: i64 = tx.query("SELECT COUNT(*) FROM recipient WHERE company_id = $1 AND opened_at IS NOT NULL").bind(other.0).fetch_scalar().await.unwrap();
        assert_eq!(touched, 0);
    }

    async fn a_deleted_campaign_takes_its_hits_along(db: Db) {
        let stage = Stage::new(db).await;
        let addresses = stage.addresses(false);
        stage.tracker.click(&part(&addresses.links[0]), person()).await.unwrap();
        let mut tx = stage.db.begin(stage.company).await.unwrap();
        stage.keys.forget(&mut tx, stage.company, stage.campaign).await.unwrap();
        tx.query("DELETE FROM campaign WHERE company_id = $1").bind(stage.company.0).execute().await.unwrap();
        tx.commit().await.unwrap();
        assert!(stage.hits().await.is_empty());
        stage.tracker.open(&part(&addresses.pixel), person()).await.unwrap();
        assert!(stage.hits().await.is_empty());
        stage.tracker.unsubscribe(&part(&addresses.unsubscribe), None, true).await.unwrap();
        assert_eq!(stage.audience.consent(stage.contact), ConsentState::Unsubscribed);
    }
}

proptest! {
    #[test]
    fn addresses_are_safe_in_html_and_headers(ids: [u128; 3], links in 0..4_usize, is_test: bool) {
        let keys = Keys::new(vault(1, &[]), "https://mail.example/");
        let [a, b, c] = ids.map(Uuid::from_u128);
        let made = keys.addresses(CompanyId(a), CampaignId(b), ContactId(c), links, is_test);
        prop_assert_eq!(made.links.len(), links);
        for url in made.links.iter().chain([&made.pixel, &made.unsubscribe, &made.view]) {
            prop_assert!(url.starts_with("https://mail.example/") && url.len() < 140, "{}", url);
            prop_assert!(url.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/".contains(&b)), "{}", url);
        }
    }
}
