//! Reading contacts.

use super::ContactService;
use crate::contacts::store::{self, After, ExportRow};
use crate::csv;
use contract::contacts::{
    AudienceSummary, Contact, ContactFilter, ContactQuery, ContactRow, DayCount, ExportPart, Field, Moment,
};
use contract::live::Hit;
use contract::{Actor, Capability, ContactId, Cursor, Fault, Micros, Page, Zone};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Rows of one stretch of an export.
const EXPORT: i64 = 5_000;
/// Entries of one page of a timeline.
const TIMELINE: usize = 50;
const DAYS: i32 = 30;

fn stale_cursor() -> Fault {
    Fault::invalid("cursor", "This place in the list cannot be found again. Start from the first page.")
}

/// Refuses a status that there is not.
pub(super) fn checked(filter: ContactFilter) -> Result<ContactFilter, Fault> {
    match filter.status.as_deref() {
        None | Some("subscribed" | "unsubscribed" | "none" | "suppressed") => Ok(filter),
        Some("") => Ok(ContactFilter { status: None, ..filter }),
        Some(_) => Err(Fault::invalid("status", "The status is subscribed, unsubscribed, none or suppressed.")),
    }
}

pub(super) async fn list(
    service: &ContactService,
    actor: &Actor,
    query: ContactQuery,
) -> Result<Page<ContactRow>, Fault> {
    actor.require(Capability::ContactsRead)?;
    let limit = match query.limit {
        0 => 50,
        n => n.min(200) as usize,
    };
    let after = After::read(query.cursor.as_ref(), query.sort).ok_or_else(stale_cursor)?;
    let mut tx = service.db.read(actor.company).await?;
    let filter = store::weigh(&mut tx, actor.company, checked(query.filter.clone())?).await?;
    let (items, next) = store::page(&mut tx, actor.company, &query, &filter, after, limit).await?;
    let total = match query.count {
        true => Some(store::count(&mut tx, actor.company, &filter).await?),
        false => None,
    };
    Ok(Page { items, next, total })
}

pub(super) async fn count(service: &ContactService, actor: &Actor, filter: ContactFilter) -> Result<i64, Fault> {
    actor.require(Capability::ContactsRead)?;
    let mut tx = service.db.read(actor.company).await?;
    let filter = store::weigh(&mut tx, actor.company, checked(filter)?).await?;
    Ok(store::count(&mut tx, actor.company, &filter).await?)
}

pub(super) async fn get(service: &ContactService, actor: &Actor, id: ContactId) -> Result<Contact, Fault> {
    actor.require(Capability::ContactsRead)?;
    let mut tx = service.db.read(actor.company).await?;
    store::whole(&mut tx, actor.company, id.0).await?.ok_or_else(|| Fault::missing("Contact"))
}

/// Most addresses looked up at once.
const MAX_EMAILS: usize = 10_000;

pub(super) async fn by_emails(
    service: &ContactService,
    actor: &Actor,
    emails: Vec<String>,
) -> Result<BTreeMap<String, ContactId>, Fault> {
    actor.require(Capability::ContactsRead)?;
    if emails.len() > MAX_EMAILS {
        return Err(Fault::invalid("emails", "At most 10,000 addresses at once. Split them."));
    }
    let spelled = |given: String| Some((connect::email::address::normalise(&given).ok()?.as_str().to_owned(), given));
    let wanted: Vec<(String, String)> = emails.into_iter().filter_map(spelled).collect();
    let addresses: Vec<&str> = wanted.iter().map(|(address, _)| address.as_str()).collect();
    let mut tx = service.db.read(actor.company).await?;
    let known = store::known_by_email(&mut tx, actor.company, &addresses, false).await?;
    Ok(wanted.iter().filter_map(|(address, given)| Some((given.clone(), ContactId(known.get(address)?.id)))).collect())
}

pub(super) async fn timeline(
    service: &ContactService,
    actor: &Actor,
    id: ContactId,
    cursor: Option<Cursor>,
) -> Result<Page<Moment>, Fault> {
    actor.require(Capability::ContactsRead)?;
    let from = store::timeline_cursor(cursor.as_ref()).ok_or_else(stale_cursor)?;
    let mut tx = service.db.read(actor.company).await?;
    let (source, created) =
        store::origin(&mut tx, actor.company, id.0).await?.ok_or_else(|| Fault::missing("Contact"))?;
    let (mut items, next) = store::timeline(&mut tx, actor.company, id.0, from, TIMELINE).await?;
    if next.is_none() {
        let imported = source.starts_with("import ");
        items.push(Moment {
            kind: if imported { "imported" } else { "created" }.to_owned(),
            title: if imported { "Added by an import" } else { "Added" }.to_owned(),
            detail: source,
            href: String::new(),
            at: Micros(created),
        });
    }
    Ok(Page { items, next, total: None })
}

pub(super) async fn search(service: &ContactService, actor: &Actor, text: &str, limit: u32) -> Result<Vec<Hit>, Fault> {
    actor.require(Capability::ContactsRead)?;
    let limit = i64::from(limit.clamp(1, 50));
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = service.db.read(actor.company).await?;
    let contacts = store::hits(&mut tx, actor.company, text, limit).await?;
    let lists = store::lists_like(&mut tx, actor.company, text, limit).await?;
    let contact = |row: store::HitRow| {
        let email = row.email.unwrap_or_default();
        let name = format!("{} {}", row.first_name, row.last_name).trim().to_owned();
        let title = [&name, &email, &row.phone].into_iter().find(|t| !t.is_empty()).cloned().unwrap_or_default();
        let subtitle = if title == email { row.organisation } else { email };
        Hit { kind: "contact".into(), title, subtitle, href: format!("/contacts/{}", row.id) }
    };
    let list = |(id, name): (Uuid, String)| Hit {
        kind: "list".into(),
        title: name,
        subtitle: "List".into(),
        href: format!("/contacts?list={id}"),
    };
    let hits = contacts.into_iter().map(contact).chain(lists.into_iter().map(list));
    Ok(hits.take(usize::try_from(limit).unwrap_or(50)).collect())
}

fn value_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

const HEAD: [&str; 13] = [
    "email",
    "first_name",
    "last_name",
    "phone",
    "organisation",
    "zone",
    "language",
    "tags",
    "consent",
    "consent_source",
    "consent_at",
    "source",
    "created_at",
];

fn export_row(out: &mut String, row: &ExportRow, tags: &[String], fields: &[Field]) -> Result<(), Fault> {
    let values = store::fields_of(&row.fields, row.id)?;
    let consent_at = row.consent_at.map(|at| Micros(at).to_string()).unwrap_or_default();
    let (tags, created) = (tags.join(", "), Micros(row.created_at).to_string());
    let own: Vec<String> = fields.iter().map(|f| values.get(&f.key).map(value_text).unwrap_or_default()).collect();
    let fixed = [
        row.email.as_deref().unwrap_or_default(),
        &row.first_name,
        &row.last_name,
        &row.phone,
        &row.organisation,
        &row.zone,
        &row.language,
        &tags,
        &row.consent,
        row.consent_source.as_deref().unwrap_or_default(),
        &consent_at,
        &row.source,
        &created,
    ];
    csv::row(out, fixed.into_iter().chain(own.iter().map(String::as_str)));
    Ok(())
}

pub(super) async fn export(
    service: &ContactService,
    actor: &Actor,
    filter: ContactFilter,
    cursor: Option<Cursor>,
) -> Result<ExportPart, Fault> {
    actor.require(Capability::ContactsExport)?;
    let after: Uuid = match &cursor {
        None => Uuid::nil(),
        Some(Cursor(text)) => text.parse().map_err(|_| stale_cursor())?,
    };
    let mut tx = service.db.read(actor.company).await?;
    let fields = store::fields(&mut tx, actor.company).await?;
    let filter = store::weigh(&mut tx, actor.company, checked(filter)?).await?;
    let mut rows = store::export(&mut tx, actor.company, &filter, after, EXPORT + 1).await?;
    let more = rows.len() as i64 > EXPORT;
    rows.truncate(EXPORT as usize);
    let tags: HashMap<Uuid, Vec<String>> = store::tag_names(&mut tx, actor.company, rows.iter().map(|r| r.id)).await?;
    let mut out = String::new();
    if cursor.is_none() {
        csv::row(&mut out, HEAD.into_iter().chain(fields.iter().map(|f| f.key.as_str())));
    }
    for row in &rows {
        export_row(&mut out, row, tags.get(&row.id).map(Vec::as_slice).unwrap_or_default(), &fields)?;
    }
    let next = rows.last().filter(|_| more).map(|row| Cursor(row.id.to_string()));
    Ok(ExportPart { csv: out, next })
}

/// The day in the zone.
fn day(zone: &Zone, at: Micros) -> Date {
    let c = zone.civil(at);
    let year = i16::try_from(c.year).unwrap_or(1970);
    let (month, day) = (i8::try_from(c.month).unwrap_or(1), i8::try_from(c.day).unwrap_or(1));
    Date::new(year, month, day).unwrap_or_default()
}

fn days_before(today: Date, days: i32) -> Date {
    today.checked_sub(days.days()).unwrap_or(today)
}

pub(super) async fn summary(service: &ContactService, actor: &Actor) -> Result<AudienceSummary, Fault> {
    actor.require(Capability::ContactsRead)?;
    let zone = service.zones.zone(actor.company).await?;
    let now = service.clock.now();
    // A day more than is shown, so that no zone cuts into the first.
    let since = now.plus_seconds(-i64::from(2 * DAYS + 2) * 86_400);
    let mut tx = service.db.read(actor.company).await?;
    let figures = store::figures(&mut tx, actor.company, since).await?;
    let today = day(&zone, now);
    let mut per: HashMap<Date, i64> = HashMap::new();
    for (at, count) in &figures.added {
        *per.entry(day(&zone, *at)).or_default() += count;
    }
    let of = |days: i32| {
        let date = days_before(today, days);
        (date, per.get(&date).copied().unwrap_or(0))
    };
    let per_day: Vec<DayCount> =
        (0..DAYS).rev().map(of).map(|(date, count)| DayCount { day: date.to_string(), count }).collect();
    Ok(AudienceSummary {
        contacts: figures.contacts,
        subscribed: figures.subscribed,
        unsubscribed: figures.unsubscribed,
        suppressed: figures.suppressed,
        added: per_day.iter().map(|d| d.count).sum(),
        added_before: (DAYS..2 * DAYS).map(|d| of(d).1).sum(),
        per_day,
        lists: figures.lists,
        at: now,
    })
}
