//! Email designs and how they are written for one person.

use crate::{Actor, CampaignId, ContactId, Fault, Micros, TemplateId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Language of the source.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// HTML.
    #[default]
    Html,
    /// MJML, compiled to HTML.
    Mjml,
}

impl SourceKind {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Mjml => "mjml",
        }
    }
}

/// The words of an email before they are written for a person.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Subject, may be personalised.
    #[serde(default)]
    pub subject: String,
    /// First line shown in the inbox list, may be personalised.
    #[serde(default)]
    pub preheader: String,
    /// Language of `source`.
    #[serde(default)]
    pub kind: SourceKind,
    /// HTML or MJML.
    #[serde(default)]
    pub source: String,
    /// Plain-text part; empty is generated from the HTML.
    #[serde(default)]
    pub text: String,
}

/// A template.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Id.
    pub id: TemplateId,
    /// Name, unique per company.
    pub name: String,
    /// Content.
    pub content: Content,
    /// Made.
    pub created: Micros,
    /// Changed.
    pub updated: Micros,
}

/// A row of the template list.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateRow {
    /// Id.
    pub id: TemplateId,
    /// Name.
    pub name: String,
    /// Subject.
    pub subject: String,
    /// Language.
    pub kind: SourceKind,
    /// Changed.
    pub updated: Micros,
}

/// Something about the content a person should know.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContentProblem {
    /// `subject`, `preheader`, `source`, `text`.
    pub field: String,
    /// Line in that field, from 1, if known.
    pub line: Option<u32>,
    /// What is wrong and how to mend it.
    pub message: String,
    /// True if sending is refused until it is mended.
    pub blocks: bool,
}

/// An email as one person would get it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rendered {
    /// Subject.
    pub subject: String,
    /// Preheader.
    pub preheader: String,
    /// HTML, links not wrapped, no pixel.
    pub html: String,
    /// Plain text.
    pub text: String,
    /// The person it was written for, or `Example person`.
    pub person: String,
    /// Bytes of the HTML.
    pub bytes: i64,
    /// What to know.
    pub problems: Vec<ContentProblem>,
}

/// Asks for a preview. Without a contact, an example person is used.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewRequest {
    /// Content as it stands in the editor.
    pub content: Content,
    /// Written for this contact.
    pub contact: Option<ContactId>,
    /// Campaign it belongs to, for `campaign.*`.
    pub campaign: Option<CampaignId>,
}

/// Templates service.
#[async_trait]
pub trait Templates: Send + Sync {
    /// Last changed first; a few hundred at most.
    async fn list(&self, actor: &Actor) -> Result<Vec<TemplateRow>, Fault>;
    /// One.
    async fn get(&self, actor: &Actor, id: TemplateId) -> Result<Template, Fault>;
    /// A good default layout in the company's name, not stored.
    async fn starter(&self, actor: &Actor, kind: SourceKind) -> Result<Content, Fault>;
    /// Adds one.
    async fn create(&self, actor: &Actor, name: String, content: Content) -> Result<Template, Fault>;
    /// Changes it. `seen` is the `updated` the editor started from; a newer one is a conflict.
    async fn update(
        &self,
        actor: &Actor,
        id: TemplateId,
        name: String,
        content: Content,
        seen: Option<Micros>,
    ) -> Result<Template, Fault>;
    /// A copy named `… copy`.
    async fn duplicate(&self, actor: &Actor, id: TemplateId) -> Result<Template, Fault>;
    /// Removes it; campaigns keep their own copy of the content.
    async fn delete(&self, actor: &Actor, id: TemplateId) -> Result<(), Fault>;
    /// Writes content for a person.
    async fn preview(&self, actor: &Actor, request: PreviewRequest) -> Result<Rendered, Fault>;
}
