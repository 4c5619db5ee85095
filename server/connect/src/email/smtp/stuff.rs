//! Content on the wire: CRLF line ends, dots doubled, a line end at the end.

use std::borrow::Cow;

/// The message as it goes between `DATA` and the lone dot. Borrowed when nothing has to change.
///
/// A bare CR or LF becomes CRLF: servers disagree on whether such a line may end the message, and that disagreement is
/// how one message smuggles in another.
#[must_use]
pub fn dot_stuff(message: &[u8]) -> Cow<'_, [u8]> {
    if is_clean(message) {
        return Cow::Borrowed(message);
    }
    let mut out = Vec::with_capacity(message.len() + message.len() / 32 + 2);
    let mut rest = message;
    while !rest.is_empty() {
        let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    Cow::Owned(out)
}

fn is_clean(message: &[u8]) -> bool {
    if message.starts_with(b".") || !(message.is_empty() || message.ends_with(b"\r\n")) {
        return false;
    }
    let mut rest = message;
    while let Some(end) = memchr::memchr2(b'\r', b'\n', rest) {
        let (_, tail) = rest.split_at(end);
        match tail.strip_prefix(b"\r\n") {
            Some(next) if !next.starts_with(b".") => rest = next,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a server does with the content.
    fn unstuff(wire: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut start_of_line = true;
        for (index, &b) in wire.iter().enumerate() {
            if !(start_of_line && b == b'.') {
                out.push(b);
            }
            start_of_line = b == b'\n' && index > 0 && wire[index - 1] == b'\r';
        }
        out
    }

    #[test]
    fn dots_at_the_start_of_a_line_are_doubled() {
        assert_eq!(&*dot_stuff(b".\r\n"), b"..\r\n");
        assert_eq!(&*dot_stuff(b"a\r\n.b\r\n..\r\nc.\r\n"), b"a\r\n..b\r\n...\r\nc.\r\n");
        assert_eq!(&*dot_stuff(b"a\r\n.\r\nMAIL FROM:<x>\r\n"), b"a\r\n..\r\nMAIL FROM:<x>\r\n");
    }

    #[test]
    fn bare_line_ends_cannot_smuggle_an_end_mark() {
        for input in [&b"a\n.\nb"[..], b"a\r.\rb", b"a\r\n.\nb", b"a\n.\r\nb", b"a\r\r\n.\r\nb"] {
            let wire = dot_stuff(input).into_owned();
            assert!(!wire.windows(3).any(|w| w == b"\n.\r" || w == b"\n.\n" || w == b"\r.\r"), "{wire:?}");
        }
    }

    #[test]
    fn clean_content_is_not_copied() {
        assert!(matches!(dot_stuff(b"a\r\nb.\r\n"), Cow::Borrowed(_)));
        assert!(matches!(dot_stuff(b""), Cow::Borrowed(_)));
        assert_eq!(&*dot_stuff(b"no end"), b"no end\r\n");
    }

    proptest! {
        #[test]
        fn a_server_gets_back_the_lines(lines in proptest::collection::vec("[.a-z \\PC]{0,12}", 1..20)) {
            let message = lines.join("\r\n") + "\r\n";
            let wire = dot_stuff(message.as_bytes());
            prop_assert_eq!(unstuff(&wire), message.as_bytes());
        }

        #[test]
        fn no_content_holds_an_end_mark(message in proptest::collection::vec(proptest::sample::select(&b".\r\nab"[..]), 0..40)) {
            let wire = dot_stuff(&message).into_owned();
            let framed = [b"\r\n".as_slice(), &wire].concat();
            prop_assert!(!framed.windows(5).any(|w| w == b"\r\n.\r\n"));
            prop_assert!(wire.is_empty() || wire.ends_with(b"\r\n"));
            let lone = framed.iter().enumerate().any(|(i, &b)| b == b'\n' && (i == 0 || framed[i - 1] != b'\r'));
            prop_assert!(!lone);
        }
    }
}
