//! Writing an email: subject, preview text, source, text part, and how one person would get it. Shared by templates and
//! campaigns.

mod fields;
mod help;
mod person;
mod preview;
mod problems;

pub use fields::{InboxFields, SourceFields};
pub use help::FieldHelp;
pub use preview::{Preview, PreviewCard};
pub use problems::{ProblemCard, hint};

use contract::templates::{Content, SourceKind};
use leptos::prelude::*;

/// The content that is being written.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Subject.
    pub subject: RwSignal<String>,
    /// Preview text.
    pub preheader: RwSignal<String>,
    /// Language of the source.
    pub kind: RwSignal<SourceKind>,
    /// HTML or MJML.
    pub source: RwSignal<String>,
    /// Own text part, or empty.
    pub text: RwSignal<String>,
}

impl Desk {
    /// Begins with what is stored.
    pub fn of(content: &Content) -> Self {
        Self {
            subject: RwSignal::new(content.subject.clone()),
            preheader: RwSignal::new(content.preheader.clone()),
            kind: RwSignal::new(content.kind),
            source: RwSignal::new(content.source.clone()),
            text: RwSignal::new(content.text.clone()),
        }
    }

    /// What stands there now. Tracks all of it.
    pub fn read(self) -> Content {
        Content {
            subject: self.subject.get(),
            preheader: self.preheader.get(),
            kind: self.kind.get(),
            source: self.source.get(),
            text: self.text.get(),
        }
    }

    /// Puts other content in place of what stands there.
    pub fn fill(self, content: Content) {
        self.subject.set(content.subject);
        self.preheader.set(content.preheader);
        self.kind.set(content.kind);
        self.source.set(content.source);
        self.text.set(content.text);
    }
}

/// The name of a source language.
pub fn kind_words(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Html => "HTML",
        SourceKind::Mjml => "MJML",
    }
}
