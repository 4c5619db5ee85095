//! Writing contacts one by one, and many by address.

use super::ContactService;
use crate::contacts::rules::{self, Checked};
use crate::contacts::store;
use crate::contacts::upsert::{ConsentRow, How, Incoming, Known, MomentRow, Outcome, Plan};
use contract::contacts::{Channel, ConsentState, Contact, ContactDraft, Field, RefusedLine, Upserted};
use contract::{Actor, Capability, CompanyId, ContactId, Fault, FieldError, ListId, Micros, Who};
use kernel::db::Tx;
use kernel::outbox;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Most lines of one bulk upsert.
const MAX_LINES: usize = 10_000;
const MAX_GROUPS: usize = 100;

fn source(actor: &Actor) -> Arc<str> {
    Arc::from(match actor.who {
        Who::User { .. } => "added by hand",
        Who::ApiKey(_) => "API",
        Who::System => "Lux",
    })
}

/// A draft on its way: checked, tags by name, lists by id.
struct Half {
    checked: Checked,
    tags: Option<Vec<String>>,
    lists: Option<Vec<ListId>>,
    consent: Option<(ConsentState, Arc<str>)>,
}

/// Checks everything about a draft that needs no database beyond the field definitions.
fn half(draft: &ContactDraft, defs: &[Field], default_source: &str) -> Result<Half, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut refuse =
        |field: &str, message: &str| errors.push(FieldError { field: field.into(), message: message.into() });
    let mut tags = None;
    if let Some(names) = &draft.tags {
        let mut good: Vec<String> = Vec::new();
        for name in names {
            match rules::tag(name) {
                Ok(name) if good.iter().any(|g| rules::name_key(g) == rules::name_key(&name)) => {}
                Ok(name) => good.push(name),
                Err(why) => refuse("tags", why),
            }
        }
        if good.len() > MAX_GROUPS {
            refuse("tags", "At most 100 tags per contact.");
        }
        tags = Some(good);
    }
    if draft.lists.as_ref().is_some_and(|l| l.len() > MAX_GROUPS) {
        refuse("lists", "At most 100 lists per contact.");
    }
    let told = rules::line(draft.consent_source.as_deref().unwrap_or_default());
    if told.chars().count() > rules::MAX_ORGANISATION {
        refuse("consent_source", "The source of the consent is longer than 300 characters. Shorten it.");
    }
    if draft.consent == Some(ConsentState::Subscribed) && told.is_empty() {
        refuse("consent_source", "Say where the consent came from, for example: paper form at the fair.");
    }
    let from: Arc<str> = if told.is_empty() { Arc::from(default_source) } else { Arc::from(told) };
    let consent = draft.consent.map(|state| (state, from));
    match rules::check(draft, defs, "") {
        Ok(checked) if errors.is_empty() => Ok(Half { checked, tags, lists: draft.lists.clone(), consent }),
        Ok(_) => Err(errors),
        Err(mut more) => {
            more.extend(errors);
            Err(more)
        }
    }
}

/// Refuses ids of lists that are not there.
async fn check_lists(tx: &mut Tx, company: CompanyId, lists: &[ListId]) -> Result<(), Fault> {
    let unique: HashSet<Uuid> = lists.iter().map(|l| l.0).collect();
    let there = store::lists_there(tx, company, lists).await?;
    if there.len() < unique.len() {
        return Err(Fault::invalid(
            "lists",
            "One of these lists is no longer there. Load the page again and choose anew.",
        ));
    }
    Ok(())
}

async fn whole_draft(
    service: &ContactService,
    tx: &mut Tx,
    company: CompanyId,
    half: Half,
    now: Micros,
) -> Result<Incoming, Fault> {
    check_lists(tx, company, half.lists.as_deref().unwrap_or_default()).await?;
    let mut tags = None;
    if let Some(names) = &half.tags {
        let made = store::make_tags(tx, company, names, || service.ids.uuid(), now).await?;
        tags = Some(made.into_iter().map(|(_, id)| id).collect());
    }
    let lists = half.lists.map(|lists| lists.into_iter().map(|l| l.0).collect());
    Ok(Incoming { checked: half.checked, tags, lists, exact: true, consent: half.consent })
}

async fn taken(tx: &mut Tx, company: CompanyId, email: &str, except: Option<Uuid>) -> Result<(), Fault> {
    let known = store::known_by_email(tx, company, &[email], false).await?;
    match known.into_values().find(|k| Some(k.id) != except) {
        None => Ok(()),
        Some(other) => Err(Fault::conflict(format!(
            "{email} is already the address of {}. Open that contact to change it: /contacts/{}",
            name_of(&other),
            other.id
        ))),
    }
}

fn name_of(known: &Known) -> String {
    let name = format!("{} {}", known.profile.first_name, known.profile.last_name).trim().to_owned();
    if name.is_empty() { "another contact".to_owned() } else { name }
}

async fn read_back(tx: &mut Tx, company: CompanyId, id: Uuid) -> Result<Contact, Fault> {
    store::whole(tx, company, id).await?.ok_or_else(|| Fault::missing("Contact"))
}

pub(super) async fn create(service: &ContactService, actor: &Actor, draft: ContactDraft) -> Result<Contact, Fault> {
    actor.require(Capability::ContactsWrite)?;
    let (company, now) = (actor.company, service.clock.now());
    let mut tx = service.db.begin(company).await?;
    let defs = store::fields(&mut tx, company).await?;
    let source = source(actor);
    let half = half(&draft, &defs, &source).map_err(|fields| Fault::Invalid { fields })?;
    let email = half.checked.email.clone().flatten();
    if email.is_none() && half.checked.phone.as_deref().unwrap_or_default().is_empty() {
        return Err(Fault::invalid(
            "email",
            "Write an email address or a phone number, so that the person can be reached.",
        ));
    }
    if let Some(email) = &email {
        taken(&mut tx, company, email, None).await?;
    }
    let incoming = whole_draft(service, &mut tx, company, half, now).await?;
    let id = service.ids.uuid();
    let mut plan = Plan::default();
    plan.create(id, &incoming);
    store::write(&mut tx, company, &plan, &source, true, now).await.map_err(by_address)?;
    if let (Some(email), Some((ConsentState::Subscribed, _))) = (&email, &incoming.consent) {
        // A deliberate, proven yes takes back the no that a deleted contact had left for this address.
        store::lift(&mut tx, company, email).await?;
    }
    outbox::record(&mut tx, company, "contact.created", id, &json!({ "email": email }), now);
    let contact = read_back(&mut tx, company, id).await?;
    tx.commit().await.map_err(by_address)?;
    Ok(contact)
}

/// Two people who add the same address at once: the second learns of the first.
fn by_address(error: kernel::DbError) -> Fault {
    if error.violates("email") {
        return Fault::conflict("Somebody added this address a moment ago. Search for it and change that contact.");
    }
    error.into()
}

pub(super) async fn update(
    service: &ContactService,
    actor: &Actor,
    id: ContactId,
    draft: ContactDraft,
) -> Result<Contact, Fault> {
    actor.require(Capability::ContactsWrite)?;
    let (company, now) = (actor.company, service.clock.now());
    let mut tx = service.db.begin(company).await?;
    let known = store::known_by_id(&mut tx, company, id.0).await?.ok_or_else(|| Fault::missing("Contact"))?;
    let defs = store::fields(&mut tx, company).await?;
    let mut draft = draft;
    if draft.phone.as_deref() == Some(known.profile.phone.as_str()) {
        // An import may have brought a number without its country; a form that sends it back unchanged is fine.
        draft.phone = None;
    }
    let half = half(&draft, &defs, &source(actor)).map_err(|fields| Fault::Invalid { fields })?;
    let mut after = known.profile.clone();
    half.checked.overlay(&mut after);
    if after.email.is_none() && after.phone.is_empty() {
        return Err(Fault::invalid(
            "email",
            "Keep an email address or a phone number, so that the person can be reached.",
        ));
    }
    if let Some(email) = after.email.as_ref().filter(|e| Some(*e) != known.profile.email.as_ref()) {
        taken(&mut tx, company, email, Some(id.0)).await?;
    }
    let incoming = whole_draft(service, &mut tx, company, half, now).await?;
    let title = Some("Profile changed".to_owned());
    let how = How { source: source(actor), title, href: String::new(), deliberate: true, now };
    let mut plan = Plan::default();
    if plan.change(&known, &incoming, &how) == Outcome::Updated {
        store::write(&mut tx, company, &plan, &how.source, true, now).await.map_err(by_address)?;
        outbox::record(&mut tx, company, "contact.updated", id, &json!({}), now);
    }
    let contact = read_back(&mut tx, company, id.0).await?;
    tx.commit().await?;
    Ok(contact)
}

pub(super) async fn set_consent(
    service: &ContactService,
    actor: &Actor,
    id: ContactId,
    channel: Channel,
    state: ConsentState,
    told: &str,
) -> Result<Contact, Fault> {
    actor.require(Capability::ContactsWrite)?;
    let (company, now) = (actor.company, service.clock.now());
    let told = rules::line(told);
    if state == ConsentState::Subscribed && told.is_empty() {
        return Err(Fault::invalid("source", "Say where the consent came from, for example: paper form at the fair."));
    }
    if told.chars().count() > rules::MAX_ORGANISATION {
        return Err(Fault::invalid("source", "The source of the consent is longer than 300 characters. Shorten it."));
    }
    let from: Arc<str> = if told.is_empty() { source(actor) } else { Arc::from(told) };
    let mut tx = service.db.begin(company).await?;
    let known = store::known_by_id(&mut tx, company, id.0).await?.ok_or_else(|| Fault::missing("Contact"))?;
    let row = ConsentRow { contact: id.0, state: state.as_str(), source: Arc::clone(&from) };
    let title = match (channel, state) {
        (Channel::Email, state) => crate::contacts::upsert::consent_title(state),
        (Channel::Sms, ConsentState::Subscribed) => "Subscribed to text messages",
        (Channel::Sms, ConsentState::Unsubscribed) => "Unsubscribed from text messages",
        (Channel::Sms, ConsentState::None) => "Consent to text messages taken back to none",
    };
    match channel {
        Channel::Email => store::consents(&mut tx, company, &[row], true, now).await?,
        Channel::Sms => store::sms_consent(&mut tx, company, row, now).await?,
    }
    let kind = if state == ConsentState::None { "changed" } else { state.as_str() };
    let (detail, href) = (from.to_string(), String::new());
    let moment = MomentRow { contact: known.id, kind: kind.into(), title: title.into(), detail, href, at: now.0 };
    store::moments(&mut tx, company, &[moment]).await?;
    outbox::record(&mut tx, company, "contact.updated", id, &json!({ "consent": state.as_str() }), now);
    let contact = read_back(&mut tx, company, id.0).await?;
    tx.commit().await?;
    Ok(contact)
}

pub(super) async fn upsert_many(
    service: &ContactService,
    actor: &Actor,
    drafts: Vec<ContactDraft>,
) -> Result<Upserted, Fault> {
    actor.require(Capability::ContactsWrite)?;
    if drafts.len() > MAX_LINES {
        return Err(Fault::invalid("contacts", "At most 10,000 contacts at once. Split them, or import a file."));
    }
    let (company, now) = (actor.company, service.clock.now());
    let source = source(actor);
    let mut tx = service.db.begin(company).await?;
    let defs = store::fields(&mut tx, company).await?;
    let mut done = Upserted::default();
    // The last line of an address wins; the earlier ones count as part of it.
    let mut by_email: HashMap<String, (usize, Half)> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        match half(draft, &defs, &source) {
            Err(errors) => refuse(&mut done, index, errors),
            Ok(half) => match half.checked.email.clone().flatten() {
                Some(email) => drop(by_email.insert(email, (index, half))),
                None => {
                    let message = "Write the email address: it tells who this is.".to_owned();
                    refuse(&mut done, index, vec![FieldError { field: "email".into(), message }]);
                }
            },
        }
    }
    let mut halves: Vec<(usize, Half)> = by_email.into_values().collect();
    halves.sort_by_key(|(index, _)| *index);
    let lists: HashSet<ListId> = halves.iter().flat_map(|(_, h)| h.lists.iter().flatten().copied()).collect();
    let lists: Vec<ListId> = lists.into_iter().collect();
    let there: HashSet<Uuid> =
        store::lists_there(&mut tx, company, &lists).await?.into_iter().map(|(id, _)| id).collect();
    halves.retain(|(index, half)| {
        let good = half.lists.iter().flatten().all(|l| there.contains(&l.0));
        if !good {
            let message = "There is no such list.".to_owned();
            refuse(&mut done, *index, vec![FieldError { field: "lists".into(), message }]);
        }
        good
    });
    let plan = upsert_plan(service, &mut tx, company, halves, &source, now, &mut done).await?;
    store::write(&mut tx, company, &plan, &source, false, now).await.map_err(by_address)?;
    if done.created + done.updated > 0 {
        let figures = json!({ "created": done.created, "updated": done.updated });
        outbox::record(&mut tx, company, "contacts.changed", company, &figures, now);
    }
    tx.commit().await.map_err(by_address)?;
    done.refused.sort_by_key(|line| line.index);
    Ok(done)
}

fn refuse(done: &mut Upserted, index: usize, errors: Vec<FieldError>) {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    done.refused.extend(errors.into_iter().map(|e| RefusedLine { index, field: e.field, message: e.message }));
}

async fn upsert_plan(
    service: &ContactService,
    tx: &mut Tx,
    company: CompanyId,
    halves: Vec<(usize, Half)>,
    source: &Arc<str>,
    now: Micros,
    done: &mut Upserted,
) -> Result<Plan, Fault> {
    let mut names: HashMap<String, String> = HashMap::new();
    for name in halves.iter().flat_map(|(_, h)| h.tags.iter().flatten()) {
        names.entry(rules::name_key(name)).or_insert_with(|| name.clone());
    }
    let names: Vec<String> = names.into_values().collect();
    let tags: HashMap<String, Uuid> =
        store::make_tags(tx, company, &names, || service.ids.uuid(), now).await?.into_iter().collect();
    let emails: Vec<&str> = halves.iter().filter_map(|(_, h)| h.checked.email.as_ref()?.as_deref()).collect();
    let known = store::known_by_email(tx, company, &emails, true).await?;
    let title = Some("Profile changed".to_owned());
    let how = How { source: Arc::clone(source), title, href: String::new(), deliberate: false, now };
    let mut plan = Plan::default();
    for (_, half) in halves {
        let key = |name: &String| tags.get(&rules::name_key(name)).copied();
        let incoming = Incoming {
            tags: half.tags.as_ref().map(|names| names.iter().filter_map(key).collect()),
            lists: half.lists.map(|lists| lists.into_iter().map(|l| l.0).collect()),
            checked: half.checked,
            exact: true,
            consent: half.consent,
        };
        let email = incoming.checked.email.clone().flatten().unwrap_or_default();
        match known.get(&email) {
            None => {
                plan.create(service.ids.uuid(), &incoming);
                done.created += 1;
            }
            Some(known) => {
                if plan.change(known, &incoming, &how) == Outcome::Updated {
                    done.updated += 1;
                }
            }
        }
    }
    Ok(plan)
}
