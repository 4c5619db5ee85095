//! Every outcome over real sockets, against the sink.

use std::time::Duration;

use secrecy::SecretString;
use testkit::sink::{Act, At, Behaviour, Identity, Keep, Rule, Sink, When};

use super::{Config, Pool, Timeouts, Tls};
use crate::email::address::normalise;
use crate::email::outcome::{Outcome, Stage};
use crate::email::transport::Envelope;
use crate::{Failure, Kind, Status};

const MESSAGE: &[u8] = b"From: a@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: x\r\n\r\nHello\r\n.dot\r\n";
const SOON: Duration = Duration::from_millis(800);
const LATE: Duration = Duration::from_secs(30);

/// Limits that only matter in tests of silence.
fn patient() -> Timeouts {
    Timeouts { connect: LATE, greeting: LATE, command: LATE, data: LATE, end: LATE, total: LATE }
}

fn impatient() -> Timeouts {
    Timeouts { connect: SOON, greeting: SOON, command: SOON, data: SOON, end: SOON, total: LATE }
}

fn config(sink: &Sink) -> Config {
    Config { timeouts: patient(), ..Config::new("127.0.0.1", sink.port(), Tls::None) }
}

fn to(recipient: &str) -> Envelope {
    Envelope { from: normalise("news@example.org").unwrap(), to: normalise(recipient).unwrap() }
}

fn ada() -> Envelope {
    to("ada@example.com")
}

/// One message to a sink with one fault, with and without pipelining.
async fn each_way(at: At, act: Act, check: impl Fn(&Outcome, &Sink)) {
    each_way_with(patient(), Behaviour::default().with(When::Always, at, act), check).await;
}

async fn each_way_with(timeouts: Timeouts, behaviour: Behaviour, check: impl Fn(&Outcome, &Sink)) {
    for pipelining in [true, false] {
        let sink = Sink::start(Behaviour { pipelining, ..behaviour.clone() }).await.unwrap();
        let pool = Pool::new(Config { timeouts, ..config(&sink) }).unwrap();
        check(&pool.send(&ada(), MESSAGE).await, &sink);
    }
}

fn reply(text: &str) -> Act {
    Act::Reply(text.to_owned())
}

fn trouble(outcome: &Outcome) -> Option<&Failure> {
    match outcome {
        Outcome::SenderTrouble { failure } => Some(failure),
        _ => None,
    }
}

#[tokio::test]
async fn a_message_arrives_byte_for_byte() {
    for pipelining in [true, false] {
        let sink = Sink::start(Behaviour { pipelining, ..Behaviour::default() }).await.unwrap();
        let outcome = Pool::new(config(&sink)).unwrap().send(&ada(), MESSAGE).await;
        assert!(matches!(&outcome, Outcome::Accepted { code: 250, text } if text.contains("queued as 1")), "{outcome}");
        let messages = sink.messages();
        assert_eq!(
            (messages[0].from.as_str(), messages[0].to.as_slice()),
            ("news@example.org", &["ada@example.com".to_owned()][..])
        );
        assert_eq!(messages[0].data, MESSAGE);
    }
}

#[tokio::test]
async fn a_refused_recipient_is_permanent_and_the_connection_lives_on() {
    for pipelining in [true, false] {
        let rules = Behaviour { pipelining, ..Behaviour::default() }.with(
            When::To("gone".to_owned()),
            At::Rcpt,
            reply("550 5.1.1 No such user"),
        );
        let sink = Sink::start(rules).await.unwrap();
        let pool = Pool::new(config(&sink)).unwrap();
        let outcome = pool.send(&to("gone@example.com"), MESSAGE).await;
        assert!(
            matches!(&outcome, Outcome::RefusedPermanent { stage: Stage::Rcpt, code: 550, enhanced: Some(e), text } if e.to_string() == "5.1.1" && text == "No such user"),
            "{outcome}"
        );
        assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Accepted { .. }));
        let counts = sink.counts();
        assert_eq!((counts.connections, counts.resets, counts.accepted), (1, 1, 1));
    }
}

#[tokio::test]
async fn a_temporary_refusal_is_deferred_where_it_was_said() {
    each_way(At::Rcpt, reply("451 4.7.1 Greylisted"), |outcome, _| {
        assert!(matches!(outcome, Outcome::Deferred { stage: Stage::Rcpt, code: 451, .. }), "{outcome}");
    })
    .await;
    each_way(At::Data, reply("451 4.3.0 Later"), |outcome, _| {
        assert!(matches!(outcome, Outcome::Deferred { stage: Stage::Data, code: 451, .. }), "{outcome}");
    })
    .await;
    each_way(At::End, reply("451 4.3.0 Later"), |outcome, sink| {
        assert!(matches!(outcome, Outcome::Deferred { stage: Stage::End, code: 451, .. }), "{outcome}");
        assert_eq!(sink.counts().accepted, 0);
    })
    .await;
}

#[tokio::test]
async fn a_refused_content_is_permanent() {
    each_way(At::End, reply("554 5.7.1 Looks like spam"), |outcome, _| {
        assert!(matches!(outcome, Outcome::RefusedPermanent { stage: Stage::End, code: 554, .. }), "{outcome}");
    })
    .await;
    each_way(At::Data, reply("554 5.7.1 Not today"), |outcome, _| {
        assert!(matches!(outcome, Outcome::RefusedPermanent { stage: Stage::Data, code: 554, .. }), "{outcome}");
    })
    .await;
}

#[tokio::test]
async fn a_busy_server_is_the_senders_trouble_at_every_stage() {
    for at in [At::Connect, At::Hello, At::Mail, At::Rcpt, At::Data, At::End] {
        for text in ["421 4.3.2 Too busy", "452 4.3.1 No space"] {
            each_way(at, reply(text), |outcome, sink| {
                let failure = trouble(outcome).unwrap_or_else(|| panic!("{at:?} {text}: {outcome}"));
                assert_eq!((failure.kind, failure.status), (Kind::Busy, Status::Temporary), "{at:?} {text}");
                assert_eq!(sink.counts().accepted, 0);
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_refused_sender_is_not_the_recipients_fault() {
    each_way(At::Mail, reply("550 5.7.1 Sender rejected"), |outcome, _| {
        let failure = trouble(outcome).unwrap();
        assert_eq!((failure.kind, failure.status, failure.operation), (Kind::Refused, Status::Permanent, "mail"));
        assert_eq!((failure.detail("code"), failure.detail("text")), (Some("550"), Some("Sender rejected")));
    })
    .await;
    each_way(At::Connect, reply("554 5.7.1 Your address is blocked"), |outcome, _| {
        let failure = trouble(outcome).unwrap();
        assert_eq!((failure.kind, failure.status, failure.operation), (Kind::Refused, Status::Permanent, "connect"));
    })
    .await;
}

#[tokio::test]
async fn a_connection_lost_before_the_content_is_not_handed_over() {
    for (at, stage) in [(At::Mail, Stage::Mail), (At::Rcpt, Stage::Rcpt), (At::Data, Stage::Data)] {
        for act in [Act::Reset, Act::Close] {
            each_way(at, act.clone(), |outcome, sink| {
                // with pipelining a reset can overtake the replies before it
                let fits = matches!(outcome, Outcome::NotHandedOver { stage: seen, .. } if *seen == stage || act == Act::Reset);
                assert!(fits, "{at:?} {act:?}: {outcome}");
                assert_eq!(sink.counts().accepted, 0);
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_connection_lost_in_the_content_is_not_handed_over() {
    // more than all socket buffers between the two can hold, so that the end mark cannot be on its way
    let large =
        [MESSAGE, &b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(500_000)].concat();
    for act in [Act::Reset, Act::Close] {
        let sink = Sink::start(Behaviour::default().with(When::Always, At::Content(100_000), act)).await.unwrap();
        let outcome = Pool::new(config(&sink)).unwrap().send(&ada(), &large).await;
        assert!(matches!(outcome, Outcome::NotHandedOver { stage: Stage::Data, .. }), "{outcome}");
        assert_eq!(sink.counts().accepted, 0);
    }
}

#[tokio::test]
async fn a_server_that_stops_reading_the_content_is_given_up_and_safe() {
    let large =
        [MESSAGE, &b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(500_000)].concat();
    let sink = Sink::start(Behaviour::default().with(When::Always, At::Content(1000), Act::Hang)).await.unwrap();
    let outcome = Pool::new(Config { timeouts: impatient(), ..config(&sink) }).unwrap().send(&ada(), &large).await;
    assert!(
        matches!(&outcome, Outcome::NotHandedOver { stage: Stage::Data, reason } if reason.contains("in time")),
        "{outcome}"
    );
}

#[tokio::test]
async fn no_answer_to_the_whole_message_is_unknown_whether_it_was_taken_or_not() {
    for (act, taken) in [(Act::TakeAndReset, 1), (Act::TakeAndClose, 1), (Act::Reset, 0), (Act::Close, 0)] {
        each_way(At::End, act.clone(), |outcome, sink| {
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{act:?}: {outcome}");
            assert!(!outcome.is_certainly_unsent());
            assert_eq!(sink.counts().accepted, taken);
        })
        .await;
    }
    for (act, taken) in [(Act::TakeAndHang, 1), (Act::Hang, 0)] {
        each_way_with(impatient(), Behaviour::default().with(When::Always, At::End, act), |outcome, sink| {
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome}");
            assert_eq!(sink.counts().accepted, taken);
        })
        .await;
    }
}

#[tokio::test]
async fn a_senseless_answer_is_unknown_after_the_end_and_trouble_before() {
    for act in [Act::Garbage, Act::Flood] {
        each_way(At::End, act.clone(), |outcome, _| {
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{act:?}: {outcome}")
        })
        .await;
        for at in [At::Connect, At::Hello, At::Mail, At::Rcpt, At::Data] {
            each_way(at, act.clone(), |outcome, sink| {
                assert_eq!(
                    trouble(outcome).map(|failure| failure.kind),
                    Some(Kind::Protocol),
                    "{at:?} {act:?}: {outcome}"
                );
                assert_eq!(sink.counts().accepted, 0);
            })
            .await;
        }
    }
}

#[tokio::test]
async fn silence_is_given_up_at_every_stage_with_the_right_outcome() {
    for (at, stage) in [(At::Connect, "connect"), (At::Hello, "hello")] {
        each_way_with(impatient(), Behaviour::default().with(When::Always, at, Act::Hang), |outcome, _| {
            let failure = trouble(outcome).unwrap();
            assert_eq!((failure.kind, failure.operation), (Kind::Timeout, stage));
        })
        .await;
    }
    for (at, stage) in [(At::Mail, Stage::Mail), (At::Rcpt, Stage::Rcpt), (At::Data, Stage::Data)] {
        each_way_with(impatient(), Behaviour::default().with(When::Always, at, Act::Hang), |outcome, _| {
            assert!(
                matches!(outcome, Outcome::NotHandedOver { stage: seen, .. } if *seen == stage),
                "{at:?}: {outcome}"
            );
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_drips_its_answer_is_given_up() {
    let slow = Behaviour::default().with(When::Always, At::Rcpt, Act::Drip(Duration::from_millis(100)));
    each_way_with(impatient(), slow, |outcome, _| {
        assert!(matches!(outcome, Outcome::NotHandedOver { stage: Stage::Rcpt, .. }), "{outcome}");
    })
    .await;
    let slow = Behaviour::default().with(When::Always, At::End, Act::Drip(Duration::from_millis(100)));
    each_way_with(impatient(), slow, |outcome, _| assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome}"))
        .await;
}

#[tokio::test]
async fn the_limit_for_one_message_holds_when_each_step_is_within_its_own() {
    let slow = Behaviour::default()
        .with(When::Always, At::Mail, Act::Delay(Duration::from_millis(200)))
        .with(When::Always, At::Rcpt, Act::Delay(Duration::from_millis(200)))
        .with(When::Always, At::Data, Act::Hang);
    let timeouts = Timeouts { total: Duration::from_millis(700), ..patient() };
    each_way_with(timeouts, slow, |outcome, _| {
        assert!(matches!(outcome, Outcome::NotHandedOver { .. }), "{outcome}");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_late_but_in_time_is_accepted() {
    each_way(At::End, Act::Delay(Duration::from_millis(50)), |outcome, sink| {
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome}");
        assert_eq!(sink.counts().accepted, 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_listening_is_the_senders_trouble() {
    let sink = Sink::start(Behaviour::default()).await.unwrap();
    let config = config(&sink);
    sink.stop().await;
    let outcome = Pool::new(config.clone()).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(
        trouble(&outcome).map(|failure| (failure.kind, failure.operation)),
        Some((Kind::Unreachable, "connect")),
        "{outcome}"
    );
    let nowhere = Config { host: "no-such-host.invalid".to_owned(), ..config };
    let outcome = Pool::new(nowhere).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(trouble(&outcome).and_then(|failure| failure.detail("dns")), Some("failed"), "{outcome}");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_while_idle_is_replaced_without_a_word() {
    for act in [Act::Close, Act::Reset, reply("421 4.4.2 Idle too long")] {
        let sink = Sink::start(Behaviour::default().with(When::Nth(2), At::Mail, act.clone())).await.unwrap();
        let pool = Pool::new(config(&sink)).unwrap();
        for _ in 0..3 {
            let outcome = pool.send(&ada(), MESSAGE).await;
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{act:?}: {outcome}");
        }
        assert_eq!((sink.counts().connections, sink.counts().accepted), (2, 3));
    }
}

#[tokio::test]
async fn a_server_with_a_limit_per_connection_gets_new_connections() {
    let sink = Sink::start(Behaviour { connection_limit: Some(3), ..Behaviour::default() }).await.unwrap();
    let pool = Pool::new(config(&sink)).unwrap();
    for _ in 0..10 {
        assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Accepted { .. }));
    }
    assert_eq!((sink.counts().connections, sink.counts().accepted), (4, 10));
}

#[tokio::test]
async fn our_own_limit_per_connection_ends_with_a_goodbye() {
    let sink = Sink::start(Behaviour::default()).await.unwrap();
    let pool = Pool::new(Config { messages_per_connection: 2, ..config(&sink) }).unwrap();
    for _ in 0..5 {
        assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Accepted { .. }));
    }
    pool.close().await;
    assert_eq!(sink.counts().connections, 3);
    assert_eq!(wait_quits(&sink, 3).await, 3);
}

async fn wait_quits(sink: &Sink, count: u64) -> u64 {
    let limit = tokio::time::Instant::now() + LATE;
    while sink.counts().quits < count && tokio::time::Instant::now() < limit {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sink.counts().quits
}

#[tokio::test]
async fn unused_connections_are_closed_after_a_while() {
    let sink = Sink::start(Behaviour::default()).await.unwrap();
    let pool = Pool::new(Config { idle: Duration::from_millis(50), ..config(&sink) }).unwrap();
    assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Accepted { .. }));
    assert_eq!(wait_quits(&sink, 1).await, 1);
    assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Accepted { .. }));
    assert_eq!(sink.counts().connections, 2);
}

#[tokio::test]
async fn many_at_once_use_only_the_allowed_connections() {
    let sink = Sink::start(Behaviour { keep: Keep::Ids, ..Behaviour::default() }).await.unwrap();
    let pool = Pool::new(Config { connections: 3, ..config(&sink) }).unwrap();
    let sending: Vec<_> = (0..200)
        .map(|n| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.send(&to(&format!("c{n}@example.com")), MESSAGE).await })
        })
        .collect();
    for outcome in sending {
        assert!(matches!(outcome.await.unwrap(), Outcome::Accepted { .. }));
    }
    let mut recipients: Vec<_> = sink.ids().into_iter().map(|(to, _)| to).collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 200);
    assert!(sink.counts().most_open <= 3 && sink.counts().connections <= 3);
}

#[tokio::test]
async fn a_server_that_allows_fewer_connections_is_served_with_those() {
    let sink =
        Sink::start(Behaviour { connections_at_once: Some(2), keep: Keep::Ids, ..Behaviour::default() }).await.unwrap();
    let pool = Pool::new(Config { connections: 6, ..config(&sink) }).unwrap();
    // one connection is there before the others are tried
    assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Accepted { .. }));
    let sending: Vec<_> = (0..100)
        .map(|n| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.send(&to(&format!("c{n}@example.com")), MESSAGE).await })
        })
        .collect();
    for outcome in sending {
        let outcome = outcome.await.unwrap();
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome}");
    }
    assert_eq!(sink.counts().accepted, 101);
}

#[tokio::test]
async fn one_bad_message_in_ten_leaves_the_others_alone() {
    let faults = Behaviour::default()
        .with(When::Nth(5), At::Rcpt, reply("550 5.1.1 no"))
        .with(When::Nth(15), At::End, Act::TakeAndReset)
        .with(When::Nth(25), At::Data, Act::Reset)
        .with(When::Nth(35), At::End, reply("451 4.3.0 later"));
    let sink = Sink::start(faults).await.unwrap();
    let pool = Pool::new(config(&sink)).unwrap();
    let mut seen = std::collections::BTreeMap::new();
    for n in 0..40 {
        *seen.entry(pool.send(&to(&format!("c{n}@example.com")), MESSAGE).await.as_str()).or_insert(0) += 1;
    }
    let expected = [("accepted", 36), ("deferred", 1), ("not_handed_over", 1), ("refused", 1), ("unknown", 1)];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(sink.counts().accepted, 37);
}

#[tokio::test]
async fn a_message_over_the_servers_limit_is_refused_without_being_sent() {
    let sink = Sink::start(Behaviour { size: 50, ..Behaviour::default() }).await.unwrap();
    let outcome = Pool::new(config(&sink)).unwrap().send(&ada(), MESSAGE).await;
    assert!(matches!(outcome, Outcome::RefusedPermanent { code: 552, .. }), "{outcome}");
    assert_eq!(sink.counts().begun, 0);
}

#[tokio::test]
async fn letters_beyond_ascii_in_an_address_need_a_server_that_can() {
    for smtputf8 in [true, false] {
        let sink = Sink::start(Behaviour { smtputf8, ..Behaviour::default() }).await.unwrap();
        let outcome = Pool::new(config(&sink)).unwrap().send(&to("jörg@bücher.example"), MESSAGE).await;
        if smtputf8 {
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome}");
            assert_eq!(sink.messages()[0].to, ["jörg@xn--bcher-kva.example"]);
        } else {
            assert!(matches!(outcome, Outcome::RefusedPermanent { code: 553, stage: Stage::Rcpt, .. }), "{outcome}");
        }
    }
}

fn with_login(ways: &[&str]) -> Behaviour {
    Behaviour {
        login: Some(("ada".to_owned(), "pässword".to_owned())),
        auth: ways.iter().map(|way| (*way).to_owned()).collect(),
        ..Behaviour::default()
    }
}

#[tokio::test]
async fn signing_in_works_both_ways_and_a_wrong_password_is_permanent_trouble() {
    for ways in [&["PLAIN", "LOGIN"][..], &["LOGIN"]] {
        let sink = Sink::start(with_login(ways)).await.unwrap();
        let right = config(&sink).with_login("ada", SecretString::from("pässword"));
        let outcome = Pool::new(right).unwrap().send(&ada(), MESSAGE).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome}");
        let wrong = config(&sink).with_login("ada", SecretString::from("guess"));
        let outcome = Pool::new(wrong).unwrap().send(&ada(), MESSAGE).await;
        assert_eq!(
            trouble(&outcome).map(|failure| (failure.kind, failure.status)),
            Some((Kind::Auth, Status::Permanent)),
            "{outcome}"
        );
        assert!(!format!("{outcome} {outcome:?}").contains("guess"));
    }
    let sink = Sink::start(with_login(&["XOAUTH2"])).await.unwrap();
    let outcome =
        Pool::new(config(&sink).with_login("ada", SecretString::from("x"))).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(trouble(&outcome).and_then(|failure| failure.detail("offered")), Some("XOAUTH2"));
    let outcome = Pool::new(config(&sink)).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(trouble(&outcome).map(|failure| failure.kind), Some(Kind::Auth), "{outcome}");
}

/// Gives these tokens, the next one each time one was refused.
#[derive(Debug)]
struct InTurn(std::sync::Mutex<Vec<&'static str>>);

#[async_trait::async_trait]
impl crate::oauth::Tokens for InTurn {
    async fn token(&self) -> Result<SecretString, Failure> {
        Ok(self.0.lock().unwrap().first().copied().unwrap_or("none").into())
    }

    async fn refused(&self, _: &SecretString) {
        self.0.lock().unwrap().remove(0);
    }
}

#[tokio::test]
async fn a_token_signs_in_and_one_that_ended_is_replaced() {
    for (tokens, is_good) in
        [(vec!["pässword"], true), (vec!["ended", "pässword"], true), (vec!["ended", "wrong", "pässword"], false)]
    {
        let sink = Sink::start(with_login(&["PLAIN", "XOAUTH2"])).await.unwrap();
        let tokens = std::sync::Arc::new(InTurn(std::sync::Mutex::new(tokens)));
        let pool = Pool::new(config(&sink).with_tokens("ada", tokens)).unwrap();
        let outcome = pool.send(&ada(), MESSAGE).await;
        assert_eq!(matches!(outcome, Outcome::Accepted { .. }), is_good, "{outcome}");
        if !is_good {
            let failure = trouble(&outcome).unwrap();
            assert_eq!((failure.kind, failure.status), (Kind::Auth, Status::Permanent));
            assert!(failure.detail("fix").is_some() && !outcome.to_string().contains("wrong"));
        }
    }
    let sink = Sink::start(with_login(&["PLAIN"])).await.unwrap();
    let tokens = std::sync::Arc::new(InTurn(std::sync::Mutex::new(vec!["pässword"])));
    let probe = Pool::new(config(&sink).with_tokens("ada", tokens)).unwrap().probe().await;
    assert!(!probe.is_ok(), "a server without XOAUTH2");
}

#[tokio::test]
async fn a_sign_in_that_fails_for_now_is_temporary() {
    let sink =
        Sink::start(with_login(&["PLAIN"]).with(When::Always, At::Auth, reply("454 4.7.0 Temporary"))).await.unwrap();
    let outcome =
        Pool::new(config(&sink).with_login("ada", SecretString::from("pässword"))).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(trouble(&outcome).map(Failure::is_temporary), Some(true), "{outcome}");
}

fn encrypted(implicit_tls: bool) -> (Behaviour, Identity) {
    let identity = Identity::for_host("localhost");
    (Behaviour { identity: Some(identity.clone()), implicit_tls, ..with_login(&["PLAIN"]) }, identity)
}

#[tokio::test]
async fn both_kinds_of_tls_work_with_a_trusted_certificate() {
    for (tls, implicit) in [(Tls::StartTls, false), (Tls::Implicit, true)] {
        let (behaviour, identity) = encrypted(implicit);
        let sink = Sink::start(behaviour).await.unwrap();
        let base = Config { host: "localhost".to_owned(), tls, ca_pem: Some(identity.ca_pem), ..config(&sink) };
        let pool = Pool::new(base.with_login("ada", SecretString::from("pässword"))).unwrap();
        for _ in 0..3 {
            let outcome = pool.send(&ada(), MESSAGE).await;
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{tls:?}: {outcome}");
        }
        assert_eq!(sink.messages()[2].data, MESSAGE);
        assert_eq!(sink.counts().connections, 1);
        pool.close().await;
        assert_eq!(wait_quits(&sink, 1).await, 1);
    }
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused_before_the_password_is_sent() {
    for (tls, implicit) in [(Tls::StartTls, false), (Tls::Implicit, true)] {
        let (behaviour, _) = encrypted(implicit);
        let sink = Sink::start(behaviour).await.unwrap();
        let base = Config { host: "localhost".to_owned(), tls, ..config(&sink) };
        let outcome =
            Pool::new(base.with_login("ada", SecretString::from("pässword"))).unwrap().send(&ada(), MESSAGE).await;
        let failure = trouble(&outcome).unwrap();
        assert_eq!((failure.kind, failure.detail("certificate")), (Kind::Tls, Some("not trusted")), "{outcome}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let identity = Identity::for_host("mail.example.org");
    let sink = Sink::start(Behaviour { identity: Some(identity.clone()), implicit_tls: true, ..Behaviour::default() })
        .await
        .unwrap();
    let wrong =
        Config { host: "localhost".to_owned(), tls: Tls::Implicit, ca_pem: Some(identity.ca_pem), ..config(&sink) };
    let outcome = Pool::new(wrong).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(trouble(&outcome).and_then(|failure| failure.detail("certificate")), Some("not trusted"), "{outcome}");
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_password() {
    let sink = Sink::start(with_login(&["PLAIN"])).await.unwrap();
    let base = Config { tls: Tls::StartTls, ..config(&sink) };
    let outcome =
        Pool::new(base.with_login("ada", SecretString::from("pässword"))).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(
        trouble(&outcome).map(|failure| (failure.kind, failure.operation)),
        Some((Kind::Tls, "tls")),
        "{outcome}"
    );
}

#[tokio::test]
async fn words_slipped_in_before_the_handshake_are_not_believed() {
    let (behaviour, identity) = encrypted(false);
    let injected =
        behaviour.with(When::Always, At::StartTls, reply("220 2.0.0 Go ahead\r\n250-evil\r\n250 AUTH PLAIN"));
    let sink = Sink::start(injected).await.unwrap();
    let base =
        Config { host: "localhost".to_owned(), tls: Tls::StartTls, ca_pem: Some(identity.ca_pem), ..config(&sink) };
    let outcome = Pool::new(base).unwrap().send(&ada(), MESSAGE).await;
    assert_eq!(
        trouble(&outcome).and_then(|failure| failure.detail("text")),
        Some("the server sent more before the handshake"),
        "{outcome}"
    );
}

#[tokio::test]
async fn a_break_after_the_end_mark_is_unknown_under_tls_too() {
    let (behaviour, identity) = encrypted(true);
    let sink = Sink::start(Behaviour { login: None, ..behaviour }.with(When::Always, At::End, Act::TakeAndReset))
        .await
        .unwrap();
    let base =
        Config { host: "localhost".to_owned(), tls: Tls::Implicit, ca_pem: Some(identity.ca_pem), ..config(&sink) };
    let outcome = Pool::new(base).unwrap().send(&ada(), MESSAGE).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome}");
}

#[tokio::test]
async fn the_connection_test_tells_each_step() {
    let (behaviour, identity) = encrypted(false);
    let sink = Sink::start(behaviour).await.unwrap();
    let base =
        Config { host: "localhost".to_owned(), tls: Tls::StartTls, ca_pem: Some(identity.ca_pem), ..config(&sink) };
    let probe = Pool::new(base.clone().with_login("ada", SecretString::from("pässword"))).unwrap().probe().await;
    assert!(probe.is_ok(), "{probe:?}");
    let names: Vec<_> = probe.steps.iter().skip(1).map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["Greeting", "Introduction", "Encryption", "Sign in"]);
    assert!(probe.steps[3].detail.contains("TLS 1.3"));
    let probe = Pool::new(base.with_login("ada", SecretString::from("guess"))).unwrap().probe().await;
    let failed = probe.failed().unwrap();
    assert_eq!((failed.name.as_str(), failed.detail.as_str()), ("Sign in", "535 5.7.8 Wrong user name or password"));
    assert!(failed.fix.as_deref().unwrap().contains("password"));
    assert_eq!(sink.counts().begun, 0);
}

#[tokio::test]
async fn the_connection_test_names_the_wrong_door() {
    let (behaviour, identity) = encrypted(true);
    let implicit = Sink::start(behaviour).await.unwrap();
    let open = Config { timeouts: impatient(), ..config(&implicit) };
    let probe = Pool::new(open).unwrap().probe().await;
    assert!(probe.failed().unwrap().fix.as_deref().unwrap().contains("465"), "{probe:?}");

    let plain = Sink::start(Behaviour::default()).await.unwrap();
    let tls =
        Config { host: "localhost".to_owned(), tls: Tls::Implicit, ca_pem: Some(identity.ca_pem), ..config(&plain) };
    let probe = Pool::new(tls).unwrap().probe().await;
    assert!(probe.failed().unwrap().fix.as_deref().unwrap().contains("STARTTLS"), "{probe:?}");

    let gone = config(&plain);
    plain.stop().await;
    let probe = Pool::new(gone).unwrap().probe().await;
    assert_eq!((probe.steps.len(), probe.steps[0].ok), (1, false));
}

#[tokio::test]
async fn a_waiting_message_goes_out_once_when_the_server_recovers() {
    let sink =
        Sink::start(Behaviour::default().with(When::FirstTry, At::Rcpt, reply("451 4.7.1 Greylisted"))).await.unwrap();
    let pool = Pool::new(config(&sink)).unwrap();
    assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Deferred { .. }));
    assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::Accepted { .. }));
    sink.set_rules(vec![Rule { when: When::Always, at: At::Rcpt, act: reply("550 5.1.1 gone") }]);
    assert!(matches!(pool.send(&ada(), MESSAGE).await, Outcome::RefusedPermanent { .. }));
    assert_eq!(sink.counts().accepted, 1);
}

#[test]
fn settings_do_not_show_the_secret() {
    let config = Config::new("h", 25, Tls::None).with_login("ada", SecretString::from("hunter2"));
    assert!(!format!("{config:?} {:?}", Pool::new(config.clone()).unwrap()).contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "measures; run by hand with --nocapture"]
async fn how_many_messages_per_second() {
    let sink = Sink::start(Behaviour { keep: Keep::Ids, ..Behaviour::default() }).await.unwrap();
    let pool = Pool::new(Config { connections: 8, messages_per_connection: 2500, ..config(&sink) }).unwrap();
    let message = [MESSAGE, &b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(80)].concat();
    let message: std::sync::Arc<[u8]> = message.into();
    let started = std::time::Instant::now();
    let sending: Vec<_> = (0..16_u32)
        .map(|worker| {
            let (pool, message) = (pool.clone(), message.clone());
            tokio::spawn(async move {
                for n in 0..1250_u32 {
                    let outcome = pool.send(&to(&format!("c{worker}.{n}@example.com")), &message).await;
                    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome}");
                }
            })
        })
        .collect();
    for worker in sending {
        worker.await.unwrap();
    }
    println!("{:.0} messages per second, client and sink together", 20_000.0 / started.elapsed().as_secs_f64());
    assert_eq!(sink.counts().accepted, 20_000);
}
