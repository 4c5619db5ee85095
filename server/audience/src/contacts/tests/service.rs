use super::{desk, draft, subscribed, with_role};
use contract::contacts::*;
use contract::{ContactId, Cursor, Fault, ListId, Role};
use kernel::{Clock, Db};
use serde_json::json;
use std::time::Duration;

testkit::both! {
    async fn a_new_contact_has_one_spelling_of_its_address_and_is_found_by_it(db: Db) {
        let desk = desk(db);
        let made = desk.add(ContactDraft {
            first_name: Some(" Jörg ".into()),
            last_name: Some("Müller".into()),
            tags: Some(vec!["VIP".into(), "vip".into()]),
            ..subscribed(" Jörg@Bücher.Example ")
        }).await;
        assert_eq!(made.email, "jörg@xn--bcher-kva.example");
        assert_eq!(made.tags, ["VIP"]);
        assert_eq!(made.consents[0].state, ConsentState::Subscribed);
        assert_eq!(made.consents[0].source, "form");
        assert_eq!(desk.contacts.get(&desk.actor, made.id).await.unwrap(), made);
        let conflict = desk.contacts.create(&desk.actor, draft("JÖRG@bücher.example")).await.unwrap_err();
        assert!(matches!(&conflict, Fault::Conflict { message } if message.contains(&made.id.to_string())), "{conflict}");
        let other = desk.contacts.create(&desk.stranger, draft("jörg@bücher.example")).await;
        assert!(other.is_ok(), "another company may know the same person");
    }

    async fn a_contact_needs_an_address_or_a_phone_number(db: Db) {
        let desk = desk(db);
        let none = desk.contacts.create(&desk.actor, ContactDraft::default()).await.unwrap_err();
        assert!(none.field("email").is_some());
        for _ in 0..2 {
            desk.add(ContactDraft { phone: Some("+45 12345678".into()), ..ContactDraft::default() }).await;
        }
        assert_eq!(desk.contacts.count(&desk.actor, ContactFilter::default()).await.unwrap(), 2);
        let yes = ContactDraft { consent: Some(ConsentState::Subscribed), ..draft("a@b.example") };
        assert!(desk.contacts.create(&desk.actor, yes).await.unwrap_err().field("consent_source").is_some());
    }

    async fn another_company_cannot_tell_that_a_contact_exists(db: Db) {
        let desk = desk(db);
        let made = desk.add(draft("a@b.example")).await;
        let list = desk.contacts.create_list(&desk.actor, "L".into(), String::new()).await.unwrap();
        let (c, them) = (&desk.contacts, &desk.stranger);
        let missing = |fault: Fault| assert!(matches!(fault, Fault::Missing { .. }), "{fault:?}");
        missing(c.get(them, made.id).await.unwrap_err());
        missing(c.update(them, made.id, ContactDraft::default()).await.unwrap_err());
        missing(c.set_consent(them, made.id, Channel::Email, ConsentState::None, String::new()).await.unwrap_err());
        missing(c.timeline(them, made.id, None).await.unwrap_err());
        missing(c.get_list(them, list.id).await.unwrap_err());
        missing(c.delete_list(them, list.id).await.unwrap_err());
        missing(c.bulk(them, Selection::Ids(vec![made.id]), BulkAct::AddToList(list.id)).await.unwrap_err());
        assert_eq!(c.bulk(them, Selection::Ids(vec![made.id]), BulkAct::Delete).await.unwrap().changed, 0);
        let wrong = ContactDraft { lists: Some(vec![list.id]), ..draft("x@y.example") };
        assert!(c.create(them, wrong).await.unwrap_err().field("lists").is_some());
        assert!(c.list(them, ContactQuery::default()).await.unwrap().items.is_empty());
        assert!(c.search(them, "a@b".into(), 5).await.unwrap().is_empty());
        assert!(c.export(them, ContactFilter::default(), None).await.unwrap().csv.lines().count() == 1);
        assert!(c.get(&desk.actor, made.id).await.is_ok());
    }

    async fn the_service_itself_asks_for_rights(db: Db) {
        let desk = desk(db);
        let made = desk.add(draft("a@b.example")).await;
        let (viewer, editor) = (with_role(desk.actor.company, Role::Viewer), with_role(desk.actor.company, Role::Editor));
        let denied = |fault: Fault| assert!(matches!(fault, Fault::Denied { .. }), "{fault:?}");
        denied(desk.contacts.create(&viewer, draft("x@y.example")).await.unwrap_err());
        denied(desk.contacts.bulk(&editor, Selection::Ids(vec![made.id]), BulkAct::Delete).await.unwrap_err());
        denied(desk.contacts.export(&editor, ContactFilter::default(), None).await.unwrap_err());
        denied(desk.contacts.upsert_many(&viewer, vec![]).await.unwrap_err());
        assert!(desk.contacts.list(&viewer, ContactQuery::default()).await.is_ok());
    }

    async fn an_update_changes_only_what_it_names(db: Db) {
        let desk = desk(db);
        let field = FieldDraft { key: "age".into(), label: "Age".into(), kind: FieldKind::Number, options: vec![] };
        desk.contacts.create_field(&desk.actor, field).await.unwrap();
        let list = desk.contacts.create_list(&desk.actor, "News".into(), String::new()).await.unwrap();
        let made = desk.add(ContactDraft {
            first_name: Some("Ann".into()),
            tags: Some(vec!["a".into(), "b".into()]),
            lists: Some(vec![list.id]),
            fields: [("age".to_owned(), json!("41"))].into(),
            ..draft("a@b.example")
        }).await;
        assert_eq!(made.fields["age"], json!(41));
        desk.clock.advance(Duration::from_secs(5));
        let change = ContactDraft { last_name: Some("Berg".into()), tags: Some(vec!["B".into(), "c".into()]), ..ContactDraft::default() };
        let after = desk.contacts.update(&desk.actor, made.id, change.clone()).await.unwrap();
        assert_eq!((after.first_name.as_str(), after.last_name.as_str()), ("Ann", "Berg"));
        assert_eq!(after.tags, ["b", "c"]);
        assert_eq!(after.lists.len(), 1);
        assert_eq!(after.updated, desk.clock.now());
        desk.clock.advance(Duration::from_secs(5));
        let again = desk.contacts.update(&desk.actor, made.id, change).await.unwrap();
        assert_eq!(again, after, "the same change again changes nothing");
        let bad = ContactDraft { fields: [("age".to_owned(), json!("old"))].into(), ..ContactDraft::default() };
        let fault = desk.contacts.update(&desk.actor, made.id, bad).await.unwrap_err();
        assert_eq!(fault.field("fields.age"), Some("Age must be a number, for example 12.5."));
        desk.add(draft("taken@b.example")).await;
        let fault = desk.contacts.update(&desk.actor, made.id, draft("taken@b.example")).await.unwrap_err();
        assert!(matches!(fault, Fault::Conflict { .. }));
        let fields = desk.contacts.fields(&desk.actor).await.unwrap();
        desk.contacts.delete_field(&desk.actor, fields[0].id).await.unwrap();
        assert!(desk.contacts.get(&desk.actor, made.id).await.unwrap().fields.is_empty());
    }

    async fn paging_in_every_order_meets_every_contact_once(db: Db) {
        let desk = desk(db);
        let drafts = (0..57).map(|n| ContactDraft {
            first_name: Some(format!("F{}", n % 3)),
            last_name: (n % 5 != 0).then(|| format!("L{}", n % 4)),
            ..draft(&format!("p{}@b.example", (n * 31) % 57))
        }).collect();
        assert_eq!(desk.contacts.upsert_many(&desk.actor, drafts).await.unwrap().created, 57);
        desk.clock.advance(Duration::from_secs(60));
        for _ in 0..6 {
            desk.add(ContactDraft { phone: Some("+4512345678".into()), ..ContactDraft::default() }).await;
        }
        use ContactSort::*;
        for sort in [CreatedDesc, CreatedAsc, EmailAsc, EmailDesc, NameAsc, NameDesc] {
            let mut query = ContactQuery { sort, limit: 10, count: true, ..ContactQuery::default() };
            let (mut seen, mut pages) = (Vec::new(), 0);
            loop {
                let page = desk.contacts.list(&desk.actor, query.clone()).await.unwrap();
                assert_eq!(page.total, Some(63));
                pages += 1;
                seen.extend(page.items);
                query.cursor = page.next;
                if query.cursor.is_none() { break; }
            }
            assert_eq!(pages, 7, "{sort:?}");
            let ids: std::collections::HashSet<ContactId> = seen.iter().map(|r| r.id).collect();
            assert_eq!((seen.len(), ids.len()), (63, 63), "{sort:?}");
            let emails: Vec<&str> = seen.iter().map(|r| r.email.as_str()).filter(|e| !e.is_empty()).collect();
            match sort {
                EmailAsc => assert!(emails.is_sorted()),
                EmailDesc => assert!(emails.iter().rev().is_sorted()),
                CreatedDesc => assert!(seen.iter().map(|r| r.created).rev().is_sorted()),
                _ => {}
            }
            if matches!(sort, EmailAsc | EmailDesc) {
                assert!(seen[57..].iter().all(|r| r.email.is_empty()), "those without an address come last");
            }
        }
        let bad = ContactQuery { cursor: Some(Cursor("x".into())), ..ContactQuery::default() };
        assert!(desk.contacts.list(&desk.actor, bad).await.unwrap_err().field("cursor").is_some());
    }

    async fn filters_hold_together_and_search_takes_its_characters_as_they_are(db: Db) {
        let desk = desk(db);
        let list = desk.contacts.create_list(&desk.actor, "News".into(), String::new()).await.unwrap();
        let a = desk.add(ContactDraft { tags: Some(vec!["t".into()]), lists: Some(vec![list.id]), organisation: Some("100% Öl".into()), ..subscribed("ann@b.example") }).await;
        desk.add(ContactDraft { tags: Some(vec!["t".into()]), organisation: Some("100 Oil".into()), ..draft("bo@b.example") }).await;
        let count = async |filter: ContactFilter| desk.contacts.count(&desk.actor, filter).await.unwrap();
        let tag = desk.contacts.tags(&desk.actor).await.unwrap()[0].clone();
        assert_eq!(tag.contacts, 2);
        assert_eq!(count(ContactFilter { tag: Some(tag.id), ..Default::default() }).await, 2);
        assert_eq!(count(ContactFilter { tag: Some(tag.id), list: Some(list.id), ..Default::default() }).await, 1);
        assert_eq!(count(ContactFilter { search: "100%".into(), ..Default::default() }).await, 1);
        assert_eq!(count(ContactFilter { search: "öL ANN".into(), ..Default::default() }).await, 1);
        assert_eq!(count(ContactFilter { search: "_".into(), ..Default::default() }).await, 0);
        for (status, wanted) in [("subscribed", 1), ("none", 1), ("unsubscribed", 0), ("suppressed", 0)] {
            assert_eq!(count(ContactFilter { status: Some(status.into()), ..Default::default() }).await, wanted, "{status}");
        }
        let mut tx = desk.db.begin(desk.actor.company).await.unwrap();
        assert!(crate::people::suppress(&mut tx, desk.actor.company, "ann@b.example", "bounced", "test", desk.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(count(ContactFilter { status: Some("suppressed".into()), ..Default::default() }).await, 1);
        assert_eq!(count(ContactFilter { status: Some("subscribed".into()), ..Default::default() }).await, 0);
        assert_eq!(desk.contacts.get(&desk.actor, a.id).await.unwrap().suppressed.unwrap().reason, "bounced");
        assert_eq!(desk.contacts.get_list(&desk.actor, list.id).await.unwrap().subscribed, 0);
        let unknown = ContactFilter { status: Some("asleep".into()), ..Default::default() };
        assert!(desk.contacts.count(&desk.actor, unknown).await.unwrap_err().field("status").is_some());
        let hits = desk.contacts.search(&desk.actor, "bo".into(), 5).await.unwrap();
        assert_eq!(hits[0].title, "bo@b.example");
        assert_eq!(desk.contacts.search(&desk.actor, "new".into(), 5).await.unwrap()[0].kind, "list");
    }

    async fn a_bulk_upsert_counts_and_names_the_lines_it_refuses(db: Db) {
        let desk = desk(db);
        let ann = desk.add(subscribed("ann@b.example")).await;
        desk.contacts.set_consent(&desk.actor, ann.id, Channel::Email, ConsentState::Unsubscribed, String::new()).await.unwrap();
        let lines = vec![
            ContactDraft { first_name: Some("Ann".into()), ..subscribed("ANN@b.example") },
            draft("new@b.example"),
            draft("not an address"),
            draft("NEW@b.example"),
            ContactDraft::default(),
            ContactDraft { lists: Some(vec![ListId(uuid::Uuid::nil())]), ..draft("l@b.example") },
        ];
        let done = desk.contacts.upsert_many(&desk.actor, lines.clone()).await.unwrap();
        assert_eq!((done.created, done.updated), (1, 1));
        let refused: Vec<(i64, &str)> = done.refused.iter().map(|r| (r.index, r.field.as_str())).collect();
        assert_eq!(refused, [(2, "email"), (4, "email"), (5, "lists")]);
        let ann = desk.contacts.get(&desk.actor, ann.id).await.unwrap();
        assert_eq!(ann.first_name, "Ann");
        assert_eq!(ann.consents[0].state, ConsentState::Unsubscribed, "a bulk upsert turns nobody back");
        let again = desk.contacts.upsert_many(&desk.actor, lines).await.unwrap();
        assert_eq!((again.created, again.updated), (0, 0));
    }

    async fn the_timeline_tells_what_happened_newest_first(db: Db) {
        let desk = desk(db);
        let made = desk.add(draft("a@b.example")).await;
        for step in 0..60 {
            desk.clock.advance(Duration::from_secs(1));
            let state = if step % 2 == 0 { ConsentState::Subscribed } else { ConsentState::Unsubscribed };
            desk.contacts.set_consent(&desk.actor, made.id, Channel::Email, state, format!("step {step}")).await.unwrap();
        }
        let first = desk.contacts.timeline(&desk.actor, made.id, None).await.unwrap();
        assert_eq!(first.items.len(), 50);
        assert_eq!((first.items[0].kind.as_str(), first.items[0].detail.as_str()), ("unsubscribed", "step 59"));
        let rest = desk.contacts.timeline(&desk.actor, made.id, first.next).await.unwrap();
        assert_eq!(rest.items.len(), 11);
        assert_eq!(rest.items[10].kind, "created");
        assert!(rest.next.is_none());
    }

    async fn an_export_is_safe_from_formulas_and_complete(db: Db) {
        let desk = desk(db);
        let field = FieldDraft { key: "note".into(), label: "Note".into(), kind: FieldKind::Text, options: vec![] };
        desk.contacts.create_field(&desk.actor, field).await.unwrap();
        desk.add(ContactDraft {
            first_name: Some("=HYPERLINK(\"x\")".into()),
            phone: Some("+4512345678".into()),
            organisation: Some("A, \"B\"".into()),
            fields: [("note".to_owned(), json!("two\nlines"))].into(),
            tags: Some(vec!["b".into(), "a".into()]),
            ..draft("a@b.example")
        }).await;
        let part = desk.contacts.export(&desk.actor, ContactFilter::default(), None).await.unwrap();
        assert!(part.next.is_none());
        let mut reader = csv::Reader::from_reader(part.csv.as_bytes());
        let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let row = reader.records().next().unwrap().unwrap();
        let cell = |name: &str| &row[head.iter().position(|h| h == name).unwrap()];
        assert_eq!(cell("first_name"), "'=HYPERLINK(\"x\")");
        assert_eq!(cell("phone"), "'+4512345678");
        assert_eq!(cell("organisation"), "A, \"B\"");
        assert_eq!(cell("note"), "two\nlines");
        assert_eq!(cell("tags"), "a, b");
        let many = (0..5_003).map(|n| draft(&format!("m{n}@b.example"))).collect();
        desk.contacts.upsert_many(&desk.actor, many).await.unwrap();
        let first = desk.contacts.export(&desk.actor, ContactFilter::default(), None).await.unwrap();
        let second = desk.contacts.export(&desk.actor, ContactFilter::default(), first.next.clone()).await.unwrap();
        assert!(first.next.is_some() && second.next.is_none());
        let rows = |csv: &str| csv.matches("@b.example").count();
        assert_eq!(rows(&first.csv) + rows(&second.csv), 5_004);
    }

    async fn the_summary_counts_days_in_the_companys_zone_and_misses_none(db: Db) {
        let desk = desk(db);
        desk.clock.set(contract::Micros::parse("2026-01-14T23:30:00Z").unwrap());
        desk.add(subscribed("a@b.example")).await;
        desk.clock.set(contract::Micros::parse("2026-01-15T09:00:00Z").unwrap());
        let ann = desk.add(subscribed("b@b.example")).await;
        desk.contacts.set_consent(&desk.actor, ann.id, Channel::Email, ConsentState::Unsubscribed, String::new()).await.unwrap();
        desk.add(ContactDraft { phone: Some("+4512345678".into()), email: None, ..subscribed("") }).await;
        let summary = desk.contacts.summary(&desk.actor).await.unwrap();
        assert_eq!((summary.contacts, summary.subscribed, summary.unsubscribed, summary.added), (3, 1, 1, 3));
        assert_eq!(summary.per_day.len(), 30);
        assert_eq!(summary.per_day[29], DayCount { day: "2026-01-15".into(), count: 2 });
        assert_eq!(summary.per_day[28], DayCount { day: "2026-01-14".into(), count: 1 });
        assert_eq!(summary.per_day[0].day, "2025-12-17");
        let mut east = desk.contacts.clone();
        east.zones = std::sync::Arc::new(East);
        let summary = east.summary(&desk.actor).await.unwrap();
        assert_eq!(summary.per_day[29].count, 3, "half past eleven in UTC is the next day further east");
        desk.clock.advance(Duration::from_secs(40 * 86_400));
        let summary = desk.contacts.summary(&desk.actor).await.unwrap();
        assert_eq!((summary.added, summary.added_before), (0, 3));
    }

    async fn names_of_tags_and_lists_are_unique_whatever_the_case(db: Db) {
        let desk = desk(db);
        desk.add(ContactDraft { tags: Some(vec!["Ærlig".into(), "other".into()]), ..draft("a@b.example") }).await;
        let tags = desk.contacts.tags(&desk.actor).await.unwrap();
        let other = tags.iter().find(|t| t.name == "other").unwrap();
        let fault = desk.contacts.rename_tag(&desk.actor, other.id, "ÆRLIG".into()).await.unwrap_err();
        assert!(matches!(fault, Fault::Conflict { .. }), "{fault:?}");
        desk.contacts.rename_tag(&desk.actor, other.id, "OTHER".into()).await.unwrap();
        desk.contacts.delete_tag(&desk.actor, other.id).await.unwrap();
        assert_eq!(desk.contacts.tags(&desk.actor).await.unwrap().len(), 1);
        let list = desk.contacts.create_list(&desk.actor, "News".into(), "d".into()).await.unwrap();
        assert!(desk.contacts.create_list(&desk.actor, "NEWS".into(), String::new()).await.is_err());
        let list = desk.contacts.update_list(&desk.actor, list.id, "NEWS 2".into(), String::new()).await.unwrap();
        assert_eq!(desk.contacts.lists(&desk.actor).await.unwrap(), std::slice::from_ref(&list));
        desk.contacts.delete_list(&desk.actor, list.id).await.unwrap();
        let mut used = desk.contacts.clone();
        used.list_use = std::sync::Arc::new(Used);
        let list = desk.contacts.create_list(&desk.actor, "Kept".into(), String::new()).await.unwrap();
        let fault = used.delete_list(&desk.actor, list.id).await.unwrap_err();
        assert!(fault.to_string().contains("Spring sale"), "{fault}");
    }
}

struct East;

#[async_trait::async_trait]
impl crate::ports::Zones for East {
    async fn zone(&self, _: contract::CompanyId) -> Result<contract::Zone, Fault> {
        let span = contract::ZoneSpan { from: i64::MIN, offset: 3600, short: "CET".into() };
        Ok(contract::Zone { name: "Europe/Copenhagen".into(), spans: vec![span] })
    }
}

struct Used;

#[async_trait::async_trait]
impl crate::ports::ListUse for Used {
    async fn campaign_naming(&self, _: contract::CompanyId, _: ListId) -> Result<Option<String>, Fault> {
        Ok(Some("Spring sale".into()))
    }
}
