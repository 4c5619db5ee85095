//! From a [`Message`] to its bytes (RFC 5322, 2045, 2047, 2369, 2919, 8058).
//!
//! Own writer, because every byte of it is the product: lines end in CRLF and stay far under 998 bytes, both bodies are
//! quoted-printable in UTF-8, header values cannot break out of their line, and the same message always gives the same
//! bytes, so a retry is the same mail. Boundaries begin with `=_`, which quoted-printable can never contain.

mod file;
mod header;
mod qp;

use sha2::{Digest, Sha256};

use super::message::{ListId, ListUnsubscribe, Message};
use header::Headers;

pub use file::File;
pub use qp::quoted_printable;

/// Name of the header that carries [`Message::attempt`].
pub const ATTEMPT_HEADER: &str = "X-Lux-Attempt";

/// Why a message cannot be written. Each names the header, so that the page can say where to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MimeError {
    /// A value with a line break could smuggle in more headers.
    #[error("the header {header} contains a line break")]
    LineBreak {
        /// Name of the header.
        header: String,
    },
    /// Not a header name.
    #[error("\"{header}\" is not a header name")]
    Name {
        /// The name as given.
        header: String,
    },
    /// A header that is written from the message's own fields.
    #[error("the header {header} is set by Lux and cannot be given by hand")]
    Reserved {
        /// Name of the header.
        header: String,
    },
    /// A value that cannot be written as it is.
    #[error("the header {header} {reason}")]
    Value {
        /// Name of the header.
        header: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl MimeError {
    fn value(header: &str, reason: &'static str) -> Self {
        Self::Value { header: header.to_owned(), reason }
    }
}

/// Writes the message, ending in CRLF, not dot-stuffed (that is the transport's business).
///
/// # Errors
/// When a header cannot be written safely.
pub fn build(message: &Message) -> Result<Vec<u8>, MimeError> {
    let html = message.html.as_deref().filter(|html| !html.is_empty());
    let files: usize = message.files.iter().map(File::size).sum();
    let size = 2048 + message.text.len() * 5 / 4 + html.map_or(0, |html| html.len() * 5 / 4) + files;
    let mut headers = Headers::new(Vec::with_capacity(size));
    write_headers(&mut headers, message)?;
    let mut out = headers.finish();
    write_mixed(&mut out, message, html);
    Ok(out)
}

const PLAIN: &[u8] = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
const HTML: &[u8] = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";

/// What is said, then the files that go with it.
fn write_mixed(out: &mut Vec<u8>, message: &Message, html: Option<&str>) {
    // without HTML nothing shows a picture: it goes along like any other file
    let mut attached = message.files.iter().filter(|file| html.is_none() || !file.is_inline()).peekable();
    if attached.peek().is_none() {
        return write_related(out, message, html);
    }
    let mixed = Container::open(out, "mixed", &message.message_id);
    mixed.part(out);
    write_related(out, message, html);
    for file in attached {
        mixed.part(out);
        file.write(out);
    }
    mixed.close(out);
}

/// The bodies, with the pictures that the HTML shows.
fn write_related(out: &mut Vec<u8>, message: &Message, html: Option<&str>) {
    let Some(html) = html else {
        out.extend_from_slice(PLAIN);
        quoted_printable(&message.text, out);
        if !out.ends_with(b"\r\n") {
            out.extend_from_slice(b"\r\n");
        }
        return;
    };
    let mut shown = message.files.iter().filter(|file| file.is_inline()).peekable();
    if shown.peek().is_none() {
        return write_alternative(out, message, html);
    }
    let related = Container::open(out, "related; type=\"multipart/alternative\"", &message.message_id);
    related.part(out);
    write_alternative(out, message, html);
    for file in shown {
        related.part(out);
        file.write(out);
    }
    related.close(out);
}

fn write_alternative(out: &mut Vec<u8>, message: &Message, html: &str) {
    let alternative = Container::open(out, "alternative", &message.message_id);
    alternative.part(out);
    out.extend_from_slice(PLAIN);
    quoted_printable(&message.text, out);
    alternative.part(out);
    out.extend_from_slice(HTML);
    quoted_printable(html, out);
    alternative.close(out);
}

/// A part that holds parts.
struct Container {
    boundary: String,
}

impl Container {
    fn open(out: &mut Vec<u8>, kind: &str, message_id: &str) -> Self {
        let own = match kind {
            "alternative" => message_id.to_owned(),
            other => format!("{other} {message_id}"),
        };
        let boundary = boundary(&own);
        out.extend_from_slice(format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n").as_bytes());
        Self { boundary }
    }

    fn mark(&self, out: &mut Vec<u8>, end: &str) {
        out.extend_from_slice(format!("\r\n--{}{end}\r\n", self.boundary).as_bytes());
    }

    fn part(&self, out: &mut Vec<u8>) {
        self.mark(out, "");
    }

    fn close(&self, out: &mut Vec<u8>) {
        self.mark(out, "--");
    }
}

fn boundary(of: &str) -> String {
    let digest = Sha256::digest(of.as_bytes());
    format!("=_lux_{}", hex::encode(digest.get(..15).unwrap_or_default()))
}

fn write_headers(headers: &mut Headers, message: &Message) -> Result<(), MimeError> {
    headers.mailbox("From", &message.from)?;
    if let Some(reply_to) = &message.reply_to {
        headers.mailbox("Reply-To", reply_to)?;
    }
    headers.mailbox("To", &message.to)?;
    headers.text("Subject", &message.subject)?;
    headers.text("Date", &date(message.date)?)?;
    headers.token("Message-ID", &bracketed_id(&message.message_id)?)?;
    if let Some(list) = &message.list_id {
        write_list_id(headers, list)?;
    }
    if let Some(list) = &message.list_unsubscribe {
        write_list_unsubscribe(headers, list)?;
    }
    if let Some(feedback) = &message.feedback_id {
        headers.token("Feedback-ID", feedback)?;
    }
    if let Some(attempt) = &message.attempt {
        headers.token(ATTEMPT_HEADER, attempt)?;
    }
    if message.auto_submitted {
        headers.token("Auto-Submitted", "auto-generated")?;
    }
    for (name, value) in &message.headers {
        header::check_custom(name)?;
        headers.text(name, value)?;
    }
    headers.token("MIME-Version", "1.0")
}

/// Date in UTC as RFC 5322 writes it, from unix microseconds.
fn date(micros: i64) -> Result<String, MimeError> {
    let bad = |_| MimeError::value("Date", "is outside of the calendar");
    let time = jiff::Timestamp::from_microsecond(micros).map_err(bad)?.to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&time).map_err(bad)
}

fn bracketed_id(id: &str) -> Result<String, MimeError> {
    let bad = |reason| Err(MimeError::value("Message-ID", reason));
    if id.bytes().any(|b| matches!(b, b'\r' | b'\n')) {
        return Err(MimeError::LineBreak { header: "Message-ID".to_owned() });
    }
    match id.split_once('@') {
        Some((left, right)) if !left.is_empty() && !right.is_empty() && !right.contains('@') => {}
        _ => return bad("needs the form token@domain"),
    }
    if !id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'(' | b')' | b'"' | b',')) {
        return bad("contains a character that may not stand there");
    }
    Ok(format!("<{id}>"))
}

fn write_list_id(headers: &mut Headers, list: &ListId) -> Result<(), MimeError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if list.id.is_empty() || !list.id.bytes().all(plain) {
        return Err(MimeError::value(
            "List-Id",
            "needs the form name.domain in plain letters, digits, dots and hyphens",
        ));
    }
    headers.phrase("List-Id", list.label.as_deref(), &format!("<{}>", list.id))
}

fn write_list_unsubscribe(headers: &mut Headers, list: &ListUnsubscribe) -> Result<(), MimeError> {
    const NAME: &str = "List-Unsubscribe";
    let scheme =
        |url: &str, scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let is_https = scheme(&list.url, "https://");
    if !is_https && !scheme(&list.url, "http://") {
        return Err(MimeError::value(NAME, "needs an https link"));
    }
    let mut parts = vec![bracketed_url(&list.url)?];
    if let Some(mailto) = list.mailto.as_deref().filter(|mailto| !mailto.is_empty()) {
        let url = if scheme(mailto, "mailto:") { mailto.to_owned() } else { format!("mailto:{mailto}") };
        parts.push(bracketed_url(&url)?);
    }
    headers.tokens(NAME, &parts)?;
    if is_https {
        headers.token("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?;
    }
    Ok(())
}

fn bracketed_url(url: &str) -> Result<String, MimeError> {
    if url.bytes().any(|b| matches!(b, b'\r' | b'\n')) {
        return Err(MimeError::LineBreak { header: "List-Unsubscribe".to_owned() });
    }
    if !url.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>') {
        return Err(MimeError::value("List-Unsubscribe", "contains a character that must be percent-encoded"));
    }
    Ok(format!("<{url}>"))
}

#[cfg(test)]
mod tests;
