//! A scanner for HTML as mail programs read it: never fails, never changes anything, every byte belongs to one piece.

use std::ops::Range;

/// Longest template tag that is seen as one; beyond that `{{` is plain text.
const LONGEST_TEMPLATE_TAG: usize = 4096;

/// Elements whose content is not markup.
const RAW: &[&str] = &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

/// One piece of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::email) enum Piece<'a> {
    /// Text between tags, entities as they are, template tags included.
    Text(&'a str),
    /// A start tag.
    Open(Tag<'a>),
    /// An end tag: its name, and where it begins.
    Close(&'a str, usize),
    /// Content of `style`, `script`, `title` and the like.
    Raw,
    /// Comment, doctype, conditional comment, processing instruction.
    Aside,
}

/// A start tag and where its parts stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::email) struct Tag<'a> {
    pub(in crate::email) name: &'a str,
    /// Where the tag ends, after its `>`.
    pub(in crate::email) end: usize,
    attributes: Vec<Attribute<'a>>,
}

/// One attribute, undecoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::email) struct Attribute<'a> {
    name: &'a str,
    pub(in crate::email) value: &'a str,
    /// Where the value stands, without quotes.
    pub(in crate::email) range: Range<usize>,
    pub(in crate::email) is_quoted: bool,
}

impl<'a> Tag<'a> {
    pub(in crate::email) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The first attribute of that name; a browser ignores the others.
    pub(in crate::email) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

/// Goes through the pieces in order.
pub(in crate::email) struct Scanner<'a> {
    html: &'a str,
    at: usize,
    raw: Option<&'a str>,
}

impl<'a> Scanner<'a> {
    pub(in crate::email) const fn new(html: &'a str) -> Self {
        Self { html, at: 0, raw: None }
    }

    fn rest(&self) -> &'a str {
        self.html.get(self.at..).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.html.as_bytes().get(at).copied()
    }

    /// Up to the next thing that is not text. `start` is where the text begins, the cursor may already be past it.
    fn text(&mut self, start: usize) -> Piece<'a> {
        while let Some(found) = memchr::memchr2(b'<', b'{', self.rest().as_bytes()) {
            let at = self.at + found;
            if self.byte(at) == Some(b'{') {
                self.at = template_tag(self.html, at).unwrap_or(at + 1);
            } else if starts_markup(self.html.as_bytes().get(at + 1..).unwrap_or_default()) {
                self.at = at;
                return Piece::Text(self.html.get(start..at).unwrap_or_default());
            } else {
                self.at = at + 1;
            }
        }
        self.at = self.html.len();
        Piece::Text(self.html.get(start..).unwrap_or_default())
    }

    fn until(&mut self, end: &str) -> Piece<'a> {
        self.at = memchr::memmem::find(self.rest().as_bytes(), end.as_bytes())
            .map_or(self.html.len(), |found| self.at + found + end.len());
        Piece::Aside
    }

    fn markup(&mut self) -> Piece<'a> {
        let start = self.at;
        let rest = self.rest();
        if rest.starts_with("<!-->") || rest.starts_with("<!--->") {
            return self.until(">");
        }
        if rest.starts_with("<!--") {
            self.at += 4;
            return self.until("-->");
        }
        if rest.starts_with("</") {
            let name = tag_name(rest.get(2..).unwrap_or_default());
            self.until(">");
            return if name.is_empty() { Piece::Aside } else { Piece::Close(name, start) };
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            return self.until(">");
        }
        match self.start_tag() {
            Some(tag) => {
                self.at = tag.end;
                self.raw = RAW.iter().any(|raw| tag.is(raw)).then_some(tag.name);
                Piece::Open(tag)
            }
            None => {
                self.at = start + 1;
                self.text(start)
            }
        }
    }

    /// The start tag at the cursor; `None` when the source ends inside of it.
    fn start_tag(&self) -> Option<Tag<'a>> {
        let name = tag_name(self.html.get(self.at + 1..)?);
        let mut at = self.at + 1 + name.len();
        let mut attributes = Vec::new();
        loop {
            let b = self.byte(at)?;
            if b == b'>' {
                return Some(Tag { name, end: at + 1, attributes });
            } else if b == b'/' || b.is_ascii_whitespace() {
                at += 1;
            } else if let Some(end) = template_tag(self.html, at) {
                at = end;
            } else {
                let (attribute, end) = self.attribute(at)?;
                attributes.push(attribute);
                at = end;
            }
        }
    }

    fn attribute(&self, start: usize) -> Option<(Attribute<'a>, usize)> {
        // a "=" in first place belongs to the name
        let mut at = start + 1;
        while !matches!(self.byte(at)?, b'=' | b'>' | b'/') && !self.byte(at)?.is_ascii_whitespace() {
            at += 1;
        }
        let name = self.html.get(start..at)?;
        let mut equals = at;
        while self.byte(equals)?.is_ascii_whitespace() {
            equals += 1;
        }
        if self.byte(equals)? != b'=' {
            return Some((Attribute { name, value: "", range: at..at, is_quoted: false }, at));
        }
        at = equals + 1;
        while self.byte(at)?.is_ascii_whitespace() {
            at += 1;
        }
        let quote = self.byte(at).filter(|b| matches!(b, b'"' | b'\''));
        let begin = at + usize::from(quote.is_some());
        at = begin;
        loop {
            let b = self.byte(at)?;
            let ends = quote.map_or(b == b'>' || b.is_ascii_whitespace(), |quote| b == quote);
            if ends {
                break;
            }
            at = template_tag(self.html, at).unwrap_or(at + 1);
        }
        let attribute =
            Attribute { name, value: self.html.get(begin..at)?, range: begin..at, is_quoted: quote.is_some() };
        Some((attribute, at + usize::from(quote.is_some())))
    }

    /// Content of a raw element, up to its end tag.
    fn raw(&mut self, name: &str) -> Piece<'a> {
        let mut at = self.at;
        while let Some(found) = self.html.get(at..).and_then(|rest| rest.find("</")) {
            at += found;
            let rest = self.html.get(at + 2..).unwrap_or_default();
            if tag_name(rest).eq_ignore_ascii_case(name) {
                self.at = at;
                return Piece::Raw;
            }
            at += 2;
        }
        self.at = self.html.len();
        Piece::Raw
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw(name));
        }
        match self.byte(self.at)? {
            b'<' if starts_markup(self.html.as_bytes().get(self.at + 1..).unwrap_or_default()) => Some(self.markup()),
            _ => Some(self.text(self.at)),
        }
    }
}

/// What follows a `<` makes it a tag.
fn starts_markup(after: &[u8]) -> bool {
    matches!(after, [b'a'..=b'z' | b'A'..=b'Z' | b'!' | b'?', ..] | [b'/', b'a'..=b'z' | b'A'..=b'Z' | b'!', ..])
}

fn tag_name(text: &str) -> &str {
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Where the template tag at `at` ends, if one stands there.
pub(super) fn template_tag(html: &str, at: usize) -> Option<usize> {
    let bytes = html.as_bytes().get(at..)?;
    let end: &[u8] = match bytes {
        [b'{', b'{', ..] => b"}}",
        [b'{', b'%', ..] => b"%}",
        [b'{', b'#', ..] => b"#}",
        _ => return None,
    };
    let window = bytes.get(2..bytes.len().min(LONGEST_TEMPLATE_TAG))?;
    memchr::memmem::find(window, end).map(|found| at + 2 + found + 2)
}
