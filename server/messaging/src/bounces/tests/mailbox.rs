//! Mailboxes that are read.

use super::*;
use crate::bounces::jobs::ReadMailbox;
use crate::bounces::returns::Returns;
use crate::senders::{self, Settings, Transports};
use contract::MailboxId;
use contract::accounts::Secret;
use contract::senders::{SenderDraft, Senders};

fn draft() -> MailboxDraft {
    MailboxDraft {
        name: "Returns".into(),
        kind: MailboxKind::Imap,
        host: "imap.acme.example".into(),
        port: 993,
        tls: TlsMode::Tls,
        user: "bounce".into(),
        secret: Some(Secret("pa55 of the mailbox".into())),
        folder: String::new(),
        after: AfterRead::Mark,
        move_to: String::new(),
        minutes: 5,
        return_address: "bounce@mail.acme.example".into(),
        senders: Vec::new(),
        active: true,
    }
}

/// A delivery report, sent to `to`, about a message to `address`.
fn report(id: &str, to: &str, address: &str, message_id: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"

--b1
Content-Type: text/plain

I am sorry.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b1
Content-Type: text/rfc822-headers

From: Acme <news@acme.example>
To: {address}
Subject: News
Message-ID: <{message_id}>

--b1--
"
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

impl Stage {
    fn put(&self, id: &str, raw: Vec<u8>) {
        self.letters.letters.lock().unwrap().push((id.into(), raw));
    }

    async fn look(&self, id: MailboxId) {
        self.reader.look(self.world.company, id).await.unwrap();
    }

    async fn mailbox(&self) -> contract::bounces::BounceMailbox {
        self.service.setup(&self.world.actor).await.unwrap().mailboxes.remove(0)
    }
}

testkit::both! {
    async fn reports_are_read_once_and_letters_of_people_are_left_alone(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(3).await;
        let made = stage.service.create_mailbox(&stage.world.actor, draft()).await.unwrap();
        assert_eq!((made.state.as_str(), &made.draft.secret), ("new", &None));
        let rows = stage.rows(id).await;
        let froms = stage.world.server.froms.lock().unwrap().clone();
        let company = stage.world.company;
        let mark = froms.iter().find(|from| token::row_of(&stage.vault, company, from) == Some(rows[0].id)).unwrap();
        stage.put("1", report("r1", mark, "hidden@elsewhere.example", "other@x.example"));
        stage.put("2", report("r2", "news@acme.example", "p1@example.com", &rows[1].message_id));
        stage.put("3", b"From: Mette <mette@example.com>\r\nSubject: Hello\r\n\r\nHow are you?\r\n".to_vec());
        stage.put("4", report("r4", "news@acme.example", "p2@example.com", "forged@x.example"));
        stage.look(made.id).await;
        stage.look(made.id).await;
        let marks: Vec<bool> = stage.rows(id).await.iter().map(|row| row.bounced_at.is_some()).collect();
        assert_eq!(marks, [true, true, false]);
        assert_eq!(stage.withheld(), [word("p0@example.com", "bounced"), word("p1@example.com", "bounced")]);
        assert_eq!(*stage.letters.tidied.lock().unwrap(), ["1", "2", "4"]);
        let seen = stage.mailbox().await;
        assert_eq!((seen.state.as_str(), seen.letters, seen.reports, seen.checked), ("good", 4, 3, Some(stage.now())));
        assert_eq!(stage.list().await.len(), 3);
        // The same report in another copy of the mailbox.
        stage.put("5", report("r2", "news@acme.example", "p1@example.com", &rows[1].message_id));
        stage.look(made.id).await;
        assert_eq!((stage.list().await.len(), stage.withheld().len()), (3, 2));
    }

    async fn a_mailbox_that_cannot_be_read_says_why(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create_mailbox(&stage.world.actor, draft()).await.unwrap();
        *stage.letters.trouble.lock().unwrap() = Some(Failure::permanent(connect::Kind::Auth, "imap", "login"));
        stage.look(made.id).await;
        let seen = stage.mailbox().await;
        assert_eq!((seen.state.as_str(), seen.detail.as_str()), ("failing", "The server refuses user or password."));
        let steps = stage.service.test_mailbox(&stage.world.actor, Some(made.id), MailboxDraft { secret: None, ..draft() }).await.unwrap();
        assert!(!steps[0].ok, "{steps:?}");
        *stage.letters.trouble.lock().unwrap() = None;
        let steps = stage.service.test_mailbox(&stage.world.actor, None, draft()).await.unwrap();
        assert!(steps[0].ok, "{steps:?}");
        stage.look(made.id).await;
        assert_eq!(stage.mailbox().await.state, "good");
    }

    async fn mailboxes_are_put_into_the_queue_in_their_time(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create_mailbox(&stage.world.actor, draft()).await.unwrap();
        let mut registry = ::jobs::Registry::new();
        crate::bounces::jobs::register(&mut registry, stage.reader.clone());
        let runner = ::jobs::Runner::new(stage.parts.db.clone(), Arc::clone(&stage.parts.clock), Arc::clone(&stage.parts.ids), registry);
        runner.run_until_idle().await.unwrap();
        stage.service.read_mailbox(&stage.world.actor, made.id).await.unwrap();
        runner.run_until_idle().await.unwrap();
        assert_eq!(stage.mailbox().await.checked, Some(stage.now()));
        assert_eq!(<ReadMailbox as ::jobs::Job>::NAME, "bounces.read-mailbox");
        let mut tx = stage.parts.db.read(Scope::System).await.unwrap();
        let later = |seconds| stage.now().plus_seconds(seconds);
        assert_eq!(sources::due(&mut tx, later(299)).await.unwrap(), []);
        assert_eq!(sources::due(&mut tx, later(300)).await.unwrap(), [(stage.world.company, made.id)]);
    }

    async fn only_senders_of_a_mailbox_that_is_read_get_its_return_address(db: Db) {
        let stage = Stage::new(db);
        let (actor, company) = (&stage.world.actor, stage.world.company);
        let settings = Settings::new("lux.example", Arc::clone(&stage.parts.clock));
        let transports = Transports::new(stage.parts.db.clone(), stage.vault.clone(), settings);
        let (clock, ids) = (Arc::clone(&stage.parts.clock), Arc::clone(&stage.parts.ids));
        let people = Arc::clone(&stage.parts.audience);
        let senders = senders::Service::new(stage.parts.db.clone(), stage.vault.clone(), clock, ids, transports, people);
        let draft_of = |name: &str| SenderDraft {
            name: name.into(),
            host: "127.0.0.1".into(),
            port: 2525,
            tls: TlsMode::None,
            from_email: "news@example.com".into(),
            pool: 2,
            ..SenderDraft::default()
        };
        let with = senders.create(actor, draft_of("With")).await.unwrap().id;
        let without = senders.create(actor, draft_of("Without")).await.unwrap().id;
        let made = stage.service.create_mailbox(actor, MailboxDraft { senders: vec![with], ..draft() }).await.unwrap();
        assert_eq!(made.draft.senders, [with]);
        let from = connect::email::address::normalise("news@example.com").unwrap();
        // What a node knows of a sender it knows for a while, so each look is by another node.
        let asked = async |company, sender| {
            Returns::new(stage.parts.db.clone(), stage.vault.clone()).address(company, sender, 42, &from).await
        };
        let address = asked(company, with).await;
        assert_eq!((token::row_of(&stage.vault, company, address.as_str()), address.domain()), (Some(42), "mail.acme.example"));
        assert_eq!(asked(company, without).await, from);
        assert_eq!(asked(testkit::company(2), with).await, from);
        let off = MailboxDraft { senders: vec![with], active: false, secret: None, ..draft() };
        stage.service.update_mailbox(actor, made.id, off).await.unwrap();
        assert_eq!(asked(company, with).await, from);
    }

    async fn a_stored_secret_goes_to_no_other_server(db: Db) {
        let stage = Stage::new(db);
        let made = stage.service.create_mailbox(&stage.world.actor, draft()).await.unwrap();
        let elsewhere = MailboxDraft { host: "imap.evil.example".into(), secret: None, ..draft() };
        let moved = stage.service.update_mailbox(&stage.world.actor, made.id, elsewhere).await;
        assert!(matches!(moved, Err(Fault::Invalid { .. })), "{moved:?}");
        let renamed = MailboxDraft { name: "Back".into(), secret: None, ..draft() };
        assert_eq!(stage.service.update_mailbox(&stage.world.actor, made.id, renamed).await.unwrap().draft.name, "Back");
        let twice = stage.service.create_mailbox(&stage.world.actor, MailboxDraft { name: "Back".into(), ..draft() }).await;
        assert!(matches!(twice, Err(Fault::Invalid { .. })), "{twice:?}");
        let other = Actor::system(testkit::company(2));
        assert!(matches!(stage.service.delete_mailbox(&other, made.id).await, Err(Fault::Missing { .. })));
        assert!(matches!(stage.service.read_mailbox(&other, made.id).await, Err(Fault::Missing { .. })));
        stage.service.delete_mailbox(&stage.world.actor, made.id).await.unwrap();
        assert!(stage.service.setup(&stage.world.actor).await.unwrap().mailboxes.is_empty());
    }
}
