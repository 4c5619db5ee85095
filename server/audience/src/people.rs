//! What messaging needs to know about people, inside its own transactions.
//!
//! The server joins these functions to messaging's port. All of them are set-based: a slice of recipients is one or two
//! statements, never one per person.

use crate::contacts::store;
use crate::contacts::upsert::{ConsentRow, MomentRow};
use contract::campaigns::{Audience, AudienceCount, AudienceNames, Reason};
use contract::contacts::{ConsentState, NamedList};
use contract::{CompanyId, ContactId, ListId, Micros};
use kernel::db::{DbError, Tx};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

pub use store::{NewSuppression, Person};

/// Codes of the reasons why somebody of an audience is left out, with their words. The first that holds wins.
pub const REASONS: [(&str, &str); 4] = [
    ("no_address", "No email address"),
    ("unsubscribed", "Unsubscribed"),
    ("suppressed", "Withheld after a bounce or a complaint"),
    ("no_consent", "Never agreed to email"),
];

fn code(reason: &str) -> Option<&'static str> {
    REASONS.iter().map(|(code, _)| *code).find(|code| *code == reason)
}

/// Somebody of an audience.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Who.
    pub contact: ContactId,
    /// Address in its one spelling.
    pub email: Option<String>,
    /// Why this person will be skipped, one of [`REASONS`].
    pub reason: Option<&'static str>,
}

/// An entry for the timeline of a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMoment {
    /// Whose.
    pub contact: ContactId,
    /// `sent`, `opened`, `clicked`, `failed`, …
    pub kind: String,
    /// What happened, one clause.
    pub title: String,
    /// More, or empty.
    pub detail: String,
    /// Page it leads to, or empty.
    pub href: String,
    /// When.
    pub at: Micros,
}

impl Person {
    /// Why this person gets no mail now, one of [`REASONS`]: the same decision as in [`resolve`].
    pub fn refusal(&self) -> Option<&'static str> {
        if self.email.is_empty() {
            return Some("no_address");
        }
        match (self.consent, self.suppressed.as_deref()) {
            (ConsentState::Unsubscribed, _) | (_, Some("unsubscribed")) => Some("unsubscribed"),
            (_, Some(_)) => Some("suppressed"),
            (ConsentState::None, _) => Some("no_consent"),
            (ConsentState::Subscribed, None) => None,
        }
    }
}

/// Counts an audience with one statement.
pub async fn count(tx: &mut Tx, company: CompanyId, audience: &Audience) -> Result<AudienceCount, DbError> {
    let rows = store::count_audience(tx, company, audience).await?;
    let of = |code: &str| rows.iter().find(|(why, _)| why == code).map_or(0, |(_, n)| *n);
    let excluded = REASONS.iter().filter(|(code, _)| of(code) > 0);
    let excluded =
        excluded.map(|(code, text)| Reason { code: (*code).to_owned(), text: (*text).to_owned(), count: of(code) });
    Ok(AudienceCount { matched: rows.iter().map(|(_, n)| n).sum(), will_receive: of(""), excluded: excluded.collect() })
}

/// The next `limit` people of an audience in the order of their ids, each once, those who will be skipped included.
/// Fewer than `limit` is the end.
pub async fn resolve(
    tx: &mut Tx,
    company: CompanyId,
    audience: &Audience,
    after: Option<ContactId>,
    limit: i64,
) -> Result<Vec<Resolved>, DbError> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    let rows = store::resolve_audience(tx, company, audience, after, limit).await?;
    let resolved = |(id, email, why): (Uuid, Option<String>, String)| Resolved {
        contact: ContactId(id),
        email,
        reason: code(&why),
    };
    Ok(rows.into_iter().map(resolved).collect())
}

/// People as their messages need them, in the order of their ids, with consent and suppression as they are now. Deleted
/// ones are absent.
pub async fn people(tx: &mut Tx, company: CompanyId, contacts: &[ContactId]) -> Result<Vec<Person>, DbError> {
    store::people(tx, company, contacts).await
}

/// Somebody to preview with: the first of the audience who can be mailed, else the newest contact with an address.
pub async fn sample(tx: &mut Tx, company: CompanyId, audience: &Audience) -> Result<Option<Person>, DbError> {
    let few = resolve(tx, company, audience, None, 50).await?;
    let first = few.iter().find(|r| r.reason.is_none()).or(few.iter().find(|r| r.email.is_some())).map(|r| r.contact);
    let id = match first {
        Some(id) => Some(id),
        None => store::newest(tx, company).await?.map(ContactId),
    };
    Ok(store::people(tx, company, id.as_slice()).await?.pop())
}

/// Of those who get mail: how many have nothing under each name (`first_name`, `fields.<key>`), in the order asked.
pub async fn count_empty(
    tx: &mut Tx,
    company: CompanyId,
    audience: &Audience,
    names: &[String],
) -> Result<Vec<i64>, DbError> {
    store::count_empty(tx, company, audience, names).await
}

/// How many get mail through both audiences.
pub async fn count_shared(tx: &mut Tx, company: CompanyId, one: &Audience, other: &Audience) -> Result<i64, DbError> {
    store::count_shared(tx, company, one, other).await
}

/// How many of those who get mail have an address that differs from another one's only by what follows a plus sign.
pub async fn count_alike(tx: &mut Tx, company: CompanyId, audience: &Audience) -> Result<i64, DbError> {
    store::count_alike(tx, company, audience).await
}

/// Keys of the company's custom fields.
pub async fn field_keys(tx: &mut Tx, company: CompanyId) -> Result<Vec<String>, DbError> {
    Ok(store::fields(tx, company).await?.into_iter().map(|field| field.key).collect())
}

/// Lists and tags of an audience by name; those deleted meanwhile are absent.
pub async fn names(tx: &mut Tx, company: CompanyId, audience: &Audience) -> Result<AudienceNames, DbError> {
    let named = |(id, name): (Uuid, String)| NamedList { id: ListId(id), name };
    let name = |(_, name): (Uuid, String)| name;
    let lists = store::lists_there(tx, company, &audience.lists).await?;
    let tags = store::tags_there(tx, company, &audience.tags).await?;
    let exclude_lists = store::lists_there(tx, company, &audience.exclude_lists).await?;
    let exclude_tags = store::tags_there(tx, company, &audience.exclude_tags).await?;
    Ok(AudienceNames {
        lists: lists.into_iter().map(named).collect(),
        tags: tags.into_iter().map(name).collect(),
        exclude_lists: exclude_lists.into_iter().map(named).collect(),
        exclude_tags: exclude_tags.into_iter().map(name).collect(),
    })
}

async fn decide(
    tx: &mut Tx,
    company: CompanyId,
    contact: ContactId,
    state: ConsentState,
    source: &str,
    reason: Option<&str>,
    at: Micros,
) -> Result<bool, DbError> {
    let Some(known) = store::known_by_id(tx, company, contact.0).await? else { return Ok(false) };
    if known.consent == Some(state) {
        return Ok(false);
    }
    let row = ConsentRow { contact: contact.0, state: state.as_str(), source: Arc::from(source) };
    store::consents(tx, company, &[row], true, at).await?;
    let detail = match reason.map(str::trim).filter(|r| !r.is_empty()) {
        Some(reason) => format!("{source}: {}", reason.chars().take(500).collect::<String>()),
        None => source.to_owned(),
    };
    let moment = MomentRow {
        contact: contact.0,
        kind: state.as_str().to_owned(),
        title: crate::contacts::upsert::consent_title(state).to_owned(),
        detail,
        href: String::new(),
        at: at.0,
    };
    store::moments(tx, company, &[moment]).await?;
    store::active(tx, company, &[store::ActiveRow { contact: contact.0, at: at.0 }]).await?;
    Ok(true)
}

/// Records that a person said no to email. Answers whether that is new; a second time changes nothing.
pub async fn unsubscribe(
    tx: &mut Tx,
    company: CompanyId,
    contact: ContactId,
    source: &str,
    reason: Option<&str>,
    at: Micros,
) -> Result<bool, DbError> {
    decide(tx, company, contact, ConsentState::Unsubscribed, source, reason, at).await
}

/// Records that a person wants email again, by a deliberate act of theirs. Answers whether that is new.
pub async fn resubscribe(
    tx: &mut Tx,
    company: CompanyId,
    contact: ContactId,
    source: &str,
    at: Micros,
) -> Result<bool, DbError> {
    decide(tx, company, contact, ConsentState::Subscribed, source, None, at).await
}

/// Withholds mail to an address whatever the consent says: `bounced`, `complained` or `manual`. Answers whether it is new.
pub async fn suppress(
    tx: &mut Tx,
    company: CompanyId,
    address: &str,
    reason: &str,
    source: &str,
    at: Micros,
) -> Result<bool, DbError> {
    store::suppress(tx, company, address, reason, source, at).await
}

/// Withholds mail to many addresses, each named once; answers those that were not withheld before.
pub async fn suppress_many(tx: &mut Tx, company: CompanyId, rows: &[NewSuppression]) -> Result<Vec<String>, DbError> {
    store::suppress_many(tx, company, rows).await
}

/// The living contacts with these addresses.
pub async fn by_addresses(
    tx: &mut Tx,
    company: CompanyId,
    addresses: &[String],
) -> Result<Vec<(String, ContactId)>, DbError> {
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let known = store::known_by_email(tx, company, &addresses, false).await?;
    Ok(known.into_iter().map(|(address, known)| (address, ContactId(known.id))).collect())
}

/// Why mail to an address is withheld, if it is.
pub async fn withheld(tx: &mut Tx, company: CompanyId, address: &str) -> Result<Option<String>, DbError> {
    Ok(store::suppressed(tx, company, address).await?.map(|(reason, _)| reason))
}

/// Lets mail to an address through again. Answers whether it was withheld.
pub async fn unsuppress(tx: &mut Tx, company: CompanyId, address: &str) -> Result<bool, DbError> {
    store::unsuppress(tx, company, address).await
}

/// Writes timeline entries in bulk; `opened` and `clicked` also move "last active".
pub async fn record(tx: &mut Tx, company: CompanyId, moments: &[NewMoment]) -> Result<(), DbError> {
    let rows: Vec<MomentRow> = moments
        .iter()
        .map(|m| MomentRow {
            contact: m.contact.0,
            kind: m.kind.clone(),
            title: m.title.clone(),
            detail: m.detail.clone(),
            href: m.href.clone(),
            at: m.at.0,
        })
        .collect();
    store::moments(tx, company, &rows).await?;
    let mut active: HashMap<Uuid, i64> = HashMap::new();
    for moment in moments.iter().filter(|m| matches!(m.kind.as_str(), "opened" | "clicked")) {
        let at = active.entry(moment.contact.0).or_insert(moment.at.0);
        *at = (*at).max(moment.at.0);
    }
    let mut rows: Vec<store::ActiveRow> =
        active.into_iter().map(|(contact, at)| store::ActiveRow { contact, at }).collect();
    // Two writers that lock rows in one order never wait for each other in a circle.
    rows.sort_by_key(|row| row.contact);
    store::active(tx, company, &rows).await
}
