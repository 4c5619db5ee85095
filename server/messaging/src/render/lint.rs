//! What a template may say. The engine could do more; what mail has no use for is refused here, so that no content can
//! use up memory or time.

use super::mask::{TagKind, tags};
use contract::templates::ContentProblem;

/// Statements that are understood.
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif", "for", "endfor"];
/// Longest tag, in bytes.
const LONGEST: usize = 1000;
/// Longest source of one part, in bytes.
pub(super) const LONGEST_SOURCE: usize = 1_000_000;

/// What can be said about the contact, beside `fields.<key>`.
pub(super) const CONTACT: &[&str] = &["email", "first_name", "last_name", "organisation", "phone", "language"];
const CAMPAIGN: &[&str] = &["name", "id"];
const COMPANY: &[&str] = &["name", "address", "website"];
/// Names of our own placeholders begin with this.
pub(super) const OWN: &str = "lux_";

/// A problem that stands in the way of sending.
pub(super) fn blocking(field: &str, line: Option<u32>, message: impl Into<String>) -> ContentProblem {
    ContentProblem { field: field.to_owned(), line, message: message.into(), blocks: true }
}

/// A problem to know of.
pub(super) fn notice(field: &str, line: Option<u32>, message: impl Into<String>) -> ContentProblem {
    ContentProblem { blocks: false, ..blocking(field, line, message) }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> Option<u32> {
    let before = text.get(..at)?;
    u32::try_from(before.bytes().filter(|b| *b == b'\n').count() + 1).ok()
}

/// Checks the tags of one part.
pub(super) fn check_tags(field: &str, text: &str) -> Vec<ContentProblem> {
    let mut problems = Vec::new();
    if text.len() > LONGEST_SOURCE {
        problems.push(blocking(
            field,
            None,
            "This is longer than 1 MB, which mail programs do not take. Make it shorter.",
        ));
        return problems;
    }
    for tag in tags(text) {
        let line = line_of(text, tag.range.start);
        if tag.kind == TagKind::Comment {
            continue;
        }
        if tag.range.len() > LONGEST {
            problems.push(blocking(field, line, "A placeholder may be at most 1,000 characters long."));
            continue;
        }
        let word = tag.inner.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        if tag.kind == TagKind::Statement && !STATEMENTS.contains(&word) {
            let message =
                format!("{{% {word} %}} is not available in emails. There are if, elif, else, endif, for and endfor.");
            problems.push(blocking(field, line, message));
        }
        let code = without_strings(tag.inner);
        if code.contains('*') {
            problems.push(blocking(field, line, "Placeholders cannot multiply."));
        }
        if code.contains(OWN) {
            problems.push(blocking(field, line, "Names that begin with lux_ are used by Lux itself."));
        }
    }
    problems
}

fn without_strings(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut quote = None;
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match quote {
            Some(_) if c == '\\' => {
                chars.next();
            }
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None => out.push(c),
        }
    }
    out
}

/// What is wrong with a name that a template reads, if anything. `fields` are the keys of the custom fields, where they
/// are known.
pub(super) fn check_name(name: &str, fields: Option<&[String]>) -> Option<String> {
    let known = |root: &str, names: &[&str], more: &str| {
        let list: Vec<String> = names.iter().map(|n| format!("{root}.{n}")).collect();
        Some(format!("{name} is not known. There are {}{more}.", list.join(", ")))
    };
    let mut parts = name.split('.');
    match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
        ("unsubscribe_url" | "view_url", None, _) => None,
        ("contact", Some("fields"), key) => {
            let (key, keys) = (key?, fields?);
            if keys.iter().any(|k| k == key) {
                return None;
            }
            Some(format!(
                "There is no custom field with the key {key}. Add it under Contacts, Fields, or correct the name."
            ))
        }
        ("contact", Some(part), None) if CONTACT.contains(&part) => None,
        ("campaign", Some(part), None) if CAMPAIGN.contains(&part) => None,
        ("company", Some(part), None) if COMPANY.contains(&part) => None,
        ("contact", _, _) => known("contact", CONTACT, " and contact.fields.<key>"),
        ("campaign", _, _) => known("campaign", CAMPAIGN, ""),
        ("company", _, _) => known("company", COMPANY, ""),
        _ => Some(format!("{name} is not known. There are contact, campaign, company, unsubscribe_url and view_url.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_conditions_and_loops_are_statements() {
        assert!(
            check_tags("source", "{% if a %}{% elif b %}{% else %}{% endif %}{%- for x in y -%}{% endfor %}")
                .is_empty()
        );
        for bad in [
            "include 'x'",
            "set x = 1",
            "macro m()",
            "import 'x' as y",
            "extends 'x'",
            "with x = 1",
            "filter upper",
            "raw",
            "call x()",
        ] {
            let found = check_tags("source", &format!("a\n{{% {bad} %}}"));
            assert_eq!(found.len(), 1, "{bad}");
            assert!(found[0].blocks);
            assert_eq!(found[0].line, Some(2));
        }
    }

    #[test]
    fn what_could_grow_without_end_is_refused() {
        assert!(!check_tags("text", "{{ 'a' * 1000000 }}").is_empty());
        assert!(check_tags("text", "{{ x | default('2 * 3') }}").is_empty());
        assert!(!check_tags("text", "{{ lux_pixel }}").is_empty());
        assert!(!check_tags("text", &format!("{{{{ '{}' }}}}", "a".repeat(1001))).is_empty());
        assert!(!check_tags("text", &"a".repeat(LONGEST_SOURCE + 1)).is_empty());
    }

    #[test]
    fn unknown_names_are_told_with_those_that_are_known() {
        for good in [
            "contact.email",
            "contact.first_name",
            "contact.fields",
            "contact.fields.plan",
            "company.address",
            "campaign.id",
            "unsubscribe_url",
            "view_url",
        ] {
            assert_eq!(check_name(good, None), None, "{good}");
        }
        for bad in [
            "contact",
            "contact.firstname",
            "contact.email.x",
            "company",
            "campaign.subject",
            "user.name",
            "env",
            "web_view_url",
        ] {
            assert!(check_name(bad, None).is_some(), "{bad}");
        }
        let keys = ["plan".to_owned()];
        assert_eq!(check_name("contact.fields.plan", Some(&keys)), None);
        assert!(check_name("contact.fields.plann", Some(&keys)).is_some());
    }
}
