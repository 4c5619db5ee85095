use crate::contacts::rules::*;
use contract::FieldId;
use contract::contacts::{ContactDraft, Field, FieldDraft, FieldKind};
use serde_json::{Value, json};
use uuid::Uuid;

fn field(kind: FieldKind) -> Field {
    let options = vec!["Red".to_owned(), "Blue".to_owned()];
    Field { id: FieldId(Uuid::nil()), key: "f".into(), label: "Fact".into(), kind, options }
}

#[test]
fn phones_are_e164_or_refused() {
    for (text, wanted) in [
        ("+45 12 34 56 78", Some("+4512345678")),
        ("0045-12345678", Some("+4512345678")),
        ("+1 (415) 555.2671", Some("+14155552671")),
        ("12345678", None),
        ("+0123456789", None),
        ("+45abc", None),
        ("+123456", None),
        ("+1234567890123456", None),
        ("", None),
    ] {
        assert_eq!(phone(text).as_deref(), wanted, "{text}");
    }
}

#[test]
fn languages_have_one_spelling() {
    for (text, wanted) in
        [("DA", Some("da")), ("en_gb", Some("en-GB")), ("zh-Hant", Some("zh-Hant")), ("dansk", None), ("d", None)]
    {
        assert_eq!(language(text).as_deref(), wanted, "{text}");
    }
}

#[test]
fn a_line_has_no_breaks_and_no_control_characters() {
    assert_eq!(line("  Ann\r\nBcc:\tx\0  y "), "Ann Bcc: x y");
    assert_eq!(prose(" a\nb\u{0}\u{7} "), "a\nb");
}

#[test]
fn values_of_custom_fields_are_typed_and_the_refusal_says_how() {
    type Case = (FieldKind, Value, Result<Option<Value>, &'static str>);
    let cases: Vec<Case> = vec![
        (FieldKind::Text, json!(" hi "), Ok(Some(json!("hi")))),
        (FieldKind::Text, json!("  "), Ok(None)),
        (FieldKind::Text, json!(null), Ok(None)),
        (FieldKind::Text, json!(5), Err("Fact must be a text.")),
        (FieldKind::Number, json!(12.5), Ok(Some(json!(12.5)))),
        (FieldKind::Number, json!("12"), Ok(Some(json!(12)))),
        (FieldKind::Number, json!("1e5"), Err("Fact must be a number, for example 12.5.")),
        (FieldKind::Number, json!(true), Err("Fact must be a number, for example 12.5.")),
        (FieldKind::Date, json!("2024-02-29"), Ok(Some(json!("2024-02-29")))),
        (FieldKind::Date, json!("2023-02-29"), Err("Fact must be a date written as 2026-11-21.")),
        (FieldKind::Boolean, json!(true), Ok(Some(json!(true)))),
        (FieldKind::Boolean, json!("False"), Ok(Some(json!(false)))),
        (FieldKind::Boolean, json!(1), Err("Fact must be true or false.")),
        (FieldKind::Choice, json!("red"), Ok(Some(json!("Red")))),
        (FieldKind::Choice, json!("green"), Err("Fact must be one of Red, Blue.")),
        (FieldKind::Url, json!("https://lux.example/x?y"), Ok(Some(json!("https://lux.example/x?y")))),
        (
            FieldKind::Url,
            json!("javascript:alert(1)"),
            Err("Fact must be an address that begins with https:// or http://."),
        ),
    ];
    for (kind, given, wanted) in cases {
        assert_eq!(value(&field(kind), &given), wanted.map_err(str::to_owned), "{kind:?} {given}");
    }
    assert!(value(&field(FieldKind::Text), &json!("x".repeat(2001))).is_err());
}

#[test]
fn all_refused_values_are_told_at_once() {
    let draft = ContactDraft {
        email: Some("no".into()),
        phone: Some("1".into()),
        zone: Some("Mars/Olympus".into()),
        language: Some("danish".into()),
        first_name: Some("x".repeat(201)),
        fields: [("gone".to_owned(), json!(1)), ("f".to_owned(), json!([]))].into(),
        ..ContactDraft::default()
    };
    let errors = check(&draft, &[field(FieldKind::Text)], "lines.3.").unwrap_err();
    let names: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(
        names,
        [
            "lines.3.email",
            "lines.3.first_name",
            "lines.3.phone",
            "lines.3.zone",
            "lines.3.language",
            "lines.3.fields.f",
            "lines.3.fields.gone"
        ]
    );
}

#[test]
fn absent_parts_stay_and_empty_ones_clear() {
    let mut profile = Profile { first_name: "Ann".into(), phone: "+4512345678".into(), ..Profile::default() };
    profile.fields.insert("f".into(), json!("x"));
    let draft = ContactDraft {
        phone: Some(String::new()),
        fields: [("f".to_owned(), json!(null))].into(),
        ..ContactDraft::default()
    };
    let checked = check(&draft, &[field(FieldKind::Text)], "").unwrap();
    assert!(checked.overlay(&mut profile));
    assert_eq!(profile, Profile { first_name: "Ann".into(), ..Profile::default() });
    assert!(!checked.overlay(&mut profile), "a second time changes nothing");
}

#[test]
fn like_finds_its_special_characters_as_they_are() {
    assert_eq!(like("50%_\\A"), "%50\\%\\_\\\\a%");
}

#[test]
fn names_sort_by_last_then_first_and_the_nameless_come_last() {
    let named = |first: &str, last: &str| {
        Profile { first_name: first.into(), last_name: last.into(), ..Profile::default() }.sort_name()
    };
    let mut names = [named("", ""), named("Zoe", "Berg"), named("Ann", "berg"), named("Åse", ""), named("Bo", "Adam")];
    names.sort();
    assert_eq!(names, ["adam bo", "berg ann", "berg zoe", "åse", "\u{10ffff}"]);
}

#[test]
fn definitions_of_fields_are_checked() {
    let draft = |key: &str, kind, options: &[&str]| FieldDraft {
        key: key.into(),
        label: "Label".into(),
        kind,
        options: options.iter().map(|o| (*o).to_owned()).collect(),
    };
    assert!(super::super::rules::field(&draft("birthday", FieldKind::Date, &["x"])).unwrap().options.is_empty());
    assert_eq!(
        super::super::rules::field(&draft("size", FieldKind::Choice, &["S", "s ", "", "M"])).unwrap().options,
        ["S", "M"]
    );
    for bad in ["", "Birthday", "1st", "a-b", &"x".repeat(41)] {
        assert_eq!(super::super::rules::field(&draft(bad, FieldKind::Text, &[])).unwrap_err()[0].field, "key", "{bad}");
    }
    assert_eq!(super::super::rules::field(&draft("size", FieldKind::Choice, &[])).unwrap_err()[0].field, "options");
}
