//! Compiling a content once, and writing it for one person.

use super::context::{Contact, PIXEL, Root, example_person, link_name, texts};
use super::engine::{self, HTML, PREHEADER, SUBJECT, TEXT};
use super::lint::{blocking, check_name, check_tags, line_of, notice};
use super::mask::Masked;
use crate::ports::Person;
use connect::email::html::{Preheader, append_pixel, collect_links, inject_preheader, rewrite_links};
use connect::email::{mjml, text};
use contract::CampaignId;
use contract::templates::{Content, ContentProblem, SourceKind};
use minijinja::{Environment, Value};

/// Gmail shows no more than this of a message.
const CLIPPED_AT: usize = 102_000;
/// Said of a content that Gmail cuts.
pub const TOO_LARGE: &str = "The email is larger than 100 KB. Gmail shows only the first part of it.";
/// Said of a content without a way out.
pub const FOOT_ADDED: &str =
    "There is no unsubscribe link, so a foot with one is added. Write {{ unsubscribe_url }} where you want it instead.";
/// Said where the company has no postal address.
pub const NO_ADDRESS: &str = "The company has no postal address. Many countries require one in marketing mail; add it in the company's settings.";

/// What is the same for every message of a campaign.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// `campaign.id`
    pub campaign: CampaignId,
    /// `campaign.name`
    pub campaign_name: &'a str,
    /// `company.name`
    pub company_name: &'a str,
    /// `company.address`
    pub company_address: &'a str,
    /// `company.website`
    pub company_website: &'a str,
    /// Adds the pixel.
    pub track_opens: bool,
    /// Puts signed links in place of those with a fixed target.
    pub track_clicks: bool,
    /// Keys of the custom fields, where they are known: others are refused.
    pub fields: Option<&'a [String]>,
    /// For a preview: values that are not there are left out instead of being an error.
    pub lenient: bool,
}

/// The addresses that make one person's message theirs. All are our own, made of letters that need no escaping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Unsubscribe page.
    pub unsubscribe: String,
    /// The message as a page.
    pub view: String,
    /// Pixel; empty without [`Options::track_opens`].
    pub pixel: String,
    /// One for each of [`Compiled::links`].
    pub links: Vec<String>,
}

/// A message as one person gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// One line, not empty.
    pub subject: String,
    /// HTML part; `None` for an email that is plain text only.
    pub html: Option<String>,
    /// Text part.
    pub text: String,
}

/// Why a message could not be written for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    /// `subject`, `preheader`, `source` or `text`.
    pub field: &'static str,
    /// The name that had no value, for example `contact.first_name`.
    pub variable: Option<String>,
    /// What happened and what helps, one or two sentences.
    pub message: String,
}

/// A content that is ready to be written for many people, on many threads.
#[derive(Debug)]
pub struct Compiled {
    env: Environment<'static>,
    /// For the generated text part, whose listed links stand outside of their conditions: what is missing there was
    /// already judged in the HTML.
    loose: Environment<'static>,
    has_html: bool,
    text_is_generated: bool,
    campaign: Value,
    company: Value,
    links: Vec<String>,
    problems: Vec<ContentProblem>,
    names: Vec<String>,
    html: String,
}

/// What compiling collects on the way.
struct Draft<'a> {
    content: &'a Content,
    options: &'a Options<'a>,
    problems: Vec<ContentProblem>,
    names: Vec<String>,
}

impl Compiled {
    /// Compiles.
    ///
    /// # Errors
    /// All problems, if one of them stands in the way of sending.
    pub fn new(content: &Content, options: &Options<'_>) -> Result<Self, Vec<ContentProblem>> {
        let mut draft = Draft { content, options, problems: Vec::new(), names: Vec::new() };
        draft.check_fields();
        let html = draft.html();
        let source = html.clone();
        if draft.blocked() {
            return Err(draft.problems);
        }
        let (html, links) = draft.link(html);
        let (html, text) = draft.finish(html);
        let mut env = engine::environment(options.lenient);
        let mut loose = engine::environment(true);
        let generated = content.text.trim().is_empty();
        let parts = [(SUBJECT, content.subject.trim()), (PREHEADER, content.preheader.trim()), (HTML, html.as_str())];
        for (name, source) in parts {
            draft.add(&mut env, name, source);
        }
        draft.add(if generated { &mut loose } else { &mut env }, TEXT, &text);
        if draft.blocked() {
            return Err(draft.problems);
        }
        Ok(Self {
            env,
            loose,
            has_html: !html.is_empty(),
            text_is_generated: generated,
            campaign: texts([("name", options.campaign_name), ("id", &options.campaign.to_string())]),
            company: texts([
                ("name", options.company_name),
                ("address", options.company_address),
                ("website", options.company_website),
            ]),
            links,
            problems: draft.problems,
            names: draft.names,
            html: source,
        })
    }

    /// Targets of the links that are replaced, in the order of [`Addresses::links`], each once, as the author wrote them.
    pub fn links(&self) -> &[String] {
        &self.links
    }

    /// The HTML as the author meant it, before links, foot and pixel.
    pub fn html_source(&self) -> &str {
        &self.html
    }

    /// Every link with a fixed target, each once, whether its clicks are counted or not.
    pub fn fixed_links(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for link in collect_links(&self.html).into_iter().filter(|link| !link.is_dynamic) {
            if !all.contains(&link.url) {
                all.push(link.url);
            }
        }
        all
    }

    /// What every person must have for the message to be written, without `contact.`: names that are read without a
    /// default. Found by writing it for somebody who lacks one thing at a time.
    pub fn required(&self) -> Vec<String> {
        let mut names: Vec<&str> = self.names.iter().filter_map(|name| name.strip_prefix("contact.")).collect();
        names.sort_unstable();
        names.dedup();
        let keys: Vec<String> =
            names.iter().filter_map(|name| name.strip_prefix("fields.")).map(str::to_owned).collect();
        let whole = example_person(&keys);
        let addresses = self.nowhere();
        let is_required = |name: &&str| {
            let mut person = whole.clone();
            match *name {
                "email" => person.email.clear(),
                "first_name" => person.first_name.clear(),
                "last_name" => person.last_name.clear(),
                "organisation" => person.organisation.clear(),
                "phone" => person.phone.clear(),
                "language" => person.language.clear(),
                other => {
                    person.fields.remove(other.strip_prefix("fields.").unwrap_or_default());
                }
            }
            self.render(&person, &addresses).is_err() && self.render(&whole, &addresses).is_ok()
        };
        names.into_iter().filter(is_required).map(str::to_owned).collect()
    }

    /// The HTML for an example person, or the text where there is none: about as long as anybody gets it.
    pub fn sample(&self) -> String {
        let keys: Vec<String> =
            self.names.iter().filter_map(|name| name.strip_prefix("contact.fields.")).map(str::to_owned).collect();
        let written = self.render(&example_person(&keys), &self.nowhere());
        written.map(|w| w.html.unwrap_or(w.text)).unwrap_or_else(|_| self.html.clone())
    }

    /// Addresses as long as real ones that lead nowhere.
    fn nowhere(&self) -> Addresses {
        let long = format!("https://mail.example.com/c/{}", "x".repeat(115));
        Addresses {
            unsubscribe: long.clone(),
            view: long.clone(),
            pixel: long.clone(),
            links: vec![long; self.links.len()],
        }
    }

    /// What the author should know; nothing that stands in the way.
    pub fn problems(&self) -> &[ContentProblem] {
        &self.problems
    }

    /// Writes the message for a person.
    ///
    /// # Errors
    /// A value that is not there and has no default, or a template that runs too long.
    pub fn render(&self, person: &Person, addresses: &Addresses) -> Result<Written, RenderError> {
        let root = self.root(person, addresses);
        let html = if self.has_html { Some(engine::render(&self.env, HTML, &root)?) } else { None };
        let text_env = if self.text_is_generated { &self.loose } else { &self.env };
        Ok(Written { subject: self.subject(&root)?, html, text: engine::render(text_env, TEXT, &root)? })
    }

    /// The preheader alone, for a preview; in a message it stands in the HTML.
    ///
    /// # Errors
    /// As [`Compiled::render`].
    pub fn preheader(&self, person: &Person, addresses: &Addresses) -> Result<String, RenderError> {
        Ok(one_line(&engine::render(&self.env, PREHEADER, &self.root(person, addresses))?))
    }

    fn subject(&self, root: &Value) -> Result<String, RenderError> {
        let subject = one_line(&engine::render(&self.env, SUBJECT, root)?);
        if subject.is_empty() {
            let message = "The subject comes out empty. Give its placeholders a default.".to_owned();
            return Err(RenderError { field: "subject", variable: None, message });
        }
        Ok(subject)
    }

    fn root(&self, person: &Person, addresses: &Addresses) -> Value {
        let safe = |url: &String| Value::from_safe_string(url.clone());
        Value::from_object(Root {
            contact: Value::from_object(Contact::new(person)),
            campaign: self.campaign.clone(),
            company: self.company.clone(),
            unsubscribe: safe(&addresses.unsubscribe),
            view: safe(&addresses.view),
            pixel: safe(&addresses.pixel),
            links: addresses.links.iter().map(safe).collect(),
        })
    }
}

impl Draft<'_> {
    fn blocked(&self) -> bool {
        self.problems.iter().any(|p| p.blocks)
    }

    /// What each part says by itself.
    fn check_fields(&mut self) {
        let content = self.content;
        if content.subject.trim().is_empty() {
            self.problems.push(blocking("subject", None, "Write a subject."));
        }
        if content.source.trim().is_empty() && content.text.trim().is_empty() {
            self.problems.push(blocking("source", None, "Write the email: there is nothing in it yet."));
        }
        let parts = [
            ("subject", &content.subject),
            ("preheader", &content.preheader),
            ("source", &content.source),
            ("text", &content.text),
        ];
        for (field, text) in parts {
            let problems = check_tags(field, text);
            if problems.is_empty() {
                self.check_names(field, text);
            }
            self.problems.extend(problems);
        }
    }

    /// Compiles a part as the author wrote it, so that lines are theirs, and checks every name that it reads.
    fn check_names(&mut self, field: &str, text: &str) {
        let mut env = engine::environment(false);
        if let Err(error) = env.add_template_owned("part", text.to_owned()) {
            let line = error.line().and_then(|line| u32::try_from(line).ok());
            let what = error.detail().unwrap_or("this placeholder cannot be read").to_owned();
            self.problems.push(blocking(field, line, format!("A placeholder is not written correctly: {what}.")));
            return;
        }
        let Ok(template) = env.get_template("part") else { return };
        let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        names.sort();
        for name in names {
            if let Some(message) = check_name(&name, self.options.fields) {
                let line = text.find(name.as_str()).and_then(|at| line_of(text, at));
                self.problems.push(blocking(field, line, message));
            }
            self.names.push(name);
        }
    }

    /// The source as HTML; empty for a plain-text email.
    fn html(&mut self) -> String {
        let source = &self.content.source;
        if source.trim().is_empty() || self.content.kind == SourceKind::Html {
            return source.trim().to_owned();
        }
        let masked = Masked::new(source);
        match mjml::to_html(&masked.text) {
            Ok(html) => masked.restore(&html),
            Err(error) => {
                self.problems.push(blocking(
                    "source",
                    error.line,
                    format!("The MJML cannot be read: {}.", error.message),
                ));
                String::new()
            }
        }
    }

    /// Puts placeholders where fixed links were; answers the targets.
    fn link(&mut self, html: String) -> (String, Vec<String>) {
        if !self.options.track_clicks {
            return (html, Vec::new());
        }
        let mut targets: Vec<String> = Vec::new();
        let mut numbers: Vec<Option<usize>> = Vec::new();
        for link in collect_links(&html) {
            if link.is_dynamic {
                let what = if link.text.is_empty() { link.url } else { link.text };
                let message =
                    format!("Clicks on \"{what}\" are not counted, because where it leads differs per person.");
                self.problems.push(notice("source", None, message));
                numbers.push(None);
                continue;
            }
            let known = targets.iter().position(|t| *t == link.url);
            numbers.push(Some(known.unwrap_or_else(|| {
                targets.push(link.url);
                targets.len() - 1
            })));
        }
        if targets.len() > usize::from(u16::MAX) {
            self.problems.push(blocking("source", None, "There are more than 65,535 different links."));
            return (html, Vec::new());
        }
        let placeholder = |index: usize, _: &str| {
            let number = numbers.get(index).copied().flatten()?;
            Some(format!("{{{{ {} }}}}", link_name(number)))
        };
        (rewrite_links(&html, placeholder), targets)
    }

    /// Adds foot, text part, preheader and pixel.
    fn finish(&mut self, html: String) -> (String, String) {
        let unsubscribe = |names: &[String]| names.iter().any(|n| n == "unsubscribe_url");
        let in_source = unsubscribe(&self.names_of(&self.content.source));
        let in_text = unsubscribe(&self.names_of(&self.content.text));
        let foot = Foot { options: self.options };
        let mut html = html;
        if !html.is_empty() && !in_source {
            html = foot.add_to_html(&html);
            self.problems.push(notice("source", None, FOOT_ADDED));
        }
        let text = match self.content.text.trim() {
            "" => text::from_html(&html),
            written if in_text => written.to_owned(),
            written => foot.add_to_text(written),
        };
        if html.is_empty() {
            return (html, text);
        }
        html = inject_preheader(&html, Preheader::Template(self.content.preheader.trim()));
        if self.options.track_opens {
            html = append_pixel(&html, &format!("{{{{ {PIXEL} }}}}"));
        }
        self.look_at(&html);
        (html, text)
    }

    /// What an author may not have thought of.
    fn look_at(&mut self, html: &str) {
        let lower = html.to_ascii_lowercase();
        if html.len() > CLIPPED_AT {
            self.problems.push(notice("source", None, TOO_LARGE));
        }
        if lower.contains("<script") {
            self.problems.push(notice("source", None, "Mail programs remove scripts. Take the script out."));
        }
        if self.options.company_address.trim().is_empty() {
            self.problems.push(notice("source", None, NO_ADDRESS));
        } else if !lower.contains("company.address")
            && !lower.contains(&self.options.company_address.trim().to_ascii_lowercase())
        {
            let message = "The postal address is nowhere in the email. Write {{ company.address }} where you want it.";
            self.problems.push(notice("source", None, message));
        }
    }

    fn names_of(&self, text: &str) -> Vec<String> {
        self.names.iter().filter(|name| text.contains(name.as_str())).cloned().collect()
    }

    fn add(&mut self, env: &mut Environment<'static>, name: &'static str, source: &str) {
        // The engine takes one line end from the end, as Jinja does.
        let source = format!("{source}\n");
        if let Err(error) = env.add_template_owned(name, source) {
            let what = error.detail().unwrap_or("it cannot be read");
            let message = match name {
                TEXT if self.content.text.trim().is_empty() => {
                    format!("No text part can be made from this HTML ({what}). Write the text part yourself.")
                }
                _ => format!("A placeholder ended up where it cannot stand: {what}."),
            };
            self.problems.push(blocking(engine::field(name), None, message));
        }
    }
}

/// What stands under a message that does not say it itself.
struct Foot<'a> {
    options: &'a Options<'a>,
}

impl Foot<'_> {
    fn address(&self) -> bool {
        !self.options.company_address.trim().is_empty()
    }

    fn add_to_html(&self, html: &str) -> String {
        let address = if self.address() { "<br>{{ company.address }}" } else { "" };
        let foot = format!(
            "<div style=\"margin:0 auto;max-width:600px;padding:24px 16px;font-family:Arial,Helvetica,sans-serif;font-size:12px;line-height:18px;color:#6b7280;text-align:center\">{{{{ company.name }}}}{address}<br><a href=\"{{{{ unsubscribe_url }}}}\" style=\"color:#6b7280;text-decoration:underline\">Unsubscribe</a></div>"
        );
        let lower = html.to_ascii_lowercase();
        let at = lower.rfind("</body").or_else(|| lower.rfind("</html")).unwrap_or(html.len());
        let (before, after) = html.split_at_checked(at).unwrap_or((html, ""));
        [before, &foot, after].concat()
    }

    fn add_to_text(&self, text: &str) -> String {
        let address = if self.address() { "\n{{ company.address }}" } else { "" };
        format!("{text}\n\n-- \n{{{{ company.name }}}}{address}\nUnsubscribe: {{{{ unsubscribe_url }}}}")
    }
}

/// One line without control characters: what may stand in a header.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
