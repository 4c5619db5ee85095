use super::*;
use contract::{ApiKeyId, CompanyId};
use uuid::Uuid;

fn person(role: Role) -> Actor {
    let who = Who::User { user: UserId(Uuid::nil()), session: SessionId(Uuid::nil()) };
    Actor { who, company: CompanyId(Uuid::nil()), role, scopes: None }
}

fn change(name: &str, website: &str) -> CompanyChange {
    CompanyChange { name: name.into(), zone: "UTC".into(), address: String::new(), website: website.into() }
}

fn field_of<T: std::fmt::Debug>(result: Result<T, Fault>, field: &str) -> String {
    let fault = result.expect_err("it must be refused");
    fault.field(field).unwrap_or_else(|| panic!("{field} is not refused in {fault:?}")).to_owned()
}

#[test]
fn nobody_gives_a_role_above_their_own() {
    for mine in Role::ALL {
        for theirs in Role::ALL {
            assert_eq!(refuse_role_above(&person(mine), theirs).is_ok(), theirs <= mine, "{mine} gives {theirs}");
            assert_eq!(refuse_person_above(&person(mine), theirs).is_ok(), theirs <= mine, "{mine} changes {theirs}");
        }
    }
}

#[test]
fn a_key_never_makes_or_changes_an_owner() {
    let key = Actor { who: Who::ApiKey(ApiKeyId(Uuid::nil())), ..person(Role::Owner) };
    assert!(refuse_role_above(&key, Role::Admin).is_ok());
    assert!(refuse_role_above(&key, Role::Owner).is_err());
    assert!(refuse_person_above(&key, Role::Owner).is_err());
    assert!(person_of(&key).is_err());
}

#[test]
fn the_last_owner_stays_owner() {
    assert!(refuse_last_owner(Role::Owner, None, 1).is_err());
    assert!(refuse_last_owner(Role::Owner, Some(Role::Admin), 1).is_err());
    assert!(refuse_last_owner(Role::Owner, Some(Role::Owner), 1).is_ok());
    assert!(refuse_last_owner(Role::Owner, None, 2).is_ok());
    assert!(refuse_last_owner(Role::Admin, None, 1).is_ok());
}

#[test]
fn a_session_ends_after_thirty_days_without_use_and_after_ninety_in_any_case() {
    let day = |n: i64| Micros::from_seconds(n * 86_400);
    assert!(!session_is_over(day(0), day(0), day(29)));
    assert!(session_is_over(day(0), day(0), day(30)));
    assert!(!session_is_over(day(0), day(80), day(89)));
    assert!(session_is_over(day(0), day(80), day(90)));
}

#[test]
fn the_last_use_is_written_once_a_minute() {
    let at = Micros::from_seconds;
    assert!(!seen_is_stale(at(100), at(159)));
    assert!(seen_is_stale(at(100), at(160)));
}

#[test]
fn names_are_tidied_and_must_be_there() {
    assert_eq!(tidy("  Nordic \t Home\nGoods "), "Nordic Home Goods");
    let long = "x".repeat(121);
    for (name, said) in [("", "Enter"), ("  ", "Enter"), (long.as_str(), "120"), ("a\u{7}b", "control")] {
        let mut refusals = Refusals::new();
        check_name(&mut refusals, "name", "your name", &tidy(name));
        assert!(field_of(refusals.done(), "name").contains(said), "{name:?}");
    }
    let mut refusals = Refusals::new();
    check_name(&mut refusals, "name", "your name", &"x".repeat(120));
    assert!(refusals.done().is_ok());
}

#[test]
fn an_address_has_one_spelling_and_a_bad_one_says_why() {
    let mut refusals = Refusals::new();
    assert_eq!(check_email(&mut refusals, " Ann@Example.COM "), "ann@example.com");
    assert!(refusals.done().is_ok());
    for bad in ["", "ann", "ann@", "@example.com", "a b@example.com"] {
        let mut refusals = Refusals::new();
        check_email(&mut refusals, bad);
        assert!(field_of(refusals.done(), "email").starts_with("Check the address: "), "{bad}");
    }
}

#[test]
fn every_refused_field_of_a_company_is_named_at_once() {
    let bad = CompanyChange {
        name: " ".into(),
        zone: "Mars/Olympus".into(),
        address: "x".repeat(501),
        website: "javascript:alert(1)".into(),
    };
    let Err(Fault::Invalid { fields }) = check_company(bad, |zone| zone == "UTC") else { panic!("it must be refused") };
    let names: Vec<_> = fields.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(names, ["name", "zone", "address", "website"]);
}

#[test]
fn a_website_becomes_a_link_and_nothing_else_passes() {
    for (typed, kept) in [
        ("", ""),
        (" example.com ", "https://example.com"),
        ("http://example.com/a?b#c", "http://example.com/a?b#c"),
        ("https://bücher.example", "https://bücher.example"),
    ] {
        let kept_now = check_company(change("Lux", typed), |_| true).map(|c| c.website);
        assert_eq!(kept_now.as_deref(), Ok(kept), "{typed}");
    }
    for bad in [
        "ftp://example.com",
        "https://",
        "localhost",
        "https://a b.com",
        "https://x.com/\"><script>",
        "https://user@evil.com",
    ] {
        field_of(check_company(change("Lux", bad), |_| true), "website");
    }
}

#[test]
fn of_a_key_only_the_beginning_and_a_hash_are_kept() {
    let key = key_text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ");
    assert_eq!(key.0, "lux_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ");
    assert_eq!(key_prefix(&key), "lux_abcdef");
    assert_eq!(digest(&key).len(), 32);
    assert_ne!(digest(&key), digest(&key_text("abc")));
}
