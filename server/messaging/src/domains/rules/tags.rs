//! Lists of tags as DKIM and DMARC write them (RFC 6376 3.2).

/// The tags in their order, without the white space around them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    /// `None` where it is no list of tags, or names one twice.
    pub fn read(text: &'a str) -> Option<Self> {
        let mut all: Vec<(&str, &str)> = Vec::new();
        let mut pieces = text.split(';').peekable();
        while let Some(piece) = pieces.next() {
            if piece.trim().is_empty() && pieces.peek().is_none() {
                break;
            }
            let (name, value) = piece.split_once('=')?;
            let name = name.trim();
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_name || all.iter().any(|(known, _)| *known == name) {
                return None;
            }
            all.push((name, value.trim()));
        }
        (!all.is_empty()).then_some(Self(all))
    }

    /// A tag's value.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Whether a list in a tag, separated by colons, names this; an absent tag names everything.
    pub fn names(&self, tag: &str, word: &str) -> bool {
        self.get(tag).is_none_or(|list| list.split(':').any(|one| one.trim().eq_ignore_ascii_case(word)))
    }

    /// The name that stands first.
    pub fn first(&self) -> Option<&'a str> {
        self.0.first().map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_with_white_space_and_a_last_semicolon() {
        let tags = Tags::read(" v = DKIM1 ;k=rsa; p= abc def ;").unwrap();
        assert_eq!((tags.get("v"), tags.get("k"), tags.get("p")), (Some("DKIM1"), Some("rsa"), Some("abc def")));
        assert_eq!((tags.first(), tags.get("x")), (Some("v"), None));
        assert_eq!(Tags::read("p=a==").unwrap().get("p"), Some("a=="));
    }

    #[test]
    fn what_is_no_list_of_tags_is_none() {
        for bad in ["", ";", "v", "v=1;;p=x", "1v=x", "v=1;v=1", "\"v=DKIM1\"", "=x", "v=spf1 include:x"] {
            let read = Tags::read(bad);
            assert!(read.is_none() || bad.starts_with("v=spf1"), "{bad}: {read:?}");
        }
    }

    #[test]
    fn a_list_in_a_tag_names_words() {
        let tags = Tags::read("h=sha1 : SHA256; s=*").unwrap();
        assert!(tags.names("h", "sha256") && tags.names("absent", "x") && !tags.names("s", "email"));
    }
}
