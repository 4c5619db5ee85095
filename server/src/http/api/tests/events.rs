//! The stream of changes.

use super::house::request;
use super::{House, both_houses};
use axum::http::Method;
use contract::Capability;
use futures::StreamExt;
use serde_json::{Value, json};

fn kinds(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
}

both_houses! {
    async fn a_key_sees_events_of_what_it_may_read_and_of_its_company(house: House) {
        let key = house.full().await;
        house.furnish(&key).await;
        let all = kinds(&house.get(&key, "/events").await);
        assert!(all.contains(&"contact.created".to_owned()) && all.contains(&"sender.created".to_owned()), "{all:?}");
        let narrow = house.key(house.ours, &[Capability::SendersRead]).await;
        let page = house.get(&narrow, "/events").await;
        assert!(kinds(&page).iter().all(|k| ["sender.", "domain.", "bounce.", "company."].iter().any(|noun| k.starts_with(noun))), "{page}");
        let theirs = house.key(house.theirs, &[Capability::ContactsRead]).await;
        assert!(!kinds(&house.get(&theirs, "/events").await).iter().any(|k| k.starts_with("contact")));
        // `next` goes past what is hidden and then stands still.
        let next = page["next"].as_str().unwrap();
        let after = house.get(&narrow, &format!("/events?after={next}&limit=1000")).await;
        assert_eq!(after["items"], json!([]));
    }

    async fn the_stream_sends_what_happens_after_it_was_opened(house: House) {
        let key = house.full().await;
        house.post(&key, "/lists", json!({ "name": "Before" })).await.ok(201);
        let answer = house.raw(request(&key, Method::GET, "/events", None, &[("accept", "text/event-stream")])).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut frames = answer.into_body().into_data_stream();
        let hello = frames.next().await.unwrap().unwrap();
        assert!(std::str::from_utf8(&hello).unwrap().contains("event: hello"), "{hello:?}");
        house.post(&key, "/lists", json!({ "name": "After" })).await.ok(201);
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), frames.next()).await.unwrap().unwrap().unwrap();
        let next = std::str::from_utf8(&next).unwrap();
        assert!(next.contains("list.created") && next.contains("After"), "{next}");
    }
}
