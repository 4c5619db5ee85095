use super::{desk, draft, subscribed};
use crate::people::{self, NewMoment};
use contract::ContactId;
use contract::campaigns::Audience;
use contract::contacts::*;
use kernel::{Clock, Db};

testkit::both! {
    async fn an_audience_is_counted_resolved_and_rechecked_alike(db: Db) {
        let desk = desk(db);
        let company = desk.actor.company;
        let list = desk.contacts.create_list(&desk.actor, "News".into(), String::new()).await.unwrap();
        let other = desk.contacts.create_list(&desk.actor, "Staff".into(), String::new()).await.unwrap();
        let on = |d: ContactDraft| ContactDraft { lists: Some(vec![list.id]), tags: Some(vec!["fair".into()]), ..d };
        desk.add(on(subscribed("yes@b.example"))).await;
        desk.add(ContactDraft { tags: Some(vec!["Fair".into()]), ..subscribed("tag@b.example") }).await;
        desk.add(on(draft("never@b.example"))).await;
        let no = desk.add(on(subscribed("no@b.example"))).await;
        desk.contacts.set_consent(&desk.actor, no.id, Channel::Email, ConsentState::Unsubscribed, String::new()).await.unwrap();
        desk.add(on(subscribed("bounced@b.example"))).await;
        desk.add(on(ContactDraft { email: None, phone: Some("+4512345678".into()), ..subscribed("") })).await;
        let mut staff = on(subscribed("staff@b.example"));
        staff.lists = Some(vec![list.id, other.id]);
        desk.add(staff).await;
        desk.add(subscribed("outside@b.example")).await;
        let tag = desk.contacts.tags(&desk.actor).await.unwrap()[0].id;
        let audience = Audience { lists: vec![list.id], tags: vec![tag], exclude_lists: vec![other.id], exclude_tags: vec![] };
        let mut tx = desk.db.begin(company).await.unwrap();
        people::suppress(&mut tx, company, "bounced@b.example", "bounced", "test", desk.clock.now()).await.unwrap();
        let count = people::count(&mut tx, company, &audience).await.unwrap();
        assert_eq!((count.matched, count.will_receive), (6, 2));
        let why: Vec<(&str, i64)> = count.excluded.iter().map(|r| (r.code.as_str(), r.count)).collect();
        assert_eq!(why, [("no_address", 1), ("unsubscribed", 1), ("suppressed", 1), ("no_consent", 1)]);

        let mut all = Vec::new();
        loop {
            let after = all.last().map(|r: &people::Resolved| r.contact);
            let some = people::resolve(&mut tx, company, &audience, after, 2).await.unwrap();
            let end = some.len() < 2;
            all.extend(some);
            if end { break; }
        }
        assert_eq!(all.len(), 6);
        assert_eq!(all.iter().filter(|r| r.reason.is_none()).count(), 2);
        let ids: Vec<ContactId> = all.iter().map(|r| r.contact).collect();
        let persons = people::people(&mut tx, company, &ids).await.unwrap();
        for (resolved, person) in all.iter().zip(&persons) {
            assert_eq!((resolved.contact, resolved.reason), (person.contact, person.refusal()));
        }
        assert_eq!(persons[0].tags, ["fair"]);
        let names = people::names(&mut tx, company, &audience).await.unwrap();
        assert_eq!((names.lists[0].name.as_str(), names.tags[0].as_str(), names.exclude_lists[0].name.as_str()), ("News", "fair", "Staff"));
        let nobody = people::count(&mut tx, company, &Audience::default()).await.unwrap();
        assert_eq!(nobody.matched, 0, "no list and no tag is nobody, not everybody");
        assert_eq!(people::sample(&mut tx, company, &audience).await.unwrap().unwrap().email, "yes@b.example");
        assert!(people::sample(&mut tx, company, &Audience::default()).await.unwrap().is_some());
        let strange = testkit::company(2);
        drop(tx);
        let mut tx = desk.db.begin(strange).await.unwrap();
        assert_eq!(people::count(&mut tx, strange, &audience).await.unwrap().matched, 0);
        assert!(people::people(&mut tx, strange, &ids).await.unwrap().is_empty());
    }

    async fn a_person_unsubscribes_once_and_may_come_back(db: Db) {
        let desk = desk(db);
        let company = desk.actor.company;
        let made = desk.add(subscribed("a@b.example")).await;
        let mut tx = desk.db.begin(company).await.unwrap();
        let now = desk.clock.now();
        let reason = Some("too many");
        assert!(people::unsubscribe(&mut tx, company, made.id, "unsubscribe link", reason, now).await.unwrap());
        assert!(!people::unsubscribe(&mut tx, company, made.id, "unsubscribe link", None, now).await.unwrap());
        assert_eq!(people::people(&mut tx, company, &[made.id]).await.unwrap()[0].refusal(), Some("unsubscribed"));
        tx.commit().await.unwrap();
        let timeline = desk.contacts.timeline(&desk.actor, made.id, None).await.unwrap();
        assert_eq!(timeline.items[0].detail, "unsubscribe link: too many");
        assert_eq!(timeline.items.len(), 2);
        let mut tx = desk.db.begin(company).await.unwrap();
        assert!(people::resubscribe(&mut tx, company, made.id, "preference page", now).await.unwrap());
        tx.commit().await.unwrap();
        let consent = desk.contacts.get(&desk.actor, made.id).await.unwrap().consents[0].clone();
        assert_eq!((consent.state, consent.source.as_str()), (ConsentState::Subscribed, "preference page"));
    }

    async fn moments_are_written_in_bulk_and_an_open_makes_active(db: Db) {
        let desk = desk(db);
        let company = desk.actor.company;
        let made = desk.add(draft("a@b.example")).await;
        let moment = |kind: &str, seconds: i64| NewMoment {
            contact: made.id,
            kind: kind.into(),
            title: format!("{kind} Spring"),
            detail: String::new(),
            href: "/campaigns/1".into(),
            at: desk.clock.now().plus_seconds(seconds),
        };
        let mut tx = desk.db.begin(company).await.unwrap();
        people::record(&mut tx, company, &[moment("sent", 1), moment("opened", 9), moment("clicked", 5)]).await.unwrap();
        people::record(&mut tx, company, &[moment("opened", 3)]).await.unwrap();
        tx.commit().await.unwrap();
        let contact = desk.contacts.get(&desk.actor, made.id).await.unwrap();
        assert_eq!(contact.active, Some(desk.clock.now().plus_seconds(9)), "activity never moves back");
        let kinds: Vec<String> = desk.contacts.timeline(&desk.actor, made.id, None).await.unwrap().items.into_iter().map(|m| m.kind).collect();
        assert_eq!(kinds, ["opened", "clicked", "opened", "sent", "created"]);
    }

    async fn what_an_audience_lacks_shares_and_repeats_is_counted_of_those_who_get_mail(db: Db) {
        let desk = desk(db);
        let company = desk.actor.company;
        let list = desk.contacts.create_list(&desk.actor, "News".into(), String::new()).await.unwrap();
        let other = desk.contacts.create_list(&desk.actor, "Staff".into(), String::new()).await.unwrap();
        let field = FieldDraft { key: "plan".into(), label: "Plan".into(), kind: FieldKind::Text, options: vec![] };
        desk.contacts.create_field(&desk.actor, field).await.unwrap();
        let on = |lists: Vec<contract::ListId>, d: ContactDraft| ContactDraft { lists: Some(lists), ..d };
        let mut whole = on(vec![list.id, other.id], subscribed("mette@b.example"));
        whole.first_name = Some("Mette".into());
        whole.fields = [("plan".to_owned(), serde_json::json!("pro"))].into();
        desk.add(whole).await;
        desk.add(on(vec![list.id], subscribed("mette+shop@b.example"))).await;
        desk.add(on(vec![list.id, other.id], subscribed("per@b.example"))).await;
        // Gets no mail, so it counts nowhere.
        desk.add(on(vec![list.id, other.id], draft("never@b.example"))).await;
        let of = |lists: Vec<contract::ListId>| Audience { lists, ..Audience::default() };
        let mut tx = desk.db.read(company).await.unwrap();
        let names: Vec<String> = ["first_name", "fields.plan", "email", "fields.none", "age"].map(str::to_owned).into();
        let empty = people::count_empty(&mut tx, company, &of(vec![list.id]), &names).await.unwrap();
        assert_eq!(empty, [2, 2, 0, 3, 3]);
        assert_eq!(people::count_empty(&mut tx, company, &of(vec![]), &names).await.unwrap(), [0; 5]);
        assert_eq!(people::count_shared(&mut tx, company, &of(vec![list.id]), &of(vec![other.id])).await.unwrap(), 2);
        assert_eq!(people::count_alike(&mut tx, company, &of(vec![list.id])).await.unwrap(), 1);
        assert_eq!(people::count_alike(&mut tx, company, &of(vec![other.id])).await.unwrap(), 0);
        assert_eq!(people::field_keys(&mut tx, company).await.unwrap(), ["plan"]);
        let strange = testkit::company(2);
        drop(tx);
        let mut tx = desk.db.read(strange).await.unwrap();
        assert_eq!(people::count_shared(&mut tx, strange, &of(vec![list.id]), &of(vec![other.id])).await.unwrap(), 0);
    }
}
