//! Tags and lists may be named by id or by name.

use crate::wiring::App;
use contract::{Actor, Fault, ListId, Page, TagId};

/// The tag of a query.
pub async fn tag(app: &App, actor: &Actor, named: Option<&str>) -> Result<Option<TagId>, Fault> {
    let Some(named) = named.map(str::trim).filter(|n| !n.is_empty()) else { return Ok(None) };
    if let Ok(id) = named.parse() {
        return Ok(Some(id));
    }
    let tags = app.contacts.tags(actor).await?;
    let found = tags.into_iter().find(|t| same(&t.name, named));
    found.map(|t| Some(t.id)).ok_or_else(|| Fault::invalid("tag", format!("There is no tag {named}.")))
}

/// The list of a query.
pub async fn list(app: &App, actor: &Actor, named: Option<&str>) -> Result<Option<ListId>, Fault> {
    let Some(named) = named.map(str::trim).filter(|n| !n.is_empty()) else { return Ok(None) };
    if let Ok(id) = named.parse() {
        return Ok(Some(id));
    }
    let lists = app.contacts.lists(actor).await?;
    let found = lists.into_iter().find(|l| same(&l.name, named));
    found.map(|l| Some(l.id)).ok_or_else(|| Fault::invalid("list", format!("There is no list {named}.")))
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// All there is, as a page.
pub fn whole<T>(items: Vec<T>) -> Page<T> {
    let total = i64::try_from(items.len()).ok();
    Page { items, next: None, total }
}
