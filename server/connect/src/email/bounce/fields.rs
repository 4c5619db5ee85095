//! Blocks of `Name: value` lines, as headers, delivery reports and feedback reports are made of.

/// One block, lines joined where they were folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

/// Most lines of one block that are looked at.
const MOST: usize = 2000;

impl Fields {
    /// Reads up to the first empty line.
    pub fn read(text: &str) -> Self {
        Self::groups(text).next().unwrap_or_default()
    }

    /// The blocks of a text, those without a field passed over.
    pub fn groups(text: &str) -> impl Iterator<Item = Self> {
        let mut lines = text.lines();
        std::iter::from_fn(move || {
            let mut block = Self::default();
            let mut any = false;
            for line in lines.by_ref() {
                any = true;
                if line.trim().is_empty() {
                    if block.0.is_empty() {
                        continue;
                    }
                    return Some(block);
                }
                block.line(line);
            }
            (any && !block.0.is_empty()).then_some(block)
        })
    }

    fn line(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = self.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
            return;
        }
        let Some((name, value)) = line.split_once(':') else { return };
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
        if is_name && self.0.len() < MOST {
            self.0.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// The first value under a name; empty ones are passed over.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, value)| field.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(_, v)| v.as_str())
    }

    /// Every value under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_named = move |(field, value): &&(String, String)| field.eq_ignore_ascii_case(name) && !value.is_empty();
        self.0.iter().filter(is_named).map(|(_, value)| value.as_str())
    }
}

/// The value behind `type;`, as in `rfc822; a@example.com`.
pub(super) fn typed(value: &str) -> &str {
    value.split_once(';').map_or(value, |(_, rest)| rest).trim()
}
