//! The layouts that a new email begins with: one column, readable on a telephone, in light and dark.

use contract::templates::{Content, SourceKind};

const HTML: &str = include_str!("starters/simple.html");
const MJML: &str = include_str!("starters/simple.mjml");

/// A content to begin with, in the language of the source.
pub(super) fn starter(kind: SourceKind, company: &str) -> Content {
    let company = match company.trim() {
        "" => "us",
        name => name,
    };
    Content {
        subject: format!("News from {}", plain(company)),
        preheader: "One sentence that makes people want to read on".into(),
        kind,
        source: match kind {
            SourceKind::Html => HTML.to_owned(),
            SourceKind::Mjml => MJML.to_owned(),
        },
        text: String::new(),
    }
}

/// A name that could be read as a placeholder is kept from being one.
fn plain(name: &str) -> String {
    name.replace(['{', '}'], "")
}
