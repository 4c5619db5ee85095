//! Acting on many contacts, and taking it back.

use super::ContactService;
use crate::contacts::rules;
use crate::contacts::store::{self, Act, Picked};
use contract::contacts::{BulkAct, BulkDone, Selection};
use contract::{Actor, Capability, Fault, Micros};
use kernel::db::Tx;
use kernel::outbox;
use serde_json::json;
use uuid::Uuid;

/// How long a bulk action may be taken back, seconds.
const UNDO: i64 = 15 * 60;
/// Most contacts that are named one by one.
const MAX_IDS: usize = 10_000;

async fn named(service: &ContactService, tx: &mut Tx, actor: &Actor, act: BulkAct, now: Micros) -> Result<Act, Fault> {
    let company = actor.company;
    Ok(match act {
        BulkAct::AddTag(name) => {
            let name = rules::tag(&name).map_err(|why| Fault::invalid("tag", why))?;
            let names = [name.clone()];
            let made = store::make_tags(tx, company, &names, || service.ids.uuid(), now).await?;
            let (_, tag) = made.into_iter().next().ok_or_else(|| Fault::missing("Tag"))?;
            Act::TagAdd { tag, name }
        }
        BulkAct::RemoveTag(id) => {
            let name = store::tag_name(tx, company, id).await?.ok_or_else(|| Fault::missing("Tag"))?;
            Act::TagRemove { tag: id.0, name }
        }
        BulkAct::AddToList(id) => {
            let name = store::list_name(tx, company, id).await?.ok_or_else(|| Fault::missing("List"))?;
            Act::ListAdd { list: id.0, name }
        }
        BulkAct::RemoveFromList(id) => {
            let name = store::list_name(tx, company, id).await?.ok_or_else(|| Fault::missing("List"))?;
            Act::ListRemove { list: id.0, name }
        }
        BulkAct::Unsubscribe => Act::Unsubscribe,
        BulkAct::Delete => Act::Delete,
    })
}

fn right(delete: bool) -> Capability {
    if delete { Capability::ContactsDelete } else { Capability::ContactsWrite }
}

pub(super) async fn bulk(
    service: &ContactService,
    actor: &Actor,
    selection: Selection,
    act: BulkAct,
) -> Result<BulkDone, Fault> {
    actor.require(right(act == BulkAct::Delete))?;
    if let Selection::Ids(ids) = &selection
        && ids.len() > MAX_IDS
    {
        return Err(Fault::invalid(
            "selection",
            "At most 10,000 contacts can be named one by one. Select by filter instead.",
        ));
    }
    let (company, now, undo) = (actor.company, service.clock.now(), service.ids.uuid());
    let mut tx = service.db.begin(company).await?;
    let act = named(service, &mut tx, actor, act, now).await?;
    let filter = match &selection {
        Selection::Ids(_) => None,
        Selection::Filter(filter) => Some(store::weigh(&mut tx, company, super::read::checked(filter.clone())?).await?),
    };
    store::open_undo(&mut tx, company, undo, &act, now, now.plus_seconds(UNDO)).await?;
    tx.commit().await?;
    let picked = match (&selection, &filter) {
        (Selection::Ids(ids), _) => Picked::Ids(ids),
        (_, Some(filter)) => Picked::Filter(filter),
        (Selection::Filter(_), None) => return Ok(BulkDone { changed: 0, undo: None }),
    };
    let (mut changed, mut after) = (0_i64, Uuid::nil());
    loop {
        let mut tx = service.db.begin(company).await?;
        let (count, last) = store::act(&mut tx, company, undo, &act, &picked, after, now).await?;
        if count == 0 {
            break;
        }
        changed += i64::try_from(count).unwrap_or(i64::MAX);
        after = last;
        outbox::record(&mut tx, company, "contacts.changed", undo, &json!({ "changed": count }), now);
        tx.commit().await?;
    }
    if changed == 0 {
        let mut tx = service.db.begin(company).await?;
        store::drop_undo(&mut tx, company, undo).await?;
        tx.commit().await?;
    }
    Ok(BulkDone { changed, undo: (changed > 0).then(|| undo.to_string()) })
}

pub(super) async fn undo(service: &ContactService, actor: &Actor, token: &str) -> Result<i64, Fault> {
    actor.require(Capability::ContactsWrite)?;
    let missing = || Fault::missing("This action");
    let undo: Uuid = token.parse().map_err(|_| missing())?;
    let (company, now) = (actor.company, service.clock.now());
    let mut tx = service.db.begin(company).await?;
    let row = store::undo_of(&mut tx, company, undo).await?.ok_or_else(missing)?;
    let act: Act = serde_json::from_str(&row.act).map_err(kernel::fault::broken)?;
    actor.require(right(act == Act::Delete))?;
    if now.0 > row.expires_at {
        return Err(Fault::conflict("An action can be undone for 15 minutes; this one is older."));
    }
    if row.undone_at.is_some() || !store::close_undo(&mut tx, company, undo, now).await? {
        return Err(Fault::conflict("This action has been undone already."));
    }
    tx.commit().await?;
    let (mut changed, mut after) = (0_i64, Uuid::nil());
    loop {
        let mut tx = service.db.begin(company).await?;
        let (count, last) = store::back(&mut tx, company, undo, &act, after, Micros(row.at), now).await?;
        changed += i64::try_from(count).unwrap_or(i64::MAX);
        outbox::record(&mut tx, company, "contacts.changed", undo, &json!({ "changed": count }), now);
        tx.commit().await?;
        match last {
            Some(last) => after = last,
            None => return Ok(changed),
        }
    }
}
