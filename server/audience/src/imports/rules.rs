//! From the cells of a row to a checked draft, or to the reason why not. No I/O.

use crate::contacts::rules::{self as contact, Checked};
use crate::contacts::upsert::Incoming;
use crate::csv::undefuse;
use contract::FieldError;
use contract::contacts::{ConsentState, Field, FieldKind};
use contract::imports::{Existing, ImportPlan};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

use super::reader::{Format, Record};

/// Most columns of a file.
pub const MAX_COLUMNS: usize = 500;
/// Most tags of one row.
const MAX_TAGS: usize = 50;
/// Most bytes that are kept of a rejected row.
const MAX_KEPT: usize = 8_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Out,
    Email,
    FirstName,
    LastName,
    Name,
    Phone,
    Organisation,
    Zone,
    Language,
    Tags,
    Field(usize),
}

/// A plan that has been checked against the company's fields.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// How to read.
    pub format: Format,
    /// Whether the first row names the columns.
    pub header: bool,
    /// What to do with known addresses.
    pub existing: Existing,
    /// Tags for everybody, by name.
    pub tags: Vec<String>,
    /// Lists for everybody.
    pub lists: Vec<Uuid>,
    /// Consent for everybody.
    pub consent: Option<(ConsentState, Arc<str>)>,
    slots: Vec<Slot>,
    fields: Vec<Field>,
}

impl Mapping {
    /// Checks a plan.
    pub fn of(plan: &ImportPlan, fields: Vec<Field>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut refuse =
            |field: &str, message: &str| errors.push(FieldError { field: field.into(), message: message.into() });
        let format = Format::of(&plan.dialect);
        if format.is_none() {
            refuse("dialect", "Choose a delimiter (comma, semicolon, tab or bar) and an encoding from the list.");
        }
        let slots: Vec<Option<Slot>> = plan.targets.iter().map(|t| slot(t, &fields)).collect();
        for (index, target) in plan.targets.iter().enumerate() {
            if slots.get(index) == Some(&None) {
                refuse(
                    &format!("targets.{index}"),
                    &format!("There is nothing called {target}. Choose what this column holds, or leave it out."),
                );
            }
        }
        let slots: Vec<Slot> = slots.into_iter().map(|s| s.unwrap_or(Slot::Out)).collect();
        if !slots.contains(&Slot::Email) {
            refuse("targets", "Choose the column that holds the email address.");
        }
        for (index, slot) in slots.iter().enumerate() {
            let again = slots.iter().take(index).any(|s| s == slot);
            if again && !matches!(slot, Slot::Out | Slot::Tags) {
                refuse(&format!("targets.{index}"), "Two columns cannot go to the same place. Leave one of them out.");
            }
        }
        if slots.len() > MAX_COLUMNS {
            refuse("targets", "At most 500 columns.");
        }
        let mut tags = Vec::new();
        for name in &plan.tags {
            match contact::tag(name) {
                Ok(name) => tags.push(name),
                Err(why) => refuse("tags", why),
            }
        }
        if tags.len() > MAX_TAGS || plan.lists.len() > MAX_TAGS {
            refuse("tags", "At most 50 tags and 50 lists for an import.");
        }
        let source = contact::line(&plan.consent_source);
        if plan.consent == ConsentState::Subscribed && source.is_empty() {
            refuse("consent_source", "Say where the consent came from, for example: Stockist fair 2025, paper form.");
        }
        if source.chars().count() > contact::MAX_ORGANISATION {
            refuse("consent_source", "The source of the consent is longer than 300 characters. Shorten it.");
        }
        let consent = (plan.consent != ConsentState::None).then(|| (plan.consent, Arc::from(source)));
        let lists = plan.lists.iter().map(|l| l.0).collect();
        match format {
            Some(format) if errors.is_empty() => {
                let (header, existing) = (plan.dialect.header, plan.existing);
                Ok(Self { format, header, existing, tags, lists, consent, slots, fields })
            }
            _ => Err(errors),
        }
    }

    /// Whether tags or lists are written, so that those of known contacts matter.
    pub fn groups(&self) -> bool {
        !self.tags.is_empty() || !self.lists.is_empty() || self.slots.contains(&Slot::Tags)
    }

    /// A row as a draft with the names of its own tags.
    pub fn prepare(&self, record: &Record) -> Result<Prepared, String> {
        if let Some(broken) = record.broken {
            return Err(broken.reason().to_owned());
        }
        if record.cells.len() != self.slots.len() {
            return Err(format!("{} columns instead of {}", record.cells.len(), self.slots.len()));
        }
        let mut row = Prepared::default();
        for (cell, slot) in record.cells.iter().zip(&self.slots) {
            let cell = undefuse(cell.trim());
            if !cell.is_empty() && *slot != Slot::Out {
                self.put(&mut row, *slot, cell)?;
            }
        }
        if row.email.is_empty() {
            return Err("no email address".to_owned());
        }
        row.checked.email = Some(Some(row.email.clone()));
        Ok(row)
    }

    fn put(&self, row: &mut Prepared, slot: Slot, cell: &str) -> Result<(), String> {
        let checked = &mut row.checked;
        match slot {
            Slot::Out => {}
            Slot::Email => match connect::email::address::normalise(cell) {
                Ok(address) => address.as_str().clone_into(&mut row.email),
                Err(why) => return Err(format!("not an email address: {why}")),
            },
            Slot::FirstName => checked.first_name = Some(short(cell, "first name", contact::MAX_NAME)?),
            Slot::LastName => checked.last_name = Some(short(cell, "last name", contact::MAX_NAME)?),
            Slot::Name => {
                let name = short(cell, "name", contact::MAX_NAME)?;
                let (first, last) = name.rsplit_once(' ').unwrap_or((&name, ""));
                checked.first_name.get_or_insert_with(|| first.to_owned());
                if !last.is_empty() {
                    checked.last_name.get_or_insert_with(|| last.to_owned());
                }
            }
            Slot::Phone => {
                let phone = contact::phone(cell).or_else(|| national(cell));
                checked.phone = Some(phone.ok_or("the phone number is not one, for example +4512345678")?);
            }
            Slot::Organisation => checked.organisation = Some(short(cell, "organisation", contact::MAX_ORGANISATION)?),
            Slot::Zone => {
                if !contact::is_zone(cell) {
                    return Err("there is no such time zone; it is written like Europe/Copenhagen".to_owned());
                }
                checked.zone = Some(cell.to_owned());
            }
            Slot::Language => {
                let language = contact::language(cell);
                checked.language = Some(language.ok_or("the language is not a code such as da or en-GB")?);
            }
            Slot::Tags => {
                for name in cell.split([',', ';']).map(contact::line).filter(|n| !n.is_empty()) {
                    row.tags.push(contact::tag(&name).map_err(|_| "a tag is longer than 80 characters")?);
                }
                if row.tags.len() > MAX_TAGS {
                    return Err("more than 50 tags".to_owned());
                }
            }
            Slot::Field(index) => {
                if let Some(field) = self.fields.get(index) {
                    let value = contact::value(field, &Value::String(lenient(field.kind, cell)))?;
                    checked.fields.insert(field.key.clone(), value);
                }
            }
        }
        Ok(())
    }

    /// The draft of a prepared row; `tag_id` knows every name of the batch.
    pub fn incoming(&self, row: &Prepared, tag_ids: &HashMap<String, Uuid>) -> Incoming {
        let names = self.tags.iter().chain(&row.tags);
        let tags = names.filter_map(|name| tag_ids.get(&contact::name_key(name)).copied()).collect();
        Incoming {
            checked: row.checked.clone(),
            tags: Some(tags),
            lists: Some(self.lists.clone()),
            exact: false,
            consent: self.consent.clone(),
        }
    }
}

/// A row that can be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    /// Its address.
    pub email: String,
    /// Its values.
    pub checked: Checked,
    /// Names of its own tags.
    pub tags: Vec<String>,
}

fn slot(target: &str, fields: &[Field]) -> Option<Slot> {
    Some(match target {
        "" => Slot::Out,
        "email" => Slot::Email,
        "first_name" => Slot::FirstName,
        "last_name" => Slot::LastName,
        "name" => Slot::Name,
        "phone" => Slot::Phone,
        "organisation" => Slot::Organisation,
        "zone" => Slot::Zone,
        "language" => Slot::Language,
        "tags" => Slot::Tags,
        other => {
            let key = other.strip_prefix("field:")?;
            Slot::Field(fields.iter().position(|f| f.key == key)?)
        }
    })
}

fn short(cell: &str, what: &str, most: usize) -> Result<String, String> {
    let text = contact::line(cell);
    if text.chars().count() > most {
        return Err(format!("the {what} is longer than {most} characters"));
    }
    Ok(text)
}

/// A number without its country: kept as it is, digits only, because the file does not tell the country.
fn national(cell: &str) -> Option<String> {
    let kept: String = cell.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}')).collect();
    ((5..=15).contains(&kept.len()) && kept.bytes().all(|b| b.is_ascii_digit())).then_some(kept)
}

/// Spellings that files use, in the one that the field wants.
fn lenient(kind: FieldKind, cell: &str) -> String {
    match kind {
        FieldKind::Boolean => match cell.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "x" | "ja" | "j" | "wahr" | "sand" => "true".to_owned(),
            "false" | "no" | "n" | "0" | "nej" | "nein" | "falsch" | "falsk" => "false".to_owned(),
            other => other.to_owned(),
        },
        FieldKind::Number if cell.matches(',').count() == 1 && !cell.contains('.') => cell.replace(',', "."),
        FieldKind::Date => day_first(cell).unwrap_or_else(|| cell.to_owned()),
        _ => cell.to_owned(),
    }
}

/// `24.12.2026` and `24-12-2026`. With slashes nobody can tell day from month.
fn day_first(cell: &str) -> Option<String> {
    let mut parts = cell.split(['.', '-']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |t: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit())
    };
    let good = parts.next().is_none() && digits(day, 1..=2) && digits(month, 1..=2) && digits(year, 4..=4);
    good.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}

/// The cells of a refused row as a JSON array of at most 8 kB.
pub fn kept(cells: &[String]) -> String {
    let mut left = MAX_KEPT;
    let mut kept: Vec<&str> = Vec::new();
    for cell in cells {
        let mut end = cell.len().min(left);
        while !cell.is_char_boundary(end) {
            end -= 1;
        }
        kept.push(cell.get(..end).unwrap_or_default());
        // Quotes and the comma count too.
        left = left.saturating_sub(end + 3);
        if left == 0 {
            break;
        }
    }
    // PostgreSQL's text cannot hold a zero.
    kernel::db::json_rows(&kept).replace("\\u0000", "")
}
