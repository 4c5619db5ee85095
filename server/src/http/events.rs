//! Server-sent events: the company's changes as they happen. A client that comes back says where it was.

use crate::http::api::problem;
use crate::http::asker;
use crate::wiring::App;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use contract::Actor;
use contract::live::{Event, Events};
use futures::Stream;
use serde::Deserialize;
use session::Asker;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    /// The last event seen; absent starts at now.
    after: Option<i64>,
}

/// Events for the signed-in page.
pub async fn stream(
    State(app): State<App>,
    asker: Option<Extension<Asker>>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    match asker::actor(asker.as_deref()) {
        Ok(actor) => answer(&app, actor, from, &headers).await,
        Err(fault) => problem(&fault).into_response(),
    }
}

/// The stream for an actor, from a page or from the API.
pub async fn answer(app: &App, actor: Actor, from: From, headers: &HeaderMap) -> Response {
    let seen = headers.get("last-event-id").and_then(|v| v.to_str().ok()?.parse().ok());
    let after = match seen.or(from.after) {
        Some(after) => after,
        None => match app.events.latest(&actor).await {
            Ok(latest) => latest,
            Err(fault) => return problem(&fault).into_response(),
        },
    };
    let frames = frames(Arc::clone(&app.events), actor, after, app.draining.clone());
    Sse::new(frames).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

fn frames(
    events: Arc<dyn Events>,
    actor: Actor,
    after: i64,
    draining: tokio_util::sync::CancellationToken,
) -> impl Stream<Item = Result<Frame, Infallible>> {
    let hello =
        futures::stream::once(async move { Ok(Frame::default().event("hello").id(after.to_string()).data("{}")) });
    let rest = futures::stream::unfold(
        (events, actor, after, Vec::<Event>::new().into_iter(), draining),
        |(events, actor, mut after, mut ready, draining)| async move {
            loop {
                if let Some(event) = ready.next() {
                    after = event.id;
                    return Some((Ok(frame(&event)), (events, actor, after, ready, draining)));
                }
                match events.after(&actor, after, 200).await {
                    Ok(batch) if !batch.is_empty() => {
                        ready = batch.into_iter();
                        continue;
                    }
                    Ok(_) => {}
                    Err(_) => return None,
                }
                tokio::select! {
                    () = draining.cancelled() => return None,
                    () = events.changed() => {}
                }
            }
        },
    );
    futures::StreamExt::chain(hello, rest)
}

fn frame(event: &Event) -> Frame {
    Frame::default()
        .id(event.id.to_string())
        .event("change")
        .json_data(event)
        .unwrap_or_else(|_| Frame::default().comment("unreadable"))
}
