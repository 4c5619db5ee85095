//! Template tags inside of other languages.

use std::ops::Range;

/// What a tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `{{ … }}`
    Value,
    /// `{% … %}`
    Statement,
    /// `{# … #}`
    Comment,
}

/// One template tag of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TemplateTag<'a> {
    pub kind: TagKind,
    /// Bytes of the whole tag.
    pub range: Range<usize>,
    /// What stands between the braces, without the marks that trim white space.
    pub inner: &'a str,
}

/// All tags of a text, in order. A tag that does not end is left to the template compiler, which names its line.
pub(super) fn tags(text: &str) -> Vec<TemplateTag<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|n| at + n) {
        let kind = match text.as_bytes().get(open + 1) {
            Some(b'{') => TagKind::Value,
            Some(b'%') => TagKind::Statement,
            Some(b'#') => TagKind::Comment,
            _ => {
                at = open + 1;
                continue;
            }
        };
        let Some(end) = end_of(text, open + 2, kind) else { break };
        let inner = text.get(open + 2..end - 2).unwrap_or_default();
        let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
        let inner = inner.strip_suffix(['-', '+']).unwrap_or(inner).trim();
        found.push(TemplateTag { kind, range: open..end, inner });
        at = end;
    }
    found
}

/// Where a tag that began before `from` ends; strings in it may hold braces.
fn end_of(text: &str, from: usize, kind: TagKind) -> Option<usize> {
    let close: &[u8] = match kind {
        TagKind::Value => b"}}",
        TagKind::Statement => b"%}",
        TagKind::Comment => b"#}",
    };
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match (quote, *byte) {
            (Some(_), b'\\') => at += 1,
            (Some(q), b) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b @ (b'"' | b'\'')) if kind != TagKind::Comment => quote = Some(b),
            (None, _) if bytes.get(at..at + 2) == Some(close) => return Some(at + 2),
            (None, _) => {}
        }
        at += 1;
    }
    None
}

/// A text whose template tags were taken out, so that another language can be compiled around them.
#[derive(Debug)]
pub(super) struct Masked<'a> {
    /// The text with a marker in place of every tag.
    pub text: String,
    tags: Vec<&'a str>,
    open: String,
}

// Markers are plain letters and digits: compilers escape anything rarer in attributes.
const CLOSE: char = 'Z';

impl<'a> Masked<'a> {
    /// Takes the tags out.
    pub fn new(source: &'a str) -> Self {
        let free = (0..).map(|n| format!("Qlux{n}Tag")).find(|word| !source.contains(word.as_str()));
        let open = free.unwrap_or_default();
        let mut text = String::with_capacity(source.len());
        let mut kept = Vec::new();
        let mut copied = 0;
        for tag in tags(source) {
            text.push_str(source.get(copied..tag.range.start).unwrap_or_default());
            text.push_str(&format!("{open}{}{CLOSE}", kept.len()));
            kept.push(source.get(tag.range.clone()).unwrap_or_default());
            copied = tag.range.end;
        }
        text.push_str(source.get(copied..).unwrap_or_default());
        Self { text, tags: kept, open }
    }

    /// Puts the tags back into what became of the text; a marker may stand there more than once.
    pub fn restore(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(self.open.as_str()) {
            out.push_str(before);
            let Some((number, tail)) = after.split_once(CLOSE) else { break };
            out.push_str(number.parse::<usize>().ok().and_then(|n| self.tags.get(n)).copied().unwrap_or_default());
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_are_found_whatever_their_strings_hold() {
        let text = r#"a {{ x | default("}}") }} b {%- if y -%} c {# "}} #} { {d"#;
        let found: Vec<(TagKind, &str)> = tags(text).into_iter().map(|t| (t.kind, t.inner)).collect();
        assert_eq!(
            found,
            [(TagKind::Value, r#"x | default("}}")"#), (TagKind::Statement, "if y"), (TagKind::Comment, r#""}}"#)]
        );
        assert!(tags("{{ never ends").is_empty());
    }

    proptest! {
        #[test]
        fn masking_and_restoring_changes_nothing(text in r#"([a<>"'{}%#| \\Z0]|Qlux0Tag){0,60}"#) {
            let masked = Masked::new(&text);
            prop_assert_eq!(masked.restore(&masked.text), text.clone());
        }
    }
}
