//! The one gate: nothing reaches a transport that did not pass here.
//!
//! [`Gate::check`] runs inside the transaction that writes the intents, so what it decides and what is written are one
//! commit: the campaign is still sending, each person still agrees and is not withheld, the sender has room. What passes
//! gets a [`Pass`], and only a pass can be handed over: it is the only road to [`Transport::send`] in this crate.
//! Approval, toggles, the emergency stop, quotas and quiet hours belong here and nowhere else.

use crate::brake::{self, Closed};
use crate::engine::outlet::{Grant, Outlets};
use crate::ports::{Audience, Person};
use crate::limits::{self, Limit, Room};
use connect::email::{Address, Envelope, Outcome, Transport};
use contract::campaigns::CampaignState;
use contract::contacts::ConsentState;
use contract::sending::{Pace, Policy};
use contract::{CampaignId, CompanyId, ContactId, Micros, SenderId};
use kernel::{DbError, Tx};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

kernel::sql! {
    // A lock that waits for nobody's read and holds off pause and cancel until the intents are written.
    STATE = sqlite "SELECT state FROM campaign
        WHERE company_id = $1 AND id = $2",
    postgres "SELECT state FROM campaign
        WHERE company_id = $1 AND id = $2
        FOR SHARE";
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
    /// Limits of recipient domains.
    pub policy: Option<&'a Policy>,
    /// Now.
    pub now: Micros,
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
                if !is_sending(tx, request.company, id).await? {
                    return Ok(Answer::Stopped);
                }
                self.recipients(tx, request).await.map(Answer::Open)
            }
            Purpose::Test => self.tests(tx, request).await.map(Answer::Open),
            Purpose::Message => self.single(tx, request).await.map(Answer::Open),
        }
    }

    async fn recipients(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Vec<Verdict>, DbError> {
        let ids: Vec<ContactId> = request.to.iter().map(|(contact, _)| *contact).collect();
        let people = self.audience.people(tx, request.company, &ids).await?;
        let mut people: HashMap<ContactId, Person> = people.into_iter().map(|p| (p.contact, p)).collect();
        let judged: Vec<_> =
            request.to.iter().map(|(contact, address)| judge(people.remove(contact), address)).collect();
        let wanted: Vec<&Address> =
            judged.iter().zip(request.to).filter(|(j, _)| j.is_ok()).map(|(_, (_, to))| to).collect();
        let mut rooms = Rooms::look(tx, request, &wanted).await?;
        let fits = rooms.fits(&wanted);
        let mut room = self.room(tx, request, fits).await?;
        let verdict = |(judged, (_, to)): (Judged, &(ContactId, Address))| {
            let person = match judged {
                Err((code, detail)) => return Verdict::Skip(code, detail),
                Ok(person) => person,
            };
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

    async fn tests(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Vec<Verdict>, DbError> {
        let mut room = self.room(tx, request, request.to.len()).await?;
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

    async fn room(&self, tx: &mut Tx, request: &Request<'_>, wanted: usize) -> Result<Grant, DbError> {
        match u32::try_from(wanted) {
            Ok(0) | Err(_) => Ok(Grant { granted: 0, next: request.now }),
            Ok(wanted) => self.outlets.grant(tx, request.company, request.sender, wanted, request.now).await,
        }
    }
}

/// Room under the limits that are not the sender's: looked up before the sender grants, taken after. Always the
/// campaign first and then domains by name, so that nodes do not wait for each other in a circle.
struct Rooms {
    campaign: Option<(Room, u32)>,
    domains: BTreeMap<String, (Room, u32)>,
}

impl Rooms {
    async fn look(tx: &mut Tx, request: &Request<'_>, wanted: &[&Address]) -> Result<Self, DbError> {
        let mut rooms = Self { campaign: None, domains: BTreeMap::new() };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if let (Some(pace), Purpose::Campaign(id)) = (&request.pace, request.purpose) {
            let limit = Limit::of_campaign(id, pace);
            let room = limits::room(tx, request.company, limit, count(wanted.len()), request.now).await?;
            rooms.campaign = Some((room, 0));
        }
        let Some(policy) = request.policy.filter(|p| p.domains.iter().any(|rule| rule.per_minute.is_some())) else {
            return Ok(rooms);
        };
        let mut by_domain: BTreeMap<&str, usize> = BTreeMap::new();
        for to in wanted {
            *by_domain.entry(to.domain()).or_default() += 1;
        }
        for (domain, wanted) in by_domain {
            let Some(limit) = policy.rule(domain).and_then(|rule| Limit::of_domain(domain, rule)) else { continue };
            let room = limits::room(tx, request.company, limit, count(wanted), request.now).await?;
            rooms.domains.insert(domain.to_owned(), (room, 0));
        }
        Ok(rooms)
    }

    /// How many of those wanted fit here.
    fn fits(&self, wanted: &[&Address]) -> usize {
        let mut left: HashMap<&str, u32> =
            self.domains.iter().map(|(domain, (room, _))| (domain.as_str(), room.fits)).collect();
        let fit = |to: &&&Address| match left.get_mut(to.domain()) {
            None => true,
            Some(left) => std::mem::replace(left, left.saturating_sub(1)) > 0,
        };
        let fits = wanted.iter().filter(fit).count();
        self.campaign.as_ref().map_or(fits, |(room, _)| fits.min(usize::try_from(room.fits).unwrap_or(usize::MAX)))
    }

    /// Why one more does not fit.
    fn full(&self, to: &Address) -> Option<Verdict> {
        let is_full = |entry: &&(Room, u32)| entry.1 >= entry.0.fits;
        let campaign = self.campaign.as_ref().filter(is_full).map(|(room, _)| Verdict::Paced(room.next));
        campaign.or_else(|| self.domains.get(to.domain()).filter(is_full).map(|(room, _)| Verdict::Crowded(room.next)))
    }

    fn take(&mut self, to: &Address) {
        for (_, taken) in self.campaign.iter_mut().chain(self.domains.get_mut(to.domain())) {
            *taken += 1;
        }
    }

    async fn settle(&self, tx: &mut Tx, request: &Request<'_>) -> Result<(), DbError> {
        for (room, taken) in self.campaign.iter().chain(self.domains.values()) {
            limits::take(tx, request.company, room, *taken, request.now).await?;
        }
        Ok(())
    }
}

async fn is_sending(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<bool, DbError> {
    let state: Option<String> = tx.query(STATE).bind(company.0).bind(id.0).fetch_scalar_optional().await?;
    Ok(state.as_deref() == Some(CampaignState::Sending.as_str()))
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
