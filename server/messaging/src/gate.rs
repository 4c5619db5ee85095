//! The one gate: nothing reaches a transport that did not pass here.
//!
//! [`Gate::check`] runs inside the transaction that writes the intents, so what it decides and what is written are one
//! commit: the campaign is still sending, each person still agrees and is not withheld, the sender has room. What passes
//! gets a [`Pass`], and only a pass can be handed over: it is the only road to [`Transport::send`] in this crate.
//! Approval, toggles, the emergency stop, quotas and quiet hours belong here and nowhere else.

mod rooms;
mod timing;

pub use timing::Timing;

use crate::brake::{self, Closed};
use crate::campaigns::pacing::{Allowed, judge_cap, today};
use crate::campaigns::store::caps as store;
use crate::engine::outlet::{Grant, Outlets};
use crate::ports::{Audience, Person};
use connect::email::{Address, Envelope, Outcome, Transport};
use contract::campaigns::{CampaignState, CapRule, Caps};
use contract::contacts::ConsentState;
use contract::sending::{Pace, Policy};
use contract::{CampaignId, CompanyId, ContactId, Micros, SenderId};
use kernel::{DbError, Tx};
use rooms::Rooms;
use std::collections::HashMap;
use std::sync::Arc;

kernel::sql! {
    // A lock that waits for nobody's read and holds off pause and cancel until the intents are written.
    STATE = sqlite "SELECT c.state, f.caps, w.sender_id IS NOT NULL, c.started_at
        FROM campaign c
        LEFT JOIN frequency_cap f ON f.company_id = c.company_id
        LEFT JOIN warm_up w ON w.company_id = c.company_id AND w.sender_id = $3
        WHERE c.company_id = $1 AND c.id = $2",
    postgres "SELECT c.state, f.caps, w.sender_id IS NOT NULL, c.started_at
        FROM campaign c
        LEFT JOIN frequency_cap f ON f.company_id = c.company_id
        LEFT JOIN warm_up w ON w.company_id = c.company_id AND w.sender_id = $3
        WHERE c.company_id = $1 AND c.id = $2
        FOR SHARE OF c";
}

/// Who asks to mail whom through what.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Whose mail.
    pub company: CompanyId,
    /// What for.
    pub purpose: Purpose,
    /// Through what.
    pub sender: SenderId,
    /// Whom, with the address of the ledger.
    pub to: &'a [(ContactId, Address)],
    /// The campaign's own pace.
    pub pace: Option<Pace>,
    /// The campaign's hours, and its say about the frequency cap.
    pub timing: Option<&'a Timing>,
    /// Limits of recipient domains.
    pub policy: Option<&'a Policy>,
    /// Now.
    pub now: Micros,
}

impl<'a> Request<'a> {
    /// For tests of a campaign or a sender, which keep to the sender's limits alone.
    pub fn test(company: CompanyId, sender: SenderId, to: &'a [(ContactId, Address)], now: Micros) -> Self {
        Self { company, purpose: Purpose::Test, sender, to, pace: None, timing: None, policy: None, now }
    }
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A campaign's message to a recipient.
    Campaign(CampaignId),
    /// A test to an address that a member of the company typed.
    Test,
    /// A single message that a program asked for: no consent is needed, but the address must work.
    Message,
}

/// The right to hand one message over. Made by the gate only; used up by handing over.
#[derive(Debug)]
pub struct Pass {
    to: Address,
    _made_by_the_gate: (),
}

impl Pass {
    /// Where it goes.
    pub fn to(&self) -> &Address {
        &self.to
    }

    /// Hands the message over.
    pub async fn hand_over(self, transport: &dyn Transport, from: &Address, message: &[u8]) -> Outcome {
        let envelope = Envelope { from: from.clone(), to: self.to };
        transport.send(&envelope, message).await
    }
}

/// What the gate says about one person.
#[derive(Debug)]
pub enum Verdict {
    /// May be mailed now.
    Go(Pass, Box<Person>),
    /// Is left out: code and details.
    Skip(&'static str, String),
    /// Not now: the sender has no room before then.
    Wait(Micros),
    /// Not this one now: their window is closed, or they had enough messages, until then.
    Later(Micros),
    /// Not now: the campaign's own pace has no room before then.
    Paced(Micros),
    /// Not now: the recipient's domain has no room before then.
    Crowded(Micros),
}

/// The gate's answer.
#[derive(Debug)]
pub enum Answer {
    /// The campaign is not sending: nobody is mailed.
    Stopped,
    /// The brake is closed: nobody is mailed.
    Braked(Closed),
    /// One verdict per person, in the order asked.
    Open(Vec<Verdict>),
}

/// The gate.
#[derive(Clone)]
pub struct Gate {
    audience: Arc<dyn Audience>,
    outlets: Arc<dyn Outlets>,
}

impl Gate {
    /// Asks these.
    pub fn new(audience: Arc<dyn Audience>, outlets: Arc<dyn Outlets>) -> Self {
        Self { audience, outlets }
    }

    /// Decides, inside the transaction that will write the intents.
    ///
    /// # Errors
    /// When the database fails; then nothing may be handed over.
    pub async fn check(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Answer, DbError> {
        brake::store::lock_for_sending(tx).await?;
        if let Some(closed) = brake::store::closed(tx, request.company).await? {
            return Ok(Answer::Braked(closed));
        }
        match request.purpose {
            Purpose::Campaign(id) => {
                let Some(standing) = standing(tx, request, id).await? else {
                    return Ok(Answer::Stopped);
                };
                self.recipients(tx, request, id, &standing).await.map(Answer::Open)
            }
            Purpose::Test => self.tests(tx, request).await.map(Answer::Open),
            Purpose::Message => self.single(tx, request).await.map(Answer::Open),
        }
    }

    async fn recipients(
        &self,
        tx: &mut Tx,
        request: &Request<'_>,
        id: CampaignId,
        standing: &Standing,
    ) -> Result<Vec<Verdict>, DbError> {
        let ids: Vec<ContactId> = request.to.iter().map(|(contact, _)| *contact).collect();
        let people = self.audience.people(tx, request.company, &ids).await?;
        let mut people: HashMap<ContactId, Person> = people.into_iter().map(|p| (p.contact, p)).collect();
        let mut judged: Vec<_> =
            request.to.iter().map(|(contact, address)| judge(people.remove(contact), address)).collect();
        let mut later = request.timing.map(|timing| timing.closed(&judged, request.now)).unwrap_or_default();
        self.cap(tx, request, id, standing, &mut judged, &mut later).await?;
        let goes = |j: &Judged| j.as_ref().is_ok_and(|person| !later.contains_key(&person.contact));
        let wanted: Vec<&Address> =
            judged.iter().zip(request.to).filter(|(j, _)| goes(j)).map(|(_, (_, to))| to).collect();
        let mut rooms = Rooms::look(tx, request, &wanted).await?;
        let fits = rooms.fits(&wanted);
        let mut room = self.room(tx, request, fits, standing.is_warming).await?;
        let verdict = |(judged, (_, to)): (Judged, &(ContactId, Address))| {
            let person = match judged {
                Err((code, detail)) => return Verdict::Skip(code, detail),
                Ok(person) => person,
            };
            if let Some(at) = later.get(&person.contact) {
                return Verdict::Later(*at);
            }
            if let Some(wait) = rooms.full(to) {
                return wait;
            }
            if room.granted == 0 {
                return Verdict::Wait(room.next);
            }
            room.granted -= 1;
            rooms.take(to);
            Verdict::Go(Pass { to: to.clone(), _made_by_the_gate: () }, person)
        };
        let verdicts = judged.into_iter().zip(request.to).map(verdict).collect();
        rooms.settle(tx, request).await?;
        Ok(verdicts)
    }

    /// Addresses that bounced for good or complained get nothing; the rest is as for tests.
    async fn single(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Vec<Verdict>, DbError> {
        for (_, to) in request.to {
            let why = self.audience.withheld(tx, request.company, to.as_str()).await?;
            if let Some(why) = why.filter(|why| why != "unsubscribed") {
                return Ok(request.to.iter().map(|_| Verdict::Skip("suppressed", why.clone())).collect());
            }
        }
        self.tests(tx, request).await
    }

    /// Applies the company's frequency caps, counted in this transaction; people it counts are decided on nowhere else
    /// until it ends.
    async fn cap(
        &self,
        tx: &mut Tx,
        request: &Request<'_>,
        id: CampaignId,
        standing: &Standing,
        judged: &mut [Judged],
        later: &mut HashMap<ContactId, Micros>,
    ) -> Result<(), DbError> {
        let caps = &standing.caps;
        let rule = request.timing.map(|timing| timing.cap).unwrap_or_default();
        if caps.rules.is_empty() || rule == CapRule::Exempt {
            return Ok(());
        }
        let asked: Vec<ContactId> = judged
            .iter()
            .filter_map(|j| j.as_ref().ok().map(|person| person.contact))
            .filter(|contact| !later.contains_key(contact))
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let since = request.now.plus_seconds(-store::longest(&caps.rules));
        let with_reserved = rule == CapRule::Apply;
        let mailed = store::mailed(tx, request.company, id, &asked, since, with_reserved).await?;
        let none = store::Mailed::default();
        for judged in judged.iter_mut() {
            let Some(contact) = judged.as_ref().ok().map(|person| person.contact) else { continue };
            if later.contains_key(&contact) {
                continue;
            }
            let mailed = mailed.get(&contact).unwrap_or(&none);
            match judge_cap(caps, rule, mailed, standing.started, request.now) {
                Allowed::Now => {}
                Allowed::From(at) => {
                    later.insert(contact, at);
                }
                Allowed::No => {
                    let had = mailed.handed.len();
                    *judged = Err(("frequency_cap", format!("{had} messages lately")));
                }
            }
        }
        Ok(())
    }

    async fn tests(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Vec<Verdict>, DbError> {
        let mut room = self.room(tx, request, request.to.len(), false).await?;
        let verdict = |(contact, to): &(ContactId, Address)| {
            if room.granted == 0 {
                return Verdict::Wait(room.next);
            }
            room.granted -= 1;
            let person = crate::render::example_person(&[]);
            Verdict::Go(
                Pass { to: to.clone(), _made_by_the_gate: () },
                Box::new(Person { contact: *contact, ..person }),
            )
        };
        Ok(request.to.iter().map(verdict).collect())
    }

    async fn room(
        &self,
        tx: &mut Tx,
        request: &Request<'_>,
        wanted: usize,
        is_warming: bool,
    ) -> Result<Grant, DbError> {
        let none = Grant { granted: 0, next: request.now };
        let Some(wanted) = u32::try_from(wanted).ok().filter(|wanted| *wanted > 0) else { return Ok(none) };
        let (allowed, next) = match is_warming {
            true => warm(tx, request).await?,
            false => (u32::MAX, request.now),
        };
        if allowed == 0 {
            return Ok(Grant { granted: 0, next });
        }
        let grant = self.outlets.grant(tx, request.company, request.sender, wanted.min(allowed), request.now).await?;
        // Where the warm-up was the narrower one, it says when more may go.
        Ok(if grant.granted == allowed && allowed < wanted { Grant { next, ..grant } } else { grant })
    }
}

/// What is left of the day's limit of a sender that is warmed up, and when to look again.
async fn warm(tx: &mut Tx, request: &Request<'_>) -> Result<(u32, Micros), DbError> {
    let warm_up = store::lock_warm_up(tx, request.company, request.sender).await?;
    let Some((limit, begins, ends)) = warm_up.and_then(|w| today(&w, request.now)) else {
        return Ok((u32::MAX, request.now));
    };
    let used = store::handed_by(tx, request.company, request.sender, begins).await?;
    // Somebody may change or end it meanwhile, so it is looked at again before the day ends.
    let next = ends.min(request.now.plus_seconds(600));
    Ok((u32::try_from((limit - used).max(0)).unwrap_or(u32::MAX), next))
}

/// What the gate has to know about a campaign that is sending.
struct Standing {
    caps: Caps,
    is_warming: bool,
    started: Micros,
}

async fn standing(tx: &mut Tx, request: &Request<'_>, id: CampaignId) -> Result<Option<Standing>, DbError> {
    let query = tx.query(STATE).bind(request.company.0).bind(id.0).bind(request.sender.0);
    let found: Option<(String, Option<String>, bool, Option<i64>)> = query.fetch_optional().await?;
    let Some((_, caps, is_warming, started)) = found.filter(|f| f.0 == CampaignState::Sending.as_str()) else {
        return Ok(None);
    };
    let wrong = |_| DbError::Inconsistency { table: "frequency_cap", column: "caps", row: request.company.to_string() };
    let caps = caps.map_or(Ok(Caps::default()), |text| serde_json::from_str(&text).map_err(wrong))?;
    Ok(Some(Standing { caps, is_warming, started: started.map_or(request.now, Micros) }))
}

/// The person, or why not: code and details.
type Judged = Result<Box<Person>, (&'static str, String)>;

/// Whether a person may be mailed at this address now.
fn judge(person: Option<Person>, address: &Address) -> Judged {
    let Some(person) = person else {
        return Err(("deleted", String::new()));
    };
    match person.consent {
        ConsentState::Subscribed => {}
        ConsentState::Unsubscribed => return Err(("unsubscribed", String::new())),
        ConsentState::None => return Err(("no_consent", String::new())),
    }
    match person.suppressed.as_deref() {
        None => {}
        Some("unsubscribed") => return Err(("unsubscribed", String::new())),
        Some(reason) => return Err(("suppressed", reason.to_owned())),
    }
    match connect::email::address::normalise(&person.email) {
        Ok(now) if now == *address => Ok(Box::new(person)),
        _ => Err(("address_changed", String::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::email::address::normalise;

    fn person(email: &str, consent: ConsentState, suppressed: Option<&str>) -> Option<Person> {
        let person = crate::render::example_person(&[]);
        Some(Person { email: email.into(), consent, suppressed: suppressed.map(str::to_owned), ..person })
    }

    #[test]
    fn only_who_agrees_and_is_not_withheld_passes_at_the_address_of_the_ledger() {
        let at = normalise("mette@example.com").unwrap();
        let code = |p| judge(p, &at).err().map(|(code, _)| code);
        assert_eq!(code(person("Mette@Example.com", ConsentState::Subscribed, None)), None);
        assert_eq!(code(person("mette@example.com", ConsentState::Unsubscribed, None)), Some("unsubscribed"));
        assert_eq!(code(person("mette@example.com", ConsentState::None, None)), Some("no_consent"));
        assert_eq!(code(person("mette@example.com", ConsentState::Subscribed, Some("bounced"))), Some("suppressed"));
        assert_eq!(code(person("mette@new.example", ConsentState::Subscribed, None)), Some("address_changed"));
        assert_eq!(code(None), Some("deleted"));
    }
}
