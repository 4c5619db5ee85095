//! The headers of a built message, as bytes: found, read and replaced without touching anything else.

/// One header as it stands in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Name as written.
    pub name: &'a str,
    /// Everything after the colon, folds included, without the last line end.
    pub value: &'a str,
    /// Where it begins.
    pub start: usize,
    /// Where the next begins.
    pub end: usize,
}

impl Field<'_> {
    /// Whether it has this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value on one line.
    #[must_use]
    pub fn unfolded(&self) -> String {
        self.value.replace("\r\n", "").trim().to_owned()
    }
}

/// The headers in their order and where the body begins. `None` for bytes that are no message.
#[must_use]
pub fn split(message: &[u8]) -> Option<(Vec<Field<'_>>, usize)> {
    let end = memchr::memmem::find(message, b"\r\n\r\n")? + 2;
    let head = std::str::from_utf8(message.get(..end)?).ok()?;
    let (mut fields, mut start) = (Vec::new(), 0);
    while start < end {
        let mut stop = start;
        loop {
            stop += head.get(stop..)?.find("\r\n")? + 2;
            if !head.get(stop..)?.starts_with([' ', '\t']) {
                break;
            }
        }
        let (name, value) = head.get(start..stop - 2)?.split_once(':')?;
        fields.push(Field { name, value, start, end: stop });
        start = stop;
    }
    Some((fields, end + 2))
}

/// The value of the first header of this name, on one line.
#[must_use]
pub fn value(message: &[u8], name: &str) -> Option<String> {
    split(message)?.0.iter().find(|field| field.is(name)).map(Field::unfolded)
}

/// The bare address in a header with exactly one: `Name <a@b.example>` or `a@b.example`.
#[must_use]
pub fn only_address(value: &str) -> Option<&str> {
    let inner = match value.rfind('<') {
        // the name before the bracket may hold anything, what follows it may not
        Some(at) => value.get(at + 1..)?.trim_end().strip_suffix('>')?,
        None => value.trim(),
    };
    let is_one = inner.matches('@').count() == 1 && !inner.contains([' ', ',', ';', '<', '>']);
    is_one.then_some(inner)
}

/// The message with another bare address in its From header; the name stays. `None` when there is no such header.
#[must_use]
pub fn with_from(message: &[u8], address: &str) -> Option<Vec<u8>> {
    let (fields, _) = split(message)?;
    let from = fields.iter().find(|field| field.is("From"))?;
    let name = match from.value.rfind('<') {
        Some(at) => from.value.get(..at)?.trim_end_matches([' ', '\t']).trim_end_matches("\r\n"),
        None => "",
    };
    let line = match name.trim() {
        "" => format!("From: {address}\r\n"),
        // the address on a line of its own: the name may fill the first
        _ => format!("From:{name}\r\n <{address}>\r\n"),
    };
    let mut out = Vec::with_capacity(message.len() + line.len());
    out.extend_from_slice(message.get(..from.start)?);
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(message.get(from.end..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::{Mailbox, Message, address::normalise, mime};

    fn built(name: Option<&str>) -> Vec<u8> {
        let from = Mailbox { name: name.map(str::to_owned), address: normalise("news@example.com").unwrap() };
        let to = Mailbox::named("Åse, \"the\" <b@c.example>", normalise("ase@example.org").unwrap());
        let mut message = Message::new(from, to, "Hello ".repeat(30), "id@example.com", 1_700_000_000_000_000);
        message.text = "From: not me\r\n\r\nText".into();
        mime::build(&message).unwrap()
    }

    #[test]
    fn headers_are_found_where_they_stand() {
        let bytes = built(Some("News"));
        let (fields, body) = split(&bytes).unwrap();
        assert!(fields.iter().any(|f| f.is("subject") && f.value.contains("\r\n")), "folded");
        for field in &fields {
            assert!(bytes[field.start..field.end].starts_with(field.name.as_bytes()));
            assert!(bytes[field.start..field.end].ends_with(b"\r\n"));
        }
        assert_eq!(&bytes[body - 4..body], b"\r\n\r\n");
        assert_eq!(value(&bytes, "message-id").unwrap(), "<id@example.com>");
        assert_eq!(only_address(&value(&bytes, "to").unwrap()), Some("ase@example.org"));
    }

    #[test]
    fn several_addresses_are_not_one() {
        assert_eq!(only_address("a@b.example, c@d.example"), None);
        assert_eq!(only_address("<a@b.example>, <c@d.example> x"), None);
        assert_eq!(only_address("a@b.example"), Some("a@b.example"));
    }

    #[test]
    fn another_from_address_changes_nothing_else() {
        for name in
            [None, Some("News"), Some("Ærlige nyheder fra en meget lang afsender, som fylder mere end en linje")]
        {
            let before = built(name);
            let after = with_from(&before, "second@example.com").unwrap();
            let parsed = mail_parser::MessageParser::default().parse(&after).unwrap();
            let from = parsed.from().unwrap().first().unwrap();
            assert_eq!((from.address(), from.name()), (Some("second@example.com"), name));
            assert_eq!(
                with_from(&after, "news@example.com").map(|b| mail_parser::MessageParser::default()
                    .parse(&b)
                    .unwrap()
                    .from()
                    .unwrap()
                    .first()
                    .unwrap()
                    .address()
                    .map(str::to_owned)),
                Some(Some("news@example.com".to_owned()))
            );
            let rest = |bytes: &[u8]| {
                let (fields, _) = split(bytes).unwrap();
                let from = *fields.iter().find(|f| f.is("from")).unwrap();
                [&bytes[..from.start], &bytes[from.end..]].concat()
            };
            assert_eq!(rest(&before), rest(&after));
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for bad in [&b""[..], b"no end", b"no colon\r\n\r\n", b"\r\n\r\n"] {
            assert_eq!(split(bad).map(|(fields, _)| fields.len()), None, "{bad:?}");
        }
    }
}
