//! The demo on both engines: what the services say about it adds up.

use super::{Told, fill, lines};
use crate::config::{Config, LogFormat};
use crate::wiring::App;
use contract::accounts::{SignIn, SignInOutcome};
use contract::bounces::{BounceClass, BounceQuery};
use contract::campaigns::{CampaignQuery, CampaignReport, CampaignRow, CampaignState, RecipientQuery};
use contract::contacts::{ConsentState, ContactFilter, ContactQuery};
use contract::{Actor, Client, Micros};
use kernel::{Scope, TestClock};
use std::path::Path;
use std::sync::Arc;
use testkit::{TestPostgres, TestSqlite};

const NOW: &str = "2026-11-20T09:42:00Z";

fn config(url: String, folder: &Path) -> Config {
    Config {
        database_url: url,
        data_dir: folder.to_owned(),
        addr: "127.0.0.1:3000".parse().unwrap(),
        base_url: "http://127.0.0.1:3000".parse().unwrap(),
        master_key: None,
        log: "warn".into(),
        log_format: LogFormat::Pretty,
        trust_proxy: false,
        database_connections: 4,
        ms365_login_url: String::new(),
        ms365_graph_url: String::new(),
        dns: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_adds_up_on_sqlite() {
    let at = TestSqlite::fresh().await;
    adds_up(format!("sqlite://{}", at.path.display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_adds_up_on_postgres() {
    let Some(at) = TestPostgres::fresh().await else {
        println!("skipped: LUX_TEST_POSTGRES_URL not set");
        return;
    };
    adds_up(at.url.clone()).await;
    at.drop().await;
}

async fn adds_up(url: String) {
    let folder = tempfile::tempdir().unwrap();
    let config = config(url, folder.path());
    let now = Micros::parse(NOW).unwrap();
    let told = fill(&config, now).await.unwrap();

    let text = lines(&config, &told).join("\n");
    for part in [
        told.password.0.as_str(),
        "2,400 contacts",
        "astrid@emberfold.example",
        "26 Nov 2026, 09:00 CET",
        "http://127.0.0.1:3000/sign-in",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part} in {text}");
    }

    let again = fill(&config, now).await.unwrap_err().to_string();
    assert!(
        again.contains("Emberfold Ceramics") && again.contains("--data-dir") && again.contains("LUX_DATA_DIR"),
        "{again}"
    );

    let app = App::open_with(&config, Arc::new(TestClock::new(now))).await.unwrap();
    let company = app.admin.companies().await.unwrap()[0].0;
    let actor = Actor::system(company);
    everybody_signs_in(&app, &actor, &told).await;
    contacts(&app, &actor, &told).await;
    import(&app, &actor).await;
    let reports = campaigns(&app, &actor, now).await;
    summary(&app, &actor, &reports).await;
    bounces(&app, &actor, &reports, now).await;
    needs(&app, &actor).await;
    past_only(&app, now).await;
    app.db.close().await;
}

async fn everybody_signs_in(app: &App, actor: &Actor, told: &Told) {
    let people = app.accounts.people(actor).await.unwrap();
    assert_eq!((people.people.len(), people.invitations.len()), (5, 1));
    for (role, email) in &told.staff {
        assert!(people.people.iter().any(|p| p.email == *email && p.role == *role && p.seen.is_some()));
        let who = SignIn { email: (*email).into(), password: told.password.clone(), code: None };
        let outcome = app.accounts.sign_in(who, Client::default()).await.unwrap();
        assert!(matches!(outcome, SignInOutcome::Done(_)), "{email}");
    }
}

async fn contacts(app: &App, actor: &Actor, told: &Told) {
    let summary = app.contacts.summary(actor).await.unwrap();
    assert_eq!((summary.contacts, told.contacts), (2_400, 2_400));
    assert_eq!(summary.per_day.iter().map(|d| d.count).sum::<i64>(), summary.added);
    assert!(summary.added > summary.added_before && summary.added_before > 100, "{summary:?}");
    let mut by_status = 0;
    for (status, least) in [("subscribed", 1_700), ("unsubscribed", 60), ("none", 120), ("suppressed", 15)] {
        let filter = ContactFilter { status: Some(status.into()), ..ContactFilter::default() };
        let count = app.contacts.count(actor, filter).await.unwrap();
        assert!(count >= least, "{status}: {count}");
        by_status += count;
    }
    // Withheld ones are counted under their consent, too, unless they are subscribed.
    assert!((2_400..2_400 + summary.suppressed).contains(&by_status), "{by_status}");
    let lists = app.contacts.lists(actor).await.unwrap();
    assert_eq!(lists.len(), 4);
    assert!(lists.iter().all(|l| l.contacts > 150 && l.subscribed > 100 && l.subscribed < l.contacts), "{lists:?}");
    assert_eq!(app.contacts.fields(actor).await.unwrap().len(), 5);
    let page = app.contacts.list(actor, ContactQuery { limit: 200, ..ContactQuery::default() }).await.unwrap();
    assert!(page.items.iter().all(|c| c.email.is_empty() || c.email.ends_with(".example")));
    let alba = app.contacts.search(actor, "alba@reyes".into(), 5).await.unwrap();
    let id = alba[0].href.rsplit('/').next().unwrap().parse().unwrap();
    let timeline = app.contacts.timeline(actor, id, None).await.unwrap();
    assert!(timeline.items.iter().any(|m| m.kind == "sent"), "{timeline:?}");
}

async fn import(app: &App, actor: &Actor) {
    let page = app.imports.list(actor, None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let import = app.imports.get(actor, page.items[0].id).await.unwrap();
    let c = import.counts;
    assert_eq!(c.created + c.updated + c.unchanged + c.skipped + c.duplicates + c.rejected, c.read);
    assert_eq!((c.created, c.updated, c.duplicates, c.rejected), (186, 9, 4, 11));
    assert!(import.reasons.len() > 3 && import.by == "Mira Solberg", "{import:?}");
    let rejected = app.imports.rejected(actor, import.id, None).await.unwrap();
    assert_eq!(rejected.csv.trim_end().lines().count(), 12);
}

async fn campaigns(app: &App, actor: &Actor, now: Micros) -> Vec<CampaignReport> {
    let page = app.campaigns.list(actor, CampaignQuery::default()).await.unwrap();
    assert_eq!(page.items.len(), 8);
    let mut reports = Vec::new();
    for row in page.items {
        let report = app.campaigns.report(actor, row.id).await.unwrap();
        assert_eq!((report.campaign.counts, report.engagement), (row.counts, row.engagement));
        assert_eq!(report.campaign.by, "Mira Solberg");
        campaign(app, actor, &row, &report, now).await;
        reports.push(report);
    }
    reports
}

async fn campaign(app: &App, actor: &Actor, row: &CampaignRow, report: &CampaignReport, now: Micros) {
    let (counts, did, name) = (row.counts, row.engagement, &row.name);
    let sum = |reasons: &[contract::campaigns::Reason]| reasons.iter().map(|r| r.count).sum::<i64>();
    assert_eq!(sum(&report.failures), counts.failed, "{name}");
    assert_eq!(sum(&report.skipped), counts.skipped, "{name}");
    match row.state {
        CampaignState::Draft => return assert_eq!(counts.total(), 0),
        CampaignState::Scheduled => {
            assert!(row.scheduled.unwrap() > now && counts.total() == 0);
            return;
        }
        CampaignState::Paused => {
            assert!(counts.pending > 300 && row.state_reason.contains("535") && row.finished.is_none());
        }
        CampaignState::Finished | CampaignState::FinishedWithFailures => {
            assert_eq!(counts.open(), 0);
            assert_eq!(row.state == CampaignState::FinishedWithFailures, counts.failed + counts.unknown > 0);
            assert!(row.finished.unwrap() > row.started.unwrap());
        }
        other => panic!("{name} is {other:?}"),
    }
    assert!(counts.accepted > 100 && counts.skipped > 0, "{name}: {counts:?}");
    assert!(did.clicked <= did.opened && did.opened + did.machine_opened <= counts.accepted, "{name}: {did:?}");
    assert!(
        did.opened * 100 >= counts.accepted * 12 && did.opened * 2 < counts.accepted,
        "{name}: {did:?} of {counts:?}"
    );
    assert!(did.clicked > 0 && did.machine_opened > 10, "{name}: {did:?}");
    assert!(report.hours.iter().map(|h| h.opens).sum::<i64>() <= did.opened);
    assert!(report.links.len() > 1 && report.links.iter().all(|l| l.people <= l.clicks && l.people <= did.clicked));
    assert!(report.links.iter().map(|l| l.people).sum::<i64>() >= did.clicked);
    recipients(app, actor, row).await;
}

/// Filters of the ledger give as many rows as the counts say, and who left through a message is unsubscribed.
async fn recipients(app: &App, actor: &Actor, row: &CampaignRow) {
    for (state, want) in [
        (None, row.counts.total()),
        (Some("failed"), row.counts.failed),
        (Some("unknown"), row.counts.unknown),
        (Some("clicked"), row.engagement.clicked),
        (Some("unsubscribed"), row.engagement.unsubscribed),
    ] {
        let (mut cursor, mut rows) = (None, Vec::new());
        loop {
            let query =
                RecipientQuery { state: state.map(str::to_owned), cursor, limit: 200, ..RecipientQuery::default() };
            let page = app.campaigns.recipients(actor, row.id, query).await.unwrap();
            rows.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(i64::try_from(rows.len()).unwrap(), want, "{} {state:?}", row.name);
        for left in rows.iter().filter(|_| state == Some("unsubscribed")) {
            let contact = app.contacts.get(actor, left.contact).await.unwrap();
            let email = &contact.consents[0];
            assert_eq!((email.state, email.source.as_str()), (ConsentState::Unsubscribed, "unsubscribe link"));
            assert_eq!(email.at, left.unsubscribed);
        }
    }
}

async fn summary(app: &App, actor: &Actor, reports: &[CampaignReport]) {
    let s = app.campaigns.summary(actor).await.unwrap();
    assert_eq!((s.sending, s.scheduled, s.paused, s.drafts), (0, 1, 1, 2));
    assert_eq!((s.coming.len(), s.recent.len(), s.now_sending.len()), (1, 4, 0));
    assert_eq!(s.unknown, reports.iter().map(|r| r.campaign.counts.unknown).sum::<i64>());
    assert!(s.unknown >= 4 && s.accepted > 1_500 && s.accepted_before > 1_000, "{s:?}");
    assert!(s.clicked <= s.opened && s.opened <= s.accepted && s.opened_before <= s.accepted_before);
    assert!(s.unsubscribed > 5 && s.opened_before > 0 && s.clicked_before > 0, "{s:?}");
    assert_eq!(s.per_day.iter().map(|d| d.count).sum::<i64>(), s.accepted);
    for report in reports {
        let audience = app.campaigns.count_audience(actor, report.campaign.draft.audience.clone()).await.unwrap();
        assert_eq!(audience.matched, audience.will_receive + audience.excluded.iter().map(|r| r.count).sum::<i64>());
    }
}

/// What came back counts the same in the list, in the 30 days, at its doors and on the campaigns.
async fn bounces(app: &App, actor: &Actor, reports: &[CampaignReport], now: Micros) {
    let (mut cursor, mut rows) = (None, Vec::new());
    loop {
        let page = app.bounces.list(actor, BounceQuery { cursor, limit: 100, ..BounceQuery::default() }).await.unwrap();
        rows.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let setup = app.bounces.setup(actor).await.unwrap();
    let since = now.plus_seconds(-30 * 86_400);
    for class in BounceClass::ALL {
        let month = rows.iter().filter(|row| row.class == class && row.received >= since).count();
        assert_eq!(setup.counts.of(class), i64::try_from(month).unwrap(), "{class:?}");
    }
    assert!(setup.counts.hard > 2 && setup.counts.soft > 2 && setup.counts.auto_reply > 2, "{:?}", setup.counts);
    assert!(rows.iter().all(|row| row.contact.is_some() && row.campaign.is_some() && row.received <= now));
    assert!(rows.iter().filter(|row| row.class == BounceClass::Hard).all(|row| row.effect == "suppressed"));
    let [mailbox] = setup.mailboxes.as_slice() else { panic!("{:?}", setup.mailboxes) };
    let [hook] = setup.hooks.as_slice() else { panic!("{:?}", setup.hooks) };
    assert_eq!((mailbox.state.as_str(), mailbox.reports), ("good", mailbox.letters));
    assert_eq!(mailbox.reports + hook.events, i64::try_from(rows.len()).unwrap());
    let of = |class: fn(BounceClass) -> bool| i64::try_from(rows.iter().filter(|r| class(r.class)).count()).unwrap();
    let complained = of(|class| class == BounceClass::Complaint);
    assert_eq!((hook.events, hook.used.is_some(), hook.secrets), (complained, complained > 0, 1));
    assert_eq!(complained, reports.iter().map(|r| r.engagement.complained).sum::<i64>());
    assert_eq!(of(BounceClass::is_return), reports.iter().map(|r| r.engagement.bounced).sum::<i64>());
}

async fn needs(app: &App, actor: &Actor) {
    let campaigns = app.campaigns.needs(actor).await.unwrap();
    assert!(campaigns.iter().any(|n| n.title.contains("is held")), "{campaigns:?}");
    assert!(campaigns.iter().any(|n| n.title.contains("unaccounted")), "{campaigns:?}");
    let senders = app.senders.list(actor).await.unwrap();
    assert_eq!(
        (senders.len(), senders[0].host.as_str(), senders[0].health.state.as_str()),
        (1, "mail.emberfold.example", "failing")
    );
    assert_eq!(app.templates.list(actor).await.unwrap().len(), 3);
    let domains = app.domains.list(actor).await.unwrap();
    let [domain] = domains.as_slice() else { panic!("{domains:?}") };
    let states: Vec<&str> = domain.keys.iter().map(|key| key.state.as_str()).collect();
    assert_eq!((domain.is_signing, states), (true, vec!["good", "missing"]));
    assert_eq!((domain.spf.state.as_str(), domain.dmarc.state.as_str()), ("good", "weak"));
}

/// Nothing is later than now but what is planned, and nothing waits in the queue that could send.
async fn past_only(app: &App, now: Micros) {
    let mut tx = app.db.read(Scope::System).await.unwrap();
    for (table, column) in [
        ("contact", "created_at"),
        ("contact", "updated_at"),
        ("contact", "active_at"),
        ("contact_consent", "at"),
        ("contact_event", "at"),
        ("suppression", "at"),
        ("hit", "at"),
        ("unsubscription", "at"),
        ("recipient", "handed_at"),
        ("recipient", "settled_at"),
        ("recipient", "opened_at"),
        ("recipient", "clicked_at"),
        ("recipient", "machine_opened_at"),
        ("campaign", "updated_at"),
        ("campaign", "finished_at"),
        ("membership", "seen_at"),
        ("sending_domain", "asked_at"),
        ("bounce_event", "received_at"),
        ("bounce_mailbox", "checked_at"),
        ("bounce_hook", "used_at"),
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} > $1");
        let later: i64 = tx.query_built(sql).bind(now.0).fetch_scalar().await.unwrap();
        // Signing in at `now` in this test counts as being here.
        assert_eq!(later, 0, "{table}.{column}");
    }
    let orphans = "SELECT COUNT(*) FROM hit h WHERE NOT EXISTS (SELECT 1 FROM recipient r WHERE r.campaign_id = h.campaign_id AND r.contact_id = h.contact_id)";
    assert_eq!(tx.query(orphans).fetch_scalar::<i64>().await.unwrap(), 0);
    let mail = "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')";
    assert_eq!(tx.query(mail).fetch_scalar::<i64>().await.unwrap(), 0);
    let elsewhere = "SELECT COUNT(*) FROM recipient WHERE address NOT LIKE '%.example'";
    assert_eq!(tx.query(elsewhere).fetch_scalar::<i64>().await.unwrap(), 0);
}
