//! The places of the navigation, as data.

use crate::IconName;
use leptos::prelude::*;

/// One place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its address.
    pub href: &'static str,
    /// Its words.
    pub label: &'static str,
    /// Its drawing.
    pub icon: IconName,
    /// How many things wait there.
    pub count: Signal<Option<u64>>,
    /// They wait for a person.
    pub is_hot: bool,
    /// The address that all its pages lie at or below.
    pub home: &'static str,
}

impl Place {
    /// Address, words, drawing.
    #[must_use]
    pub fn new(href: &'static str, label: &'static str, icon: IconName) -> Self {
        Self { href, label, icon, count: Signal::stored(None), is_hot: false, home: href }
    }

    /// It is shown on every page at or below this address, and leads to its own.
    #[must_use]
    pub fn under(mut self, home: &'static str) -> Self {
        self.home = home;
        self
    }

    /// Shows how many things wait there for a person; nothing while zero or unknown.
    #[must_use]
    pub fn count(mut self, count: impl Into<Signal<Option<u64>>>) -> Self {
        self.count = count.into();
        self
    }

    /// Marks the count as waiting for a person.
    #[must_use]
    pub fn hot(mut self) -> Self {
        self.is_hot = true;
        self
    }
}

/// Places under one heading.
#[derive(Clone, Debug, PartialEq)]
pub struct NavGroup {
    /// The heading; the first group has none.
    pub title: Option<&'static str>,
    /// The places.
    pub places: Vec<Place>,
}

impl NavGroup {
    /// Places without a heading.
    #[must_use]
    pub fn top(places: Vec<Place>) -> Self {
        Self { title: None, places }
    }

    /// Places under a heading.
    #[must_use]
    pub fn new(title: &'static str, places: Vec<Place>) -> Self {
        Self { title: Some(title), places }
    }
}

/// Whether a path lies at or below a place; the home place `/` holds itself only.
pub(super) fn is_in(path: &str, href: &str) -> bool {
    match path.strip_prefix(href) {
        Some("") => true,
        Some(rest) => href != "/" && rest.starts_with(['/', '?']),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_page_below_a_place_marks_the_place() {
        assert!(is_in("/campaigns/7/recipients", "/campaigns"));
        assert!(is_in("/campaigns?state=draft", "/campaigns"));
        assert!(!is_in("/campaigns-old", "/campaigns"));
    }

    #[test]
    fn home_is_marked_on_home_only() {
        assert!(is_in("/", "/"));
        assert!(!is_in("/contacts", "/"));
    }
}
