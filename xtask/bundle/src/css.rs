//! One style sheet out of `style/` and the folders in it, made smaller without being understood.

use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Joins every sheet: `tokens.css` first, which declares the order of the layers, then the folder's own
/// and those of its folders, by name. Because of the layers no other order matters.
pub fn bundle(style: &Path) -> Result<String> {
    let mut found = Vec::new();
    sheets(style, 0, &mut found)?;
    found.sort();
    let mut joined = String::new();
    for (_, _, sheet) in found {
        let text = fs::read_to_string(&sheet).with_context(|| format!("cannot read {}", sheet.display()))?;
        joined.push_str(&text);
        joined.push('\n');
    }
    Ok(minify(&joined))
}

fn sheets(dir: &Path, depth: u8, found: &mut Vec<(bool, u8, PathBuf)>) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            sheets(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|end| end == "css") {
            let tokens = depth == 0 && path.file_stem().is_some_and(|stem| stem == "tokens");
            found.push((!tokens, depth, path));
        }
    }
    Ok(())
}

/// Drops comments and the white space that cannot carry meaning. Strings and `url(…)` stay as written,
/// and so does every space that may separate values, selectors or the operators of `calc`.
pub fn minify(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("/*") {
            space(&mut out);
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' || first == '\'' {
            let end = string_end(rest, first);
            out.push_str(rest.get(..end).unwrap_or_default());
            end
        } else if rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("url(")) {
            let end = url_end(rest);
            out.push_str(rest.get(..end).unwrap_or_default());
            end
        } else if first.is_ascii_whitespace() {
            space(&mut out);
            first.len_utf8()
        } else {
            if matches!(first, '{' | '}' | ';' | ',') {
                tighten(&mut out, first);
            }
            out.push(first);
            first.len_utf8()
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.trim().to_owned()
}

/// At most one space, and none after a mark that separates by itself.
fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with([' ', '{', '}', ';', ',']) {
        out.push(' ');
    }
}

/// No space before a mark that separates by itself, and no `;` right before `}`.
fn tighten(out: &mut String, mark: char) {
    while out.ends_with(' ') {
        out.pop();
    }
    if mark == '}' && out.ends_with(';') {
        out.pop();
    }
}

fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn url_end(text: &str) -> usize {
    let body = text.get(4..).unwrap_or_default();
    let lead = body.len() - body.trim_start().len();
    let inner = body.get(lead..).unwrap_or_default();
    let skip = match inner.chars().next() {
        Some(quote @ ('"' | '\'')) => string_end(inner, quote),
        _ => 0,
    };
    let from = 4 + lead + skip;
    text.get(from..).and_then(|tail| tail.find(')')).map_or(text.len(), |end| from + end + 1)
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn comments_and_idle_space_go() {
        let sheet = "/* a */\n.a ,\n.b > .c {\n  color: red;\n  margin: 0 auto;\n}\n";
        assert_eq!(minify(sheet), ".a,.b > .c{color: red;margin: 0 auto}");
    }

    #[test]
    fn strings_and_addresses_stay_as_written() {
        let sheet = ".a::after { content: \"  /* x */ \\\" ; \"; background: url( data:image/svg+xml;a , b ) }";
        assert_eq!(
            minify(sheet),
            ".a::after{content: \"  /* x */ \\\" ; \";background: url( data:image/svg+xml;a , b )}"
        );
    }

    #[test]
    fn spaces_that_mean_something_stay() {
        assert_eq!(minify("a :hover { width: calc(1px + 2px) }"), "a :hover{width: calc(1px + 2px)}");
        assert_eq!(minify("@media (a) and (b) { a { b: c } }"), "@media (a) and (b){a{b: c}}");
        assert_eq!(minify("a{margin:1px/**/2px}"), "a{margin:1px 2px}");
    }

    #[test]
    fn text_beyond_ascii_survives() {
        assert_eq!(minify("a::before { content: \"→ é\" } /* ü */ b {}"), "a::before{content: \"→ é\"}b{}");
    }
}
