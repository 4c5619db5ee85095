use super::*;

fn server(host: &str) -> BTreeSet<Need> {
    Need::of(SenderKind::Smtp, host).into_iter().collect()
}

fn microsoft() -> BTreeSet<Need> {
    Need::of(SenderKind::Graph, "").into_iter().collect()
}

fn answers(all: &[(&str, &str)]) -> Answers {
    all.iter().map(|(name, text)| ((*name).to_owned(), vec![(*text).to_owned()])).collect()
}

fn judged(texts: &[&str], more: &[(&str, &str)], needs: &BTreeSet<Need>) -> RecordCheck {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    judge("example.com", &texts, &answers(more), needs)
}

#[test]
fn each_sender_needs_its_own() {
    let of = |host| Need::of(SenderKind::Smtp, host);
    assert_eq!(Need::of(SenderKind::Graph, ""), Some(Need::Include("spf.protection.outlook.com")));
    assert_eq!(of("smtp.office365.com"), Some(Need::Include("spf.protection.outlook.com")));
    assert_eq!(of("SMTP.gmail.com."), Some(Need::Include("_spf.google.com")));
    assert_eq!(of("notgmail.com"), Some(Need::Server("notgmail.com".into())));
    for inside in ["localhost", "127.0.0.1", "10.1.2.3", "::1", ""] {
        assert_eq!(of(inside), None, "{inside}");
    }
    let terms = ["mail.example.com", "203.0.113.7", "2001:db8::1"].map(|host| of(host).unwrap().term());
    assert_eq!(terms, ["a:mail.example.com", "ip4:203.0.113.7", "ip6:2001:db8::1"]);
}

#[test]
fn without_a_record_one_is_proposed() {
    let check = judged(&["hello", "v=spf10 all"], &[], &server("mail.example.com"));
    assert_eq!((check.state, check.wanted.as_str()), (RecordState::Missing, "v=spf1 a:mail.example.com ~all"));
    assert!(check.words.contains("mail.example.com"));
    assert_eq!(judged(&[], &[], &microsoft()).wanted, "v=spf1 include:spf.protection.outlook.com ~all");
    assert_eq!(judged(&[], &[], &BTreeSet::new()).wanted, "v=spf1 mx ~all");
}

#[test]
fn one_record_that_names_the_sender_is_good() {
    for record in [
        "v=spf1 a:mail.example.com ~all",
        "V=SPF1 +A:Mail.Example.com -ALL",
        "v=spf1 ip4:192.0.2.0/24 a:mail.example.com. mx/24 ?all",
    ] {
        assert_eq!(
            judged(&[record, "google-site-verification=x"], &[], &server("mail.example.com")).state,
            RecordState::Good,
            "{record}"
        );
    }
    let outlook = [("spf.protection.outlook.com", "v=spf1 ip4:40.92.0.0/15 -all")];
    assert_eq!(
        judged(&["v=spf1 include:spf.protection.outlook.com -all"], &outlook, &microsoft()).state,
        RecordState::Good
    );
}

#[test]
fn a_provider_may_be_named_further_down() {
    let more = [
        ("_spf.example.com", "v=spf1 include:spf.protection.outlook.com ~all"),
        ("spf.protection.outlook.com", "v=spf1 -all"),
    ];
    assert_eq!(judged(&["v=spf1 include:_spf.example.com ~all"], &more, &microsoft()).state, RecordState::Good);
    assert_eq!(judged(&["v=spf1 redirect=_spf.example.com"], &more, &microsoft()).state, RecordState::Good);
}

#[test]
fn a_provider_that_is_not_named_is_wrong_and_the_record_is_completed() {
    let check = judged(&["v=spf1 mx -all"], &[], &microsoft());
    assert_eq!(
        (check.state, check.wanted.as_str()),
        (RecordState::Wrong, "v=spf1 mx include:spf.protection.outlook.com -all")
    );
    let denied = judged(
        &["v=spf1 -include:spf.protection.outlook.com ~all"],
        &[("spf.protection.outlook.com", "v=spf1 -all")],
        &microsoft(),
    );
    assert_eq!(denied.state, RecordState::Wrong, "a minus keeps it out");
    assert_eq!(
        judged(&["v=spf1 include:other.example ~all"], &[], &microsoft()).state,
        RecordState::Unreachable,
        "not all was read"
    );
}

#[test]
fn two_records_are_wrong() {
    assert_eq!(judged(&["v=spf1 ~all", "v=spf1 mx ~all"], &[], &BTreeSet::new()).state, RecordState::Wrong);
}

#[test]
fn what_is_no_spf_is_wrong() {
    for record in [
        "v=spf1 ipv4:192.0.2.1 ~all",
        "v=spf1 include: ~all",
        "v=spf1 mail.example.com ~all",
        "v=spf1 all:x",
        "v=spf1 --all",
        "v=spf1 -exp=x ~all",
    ] {
        let check = judged(&[record], &[], &BTreeSet::new());
        assert!(check.state == RecordState::Wrong && check.words.contains('“'), "{record}: {check:?}");
    }
    for record in [
        "v=spf1 exp=explain.example.com ~all",
        "v=spf1 unknown=x ~all",
        "v=spf1 exists:%{i}.example.com ~all",
        "v=spf1 a mx ptr ~all",
    ] {
        assert_eq!(judged(&[record], &[], &BTreeSet::new()).state, RecordState::Good, "{record}");
    }
}

#[test]
fn pointing_to_nothing_is_wrong() {
    let none: Answers = [("gone.example".to_owned(), Vec::new())].into();
    let check = judge("example.com", &["v=spf1 include:gone.example ~all".into()], &none, &BTreeSet::new());
    assert!(check.state == RecordState::Wrong && check.words.contains("gone.example"), "{check:?}");
}

#[test]
fn more_than_ten_look_ups_are_wrong_and_a_circle_ends() {
    let ten = format!("v=spf1 {} ~all", (0..10).map(|n| format!("a:h{n}.example.com")).collect::<Vec<_>>().join(" "));
    assert_eq!(judged(&[&ten], &[], &BTreeSet::new()).state, RecordState::Good);
    let eleven = judged(&[&ten.replace("~all", "mx ~all")], &[], &BTreeSet::new());
    assert!(eleven.state == RecordState::Wrong && eleven.words.contains("11"), "{eleven:?}");
    let deep = judged(&["v=spf1 mx include:x.example ~all"], &[("x.example", &ten)], &BTreeSet::new());
    assert_eq!(deep.state, RecordState::Wrong, "what it points to counts");
    let circle =
        judged(&["v=spf1 include:x.example ~all"], &[("x.example", "v=spf1 include:x.example ~all")], &BTreeSet::new());
    assert_eq!(circle.state, RecordState::Good);
}

#[test]
fn what_could_be_better_is_weak() {
    let needs = server("mail.example.com");
    let unnamed = judged(&["v=spf1 ip4:192.0.2.1 ~all"], &[], &needs);
    assert!(unnamed.state == RecordState::Weak && unnamed.words.contains("mail.example.com"), "{unnamed:?}");
    assert_eq!(judged(&["v=spf1 +all"], &[], &BTreeSet::new()).state, RecordState::Weak);
    assert_eq!(judged(&["v=spf1 mx"], &[], &BTreeSet::new()).state, RecordState::Weak);
}

#[test]
fn what_a_record_points_to_is_told() {
    let texts = vec![
        "x".to_owned(),
        "v=spf1 include:A.example. ~include:b.example include:%{d}.c redirect=d.example".to_owned(),
    ];
    assert_eq!(targets(&texts), ["a.example", "b.example", "d.example"]);
    assert!(targets(&["v=spf1 bad".to_owned()]).is_empty());
}
