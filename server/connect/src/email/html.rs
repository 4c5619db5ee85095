//! Pure helpers on the HTML of a template or a message: links, preheader, pixel.
//!
//! Nothing is parsed into a tree and printed again: mail HTML lives from hacks that no printer survives. A scanner finds
//! the places, only those bytes change. Template tags (`{{ … }}`, `{% … %}`) are seen as opaque, so all of this can run
//! once per campaign, before personalisation.

mod decorate;
mod links;
mod scan;

pub use decorate::{Preheader, append_pixel, inject_preheader};
pub use links::{Link, NO_TRACK, collect_links, rewrite_links};

pub(super) use scan::{Piece, Scanner, Tag};

/// Text as it must stand inside of a double-quoted attribute.
#[must_use]
pub fn escape_attribute(text: &str) -> String {
    escape(text, true)
}

/// Text as it must stand between tags.
#[must_use]
pub fn escape_text(text: &str) -> String {
    escape(text, false)
}

fn escape(text: &str, quotes: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quotes => out.push_str("&quot;"),
            '\'' if quotes => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
