//! Reading replies, with limits: what comes from the network is not to be trusted.

use crate::email::outcome::Enhanced;

/// RFC 5321 says 512; real servers write longer lines.
const LONGEST_LINE: usize = 4096;
const MOST_LINES: usize = 128;
/// What is kept of a text for the ledger and the page, in characters.
const KEPT_TEXT: usize = 500;

/// One reply, possibly of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) enhanced: Option<Enhanced>,
    /// Text of all lines, without codes, fit to show.
    pub(super) text: String,
    /// Text of each line, as it came; only kept for `EHLO`.
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) const fn is_success(&self) -> bool {
        self.code >= 200 && self.code < 300
    }
}

/// Collects lines until a reply is whole.
#[derive(Debug, Default)]
pub(super) struct Parser {
    code: u16,
    lines: Vec<String>,
}

impl Parser {
    /// Takes the next reply out of `buffer` when it is whole; otherwise leaves the unfinished line in it.
    ///
    /// # Errors
    /// What is wrong, in plain words, when this cannot become a reply.
    pub(super) fn take(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Reply>, String> {
        let mut read = 0;
        let mut reply = None;
        while reply.is_none() {
            let Some(rest) = buffer.get(read..) else { break };
            let Some(end) = memchr::memchr(b'\n', rest) else {
                if rest.len() > LONGEST_LINE {
                    return Err("the server sent an endless line".to_owned());
                }
                break;
            };
            let line = rest.get(..end).unwrap_or_default();
            read += end + 1;
            reply = self.line(line.strip_suffix(b"\r").unwrap_or(line))?;
        }
        buffer.drain(..read);
        Ok(reply)
    }

    fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, String> {
        if line.len() > LONGEST_LINE {
            return Err("the server sent a line that is too long".to_owned());
        }
        let (code, is_last, text) = split_line(line)
            .ok_or_else(|| format!("the server answered \"{}\", which is not SMTP", shown(line, 80)))?;
        if !self.lines.is_empty() && code != self.code {
            return Err(format!("the server answered {} and {code} in one reply", self.code));
        }
        self.code = code;
        self.lines.push(shown(text, LONGEST_LINE));
        if self.lines.len() > MOST_LINES {
            return Err("the server sent an endless reply".to_owned());
        }
        Ok(is_last.then(|| finish(code, std::mem::take(&mut self.lines))))
    }
}

fn finish(code: u16, lines: Vec<String>) -> Reply {
    let mut enhanced = None;
    let mut text = String::new();
    for line in &lines {
        let (found, rest) = Enhanced::split(line);
        // a code of another class than the reply is part of the words
        let found = found.filter(|found| u16::from(found.class) == code / 100);
        let rest = if found.is_some() { rest } else { line.trim() };
        enhanced = enhanced.or(found);
        if !text.is_empty() && !rest.is_empty() {
            text.push(' ');
        }
        text.push_str(rest);
    }
    if let Some((end, _)) = text.char_indices().nth(KEPT_TEXT) {
        text.truncate(end);
    }
    Reply { code, enhanced, text, lines }
}

fn split_line(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code = match digits {
        [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
        }
        _ => return None,
    };
    match rest {
        [] => Some((code, true, rest)),
        [b' ', text @ ..] => Some((code, true, text)),
        [b'-', text @ ..] => Some((code, false, text)),
        _ => None,
    }
}

/// Bytes from the network as text that is safe to log and show.
fn shown(bytes: &[u8], most: usize) -> String {
    String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn take(input: &[u8]) -> Result<Option<Reply>, String> {
        Parser::default().take(&mut input.to_vec())
    }

    #[test]
    fn a_reply_of_several_lines_is_one_reply() {
        let reply = take(b"550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third\r\n").unwrap().unwrap();
        assert_eq!((reply.code, reply.text.as_str()), (550, "first second third"));
        assert_eq!(reply.enhanced, Enhanced::parse("5.7.1"));
    }

    #[test]
    fn two_replies_in_one_read_stay_apart() {
        let mut buffer = b"250 one\r\n354 two\r\n250 thr".to_vec();
        let mut parser = Parser::default();
        assert_eq!(parser.take(&mut buffer).unwrap().unwrap().text, "one");
        assert_eq!(parser.take(&mut buffer).unwrap().unwrap().code, 354);
        assert_eq!(parser.take(&mut buffer).unwrap(), None);
        buffer.extend_from_slice(b"ee\r\n");
        assert_eq!(parser.take(&mut buffer).unwrap().unwrap().text, "three");
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_bare_code_and_a_bare_line_feed_are_understood() {
        assert_eq!(take(b"250\r\n").unwrap().unwrap().code, 250);
        assert_eq!(take(b"250 ok\n").unwrap().unwrap().text, "ok");
    }

    #[test]
    fn what_is_not_smtp_is_refused() {
        for input in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"25\r\n",
            b"999 x\r\n",
            b"2500 x\r\n",
            b"\r\n",
            b"250-a\r\n550 b\r\n",
            b"150 x\r\n",
        ] {
            assert!(take(input).is_err(), "{input:?}");
        }
        assert!(take(&vec![b'2'; LONGEST_LINE + 1]).is_err());
        assert!(take(&b"250-x\r\n".repeat(MOST_LINES + 1)).is_err());
    }

    #[test]
    fn control_characters_and_length_cannot_reach_the_page() {
        let reply = take(format!("550 a\x1b[31m\x00b{}\r\n", "c".repeat(2000)).as_bytes()).unwrap().unwrap();
        assert!(reply.text.starts_with("a [31m b"));
        assert_eq!(reply.text.chars().count(), KEPT_TEXT);
    }

    proptest! {
        #[test]
        fn no_input_makes_it_panic_or_keep_much(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20)) {
            let mut parser = Parser::default();
            let mut buffer = Vec::new();
            for chunk in chunks {
                buffer.extend_from_slice(&chunk);
                if parser.take(&mut buffer).is_err() {
                    break;
                }
                prop_assert!(buffer.len() <= LONGEST_LINE + 200);
            }
        }
    }
}
