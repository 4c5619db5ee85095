//! Plays what a mail server and the recipients do with one campaign, person by person. No I/O.
//!
//! The rules are those of the engine and of tracking: states, reasons and words as they write them, and every hit is
//! judged by `messaging::tracking::rules`, so that a report can be recounted from what is here.

use super::calendar::Calendar;
use super::dice::Dice;
use super::members::Member;
use super::people::{List, Reader};
use super::returns::{self, Return};
use super::store::{Farewell, Hit, Ledger, Moment, Recipient, Unsubscription, Withheld};
use contract::bounces::BounceClass;
use contract::campaigns::RecipientState;
use contract::{CampaignId, Micros, SenderId};
use messaging::tracking::TokenKind;
use messaging::tracking::rules::{Verdict, judge};
use uuid::Uuid;

const SECOND: i64 = 1_000_000;
/// Two messages a second: the sender's limit.
const PACE: i64 = SECOND / 2;
/// Of accepted messages, at the coolest reader.
const LEAVE: f64 = 0.013;
const CLICK: f64 = 0.17;

/// Who is meant.
#[derive(Clone, Debug)]
pub struct Pick {
    /// On any of these lists.
    pub lists: &'static [List],
    /// Or with any of these tags.
    pub tags: &'static [&'static str],
    /// But with none of these.
    pub without: &'static [&'static str],
}

impl Pick {
    fn has(&self, member: &Member) -> bool {
        let tagged = |tags: &[&str]| member.tags.iter().any(|tag| tags.contains(tag));
        let meant = member.lists.iter().any(|list| self.lists.contains(list)) || tagged(self.tags);
        meant && !tagged(self.without)
    }
}

/// A campaign that goes out.
#[derive(Clone, Debug)]
pub struct Sending<'a> {
    /// Which.
    pub campaign: CampaignId,
    /// Its name.
    pub name: &'a str,
    /// Through what.
    pub sender: SenderId,
    /// When everybody was in the ledger.
    pub start: Micros,
    /// Who is meant.
    pub pick: &'a Pick,
    /// How many links it has.
    pub links: usize,
    /// How many of those who get it open it.
    pub pull: f64,
    /// Messages in a row that get no answer.
    pub unanswered: usize,
    /// The share after which the server takes no more.
    pub breaks_at: Option<f64>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Played {
    /// Rows.
    pub ledger: Ledger,
    /// What comes back later, in the order of time.
    pub returns: Vec<Return>,
    /// The last outcome.
    pub last: i64,
}

struct Play<'a> {
    sending: &'a Sending<'a>,
    calendar: &'a Calendar,
    dice: Dice,
    /// Decides what comes back.
    fate: Dice,
    played: Played,
}

/// Plays a campaign; members who leave or bounce remember it for the next one.
pub fn play(sending: &Sending<'_>, members: &mut [Member], calendar: &Calendar, seed: u64) -> Played {
    let mut play = Play { sending, calendar, dice: Dice::new(seed), fate: Dice::new(!seed), played: Played::default() };
    let start = sending.start;
    let meant = |m: &Member| m.created <= start && sending.pick.has(m);
    let all = members.iter().filter(|m| meant(m) && m.left_out(start).is_empty()).count();
    let most = sending.breaks_at.map_or(all, |share| (all as f64 * share) as usize);
    // Where the connection breaks, a third of the way in.
    let silent = all / 3..all / 3 + sending.unanswered;
    let mut turn = 0;
    for member in members.iter_mut().filter(|m| meant(m)) {
        let reason = member.left_out(start);
        let row = if !reason.is_empty() {
            Recipient { reason, settled: Some(start.0), ..blank(member, RecipientState::Skipped) }
        } else if turn >= most {
            blank(member, RecipientState::Pending)
        } else {
            turn += 1;
            play.deliver(member, turn, silent.contains(&turn))
        };
        play.played.ledger.recipients.push(row);
    }
    let mut played = play.played;
    played.ledger.hits.sort_by_key(|hit| hit.at);
    played.ledger.moments.sort_by_key(|moment| moment.at);
    played.returns.sort_by_key(|back| back.at);
    played
}

fn blank(member: &Member, state: RecipientState) -> Recipient {
    Recipient { contact: member.contact, address: member.email.clone(), state: state.as_str(), ..Recipient::default() }
}

impl Play<'_> {
    /// Hands one message over and sees what comes of it.
    fn deliver(&mut self, member: &mut Member, turn: usize, is_silent: bool) -> Recipient {
        let turn = i64::try_from(turn).unwrap_or(i64::MAX);
        let first = self.sending.start.0 + 2 * SECOND + turn * PACE + self.dice.between(0, 120_000);
        let is_deferred = self.dice.chance(0.012);
        let handed = if is_deferred { first + 61 * SECOND } else { first };
        let settled = handed + self.dice.between(140_000, 900_000);
        let (state, reason, detail) = self.answer(member, is_silent);
        let mut row = Recipient {
            reason,
            detail,
            attempts: if is_deferred { 2 } else { 1 },
            epoch: if is_deferred { 2 } else { 1 },
            attempt: Some(Uuid::from_u64_pair(self.dice.next(), self.dice.next())),
            message: Some(format!("{}@emberfold.example", self.dice.hex(32))),
            sender: Some(self.sending.sender.0),
            claimed: Some(first),
            handed: Some(handed),
            settled: Some(settled),
            ..blank(member, state)
        };
        self.played.last = self.played.last.max(settled);
        match state {
            RecipientState::Accepted => {
                self.moment(member, "sent", format!("Sent “{}”", self.sending.name), String::new(), settled);
                if !self.comes_back(member, &row, handed) {
                    self.react(member, &mut row, handed);
                }
            }
            RecipientState::Failed => {
                self.moment(
                    member,
                    "failed",
                    format!("“{}” was refused", self.sending.name),
                    row.detail.clone(),
                    settled,
                );
                if row.reason == "hard" {
                    self.withhold(member, "bounced", settled);
                }
            }
            _ => {}
        }
        row
    }

    /// What the server says.
    fn answer(&mut self, member: &Member, is_silent: bool) -> (RecipientState, &'static str, String) {
        use RecipientState::{Accepted, Failed, Unknown};
        if is_silent {
            return (Unknown, "lost", "connection closed before the server answered".into());
        }
        let address = member.email.as_deref().unwrap_or_default();
        // Those who care keep their address in order.
        let luck = if member.keen > 0.8 { 1000 } else { self.dice.below(1000) };
        match luck {
            0..5 => (Failed, "hard", format!("550 5.1.1 <{address}>: there is no such mailbox")),
            5..8 => (Failed, "hard", "550 5.1.2 the domain has no mail server".into()),
            8..10 => (Failed, "soft", "552 5.2.2 the mailbox is full".into()),
            10..11 => (Failed, "block", "554 5.7.1 refused by the policy of this server".into()),
            _ => (Accepted, "", format!("250 2.0.0 queued as {}", self.dice.hex(10).to_uppercase())),
        }
    }

    /// What the machines and the person at the other end do.
    fn react(&mut self, member: &mut Member, row: &mut Recipient, handed: i64) {
        let place = self.dice.hex(16);
        self.machines(member, row, handed, &place);
        let looks = self.dice.chance((self.sending.pull * (0.35 + 1.3 * member.keen)).min(0.95));
        let at = self.when(handed);
        if looks && self.is_past(at) {
            let seen_by = if member.reader == Reader::Proxy { PROXY } else { self.dice.word(&PEOPLE) };
            if member.reader != Reader::Prefetch {
                self.open(member, row, seen_by, &place, at);
            }
            if self.dice.chance(CLICK * (0.4 + 1.2 * member.keen)) {
                let later = self.dice.between(6, 240) * SECOND;
                self.follow(member, row, &place, at + later);
            }
        }
        if member.left.is_none() && self.dice.chance(LEAVE * (1.0 - member.keen)) {
            let later = self.dice.between(15, 120) * SECOND;
            self.leave(member, row, at + later);
        } else if self.dice.chance(0.0009) {
            self.complain(member, row, at);
        }
    }

    /// Whether the message is returned after all; an automatic answer does not keep anybody from reading.
    fn comes_back(&mut self, member: &mut Member, row: &Recipient, handed: i64) -> bool {
        let (Some(address), Some(message)) = (member.email.clone(), row.message.clone()) else { return false };
        let cares = member.keen > 0.8;
        let Some(back) = returns::throw(&mut self.fate, cares, address, message, handed) else { return false };
        if !self.is_past(back.at) {
            return false;
        }
        let is_return = back.class.is_return();
        if back.class == BounceClass::Hard {
            member.withheld = Some(Micros(back.at));
        }
        self.played.returns.push(back);
        is_return
    }

    fn complain(&mut self, member: &mut Member, row: &Recipient, at: i64) {
        let (Some(address), Some(message)) = (member.email.clone(), row.message.clone()) else { return };
        if member.withheld.is_none() && self.is_past(at) {
            self.played.returns.push(returns::complaint(address, message, at));
            member.withheld = Some(Micros(at));
        }
    }

    fn machines(&mut self, member: &Member, row: &mut Recipient, handed: i64, place: &str) {
        let (agent, at) = match member.reader {
            Reader::Prefetch => ("Mozilla/5.0", handed + self.dice.between(2, 40) * SECOND),
            Reader::Scanned => (SCANNER, handed + self.dice.between(300_000, 4_000_000)),
            Reader::Proxy | Reader::Plain => return,
        };
        if !self.is_past(at) {
            return;
        }
        self.hit(member, row, TokenKind::Open, -1, agent, place, at);
        row.machine = Some(at);
        if member.reader == Reader::Scanned {
            for link in 0..self.sending.links {
                let at = at + (i64::try_from(link).unwrap_or(0) + 1) * 180_000;
                self.hit(member, row, TokenKind::Click, i64::try_from(link).unwrap_or(0), agent, place, at);
            }
        }
    }

    fn open(&mut self, member: &Member, row: &mut Recipient, agent: &'static str, place: &str, at: i64) {
        if self.hit(member, row, TokenKind::Open, -1, agent, place, at) == Verdict::Person {
            row.opened = Some(at);
            self.moment(member, "opened", format!("Opened {}", self.sending.name), String::new(), at);
        }
        let again = at + (self.dice.wait(6.0 * 3600.0) as i64 + 60) * SECOND;
        if self.dice.chance(0.28) && self.is_past(again) {
            self.hit(member, row, TokenKind::Open, -1, agent, place, again);
        }
    }

    fn follow(&mut self, member: &Member, row: &mut Recipient, place: &str, at: i64) {
        let links = u32::try_from(self.sending.links).unwrap_or(0);
        if !self.is_past(at) || links == 0 {
            return;
        }
        let agent = self.dice.word(&PEOPLE);
        for step in 0..=i64::from(self.dice.chance(0.2)) {
            let at = at + step * 45 * SECOND;
            let link = self.dice.weighted((0..links).map(|n| 60 / (n + 1)));
            if self.is_past(at) {
                self.hit(member, row, TokenKind::Click, i64::try_from(link).unwrap_or(0), agent, place, at);
            }
        }
        if row.opened.is_none() {
            row.opened = Some(at);
            self.moment(member, "opened", format!("Opened {}", self.sending.name), String::new(), at);
        }
        row.clicked = Some(at);
        self.moment(member, "clicked", format!("Clicked a link in {}", self.sending.name), String::new(), at);
    }

    fn leave(&mut self, member: &mut Member, row: &mut Recipient, at: i64) {
        if !self.is_past(at) {
            return;
        }
        let one_click = self.dice.chance(0.4);
        let reason = if one_click { "" } else { self.dice.word(&WHY) };
        let detail = if reason.is_empty() { "unsubscribe link".into() } else { format!("unsubscribe link: {reason}") };
        let ledger = &mut self.played.ledger;
        ledger.unsubscriptions.push(Unsubscription { contact: member.contact, at, one_click, reason });
        ledger.farewells.push(Farewell { contact: member.contact, at, source: "unsubscribe link".into(), detail });
        row.unsubscribed = Some(at);
        member.left = Some(Micros(at));
    }

    fn withhold(&mut self, member: &mut Member, reason: &'static str, at: i64) {
        let Some(address) = member.email.clone().filter(|_| member.withheld.is_none() && self.is_past(at)) else {
            return;
        };
        let source = format!("campaign {}", self.sending.name);
        self.played.ledger.withheld.push(Withheld { address, reason, source, at });
        member.withheld = Some(Micros(at));
    }

    #[expect(clippy::too_many_arguments, reason = "a hit has that many parts")]
    fn hit(
        &mut self,
        member: &Member,
        row: &Recipient,
        kind: TokenKind,
        link: i64,
        agent: &'static str,
        place: &str,
        at: i64,
    ) -> Verdict {
        let (verdict, reason) = judge(kind, agent, row.handed, at);
        self.played.ledger.hits.push(Hit {
            contact: member.contact,
            kind: if link < 0 { "open" } else { "click" },
            link,
            at,
            agent,
            place: place.to_owned(),
            verdict: verdict.as_str(),
            reason,
        });
        verdict
    }

    fn moment(&mut self, member: &Member, kind: &'static str, title: String, detail: String, at: i64) {
        let href = format!("/campaigns/{}", self.sending.campaign);
        self.played.ledger.moments.push(Moment { contact: member.contact, kind, title, detail, href, at });
    }

    /// When somebody looks: most within hours, some after a day or two, hardly anybody at night.
    fn when(&mut self, handed: i64) -> i64 {
        let seconds = match self.dice.below(100) {
            0..45 => 40.0 + self.dice.wait(1.4 * 3600.0),
            45..80 => self.dice.wait(8.0 * 3600.0),
            _ => self.dice.wait(30.0 * 3600.0),
        };
        let at = handed + (seconds.max(25.0) * SECOND as f64) as i64;
        let hour = i64::from(self.calendar.hour(Micros(at)));
        if hour >= 6 { at } else { at + ((6 - hour) * 3600 + self.dice.between(0, 9_000)) * SECOND }
    }

    fn is_past(&self, at: i64) -> bool {
        at < self.calendar.now.0
    }
}

const PROXY: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const SCANNER: &str = "Mozilla/5.0 (compatible; Barracuda Sentinel)";
const PEOPLE: [&str; 6] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Thunderbird/133.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
];
const WHY: [&str; 6] =
    ["", "", "", "Too many emails", "I moved and cannot collect orders any more", "I only wanted the workshop"];
