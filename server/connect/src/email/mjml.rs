//! MJML to HTML, with nothing loaded from anywhere: an include is an error.

use mrml::prelude::parser::{Error, ParserOptions, Span};
use mrml::prelude::render::RenderOptions;

use super::html::{Piece, Scanner};

/// Largest source, in bytes.
pub const MAX_SOURCE: usize = 1024 * 1024;
/// Deepest nesting. The renderer calls itself for each level, and a full stack would end the process.
pub const MAX_DEPTH: usize = 60;

/// Why a source cannot become HTML, for the person who edits it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct MjmlError {
    /// Line in the source, from 1, where it is known.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

/// Renders a source. The result is a whole HTML page.
///
/// # Errors
/// The first mistake in the source, with its line where it is known.
pub fn to_html(source: &str) -> Result<String, MjmlError> {
    if source.len() > MAX_SOURCE {
        return Err(MjmlError { line: None, message: "the source is larger than 1 MB".to_owned() });
    }
    check_elements(source)?;
    let parsed =
        mrml::parse_with_options(source, &ParserOptions::default()).map_err(|error| explain(source, &error))?;
    // the usual fonts come from a third party that would see every reader; an author can still ask for one with mj-font
    let options = RenderOptions { fonts: std::collections::HashMap::new(), ..RenderOptions::default() };
    parsed.element.render(&options).map_err(|error| MjmlError { line: None, message: error.to_string() })
}

/// Elements that never have an end tag.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// All elements of the language; the renderer would copy others into the mail as they are.
const KNOWN: &[&str] = &[
    "mjml",
    "mj-accordion",
    "mj-accordion-element",
    "mj-accordion-text",
    "mj-accordion-title",
    "mj-all",
    "mj-attributes",
    "mj-body",
    "mj-breakpoint",
    "mj-button",
    "mj-carousel",
    "mj-carousel-image",
    "mj-class",
    "mj-column",
    "mj-divider",
    "mj-font",
    "mj-group",
    "mj-head",
    "mj-hero",
    "mj-image",
    "mj-include",
    "mj-navbar",
    "mj-navbar-link",
    "mj-preview",
    "mj-raw",
    "mj-section",
    "mj-social",
    "mj-social-element",
    "mj-spacer",
    "mj-style",
    "mj-table",
    "mj-text",
    "mj-title",
    "mj-wrapper",
];

/// Finds what the renderer would pass over or choke on: unknown elements, absurd depth, elements that stay open.
fn check_elements(source: &str) -> Result<(), MjmlError> {
    let mut depth = 0_usize;
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut has_root = false;
    let wrong = |at: usize, message: String| Err(MjmlError { line: line_of(source, at), message });
    for piece in Scanner::new(source) {
        match piece {
            Piece::Open(tag) => {
                let is_ours = tag.name.starts_with("mj");
                if is_ours && !KNOWN.contains(&tag.name) {
                    return wrong(tag.end - 1, format!("<{}> is not an MJML element", tag.name));
                }
                has_root |= tag.name == "mjml";
                let closes_itself = source.get(..tag.end).is_some_and(|before| before.ends_with("/>"));
                if !closes_itself && !VOID.iter().any(|name| tag.is(name)) {
                    depth += 1;
                    if is_ours {
                        open.push((tag.name, tag.end - 1));
                    }
                }
                if depth > MAX_DEPTH {
                    return wrong(tag.end - 1, format!("elements are nested more than {MAX_DEPTH} deep"));
                }
            }
            Piece::Close(name, at) => {
                depth = depth.saturating_sub(1);
                if name.starts_with("mj") {
                    match open.pop() {
                        Some((expected, _)) if expected == name => {}
                        Some((expected, _)) => {
                            return wrong(at, format!("</{name}> closes an element while <{expected}> is still open"));
                        }
                        None => return wrong(at, format!("</{name}> closes nothing")),
                    }
                }
            }
            _ => {}
        }
    }
    match open.pop() {
        Some((name, at)) => wrong(at, format!("<{name}> is never closed")),
        None if !has_root => wrong(0, "there is no <mjml> element".to_owned()),
        None => Ok(()),
    }
}

fn line_of(source: &str, position: usize) -> Option<u32> {
    let before = source.as_bytes().get(..position.min(source.len()))?;
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).ok()
}

fn explain(source: &str, error: &Error) -> MjmlError {
    let at = |position: &Span| line_of(source, position.start);
    let words = |position: &Span| {
        let piece: String = source.get(position.start..position.end).unwrap_or_default().chars().take(60).collect();
        piece.trim_matches(['<', '>', '/', ' ', '\n']).to_owned()
    };
    let (line, message) = match error {
        Error::UnexpectedElement { position, .. } => {
            (at(position), format!("\"{}\" may not stand here", words(position)))
        }
        Error::UnexpectedToken { position, .. } => {
            (at(position), format!("\"{}\" was not expected here", words(position)))
        }
        Error::MissingAttribute { name, position, .. } => {
            (at(position), format!("the attribute \"{name}\" is missing"))
        }
        Error::InvalidAttribute { position, .. } => {
            (at(position), format!("the attribute \"{}\" is not valid", words(position)))
        }
        Error::InvalidFormat { position, .. } => {
            (at(position), format!("\"{}\" is not written in the right form", words(position)))
        }
        Error::IncludeLoaderError { position, .. } => (at(position), "other files cannot be included".to_owned()),
        Error::EndOfStream { .. } => {
            (line_of(source, source.len()), "the source ends before all elements are closed".to_owned())
        }
        Error::SizeLimit { .. } => (None, "the source is too large".to_owned()),
        Error::ParserError { source: cause, .. } => parser_error(&cause.to_string()),
        Error::NoRootNode => (Some(1), "there is no <mjml> element".to_owned()),
    };
    MjmlError { line, message }
}

/// The tokenizer only tells its place in words: "… at 3:14".
fn parser_error(words: &str) -> (Option<u32>, String) {
    let place =
        words.rsplit_once(" at ").and_then(|(message, place)| Some((message, place.split_once(':')?.0.parse().ok()?)));
    match place {
        Some((message, line)) => (Some(line), message.to_owned()),
        None => (None, words.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "<mjml>\n<mj-body>\n<mj-section><mj-column>\n<mj-text>Hello {{ contact.first_name }}</mj-text>\n<mj-button href=\"https://example.org/?a=1&amp;b=2\">Go</mj-button>\n</mj-column></mj-section>\n</mj-body>\n</mjml>";

    #[test]
    fn a_good_source_becomes_a_page_and_keeps_merge_fields() {
        let html = to_html(GOOD).unwrap();
        assert!(html.contains("Hello {{ contact.first_name }}"));
        assert!(html.to_ascii_lowercase().starts_with("<!doctype html>"));
        let links = crate::email::html::collect_links(&html);
        assert_eq!(links.iter().map(|link| link.url.as_str()).collect::<Vec<_>>(), ["https://example.org/?a=1&b=2"]);
        assert_eq!(to_html(GOOD).unwrap(), html);
    }

    #[test]
    fn a_mistake_names_its_line() {
        let of = |source: &str| to_html(source).unwrap_err().to_string();
        assert_eq!(of(&GOOD.replace("mj-text>", "mj-wrong>")), "line 4: <mj-wrong> is not an MJML element");
        assert_eq!(of("<mjml>\n<mj-body>\n<mj-section>"), "line 3: <mj-section> is never closed");
        assert_eq!(
            of(&GOOD.replace("</mj-text>", "")),
            "line 6: </mj-column> closes an element while <mj-text> is still open"
        );
        assert_eq!(of("<mjml>\n</mj-body></mjml>"), "line 2: </mj-body> closes an element while <mjml> is still open");
        assert_eq!(of("<mjml>\n<mj-text>x</mj-text>\n</mjml>"), "line 2: \"mj-text\" may not stand here");
        assert_eq!(of("hello"), "line 1: there is no <mjml> element");
        assert!(to_html("").is_err());
    }

    #[test]
    fn no_third_party_is_told_who_reads() {
        assert!(!to_html(GOOD).unwrap().contains("googleapis"));
    }

    #[test]
    fn nothing_is_included_from_disk_or_network() {
        for path in ["/etc/passwd", "file:///etc/passwd", "https://example.org/x.mjml"] {
            let source = format!("<mjml>\n<mj-body>\n<mj-include path=\"{path}\" />\n</mj-body></mjml>");
            let error = to_html(&source).unwrap_err();
            assert_eq!((error.line, error.message.as_str()), (Some(3), "other files cannot be included"));
        }
    }

    #[test]
    fn absurd_nesting_is_refused_before_it_fills_the_stack() {
        let deep = format!(
            "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>",
            "<div>".repeat(100_000)
        );
        assert!(to_html(&deep).unwrap_err().message.contains("nested"));
    }

    #[test]
    fn template_blocks_between_elements_are_left_to_the_author() {
        let source = GOOD.replace("<mj-text>", "<mj-raw>{% if contact.city %}</mj-raw><mj-text>");
        let source = source.replace("</mj-text>", "</mj-text><mj-raw>{% endif %}</mj-raw>");
        let html = to_html(&source).unwrap();
        assert!(html.contains("{% if contact.city %}") && html.contains("{% endif %}"));
    }
}
