//! What a written email shows without being sent: pictures without words. Pure.

/// Addresses of pictures without an `alt`. An empty one is a decision (decoration), and counts as given.
pub fn without_alt(html: &str) -> Vec<String> {
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("<img")).map(|at| from + at) {
        let end = end_of_tag(&lower, at);
        from = end;
        let (Some(tag), Some(written)) = (lower.get(at..end), html.get(at..end)) else { break };
        let is_tag = tag.as_bytes().get(4).is_some_and(|b| b.is_ascii_whitespace() || *b == b'/');
        if is_tag && attribute(tag, written, "alt").is_none() {
            found.push(attribute(tag, written, "src").unwrap_or_default());
        }
    }
    found
}

/// Where a tag that begins at `at` ends, quotes minded.
fn end_of_tag(text: &str, at: usize) -> usize {
    let mut quote = None;
    for (n, b) in text.bytes().enumerate().skip(at) {
        match (quote, b) {
            (Some(q), b) if b == q => quote = None,
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'>') => return n + 1,
            _ => {}
        }
    }
    text.len()
}

/// The value of an attribute; `lower` is the same text in small letters.
fn attribute(lower: &str, written: &str, name: &str) -> Option<String> {
    let bytes = lower.as_bytes();
    let (mut quote, mut n) = (None, 0);
    while n < bytes.len() {
        let b = *bytes.get(n)?;
        match quote {
            Some(q) if b == q => quote = None,
            Some(_) => {}
            None if b == b'"' || b == b'\'' => quote = Some(b),
            None if b.is_ascii_whitespace() && lower.get(n + 1..).is_some_and(|rest| rest.starts_with(name)) => {
                let after = n + 1 + name.len();
                let rest = lower.get(after..)?;
                let gap = rest.len() - rest.trim_start().len();
                let value = rest.trim_start();
                if let Some(value) = value.strip_prefix('=') {
                    let skip = value.len() - value.trim_start().len();
                    return Some(value_at(written.get(after + gap + 1 + skip..)?));
                }
                let is_whole = rest.bytes().next().is_none_or(|b| b.is_ascii_whitespace() || b == b'>' || b == b'/');
                if is_whole {
                    return Some(String::new());
                }
            }
            None => {}
        }
        n += 1;
    }
    None
}

fn value_at(text: &str) -> String {
    match text.chars().next() {
        Some(q @ ('"' | '\'')) => text.chars().skip(1).take_while(|c| *c != q).collect(),
        _ => text.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_alt;

    #[test]
    fn a_picture_needs_words_or_an_empty_alt() {
        let html = "<IMG SRC=\"a.png\"><img alt='' src=b.png><img src='c.png' alt=\"See > this\"/><image src=d.png><img data-alt=x src = e.png >";
        assert_eq!(without_alt(html), ["a.png", "e.png"]);
        assert!(without_alt("<p>no pictures</p><img").len() <= 1);
        assert_eq!(without_alt("<img title=\"alt=x\" src=\"f.png\">"), ["f.png"]);
        assert!(without_alt("<img alt src=g.png>").is_empty());
    }
}
