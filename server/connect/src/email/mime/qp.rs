//! Quoted-printable (RFC 2045, 6.7) with two habits that keep mail whole on its way.

/// Longest line, without its CRLF.
const LINE: usize = 76;

/// Appends `text` in quoted-printable. Any line end (CRLF, LF, CR) becomes CRLF. A dot or `From ` at the start of a line
/// is encoded, since careless servers on the way change those.
pub fn quoted_printable(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    out.reserve(rest.len() + rest.len() / 8);
    while let Some(end) = memchr::memchr2(b'\r', b'\n', rest) {
        let (line, after) = rest.split_at(end);
        encode_line(line, out);
        out.extend_from_slice(b"\r\n");
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    encode_line(rest, out);
}

fn encode_line(line: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut column = 0;
    for (index, &b) in line.iter().enumerate() {
        let is_last = index + 1 == line.len();
        let mut width = if is_literal(b, is_last) { 1 } else { 3 };
        // the last column is kept for the soft break, unless nothing follows
        if column + width > LINE - usize::from(!is_last) {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if column == 0 && (b == b'.' || b == b'F' && line.get(index..).is_some_and(|tail| tail.starts_with(b"From "))) {
            width = 3;
        }
        if width == 1 {
            out.push(b);
        } else {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'=', digit(b >> 4), digit(b & 15)]);
        }
        column += width;
    }
}

const fn is_literal(b: u8, is_last: bool) -> bool {
    match b {
        b'=' => false,
        b'!'..=b'~' => true,
        // white space at the end of a line gets lost on the way
        b' ' | b'\t' => !is_last,
        _ => false,
    }
}
