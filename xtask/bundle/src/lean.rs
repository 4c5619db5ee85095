//! Makes the glue between JavaScript and WebAssembly small: hundreds of imports whose names end in a hash get names of
//! one or two letters on both sides, classes that nothing makes go, and the script loses its comments and indentation.

use anyhow::{Context, Result, bail};
use std::{collections::BTreeMap, fs, path::Path};

/// Numbers of sections (WebAssembly core specification, 5.5.2).
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// Classes for streamed request bodies. They are exported by a crate below leptos whether or not a stream is ever made,
/// and their code with them.
const STREAMS: &str = "IntoUnderlying";

/// Rewrites `script` and `wasm` in place. `module` is the name under which the script offers its functions.
pub fn lean(script: &Path, wasm: &Path, module: &str) -> Result<()> {
    let text = fs::read_to_string(script)?;
    let bytes = fs::read(wasm)?;
    let (text, bytes) = match without_streams(&text) {
        Some(text) => (text, sections(&bytes, |kind, content| (kind == EXPORTS).then(|| exports(content)))?),
        None => (text, bytes),
    };
    let (bytes, names) = rename(&bytes, module, &text).context("renaming imports")?;
    fs::write(wasm, bytes)?;
    fs::write(script, slim(&words(&text, &names)))?;
    Ok(())
}

/// The module with short import names, and which name became which. A name that the script does not hold exactly once
/// is left alone.
fn rename(wasm: &[u8], module: &str, script: &str) -> Result<(Vec<u8>, BTreeMap<String, String>)> {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    script.split(|c: char| !is_word(c)).for_each(|word| *seen.entry(word).or_default() += 1);
    let mut names = BTreeMap::new();
    let bytes = sections(wasm, |kind, content| (kind == IMPORTS).then(|| imports(content, module, &seen, &mut names)))?;
    Ok((bytes, names))
}

/// The module with some sections changed: those for which `change` gives a new content.
fn sections(wasm: &[u8], mut change: impl FnMut(u8, &[u8]) -> Option<Result<Vec<u8>>>) -> Result<Vec<u8>> {
    let mut out = wasm.get(..8).context("no header")?.to_vec();
    let mut at = Reader { bytes: wasm, at: 8 };
    while at.at < wasm.len() {
        let (kind, length) = (at.byte()?, at.number()?);
        let content = at.take(length)?;
        let changed = change(kind, content).unwrap_or_else(|| Ok(content.to_vec()))?;
        out.push(kind);
        crate::pack::number(&mut out, changed.len());
        out.extend(changed);
    }
    Ok(out)
}

/// The export section without what the streams' classes call.
fn exports(content: &[u8]) -> Result<Vec<u8>> {
    let mut at = Reader { bytes: content, at: 0 };
    let (mut kept, mut count) = (Vec::new(), 0);
    for _ in 0..at.number()? {
        let start = at.at;
        let name = at.text()?;
        at.byte()?;
        at.number()?;
        if !name.trim_start_matches("__wbg_").starts_with(&STREAMS.to_lowercase()) {
            count += 1;
            kept.extend_from_slice(content.get(start..at.at).context("an export")?);
        }
    }
    let mut out = Vec::new();
    crate::pack::number(&mut out, count);
    out.extend(kept);
    Ok(out)
}

/// The script without the streams' classes; `None` if something makes one.
fn without_streams(script: &str) -> Option<String> {
    let (mut out, mut until) = (String::with_capacity(script.len()), None);
    for line in script.lines() {
        let starts = |what: &str| line.starts_with(&format!("{what}{STREAMS}"));
        if let Some(end) = until {
            if line.ends_with(end) && !line.starts_with(' ') || end == ";" && line.ends_with(end) {
                until = None;
            }
        } else if starts("export class ") {
            until = Some("}");
        } else if starts("const ") {
            until = (!line.ends_with(';')).then_some(";");
        } else if !starts("if (Symbol.dispose) ") {
            out.push_str(line);
            out.push('\n');
        }
    }
    (!out.contains(STREAMS)).then_some(out)
}

fn imports(
    content: &[u8],
    module: &str,
    seen: &BTreeMap<&str, u32>,
    names: &mut BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let mut at = Reader { bytes: content, at: 0 };
    let count = at.number()?;
    let mut out = Vec::new();
    crate::pack::number(&mut out, count);
    for _ in 0..count {
        let from = at.text()?;
        let name = at.text()?;
        let start = at.at;
        at.description()?;
        let mut new = name.to_owned();
        if from == module && seen.get(name) == Some(&1) {
            // Names that the script already has stay its own.
            new = next(seen, names);
            names.insert(name.to_owned(), new.clone());
        }
        for text in [from, new.as_str()] {
            crate::pack::number(&mut out, text.len());
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(content.get(start..at.at).context("an import")?);
    }
    Ok(out)
}

fn next(seen: &BTreeMap<&str, u32>, names: &BTreeMap<String, String>) -> String {
    let is_free = |new: &String| !seen.contains_key(new.as_str()) && !names.values().any(|taken| taken == new);
    (names.len()..).map(short).find(is_free).unwrap_or_default()
}

/// `$0`, `$1`, ... `$z`, `$10`, ...: names that nothing else has.
fn short(mut n: usize) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((n % 36) as u32, 36).unwrap_or('_'));
        n /= 36;
        if n == 0 {
            break;
        }
    }
    digits.push('$');
    digits.iter().rev().collect()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// The script with whole words replaced.
fn words(script: &str, names: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        out.push_str(before);
        out.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The script without whole-line comments and indentation; as it is where a text goes over several lines.
pub fn slim(script: &str) -> String {
    if script.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return script.to_owned();
    }
    let mut out = String::with_capacity(script.len());
    let mut in_comment = false;
    for line in script.lines().map(str::trim) {
        let opens = line.starts_with("/*");
        if !in_comment && !opens && !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
        in_comment = (in_comment || opens) && !line.ends_with("*/");
    }
    out
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.at).context("ends early")?;
        self.at += 1;
        Ok(byte)
    }

    /// Unsigned LEB128.
    fn number(&mut self) -> Result<usize> {
        let (mut value, mut shift) = (0_usize, 0);
        loop {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            if shift > 56 {
                bail!("a number is too long");
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length).context("too long")?;
        let taken = self.bytes.get(self.at..end).context("ends early")?;
        self.at = end;
        Ok(taken)
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.take(length)?)?)
    }

    /// What is imported: a function, table, memory, global or tag.
    fn description(&mut self) -> Result<()> {
        match self.byte()? {
            0 => self.number().map(|_| ()),
            1 => {
                self.byte()?;
                self.limits()
            }
            2 => self.limits(),
            3 => self.take(2).map(|_| ()),
            4 => {
                self.byte()?;
                self.number().map(|_| ())
            }
            other => bail!("an import of kind {other}"),
        }
    }

    fn limits(&mut self) -> Result<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 == 1 {
            self.number()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "test")]
    use super::*;

    /// Two functions of type 0 from `glue` and one from `other`, then an empty function section.
    fn module() -> Vec<u8> {
        let mut content = vec![3];
        for (from, name) in [("glue", "long_name_1"), ("glue", "twice"), ("other", "long_name_1")] {
            content.push(from.len() as u8);
            content.extend(from.bytes());
            content.push(name.len() as u8);
            content.extend(name.bytes());
            content.extend([0, 0]);
        }
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend([IMPORTS, content.len() as u8]);
        module.extend(content);
        module.extend([3, 1, 0]);
        module
    }

    #[test]
    fn only_what_the_script_offers_once_is_renamed() {
        let script = "const x = { long_name_1: function() {}, twice: 1, y: twice, $0: 2 };";
        let (bytes, names) = rename(&module(), "glue", script).unwrap();
        assert_eq!(names, BTreeMap::from([("long_name_1".into(), "$1".into())]), "$0 is taken");
        assert!(bytes.ends_with(&[3, 1, 0]));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains("glue\u{2}$1") && text.contains("twice") && text.contains("other\u{b}long_name_1"));
        assert_eq!(usize::from(bytes[9]), bytes.len() - 10 - 3, "the section says its new length");
        assert_eq!(words(script, &names), script.replace("long_name_1", "$1"));
        assert!(rename(&module()[..20], "glue", script).is_err());
    }

    #[test]
    fn classes_that_nothing_makes_go_with_what_they_call() {
        let class =
            "export class IntoUnderlyingSink {\n    close() {\n        wasm.intounderlyingsink_close();\n    }\n}\n";
        let rest = "const IntoUnderlyingSinkFinalization = (typeof X)\n    ? {}\n    : new X(p => wasm.f(p));\nif (Symbol.dispose) IntoUnderlyingSink.a = 1;\nlet wasm;\n";
        let script = format!("{class}{rest}");
        assert_eq!(without_streams(&script).as_deref(), Some("let wasm;\n"));
        assert_eq!(
            without_streams(&format!("{script}x = IntoUnderlyingSink.__wrap(1);\n")),
            None,
            "something makes one"
        );

        let mut content = vec![2];
        for name in ["__wbg_intounderlyingsink_free", "hydrate"] {
            content.push(name.len() as u8);
            content.extend(name.bytes());
            content.extend([0, 5]);
        }
        assert_eq!(exports(&content).unwrap(), [&[1, 7][..], b"hydrate", &[0, 5]].concat());
    }

    #[test]
    fn words_are_replaced_whole() {
        let names = BTreeMap::from([("ab".to_owned(), "$0".to_owned())]);
        assert_eq!(words("ab.abc(ab) + $ab", &names), "$0.abc($0) + $ab");
    }

    #[test]
    fn comments_and_indentation_go_and_texts_of_several_lines_keep_all() {
        assert_eq!(slim("/**\n * a\n */\nf() {\n    // b\n    g(`x`);\n}\n"), "f() {\ng(`x`);\n}\n");
        let long = "a = `\n  b`;\n";
        assert_eq!(slim(long), long);
    }

    #[test]
    fn names_go_on_after_one_digit() {
        assert_eq!([short(0), short(35), short(36), short(37)], ["$0", "$z", "$10", "$11"]);
    }
}
