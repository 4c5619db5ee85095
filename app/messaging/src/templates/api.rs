//! Server functions of templates: who asks, one call, the answer.

#![expect(missing_docs, reason = "the macro makes public fields of the arguments")]

use contract::templates::{Content, PreviewRequest, Rendered, SourceKind, Template, TemplateRow};
use contract::{Fault, Micros, TemplateId};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// Last changed first.
#[server(prefix = "/fn", endpoint = "templates/list", input = GetUrl)]
pub async fn all_templates() -> Result<Vec<TemplateRow>, Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.list(&actor).await
}

/// One.
#[server(prefix = "/fn", endpoint = "templates/get", input = GetUrl)]
pub async fn get_template(id: TemplateId) -> Result<Template, Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.get(&actor, id).await
}

/// A good default layout.
#[server(prefix = "/fn", endpoint = "templates/starter", input = GetUrl)]
pub async fn starter(kind: SourceKind) -> Result<Content, Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.starter(&actor, kind).await
}

/// Adds one.
#[server(prefix = "/fn", endpoint = "templates/create", input = Json)]
pub async fn create_template(name: String, content: Content) -> Result<Template, Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.create(&actor, name, content).await
}

/// Changes one.
#[server(prefix = "/fn", endpoint = "templates/update", input = Json)]
pub async fn update_template(
    id: TemplateId,
    name: String,
    content: Content,
    seen: Option<Micros>,
) -> Result<Template, Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.update(&actor, id, name, content, seen).await
}

/// Copies one.
#[server(prefix = "/fn", endpoint = "templates/duplicate", input = Json)]
pub async fn duplicate_template(id: TemplateId) -> Result<Template, Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.duplicate(&actor, id).await
}

/// Removes one.
#[server(prefix = "/fn", endpoint = "templates/delete", input = Json)]
pub async fn delete_template(id: TemplateId) -> Result<(), Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.delete(&actor, id).await
}

/// Writes content for a person.
#[server(prefix = "/fn", endpoint = "templates/preview", input = Json)]
pub async fn render_preview(request: PreviewRequest) -> Result<Rendered, Fault> {
    let (actor, templates) = session::ask::<dyn contract::templates::Templates>()?;
    templates.preview(&actor, request).await
}
