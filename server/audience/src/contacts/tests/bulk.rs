use super::{desk, draft, subscribed};
use crate::contacts::jobs::purge;
use contract::contacts::*;
use contract::{ContactId, Fault};
use kernel::{Clock, Db};
use std::time::Duration;

async fn fill(desk: &super::Desk, count: usize) -> Vec<ContactId> {
    let drafts = (0..count).map(|n| subscribed(&format!("p{n}@b.example"))).collect();
    desk.contacts.upsert_many(&desk.actor, drafts).await.unwrap();
    let query = ContactQuery { limit: 200, ..ContactQuery::default() };
    desk.contacts.list(&desk.actor, query).await.unwrap().items.into_iter().map(|r| r.id).collect()
}

testkit::both! {
    async fn tagging_by_filter_changes_those_without_the_tag_and_comes_back(db: Db) {
        let desk = desk(db);
        let ids = fill(&desk, 5).await;
        let act = BulkAct::AddTag("fair".into());
        let some = desk.contacts.bulk(&desk.actor, Selection::Ids(ids[..2].to_vec()), act.clone()).await.unwrap();
        assert_eq!(some.changed, 2);
        let rest = desk.contacts.bulk(&desk.actor, Selection::Filter(ContactFilter::default()), act.clone()).await.unwrap();
        assert_eq!(rest.changed, 3);
        let none = desk.contacts.bulk(&desk.actor, Selection::Filter(ContactFilter::default()), act).await.unwrap();
        assert_eq!(none, BulkDone { changed: 0, undo: None });
        let tag = desk.contacts.tags(&desk.actor).await.unwrap()[0].clone();
        assert_eq!(tag.contacts, 5);
        assert_eq!(desk.contacts.undo(&desk.actor, rest.undo.clone().unwrap()).await.unwrap(), 3);
        assert_eq!(desk.contacts.tags(&desk.actor).await.unwrap()[0].contacts, 2);
        let again = desk.contacts.undo(&desk.actor, rest.undo.unwrap()).await.unwrap_err();
        assert!(matches!(again, Fault::Conflict { .. }));
        let off = desk.contacts.bulk(&desk.actor, Selection::Filter(ContactFilter { tag: Some(tag.id), ..Default::default() }), BulkAct::RemoveTag(tag.id)).await.unwrap();
        assert_eq!(off.changed, 2);
        assert_eq!(desk.contacts.undo(&desk.actor, off.undo.unwrap()).await.unwrap(), 2);
        let timeline = desk.contacts.timeline(&desk.actor, ids[0], None).await.unwrap();
        let titles: Vec<&str> = timeline.items.iter().map(|m| m.title.as_str()).collect();
        assert_eq!(titles, ["Tag fair added", "Tag fair removed", "Tag fair added", "Added"]);
    }

    async fn lists_are_filled_and_emptied_and_both_come_back(db: Db) {
        let desk = desk(db);
        let ids = fill(&desk, 3).await;
        let list = desk.contacts.create_list(&desk.actor, "News".into(), String::new()).await.unwrap();
        let on = desk.contacts.bulk(&desk.actor, Selection::Ids(ids.clone()), BulkAct::AddToList(list.id)).await.unwrap();
        let off = desk.contacts.bulk(&desk.actor, Selection::Ids(ids[..1].to_vec()), BulkAct::RemoveFromList(list.id)).await.unwrap();
        let members = async || desk.contacts.get_list(&desk.actor, list.id).await.unwrap().contacts;
        assert_eq!((on.changed, off.changed, members().await), (3, 1, 2));
        desk.contacts.undo(&desk.actor, off.undo.unwrap()).await.unwrap();
        assert_eq!(members().await, 3);
        desk.contacts.undo(&desk.actor, on.undo.unwrap()).await.unwrap();
        assert_eq!(members().await, 0);
    }

    async fn an_undone_unsubscribe_brings_back_the_proof_unless_the_person_said_no_meanwhile(db: Db) {
        let desk = desk(db);
        let ids = fill(&desk, 2).await;
        let plain = desk.add(draft("plain@b.example")).await;
        desk.clock.advance(Duration::from_secs(60));
        let all = Selection::Filter(ContactFilter::default());
        let done = desk.contacts.bulk(&desk.actor, all, BulkAct::Unsubscribe).await.unwrap();
        assert_eq!(done.changed, 3);
        assert_eq!(desk.contacts.summary(&desk.actor).await.unwrap().unsubscribed, 3);
        desk.clock.advance(Duration::from_secs(60));
        desk.contacts.set_consent(&desk.actor, ids[0], Channel::Email, ConsentState::Unsubscribed, "letter".into()).await.unwrap();
        assert_eq!(desk.contacts.undo(&desk.actor, done.undo.unwrap()).await.unwrap(), 2);
        let state = async |id| desk.contacts.get(&desk.actor, id).await.unwrap().consents[0].clone();
        assert_eq!(state(ids[0]).await.source, "letter");
        assert_eq!((state(ids[1]).await.state, state(ids[1]).await.source.as_str()), (ConsentState::Subscribed, "form"));
        assert_eq!(state(plain.id).await.state, ConsentState::None);
    }

    async fn deleted_contacts_come_back_within_fifteen_minutes_and_are_purged_after_a_month(db: Db) {
        let desk = desk(db.clone());
        let ids = fill(&desk, 4).await;
        let gone = desk.contacts.bulk(&desk.actor, Selection::Ids(ids[..3].to_vec()), BulkAct::Delete).await.unwrap();
        assert_eq!(gone.changed, 3);
        assert!(matches!(desk.contacts.get(&desk.actor, ids[0]).await.unwrap_err(), Fault::Missing { .. }));
        assert_eq!(desk.contacts.summary(&desk.actor).await.unwrap().contacts, 1);
        let email = format!("p{}@b.example", 3);
        desk.add(draft(&email)).await;
        desk.clock.advance(Duration::from_secs(14 * 60));
        assert_eq!(desk.contacts.undo(&desk.actor, gone.undo.unwrap()).await.unwrap(), 2, "one address was taken meanwhile");
        let gone = desk.contacts.bulk(&desk.actor, Selection::Ids(ids.clone()), BulkAct::Delete).await.unwrap();
        desk.clock.advance(Duration::from_secs(15 * 60 + 1));
        assert!(matches!(desk.contacts.undo(&desk.actor, gone.undo.unwrap()).await.unwrap_err(), Fault::Conflict { .. }));
        assert_eq!(purge(&db, desk.clock.now(), &|| true).await.unwrap(), 0);
        desk.clock.advance(Duration::from_secs(31 * 86_400));
        assert_eq!(purge(&db, desk.clock.now(), &|| true).await.unwrap(), 4);
        let mut tx = db.begin(kernel::Scope::System).await.unwrap();
        for table in ["contact_consent", "bulk_undo", "bulk_undo_row"] {
            let left: i64 = tx.query_built(format!("SELECT COUNT(*) FROM {table}")).fetch_scalar().await.unwrap();
            assert_eq!(left, 0, "{table}");
        }
    }

    async fn a_no_outlives_the_contact_that_said_it(db: Db) {
        let desk = desk(db);
        let made = desk.add(subscribed("no@b.example")).await;
        desk.contacts.set_consent(&desk.actor, made.id, Channel::Email, ConsentState::Unsubscribed, String::new()).await.unwrap();
        let gone = desk.contacts.bulk(&desk.actor, Selection::Ids(vec![made.id]), BulkAct::Delete).await.unwrap();
        let line = subscribed("no@b.example");
        desk.contacts.upsert_many(&desk.actor, vec![line.clone()]).await.unwrap();
        let mailable = ContactFilter { status: Some("subscribed".into()), ..Default::default() };
        assert_eq!(desk.contacts.count(&desk.actor, mailable.clone()).await.unwrap(), 0);
        let found = desk.contacts.list(&desk.actor, ContactQuery::default()).await.unwrap().items;
        desk.contacts.set_consent(&desk.actor, found[0].id, Channel::Email, ConsentState::Subscribed, "asked again".into()).await.unwrap();
        assert_eq!(desk.contacts.count(&desk.actor, mailable).await.unwrap(), 1, "a deliberate yes lifts it");
        assert_eq!(desk.contacts.undo(&desk.actor, gone.undo.unwrap()).await.unwrap(), 0);
    }
}
