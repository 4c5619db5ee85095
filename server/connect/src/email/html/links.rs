//! Finding and replacing where links lead, byte for byte.

use std::borrow::Cow;

use super::scan::template_tag;
use super::{Piece, Scanner, Tag, escape_attribute};

/// Attribute that keeps a link from being tracked.
pub const NO_TRACK: &str = "data-lux-no-track";

/// A link that can be tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Position among the trackable links, the same that [`rewrite_links`] gives.
    pub index: usize,
    /// Where it leads, entities decoded, otherwise byte for byte.
    pub url: String,
    /// Its words, or the alternative text of its picture; for reports.
    pub text: String,
    /// Holds template tags: where it leads is only known per recipient.
    pub is_dynamic: bool,
}

/// All links that can be tracked, in order.
///
/// Left out: anything but http and https (or a template tag in its place), links in the page, the unsubscribe link,
/// elements with [`NO_TRACK`], and what stands in comments.
#[must_use]
pub fn collect_links(html: &str) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut inside = false;
    for piece in Scanner::new(html) {
        match piece {
            Piece::Open(tag) => {
                if tag.is("a") {
                    inside = false;
                }
                if let Some((_, url)) = target(&tag) {
                    let is_dynamic = (0..url.len()).any(|at| template_tag(&url, at).is_some());
                    let text = tag
                        .attribute("alt")
                        .map(|alt| htmlize::unescape_attribute(alt.value).into_owned())
                        .unwrap_or_default();
                    links.push(Link { index: links.len(), url: url.into_owned(), text, is_dynamic });
                    inside = tag.is("a");
                } else if inside
                    && tag.is("img")
                    && let (Some(link), Some(alt)) = (links.last_mut(), tag.attribute("alt"))
                {
                    add_words(&mut link.text, &htmlize::unescape_attribute(alt.value));
                }
            }
            Piece::Close(name, _) if name.eq_ignore_ascii_case("a") => inside = false,
            Piece::Text(text) if inside => {
                if let Some(link) = links.last_mut() {
                    add_words(&mut link.text, &htmlize::unescape(text));
                }
            }
            _ => {}
        }
    }
    links
}

/// Replaces targets and nothing else. `replace` gets the index and the decoded target; what it returns is written
/// escaped, `None` leaves the link as it is.
#[must_use]
pub fn rewrite_links(html: &str, mut replace: impl FnMut(usize, &str) -> Option<String>) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let (mut copied, mut index) = (0, 0);
    for piece in Scanner::new(html) {
        let Piece::Open(tag) = piece else { continue };
        let Some((attribute, url)) = target(&tag) else { continue };
        let replacement = replace(index, &url);
        index += 1;
        let Some(replacement) = replacement else { continue };
        out.push_str(html.get(copied..attribute.range.start).unwrap_or_default());
        let quote = if attribute.is_quoted { "" } else { "\"" };
        out.push_str(quote);
        out.push_str(&escape_attribute(&replacement));
        out.push_str(quote);
        copied = attribute.range.end;
    }
    out.push_str(html.get(copied..).unwrap_or_default());
    out
}

/// The attribute that leads somewhere trackable, with its decoded value.
fn target<'t, 'a>(tag: &'t Tag<'a>) -> Option<(&'t super::scan::Attribute<'a>, Cow<'a, str>)> {
    if !(tag.is("a") || tag.is("area")) || tag.attribute(NO_TRACK).is_some() {
        return None;
    }
    let attribute = tag.attribute("href")?;
    let url = cleaned(htmlize::unescape_attribute(attribute.value));
    is_trackable(&url).then_some((attribute, url))
}

/// As a browser reads it: without line breaks and tabs inside and spaces around.
fn cleaned(url: Cow<'_, str>) -> Cow<'_, str> {
    let is_break = |c: char| matches!(c, '\t' | '\n' | '\r');
    let edges = |c: char| c <= ' ';
    if !url.contains(is_break) && !url.starts_with(edges) && !url.ends_with(edges) {
        return url;
    }
    Cow::Owned(url.trim_matches(edges).chars().filter(|c| !is_break(*c)).collect())
}

fn is_trackable(url: &str) -> bool {
    let starts = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (starts("https://") || starts("http://") || template_tag(url, 0).is_some()) && !is_own(url)
}

/// Holds the placeholder of the way out or of the page. Counting the first would put a redirect between people and their
/// will; the second is an address of ours already.
fn is_own(url: &str) -> bool {
    let mut at = 0;
    while let Some(found) = url.get(at..).and_then(|rest| rest.find('{')) {
        at += found;
        match template_tag(url, at) {
            Some(end) => {
                if url.get(at..end).is_some_and(|tag| tag.contains("unsubscribe") || tag.contains("view_url")) {
                    return true;
                }
                at = end;
            }
            None => at += 1,
        }
    }
    false
}

fn add_words(text: &mut String, more: &str) {
    for word in more.split_whitespace() {
        if text.chars().count() + word.len() > 120 {
            return;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
}
