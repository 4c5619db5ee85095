//! What a sender's settings may be. Pure.

use connect::email::{Step, address};
use contract::Fault;
use contract::fault::Refusals;
use contract::senders::{GraphSettings, Rates, Sender, SenderDraft, SenderKind, SignIn, TestStep};

/// The draft as it is stored: trimmed, addresses in their one spelling, and nothing that its kind has no use for.
pub(super) fn checked(draft: SenderDraft) -> Result<SenderDraft, Fault> {
    let mut draft = SenderDraft {
        name: draft.name.trim().to_owned(),
        host: draft.host.trim().trim_end_matches('.').to_owned(),
        user: draft.user.trim().to_owned(),
        tenant: draft.tenant.trim().to_owned(),
        client_id: draft.client_id.trim().to_owned(),
        from_email: draft.from_email.trim().to_owned(),
        from_name: draft.from_name.trim().to_owned(),
        reply_to: draft.reply_to.trim().to_owned(),
        // a field left empty keeps what is stored
        secret: draft.secret.filter(|s| !s.0.is_empty()),
        ..draft
    };
    let mut refused = Refusals::new();
    let length = draft.name.chars().count();
    refused.check(!(1..=80).contains(&length), "name", "Give the sender a name of at most 80 characters.");
    match draft.kind {
        SenderKind::Smtp => check_server(&mut draft, &mut refused),
        SenderKind::Graph => check_graph(&mut draft, &mut refused),
    }
    refused.check(
        draft.secret.as_ref().is_some_and(|s| s.0.len() > 4096),
        "secret",
        "The secret is longer than 4,096 characters.",
    );
    refused.check(
        has_breaks(&draft.from_name) || draft.from_name.chars().count() > 120,
        "from_name",
        "Write a From name of at most 120 characters.",
    );
    if !draft.reply_to.is_empty() {
        match address::normalise(&draft.reply_to) {
            Ok(address) => draft.reply_to = address.as_str().to_owned(),
            Err(error) => refused.push("reply_to", format!("This is not an address that answers can go to: {error}.")),
        }
    }
    for (field, limit) in named(&draft.rates) {
        let bad = limit.is_some_and(|n| !(1..=100_000_000).contains(&n));
        refused.check(bad, field, "Write a number of at least 1, or leave it empty for no limit.");
    }
    refused.done()?;
    Ok(draft)
}

fn check_server(draft: &mut SenderDraft, refused: &mut Refusals) {
    draft.graph = GraphSettings::default();
    refused.check(!is_host(&draft.host), "host", "Write the name of the mail server, for example smtp.example.com.");
    refused.check(draft.port == 0, "port", "Write the port, usually 587 or 465.");
    refused.check(
        has_breaks(&draft.user) || draft.user.len() > 320,
        "user",
        "The user name is too long or contains a line break.",
    );
    match draft.sign_in {
        SignIn::Password => (draft.tenant, draft.client_id) = (String::new(), String::new()),
        SignIn::Oauth => {
            refused.check(draft.user.is_empty(), "user", "Write the mailbox that the application signs in for.");
            check_application(draft, refused);
        }
    }
    match address::normalise(&draft.from_email) {
        Ok(address) => draft.from_email = address.as_str().to_owned(),
        Err(error) => refused.push("from_email", format!("This is not an address that can send: {error}.")),
    }
    refused.check(!(1..=100).contains(&draft.pool), "pool", "Use 1 to 100 connections.");
}

fn check_application(draft: &SenderDraft, refused: &mut Refusals) {
    let plain = |text: &str| {
        !text.is_empty() && text.len() <= 253 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    };
    refused.check(!plain(&draft.tenant), "tenant", "Write the directory (tenant) id, or a domain of the tenant.");
    refused.check(!plain(&draft.client_id), "client_id", "Write the application (client) id.");
}

/// Most mailboxes of one sender.
const MAILBOXES: usize = 100;

fn check_graph(draft: &mut SenderDraft, refused: &mut Refusals) {
    (draft.host, draft.port, draft.user, draft.sign_in) = (String::new(), 443, String::new(), SignIn::Oauth);
    draft.tls = contract::senders::TlsMode::Tls;
    check_application(draft, refused);
    let mut mailboxes: Vec<String> = Vec::new();
    for text in draft.graph.mailboxes.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        match address::normalise(text) {
            Ok(address) if mailboxes.iter().any(|known| known == address.as_str()) => {}
            Ok(address) => mailboxes.push(address.as_str().to_owned()),
            Err(error) => refused.push("graph.mailboxes", format!("{text} is not a mailbox: {error}.")),
        }
    }
    refused.check(
        !(1..=MAILBOXES).contains(&mailboxes.len()),
        "graph.mailboxes",
        "Write at least one mailbox, and at most 100.",
    );
    draft.from_email = mailboxes.first().cloned().unwrap_or_default();
    let graph = &mut draft.graph;
    graph.mailboxes = mailboxes;
    let limits = [
        ("graph.per_minute", Some(graph.per_minute)),
        ("graph.per_day", Some(graph.per_day)),
        ("graph.tenant_per_day", graph.tenant_per_day),
    ];
    for (field, limit) in limits {
        let bad = limit.is_some_and(|n| !(1..=100_000_000).contains(&n));
        refused.check(bad, field, "Write a number of at least 1.");
    }
    refused.check(
        graph.licences.is_some_and(|n| n > 10_000_000),
        "graph.licences",
        "Write the number of Exchange licences.",
    );
    refused.check(
        !(1..=20).contains(&graph.at_once),
        "graph.at_once",
        "Use 1 to 20 requests at once. Microsoft takes 4.",
    );
    draft.pool = u16::try_from((usize::from(graph.at_once) * graph.mailboxes.len()).clamp(1, 100)).unwrap_or(100);
}

fn named(rates: &Rates) -> [(&'static str, Option<u32>); 4] {
    [
        ("rates.per_second", rates.per_second),
        ("rates.per_minute", rates.per_minute),
        ("rates.per_hour", rates.per_hour),
        ("rates.per_day", rates.per_day),
    ]
}

fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    !host.is_empty() && host.len() <= 253 && host.chars().all(plain) && !host.starts_with(['-', '.'])
}

fn has_breaks(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Whether both lead to the same place as the same user, so that a test of one says something about the other.
pub(super) fn same_connection(stored: &Sender, draft: &SenderDraft) -> bool {
    draft.secret.is_none()
        && same_account(stored, draft)
        && (stored.port, stored.tls, &stored.user) == (draft.port, draft.tls, &draft.user)
        && (stored.graph.mode, &stored.graph.mailboxes) == (draft.graph.mode, &draft.graph.mailboxes)
}

/// Whether the stored secret belongs to what the draft names. It is shown to nobody else: otherwise whoever may change a
/// sender could have it sent to a machine of their own.
pub(super) fn same_account(stored: &Sender, draft: &SenderDraft) -> bool {
    let stored = (stored.kind, &stored.host, stored.sign_in, &stored.tenant, &stored.client_id);
    stored == (draft.kind, &draft.host, draft.sign_in, &draft.tenant, &draft.client_id)
}

/// Whether it signs in with a secret.
pub(super) fn needs_secret(draft: &SenderDraft) -> bool {
    draft.kind == SenderKind::Graph || !draft.user.is_empty()
}

/// A step of the connection test in the words of the contract.
pub(super) fn told(step: Step) -> TestStep {
    let detail = match step.fix {
        Some(fix) if step.detail.is_empty() => fix,
        Some(fix) => format!("{} {fix}", ended(&step.detail)),
        None => step.detail,
    };
    TestStep { name: step.name, ok: step.ok, detail }
}

fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::accounts::Secret;

    fn draft() -> SenderDraft {
        SenderDraft {
            name: " Main ".into(),
            host: "smtp.example.com.".into(),
            user: "me".into(),
            secret: Some(Secret(String::new())),
            from_email: "News@Bücher.example".into(),
            from_name: "News".into(),
            ..SenderDraft::default()
        }
    }

    #[test]
    fn settings_are_stored_in_one_spelling() {
        let checked = checked(draft()).unwrap();
        assert_eq!(checked.name, "Main");
        assert_eq!(checked.host, "smtp.example.com");
        assert_eq!(checked.from_email, "news@xn--bcher-kva.example");
        assert_eq!(checked.secret, None);
    }

    #[test]
    fn every_bad_setting_is_told_at_once() {
        let bad = SenderDraft {
            name: String::new(),
            host: "smtp example".into(),
            port: 0,
            from_email: "nobody".into(),
            from_name: "a\r\nBcc: b".into(),
            reply_to: "x@".into(),
            pool: 0,
            rates: Rates { per_hour: Some(0), ..Rates::default() },
            ..draft()
        };
        let fault = checked(bad).unwrap_err();
        for field in ["name", "host", "port", "from_email", "from_name", "reply_to", "pool", "rates.per_hour"] {
            assert!(fault.field(field).is_some(), "{field}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in ["localhost", "10.0.0.1", "::1", "[::1]", "mail-1.example.com", "bücher.example"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "a b", "http://x", "user@host", "-a.example", "a\nb"] {
            assert!(!is_host(bad), "{bad}");
        }
    }

    fn graph(mailboxes: &[&str]) -> SenderDraft {
        SenderDraft {
            name: "365".into(),
            kind: SenderKind::Graph,
            tenant: "example.onmicrosoft.com".into(),
            client_id: "0a1b2c3d-0000-0000-0000-000000000000".into(),
            graph: GraphSettings {
                mailboxes: mailboxes.iter().map(|m| (*m).to_owned()).collect(),
                ..GraphSettings::default()
            },
            ..SenderDraft::default()
        }
    }

    #[test]
    fn mailboxes_are_kept_once_and_the_first_is_the_from_address() {
        let checked = checked(graph(&[" News@Example.com ", "news@example.com", "", "b@example.com"])).unwrap();
        assert_eq!(checked.graph.mailboxes, ["news@example.com", "b@example.com"]);
        assert_eq!((checked.from_email.as_str(), checked.pool), ("news@example.com", 8));
    }

    #[test]
    fn what_microsoft_365_needs_is_asked_for() {
        let mut bad = graph(&["nobody"]);
        (bad.tenant, bad.client_id, bad.graph.at_once, bad.graph.per_day) = ("a/b".into(), String::new(), 0, 0);
        let fault = checked(bad).unwrap_err();
        for field in ["tenant", "client_id", "graph.mailboxes", "graph.at_once", "graph.per_day"] {
            assert!(fault.field(field).is_some(), "{field}");
        }
        assert!(checked(graph(&[])).unwrap_err().field("graph.mailboxes").is_some());
        let oauth = SenderDraft { sign_in: SignIn::Oauth, user: String::new(), ..draft() };
        let fault = checked(oauth).unwrap_err();
        for field in ["user", "tenant", "client_id"] {
            assert!(fault.field(field).is_some(), "{field}");
        }
    }
}
