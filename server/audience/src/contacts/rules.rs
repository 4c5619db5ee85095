//! What may be written about a contact, and what a write changes. No I/O.

use contract::FieldError;
use contract::contacts::{ContactDraft, Field, FieldDraft, FieldKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest name, characters.
pub const MAX_NAME: usize = 200;
/// Longest organisation, characters.
pub const MAX_ORGANISATION: usize = 300;
/// Longest text in a custom field, characters.
pub const MAX_TEXT: usize = 2000;
/// Longest name of a tag or a list, characters.
pub const MAX_LABEL: usize = 80;

/// The columns of a contact that people write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// One spelling per mailbox, or none.
    pub email: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone.
    pub phone: String,
    /// Organisation.
    pub organisation: String,
    /// IANA zone.
    pub zone: String,
    /// Language tag.
    pub language: String,
    /// Custom fields by key.
    pub fields: BTreeMap<String, Value>,
}

/// A draft whose values passed; `None` leaves a column alone, a field's `None` clears it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// `Some(None)` takes the address away.
    pub email: Option<Option<String>>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Organisation.
    pub organisation: Option<String>,
    /// Zone.
    pub zone: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// Custom fields.
    pub fields: BTreeMap<String, Option<Value>>,
}

/// Text on one line: no control characters, no blanks around it, no two blanks in a row.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let blank = c.is_whitespace() || c.is_control();
        if !blank {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Text that may have line breaks: no other control characters, no blanks around it.
pub fn prose(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}

/// A number in E.164, for example `+4512345678`: `00` counts as `+`, the usual separators are dropped.
pub fn phone(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}')).collect();
    let digits = kept.strip_prefix('+').or_else(|| kept.strip_prefix("00"))?;
    let good =
        digits.bytes().all(|b| b.is_ascii_digit()) && (7..=15).contains(&digits.len()) && !digits.starts_with('0');
    good.then(|| format!("+{digits}"))
}

/// A language tag such as `da` or `de-AT`.
pub fn language(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let (first, rest) = text.split_once('-').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    if !matches!(first.len(), 2 | 3) || !first.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let first = first.to_ascii_lowercase();
    match rest {
        None => Some(first),
        Some(r) if r.len() == 2 && r.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Some(format!("{first}-{}", r.to_ascii_uppercase()))
        }
        Some(r) if (3..=20).contains(&r.len()) && r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
            Some(format!("{first}-{r}"))
        }
        Some(_) => None,
    }
}

/// Whether the name is one of the IANA time zone database.
pub fn is_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// Whether this is a day of the calendar as `YYYY-MM-DD`.
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|r| r.split(['/', '?', '#']).next()).unwrap_or_default();
    !host.is_empty() && text.chars().count() <= MAX_TEXT && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// The value as it is stored, `None` where it clears the field, or what to do about it.
pub fn value(field: &Field, value: &Value) -> Result<Option<Value>, String> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim(),
        _ => "",
    };
    if matches!(value, Value::String(_)) && text.is_empty() {
        return Ok(None);
    }
    let refuse = |how: &str| Err(format!("{} must be {how}.", field.label));
    match field.kind {
        FieldKind::Text => match value {
            Value::String(text) => {
                let text = prose(text);
                if text.chars().count() > MAX_TEXT {
                    return Err(format!("{} is longer than 2,000 characters. Shorten it.", field.label));
                }
                Ok(if text.is_empty() { None } else { Some(Value::String(text)) })
            }
            _ => refuse("a text"),
        },
        FieldKind::Number => match value {
            Value::Number(_) => Ok(Some(value.clone())),
            Value::String(_) => match number(text) {
                Some(number) => Ok(Some(Value::Number(number))),
                None => refuse("a number, for example 12.5"),
            },
            _ => refuse("a number, for example 12.5"),
        },
        FieldKind::Date if is_date(text) => Ok(Some(Value::String(text.to_owned()))),
        FieldKind::Date => refuse("a date written as 2026-11-21"),
        FieldKind::Boolean => match value {
            Value::Bool(_) => Ok(Some(value.clone())),
            Value::String(_) => match text.to_lowercase().as_str() {
                "true" => Ok(Some(Value::Bool(true))),
                "false" => Ok(Some(Value::Bool(false))),
                _ => refuse("true or false"),
            },
            _ => refuse("true or false"),
        },
        FieldKind::Choice => match field.options.iter().find(|o| o.to_lowercase() == text.to_lowercase()) {
            Some(option) if !text.is_empty() => Ok(Some(Value::String(option.clone()))),
            _ => refuse(&format!("one of {}", field.options.join(", "))),
        },
        FieldKind::Url if is_url(text) => Ok(Some(Value::String(text.to_owned()))),
        FieldKind::Url => refuse("an address that begins with https:// or http://"),
    }
}

/// A decimal number; whole ones stay whole.
pub fn number(text: &str) -> Option<serde_json::Number> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    if !plain {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    text.parse::<f64>().ok().and_then(serde_json::Number::from_f64)
}

struct Refused<'a> {
    prefix: &'a str,
    errors: Vec<FieldError>,
}

impl Refused<'_> {
    fn push(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: format!("{}{field}", self.prefix), message: message.into() });
    }

    fn short(&mut self, field: &str, label: &str, text: Option<&String>, most: usize) -> Option<String> {
        let text = line(text?);
        if text.chars().count() > most {
            self.push(field, format!("{label} is longer than {most} characters. Shorten it."));
        }
        Some(text)
    }

    fn good(
        &mut self,
        field: &str,
        text: Option<&String>,
        read: impl Fn(&str) -> Option<String>,
        message: &str,
    ) -> Option<String> {
        let text = line(text?);
        if text.is_empty() {
            return Some(text);
        }
        let read = read(&text);
        if read.is_none() {
            self.push(field, message);
        }
        read
    }
}

/// Checks all values of a draft at once. `prefix` stands before the names of refused fields, for example `lines.3.`.
pub fn check(draft: &ContactDraft, defs: &[Field], prefix: &str) -> Result<Checked, Vec<FieldError>> {
    let mut refused = Refused { prefix, errors: Vec::new() };
    let mut checked = Checked::default();
    if let Some(text) = &draft.email {
        checked.email = Some(None);
        if !text.trim().is_empty() {
            match connect::email::address::normalise(text) {
                Ok(address) => checked.email = Some(Some(address.as_str().to_owned())),
                Err(why) => refused.push("email", format!("This is not an email address: {why}.")),
            }
        }
    }
    checked.first_name = refused.short("first_name", "The first name", draft.first_name.as_ref(), MAX_NAME);
    checked.last_name = refused.short("last_name", "The last name", draft.last_name.as_ref(), MAX_NAME);
    checked.organisation =
        refused.short("organisation", "The organisation", draft.organisation.as_ref(), MAX_ORGANISATION);
    let how = "Write the phone number with its country code, for example +4512345678.";
    checked.phone = refused.good("phone", draft.phone.as_ref(), phone, how);
    let how = "Choose a time zone by its name, for example Europe/Copenhagen.";
    checked.zone = refused.good("zone", draft.zone.as_ref(), |z| is_zone(z).then(|| z.to_owned()), how);
    let how = "Write the language as a short code, for example da or en-GB.";
    checked.language = refused.good("language", draft.language.as_ref(), language, how);
    for (key, given) in &draft.fields {
        let name = format!("fields.{key}");
        match defs.iter().find(|f| f.key == *key) {
            None => refused.push(&name, format!("There is no custom field {key}. Add it first, or leave it out.")),
            Some(field) => match value(field, given) {
                Ok(stored) => {
                    checked.fields.insert(key.clone(), stored);
                }
                Err(message) => refused.push(&name, message),
            },
        }
    }
    if refused.errors.is_empty() { Ok(checked) } else { Err(refused.errors) }
}

impl Checked {
    /// Writes itself over a profile; answers whether that changed anything.
    pub fn overlay(&self, profile: &mut Profile) -> bool {
        let before = profile.clone();
        let write = |to: &mut String, from: &Option<String>| {
            if let Some(text) = from {
                to.clone_from(text);
            }
        };
        if let Some(email) = &self.email {
            profile.email.clone_from(email);
        }
        write(&mut profile.first_name, &self.first_name);
        write(&mut profile.last_name, &self.last_name);
        write(&mut profile.phone, &self.phone);
        write(&mut profile.organisation, &self.organisation);
        write(&mut profile.zone, &self.zone);
        write(&mut profile.language, &self.language);
        for (key, value) in &self.fields {
            match value {
                Some(value) => profile.fields.insert(key.clone(), value.clone()),
                None => profile.fields.remove(key),
            };
        }
        *profile != before
    }
}

impl Profile {
    /// What searching looks into: lower case address, names and organisation.
    pub fn search(&self) -> String {
        let mut text = String::new();
        for part in [self.email.as_deref().unwrap_or_default(), &self.first_name, &self.last_name, &self.organisation] {
            if !part.is_empty() {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(part);
            }
        }
        text.to_lowercase()
    }

    /// What sorting by name compares: last name, then first, lower case; people without a name come behind all others.
    pub fn sort_name(&self) -> String {
        let name = format!("{} {}", self.last_name, self.first_name);
        let name = name.trim();
        if name.is_empty() { "\u{10ffff}".to_owned() } else { name.to_lowercase() }
    }
}

/// A tag's or a list's name as it is stored, or what is wrong with it.
pub fn label(name: &str) -> Result<String, &'static str> {
    let name = line(name);
    if name.is_empty() {
        return Err("Write a name.");
    }
    if name.chars().count() > MAX_LABEL {
        return Err("The name is longer than 80 characters. Shorten it.");
    }
    Ok(name)
}

/// A tag's name: as [`label`], and without the characters that separate tags in a file.
pub fn tag(name: &str) -> Result<String, &'static str> {
    let name = label(name)?;
    if name.contains([',', ';']) {
        return Err("A tag's name has no comma and no semicolon.");
    }
    Ok(name)
}

/// What makes a name unique.
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// A pattern for LIKE … ESCAPE '\' that finds the words as they are.
pub fn like(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Checks a custom field's definition.
pub fn field(draft: &FieldDraft) -> Result<FieldDraft, Vec<FieldError>> {
    let mut refused = Refused { prefix: "", errors: Vec::new() };
    let key = draft.key.trim().to_owned();
    let good = !key.is_empty()
        && key.len() <= 40
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !good {
        refused.push("key", "Write the key in lower-case letters, digits and _, beginning with a letter, at most 40.");
    }
    let name = label(&draft.label).unwrap_or_else(|why| {
        refused.push("label", why);
        String::new()
    });
    let mut options: Vec<String> = Vec::new();
    for option in draft.options.iter().map(|o| line(o)).filter(|o| !o.is_empty()) {
        if !options.iter().any(|o| o.to_lowercase() == option.to_lowercase()) {
            options.push(option);
        }
    }
    match draft.kind {
        FieldKind::Choice if options.is_empty() => refused.push("options", "Write at least one option."),
        FieldKind::Choice if options.len() > 200 || options.iter().any(|o| o.chars().count() > MAX_NAME) => {
            refused.push("options", "At most 200 options of at most 200 characters.");
        }
        FieldKind::Choice => {}
        _ => options.clear(),
    }
    let checked = FieldDraft { key, label: name, kind: draft.kind, options };
    if refused.errors.is_empty() { Ok(checked) } else { Err(refused.errors) }
}
