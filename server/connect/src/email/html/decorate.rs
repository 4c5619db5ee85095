//! What Lux adds to the HTML of a message.

use super::scan::template_tag;
use super::{Piece, Scanner, escape_attribute, escape_text};

/// After the preheader, mail programs fill their preview line with what comes next; these fill it with nothing.
const FILLER: &str = "&#847;&zwnj;&nbsp;&#8199;&shy;";
const FILLERS: usize = 60;

/// The line after the subject in the list of a mail program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preheader<'a> {
    /// Finished words: everything is escaped.
    Text(&'a str),
    /// Words with template tags, which stay as they are; rendering must escape what it puts in.
    Template(&'a str),
}

/// Puts the preheader, hidden and padded, at the start of the body. Without words nothing changes.
#[must_use]
pub fn inject_preheader(html: &str, preheader: Preheader<'_>) -> String {
    let words = match preheader {
        Preheader::Text(text) => escape_text(text.trim()),
        Preheader::Template(text) => escape_around_tags(text.trim()),
    };
    if words.is_empty() {
        return html.to_owned();
    }
    let block = format!(
        "<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all;visibility:hidden\">{words}{}</div>",
        FILLER.repeat(FILLERS)
    );
    insert(html, body_start(html), &block)
}

/// Puts the counting pixel at the end of the body. The size stands in the tag and the text is empty on purpose: without,
/// filters take it for a trick.
#[must_use]
pub fn append_pixel(html: &str, src: &str) -> String {
    let pixel = format!(
        "<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;width:1px;height:1px;border:0\">",
        escape_attribute(src)
    );
    insert(html, body_end(html), &pixel)
}

fn insert(html: &str, at: usize, block: &str) -> String {
    let (before, after) = html.split_at_checked(at).unwrap_or((html, ""));
    [before, block, after].concat()
}

/// After `<body …>`; without one after the head, else at the very start.
fn body_start(html: &str) -> usize {
    let mut fallback = 0;
    for (at, piece) in Scanner::new(html).enumerate() {
        match &piece {
            Piece::Open(tag) if tag.is("body") => return tag.end,
            Piece::Open(tag) if tag.is("html") => fallback = tag.end,
            Piece::Close(name, start) if name.eq_ignore_ascii_case("head") => {
                fallback = html.get(*start..).and_then(|rest| rest.find('>')).map_or(fallback, |end| start + end + 1);
            }
            Piece::Aside if at == 0 && html.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype")) => {
                fallback = html.find('>').map_or(0, |end| end + 1);
            }
            _ => {}
        }
    }
    fallback
}

/// Before the last `</body>`, else before `</html>`, else the end.
fn body_end(html: &str) -> usize {
    let (mut body, mut root) = (None, None);
    for piece in Scanner::new(html) {
        if let Piece::Close(name, start) = piece {
            if name.eq_ignore_ascii_case("body") {
                body = Some(start);
            } else if name.eq_ignore_ascii_case("html") {
                root = Some(start);
            }
        }
    }
    body.or(root).unwrap_or(html.len())
}

fn escape_around_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut plain, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('{')) {
        at += found;
        match template_tag(text, at) {
            Some(end) => {
                out.push_str(&escape_text(text.get(plain..at).unwrap_or_default()));
                out.push_str(text.get(at..end).unwrap_or_default());
                (plain, at) = (end, end);
            }
            None => at += 1,
        }
    }
    out.push_str(&escape_text(text.get(plain..).unwrap_or_default()));
    out
}
