//! The two questions every sign answers: how good is it (tone), how sure are we (shape).

/// Colour is judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// No judgement.
    #[default]
    Plain,
    /// Proven good.
    Good,
    /// Wants attention.
    Warn,
    /// Went wrong.
    Bad,
    /// Worth knowing.
    Note,
    /// Ours: badges only.
    Brand,
}

impl Tone {
    /// Its class name.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Note => "note",
            Self::Brand => "brand",
        }
    }
}

/// Shape is certainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Filled: proven.
    #[default]
    Full,
    /// Ring: not tried yet, or skipped.
    Wait,
    /// Hatched: not known.
    Unsure,
    /// Square: stopped, needs a person.
    Stop,
    /// Halo: happening now.
    Live,
}

impl Shape {
    /// Its class name.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Full => "",
            Self::Wait => "wait",
            Self::Unsure => "unsure",
            Self::Stop => "stop",
            Self::Live => "live",
        }
    }
}

/// Joins class names, leaving out the empty ones.
pub(crate) fn classes(parts: &[&str]) -> String {
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

/// Letters and digits in small, everything else a dash: for ids and file names.
pub(crate) fn slug(text: &str) -> String {
    text.chars().map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }).collect()
}
