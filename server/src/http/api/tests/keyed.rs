//! Asking again with the same key.

use super::house::request_with;
use super::{House, both_houses};
use crate::http::api::idempotency::store;
use axum::http::Method;
use kernel::Scope;
use serde_json::{Value, json};

async fn keyed(house: &House, key: &str, idempotency: &str, path: &str, body: Value) -> super::house::Heard {
    house.ask_with(key, Method::POST, path, Some(&body), &[("idempotency-key", idempotency)]).await
}

async fn sql(house: &House, text: &'static str) -> u64 {
    let mut tx = house.app.db.begin(Scope::System).await.unwrap();
    let hit = tx.query(text).execute().await.unwrap();
    tx.commit().await.unwrap();
    hit
}

both_houses! {
    async fn the_same_request_again_gets_the_same_answer_and_does_nothing(house: House) {
        let key = house.full().await;
        let body = json!({ "name": "Draft" });
        let first = keyed(&house, &key, "k1", "/campaigns", body.clone()).await;
        assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, None));
        let again = keyed(&house, &key, "\"k1\"", "/campaigns", body.clone()).await;
        assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, Some("true")));
        assert_eq!((again.header("location"), &again.text), (first.header("location"), &first.text));
        assert_eq!(house.get(&key, "/campaigns").await["total"], 1);
        keyed(&house, &key, "k2", "/campaigns", body).await.ok(201);
        assert_eq!(house.get(&key, "/campaigns").await["total"], 2);
    }

    async fn a_key_is_bound_to_its_request_and_its_company(house: House) {
        let key = house.full().await;
        keyed(&house, &key, "k", "/lists", json!({ "name": "News" })).await.ok(201);
        let other = keyed(&house, &key, "k", "/lists", json!({ "name": "Other" })).await.ok(422);
        assert_eq!(other["type"], "/api#other-request");
        assert_eq!(keyed(&house, &key, "k", "/templates", json!({ "name": "News" })).await.status, 422);
        let theirs = house.key(house.theirs, &contract::Capability::ALL).await;
        keyed(&house, &theirs, "k", "/lists", json!({ "name": "Other" })).await.ok(201);
        assert_eq!(house.get(&key, "/lists").await["total"], 1);
    }

    async fn a_refusal_frees_the_key(house: House) {
        let key = house.full().await;
        keyed(&house, &key, "k", "/lists", json!({ "name": "" })).await.ok(422);
        keyed(&house, &key, "k", "/lists", json!({ "name": "News" })).await.ok(201);
        for bad in ["", &"x".repeat(256)] {
            assert_eq!(keyed(&house, &key, bad, "/lists", json!({ "name": "x" })).await.status, 422);
        }
    }

    async fn while_the_first_runs_the_second_waits(house: House) {
        let key = house.full().await;
        keyed(&house, &key, "k", "/lists", json!({ "name": "News" })).await.ok(201);
        let live = "UPDATE idempotency SET state = 'running', lease_until = 9000000000000000";
        assert_eq!(sql(&house, live).await, 1);
        let heard = keyed(&house, &key, "k", "/lists", json!({ "name": "News" })).await;
        assert!(heard.header("retry-after").is_some());
        assert_eq!(heard.ok(409)["type"], "/api#under-way");
    }

    async fn after_a_crash_only_what_ends_the_same_is_done_again(house: House) {
        let key = house.full().await;
        let contacts = json!({ "contacts": [{ "email": "a@example.com" }] });
        keyed(&house, &key, "safe", "/contacts/bulk", contacts.clone()).await.ok(200);
        keyed(&house, &key, "once", "/campaigns", json!({ "name": "Draft" })).await.ok(201);
        assert_eq!(sql(&house, "UPDATE idempotency SET state = 'running', lease_until = 1").await, 2);
        let again = keyed(&house, &key, "safe", "/contacts/bulk", contacts).await;
        assert_eq!(again.header("idempotency-replayed"), None);
        assert_eq!(again.ok(200)["created"], 0);
        let unknown = keyed(&house, &key, "once", "/campaigns", json!({ "name": "Draft" })).await.ok(409);
        assert_eq!(unknown["type"], "/api#outcome-unknown");
        assert_eq!(house.get(&key, "/campaigns").await["total"], 1);
    }

    async fn two_at_once_do_it_once(house: House) {
        let key = house.full().await;
        let tries = (0..8).map(|_| keyed(&house, &key, "k", "/campaigns", json!({ "name": "Draft" })));
        let heard = futures::future::join_all(tries).await;
        assert!(heard.iter().all(|h| matches!(h.status.as_u16(), 201 | 409)), "{:?}", heard.iter().map(|h| h.status).collect::<Vec<_>>());
        assert!(heard.iter().any(|h| h.status == 201));
        assert_eq!(house.get(&key, "/campaigns").await["total"], 1);
    }

    async fn an_upload_is_compared_by_what_it_holds(house: House) {
        let key = house.full().await;
        let upload = |file: &'static str| request_with(&key, Method::POST, "/imports", file.into(), &[("idempotency-key", "k")]);
        let first = house.send(upload("email\na@example.com\n")).await.ok(202);
        let again = house.send(upload("email\na@example.com\n")).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.ok(202), first);
        assert_eq!(house.send(upload("email\nb@example.com\n")).await.status, 422);
        assert_eq!(house.get(&key, "/imports").await["items"].as_array().unwrap().len(), 1);
    }

    async fn answers_are_forgotten_after_two_days(house: House) {
        let key = house.full().await;
        keyed(&house, &key, "k", "/lists", json!({ "name": "News" })).await.ok(201);
        let db = &house.app.db;
        let now = house.app.backend.clock.now();
        assert_eq!(store::purge(db, now.plus_seconds(-48 * 3600)).await.unwrap(), 0);
        assert_eq!(store::purge(db, now.plus_seconds(60)).await.unwrap(), 1);
        // Past its time but not yet purged, a key is free as well.
        keyed(&house, &key, "k2", "/lists", json!({ "name": "Second" })).await.ok(201);
        assert_eq!(sql(&house, "UPDATE idempotency SET at = 1").await, 1);
        keyed(&house, &key, "k2", "/lists", json!({ "name": "Third" })).await.ok(201);
    }
}
