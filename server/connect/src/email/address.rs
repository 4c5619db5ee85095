//! One spelling per mailbox.
//!
//! `Jörg@Bücher.example` and ` jörg@xn--bcher-kva.example ` are the same mailbox; [`normalise`] gives both one text, so
//! that lists, suppression and deduplication compare plain strings. Plus-tags and dots are never folded: that would
//! guess at another provider's rules. Pure, and depends on nothing but `idna`.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// Longest address that SMTP can carry, in bytes (RFC 5321 path without its brackets).
pub const MAX_LENGTH: usize = 254;
/// Longest part before the `@`, in bytes.
pub const MAX_LOCAL: usize = 64;

/// A checked address in its one spelling: lower case, domain in ASCII (punycode).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// The normalised address, the key to store and compare.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// The part after the `@`, ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// The domain as people write it, with its own letters.
    #[must_use]
    pub fn domain_unicode(&self) -> String {
        idna::domain_to_unicode(self.domain()).0
    }

    /// The part before the `@` is not ASCII: only servers with SMTPUTF8 can take it.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.text.is_ascii()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(input: &str) -> Result<Self, Self::Err> {
        normalise(input)
    }
}

impl AsRef<str> for Address {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Why a text is not an address we can send to. `Display` is fit for a person and for the list of rejected rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing there.
    Empty,
    /// No `@`.
    NoAt,
    /// More than one `@`.
    ManyAts,
    /// Nothing before the `@`.
    NoLocal,
    /// Longer than [`MAX_LOCAL`] before the `@`.
    LocalTooLong,
    /// A dot at the start or end, or two in a row, before the `@`.
    LocalDots,
    /// A character that may not stand before the `@`.
    LocalChar(char),
    /// A quoted part before the `@`; allowed on paper, refused by nearly everyone.
    Quoted,
    /// Nothing after the `@`.
    NoDomain,
    /// No dot after the `@`.
    NoTopLevel,
    /// An IP address after the `@`.
    IpDomain,
    /// A dot at the start or end, or two in a row, after the `@`.
    DomainDots,
    /// A character that may not stand in a domain.
    DomainChar(char),
    /// The domain cannot exist (length, hyphens, punycode).
    Domain,
    /// Longer than [`MAX_LENGTH`].
    TooLong,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Empty => "the address is empty",
            Self::NoAt => "there is no @",
            Self::ManyAts => "there is more than one @",
            Self::NoLocal => "nothing stands before the @",
            Self::LocalTooLong => "the part before the @ is longer than 64 characters",
            Self::LocalDots => "the part before the @ starts or ends with a dot or has two in a row",
            Self::LocalChar(c) => return write!(f, "{} may not stand before the @", Shown(*c)),
            Self::Quoted => "addresses in quotes are not supported",
            Self::NoDomain => "nothing stands after the @",
            Self::NoTopLevel => "the domain has no ending such as .com",
            Self::IpDomain => "an IP address cannot be used as the domain",
            Self::DomainDots => "the domain starts or ends with a dot or has two in a row",
            Self::DomainChar(c) => return write!(f, "{} may not stand in a domain", Shown(*c)),
            Self::Domain => "this domain cannot exist",
            Self::TooLong => "the address is longer than 254 characters",
        };
        f.write_str(words)
    }
}

impl std::error::Error for AddressError {}

struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ' ' | '\u{a0}' => f.write_str("a space"),
            c if c.is_control() || c.is_whitespace() => write!(f, "the invisible character U+{:04X}", u32::from(c)),
            c => write!(f, "\"{c}\""),
        }
    }
}

/// Characters that spreadsheets and web pages leave in addresses and that nobody can see.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202f}')
}

/// Checks an address and gives its one spelling.
///
/// # Errors
/// The first reason why nobody could be reached there.
pub fn normalise(input: &str) -> Result<Address, AddressError> {
    let visible: String;
    let mut text = input;
    if !input.is_ascii() && input.chars().any(is_invisible) {
        visible = input.chars().filter(|c| !is_invisible(*c)).collect();
        text = &visible;
    }
    let text = text
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}'));
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.starts_with('"') {
        return Err(AddressError::Quoted);
    }
    let (local, domain) = text.split_once('@').ok_or(AddressError::NoAt)?;
    if domain.contains('@') {
        return Err(AddressError::ManyAts);
    }
    check_local(local)?;
    let local = local.to_lowercase();
    if local.len() > MAX_LOCAL {
        return Err(AddressError::LocalTooLong);
    }
    let domain = normalise_domain(domain)?;
    let at = local.len();
    let mut text = local;
    text.push('@');
    text.push_str(&domain);
    if text.len() > MAX_LENGTH {
        return Err(AddressError::TooLong);
    }
    Ok(Address { text, at })
}

/// Checks a domain name and gives its lower-case ASCII spelling.
///
/// # Errors
/// The first reason why no mail server can be there.
pub fn normalise_domain(domain: &str) -> Result<String, AddressError> {
    if domain.is_empty() {
        return Err(AddressError::NoDomain);
    }
    if domain.starts_with('[') {
        return Err(AddressError::IpDomain);
    }
    let ascii = if domain.is_ascii() {
        let lower = domain.to_ascii_lowercase();
        check_ascii_domain(&lower)?;
        // a punycode label must decode to something that would encode back to it
        if lower.split('.').any(|label| label.starts_with("xn--")) { to_ascii(&lower)? } else { lower }
    } else {
        if let Some(bad) = domain.chars().find(|c| c.is_whitespace() || c.is_control() || c.is_ascii() && !is_host(*c))
        {
            return Err(AddressError::DomainChar(bad));
        }
        let ascii = to_ascii(domain)?;
        check_ascii_domain(&ascii)?;
        ascii
    };
    let last = ascii.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AddressError::IpDomain);
    }
    // machines that only talk to themselves are useful while trying things out
    if last.len() == ascii.len() && ascii != "localhost" {
        return Err(AddressError::NoTopLevel);
    }
    Ok(ascii)
}

fn to_ascii(domain: &str) -> Result<String, AddressError> {
    Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| AddressError::Domain)
}

fn check_local(local: &str) -> Result<(), AddressError> {
    if local.is_empty() {
        return Err(AddressError::NoLocal);
    }
    if local.len() > MAX_LOCAL {
        return Err(AddressError::LocalTooLong);
    }
    if let Some(bad) = local.chars().find(|c| !is_local(*c)) {
        return Err(AddressError::LocalChar(bad));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(AddressError::LocalDots);
    }
    Ok(())
}

fn is_local(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
    } else {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{fff9}'..='\u{ffff}')
    }
}

const fn is_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.')
}

fn check_ascii_domain(domain: &str) -> Result<(), AddressError> {
    if let Some(bad) = domain.chars().find(|c| !is_host(*c)) {
        return Err(AddressError::DomainChar(bad));
    }
    if domain.split('.').any(str::is_empty) {
        return Err(AddressError::DomainDots);
    }
    let wrong = |label: &str| label.len() > 63 || label.starts_with('-') || label.ends_with('-');
    if domain.len() > 253 || domain.split('.').any(wrong) {
        return Err(AddressError::Domain);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(input: &str) -> String {
        normalise(input).unwrap().as_str().to_owned()
    }

    fn why(input: &str) -> AddressError {
        normalise(input).unwrap_err()
    }

    #[test]
    fn spellings_of_one_mailbox_give_one_key() {
        for input in [
            "ada@example.org",
            " Ada@Example.ORG ",
            "\u{a0}ada@example.org\u{a0}",
            "a\u{200b}da@exam\u{ad}ple.org",
            "\u{feff}ADA@EXAMPLE.ORG\r\n",
            "\tada@example.org",
        ] {
            assert_eq!(key(input), "ada@example.org", "{input:?}");
        }
    }

    #[test]
    fn an_international_domain_becomes_punycode_and_back() {
        for input in [
            "info@bücher.example",
            "INFO@BÜCHER.example",
            "info@xn--bcher-kva.example",
            "info@bu\u{308}cher.example",
            "info@bücher。example",
        ] {
            assert_eq!(key(input), "info@xn--bcher-kva.example", "{input:?}");
        }
        assert_eq!(normalise("info@bücher.example").unwrap().domain_unicode(), "bücher.example");
        assert_eq!(key("kontakt@straße.de"), "kontakt@xn--strae-oqa.de");
    }

    #[test]
    fn tags_and_dots_are_kept_as_they_are() {
        assert_eq!(key("First.Last+Tag@gmail.com"), "first.last+tag@gmail.com");
        assert_eq!(key("o'brien@example.ie"), "o'brien@example.ie");
        assert_eq!(key("a!#$%&'*+-/=?^_`{|}~b@example.org"), "a!#$%&'*+-/=?^_`{|}~b@example.org");
    }

    #[test]
    fn a_local_part_beyond_ascii_is_kept_and_marked() {
        let address = normalise("Jörg@example.org").unwrap();
        assert_eq!(address.as_str(), "jörg@example.org");
        assert!(address.needs_smtputf8());
        assert!(!normalise("joerg@bücher.example").unwrap().needs_smtputf8());
        assert_eq!((address.local(), address.domain()), ("jörg", "example.org"));
    }

    #[test]
    fn each_refusal_names_its_reason() {
        assert_eq!(why(""), AddressError::Empty);
        assert_eq!(why(" \u{a0} "), AddressError::Empty);
        assert_eq!(why("ada"), AddressError::NoAt);
        assert_eq!(why("ada.example.org"), AddressError::NoAt);
        assert_eq!(why("a@b@example.org"), AddressError::ManyAts);
        assert_eq!(why("@example.org"), AddressError::NoLocal);
        assert_eq!(why(&format!("{}@example.org", "a".repeat(65))), AddressError::LocalTooLong);
        assert_eq!(why(".ada@example.org"), AddressError::LocalDots);
        assert_eq!(why("ada.@example.org"), AddressError::LocalDots);
        assert_eq!(why("a..b@example.org"), AddressError::LocalDots);
        assert_eq!(why("a b@example.org"), AddressError::LocalChar(' '));
        assert_eq!(why("a,b@example.org"), AddressError::LocalChar(','));
        assert_eq!(why("<ada@example.org>"), AddressError::LocalChar('<'));
        assert_eq!(why("a\nb@example.org"), AddressError::LocalChar('\n'));
        assert_eq!(why("a\0@example.org"), AddressError::LocalChar('\0'));
        assert_eq!(why("\"a b\"@example.org"), AddressError::Quoted);
        assert_eq!(why("ada@"), AddressError::NoDomain);
        assert_eq!(why("ada@example"), AddressError::NoTopLevel);
        assert_eq!(why("ada@[127.0.0.1]"), AddressError::IpDomain);
        assert_eq!(why("ada@127.0.0.1"), AddressError::IpDomain);
        assert_eq!(why("ada@example..org"), AddressError::DomainDots);
        assert_eq!(why("ada@.example.org"), AddressError::DomainDots);
        assert_eq!(why("ada@example.org."), AddressError::DomainDots);
        assert_eq!(why("ada@exam_ple.org"), AddressError::DomainChar('_'));
        assert_eq!(why("ada@exam ple.org"), AddressError::DomainChar(' '));
        assert_eq!(why("ada@büch er.org"), AddressError::DomainChar(' '));
        assert_eq!(why("ada@example.org>"), AddressError::DomainChar('>'));
        assert_eq!(why("ada@example.org\r\nRCPT TO:<eve@example.org>"), AddressError::ManyAts);
        assert_eq!(why("ada@example.org\r\nDATA"), AddressError::DomainChar('\r'));
        assert_eq!(why("ada@-example.org"), AddressError::Domain);
        assert_eq!(why(&format!("ada@{}.org", "a".repeat(64))), AddressError::Domain);
        assert_eq!(why("ada@xn--\u{fc}.org"), AddressError::Domain);
        assert_eq!(why(&format!("ada@{}", vec!["a".repeat(60); 5].join("."))), AddressError::Domain);
        let long = format!("{}@{}.org", "a".repeat(60), vec!["a".repeat(48); 4].join("."));
        assert_eq!(why(&long), AddressError::TooLong);
    }

    #[test]
    fn a_reason_reads_like_a_sentence() {
        assert_eq!(why("a b@example.org").to_string(), "a space may not stand before the @");
        assert_eq!(why("a\nb@example.org").to_string(), "the invisible character U+000A may not stand before the @");
        assert_eq!(why("a,b@example.org").to_string(), "\",\" may not stand before the @");
    }

    #[test]
    fn localhost_is_fine_for_trying_things_out() {
        assert_eq!(key("lux@localhost"), "lux@localhost");
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(input in "\\PC{1,12}@\\PC{1,12}\\.[a-zéü]{2,6}") {
            if let Ok(once) = normalise(&input) {
                let twice = normalise(once.as_str());
                prop_assert_eq!(twice, Ok(once));
            }
        }

        #[test]
        fn no_accepted_address_can_break_a_command_line(input in any::<String>()) {
            if let Ok(address) = normalise(&input) {
                prop_assert!(!address.as_str().chars().any(|c| c.is_control() || c.is_whitespace() || c == '<' || c == '>'));
                prop_assert!(address.domain().is_ascii());
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
            }
        }
    }
}
