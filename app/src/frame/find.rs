//! The command palette: contacts, campaigns, pages and actions.

use crate::api;
use contract::Capability;
use contract::live::Hit;
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use session::{Fetched, Viewer};

/// Pages and actions by name, with their address and who may go there.
const PLACES: [(&str, &str, IconName, Option<Capability>); 17] = [
    ("Home", "/", IconName::Home, None),
    ("Campaigns", "/campaigns", IconName::Campaign, None),
    ("New campaign", "/campaigns?new=1", IconName::Plus, Some(Capability::CampaignsWrite)),
    ("Messages", "/messages", IconName::Send, None),
    ("Templates", "/templates", IconName::Mail, None),
    ("Contacts", "/contacts", IconName::People, None),
    ("Lists and tags", "/lists", IconName::Rings, None),
    ("Imports", "/imports", IconName::Upload, None),
    ("Import a file", "/imports?new=1", IconName::Plus, Some(Capability::ContactsWrite)),
    ("Senders", "/settings/senders", IconName::Send, None),
    ("Sending domains", "/settings/domains", IconName::Shield, None),
    ("Bounces", "/settings/bounces", IconName::Reply, None),
    ("Delivery", "/settings/delivery", IconName::Clock, None),
    ("People", "/settings/people", IconName::People, None),
    ("Company", "/settings/company", IconName::HomeFirm, None),
    ("API keys", "/settings/keys", IconName::Key, Some(Capability::ApiKeysManage)),
    ("Profile and security", "/settings/profile", IconName::Lock, None),
];

/// The palette.
#[lazy]
pub fn palette(open: RwSignal<bool>) -> ViewFn {
    ViewFn::from(move || view! { <Find open /> })
}

#[component]
fn Find(open: RwSignal<bool>) -> impl IntoView {
    let viewer = Viewer::here();
    let query = RwSignal::new(String::new());
    // Not a resource: a boundary around the whole frame would take this dialog off the page while it loads, and put it
    // back as one that is not modal any more.
    let hits = Fetched::new(
        move || (query.get().trim().to_owned(), open.get()),
        |(text, is_open)| async move {
            if is_open && text.chars().count() >= 2 { api::find_all(text).await } else { Ok(Vec::new()) }
        },
    )
    .value();
    let groups = Signal::derive(move || {
        let text = query.get();
        let mut groups = found(&hits.get().and_then(Result::ok).unwrap_or_default());
        let places: Vec<PaletteEntry> = PLACES
            .into_iter()
            .filter(|(name, ..)| matches(name, &text))
            .filter(|(.., needed)| needed.is_none_or(|c| viewer.may(c)))
            .map(|(name, href, icon, _)| PaletteEntry::link(href, name, icon, href))
            .collect();
        if !places.is_empty() {
            groups.push(PaletteGroup { title: "Go to".into(), entries: places });
        }
        groups
    });
    view! { <Palette open query groups on_pick=|_| () /> }.into_any()
}

/// The keys that open it, and those that lead to the main places.
pub fn shortcuts(open: RwSignal<bool>) {
    palette_key(open);
    let go = StoredValue::new(use_navigate());
    let to = move |address: &'static str| move || go.with_value(|go| go(address, Default::default()));
    use_shortcut("/", "Search", move || open.set(true));
    use_shortcut("g h", "Go home", to("/"));
    use_shortcut("g c", "Go to campaigns", to("/campaigns"));
    use_shortcut("g p", "Go to contacts", to("/contacts"));
    use_shortcut("g t", "Go to templates", to("/templates"));
    use_shortcut("g i", "Go to imports", to("/imports"));
}

/// Every word typed must stand in the name.
fn matches(name: &str, typed: &str) -> bool {
    let name = name.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| name.contains(word))
}

fn found(hits: &[Hit]) -> Vec<PaletteGroup> {
    [
        ("campaign", "Campaigns", IconName::Campaign),
        ("contact", "Contacts", IconName::Person),
        ("list", "Lists", IconName::Rings),
    ]
    .into_iter()
    .filter_map(|(kind, title, icon)| {
        let entries: Vec<PaletteEntry> = hits
            .iter()
            .filter(|h| h.kind == kind)
            .map(|h| PaletteEntry::link(h.href.clone(), h.title.clone(), icon, h.href.clone()).hint(h.subtitle.clone()))
            .collect();
        (!entries.is_empty()).then(|| PaletteGroup { title: title.into(), entries })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn every_typed_word_must_stand_in_the_name() {
        assert!(matches("Import a file", "file imp"));
        assert!(matches("Import a file", ""));
        assert!(!matches("Import a file", "export"));
    }
}
