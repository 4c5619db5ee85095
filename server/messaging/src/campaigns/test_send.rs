//! Test messages: through the gate like all mail, but not in the ledger, marked in the subject, with links that count nothing.

use super::look;
use super::rules::TEST_ADDRESSES;
use super::service::{Service, found};
use crate::engine::outlet::Outlet;
use crate::engine::press::{Press, Stamp};
use crate::gate::{Answer, Gate, Pass, Request, Verdict};
use crate::ports::Person;
use crate::render::example_person;
use connect::email::{Address, Outcome, address};
use contract::{CampaignId, CompanyId, ContactId, Fault};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Somebody waits for the answer, so a server gets less time than in a campaign.
const TIMEOUT: Duration = Duration::from_secs(45);

pub(super) async fn send(
    service: &Service,
    company: CompanyId,
    id: CampaignId,
    to: Vec<String>,
    contact: Option<ContactId>,
) -> Result<(), Fault> {
    let to = addresses(&to)?;
    let mut tx = service.parts.db.read(company).await?;
    let campaign = found(&mut tx, company, id).await?;
    let person = match contact {
        Some(contact) => {
            let people = service.parts.audience.people(&mut tx, company, &[contact]).await?;
            people.into_iter().next().ok_or_else(|| Fault::missing("Contact"))?
        }
        None => service.parts.audience.sample(&mut tx, company).await?.unwrap_or_else(|| example_person(&[])),
    };
    drop(tx);
    let outlet = look::outlet(service, &campaign).await?.map_err(|why| Fault::invalid("sender", why))?;
    let press = look::press(service, &campaign).await?.map_err(|problems| Fault::Invalid {
        fields: problems
            .into_iter()
            .filter(|p| p.blocks)
            .map(|p| contract::FieldError { field: format!("content.{}", p.field), message: p.message })
            .collect(),
    })?;
    let passes = pass(service, company, &outlet, person.contact, to).await?;
    if campaign.frozen.is_none() {
        // So that the links of the test lead somewhere; preparing stores the final ones over these.
        let mut tx = service.parts.db.begin(company).await?;
        service.parts.links.store(&mut tx, company, id, press.targets()).await?;
        tx.commit().await?;
    }
    for pass in passes {
        one(service, &press, &outlet, &person, pass).await?;
    }
    Ok(())
}

fn addresses(to: &[String]) -> Result<Vec<Address>, Fault> {
    let mut all = BTreeSet::new();
    for text in to.iter().map(|t| t.trim()).filter(|t| !t.is_empty()) {
        let good = address::normalise(text)
            .map_err(|error| Fault::invalid("to", format!("{text} is not an address: {error}.")))?;
        all.insert(good);
    }
    match all.len() {
        0 => Err(Fault::invalid("to", "Give at least one address.")),
        n if n > TEST_ADDRESSES => {
            Err(Fault::invalid("to", format!("A test goes to at most {TEST_ADDRESSES} addresses.")))
        }
        _ => Ok(all.into_iter().collect()),
    }
}

async fn pass(
    service: &Service,
    company: CompanyId,
    outlet: &Outlet,
    contact: ContactId,
    to: Vec<Address>,
) -> Result<Vec<Pass>, Fault> {
    let now = service.now();
    let gate = Gate::new(Arc::clone(&service.parts.audience), Arc::clone(&service.parts.outlets));
    let to: Vec<_> = to.into_iter().map(|address| (contact, address)).collect();
    let request = Request::test(company, outlet.sender, &to, now);
    let mut tx = service.parts.db.begin(company).await?;
    let verdicts = match gate.check(&mut tx, &request).await? {
        Answer::Open(verdicts) => verdicts,
        Answer::Braked(closed) => return Err(Fault::conflict(closed.in_words())),
        Answer::Stopped => return Err(Fault::conflict("Sending is stopped.")),
    };
    let mut passes = Vec::new();
    for verdict in verdicts {
        match verdict {
            Verdict::Go(pass, _) => passes.push(pass),
            Verdict::Skip(code, _) => return Err(Fault::conflict(super::rules::reason_text(code).to_owned())),
            Verdict::Wait(next) | Verdict::Later(next) | Verdict::Paced(next) | Verdict::Crowded(next) => {
                let seconds = (next.seconds() - now.seconds()).max(1);
                let message = "The sender's limits are used up. Try again a little later.".into();
                return Err(Fault::Busy { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX), message });
            }
        }
    }
    tx.commit().await?;
    Ok(passes)
}

async fn one(service: &Service, press: &Press, outlet: &Outlet, person: &Person, pass: Pass) -> Result<(), Fault> {
    let attempt = service.parts.ids.uuid().simple().to_string();
    let message_id = format!("test-{attempt}@{}", outlet.from.domain());
    let to = pass.to().clone();
    let stamp = Stamp {
        to: &to,
        message_id: &message_id,
        attempt: format!("test-{attempt}"),
        at: service.now(),
        is_test: true,
    };
    let bytes = press.write(person, outlet, &stamp).map_err(|why| Fault::invalid("content", why))?;
    let sent = tokio::time::timeout(TIMEOUT, pass.hand_over(&*outlet.transport, &outlet.from, &bytes)).await;
    let why = match sent {
        Ok(Outcome::Accepted { .. }) => return Ok(()),
        Ok(Outcome::RefusedPermanent { code, text, .. } | Outcome::Deferred { code, text, .. }) => {
            format!("the server said {code} {text}")
        }
        Ok(Outcome::NotHandedOver { reason, .. }) => format!("the conversation broke off: {reason}"),
        Ok(Outcome::Unknown { reason }) => format!("no answer came after the message: {reason}; it may have arrived"),
        Ok(Outcome::SenderTrouble { failure }) => crate::engine::in_words(&failure, &outlet.name),
        Err(_) => "the server did not answer in time; it may have arrived".into(),
    };
    Err(Fault::conflict(format!("The test to {} was not sent: {}.", to.as_str(), why.trim_end_matches('.'))))
}
