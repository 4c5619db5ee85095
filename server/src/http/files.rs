//! Files in and out: the upload of an import streams to disk, exports stream from the database.

use crate::http::api::problem;
use crate::http::asker;
use crate::wiring::App;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Json, Response};
use contract::campaigns::RecipientQuery;
use contract::contacts::{ContactFilter, ExportPart};
use contract::imports::Import;
use contract::{Actor, CampaignId, Cursor, Fault, ImportId};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use session::Asker;

/// Bytes handed to the import service at a time.
const CHUNK: usize = 256 * 1024;

/// Name of an uploaded file.
#[derive(Debug, Deserialize)]
pub struct Upload {
    name: Option<String>,
}

/// `POST /files/imports?name=fair.csv` with the file as the body; answers the import.
pub async fn upload(
    State(app): State<App>,
    asker: Option<Extension<Asker>>,
    Query(upload): Query<Upload>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let result = async {
        let actor = asker::actor(asker.as_deref())?;
        receive(&app, &actor, upload.name, &headers, body).await
    };
    match result.await {
        Ok(import) => Json(import).into_response(),
        Err(fault) => problem(&fault).into_response(),
    }
}

/// Streams a body into a new import.
pub async fn receive(
    app: &App,
    actor: &Actor,
    name: Option<String>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Import, Fault> {
    let bytes = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    let name = name.filter(|n| !n.trim().is_empty()).unwrap_or_else(|| "upload.csv".into());
    let id = app.imports.open(actor, name, bytes).await?;
    let mut stream = body.into_data_stream();
    let mut held = Vec::with_capacity(CHUNK);
    while let Some(piece) = stream.next().await {
        let piece: Bytes = piece.map_err(|_| Fault::invalid("file", "The upload broke off. Upload the file again."))?;
        held.extend_from_slice(&piece);
        if held.len() >= CHUNK {
            app.imports.append(actor, id, std::mem::replace(&mut held, Vec::with_capacity(CHUNK))).await?;
        }
    }
    if !held.is_empty() {
        app.imports.append(actor, id, held).await?;
    }
    app.imports.uploaded(actor, id).await
}

/// Rejected rows of an import.
pub async fn rejected(State(app): State<App>, asker: Option<Extension<Asker>>, Path(id): Path<ImportId>) -> Response {
    match asker::actor(asker.as_deref()) {
        Ok(actor) => rejected_csv(&app, actor, id).await,
        Err(fault) => problem(&fault).into_response(),
    }
}

/// The same, for the API.
pub async fn rejected_csv(app: &App, actor: Actor, id: ImportId) -> Response {
    let imports = app.imports.clone();
    csv("rejected.csv", move |cursor| {
        let (imports, actor) = (imports.clone(), actor.clone());
        async move { imports.rejected(&actor, id, cursor).await }
    })
    .await
}

/// Contacts that match the filter in the query.
pub async fn contacts(
    State(app): State<App>,
    asker: Option<Extension<Asker>>,
    Query(filter): Query<ContactFilter>,
) -> Response {
    let actor = match asker::actor(asker.as_deref()) {
        Ok(actor) => actor,
        Err(fault) => return problem(&fault).into_response(),
    };
    let contacts = app.contacts.clone();
    csv("contacts.csv", move |cursor| {
        let (contacts, actor, filter) = (contacts.clone(), actor.clone(), filter.clone());
        async move { contacts.export(&actor, filter, cursor).await }
    })
    .await
}

/// Recipients of a campaign.
pub async fn recipients(
    State(app): State<App>,
    asker: Option<Extension<Asker>>,
    Path(id): Path<CampaignId>,
    Query(query): Query<RecipientQuery>,
) -> Response {
    match asker::actor(asker.as_deref()) {
        Ok(actor) => recipients_csv(&app, actor, id, query).await,
        Err(fault) => problem(&fault).into_response(),
    }
}

/// The same, for the API.
pub async fn recipients_csv(app: &App, actor: Actor, id: CampaignId, query: RecipientQuery) -> Response {
    let campaigns = app.campaigns.clone();
    csv("recipients.csv", move |cursor| {
        let (campaigns, actor) = (campaigns.clone(), actor.clone());
        let query = RecipientQuery { cursor, ..query.clone() };
        async move { campaigns.export_recipients(&actor, id, query).await }
    })
    .await
}

/// Streams parts until there is no next one. The first part is fetched before the head goes out, so that a refusal is one.
async fn csv<F, Fut>(name: &str, part: F) -> Response
where
    F: Fn(Option<Cursor>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<ExportPart, Fault>> + Send + 'static,
{
    let first = match part(None).await {
        Ok(first) => first,
        Err(fault) => return problem(&fault).into_response(),
    };
    let mut answer = Body::from_stream(parts(first, part)).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    answer
}

fn parts<F, Fut>(first: ExportPart, part: F) -> impl Stream<Item = Result<String, std::io::Error>>
where
    F: Fn(Option<Cursor>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<ExportPart, Fault>> + Send + 'static,
{
    futures::stream::unfold((Some(first.csv), first.next, part), |(ready, next, part)| async move {
        if let Some(csv) = ready {
            return Some((Ok(csv), (None, next, part)));
        }
        let cursor = next?;
        match part(Some(cursor)).await {
            Ok(more) => Some((Ok(more.csv), (None, more.next, part))),
            // The head is out: breaking the stream is the one honest way to say that the file is not whole.
            Err(fault) => Some((Err(std::io::Error::other(fault.to_string())), (None, None, part))),
        }
    })
}
