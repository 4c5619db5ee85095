//! What came back after a server had taken it, and who complained: thrown here, taken in by the intake that also takes
//! what mailboxes and hooks tell, so that marks, timelines and withheld addresses are those of the real thing.

use super::calendar::Calendar;
use super::dice::Dice;
use super::house::House;
use super::store;
use crate::wiring::App;
use anyhow::Result;
use contract::accounts::Secret;
use contract::bounces::{AfterRead, BounceClass, BounceRules, HookDraft, HookKind, MailboxDraft, MailboxKind};
use contract::senders::TlsMode;
use contract::{HookId, MailboxId, Micros};
use kernel::TestClock;
use messaging::bounces::intake::{Desk, Item, Source};

/// Days since Lux learns of what comes back.
const DAYS: i64 = 84;
/// Minutes since the mailbox was read last.
const READ: i64 = 38;
/// Where returned messages go.
const ADDRESS: &str = "returns@emberfold.example";
/// Where the mailbox is, which does not exist.
const HOST: &str = "imap.emberfold.example";
const SECOND: i64 = 1_000_000;

/// Something that comes back.
#[derive(Clone, Debug)]
pub struct Return {
    /// What it says.
    pub class: BounceClass,
    address: String,
    /// Message-ID.
    message: String,
    code: &'static str,
    words: String,
    /// When it is told.
    pub at: i64,
}

/// What comes back of an accepted message, if anything does. Who cares keeps their address in order.
pub fn throw(dice: &mut Dice, cares: bool, address: String, message: String, handed: i64) -> Option<Return> {
    use BounceClass::{AutoReply, Block, Hard, Ignore, Soft};
    let who = address.split('@').next().unwrap_or_default();
    let (class, code, words, least, mean) = match dice.below(1000) {
        0..4 if !cares => (Hard, "5.1.1", format!("550 5.1.1 <{address}>: recipient unknown"), 3, 90.0),
        4..6 if !cares => (Hard, "5.1.10", "550 5.1.10 the mailbox was closed by its owner".into(), 3, 90.0),
        6..10 if !cares => (Soft, "5.2.2", "552 5.2.2 the mailbox is full".into(), 4 * 3600, 26_000.0),
        10..12 => (Soft, "4.4.1", "the server did not answer for five days".into(), 86_400, 40_000.0),
        12..14 => (Block, "5.7.1", "554 5.7.1 refused: too much mail like this today".into(), 4, 60.0),
        14..15 => (Ignore, "5.3.4", "552 5.3.4 the message is larger than this server takes".into(), 4, 60.0),
        15..22 => (AutoReply, "", format!("Out of office: {who} is back on Monday"), 8, 120.0),
        _ => return None,
    };
    let at = handed + (least + dice.wait(mean) as i64) * SECOND;
    Some(Return { class, address, message, code, words, at })
}

/// Somebody reported a message as spam.
pub fn complaint(address: String, message: String, at: i64) -> Return {
    Return { class: BounceClass::Complaint, address, message, code: "abuse", words: String::new(), at }
}

/// Where Lux learns of it, and how often it did.
#[derive(Debug)]
pub struct Doors {
    mailbox: MailboxId,
    hook: HookId,
    reports: i64,
    events: i64,
    /// The last call of the hook.
    called: Option<i64>,
}

/// Adds the mailbox and the hook.
pub async fn open(app: &App, clock: &TestClock, calendar: &Calendar, house: &House) -> Result<Doors> {
    clock.set(calendar.back(DAYS));
    let mailbox = MailboxDraft {
        name: "Returns".into(),
        kind: MailboxKind::Imap,
        host: HOST.into(),
        port: 993,
        tls: TlsMode::Tls,
        user: ADDRESS.into(),
        secret: Some(Secret(app.backend.ids.token())),
        folder: String::new(),
        after: AfterRead::Move,
        move_to: "Read by Lux".into(),
        // Seldom, since the first look by itself will not find it.
        minutes: 1_440,
        return_address: ADDRESS.into(),
        senders: vec![house.sender],
        active: true,
    };
    let hook =
        HookDraft { name: "Complaints, feedback loops".into(), kind: HookKind::Generic, secret: None, keep_old: false };
    Ok(Doors {
        mailbox: app.bounces.create_mailbox(&house.system, mailbox).await?.id,
        hook: app.bounces.create_hook(&house.system, hook).await?.hook.id,
        reports: 0,
        events: 0,
        called: None,
    })
}

impl Doors {
    /// Takes in what came back of a campaign, each at its time.
    pub async fn take(&mut self, app: &App, house: &House, returns: Vec<Return>) -> Result<()> {
        let parts = &app.backend.engine;
        let mut tx = app.db.begin(house.company).await?;
        for back in returns {
            let is_complaint = back.class == BounceClass::Complaint;
            let source = match is_complaint {
                true => Source { kind: "hook", id: self.hook.0, name: "Complaints, feedback loops".into() },
                false => Source { kind: "mailbox", id: self.mailbox.0, name: "Returns".into() },
            };
            let desk = Desk {
                company: house.company,
                audience: &*parts.audience,
                ids: &*parts.ids,
                source,
                is_trusted: is_complaint,
                rules: BounceRules::default(),
                now: Micros(back.at),
            };
            let item = Item {
                dedupe: format!("demo:{}:{}", back.class.as_str(), back.message),
                class: back.class,
                addresses: vec![back.address],
                row: None,
                message_id: Some(back.message),
                attempt: None,
                code: back.code.into(),
                words: back.words,
                at: Micros(back.at),
            };
            let new = desk.take(&mut tx, &[item]).await?;
            if is_complaint {
                self.events += new;
                self.called = self.called.max(Some(back.at));
            } else {
                self.reports += new;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Writes how often they told something.
    pub async fn close(self, app: &App, calendar: &Calendar, house: &House) -> Result<()> {
        let mut tx = app.db.begin(house.company).await?;
        let read = calendar.now.plus_seconds(-READ * 60);
        store::set_mailbox(&mut tx, house.company, self.mailbox, self.reports, read).await?;
        if let Some(called) = self.called {
            store::set_hook(&mut tx, house.company, self.hook, self.events, Micros(called)).await?;
        }
        Ok(tx.commit().await?)
    }
}
