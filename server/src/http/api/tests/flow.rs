//! The main answers, as they go over the wire.

use super::house::{request_with, steady};
use super::{House, both_houses};
use axum::body::Body;
use axum::http::Method;
use insta::assert_json_snapshot;
use kernel::Scope;
use serde_json::{Value, json};
use tower::ServiceExt;

both_houses! {
    async fn contacts_are_added_changed_listed_and_deleted(house: House) {
        let key = house.full().await;
        let list = house.post(&key, "/lists", json!({ "name": "News", "description": "Who asked" })).await.ok(201);
        let heard = house.post(&key, "/contacts", json!({
            "email": "Maja@Example.COM", "first_name": "Maja", "last_name": "Holm", "tags": ["Stockist"], "lists": [list["id"]],
            "consent": "subscribed", "consent_source": "Form on the website"
        })).await;
        let location = heard.header("location").unwrap().to_owned();
        let contact = heard.ok(201);
        assert_eq!(location, format!("/api/v1/contacts/{}", contact["id"].as_str().unwrap()));
        assert_json_snapshot!("contact", steady(&contact));
        let path = format!("/contacts/{}", contact["id"].as_str().unwrap());
        let changed = house.ask(&key, Method::PATCH, &path, Some(&json!({ "first_name": "Maia" }))).await.ok(200);
        assert_eq!((&changed["first_name"], &changed["last_name"]), (&json!("Maia"), &json!("Holm")));
        assert_json_snapshot!("contacts_page", steady(&house.get(&key, "/contacts?tag=stockist&list=news&count=true").await));
        let stopped = house.post(&key, &format!("{path}/consent"), json!({ "channel": "email", "state": "unsubscribed", "source": "Phone" })).await.ok(200);
        assert_eq!(stopped["consents"][0]["state"], "unsubscribed");
        house.ask(&key, Method::DELETE, &path, None).await.ok(204);
        assert_eq!(house.ask(&key, Method::GET, &path, None).await.status, 404);
        assert_eq!(house.ask(&key, Method::DELETE, &path, None).await.status, 404);
    }

    async fn many_contacts_are_written_whatever_happens_to_some(house: House) {
        let key = house.full().await;
        let body = json!({ "contacts": [
            { "email": "a@example.com", "first_name": "A" }, { "email": "not an address" }, { "email": "A@example.com", "first_name": "B" },
            { "email": "c@example.com", "fields": { "plan": "pro" } }
        ] });
        assert_json_snapshot!("bulk", house.post(&key, "/contacts/bulk", body).await.ok(200));
        let page = house.get(&key, "/contacts?sort=email_asc").await;
        assert_eq!(page["items"][0]["name"], "B");
        let line: Vec<Value> = (0..10_001).map(|n| json!({ "email": format!("n{n}@example.com") })).collect();
        assert_eq!(house.post(&key, "/contacts/bulk", json!({ "contacts": line })).await.status, 422);
    }

    async fn pages_follow_each_other_without_a_gap(house: House) {
        let key = house.full().await;
        let lines: Vec<Value> = (0..25).map(|n| json!({ "email": format!("n{n:02}@example.com") })).collect();
        house.post(&key, "/contacts/bulk", json!({ "contacts": lines })).await.ok(200);
        let (mut found, mut path) = (Vec::new(), "/contacts?sort=email_asc&limit=10".to_owned());
        loop {
            let page = house.get(&key, &path).await;
            found.extend(page["items"].as_array().unwrap().iter().map(|c| c["email"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            path = format!("/contacts?sort=email_asc&limit=10&cursor={next}");
        }
        assert_eq!(found, (0..25).map(|n| format!("n{n:02}@example.com")).collect::<Vec<_>>());
    }

    async fn people_come_on_a_list_and_off_it(house: House) {
        let key = house.full().await;
        let lines = json!({ "contacts": [{ "email": "a@example.com" }, { "email": "b@example.com" }] });
        house.post(&key, "/contacts/bulk", lines).await.ok(200);
        let list = house.post(&key, "/lists", json!({ "name": "News" })).await.ok(201)["id"].as_str().unwrap().to_owned();
        let body = json!({ "emails": ["A@Example.com", "b@example.com", "c@example.com"] });
        let done = house.post(&key, &format!("/lists/{list}/contacts"), body).await.ok(200);
        assert_eq!((&done["changed"], &done["unknown"]), (&json!(2), &json!(["c@example.com"])));
        let on = house.get(&key, &format!("/lists/{list}/contacts")).await;
        assert_eq!(on["total"], 2);
        let one = on["items"][0]["id"].as_str().unwrap();
        house.ask(&key, Method::DELETE, &format!("/lists/{list}/contacts/{one}"), None).await.ok(204);
        assert_eq!(house.get(&key, &format!("/lists/{list}")).await["contacts"], 1);
        let undone = house.post(&key, "/contacts/undo", json!({ "undo": done["undo"] })).await.ok(200);
        assert_eq!(undone["changed"].as_i64().map(|n| n > 0), Some(true));
    }

    async fn a_campaign_is_written_changed_looked_at_and_held_back(house: House) {
        let key = house.full().await;
        let ids = house.furnish(&key).await;
        let path = format!("/campaigns/{}", ids["campaigns"]);
        let before = house.get(&key, &path).await;
        let patch = json!({ "content": { "subject": "Spring news" }, "track_opens": false });
        let after = house.ask(&key, Method::PATCH, &path, Some(&patch)).await.ok(200);
        assert_eq!(after["draft"]["content"]["source"], before["draft"]["content"]["source"]);
        assert_json_snapshot!("campaign", steady(&after));
        let seen: String = url::form_urlencoded::byte_serialize(before["updated"].as_str().unwrap().as_bytes()).collect();
        let late = house.ask(&key, Method::PATCH, &format!("{path}?seen={seen}"), Some(&patch)).await;
        assert_eq!(late.status, 409, "{}", late.text);
        let look = house.get(&key, &format!("{path}/last-look")).await;
        assert_eq!((&look["audience"]["will_receive"], &look["blockers"]), (&json!(1), &json!([])));
        assert_json_snapshot!("audience", house.post(&key, "/audiences/count", json!({ "lists": [ids["lists"]] })).await.ok(200));
        let when = json!({ "wall": "2036-03-01T09:00", "zone": "Europe/Copenhagen" });
        let planned = house.post(&key, &format!("{path}/schedule"), when).await.ok(200);
        assert_eq!((&planned["state"], &planned["scheduled"]), (&json!("scheduled"), &json!("2036-03-01T08:00:00Z")));
        assert_eq!(house.ask(&key, Method::DELETE, &format!("/lists/{}", ids["lists"]), None).await.status, 409);
        assert_eq!(house.post(&key, &format!("{path}/unschedule"), json!({})).await.ok(200)["state"], "draft");
        let sent = house.post(&key, &format!("{path}/send"), json!({})).await.ok(200);
        assert_eq!(sent["state"], "preparing");
        assert_eq!(house.post(&key, &format!("{path}/send"), json!({})).await.status, 409);
        assert_eq!(house.post(&key, &format!("{path}/cancel"), json!({})).await.ok(200)["state"], "cancelled");
        assert_json_snapshot!("recipients", steady(&house.get(&key, &format!("{path}/recipients?state=accepted")).await));
    }

    async fn a_sender_keeps_its_secret_to_itself(house: House) {
        let key = house.full().await;
        let sender = json!({
            "name": "Shop", "host": "smtp.example.com", "port": 587, "tls": "starttls", "user": "shop", "secret": "hunter2hunter2",
            "from_email": "news@example.com", "from_name": "Shop", "reply_to": "", "pool": 2
        });
        let made = house.post(&key, "/senders", sender).await;
        assert!(!made.text.contains("hunter2"), "{}", made.text);
        let made = made.ok(201);
        assert_json_snapshot!("sender", steady(&made));
        let path = format!("/senders/{}", made["id"].as_str().unwrap());
        let patched = house.ask(&key, Method::PATCH, &path, Some(&json!({ "rates": { "per_minute": 60 } }))).await.ok(200);
        assert_eq!((&patched["has_secret"], &patched["rates"]["per_minute"]), (&json!(true), &json!(60)));
        let moved = house.ask(&key, Method::PATCH, &path, Some(&json!({ "host": "evil.example" }))).await.ok(422);
        assert_eq!(moved["fields"][0]["field"], "secret");
    }

    async fn a_sending_domain_says_what_to_publish_and_keeps_its_keys_to_itself(house: House) {
        let key = house.full().await;
        let made = house.post(&key, "/domains", json!({ "domain": "Shop.Example" })).await;
        assert_eq!(made.text.matches("private").count(), 0, "{}", made.text);
        let mut made = made.ok(201);
        let path = format!("/domains/{}", made["id"].as_str().unwrap());
        // Without DNS nothing is found, and nothing fails.
        let checked = house.post(&key, &format!("{path}/check"), json!({})).await.ok(200);
        assert_eq!((&checked["domain"], &checked["report"]["spf"]["state"]), (&made, &json!("unreachable")));
        let off = house.ask(&key, Method::PATCH, &path, Some(&json!({ "signs": false }))).await.ok(200);
        assert_eq!((&off["signs"], &off["is_signing"]), (&json!(false), &json!(false)));
        let renewed = house.post(&key, &format!("{path}/rotate"), json!({})).await.ok(200);
        assert_ne!(renewed["keys"][0]["selector"], made["keys"][0]["selector"]);
        assert_eq!(house.post(&key, "/domains", json!({ "domain": "shop.example" })).await.ok(422)["fields"][0]["field"], "domain");
        assert_eq!(house.get(&key, "/domains").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(house.ask(&key, Method::DELETE, &path, None).await.status, 204);
        assert_eq!(house.ask(&key, Method::GET, &path, None).await.status, 404);
        for one in made["keys"].as_array_mut().unwrap() {
            for chance in ["selector", "record_name", "record_text"] {
                assert!(one[chance].as_str().unwrap().len() > 10);
                one[chance] = json!("…");
            }
        }
        assert_json_snapshot!("domain", steady(&made));
    }

    async fn messages_are_listed_and_found_and_domains_that_rest_are_told(house: House) {
        let key = house.full().await;
        house.furnish(&key).await;
        let other = json!({ "to": "ole@example.com", "content": { "subject": "Code", "text": "123" } });
        let other = house.post(&key, "/messages", other).await.ok(201);
        let all = house.get(&key, "/messages?limit=1").await;
        assert_eq!((&all["items"][0]["id"], &all["items"][0]["sender_name"]), (&other["id"], &json!("Shop")));
        let rest = house.get(&key, &format!("/messages?limit=1&cursor={}", all["next"].as_str().unwrap())).await;
        assert_eq!((&rest["items"][0]["to"], &rest["next"]), (&json!("maja@example.com"), &json!(null)));
        assert_eq!(house.get(&key, "/messages?search=OLE&state=pending").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(house.get(&key, "/messages?search=ole&state=failed").await["items"], json!([]));
        assert_eq!(house.ask(&key, Method::GET, "/messages?state=lost", None).await.status, 422);
        let theirs = house.key(house.theirs, &[contract::Capability::CampaignsRead]).await;
        assert_eq!(house.get(&theirs, "/messages").await["items"], json!([]));
        assert_eq!(house.get(&theirs, "/sending/resting").await["items"], json!([]));
    }

    async fn a_provider_calls_a_hook_and_what_came_back_is_listed(house: House) {
        let key = house.full().await;
        let made = house.post(&key, "/bounce-hooks", json!({ "name": "Gateway", "kind": "generic" })).await.ok(201);
        let (hook, secret) = (&made["hook"], made["secret"].as_str().unwrap());
        let path = format!("/bounce-hooks/{}", hook["id"].as_str().unwrap());
        let url = hook["url"].as_str().unwrap().strip_prefix("http://127.0.0.1:3000").unwrap();
        let body = json!({ "events": [{ "id": "1", "address": "gone@example.com", "kind": "bounce", "code": "5.1.1" }] }).to_string();
        let now = house.app.backend.clock.now().seconds();
        let router = crate::http::router(house.app.clone());
        let call = async |url: &str, body: &str, secret: &str| {
            let signature = connect::email::bounce::hook::sign_generic(secret, "m1", now, body.as_bytes());
            let request = axum::http::Request::post(url)
                .header("origin", "https://elsewhere.example")
                .header("webhook-id", "m1")
                .header("webhook-timestamp", now.to_string())
                .header("webhook-signature", signature);
            let answer = router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
            let status = answer.status().as_u16();
            let text = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
            (status, String::from_utf8(text.to_vec()).unwrap())
        };
        assert_eq!(call(url, &body, "whsec_b3RoZXI=").await.0, 403);
        assert_eq!(call("/hooks/bounces/nonsense", &body, secret).await.0, 404);
        assert_eq!(call(url, "{}", secret).await.0, 400);
        assert_eq!(call(url, &"x".repeat(5 * 1024 * 1024), secret).await.0, 413);
        assert_eq!(call(url, &body, secret).await, (200, "1 new".to_owned()));
        assert_eq!(call(url, &body, secret).await, (200, "0 new".to_owned()));
        let list = house.get(&key, "/bounces?class=hard&search=GONE").await;
        let [bounce] = list["items"].as_array().unwrap().as_slice() else { panic!("{list}") };
        assert_eq!((&bounce["address"], &bounce["effect"], &bounce["source"]), (&json!("gone@example.com"), &json!("suppressed"), &json!("Gateway")));
        assert_eq!(house.get(&key, "/bounces/counts").await["hard"], 1);
        assert_eq!(house.get(&key, "/bounces?class=soft").await["items"], json!([]));
        let seen = house.get(&key, &path).await;
        assert_eq!((&seen["events"], &seen["secrets"]), (&json!(1), &json!(1)));
        let next = house.post(&key, &format!("{path}/rotate"), json!({})).await.ok(200);
        assert_eq!(call(url, &body, next["secret"].as_str().unwrap()).await.0, 200);
        assert_eq!(call(url, &body, secret).await.0, 200);
        let renamed = house.ask(&key, Method::PATCH, &path, Some(&json!({ "name": "Mail", "keep_old": false }))).await;
        assert!(!renamed.text.contains(secret), "{}", renamed.text);
        assert_eq!(renamed.ok(200)["secrets"], 1);
        assert_eq!(call(url, &body, secret).await.0, 403);
        let reader = house.key(house.ours, &[contract::Capability::SendersRead]).await;
        assert_eq!(house.get(&reader, &path).await["url"], "");
        let freed = json!({ "address": "gone@example.com", "reason": "The mailbox is back" });
        assert_eq!(house.post(&key, "/bounces/release", freed.clone()).await.status, 204);
        assert_eq!(house.post(&key, "/bounces/release", freed).await.status, 404);
        assert_eq!(house.ask(&key, Method::DELETE, &path, None).await.status, 204);
        assert_eq!(call(url, &body, secret).await.0, 404);
    }

    async fn a_secret_that_was_made_is_not_kept_for_a_repeat(house: House) {
        let key = house.full().await;
        let body = json!({ "name": "Gateway", "kind": "generic" });
        let head = [("idempotency-key", "one")];
        house.ask_with(&key, Method::POST, "/bounce-hooks", Some(&body), &head).await.ok(201);
        let again = house.ask_with(&key, Method::POST, "/bounce-hooks", Some(&body), &head).await.ok(422);
        assert_eq!(again["fields"][0]["field"], "name");
        assert_eq!(house.get(&key, "/bounce-hooks").await["items"].as_array().unwrap().len(), 1);
    }

    async fn rules_and_mailboxes_of_bounces_are_changed_in_part(house: House) {
        let key = house.full().await;
        let rules = house.ask(&key, Method::PATCH, "/bounces/rules", Some(&json!({ "soft_limit": 3 }))).await.ok(200);
        assert_eq!((&rules["soft_limit"], &rules["soft_of"]), (&json!(3), &json!(5)));
        assert_eq!(house.get(&key, "/bounces/rules").await, rules);
        let wrong = house.ask(&key, Method::PATCH, "/bounces/rules", Some(&json!({ "soft_limit": 0 }))).await.ok(422);
        assert_eq!(wrong["fields"][0]["field"], "soft_limit");
        let ids = house.furnish(&key).await;
        let path = format!("/bounce-mailboxes/{}", ids["bounce-mailboxes"]);
        let seen = house.get(&key, &path).await;
        assert_eq!((&seen["draft"]["secret"], &seen["draft"]["senders"]), (&json!(null), &json!([ids["senders"]])));
        let patched = house.ask(&key, Method::PATCH, &path, Some(&json!({ "minutes": 15 }))).await.ok(200);
        assert_eq!((&patched["draft"]["minutes"], &patched["draft"]["host"]), (&json!(15), &json!("127.0.0.1")));
        let moved = house.ask(&key, Method::PATCH, &path, Some(&json!({ "host": "evil.example" }))).await.ok(422);
        assert_eq!(moved["fields"][0]["field"], "secret");
        let tested = house.post(&key, &format!("{path}/test"), json!({})).await.ok(200);
        assert_eq!(tested["ok"], false);
        assert_eq!(house.post(&key, &format!("{path}/read"), json!({})).await.status, 204);
        assert_eq!(house.ask(&key, Method::DELETE, &path, None).await.status, 204);
    }

    async fn what_is_refused_says_which_field_and_how(house: House) {
        let key = house.full().await;
        let wrong = [
            ("unknown_field", house.post(&key, "/contacts", json!({ "emial": "a@example.com" })).await),
            ("wrong_kind", house.post(&key, "/contacts/bulk", json!({ "contacts": [{ "email": 3 }] })).await),
            ("refused_value", house.post(&key, "/contacts", json!({ "email": "nobody" })).await),
            ("unknown_query", house.ask(&key, Method::GET, "/contacts?tags=vip", None).await),
            ("no_id", house.ask(&key, Method::GET, "/contacts/17", None).await),
            ("no_route", house.ask(&key, Method::GET, "/contact", None).await),
            ("other_method", house.ask(&key, Method::PUT, "/contacts", None).await),
            ("not_json", house.send(request_with(&key, Method::POST, "/contacts", "{".into(), &[])).await),
            ("form", house.ask_with(&key, Method::POST, "/contacts", None, &[("content-type", "application/x-www-form-urlencoded")]).await),
        ];
        for (name, heard) in wrong {
            assert_eq!(heard.header("content-type"), Some("application/problem+json"), "{name}: {}", heard.text);
            assert_eq!(heard.json()["status"], heard.status.as_u16());
            assert_json_snapshot!(format!("problem_{name}"), heard.json());
        }
        let large = json!({ "contacts": [{ "email": "a@example.com", "first_name": "x".repeat(13 * 1024 * 1024) }] });
        assert_eq!(house.post(&key, "/contacts/bulk", large).await.status, 413);
    }

    async fn a_key_that_asks_too_often_waits(house: House) {
        let key = house.full().await;
        let me = house.ask(&key, Method::GET, "/me", None).await;
        assert_eq!(me.header("ratelimit-policy"), Some("\"key\";q=600;w=60"));
        assert!(me.header("ratelimit").unwrap().starts_with("\"key\";r=599;t="), "{:?}", me.headers);
        // As if it had asked as often as it may, in this window and the one before.
        let mut tx = house.app.db.begin(Scope::System).await.unwrap();
        let full = "UPDATE rate_limit SET used = 600, previous = 600 WHERE key LIKE 'api.%'";
        assert_eq!(tx.query(full).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        let heard = house.ask(&key, Method::GET, "/me", None).await;
        assert_eq!(heard.status, 429);
        assert!(heard.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
        let other = house.full().await;
        assert_eq!(house.ask(&other, Method::GET, "/me", None).await.status, 200, "another key has its own limit");
    }

    async fn a_key_knows_what_it_is(house: House) {
        let key = house.key(house.ours, &[contract::Capability::ContactsRead]).await;
        assert_json_snapshot!("me", steady(&house.get(&key, "/me").await));
    }
}
