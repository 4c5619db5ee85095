//! Finds addresses in running text.

use crate::email::address::normalise;

/// Most addresses that are taken from one text.
const MOST: usize = 200;

fn in_local(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&*+/=?^_`{|}~.-'".contains(c)
}

fn in_domain(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '-'
}

/// Every address in the text in its one spelling, in order, each once.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + 1..)) else { continue };
        let start = before.char_indices().rev().take_while(|(_, c)| in_local(*c)).last().map_or(at, |(i, _)| i);
        let end = after.char_indices().take_while(|(_, c)| in_domain(*c)).last().map_or(0, |(i, c)| i + c.len_utf8());
        let (Some(local), Some(domain)) = (text.get(start..at), after.get(..end)) else { continue };
        // Quotes and dots around it belong to the sentence.
        let local = local.trim_start_matches(['\'', '.', '`', '=']);
        let domain = domain.trim_end_matches(['.', '-']);
        if let Ok(address) = normalise(&format!("{local}@{domain}"))
            && !found.iter().any(|known| known == address.as_str())
        {
            found.push(address.as_str().to_owned());
            if found.len() >= MOST {
                break;
            }
        }
    }
    found
}

/// The first address in the text.
pub(super) fn address(text: &str) -> Option<String> {
    addresses(text).into_iter().next()
}

/// One line, no control characters, at most 500 characters, no runs of spaces.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > 4 * 500 {
            break;
        }
    }
    out.chars().take(500).collect()
}
