//! Writes the message of one person: content compiled once per start of a campaign, values put in per person.

use crate::campaigns::files::Luggage;
use crate::campaigns::pacing::Hours;
use crate::campaigns::store::Stored;
use crate::campaigns::wordings::{self, Of};
use crate::gate::Timing;
use crate::ports::{CompanyInfo, Person};
use crate::render::{Addresses, Compiled, Written};
use async_trait::async_trait;
use connect::email::{Address, ListId, ListUnsubscribe, Mailbox, Message, mime, mime::File};
use contract::campaigns::LinkReport;
use contract::templates::{Content, ContentProblem};
use contract::{CampaignId, CompanyId, ContactId, Micros};
use kernel::{DbError, Tx};
use sha2::{Digest, Sha256};
use std::sync::Arc;

use super::outlet::Outlet;

/// The signed addresses of messages, and where they lead.
#[async_trait]
pub trait Links: Send + Sync {
    /// Makes them; `links` is how many the content has.
    fn addresses(
        &self,
        company: CompanyId,
        campaign: CampaignId,
        contact: ContactId,
        links: usize,
        is_test: bool,
    ) -> Addresses;

    /// Where a mail program can send "unsubscribe", if there is a mailbox for it.
    fn unsubscribe_mailto(&self, company: CompanyId, campaign: CampaignId, contact: ContactId) -> Option<String>;

    /// Stores where the links of a campaign lead, in the order they are numbered; again replaces them.
    async fn store(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        campaign: CampaignId,
        targets: &[String],
    ) -> Result<(), DbError>;

    /// Clicks per link, most people first.
    async fn report(&self, tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<Vec<LinkReport>, DbError>;

    /// Removes links and hits of a campaign that is deleted.
    async fn forget(&self, tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<(), DbError>;
}

/// A campaign that is ready to be written for many people.
pub struct Press {
    company: CompanyId,
    campaign: CampaignId,
    name: Arc<str>,
    company_name: String,
    /// The campaign's own words, then those of the other variants.
    wordings: Vec<Wording>,
    /// By language, in small letters.
    languages: Vec<(String, Wording)>,
    targets: Vec<String>,
    problems: Vec<ContentProblem>,
    timing: Timing,
    links: Arc<dyn Links>,
    from_name: String,
    reply_to: String,
}

/// One content, compiled, with the places of its links among all of the campaign.
struct Wording {
    compiled: Compiled,
    files: Vec<File>,
    places: Vec<usize>,
}

impl Wording {
    fn new(compiled: Compiled, files: Vec<File>, targets: &mut Vec<String>) -> Self {
        let mut place = |url: &String| {
            targets.iter().position(|known| known == url).unwrap_or_else(|| {
                targets.push(url.clone());
                targets.len() - 1
            })
        };
        let places = compiled.links().iter().map(&mut place).collect();
        Self { compiled, files, places }
    }
}

/// A problem of another wording than the campaign's own says which.
fn named_problem(name: &str, mut problem: ContentProblem) -> ContentProblem {
    problem.message = format!("{name}: {}", problem.message);
    problem
}

/// A message that is shown and not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// As the author wrote it.
    Html(String),
    /// A message without HTML.
    Text(String),
}

/// What names one message.
#[derive(Clone, Debug)]
pub struct Stamp<'a> {
    /// Ledger address.
    pub to: &'a Address,
    /// Without brackets.
    pub message_id: &'a str,
    /// Attempt, for the header.
    pub attempt: String,
    /// Date header.
    pub at: Micros,
    /// Test messages are marked and carry neutral links.
    pub is_test: bool,
}

impl Press {
    /// Compiles.
    ///
    /// # Errors
    /// What stands in the way of sending.
    pub fn new(
        campaign: &Stored,
        company: &CompanyInfo,
        links: Arc<dyn Links>,
        fields: Option<&[String]>,
        luggage: &Luggage,
    ) -> Result<Self, Vec<ContentProblem>> {
        let options = campaign.options(company, fields);
        let (mut targets, mut problems, mut blocked) = (Vec::new(), Vec::new(), Vec::new());
        let mut take = |content: Content, name: Option<String>| {
            let (source, files) = luggage.of(&content.source);
            match Compiled::new(&Content { source, ..content }, &options) {
                Ok(compiled) => {
                    if name.is_none() {
                        problems.extend(compiled.problems().iter().cloned());
                    }
                    Some(Wording::new(compiled, files, &mut targets))
                }
                Err(found) => {
                    blocked.extend(match name {
                        None => found,
                        Some(name) => found.into_iter().map(|p| named_problem(&name, p)).collect(),
                    });
                    None
                }
            }
        };
        let (mut wordings, mut languages) = (Vec::new(), Vec::new());
        for (of, content) in wordings::all(campaign) {
            let Some(wording) = take(content, of.name()) else { continue };
            match of {
                Of::Language(language) => languages.push((language.to_ascii_lowercase(), wording)),
                Of::Everybody | Of::Variant(_) => wordings.push(wording),
            }
        }
        let plan = &campaign.draft.plan;
        if !blocked.is_empty() {
            return Err(blocked);
        }
        let hours = plan.window.as_ref().and_then(|w| Hours::read(w).ok()).map(|h| (h, company.zone.name.clone()));
        Ok(Self {
            company: campaign.company,
            campaign: campaign.id,
            name: campaign.draft.name.as_str().into(),
            company_name: company.name.clone(),
            wordings,
            languages,
            targets,
            problems,
            timing: Timing { hours, cap: plan.cap },
            links,
            from_name: campaign.draft.from_name.trim().to_owned(),
            reply_to: campaign.draft.reply_to.trim().to_owned(),
        })
    }

    /// When and how often, for the gate.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// The words for a person: those of their variant, or else of their language, or else the campaign's own.
    fn wording(&self, person: &Person, variant: Option<i64>) -> Option<&Wording> {
        let other = variant.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        if let Some(wording) = other.and_then(|n| self.wordings.get(n)) {
            return Some(wording);
        }
        let language = person.language.trim().to_ascii_lowercase();
        let of = |wanted: &str| self.languages.iter().find(|(l, _)| l == wanted).map(|(_, wording)| wording);
        let main = language.split(['-', '_']).next().unwrap_or_default();
        of(&language).or_else(|| of(main)).or_else(|| self.wordings.first())
    }

    /// Name of the campaign.
    pub fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// Targets of the links, in their order.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// What the author should know; nothing that stands in the way.
    pub fn problems(&self) -> &[ContentProblem] {
        &self.problems
    }

    /// The message as a page: the HTML, or the text where there is none.
    ///
    /// # Errors
    /// As [`Press::write`].
    pub fn page(&self, person: &Person, variant: Option<i64>, is_test: bool) -> Result<Page, String> {
        let (_, written, _) = self.written(person, variant, is_test)?;
        Ok(match written.html {
            Some(html) => Page::Html(html),
            None => Page::Text(written.text),
        })
    }

    /// The words for a person with their own addresses.
    fn written(
        &self,
        person: &Person,
        variant: Option<i64>,
        is_test: bool,
    ) -> Result<(&Wording, Written, String), String> {
        let wording = self.wording(person, variant).ok_or("There are no words to send.")?;
        let all = self.targets.len();
        let mut addresses = self.links.addresses(self.company, self.campaign, person.contact, all, is_test);
        let own = wording.places.iter().filter_map(|place| addresses.links.get(*place).cloned()).collect();
        addresses.links = own;
        let written = wording.compiled.render(person, &addresses).map_err(|error| error.to_string())?;
        Ok((wording, written, addresses.unsubscribe))
    }

    /// The bytes of one person's message.
    ///
    /// # Errors
    /// Why it cannot be written for this person, in words.
    pub fn write(&self, person: &Person, outlet: &Outlet, stamp: &Stamp<'_>) -> Result<Vec<u8>, String> {
        self.write_variant(person, outlet, stamp, None)
    }

    /// The same in the words of a variant, counted from 0.
    ///
    /// # Errors
    /// As [`Press::write`].
    pub fn write_variant(
        &self,
        person: &Person,
        outlet: &Outlet,
        stamp: &Stamp<'_>,
        variant: Option<i64>,
    ) -> Result<Vec<u8>, String> {
        let (wording, written, unsubscribe) = self.written(person, variant, stamp.is_test)?;
        let subject = if stamp.is_test { format!("[Test] {}", written.subject) } else { written.subject };
        let from = named(first_filled(&self.from_name, &outlet.from_name), outlet.from.clone());
        let to = named(format!("{} {}", person.first_name, person.last_name).trim(), stamp.to.clone());
        let mut message = Message::new(from, to, subject, stamp.message_id, stamp.at.0);
        message.reply_to =
            connect::email::address::normalise(first_filled(&self.reply_to, &outlet.reply_to)).ok().map(Mailbox::bare);
        message.html = written.html;
        message.text = written.text;
        message.files.clone_from(&wording.files);
        message.list_unsubscribe = Some(ListUnsubscribe { url: unsubscribe, mailto: self.mailto(person, outlet) });
        let label = (!self.company_name.trim().is_empty()).then(|| self.company_name.clone());
        message.list_id = Some(ListId { label, id: format!("{}.{}", self.company.0.simple(), outlet.from.domain()) });
        message.feedback_id = Some(format!("{}:{}:campaign:lux", self.campaign.0.simple(), self.company.0.simple()));
        message.attempt = Some(stamp.attempt.clone());
        mime::build(&message).map_err(|error| error.to_string())
    }
}

impl Press {
    /// Where a mail program may write instead of posting: a mailbox of ours, or else where answers are read by people.
    fn mailto(&self, person: &Person, outlet: &Outlet) -> Option<String> {
        let answers = || {
            let own = first_filled(&self.reply_to, &outlet.reply_to);
            let address = connect::email::address::normalise(own).unwrap_or_else(|_| outlet.from.clone());
            // A local part that would need escaping in an address is left out rather than guessed at.
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"@.-_+".contains(&b);
            address.as_str().bytes().all(plain).then(|| format!("{address}?subject=Unsubscribe"))
        };
        self.links.unsubscribe_mailto(self.company, self.campaign, person.contact).or_else(answers)
    }
}

fn first_filled<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}

fn named(name: &str, address: Address) -> Mailbox {
    match name {
        "" => Mailbox::bare(address),
        name => Mailbox::named(name, address),
    }
}

/// The Message-ID of a ledger row, without brackets: the same on every try, so that receivers can tell a repeat.
pub fn message_id(campaign: CampaignId, row: i64, from: &Address) -> String {
    let mut hash = Sha256::new();
    hash.update(campaign.0.as_bytes());
    hash.update(row.to_be_bytes());
    let digest = hash.finalize();
    format!("{}@{}", hex::encode(digest.get(..16).unwrap_or_default()), from.domain())
}
