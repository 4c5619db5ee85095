use super::*;
use crate::email::{Envelope, Mailbox, Message, Outcome, Trace, Transport, address::normalise, mime};
use crate::http;
use crate::oauth::{Application, ClientCredentials, GRAPH_SCOPE};
use crate::{Kind, Status};
use std::sync::Arc;
use std::time::Duration;
use testkit::graph::{Call, FakeGraph, Fault, Tenant, Then};

fn graph_with(fake: &FakeGraph, mode: Mode, change: impl FnOnce(&mut Config), total: Duration) -> Graph {
    let http = http::client(&http::Options { total, ..http::Options::default() }).unwrap();
    let application = Application {
        login: fake.login(),
        tenant: "tenant-1".into(),
        client: "app-1".into(),
        secret: "s3cret".into(),
        scope: GRAPH_SCOPE.into(),
    };
    let mut config = Config::new(mode, vec!["news@example.com".into(), "second@example.com".into()]);
    config.base_url = fake.base();
    config.looks = vec![Duration::from_millis(1); 3];
    change(&mut config);
    Graph::new(config, http.clone(), Arc::new(ClientCredentials::new(http, application))).unwrap()
}

fn graph(fake: &FakeGraph, mode: Mode) -> Graph {
    graph_with(fake, mode, |_| {}, Duration::from_secs(20))
}

fn message(from: &str, to: &str, id: &str) -> (Envelope, Vec<u8>) {
    let (from, to) = (normalise(from).unwrap(), normalise(to).unwrap());
    let named = Mailbox::named("Nyheder på dansk", from.clone());
    let mut message = Message::new(
        named,
        Mailbox::named("Åse", to.clone()),
        "Hej",
        format!("{id}@example.com"),
        1_700_000_000_000_000,
    );
    message.text = "Hej\r\n.\r\nmed punktum".into();
    message.html = Some("<p>Hej</p>".into());
    message.attempt = Some(format!("attempt-{id}"));
    (Envelope { from, to }, mime::build(&message).unwrap())
}

async fn send(graph: &Graph, id: &str) -> Outcome {
    let (envelope, bytes) = message("news@example.com", "ase@example.org", id);
    graph.send(&envelope, &bytes).await
}

fn fault(acts: bool, then: Then) -> Fault {
    Fault { acts, then }
}

fn is_accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. })
}

#[tokio::test]
async fn a_message_arrives_byte_for_byte_in_both_modes() {
    let fake = FakeGraph::start(Tenant::default()).await;
    for (mode, id) in [(Mode::Send, "one"), (Mode::Draft, "two")] {
        let (envelope, bytes) = message("news@example.com", "ase@example.org", id);
        let outcome = graph(&fake, mode).send(&envelope, &bytes).await;
        assert!(is_accepted(&outcome), "{outcome}");
        let sent = fake.sent().pop().unwrap();
        assert_eq!((sent.mailbox.as_str(), sent.message == bytes), ("news@example.com", true));
    }
    assert_eq!((fake.sent().len(), fake.drafts().len()), (2, 0));
    assert!(fake.odd().is_empty(), "{:?}", fake.odd());
}

#[tokio::test]
async fn what_is_lost_after_send_mail_is_unknown_and_never_sent_again() {
    for acts in [true, false] {
        for then in [
            Then::Reset,
            Then::Hang,
            Then::Say(500, "x", vec![]),
            Then::Say(503, "x", vec![("retry-after", "1")]),
            Then::Say(504, "x", vec![]),
        ] {
            let fake = FakeGraph::start(Tenant::default()).await;
            fake.fail(Call::SendMail, fault(acts, then.clone()));
            let outcome = send(&graph_with(&fake, Mode::Send, |_| {}, Duration::from_millis(400)), "a").await;
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{then:?}: {outcome}");
            assert_eq!((fake.calls(Call::SendMail), fake.sent().len()), (1, usize::from(acts)));
        }
    }
}

#[tokio::test]
async fn an_acceptance_that_asks_to_wait_is_an_acceptance() {
    let fake = FakeGraph::start(Tenant::default()).await;
    fake.fail(Call::SendMail, fault(true, Then::Say(202, "", vec![("retry-after", "120")])));
    assert!(is_accepted(&send(&graph(&fake, Mode::Send), "a").await));
    assert_eq!((fake.calls(Call::SendMail), fake.sent().len()), (1, 1));
}

#[tokio::test]
async fn a_draft_whose_sending_got_no_answer_is_found_in_sent_items() {
    for then in [Then::Reset, Then::Hang, Then::Say(500, "x", vec![]), Then::Say(504, "x", vec![])] {
        let fake = FakeGraph::start(Tenant::default()).await;
        fake.fail(Call::SendDraft, fault(true, then.clone()));
        let outcome = send(&graph_with(&fake, Mode::Draft, |_| {}, Duration::from_millis(400)), "a").await;
        assert!(is_accepted(&outcome), "{then:?}: {outcome}");
        assert_eq!((fake.calls(Call::SendDraft), fake.sent().len(), fake.drafts().len()), (1, 1, 0));
    }
}

#[tokio::test]
async fn a_draft_that_is_still_there_is_sent_again_and_only_once_more() {
    let fake = FakeGraph::start(Tenant::default()).await;
    fake.fail(Call::SendDraft, fault(false, Then::Reset));
    assert!(is_accepted(&send(&graph(&fake, Mode::Draft), "a").await));
    assert_eq!((fake.calls(Call::SendDraft), fake.sent().len(), fake.drafts().len()), (2, 1, 0));

    fake.fail(Call::SendDraft, fault(false, Then::Reset));
    fake.fail(Call::SendDraft, fault(false, Then::Say(502, "x", vec![])));
    let outcome = send(&graph(&fake, Mode::Draft), "b").await;
    assert!(outcome.is_certainly_unsent(), "a removed draft was not sent: {outcome}");
    assert_eq!((fake.sent().len(), fake.drafts().len()), (1, 0));
}

#[tokio::test]
async fn what_is_found_nowhere_or_cannot_be_looked_up_stays_unknown() {
    let fake = FakeGraph::start(Tenant::default()).await;
    fake.fail(Call::SendDraft, fault(true, Then::Reset));
    for _ in 0..3 {
        fake.fail(Call::Look, fault(false, Then::Say(503, "x", vec![])));
    }
    assert!(matches!(send(&graph(&fake, Mode::Draft), "a").await, Outcome::Unknown { .. }));

    // somebody removed the draft in between: nobody can say
    fake.fail(Call::SendDraft, fault(false, Then::Say(404, "ErrorItemNotFound", vec![])));
    let (envelope, bytes) = message("news@example.com", "ase@example.org", "b");
    let graph = graph(&fake, Mode::Draft);
    for _ in 0..3 {
        fake.fail(Call::Look, fault(true, Then::Say(200, "", vec![])));
    }
    assert!(matches!(graph.send(&envelope, &bytes).await, Outcome::Unknown { .. }));
    assert_eq!(fake.calls(Call::SendDraft), 2, "one each");
}

#[tokio::test]
async fn a_draft_that_may_have_been_made_is_taken_instead_of_a_second_one() {
    let fake = FakeGraph::start(Tenant::default()).await;
    for then in [Then::Reset, Then::Say(500, "x", vec![])] {
        fake.fail(Call::Create, fault(true, then));
        assert!(is_accepted(&send(&graph(&fake, Mode::Draft), "a").await));
    }
    assert_eq!((fake.calls(Call::Create), fake.sent().len(), fake.drafts().len()), (2, 2, 0));
    fake.fail(Call::Create, fault(false, Then::Reset));
    let outcome = send(&graph(&fake, Mode::Draft), "c").await;
    assert!(matches!(outcome, Outcome::NotHandedOver { .. }), "{outcome}");
    assert_eq!((fake.sent().len(), fake.drafts().len()), (2, 0));
}

#[tokio::test]
async fn a_throttled_mailbox_is_left_alone_for_as_long_as_it_asks_and_others_go_on() {
    for (mode, call) in [(Mode::Send, Call::SendMail), (Mode::Draft, Call::Create), (Mode::Draft, Call::SendDraft)] {
        let fake = FakeGraph::start(Tenant::default()).await;
        let graph = graph(&fake, mode);
        fake.fail(call, fault(false, Then::Say(429, "ApplicationThrottled", vec![("retry-after", "30")])));
        for _ in 0..3 {
            let Outcome::SenderTrouble { failure } = send(&graph, "a").await else { panic!("not taken") };
            assert_eq!((failure.kind, failure.status), (Kind::Busy, Status::Temporary));
            assert!(failure.retry_after().unwrap() > Duration::from_secs(28));
        }
        assert_eq!(
            (fake.calls(call), fake.sent().len(), fake.drafts().len()),
            (1, 0, 0),
            "asked once, left nothing behind"
        );
        let (envelope, bytes) = message("second@example.com", "ase@example.org", "b");
        assert!(is_accepted(&graph.send(&envelope, &bytes).await));
    }
}

#[tokio::test]
async fn a_mailbox_has_four_requests_at_once_and_not_five() {
    let mut fake = FakeGraph::start(Tenant::default()).await;
    let graph = graph(&fake, Mode::Send);
    assert!(is_accepted(&send(&graph, "first").await), "signed in");
    fake.hold();
    let all: Vec<_> = (0..12)
        .map(|n| {
            let graph = graph.clone();
            tokio::spawn(async move { send(&graph, &n.to_string()).await })
        })
        .collect();
    fake.held(4).await;
    fake.let_through(12);
    for one in all {
        assert!(is_accepted(&one.await.unwrap()));
    }
    assert_eq!((fake.busiest(), fake.sent().len()), (4, 13));
}

#[tokio::test]
async fn a_token_that_ended_early_is_renewed_without_anybody_noticing() {
    let fake = FakeGraph::start(Tenant::default()).await;
    let graph = graph(&fake, Mode::Draft);
    assert!(is_accepted(&send(&graph, "a").await));
    fake.revoke();
    assert!(is_accepted(&send(&graph, "b").await));
    assert_eq!((fake.calls(Call::Token), fake.sent().len(), fake.drafts().len()), (2, 2, 0));
    for _ in 0..2 {
        fake.fail(Call::Create, fault(false, Then::Say(401, "InvalidAuthenticationToken", vec![])));
    }
    let Outcome::SenderTrouble { failure } = send(&graph, "c").await else { panic!("not taken") };
    assert_eq!((failure.kind, failure.status), (Kind::Auth, Status::Permanent));
}

#[tokio::test]
async fn a_message_for_somebody_else_or_too_large_is_never_offered() {
    let fake = FakeGraph::start(Tenant::default()).await;
    let small = graph_with(&fake, Mode::Send, |config| config.most_bytes = 300, Duration::from_secs(5));
    assert_eq!(send(&small, "a").await.code(), Some(552));
    let (envelope, bytes) = message("news@example.com", "ase@example.org", "b");
    let other = Envelope { to: normalise("bo@example.org").unwrap(), ..envelope.clone() };
    let both = graph(&fake, Mode::Send);
    assert_eq!(both.send(&other, &bytes).await.code(), Some(553));
    let copied = [b"Cc: bo@example.org\r\n", bytes.as_slice()].concat();
    assert_eq!(both.send(&envelope, &copied).await.code(), Some(553));
    assert_eq!(both.send(&envelope, b"no message").await.code(), Some(554));
    assert_eq!(fake.calls(Call::SendMail), 0);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_certainly_has_nothing() {
    let fake = FakeGraph::start(Tenant::default()).await;
    let away = graph_with(
        &fake,
        Mode::Send,
        |config| config.base_url = "http://127.0.0.1:9/v1.0".into(),
        Duration::from_secs(5),
    );
    let Outcome::SenderTrouble { failure } = send(&away, "a").await else { panic!("not taken") };
    assert_eq!((failure.kind, failure.is_temporary()), (Kind::Unreachable, true));
}

#[tokio::test]
async fn the_test_tells_each_step_and_what_to_change() {
    let fake = FakeGraph::start(Tenant::default()).await;
    let probe = graph(&fake, Mode::Draft).probe().await;
    assert!(probe.is_ok() && probe.steps.len() == 4, "{probe:?}");

    fake.tenant(|tenant| tenant.mailboxes.truncate(1));
    let probe = graph(&fake, Mode::Draft).probe().await;
    let failed = probe.failed().unwrap();
    assert!(failed.name.contains("second@example.com") && failed.fix.is_some(), "{probe:?}");

    fake.tenant(|tenant| tenant.roles = vec!["Mail.Send"]);
    let probe = graph(&fake, Mode::Draft).probe().await;
    assert!(probe.failed().unwrap().fix.as_ref().unwrap().contains("Mail.ReadWrite"), "{probe:?}");
    assert!(graph(&fake, Mode::Send).probe().await.is_ok(), "the plain mode does not need it");

    fake.tenant(|tenant| tenant.secret = "another".into());
    let probe = graph(&fake, Mode::Send).probe().await;
    assert!(probe.failed().unwrap().detail.contains("AADSTS7000215"), "{probe:?}");
    assert_eq!(fake.sent().len(), 0);
}

#[tokio::test]
async fn left_to_itself_it_uses_drafts_where_that_is_granted() {
    let fake = FakeGraph::start(Tenant::default()).await;
    assert!(is_accepted(&send(&graph(&fake, Mode::Auto), "a").await));
    fake.tenant(|tenant| tenant.roles = vec!["Mail.Send"]);
    assert!(is_accepted(&send(&graph(&fake, Mode::Auto), "b").await));
    assert!(graph(&fake, Mode::Auto).probe().await.is_ok());
    assert_eq!((fake.calls(Call::Create), fake.calls(Call::SendDraft), fake.calls(Call::SendMail)), (1, 1, 1));
}

#[tokio::test]
async fn what_became_of_a_message_is_asked_by_its_id() {
    let fake = FakeGraph::start(Tenant::default()).await;
    let from = normalise("news@example.com").unwrap();
    let drafts = graph(&fake, Mode::Draft);
    assert!(is_accepted(&send(&drafts, "sent").await));
    assert_eq!(drafts.trace(&from, "sent@example.com").await, Trace::Sent);
    assert_eq!(drafts.trace(&from, "other@example.com").await, Trace::Nowhere);
    // made, and never told to go
    fake.fail(Call::SendDraft, fault(false, Then::Reset));
    let blind = graph_with(&fake, Mode::Draft, |config| config.looks = Vec::new(), Duration::from_secs(20));
    assert!(matches!(send(&blind, "left").await, Outcome::Unknown { .. }));
    assert_eq!(fake.drafts().len(), 1);
    assert_eq!(drafts.trace(&from, "left@example.com").await, Trace::NotSent);
    assert_eq!((fake.drafts().len(), fake.sent().len()), (0, 1));
    fake.fail(Call::Look, fault(false, Then::Say(503, "x", vec![])));
    assert_eq!(drafts.trace(&from, "sent@example.com").await, Trace::Unasked);
    // without the permission to read nothing can be asked
    assert_eq!(graph(&fake, Mode::Send).trace(&from, "sent@example.com").await, Trace::Unasked);
}
