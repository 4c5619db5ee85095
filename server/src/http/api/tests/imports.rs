//! Importing through the API.

use super::house::{request_with, steady};
use super::{House, both_houses};
use axum::http::Method;
use insta::assert_json_snapshot;
use serde_json::json;

const FILE: &str = "E-mail;Fornavn;Plan\nmaja@example.com;Maja;pro\nbroken;X;pro\nMAJA@example.com;Maja;free\n";

both_houses! {
    async fn a_file_is_imported_with_every_row_accounted_for(house: House) {
        let key = house.full().await;
        let field = json!({ "key": "plan", "label": "Plan", "kind": "text" });
        house.post(&key, "/fields", field).await.ok(201);
        house.post(&key, "/lists", json!({ "name": "Fair" })).await.ok(201);
        let path = "/imports?name=fair.csv&map.email=E-mail&map.first_name=fornavn&map.field:plan=Plan&list=fair&tag=fair,2026\
                    &consent=subscribed&consent_source=Paper+form";
        let heard = house.send(request_with(&key, Method::POST, path, FILE.into(), &[])).await;
        let location = heard.header("location").unwrap().trim_start_matches("/api/v1").to_owned();
        assert_eq!(heard.ok(202)["state"], "running");
        house.app.backend.run_imports().await.unwrap();
        let mut done = house.get(&key, &location).await;
        done["per_second"] = json!(null);
        assert_json_snapshot!("import", steady(&done));
        let rejected = house.ask(&key, Method::GET, &format!("{location}/rejected.csv"), None).await;
        assert_eq!(rejected.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(rejected.text.contains("broken"), "{}", rejected.text);
        let page = house.get(&key, "/contacts?list=Fair&tag=2026&status=subscribed").await;
        assert_eq!(page["items"][0]["email"], "maja@example.com");
    }

    async fn a_dry_run_writes_nothing_until_it_is_started(house: House) {
        let key = house.full().await;
        let path = "/imports?map=email,first_name,-&delimiter=;&header=1&dry_run=1";
        let import = house.send(request_with(&key, Method::POST, path, FILE.into(), &[])).await.ok(202);
        assert_eq!(import["state"], "trying");
        house.app.backend.run_imports().await.unwrap();
        let path = format!("/imports/{}", import["id"].as_str().unwrap());
        assert_eq!(house.get(&key, &path).await["state"], "tried");
        assert_eq!(house.get(&key, "/contacts?count=1").await["total"], 0);
        house.post(&key, &format!("{path}/start"), json!({})).await.ok(202);
        house.app.backend.run_imports().await.unwrap();
        assert_eq!(house.get(&key, &path).await["state"], "finished");
        assert_eq!(house.get(&key, "/contacts?count=1").await["total"], 1);
    }

    async fn a_mapping_that_does_not_fit_is_refused_and_leaves_nothing_under_way(house: House) {
        let key = house.full().await;
        for (path, field) in [
            ("/imports?map.email=Mail", "map.email"),
            ("/imports?map=email", "targets"),
            ("/imports?mpa=email", "mpa"),
            ("/imports?consent=subscribed", "consent_source"),
            ("/imports?list=Nobody", "list"),
            ("/imports?delimiter=x", "delimiter"),
            ("/imports?dry_run=maybe", "dry_run"),
        ] {
            let heard = house.send(request_with(&key, Method::POST, path, FILE.into(), &[])).await;
            assert_eq!(heard.status, 422, "{path}: {}", heard.text);
            assert_eq!(heard.json()["fields"][0]["field"], field, "{path}: {}", heard.text);
        }
        let states: Vec<String> = house.get(&key, "/imports").await["items"]
            .as_array().unwrap().iter().map(|i| i["state"].as_str().unwrap().to_owned()).collect();
        assert_eq!(states, ["cancelled", "cancelled"]);
    }
}
