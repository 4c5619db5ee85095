//! Header lines: refused, quoted, encoded or folded, whichever a value needs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::MimeError;
use crate::email::message::Mailbox;

/// Where lines are folded when they can be.
const FOLD: usize = 76;
/// Longest encoded-word (RFC 2047).
const WORD: usize = 75;
const WORD_FRAME: usize = "=?utf-8?B??=".len();
/// Longest piece without a space that is left as it is; with it no line comes near the limit of 998.
const LONGEST_PIECE: usize = 200;
/// Longest value that cannot be folded (links, ids).
const LONGEST_TOKEN: usize = 900;

/// Names that come from the message's fields or belong to the servers on the way.
const RESERVED: &[&str] = &[
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "auto-submitted",
    "x-lux-attempt",
    "received",
    "return-path",
    "dkim-signature",
    "authentication-results",
    "delivered-to",
];

/// Checks the name of a header given by hand.
pub(super) fn check_custom(name: &str) -> Result<(), MimeError> {
    let lower = name.to_ascii_lowercase();
    let token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(token) {
        return Err(MimeError::Name { header: name.chars().filter(|c| !c.is_control()).take(80).collect() });
    }
    let families = ["content-", "resent-", "arc-"];
    if RESERVED.contains(&lower.as_str()) || families.iter().any(|family| lower.starts_with(family)) {
        return Err(MimeError::Reserved { header: name.to_owned() });
    }
    Ok(())
}

/// Appends header lines to a buffer.
pub(super) struct Headers {
    out: Vec<u8>,
    column: usize,
}

impl Headers {
    pub(super) const fn new(out: Vec<u8>) -> Self {
        Self { out, column: 0 }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Free text (RFC 5322 unstructured).
    pub(super) fn text(&mut self, name: &str, value: &str) -> Result<(), MimeError> {
        refuse_breaks(name, value)?;
        self.name(name);
        if is_plain(value) {
            for (index, piece) in value.split(' ').enumerate() {
                self.piece(piece, index > 0);
            }
        } else {
            self.push(" ");
            self.encoded(value);
        }
        self.end();
        Ok(())
    }

    /// A value that must stay in one piece.
    pub(super) fn token(&mut self, name: &str, value: &str) -> Result<(), MimeError> {
        self.tokens(name, &[value])
    }

    /// Values that each stay in one piece, separated by commas.
    pub(super) fn tokens<S: AsRef<str>>(&mut self, name: &str, values: &[S]) -> Result<(), MimeError> {
        self.name(name);
        for (index, value) in values.iter().enumerate() {
            let value = value.as_ref();
            refuse_breaks(name, value)?;
            if !value.bytes().all(|b| matches!(b, b' '..=b'~')) {
                return Err(MimeError::value(name, "may only hold plain ASCII"));
            }
            if value.len() > LONGEST_TOKEN {
                return Err(MimeError::value(name, "is too long"));
            }
            if index > 0 {
                self.push(",");
            }
            self.piece(value, index > 0);
        }
        self.end();
        Ok(())
    }

    /// `name <address>`.
    pub(super) fn mailbox(&mut self, name: &str, mailbox: &Mailbox) -> Result<(), MimeError> {
        let label = mailbox.name.as_deref().map(str::trim).filter(|label| !label.is_empty());
        let address = mailbox.address.as_str();
        match label {
            Some(_) => self.phrase(name, label, &format!("<{address}>")),
            None => self.phrase(name, None, address),
        }
    }

    /// A name for people, then something in one piece.
    pub(super) fn phrase(&mut self, name: &str, label: Option<&str>, tail: &str) -> Result<(), MimeError> {
        let label = label.map(str::trim).filter(|label| !label.is_empty());
        if let Some(label) = label {
            refuse_breaks(name, label)?;
        }
        refuse_breaks(name, tail)?;
        self.name(name);
        if let Some(label) = label {
            if label.len() > 60 || !is_plain(label) {
                self.push(" ");
                self.encoded(label);
            } else if label.split(' ').all(|word| word.bytes().all(is_atom)) {
                self.piece(label, false);
            } else {
                self.piece(&quoted(label), false);
            }
        }
        self.piece(tail, label.is_some());
        self.end();
        Ok(())
    }

    fn name(&mut self, name: &str) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b':');
        self.column = name.len() + 1;
    }

    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.len();
    }

    /// A space or a fold, then the piece.
    fn piece(&mut self, piece: &str, may_fold: bool) {
        if may_fold && self.column + 1 + piece.len() > FOLD {
            self.fold();
        } else {
            self.push(" ");
        }
        self.push(piece);
    }

    fn fold(&mut self) {
        self.out.extend_from_slice(b"\r\n ");
        self.column = 1;
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.column = 0;
    }

    /// The value as encoded-words, split between characters, in the shorter of both encodings.
    fn encoded(&mut self, value: &str) {
        let q_length: usize = value.bytes().map(q_width).sum();
        let base64 = q_length > value.len().div_ceil(3) * 4;
        let mut rest = value;
        while !rest.is_empty() {
            let room = FOLD.saturating_sub(self.column).min(WORD);
            // with a very long header name the first word may pass the soft limit
            let room = if room < WORD_FRAME + 12 { WORD } else { room } - WORD_FRAME;
            let taken = if base64 { take_base64(rest, room) } else { take_q(rest, room) };
            let (word, after) = rest.split_at(taken);
            let text = if base64 {
                format!("=?utf-8?B?{}?=", STANDARD.encode(word))
            } else {
                format!("=?utf-8?Q?{}?=", q(word))
            };
            self.push(&text);
            rest = after;
            if !rest.is_empty() {
                self.fold();
            }
        }
    }
}

fn refuse_breaks(name: &str, value: &str) -> Result<(), MimeError> {
    if value.bytes().any(|b| matches!(b, b'\r' | b'\n')) {
        return Err(MimeError::LineBreak { header: name.to_owned() });
    }
    if value.contains('\0') {
        return Err(MimeError::value(name, "contains a zero character"));
    }
    Ok(())
}

/// Can be written as it is and folded at any of its spaces without loss.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| matches!(b, b' '..=b'~'))
        && !value.contains("=?")
        && !value.starts_with(' ')
        && !value.ends_with(' ')
        && !value.contains("  ")
        && value.split(' ').all(|piece| piece.len() <= LONGEST_PIECE)
}

const fn is_atom(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(
            b,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

fn quoted(label: &str) -> String {
    let mut out = String::with_capacity(label.len() + 4);
    out.push('"');
    for c in label.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

const fn is_q_safe(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'!' | b'*' | b'+' | b'-' | b'/')
}

const fn q_width(b: u8) -> usize {
    if is_q_safe(b) || b == b' ' { 1 } else { 3 }
}

fn q(word: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(word.len() * 3);
    for b in word.bytes() {
        if b == b' ' {
            out.push('_');
        } else if is_q_safe(b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "={b:02X}");
        }
    }
    out
}

/// How many bytes of `rest` fit into `room` characters of base64; at least one character.
fn take_base64(rest: &str, room: usize) -> usize {
    let most = room / 4 * 3;
    let mut taken = 0;
    for c in rest.chars() {
        if taken > 0 && taken + c.len_utf8() > most {
            break;
        }
        taken += c.len_utf8();
    }
    taken
}

/// The same for the Q encoding.
fn take_q(rest: &str, room: usize) -> usize {
    let (mut taken, mut width) = (0, 0);
    let mut buffer = [0; 4];
    for c in rest.chars() {
        let wide: usize = c.encode_utf8(&mut buffer).bytes().map(q_width).sum();
        if taken > 0 && width + wide > room {
            break;
        }
        width += wide;
        taken += c.len_utf8();
    }
    taken
}
