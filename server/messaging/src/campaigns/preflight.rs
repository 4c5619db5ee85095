//! The report before a campaign goes out: everything that can be known without sending, blockers apart from warnings.
//!
//! Promises: it changes nothing but the kept answers of links; what could not be checked says so and is never called
//! good; links are tried by a client that never calls into the own network ([`probe`]). The words are in `findings`.

mod address;
mod findings;
mod html;
pub mod probe;
mod store;

use super::files;
use super::look;
use super::rules;
use super::service::{Service, found};
use super::store::Stored;
use super::wordings;
use crate::engine::outlet::Outlet;
use crate::ports::CompanyInfo;
use crate::render::{Compiled, FOOT_ADDED, NO_ADDRESS, TOO_LARGE};
use contract::campaigns::{AudienceCount, Finding, Gravity, Place, Preflight};
use contract::templates::{Content, ContentProblem};
use contract::{CampaignId, CompanyId, Fault, Micros};
use probe::Tried;
use sha2::{Digest, Sha256};

/// Links of unchanged content are tried again after this.
const STALE_SECONDS: i64 = 30 * 60;
/// How near in time another campaign is told of.
const NEAR_SECONDS: i64 = 48 * 3600;

/// What the checks look at.
struct Case<'a> {
    service: &'a Service,
    campaign: Stored,
    info: CompanyInfo,
    counted: AudienceCount,
    outlet: Result<Outlet, String>,
    now: Micros,
}

pub(super) async fn report(
    service: &Service,
    company: CompanyId,
    id: CampaignId,
    fresh: bool,
) -> Result<Preflight, Fault> {
    let mut tx = service.parts.db.read(company).await?;
    let campaign = found(&mut tx, company, id).await?;
    let counted = service.parts.audience.count(&mut tx, company, &campaign.draft.audience).await?;
    drop(tx);
    let info = service.parts.companies.get(company).await?;
    let outlet = look::outlet(service, &campaign).await?;
    let case = Case { service, campaign, info, counted, outlet, now: service.now() };
    let (mut all, links_at) = case.content(fresh).await?;
    all.push(findings::audience(&case.counted, !look::is_nobody(&case.campaign.draft.audience)));
    all.extend(case.people().await?);
    let finishes = case.sender(&mut all).await;
    case.company(&mut all);
    // Blockers first; within one gravity the order of the checks stays.
    all.sort_by_key(|finding| finding.gravity);
    let of = |gravity| u32::try_from(all.iter().filter(|f| f.gravity == gravity).count()).unwrap_or(u32::MAX);
    Ok(Preflight {
        blockers: of(Gravity::Blocker),
        warnings: of(Gravity::Warning),
        findings: all,
        people: case.counted.will_receive,
        finishes,
        links_at,
        at: case.now,
    })
}

fn told(problem: &ContentProblem) -> Finding {
    let gravity = if problem.blocks { Gravity::Blocker } else { Gravity::Warning };
    let title = match problem.line {
        Some(line) => format!("{} (line {line})", problem.message),
        None => problem.message.clone(),
    };
    findings::finding("content", gravity, Place::Content, title, "")
}

impl Case<'_> {
    async fn keys(&self) -> Result<Option<Vec<String>>, Fault> {
        let mut tx = self.service.parts.db.read(self.campaign.company).await?;
        Ok(self.service.parts.audience.field_keys(&mut tx, self.campaign.company).await?)
    }

    /// What is written in each wording, and when their links were tried.
    async fn content(&self, fresh: bool) -> Result<(Vec<Finding>, Option<Micros>), Fault> {
        let keys = self.keys().await?;
        let (mut all, mut urls, mut is_whole, mut largest) = (Vec::new(), Vec::new(), true, 0);
        for (of, words) in wordings::all(&self.campaign) {
            let found = match look::compile(&self.campaign, &words, &self.info, keys.as_deref()) {
                Ok(compiled) => {
                    urls.extend(compiled.fixed_links());
                    largest = largest.max(compiled.sample().len());
                    self.wording(&words, &compiled).await?
                }
                Err(problems) => {
                    is_whole = false;
                    problems.iter().map(told).collect()
                }
            };
            all.extend(match of.name() {
                None => found,
                Some(name) => findings::of_wording(&name, found),
            });
        }
        if urls.is_empty() && !is_whole {
            return Ok((all, None));
        }
        all.extend(self.files(largest).await?);
        urls.sort();
        urls.dedup();
        let (tried, at) = self.links(&urls, fresh).await?;
        all.extend(findings::links(&tried));
        Ok((all, Some(at)))
    }

    /// What goes with it, beside the largest of its wordings.
    async fn files(&self, largest: usize) -> Result<Vec<Finding>, Fault> {
        let mut tx = self.service.parts.db.read(self.campaign.company).await?;
        let there = files::list_of(&mut tx, &self.campaign).await?;
        drop(tx);
        let encoded: i64 = there.iter().map(|file| file.bytes * 4 / 3).sum();
        let message = usize::try_from(encoded).unwrap_or(usize::MAX).saturating_add(largest);
        Ok(findings::files(there.len(), message, files::lost(&self.campaign, &there)))
    }

    /// One wording that can be written.
    async fn wording(&self, words: &Content, compiled: &Compiled) -> Result<Vec<Finding>, Fault> {
        // These are told by checks of their own.
        let own = [TOO_LARGE, FOOT_ADDED, NO_ADDRESS];
        let problems = compiled.problems();
        let mut all: Vec<Finding> = problems.iter().filter(|p| !own.contains(&p.message.as_str())).map(told).collect();
        all.push(findings::size(compiled.sample().len()));
        let source = compiled.html_source();
        all.extend(findings::alt_texts(html::without_alt(source), source.to_ascii_lowercase().contains("<img ")));
        all.push(findings::unsubscribe(!problems.iter().any(|p| p.message == FOOT_ADDED)));
        all.push(findings::preheader(&words.preheader));
        all.push(self.fields(compiled).await?);
        Ok(all)
    }

    async fn fields(&self, compiled: &Compiled) -> Result<Finding, Fault> {
        let names = compiled.required();
        let (company, audience) = (self.campaign.company, &self.campaign.draft.audience);
        let mut tx = self.service.parts.db.read(company).await?;
        let counts = self.service.parts.audience.count_empty(&mut tx, company, audience, &names).await?;
        let empty: Vec<(String, i64)> = names.into_iter().zip(counts).collect();
        Ok(findings::fields(&empty, self.counted.will_receive))
    }

    /// What the links answer: as kept while the content is the same and the answers are young.
    async fn links(&self, urls: &[String], fresh: bool) -> Result<(Vec<Tried>, Micros), Fault> {
        let (company, id) = (self.campaign.company, self.campaign.id);
        let mut hash = Sha256::new();
        urls.iter().for_each(|url| {
            hash.update(url.as_bytes());
            hash.update([0]);
        });
        let version = hex::encode(hash.finalize());
        let db = &self.service.parts.db;
        let mut tx = db.read(company).await?;
        let kept = store::kept(&mut tx, company, id).await?;
        drop(tx);
        let young = |at: Micros| self.now.seconds() - at.seconds() < STALE_SECONDS;
        if let Some(kept) = kept.filter(|k| !fresh && k.version == version && young(k.at)) {
            return Ok((kept.answers, kept.at));
        }
        let tried = self.service.links.try_all(urls).await;
        let mut tx = db.begin(company).await?;
        store::keep(&mut tx, company, id, &version, &tried, self.now).await?;
        tx.commit().await?;
        Ok((tried, self.now))
    }

    /// Who gets it, beside this campaign.
    async fn people(&self) -> Result<Vec<Finding>, Fault> {
        let (company, audience) = (self.campaign.company, &self.campaign.draft.audience);
        let people = &self.service.parts.audience;
        let mut tx = self.service.parts.db.read(company).await?;
        let alike = people.count_alike(&mut tx, company, audience).await?;
        let at = self.campaign.scheduled.unwrap_or(self.now);
        let (from, until) = (at.plus_seconds(-NEAR_SECONDS), at.plus_seconds(NEAR_SECONDS));
        let mut shared = Vec::new();
        for near in store::around(&mut tx, company, self.campaign.id, from, until).await? {
            let n = people.count_shared(&mut tx, company, audience, &near.audience).await?;
            shared.push((near.name, n, near.at));
        }
        let mut all = vec![findings::duplicates(alike), findings::overlap(&shared, &self.info.zone)];
        if let Some(test) = &self.campaign.draft.plan.test {
            let variants = i64::try_from(test.variants.len()).unwrap_or(1) + 1;
            let sample = self.counted.will_receive * i64::from(test.sample_percent) / 100;
            all.push(findings::sample(sample / variants));
        }
        Ok(all)
    }

    /// Through what, and until when.
    async fn sender(&self, all: &mut Vec<Finding>) -> Option<Micros> {
        let outlet = match &self.outlet {
            Ok(outlet) => outlet,
            Err(why) => {
                let fix = "Choose one in the composer, or mend it in the settings.";
                all.push(findings::finding("sender", Gravity::Blocker, Place::Sender, why.clone(), fix));
                return None;
            }
        };
        let people = self.counted.will_receive;
        let rates = look::rates(self.service, &self.campaign, outlet).await.unwrap_or(outlet.rates);
        let (per_minute, seconds) = rules::forecast(&rates, people);
        let finishes = seconds.map(|seconds| self.now.plus_seconds(seconds));
        all.push(findings::quota(people, per_minute, seconds, finishes.map(|at| self.info.zone.full(at))));
        let domain = outlet.from.domain();
        let report = match &self.service.domains {
            Some(domains) => domains.report(self.campaign.company, domain).await.ok(),
            None => None,
        };
        all.push(findings::domain(domain, report.as_ref()));
        finishes
    }

    fn company(&self, all: &mut Vec<Finding>) {
        if self.info.address.trim().is_empty() {
            let title = "The company has no postal address. Many countries require one in marketing mail.";
            let fix = "Add it in the company's settings; it then stands in the foot.";
            all.push(findings::finding("address", Gravity::Warning, Place::Company, title, fix));
        }
    }
}

#[cfg(test)]
mod tests;
