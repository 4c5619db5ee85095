//! The `relaxed` forms of headers and body (RFC 6376 3.4): what may change on the way without breaking a signature.

use sha2::{Digest, Sha256};

/// Appends a header without its line end.
pub(super) fn header(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend(name.trim_end().bytes().map(|byte| byte.to_ascii_lowercase()));
    out.push(b':');
    let mut has_word = false;
    for word in value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()) {
        if has_word {
            out.push(b' ');
        }
        out.extend_from_slice(word.as_bytes());
        has_word = true;
    }
}

/// The hash of the body: white space within lines is one space, at their ends nothing, and empty lines at the end are gone.
pub(super) fn body_hash(body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut empty_lines = 0_usize;
    for line in lines(body) {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            hash.update(b"\r\n");
        }
        relaxed_line(line, &mut hash);
        hash.update(b"\r\n");
    }
    hash.finalize().into()
}

/// Lines that end in CRLF; a lone CR or LF stays within its line.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(body);
    std::iter::from_fn(move || {
        let here = rest?;
        match memchr::memmem::find(here, b"\r\n") {
            Some(at) => {
                rest = here.get(at + 2..);
                here.get(..at)
            }
            None => {
                rest = None;
                (!here.is_empty()).then_some(here)
            }
        }
    })
}

fn relaxed_line(line: &[u8], hash: &mut Sha256) {
    let mut start = 0;
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    while let Some(rest) = line.get(start..).filter(|rest| !rest.is_empty()) {
        let word = rest.iter().position(is_blank).unwrap_or(rest.len());
        hash.update(rest.get(..word).unwrap_or_default());
        let blank = rest.iter().skip(word).take_while(|byte| is_blank(byte)).count();
        if blank > 0 {
            hash.update(b" ");
        }
        start += word + blank;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }

    #[test]
    fn the_example_of_the_standard() {
        let mut out = Vec::new();
        header("A", " X\r\n", &mut out);
        out.push(b'|');
        header("B ", " Y\t\r\n\tZ  \r\n", &mut out);
        assert_eq!(out, b"a:X|b:Y Z");
        assert_eq!(body_hash(b" C \r\nD \t E\r\n\r\n\r\n"), hash_of(" C\r\nD E\r\n"));
    }

    #[test]
    fn a_body_of_nothing_hashes_as_nothing() {
        for empty in ["", "\r\n", "\r\n\r\n", "  \r\n\t\r\n"] {
            assert_eq!(body_hash(empty.as_bytes()), hash_of(""), "{empty:?}");
        }
        assert_eq!(body_hash(b"no end"), hash_of("no end\r\n"));
        assert_eq!(body_hash(b"a\r\n\r\nb"), hash_of("a\r\n\r\nb\r\n"));
    }
}
