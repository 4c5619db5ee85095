//! Guesses where a column goes, from its header in English, Danish or German and from its values.

use contract::contacts::Field;
use contract::imports::{Column, Target};

/// Folded words and what they mean. The first hit wins; a column can be claimed once.
const WORDS: &[(&str, &[&str])] = &[
    (
        "email",
        &[
            "email",
            "mail",
            "emailaddress",
            "mailaddress",
            "emailadresse",
            "mailadresse",
            "epost",
            "epostadresse",
            "emailadress",
        ],
    ),
    ("first_name", &["firstname", "first", "givenname", "forename", "fornavn", "vorname", "rufname"]),
    ("last_name", &["lastname", "last", "surname", "familyname", "efternavn", "nachname", "familienname", "zuname"]),
    (
        "name",
        &[
            "name",
            "fullname",
            "contactname",
            "contact",
            "navn",
            "fuldenavn",
            "fuldtnavn",
            "kontakt",
            "kontaktperson",
            "vollername",
            "ansprechpartner",
        ],
    ),
    (
        "phone",
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "telefon",
            "telefonnummer",
            "telefonnr",
            "tlf",
            "tlfnr",
            "mobil",
            "mobilnummer",
            "mobiltelefon",
            "handy",
            "handynummer",
        ],
    ),
    (
        "organisation",
        &[
            "organisation",
            "organization",
            "company",
            "companyname",
            "business",
            "employer",
            "firma",
            "firmanavn",
            "firmenname",
            "virksomhed",
            "virksomhedsnavn",
            "selskab",
            "unternehmen",
        ],
    ),
    ("zone", &["zone", "timezone", "tidszone", "zeitzone"]),
    ("language", &["language", "lang", "locale", "sprog", "sprache"]),
    ("tags", &["tags", "tag", "labels", "label", "schlagworte", "schlagwort", "etiketter", "etiket"]),
];

/// Lower case, letters and digits only, the letters of the three languages spelled out.
fn fold(text: &str) -> String {
    let mut out = String::new();
    for c in text.trim().to_lowercase().chars() {
        match c {
            'æ' | 'ä' => out.push_str("ae"),
            'ø' | 'ö' => out.push_str("oe"),
            'å' => out.push_str("aa"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

/// What a header means, if it is known.
pub fn header(name: &str, fields: &[Field]) -> Option<Target> {
    let folded = fold(name);
    if folded.is_empty() {
        return None;
    }
    let own = fields.iter().find(|f| fold(&f.key) == folded || fold(&f.label) == folded);
    if let Some(field) = own {
        return Some(format!("field:{}", field.key));
    }
    let exact = WORDS.iter().find(|(_, words)| words.contains(&folded.as_str()));
    let part = || WORDS.iter().find(|(_, words)| words.iter().any(|w| w.len() > 6 && folded.contains(w)));
    let target = exact.or_else(part).map(|(target, _)| (*target).to_owned());
    target.or_else(|| folded.contains("email").then(|| "email".to_owned()))
}

/// The columns of a file with their guesses; `rows` without the header.
pub fn columns(names: &[String], rows: &[Vec<String>], fields: &[Field]) -> Vec<Column> {
    let mut taken: Vec<Target> = Vec::new();
    let mut columns: Vec<Column> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let filled = rows.iter().filter_map(|r| r.get(index)).filter(|c| !c.trim().is_empty());
        let samples: Vec<String> = filled.take(3).map(|c| cut(c, 200)).collect();
        let guess = header(name, fields).filter(|t| !taken.contains(t)).unwrap_or_default();
        if !guess.is_empty() {
            taken.push(guess.clone());
        }
        columns.push(Column { name: name.clone(), guess, samples });
    }
    if !taken.iter().any(|t| t == "email") {
        let address = |c: &&mut Column| {
            let good = c.samples.iter().filter(|s| connect::email::address::normalise(s).is_ok()).count();
            c.guess.is_empty() && good * 2 > c.samples.len()
        };
        if let Some(column) = columns.iter_mut().find(address) {
            "email".clone_into(&mut column.guess);
        }
    }
    if !taken.iter().any(|t| t == "phone") {
        let phone = |c: &&mut Column| {
            let good = c.samples.iter().filter(|s| s.starts_with('+') && crate::contacts::rules::phone(s).is_some());
            c.guess.is_empty() && !c.samples.is_empty() && good.count() == c.samples.len()
        };
        if let Some(column) = columns.iter_mut().find(phone) {
            "phone".clone_into(&mut column.guess);
        }
    }
    columns
}

/// The first `most` characters.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
