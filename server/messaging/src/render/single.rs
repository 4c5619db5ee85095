//! Writing a message once, with values that a program gave.

use super::RenderError;
use super::compile::{Written, one_line};
use super::context::{from_json, texts};
use super::engine::{self, HTML, SUBJECT, TEXT};
use super::mask::Masked;
use crate::ports::CompanyInfo;
use connect::email::html::{Preheader, inject_preheader};
use connect::email::{mjml, text};
use contract::templates::{Content, SourceKind};
use minijinja::Value;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Writes a content with these values; `company` is there besides them. No link is wrapped, no foot is added.
///
/// # Errors
/// What cannot be read, or a value that is not there and has no default.
pub fn write_once(
    content: &Content,
    values: &Map<String, Json>,
    company: &CompanyInfo,
) -> Result<Written, RenderError> {
    let wrong = |field: &'static str, message: String| RenderError { field, variable: None, message };
    let source = content.source.trim();
    if content.subject.trim().is_empty() {
        return Err(wrong("subject", "Write a subject.".into()));
    }
    if source.is_empty() && content.text.trim().is_empty() {
        return Err(wrong("source", "Write the message: there is nothing in it.".into()));
    }
    let html = match content.kind {
        SourceKind::Mjml if !source.is_empty() => {
            let masked = Masked::new(source);
            let html = mjml::to_html(&masked.text)
                .map_err(|error| wrong("source", format!("The MJML cannot be read: {}.", error.message)))?;
            masked.restore(&html)
        }
        _ => source.to_owned(),
    };
    let html = match html.is_empty() || content.preheader.trim().is_empty() {
        true => html,
        false => inject_preheader(&html, Preheader::Template(content.preheader.trim())),
    };
    let root = root(values, company);
    let mut env = engine::environment(false);
    let mut part = |name: &'static str, source: &str| {
        env.add_template_owned(name, source.to_owned()).map_err(|error| {
            let what = error.detail().unwrap_or("a placeholder cannot be read").to_owned();
            wrong(engine::field(name), format!("A placeholder is not written correctly: {what}."))
        })?;
        engine::render(&env, name, &root)
    };
    let subject = one_line(&part(SUBJECT, content.subject.trim())?);
    if subject.is_empty() {
        return Err(wrong("subject", "The subject comes out empty. Give its placeholders a default.".into()));
    }
    let html = if html.is_empty() { None } else { Some(part(HTML, &html)?) };
    let body = match (content.text.trim(), &html) {
        ("", Some(html)) => text::from_html(html),
        (written, _) => part(TEXT, written)?,
    };
    Ok(Written { subject, html, text: body })
}

fn root(values: &Map<String, Json>, company: &CompanyInfo) -> Value {
    let own = texts([("name", &company.name), ("address", &company.address), ("website", &company.website)]);
    let mut all: BTreeMap<String, Value> = BTreeMap::from([("company".to_owned(), own)]);
    all.extend(values.iter().filter_map(|(key, value)| Some((key.clone(), from_json(value)?))));
    Value::from(all)
}
