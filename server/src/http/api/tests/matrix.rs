//! Every route of the table against every kind of caller who must not pass.

use super::house::request;
use super::{House, both_houses};
use crate::http::api::endpoint::Endpoint;
use axum::http::Method;
use contract::Capability;
use serde_json::json;
use std::collections::HashMap;

const NOBODY: &str = "0193e0a4-7d4e-7c3a-9b43-5f0c2f6b8a11";

fn rows() -> Vec<Endpoint> {
    super::super::table().into_iter().flat_map(|group| group.endpoints).collect()
}

/// The path with ids in the place of names.
fn path(row: &Endpoint, ids: &HashMap<&'static str, String>) -> String {
    let noun = row.path.trim_start_matches('/').split('/').next().unwrap();
    let of = |noun: &str| ids.get(noun).map_or(NOBODY, String::as_str).to_owned();
    row.path.replace("{id}", &of(noun)).replace("{contact}", &of("contacts"))
}

both_houses! {
    async fn no_route_answers_without_a_key(house: House) {
        let owner = contract::accounts::SignIn {
            email: "ours@example.com".into(),
            password: contract::accounts::Secret("a long enough password".into()),
            code: None,
        };
        let signed = house.app.accounts.sign_in(owner, contract::Client::default()).await.unwrap();
        let contract::accounts::SignInOutcome::Done(session) = signed else { panic!("{signed:?}") };
        let cookie = format!("lux_session={}", session.0);
        for row in rows() {
            let path = path(&row, &HashMap::new());
            let bearer = format!("Bearer {}", session.0);
            let tries = [vec![], vec![("cookie", cookie.as_str())], vec![("authorization", "Bearer lux_unknown")], vec![("authorization", &bearer)]];
            for headers in tries {
                let heard = house.send(request("", row.method.clone(), &path, row.example.as_ref(), &headers)).await;
                assert_eq!(heard.status, 401, "{} {} {headers:?}", row.method, row.path);
                assert!(heard.header("www-authenticate").is_some());
            }
        }
    }

    async fn no_route_answers_a_key_without_its_scope(house: House) {
        for row in rows() {
            let Some(scope) = row.scope else { continue };
            let others: Vec<Capability> = Capability::ALL.into_iter().filter(|c| *c != scope).collect();
            let key = house.key(house.ours, &others).await;
            let heard = house.ask(&key, row.method.clone(), &path(&row, &HashMap::new()), row.example.as_ref()).await;
            assert_eq!(heard.status, 403, "{} {}: {}", row.method, row.path, heard.text);
            assert!(heard.json()["detail"].as_str().unwrap().contains(scope.name()), "{}", heard.text);
        }
    }

    async fn what_belongs_to_another_company_is_not_there(house: House) {
        let ours = house.full().await;
        let ids = house.furnish(&ours).await;
        let theirs = house.key(house.theirs, &Capability::ALL).await;
        let mut tried = 0;
        for row in rows() {
            if row.names().is_empty() {
                continue;
            }
            let path = path(&row, &ids);
            assert!(!path.contains(NOBODY), "{path}: furnish one");
            let heard = house.ask(&theirs, row.method.clone(), &path, row.example.as_ref()).await;
            assert_eq!(heard.status, 404, "{} {}: {}", row.method, row.path, heard.text);
            tried += 1;
        }
        assert!(tried > 30, "{tried}");
        // They are there for us, untouched.
        for row in rows().into_iter().filter(|row| row.method == Method::GET && !row.names().is_empty()) {
            let heard = house.ask(&ours, Method::GET, &path(&row, &ids), None).await;
            assert_eq!(heard.status, 200, "{}: {}", row.path, heard.text);
        }
    }

    async fn ids_of_another_company_in_a_body_reach_nothing(house: House) {
        let ours = house.full().await;
        let ids = house.furnish(&ours).await;
        let theirs = house.key(house.theirs, &Capability::ALL).await;
        let own_list = house.post(&theirs, "/lists", json!({ "name": "Own" })).await.ok(201)["id"].as_str().unwrap().to_owned();
        let (contact, list, sender) = (&ids["contacts"], &ids["lists"], &ids["senders"]);
        let members = house.post(&theirs, &format!("/lists/{own_list}/contacts"), json!({ "contact_ids": [contact], "emails": ["maja@example.com"] })).await.ok(200);
        assert_eq!((members["changed"].as_i64(), &members["unknown"]), (Some(0), &json!(["maja@example.com"])));
        let act = json!({ "selection": { "ids": [contact] }, "act": "delete" });
        assert_eq!(house.post(&theirs, "/contacts/actions", act).await.ok(200)["changed"], 0);
        let act = json!({ "selection": { "filter": {} }, "act": { "add_to_list": list } });
        assert_eq!(house.post(&theirs, "/contacts/actions", act).await.status, 404);
        let draft = json!({ "email": "a@example.com", "lists": [list] });
        assert_eq!(house.post(&theirs, "/contacts", draft).await.ok(422)["fields"][0]["field"], "lists");
        let seen = json!({ "content": { "subject": "x", "source": "x" }, "contact": contact });
        assert_eq!(house.post(&theirs, "/templates/preview", seen).await.status, 404);
        let count = house.post(&theirs, "/audiences/count", json!({ "lists": [list], "tags": [ids["tags"]] })).await.ok(200);
        assert_eq!(count["matched"], 0);
        let campaign = json!({ "name": "x", "sender": sender, "audience": { "lists": [list] }, "content": { "subject": "x", "source": "<p>x {{ unsubscribe_url }}</p>" } });
        let made = house.post(&theirs, "/campaigns", campaign).await;
        if made.status == 201 {
            // A draft may hold anything; what matters is that it cannot go out through a stranger's sender.
            let id = made.json()["id"].as_str().unwrap().to_owned();
            assert_ne!(house.post(&theirs, &format!("/campaigns/{id}/send"), json!({})).await.status, 200);
        }
        for path in [format!("/contacts?list={list}"), format!("/contacts?tag={}", ids["tags"])] {
            assert_eq!(house.get(&theirs, &path).await["items"], json!([]), "{path}");
        }
    }

    async fn a_key_that_was_revoked_is_not_known(house: House) {
        let key = house.full().await;
        let id = house.get(&key, "/me").await["key"].as_str().unwrap().parse().unwrap();
        house.app.accounts.revoke_api_key(&contract::Actor::system(house.ours), id).await.unwrap();
        assert_eq!(house.ask(&key, Method::GET, "/me", None).await.status, 401);
    }
}
