//! Files in a message (RFC 2045, 2183, 2231, 2387, 2392).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

use super::MimeError;

/// Base64 in a line, without its end (RFC 2045 allows 76).
const LINE: usize = 76;

/// A file that travels in a message, encoded once for all recipients. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    name: String,
    content_type: String,
    content_id: Option<String>,
    lines: Arc<str>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({}, {}, {} bytes encoded)", self.name, self.content_type, self.lines.len())
    }
}

impl File {
    /// An attachment.
    ///
    /// # Errors
    /// When the name has a line break, or the type is not of the form `image/png`.
    pub fn attached(name: &str, content_type: &str, bytes: &[u8]) -> Result<Self, MimeError> {
        Self::new(name, content_type, None, bytes)
    }

    /// A picture that the HTML shows by `cid:`.
    ///
    /// # Errors
    /// As [`File::attached`]; and when the content id is not of the form `token@domain`.
    pub fn inline(name: &str, content_type: &str, content_id: &str, bytes: &[u8]) -> Result<Self, MimeError> {
        let id = super::bracketed_id(content_id)?;
        Self::new(name, content_type, Some(id), bytes)
    }

    fn new(name: &str, content_type: &str, content_id: Option<String>, bytes: &[u8]) -> Result<Self, MimeError> {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(MimeError::value("Content-Disposition", "needs a file name without control characters"));
        }
        let token = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
        };
        if !content_type.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub)) {
            return Err(MimeError::value("Content-Type", "needs the form image/png"));
        }
        let encoded = STANDARD.encode(bytes);
        let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE * 2 + 2);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(LINE));
            lines.push_str(line);
            lines.push_str("\r\n");
            rest = after;
        }
        Ok(Self { name: name.to_owned(), content_type: content_type.to_owned(), content_id, lines: lines.into() })
    }

    /// Whether the HTML shows it.
    #[must_use]
    pub const fn is_inline(&self) -> bool {
        self.content_id.is_some()
    }

    /// Bytes it takes in a message.
    #[must_use]
    pub fn size(&self) -> usize {
        self.lines.len() + 256
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut header = |text: &str| out.extend_from_slice(text.as_bytes());
        header(&format!("Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\n", self.content_type));
        let kind = if self.is_inline() { "inline" } else { "attachment" };
        header(&format!("Content-Disposition: {kind};\r\n {}\r\n", filename(&self.name)));
        if let Some(id) = &self.content_id {
            header(&format!("Content-ID: {id}\r\n"));
        }
        header("\r\n");
        header(&self.lines);
    }
}

/// `filename="a.pdf"`, or the extended form for what ASCII cannot say (RFC 2231); never longer than a line may be.
fn filename(name: &str) -> String {
    let is_plain = name.len() <= 200 && name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\');
    if is_plain {
        return format!("filename=\"{name}\"");
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&b);
    let mut encoded = String::new();
    for character in name.chars() {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).bytes();
        let piece: String =
            bytes.map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
        if encoded.len() + piece.len() > 600 {
            break;
        }
        encoded.push_str(&piece);
    }
    format!("filename*=utf-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_receivers_read_them() {
        assert_eq!(filename("price list.pdf"), "filename=\"price list.pdf\"");
        assert_eq!(filename("Prisliste æ.pdf"), "filename*=utf-8''Prisliste%20%C3%A6.pdf");
        assert_eq!(filename("a\"b.pdf"), "filename*=utf-8''a%22b.pdf");
        assert!(filename(&"ø".repeat(400)).len() < 640);
    }

    #[test]
    fn what_could_break_out_of_its_line_is_refused() {
        assert!(File::attached("a\r\nBcc: x@y.example", "text/plain", b"").is_err());
        assert!(File::attached("", "text/plain", b"").is_err());
        assert!(File::attached("a", "text/plain\r\nX: y", b"").is_err());
        assert!(File::attached("a", "text", b"").is_err());
        assert!(File::inline("a", "image/png", "no-domain", b"").is_err());
        assert!(File::inline("a", "image/png", "a@b>\r\n", b"").is_err());
    }

    #[test]
    fn bytes_are_written_in_lines_that_every_server_takes() {
        let file = File::attached("a.bin", "application/octet-stream", &[0xff; 500]).unwrap();
        let mut out = Vec::new();
        file.write(&mut out);
        let text = String::from_utf8(out).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(body.lines().all(|line| line.len() <= LINE) && body.ends_with("\r\n"));
        assert_eq!(STANDARD.decode(body.replace("\r\n", "")).unwrap(), [0xff; 500]);
        assert!(file.size() >= body.len());
    }
}
