//! The description says what the router does.

use super::{House, both_houses};
use crate::http::api::{openapi, reader, table};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;
use std::collections::BTreeSet;

fn described() -> BTreeSet<String> {
    let document = openapi::describe(&table(), "http://lux.example");
    let paths = document["paths"].as_object().unwrap().clone();
    let rows = paths.into_iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(|m| format!("{} {path}", m.to_uppercase())).collect::<Vec<_>>()
    });
    rows.collect()
}

#[test]
fn every_row_of_the_table_is_described_once() {
    let rows: Vec<String> =
        table().iter().flat_map(|g| &g.endpoints).map(|e| format!("{} {}", e.method, e.path)).collect();
    assert_eq!(rows.len(), rows.iter().collect::<BTreeSet<_>>().len(), "{rows:?}");
    assert_eq!(described(), rows.into_iter().collect());
}

#[test]
fn every_row_has_a_name_of_its_own_a_scope_and_an_example_where_it_takes_json() {
    let (mut names, mut generator) = (BTreeSet::new(), schemars::SchemaGenerator::default());
    for row in table().into_iter().flat_map(|group| group.endpoints) {
        assert!(names.insert(row.operation()), "{}", row.operation());
        let json = (row.body)(&mut generator).is_some_and(|body| body.media == "application/json");
        assert_eq!(json, row.example.is_some(), "{} {}", row.method, row.path);
        assert!(row.scope.is_some() || ["/events", "/me"].contains(&row.path), "{} {}", row.method, row.path);
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|v| references(v, found)),
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(ToOwned::to_owned));
                map.values().for_each(|v| references(v, found));
            }
            _ => {}
        }
    }
    let document = openapi::describe(&table(), "http://lux.example");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn the_page_shows_every_row_and_needs_no_script() {
    let (table, base) = (table(), "http://lux.example");
    let page = reader::page(&table, &openapi::describe(&table, base), base);
    for row in table.iter().flat_map(|group| &group.endpoints) {
        assert!(page.contains(&format!("id=\"{}\"", row.operation())), "{}", row.title);
    }
    for refused in ["<script", " style=", " onclick=", "{base}"] {
        assert!(!page.contains(refused), "{refused}");
    }
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id twice: {ids:?}");
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
}

both_houses! {
    async fn the_router_has_every_described_row_and_serves_its_description(house: House) {
        for row in described() {
            let (method, path) = row.split_once(' ').unwrap();
            let path = path.replace('{', "x").replace('}', "");
            let heard = house.ask("", method.parse::<Method>().unwrap(), &path, None).await;
            // The key is asked for first: an address that is not there would be 404, another method 405.
            assert_eq!(heard.status, 401, "{row}");
        }
        for (path, media) in [("/api", "text/html"), ("/api/openapi.json", "application/json"), ("/api/reader.css", "text/css")] {
            let heard = house.send(Request::get(path).body(Body::empty()).unwrap()).await;
            assert_eq!(heard.status, 200, "{path}");
            assert!(heard.header("content-type").unwrap().starts_with(media), "{path}");
        }
    }
}
