//! Takes reports in: each once, with all it leads to, in the caller's transaction.

use super::rules::{self, Row};
use super::store::events::{self, Effect, NewEvent};
use super::store::ledger::{self, Mark};
use crate::campaigns::store::{self as campaigns, HeldBy};
use crate::ports::{Audience, Moment, Suppression};
use contract::bounces::{BounceClass, BounceRules};
use contract::campaigns::CampaignState;
use contract::{CampaignId, CompanyId, ContactId, Micros};
use kernel::{DbError, Ids, Tx, outbox};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

pub use super::store::events::Source;

/// Campaigns that began longer ago are not looked through for a message that came back.
const SEARCH_DAYS: i64 = 90;
/// Nor for the past of an address.
const PAST_DAYS: i64 = 365;
const DAY: i64 = 86_400;

/// A report about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The same for every copy of the report.
    pub dedupe: String,
    /// What it says.
    pub class: BounceClass,
    /// Addresses it could be about, the likeliest first, normalised.
    pub addresses: Vec<String>,
    /// The ledger's row, where a signed return address named it.
    pub row: Option<i64>,
    /// Message-ID of the message.
    pub message_id: Option<String>,
    /// Our attempt header.
    pub attempt: Option<Uuid>,
    /// Code or empty.
    pub code: String,
    /// Words or empty.
    pub words: String,
    /// When it happened.
    pub at: Micros,
}

#[cfg(test)]
impl Item {
    /// A hard bounce of nobody.
    pub(crate) fn example() -> Self {
        Self {
            dedupe: "1".into(),
            class: BounceClass::Hard,
            addresses: Vec::new(),
            row: None,
            message_id: None,
            attempt: None,
            code: "5.1.1".into(),
            words: "no such user".into(),
            at: Micros(0),
        }
    }
}

/// Where a batch comes from, and what it may do.
pub struct Desk<'a> {
    /// Whose.
    pub company: CompanyId,
    /// People.
    pub audience: &'a dyn Audience,
    /// Ids.
    pub ids: &'a dyn Ids,
    /// Source.
    pub source: Source,
    /// Whether an address is believed without proof of a message: a provider's signed word.
    pub is_trusted: bool,
    /// Rules of the company.
    pub rules: BounceRules,
    /// Now.
    pub now: Micros,
}

/// A new report with the message it is about.
struct Entry<'a> {
    id: Uuid,
    item: &'a Item,
    row: Option<Row>,
}

/// What is known of a message, as reports about it come in.
#[derive(Default)]
struct Known {
    bounced: Option<BounceClass>,
    complained: bool,
}

impl From<ledger::Before> for Known {
    fn from(row: ledger::Before) -> Self {
        let bounced = row.bounce_class.and_then(|class| class.parse().ok());
        Self { bounced, complained: row.complained_at.is_some() }
    }
}

impl Known {
    /// Whether a report says something new; if so, it is known from now on. That an address is dead is new after anything.
    fn learns(&mut self, class: BounceClass) -> bool {
        if class == BounceClass::Complaint {
            return !std::mem::replace(&mut self.complained, true);
        }
        let is_new = self.bounced.is_none() || class == BounceClass::Hard && self.bounced != Some(BounceClass::Hard);
        if is_new {
            self.bounced = Some(class);
        }
        is_new
    }
}

impl Entry<'_> {
    /// The address that mail went to, or, where the teller is trusted, the one it names.
    fn address(&self, is_trusted: bool) -> Option<&str> {
        let told = || self.item.addresses.first().map(String::as_str).filter(|_| is_trusted);
        self.row.as_ref().and_then(|row| row.address.as_deref()).or_else(told)
    }

    fn campaign(&self) -> Option<CampaignId> {
        self.row.as_ref().map(|row| CampaignId(row.campaign_id))
    }
}

impl Desk<'_> {
    /// Takes reports in; answers how many were new.
    ///
    /// # Errors
    /// When the database fails; then nothing was taken.
    pub async fn take(&self, tx: &mut Tx, items: &[Item]) -> Result<i64, DbError> {
        let fresh = self.fresh(tx, items).await?;
        if fresh.is_empty() {
            return Ok(0);
        }
        let entries = self.insert(tx, fresh).await?;
        let repeats = self.mark(tx, &entries).await?;
        let withheld = self.suppress(tx, &entries).await?;
        self.tell(tx, &entries, &repeats, &withheld).await?;
        self.hold(tx, &entries).await?;
        Ok(i64::try_from(entries.len()).unwrap_or(i64::MAX))
    }

    /// Those that are not stored, each once.
    async fn fresh<'i>(&self, tx: &mut Tx, items: &'i [Item]) -> Result<Vec<&'i Item>, DbError> {
        let mut seen = HashSet::new();
        let mut items: Vec<&Item> = items.iter().filter(|item| seen.insert(item.dedupe.as_str())).collect();
        if items.is_empty() {
            return Ok(items);
        }
        let keys: Vec<&str> = items.iter().map(|item| item.dedupe.as_str()).collect();
        let known: HashSet<String> = events::known(tx, self.company, &keys).await?.into_iter().collect();
        items.retain(|item| !known.contains(&item.dedupe));
        Ok(items)
    }

    /// Rows the reports could be about, by id and by address.
    async fn candidates(&self, tx: &mut Tx, items: &[&Item]) -> Result<Vec<Row>, DbError> {
        let ids: BTreeSet<i64> = items.iter().filter_map(|item| item.row).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let mut rows = ledger::by_id(tx, self.company, &ids).await?;
        let open = items.iter().filter(|item| item.row.is_none());
        let addresses: BTreeSet<&str> = open.flat_map(|item| &item.addresses).map(String::as_str).collect();
        let addresses: Vec<&str> = addresses.into_iter().collect();
        let since = self.now.plus_seconds(-SEARCH_DAYS * DAY);
        rows.extend(ledger::by_address(tx, self.company, &addresses, since).await?);
        Ok(rows)
    }

    /// Stores the reports with what they are about. What another transaction stored meanwhile is left to it.
    async fn insert<'i>(&self, tx: &mut Tx, items: Vec<&'i Item>) -> Result<Vec<Entry<'i>>, DbError> {
        let rows = self.candidates(tx, &items).await?;
        let known = self.contacts(tx, &items).await?;
        let mut entries = Vec::with_capacity(items.len());
        let mut new = Vec::with_capacity(items.len());
        for item in items {
            let row = rules::choose(item, &rows, self.is_trusted).cloned();
            let told = item.addresses.first().cloned().unwrap_or_default();
            let entry = Entry { id: self.ids.uuid(), item, row };
            new.push(NewEvent {
                id: entry.id,
                dedupe: item.dedupe.clone(),
                class: item.class.as_str(),
                address: entry.address(true).unwrap_or_default().to_owned(),
                row: entry.row.as_ref().map(|row| row.id),
                contact: entry.row.as_ref().map(|row| row.contact_id).or(known.get(&told).map(|id| id.0)),
                campaign: entry.campaign().map(|id| id.0),
                code: item.code.clone(),
                words: item.words.clone(),
                at: item.at.0,
            });
            entries.push(entry);
        }
        let stored = events::insert(tx, self.company, &self.source, &new, self.now).await?;
        let stored: HashSet<String> = stored.into_iter().collect();
        entries.retain(|entry| stored.contains(&entry.item.dedupe));
        Ok(entries)
    }

    async fn contacts(&self, tx: &mut Tx, items: &[&Item]) -> Result<HashMap<String, ContactId>, DbError> {
        if !self.is_trusted {
            return Ok(HashMap::new());
        }
        let addresses: BTreeSet<&String> = items.iter().filter_map(|item| item.addresses.first()).collect();
        let addresses: Vec<String> = addresses.into_iter().cloned().collect();
        Ok(self.audience.by_addresses(tx, self.company, &addresses).await?.into_iter().collect())
    }

    /// Marks the ledger; answers the reports that tell nothing new, because another source told it before. A report about
    /// a message of long ago counts for nobody's figures any more.
    async fn mark(&self, tx: &mut Tx, entries: &[Entry<'_>]) -> Result<HashSet<Uuid>, DbError> {
        let in_time = entries.iter().filter_map(|entry| {
            let row = entry.row.as_ref().filter(|row| rules::is_in_time(row.handed_at, self.now))?;
            let is_mark = entry.item.class.is_return() || entry.item.class == BounceClass::Complaint;
            is_mark.then_some((entry, row.id))
        });
        let in_time: Vec<(&Entry<'_>, i64)> = in_time.collect();
        if in_time.is_empty() {
            return Ok(HashSet::new());
        }
        let ids: BTreeSet<i64> = in_time.iter().map(|(_, id)| *id).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let before = ledger::lock(tx, self.company, &ids).await?;
        let mut known: HashMap<i64, Known> = before.into_iter().map(|row| (row.id, Known::from(row))).collect();
        let mut marks: BTreeMap<i64, Mark> = BTreeMap::new();
        let mut repeats = HashSet::new();
        for (entry, id) in in_time {
            let (class, at) = (entry.item.class, entry.item.at.0);
            if !known.entry(id).or_default().learns(class) {
                repeats.insert(entry.id);
                continue;
            }
            let mark = marks.entry(id).or_insert_with(|| Mark { id, ..Mark::default() });
            if class == BounceClass::Complaint {
                mark.complained = Some(at);
            } else {
                mark.bounced = mark.bounced.or(Some(at));
                mark.class = Some(class.as_str());
            }
        }
        let marks: Vec<Mark> = marks.into_values().collect();
        ledger::mark(tx, self.company, &marks).await?;
        Ok(repeats)
    }

    /// Withholds mail from who must not get more; answers the addresses for which that is new.
    async fn suppress(&self, tx: &mut Tx, entries: &[Entry<'_>]) -> Result<HashSet<String>, DbError> {
        let exhausted = self.exhausted(tx, entries).await?;
        let mut rows: BTreeMap<&str, Suppression> = BTreeMap::new();
        for entry in entries {
            let Some(address) = entry.address(self.is_trusted) else { continue };
            let reason = match entry.item.class {
                BounceClass::Complaint => "complained",
                BounceClass::Hard => "bounced",
                BounceClass::Soft if exhausted.contains(address) => "bounced",
                _ => continue,
            };
            let source = match &entry.row {
                Some(row) => format!("campaign {}, told by {}", row.campaign, self.source.name),
                None => self.source.name.clone(),
            };
            let row = Suppression {
                address: address.to_owned(),
                reason,
                source,
                code: entry.item.code.clone(),
                campaign: entry.campaign(),
                at: self.now,
            };
            // A complaint weighs more than whatever else came in the same batch.
            match rows.get(address) {
                Some(known) if known.reason == "complained" || reason == "bounced" => {}
                _ => drop(rows.insert(address, row)),
            }
        }
        let rows: Vec<Suppression> = rows.into_values().collect();
        Ok(self.audience.suppress_many(tx, self.company, rows).await?.into_iter().collect())
    }

    /// Addresses of this batch that bounced softly too often.
    async fn exhausted(&self, tx: &mut Tx, entries: &[Entry<'_>]) -> Result<HashSet<String>, DbError> {
        let soft = entries.iter().filter(|entry| entry.item.class == BounceClass::Soft);
        let addresses: BTreeSet<&str> = soft.filter_map(|entry| entry.address(self.is_trusted)).collect();
        if addresses.is_empty() {
            return Ok(HashSet::new());
        }
        let addresses: Vec<&str> = addresses.into_iter().collect();
        let since = self.now.plus_seconds(-PAST_DAYS * DAY);
        let mut past: HashMap<String, Vec<rules::Past>> = HashMap::new();
        for sent in ledger::history(tx, self.company, &addresses, since).await? {
            let what = rules::past(
                &sent.state,
                &sent.reason,
                sent.bounce_class.as_deref(),
                sent.is_read,
                sent.handed_at,
                self.now,
            );
            past.entry(sent.address).or_default().push(what);
        }
        past.retain(|_, past| rules::is_exhausted(&self.rules, past));
        Ok(past.into_keys().collect())
    }

    /// Timelines, events, and what each report led to.
    async fn tell(
        &self,
        tx: &mut Tx,
        entries: &[Entry<'_>],
        repeats: &HashSet<Uuid>,
        withheld: &HashSet<String>,
    ) -> Result<(), DbError> {
        let (mut moments, mut effects) = (Vec::new(), Vec::new());
        let mut campaigns: BTreeMap<Uuid, i64> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| !repeats.contains(&entry.id)) {
            let class = entry.item.class;
            let is_withheld = entry.address(self.is_trusted).is_some_and(|address| withheld.contains(address))
                && matches!(class, BounceClass::Hard | BounceClass::Soft | BounceClass::Complaint);
            let effect = match class {
                _ if is_withheld => Some("suppressed"),
                BounceClass::Block if entry.row.is_some() => Some("alert"),
                BounceClass::Soft if entry.row.is_some() => Some("counted"),
                _ => None,
            };
            effects.extend(effect.map(|effect| Effect { id: entry.id, effect }));
            let Some(row) = &entry.row else { continue };
            *campaigns.entry(row.campaign_id).or_default() += 1;
            if let Some((kind, title)) = rules::moment(class, &row.campaign) {
                moments.push(Moment {
                    contact: ContactId(row.contact_id),
                    kind: kind.into(),
                    title,
                    detail: detail(entry.item, is_withheld),
                    href: format!("/campaigns/{}", row.campaign_id),
                    at: self.now,
                });
            }
            if is_withheld {
                let payload = json!({
                    "address": row.address, "class": class.as_str(), "code": entry.item.code, "campaign": row.campaign_id,
                });
                outbox::record(tx, self.company, "contact.suppressed", row.contact_id, &payload, self.now);
            }
        }
        events::set_effects(tx, self.company, &effects).await?;
        self.audience.record(tx, self.company, moments).await?;
        for (campaign, reports) in campaigns {
            outbox::record(tx, self.company, "campaign.returned", campaign, &json!({ "reports": reports }), self.now);
        }
        let payload = json!({ "reports": entries.len(), "source": self.source.name });
        outbox::record(tx, self.company, "bounce.received", self.source.id, &payload, self.now);
        Ok(())
    }

    /// Holds campaigns of which too much comes back while they go out: each once, since who lets one go on has seen it.
    async fn hold(&self, tx: &mut Tx, entries: &[Entry<'_>]) -> Result<(), DbError> {
        let bad = entries.iter().filter(|entry| entry.item.class != BounceClass::AutoReply);
        let campaigns: BTreeSet<Uuid> = bad.filter_map(|entry| entry.campaign()).map(|id| id.0).collect();
        for id in campaigns.into_iter().map(CampaignId) {
            let standing = ledger::standing(tx, self.company, id).await?;
            let most = rules::most_to_count(&self.rules, &standing);
            if most == 0 {
                continue;
            }
            let sent = ledger::sent(tx, self.company, id, most + 1).await?;
            let Some(reason) = rules::reason_to_hold(&self.rules, &standing, sent) else { continue };
            let sending = CampaignState::Sending;
            if ledger::was_held(tx, self.company, id).await? {
                continue;
            }
            if campaigns::hold(tx, self.company, id, sending, &reason, HeldBy::Trouble, self.now).await? {
                ledger::held(tx, self.company, id, self.now).await?;
                let payload = json!({ "reason": reason, "by": "trouble" });
                outbox::record(tx, self.company, "campaign.paused", id, &payload, self.now);
            }
        }
        Ok(())
    }
}

fn detail(item: &Item, is_withheld: bool) -> String {
    let said = match (item.code.as_str(), item.words.as_str()) {
        (code, words) if words.contains(code) => words.to_owned(),
        (code, words) => format!("{code} {words}").trim().to_owned(),
    };
    match (is_withheld, said.as_str()) {
        (true, "") => "No more mail goes to this address.".to_owned(),
        (true, said) => format!("{said}. No more mail goes to this address."),
        (false, said) => said.to_owned(),
    }
}
