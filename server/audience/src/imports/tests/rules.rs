use super::plan;
use crate::imports::guess;
use crate::imports::reader::{Broken, Record};
use crate::imports::rules::{Mapping, Prepared, kept};
use contract::FieldId;
use contract::contacts::{ConsentState, Field, FieldKind};
use serde_json::json;

fn fields() -> Vec<Field> {
    let field = |key: &str, kind| Field {
        id: FieldId(uuid::Uuid::nil()),
        key: key.into(),
        label: key.to_uppercase(),
        kind,
        options: vec![],
    };
    vec![field("born", FieldKind::Date), field("score", FieldKind::Number), field("vip", FieldKind::Boolean)]
}

fn prepare(targets: &[&str], cells: &[&str]) -> Result<Prepared, String> {
    let mapping = Mapping::of(&plan(targets), fields()).unwrap();
    mapping.prepare(&Record { line: 1, cells: cells.iter().map(|c| (*c).to_owned()).collect(), broken: None })
}

#[test]
fn a_row_becomes_a_checked_draft() {
    let targets =
        ["email", "name", "phone", "organisation", "language", "tags", "field:born", "field:score", "field:vip", ""];
    let cells = [
        " ANN@B.example ",
        "Ann Marie Berg",
        "'+45 12 34 56 78",
        "A\nB",
        "DA",
        "fair; vip ,",
        "24.12.1980",
        "1,5",
        "ja",
        "junk",
    ];
    let row = prepare(&targets, &cells).unwrap();
    assert_eq!(row.email, "ann@b.example");
    let c = row.checked;
    assert_eq!((c.first_name.as_deref(), c.last_name.as_deref()), (Some("Ann Marie"), Some("Berg")));
    assert_eq!(
        (c.phone.as_deref(), c.organisation.as_deref(), c.language.as_deref()),
        (Some("+4512345678"), Some("A B"), Some("da"))
    );
    assert_eq!(row.tags, ["fair", "vip"]);
    let values: Vec<_> = c.fields.into_values().map(Option::unwrap).collect();
    assert_eq!(values, [json!("1980-12-24"), json!(1.5), json!(true)]);
}

#[test]
fn empty_cells_are_not_written() {
    let row = prepare(&["email", "first_name", "field:born"], &["a@b.example", " ", ""]).unwrap();
    assert_eq!(row.checked.first_name, None);
    assert!(row.checked.fields.is_empty());
}

#[test]
fn a_refused_row_says_why() {
    for (targets, cells, reason) in [
        (vec!["email", ""], vec!["a@b.example"], "1 columns instead of 2"),
        (vec!["email"], vec![""], "no email address"),
        (vec!["email"], vec!["a.b.example"], "not an email address: there is no @"),
        (
            vec!["email", "phone"],
            vec!["a@b.example", "call me"],
            "the phone number is not one, for example +4512345678",
        ),
        (vec!["email", "field:born"], vec!["a@b.example", "12/31/1980"], "BORN must be a date written as 2026-11-21."),
        (
            vec!["email", "zone"],
            vec!["a@b.example", "Mars"],
            "there is no such time zone; it is written like Europe/Copenhagen",
        ),
    ] {
        assert_eq!(prepare(&targets, &cells).unwrap_err(), reason);
    }
    let mapping = Mapping::of(&plan(&["email"]), vec![]).unwrap();
    let record = Record { line: 1, cells: vec![], broken: Some(Broken::CellTooLong) };
    assert_eq!(mapping.prepare(&record).unwrap_err(), "cell longer than 64 kB");
}

#[test]
fn a_plan_is_refused_with_all_its_faults() {
    let refused = |p| {
        let errors: Vec<String> = Mapping::of(&p, fields()).unwrap_err().into_iter().map(|e| e.field).collect();
        errors
    };
    assert_eq!(refused(plan(&["first_name"])), ["targets"]);
    assert_eq!(refused(plan(&["email", "email", "field:gone", "shoe"])), ["targets.2", "targets.3", "targets.1"]);
    let mut p = plan(&["email"]);
    p.dialect.delimiter = 'x';
    p.consent = ConsentState::Subscribed;
    p.tags = vec!["a,b".into()];
    assert_eq!(refused(p), ["dialect", "tags", "consent_source"]);
}

#[test]
fn headers_are_guessed_in_three_languages() {
    for (header, wanted) in [
        ("E-mail", Some("email")),
        ("Email Address", Some("email")),
        ("E-Mail-Adresse", Some("email")),
        ("Customer email (work)", Some("email")),
        ("Fornavn", Some("first_name")),
        ("Vorname", Some("first_name")),
        ("LAST_NAME", Some("last_name")),
        ("Efternavn", Some("last_name")),
        ("Nachname", Some("last_name")),
        ("Navn", Some("name")),
        ("Tlf.", Some("phone")),
        ("Telefonnummer", Some("phone")),
        ("Firma", Some("organisation")),
        ("Virksomhed", Some("organisation")),
        ("Sprog", Some("language")),
        ("Tags", Some("tags")),
        ("Born", Some("field:born")),
        ("Shoe size", None),
        ("", None),
    ] {
        assert_eq!(guess::header(header, &fields()).as_deref(), wanted, "{header}");
    }
    let names = ["Column 1".to_owned(), "Column 2".to_owned()];
    let rows = [vec!["Ann".to_owned(), "a@b.example".to_owned()], vec![String::new(), "b@b.example".to_owned()]];
    let columns = guess::columns(&names, &rows, &[]);
    assert_eq!((columns[0].guess.as_str(), columns[1].guess.as_str()), ("", "email"));
    assert_eq!(columns[0].samples, ["Ann"]);
}

#[test]
fn what_is_kept_of_a_refused_row_is_bounded() {
    let cells = vec!["ø".repeat(3_000), "b".repeat(70_000), "c".into()];
    let text = kept(&cells);
    let back: Vec<String> = serde_json::from_str(&text).unwrap();
    assert!(text.len() <= 8_010, "{}", text.len());
    assert_eq!(back[0], cells[0]);
    assert!(back[1].len() > 1_900 && cells[1].starts_with(&back[1]));
}
