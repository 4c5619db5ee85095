//! The last look before something reaches people: who, how many, through what, until when, and what stands in the way.

use super::service::{Service, found};
use super::store::Stored;
use super::{files, rules};
use crate::engine::outlet::{Outlet, OutletError};
use crate::engine::press::Press;
use crate::policy;
use crate::ports::CompanyInfo;
use crate::render::Compiled;
use contract::campaigns::{Audience, LastLook};
use contract::senders::Rates;
use contract::templates::{Content, ContentProblem};
use contract::{CampaignId, CompanyId, Fault, FieldError};
use std::sync::Arc;

/// A campaign's sender, or why there is none.
pub(super) async fn outlet(service: &Service, campaign: &Stored) -> Result<Result<Outlet, String>, Fault> {
    let Some(sender) = campaign.draft.sender else {
        return Ok(Err("Choose a sender.".into()));
    };
    match service.parts.outlets.open(campaign.company, sender).await {
        Ok(outlet) => Ok(Ok(outlet)),
        Err(OutletError::Db(error)) => Err(error.into()),
        Err(other) => Ok(Err(other.to_string())),
    }
}

/// What is written that stands in the way: content, sender, a choice of people.
pub(super) async fn written(service: &Service, campaign: &Stored) -> Result<Vec<String>, Fault> {
    let mut blockers = Vec::new();
    if let Err(why) = outlet(service, campaign).await? {
        blockers.push(why);
    }
    if is_nobody(&campaign.draft.audience) {
        blockers.push("Choose at least one list or tag.".into());
    }
    if let Err(problems) = press(service, campaign).await? {
        blockers.extend(problems.into_iter().filter(|p| p.blocks).map(|p| p.message));
    }
    Ok(blockers)
}

/// What the campaign would send, checked against the custom fields there are now.
pub(super) async fn press(service: &Service, campaign: &Stored) -> Result<Result<Press, Vec<ContentProblem>>, Fault> {
    let company = service.parts.companies.get(campaign.company).await?;
    let mut tx = service.parts.db.read(campaign.company).await?;
    let keys = service.parts.audience.field_keys(&mut tx, campaign.company).await?;
    let luggage = files::luggage(&mut tx, campaign).await?;
    drop(tx);
    let links = Arc::clone(&service.parts.links);
    Ok(luggage.and_then(|luggage| Press::new(campaign, &company, links, keys.as_deref(), &luggage)))
}

/// One of its wordings, compiled.
pub(super) fn compile(
    campaign: &Stored,
    words: &Content,
    company: &CompanyInfo,
    fields: Option<&[String]>,
) -> Result<Compiled, Vec<ContentProblem>> {
    let options = campaign.options(company, fields);
    Compiled::new(words, &options)
}

pub(super) fn is_nobody(audience: &Audience) -> bool {
    audience.lists.is_empty() && audience.tags.is_empty()
}

/// That nobody would be mailed now.
pub(super) async fn empty(service: &Service, campaign: &Stored) -> Result<Option<String>, Fault> {
    if is_nobody(&campaign.draft.audience) {
        return Ok(None);
    }
    let mut tx = service.parts.db.read(campaign.company).await?;
    let count = service.parts.audience.count(&mut tx, campaign.company, &campaign.draft.audience).await?;
    Ok((count.will_receive == 0).then(|| "Nobody in the audience can be mailed.".into()))
}

/// Refuses with all that stands in the way.
pub(super) fn refuse(blockers: Vec<String>) -> Result<(), Fault> {
    if blockers.is_empty() {
        return Ok(());
    }
    let field = |message| FieldError { field: "campaign".into(), message };
    Err(Fault::Invalid { fields: blockers.into_iter().map(field).collect() })
}

/// The limits of the sender, of the accounts that it shares and of the campaign's own pace.
pub(super) async fn rates(service: &Service, campaign: &Stored, outlet: &Outlet) -> Result<Rates, Fault> {
    let mut tx = service.parts.db.read(campaign.company).await?;
    let policy = policy::store::policy(&mut tx, campaign.company).await?;
    let delivery = policy::store::delivery(&mut tx, campaign.company, campaign.id).await?.unwrap_or_default();
    let accounts = policy.accounts_of(outlet.sender).into_iter().map(|rule| rule.rates);
    let own = delivery.pace.as_ref().map(rules::rates_of);
    Ok(rules::narrowest(std::iter::once(outlet.rates).chain(accounts).chain(own)))
}

pub(super) async fn last_look(service: &Service, company: CompanyId, id: CampaignId) -> Result<LastLook, Fault> {
    let mut tx = service.parts.db.read(company).await?;
    let campaign = found(&mut tx, company, id).await?;
    let audience = service.parts.audience.count(&mut tx, company, &campaign.draft.audience).await?;
    drop(tx);
    let now = service.now();
    let outlet = outlet(service, &campaign).await?.ok();
    let mut blockers = written(service, &campaign).await?;
    if audience.will_receive == 0 && !is_nobody(&campaign.draft.audience) {
        blockers.push("Nobody in the audience can be mailed.".into());
    }
    let (per_minute, seconds) = match &outlet {
        Some(outlet) => rules::forecast(&rates(service, &campaign, outlet).await?, audience.will_receive),
        None => (None, None),
    };
    let warnings = warnings(service, &campaign, seconds).await?;
    let sender = outlet.map_or(String::new(), |o| {
        let name = if campaign.draft.from_name.is_empty() { &o.from_name } else { &campaign.draft.from_name };
        format!("{}: {name} <{}>", o.name, o.from.as_str())
    });
    let finishes = seconds.map(|seconds| now.plus_seconds(seconds));
    Ok(LastLook { audience, sender, per_minute, finishes, blockers, warnings })
}

async fn warnings(service: &Service, campaign: &Stored, seconds: Option<i64>) -> Result<Vec<String>, Fault> {
    let mut warnings = Vec::new();
    if let Ok(press) = press(service, campaign).await? {
        warnings.extend(press.problems().iter().map(|p| p.message.clone()));
    }
    if let Some(days) = seconds.map(|s| s.div_euclid(86_400)).filter(|days| *days > 0) {
        warnings.push(format!(
            "The sender's limits spread this over more than {days} {}.",
            if days == 1 { "day" } else { "days" }
        ));
    }
    Ok(warnings)
}
