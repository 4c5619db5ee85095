//! Templates.

use super::endpoint::{Call, Group, NoQuery, delete, get, patch, post};
use super::find::whole;
use super::input::{Json, Patch};
use super::reply::{Done, Made, Shown};
use contract::templates::{Content, PreviewRequest, Rendered, SourceKind, Template, TemplateRow};
use contract::{Capability, ContactId, Fault, Micros, Page, TemplateId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The rows of this noun.
pub fn group() -> Group {
    let content = json!({
        "subject": "News for {{ contact.first_name | default('you') }}",
        "source": "<p>Hello</p><p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p>"
    });
    let endpoints = vec![
        get("/templates", "List templates", list).needs(Capability::CampaignsRead),
        post("/templates", "Make a template", create)
            .needs(Capability::CampaignsWrite)
            .example(json!({ "name": "News", "content": content })),
        get("/templates/starter", "Get a starting layout", starter)
            .needs(Capability::CampaignsRead)
            .about("A good default in the company's name, not stored."),
        post("/templates/preview", "Preview content", preview)
            .needs(Capability::CampaignsRead)
            .about("Written for a contact, or for an example person. Naming a contact needs contacts:read as well.")
            .example(json!({ "content": content })),
        get("/templates/{id}", "Get a template", read).needs(Capability::CampaignsRead),
        patch("/templates/{id}", "Change a template", update)
            .needs(Capability::CampaignsWrite)
            .about("A merge patch: what is absent stays.")
            .example(json!({ "content": { "subject": "News" } })),
        delete("/templates/{id}", "Delete a template", remove)
            .needs(Capability::CampaignsWrite)
            .about("Campaigns keep their own copy of the content."),
        post("/templates/{id}/preview", "Preview a template", preview_one)
            .needs(Capability::CampaignsRead)
            .example(json!({})),
        post("/templates/{id}/duplicate", "Duplicate a template", duplicate).needs(Capability::CampaignsWrite).once(),
    ];
    Group {
        name: "Templates",
        about: "Reusable email designs, in HTML or MJML, personalised with `{{ contact.first_name }}`.",
        endpoints,
    }
}

/// Words of a template.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct TemplateDraft {
    /// Name, unique per company.
    name: String,
    /// Content.
    #[serde(default)]
    content: Content,
}

/// What one has seen.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SeenQuery {
    /// `updated` as you read it: if somebody changed it since, the answer is a conflict and nothing is written.
    pub seen: Option<Micros>,
}

async fn list(call: Call) -> Result<Shown<Page<TemplateRow>>, Fault> {
    Ok(Shown(whole(call.app.templates.list(&call.actor).await?)))
}

async fn create(call: Call<(), NoQuery, Json<TemplateDraft>>) -> Result<Made<Template>, Fault> {
    let Json(TemplateDraft { name, content }) = call.body;
    let template = call.app.templates.create(&call.actor, name, content).await?;
    Ok(Made(format!("/templates/{}", template.id), template))
}

async fn read(call: Call<TemplateId>) -> Result<Shown<Template>, Fault> {
    Ok(Shown(call.app.templates.get(&call.actor, call.path).await?))
}

async fn update(call: Call<TemplateId, SeenQuery, Patch<TemplateDraft>>) -> Result<Shown<Template>, Fault> {
    let before = call.app.templates.get(&call.actor, call.path).await?;
    let seen = call.query.seen.unwrap_or(before.updated);
    let TemplateDraft { name, content } =
        call.body.over(&TemplateDraft { name: before.name, content: before.content })?;
    Ok(Shown(call.app.templates.update(&call.actor, call.path, name, content, Some(seen)).await?))
}

async fn remove(call: Call<TemplateId>) -> Result<Done, Fault> {
    call.app.templates.delete(&call.actor, call.path).await?;
    Ok(Done)
}

async fn duplicate(call: Call<TemplateId>) -> Result<Made<Template>, Fault> {
    let template = call.app.templates.duplicate(&call.actor, call.path).await?;
    Ok(Made(format!("/templates/{}", template.id), template))
}

/// Language of the layout.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct StarterQuery {
    /// `html` or `mjml`; HTML if absent.
    kind: SourceKind,
}

async fn starter(call: Call<(), StarterQuery>) -> Result<Shown<Content>, Fault> {
    Ok(Shown(call.app.templates.starter(&call.actor, call.query.kind).await?))
}

async fn preview(call: Call<(), NoQuery, Json<PreviewRequest>>) -> Result<Shown<Rendered>, Fault> {
    Ok(Shown(call.app.templates.preview(&call.actor, call.body.0).await?))
}

/// For whom.
#[derive(Debug, Deserialize, JsonSchema)]
struct TemplatePreview {
    /// Written for this contact; an example person if absent.
    #[serde(default)]
    contact: Option<ContactId>,
}

async fn preview_one(call: Call<TemplateId, NoQuery, Json<TemplatePreview>>) -> Result<Shown<Rendered>, Fault> {
    let template = call.app.templates.get(&call.actor, call.path).await?;
    let request = PreviewRequest { content: template.content, contact: call.body.0.contact, campaign: None };
    Ok(Shown(call.app.templates.preview(&call.actor, request).await?))
}
