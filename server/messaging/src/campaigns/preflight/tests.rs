//! The report on both databases.

use super::probe::{LinkProbe, Standing, Tried};
use crate::ports::{Companies, CompanyInfo, DomainReports};
use crate::testing::World;
use async_trait::async_trait;
use contract::campaigns::{
    AbTest, CampaignDraft, Campaigns, Finding, Gravity, LanguageVariant, Plan, Preflight, TestOf, Unclear, Variant,
    WinnerBy,
};
use contract::domains::{DomainReport, RecordCheck, RecordState};
use contract::templates::Content;
use contract::{CampaignId, CompanyId, Fault, Zone};
use kernel::{Db, DbError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Says of each link what its address says.
#[derive(Default)]
struct Scripted(Mutex<Vec<Vec<String>>>);

#[async_trait]
impl LinkProbe for Scripted {
    async fn try_all(&self, urls: &[String]) -> Vec<Tried> {
        self.0.lock().unwrap().push(urls.to_vec());
        let standing = |url: &String| if url.contains("broken") { Standing::Broken } else { Standing::Good };
        urls.iter().map(|url| Tried { url: url.clone(), standing: standing(url), words: "said so".into() }).collect()
    }
}

/// A company that has not said where it is.
struct Homeless;

#[async_trait]
impl Companies for Homeless {
    async fn get(&self, _: CompanyId) -> Result<CompanyInfo, DbError> {
        Ok(CompanyInfo { name: "Acme".into(), address: String::new(), website: String::new(), zone: Zone::utc() })
    }
}

struct GoodDomains;

#[async_trait]
impl DomainReports for GoodDomains {
    async fn report(&self, _: CompanyId, domain: &str) -> Result<DomainReport, Fault> {
        let check = |state| RecordCheck {
            state,
            name: domain.into(),
            found: String::new(),
            wanted: String::new(),
            words: "words".into(),
        };
        let dmarc = check(RecordState::Missing);
        Ok(DomainReport { domain: domain.into(), spf: check(RecordState::Good), dkim: check(RecordState::Good), dmarc })
    }
}

fn world(db: Db) -> (World, Arc<Scripted>) {
    let probe = Arc::new(Scripted::default());
    let mut world = World::new(db);
    world.service = world.service.clone().trying(probe.clone());
    (world, probe)
}

async fn look(world: &World, id: CampaignId) -> Preflight {
    world.service.preflight(&world.actor, id, false).await.unwrap()
}

fn of<'a>(report: &'a Preflight, code: &str) -> &'a Finding {
    report.findings.iter().find(|f| f.code == code).unwrap_or_else(|| panic!("no {code}: {:?}", report.findings))
}

async fn written(world: &World, source: &str) -> CampaignId {
    let draft = world.draft();
    let content = Content { source: source.into(), ..draft.content.clone() };
    world.service.create(&world.actor, CampaignDraft { content, ..draft }).await.unwrap().id
}

testkit::both! {
    async fn a_campaign_in_order_has_no_blockers_and_says_what_was_not_checked(db: Db) {
        let (world, _) = world(db);
        world.crowd(3);
        let id = world.campaign().await.id;
        let report = look(&world, id).await;
        assert_eq!((report.blockers, report.people), (0, 3), "{:?}", report.findings);
        assert_eq!(of(&report, "links").gravity, Gravity::Good);
        assert_eq!(of(&report, "domain").gravity, Gravity::NotChecked);
        assert_eq!(of(&report, "size").gravity, Gravity::Good);
        let gravities: Vec<Gravity> = report.findings.iter().map(|f| f.gravity).collect();
        assert!(gravities.is_sorted(), "{gravities:?}");
    }

    async fn what_stands_in_the_way_comes_before_what_to_know(db: Db) {
        let (world, _) = world(db);
        let empty = CampaignDraft { name: "Empty".into(), ..CampaignDraft::default() };
        let id = world.service.create(&world.actor, empty).await.unwrap().id;
        let report = look(&world, id).await;
        assert!(report.blockers >= 3, "{:?}", report.findings);
        assert_eq!(report.findings[0].gravity, Gravity::Blocker);
        assert_eq!(of(&report, "sender").title, "Choose a sender.");
        assert_eq!(of(&report, "audience").gravity, Gravity::Blocker);
    }

    async fn links_are_tried_once_per_content_and_again_when_asked_or_old(db: Db) {
        let (world, probe) = world(db);
        world.person("a@example.com");
        let id = written(&world, "<a href=\"https://a.example/broken\">x</a><a href=\"https://a.example/\">y</a><a href=\"{{ unsubscribe_url }}\">u</a>").await;
        let report = look(&world, id).await;
        assert_eq!((of(&report, "links").gravity, of(&report, "links").items[0].what.as_str()), (Gravity::Warning, "https://a.example/broken"));
        look(&world, id).await;
        let tries = || probe.0.lock().unwrap().len();
        assert_eq!((tries(), probe.0.lock().unwrap()[0].len()), (1, 2));
        world.service.preflight(&world.actor, id, true).await.unwrap();
        assert_eq!(tries(), 2);
        world.clock.advance(Duration::from_secs(31 * 60));
        look(&world, id).await;
        assert_eq!(tries(), 3);
        let stored = world.get(id).await;
        let content = Content { source: "<a href=\"https://a.example/else\">x</a>".into(), ..stored.draft.content.clone() };
        world.service.update(&world.actor, id, CampaignDraft { content, ..stored.draft }, None).await.unwrap();
        let report = look(&world, id).await;
        assert_eq!((tries(), of(&report, "links").gravity), (4, Gravity::Good));
    }

    async fn an_empty_field_is_told_with_the_share_of_people_it_leaves_out(db: Db) {
        let (world, _) = world(db);
        let people = world.crowd(4);
        world.people.change(world.company, people[0], |p| p.first_name = String::new());
        let id = written(&world, "<p>{{ contact.first_name }} {{ contact.organisation | default('you') }} {{ contact.fields.plan | default('x') }} {{ contact.fields.city }}</p>").await;
        let report = look(&world, id).await;
        let fields = of(&report, "fields");
        let names: Vec<&str> = fields.items.iter().map(|i| i.what.as_str()).collect();
        assert_eq!(names, ["contact.fields.city", "contact.first_name"]);
        // Nobody has a city: it could not be written for anybody.
        assert_eq!(fields.gravity, Gravity::Blocker);
        assert!(fields.items[1].detail.starts_with("1 person without it, 25 %"), "{:?}", fields.items);
        let report = look(&world, written(&world, "<p>{{ contact.first_name }}</p>").await).await;
        assert_eq!(of(&report, "fields").gravity, Gravity::Warning);
    }

    async fn every_wording_is_looked_at_and_named(db: Db) {
        let (world, probe) = world(db);
        world.person("a@example.com");
        let draft = world.draft();
        let other = |source: &str| Content { source: source.into(), ..draft.content.clone() };
        let variant = Variant {
            content: Some(other("<img src=\"https://a.example/p.png\"><a href=\"https://a.example/broken\">x</a>")),
            ..Variant::default()
        };
        let test = AbTest {
            of: TestOf::Content,
            variants: vec![variant],
            sample_percent: 20,
            by: WinnerBy::default(),
            wait_hours: 4,
            min_people: 10,
            unclear: Unclear::default(),
        };
        let plan = Plan { test: Some(test), ..Plan::default() };
        let id = world.service.create(&world.actor, CampaignDraft { plan, ..draft.clone() }).await.unwrap().id;
        let report = look(&world, id).await;
        let titles: Vec<&str> = report.findings.iter().map(|f| f.title.as_str()).collect();
        let of_b: Vec<&&str> = titles.iter().filter(|t| t.starts_with("Variant B: ")).collect();
        assert_eq!(of_b.len(), 1, "{titles:?}");
        assert_eq!(report.findings.iter().filter(|f| f.code == "size").count(), 1);
        // links of all wordings, each once
        assert_eq!(probe.0.lock().unwrap()[0].len(), 2);
        assert_eq!(of(&report, "links").items[0].what, "https://a.example/broken");
        let language = LanguageVariant { language: "da".into(), content: other("<p>{{ contact.nickname }}</p>") };
        let plan = Plan { languages: vec![language], ..Plan::default() };
        let id = world.service.create(&world.actor, CampaignDraft { plan, ..draft.clone() }).await.unwrap().id;
        let report = look(&world, id).await;
        let wrong = report.findings.iter().find(|f| f.title.starts_with("Language da: ")).unwrap();
        assert_eq!(wrong.gravity, Gravity::Blocker);
    }

    async fn a_misspelt_field_stands_in_the_way_here_and_at_the_start(db: Db) {
        let (world, _) = world(db);
        world.person("a@example.com");
        let id = written(&world, "<p>{{ contact.fields.plann | default('x') }}</p>").await;
        let report = look(&world, id).await;
        assert!(of(&report, "content").title.contains("no custom field with the key plann"), "{:?}", report.findings);
        assert!(matches!(world.service.send(&world.actor, id).await, Err(Fault::Invalid { .. })));
    }

    async fn pictures_preview_text_and_size_are_looked_at(db: Db) {
        let (world, _) = world(db);
        world.person("a@example.com");
        let long = format!("<img src=\"https://a.example/x.png\"><p>{}</p>", "word ".repeat(22_000));
        let draft = world.draft();
        let content = Content { source: long, preheader: String::new(), ..draft.content.clone() };
        let id = world.service.create(&world.actor, CampaignDraft { content, ..draft }).await.unwrap().id;
        let report = look(&world, id).await;
        for code in ["alt_texts", "preheader", "size"] {
            assert_eq!(of(&report, code).gravity, Gravity::Warning, "{code}");
        }
        assert_eq!(of(&report, "alt_texts").items[0].what, "https://a.example/x.png");
        assert_eq!(report.findings.iter().filter(|f| f.title.contains("Gmail")).count(), 1);
    }

    async fn another_campaign_to_the_same_people_within_two_days_is_told(db: Db) {
        let (world, _) = world(db);
        world.crowd(2);
        let other = world.campaign().await.id;
        world.service.schedule(&world.actor, other, contract::campaigns::When { wall: "2026-01-16T20:00".into(), zone: "UTC".into() }).await.unwrap();
        let id = world.campaign().await.id;
        let report = look(&world, id).await;
        let overlap = of(&report, "overlap");
        assert_eq!((overlap.gravity, overlap.items.len()), (Gravity::Warning, 1), "{overlap:?}");
        world.service.unschedule(&world.actor, other).await.unwrap();
        assert_eq!(of(&look(&world, id).await, "overlap").gravity, Gravity::Good);
    }

    async fn what_receivers_find_about_the_domain_is_told_where_somebody_can_look(db: Db) {
        let (mut world, _) = world(db);
        world.service = world.service.clone().asking(Arc::new(GoodDomains));
        world.person("a@example.com");
        let report = look(&world, world.campaign().await.id).await;
        let domain = of(&report, "domain");
        assert!(domain.gravity == Gravity::Warning && domain.title.starts_with("DMARC of acme.example"), "{domain:?}");
    }

    async fn the_postal_address_is_told_once(db: Db) {
        let (mut world, _) = world(db);
        world.service.parts.companies = Arc::new(Homeless);
        world.person("a@example.com");
        let id = written(&world, "<p>Hello</p>").await;
        let look = world.service.last_look(&world.actor, id).await.unwrap();
        assert_eq!(look.warnings.iter().filter(|w| w.contains("postal address")).count(), 1, "{:?}", look.warnings);
    }

    async fn the_report_of_another_company_is_not_there(db: Db) {
        let (world, _) = world(db);
        let id = world.campaign().await.id;
        let stranger = contract::Actor::system(testkit::company(2));
        assert_eq!(world.service.preflight(&stranger, id, false).await, Err(Fault::missing("Campaign")));
    }
}
