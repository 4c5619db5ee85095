use super::Service;
use super::starters::starter;
use crate::ports::CompanyInfo;
use crate::render::{Addresses, Compiled, Options, example_person};
use crate::tracking::fakes::{FakeAudience, FakeCompanies};
use contract::templates::{Content, PreviewRequest, SourceKind, Templates};
use contract::{Actor, CampaignId, ContactId, Fault, Role, Zone};
use kernel::{Db, TestClock};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

struct Stage {
    clock: TestClock,
    audience: Arc<FakeAudience>,
    service: Service,
    editor: Actor,
}

impl Stage {
    fn new(db: Db) -> Self {
        let (clock, ids) = testkit::clock_and_ids();
        let audience = Arc::new(FakeAudience::default());
        let service =
            Service::new(db, Arc::new(clock.clone()), ids, Arc::clone(&audience) as _, Arc::new(FakeCompanies));
        let editor = Actor { role: Role::Editor, ..Actor::system(testkit::company(1)) };
        Self { clock, audience, service, editor }
    }

    async fn preview(&self, source: &str, contact: Option<ContactId>) -> contract::templates::Rendered {
        let content = Content { subject: "Hi".into(), source: source.into(), ..Content::default() };
        self.service.preview(&self.editor, PreviewRequest { content, contact, campaign: None }).await.unwrap()
    }
}

fn words(subject: &str) -> Content {
    Content { subject: subject.into(), source: "<p>Hi</p>".into(), ..Content::default() }
}

testkit::both! {
    async fn a_template_is_written_read_changed_and_removed(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.editor, " News ".into(), words("One")).await.unwrap();
        assert_eq!(made.name, "News");
        assert_eq!(stage.service.get(&stage.editor, made.id).await.unwrap(), made);
        stage.clock.advance(Duration::from_secs(1));
        let changed = stage.service.update(&stage.editor, made.id, "News".into(), words("Two"), Some(made.updated)).await.unwrap();
        assert_eq!(changed.content.subject, "Two");
        let copy = stage.service.duplicate(&stage.editor, made.id).await.unwrap();
        assert_eq!((copy.name.as_str(), copy.content.subject.as_str()), ("News copy", "Two"));
        let names: Vec<_> = stage.service.list(&stage.editor).await.unwrap().into_iter().map(|t| t.name).collect();
        assert_eq!(names.len(), 2);
        stage.service.delete(&stage.editor, made.id).await.unwrap();
        assert_eq!(stage.service.get(&stage.editor, made.id).await.unwrap_err(), Fault::missing("Template"));
        assert_eq!(stage.service.delete(&stage.editor, made.id).await.unwrap_err(), Fault::missing("Template"));
    }

    async fn the_second_of_two_editors_learns_of_the_first(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.editor, "News".into(), words("One")).await.unwrap();
        // in the same instant
        stage.service.update(&stage.editor, made.id, "News".into(), words("Two"), Some(made.updated)).await.unwrap();
        let late = stage.service.update(&stage.editor, made.id, "News".into(), words("Three"), Some(made.updated)).await;
        assert!(matches!(late, Err(Fault::Conflict { .. })), "{late:?}");
        assert_eq!(stage.service.get(&stage.editor, made.id).await.unwrap().content.subject, "Two");
    }

    async fn names_are_unique_and_bad_words_refused(db: Db) {
        let stage = Stage::new(db);
        stage.service.create(&stage.editor, "News".into(), words("One")).await.unwrap();
        let taken = stage.service.create(&stage.editor, "News".into(), words("One")).await.unwrap_err();
        assert!(taken.field("name").is_some());
        let bad = Content { subject: "a".repeat(501), source: "a\0b".into(), ..Content::default() };
        let fault = stage.service.create(&stage.editor, String::new(), bad).await.unwrap_err();
        for field in ["name", "subject", "source"] {
            assert!(fault.field(field).is_some(), "{field}");
        }
    }

    async fn another_company_and_a_viewer_change_nothing(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create(&stage.editor, "News".into(), words("One")).await.unwrap();
        let other = Actor::system(testkit::company(2));
        let missing = Fault::missing("Template");
        assert_eq!(stage.service.get(&other, made.id).await.unwrap_err(), missing);
        assert_eq!(stage.service.update(&other, made.id, "X".into(), words("X"), None).await.unwrap_err(), missing);
        assert_eq!(stage.service.duplicate(&other, made.id).await.unwrap_err(), missing);
        assert_eq!(stage.service.delete(&other, made.id).await.unwrap_err(), missing);
        assert!(stage.service.list(&other).await.unwrap().is_empty());
        let viewer = Actor { role: Role::Viewer, ..stage.editor.clone() };
        assert!(stage.service.get(&viewer, made.id).await.is_ok());
        assert!(matches!(stage.service.delete(&viewer, made.id).await, Err(Fault::Denied { .. })));
    }

    async fn a_preview_shows_the_person_and_what_is_missing(db: Db) {
        let stage = Stage::new(db);
        let contact = ContactId(Uuid::from_u128(3));
        stage.audience.add(stage.editor.company, contact, "");
        let page = "<a href=\"https://a.example/?x=1\">A</a> Hi {{ contact.first_name }} {{ contact.fields.plan | default(\"none\") }} {{ unsubscribe_url }}";
        let example = stage.preview(page, None).await;
        assert_eq!(example.person, "Example person");
        assert!(example.html.contains("Hi Alex [plan]"), "{}", example.html);
        assert!(example.html.contains("https://a.example/?x=1") && !example.html.contains("<img"));
        let shown = stage.preview(page, Some(contact)).await;
        assert!(shown.html.contains("Hi  none"), "{}", shown.html);
        let problem = shown.problems.iter().find(|p| p.message.contains("would not get this email")).unwrap();
        assert!(problem.message.contains("contact.first_name"), "{}", problem.message);
        let broken = stage.preview("{% if %}", None).await;
        assert!(broken.html.is_empty() && broken.problems.iter().any(|p| p.blocks));
        let nobody = PreviewRequest { content: words("x"), contact: Some(ContactId(Uuid::from_u128(99))), campaign: None };
        assert_eq!(stage.service.preview(&stage.editor, nobody).await.unwrap_err(), Fault::missing("Contact"));
        let nothing = PreviewRequest { content: words("x"), contact: None, campaign: Some(CampaignId(Uuid::from_u128(99))) };
        assert_eq!(stage.service.preview(&stage.editor, nothing).await.unwrap_err(), Fault::missing("Campaign"));
    }
}

#[test]
fn the_starters_are_emails_without_any_problem() {
    let company = CompanyInfo {
        name: "Brød {{ x }} & Co".into(),
        address: "Main Street 1".into(),
        website: String::new(),
        zone: Zone::utc(),
    };
    for kind in [SourceKind::Html, SourceKind::Mjml] {
        let content = starter(kind, &company.name);
        let options = Options {
            campaign: CampaignId(Uuid::nil()),
            campaign_name: "May",
            company_name: &company.name,
            company_address: &company.address,
            company_website: &company.website,
            track_opens: true,
            track_clicks: true,
            fields: Some(&[]),
            lenient: false,
        };
        let compiled = Compiled::new(&content, &options).unwrap();
        assert_eq!(compiled.problems(), []);
        assert_eq!(compiled.links(), ["https://example.com/"]);
        let addresses = Addresses {
            unsubscribe: "https://m.example/u/x".into(),
            view: "https://m.example/v/x".into(),
            pixel: "https://m.example/o/x".into(),
            links: vec!["https://m.example/c/x".into()],
        };
        let written = compiled.render(&example_person(&[]), &addresses).unwrap();
        let html = written.html.unwrap();
        assert!(html.contains("prefers-color-scheme: dark"), "{kind:?}");
        assert!(!html.contains("fonts.googleapis.com"), "{kind:?} loads from a third party");
        assert!(html.contains("Brød {{ x }} &amp; Co") && html.contains("Hello Alex"), "{html}");
        assert!(html.len() < 20_000, "{kind:?}: {} bytes", html.len());
        assert!(
            written.text.contains("Hello Alex") && written.text.contains("https://m.example/u/x"),
            "{}",
            written.text
        );
    }
}
