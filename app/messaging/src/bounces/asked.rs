//! What the address of the page says, and how it is written.

use crate::parts::address;
use contract::bounces::BounceClass;
use contract::{CampaignId, HookId, MailboxId};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The page without anything asked for.
pub const PLAIN: &str = "/settings/bounces";
/// Mailboxes and hooks.
pub const SOURCES: &str = "/settings/bounces?tab=sources";
/// A new mailbox.
pub const NEW_MAILBOX: &str = "/settings/bounces?tab=sources&mailbox=new";
/// A new hook.
pub const NEW_HOOK: &str = "/settings/bounces?tab=sources&hook=new";

/// Parts of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// What came back.
    #[default]
    Returned,
    /// When mail is withheld and campaigns are held.
    Rules,
    /// Mailboxes and hooks.
    Sources,
}

impl Tab {
    /// Every tab with its words.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Returned, "What came back"), (Self::Rules, "Rules"), (Self::Sources, "Sources")];

    /// Its name in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "",
            Self::Rules => "rules",
            Self::Sources => "sources",
        }
    }

    /// As the address says.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let name = get("tab").unwrap_or_default();
        Self::ALL.into_iter().map(|(tab, _)| tab).find(|tab| tab.as_str() == name).unwrap_or_default()
    }

    /// Where it is.
    pub fn href(self) -> String {
        address(PLAIN, &[("tab", self.as_str())])
    }
}

/// Which of the bounces are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Of one class.
    pub class: Option<BounceClass>,
    /// Of one campaign.
    pub campaign: Option<CampaignId>,
    /// Part of the address.
    pub search: String,
}

impl Asked {
    /// As the address says.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            class: get("class").and_then(|class| class.parse().ok()),
            campaign: get("campaign").and_then(|id| id.parse().ok()),
            search: get("q").unwrap_or_default(),
        }
    }

    /// Where these are shown.
    pub fn address(&self) -> String {
        let class = self.class.map(BounceClass::as_str).unwrap_or_default();
        let campaign = self.campaign.map(|id| id.to_string()).unwrap_or_default();
        address(PLAIN, &[("class", class), ("campaign", &campaign), ("q", &self.search)])
    }

    /// Whether everything is asked for.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// What a sheet over the sources shows: something new, one of them, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<T> {
    /// A new one.
    New,
    /// That one.
    One(T),
}

/// As the address says under this name.
pub fn shown<T: std::str::FromStr>(name: &str, get: impl Fn(&str) -> Option<String>) -> Option<Shown<T>> {
    let text = get(name)?;
    if text == "new" { Some(Shown::New) } else { text.parse().ok().map(Shown::One) }
}

/// Where a mailbox is changed.
pub fn mailbox_address(id: MailboxId) -> String {
    format!("{SOURCES}&mailbox={id}")
}

/// Where a hook is shown.
pub fn hook_address(id: HookId) -> String {
    format!("{SOURCES}&hook={id}")
}

/// A sheet that is open while the address wants it, and gives the address of the sources back when it closes.
pub fn opened_while(wanted: Signal<bool>) -> RwSignal<bool> {
    let go = StoredValue::new(use_navigate());
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(wanted.get()));
    // Looks at the address without following it, so that the two never answer each other.
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is && wanted.get_untracked() {
            let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
            go.with_value(|go| go(SOURCES, options));
        }
        is
    });
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_is_asked_for_and_back() {
        let all = Asked::read(|_| None);
        assert!(all.is_all());
        assert_eq!(all.address(), PLAIN);
        let some = Asked::read(|name| match name {
            "class" => Some("soft".to_owned()),
            "q" => Some("a@b".to_owned()),
            _ => None,
        });
        assert_eq!(some.address(), "/settings/bounces?class=soft&q=a%40b");
        assert!(Asked::read(|name| (name == "class").then(|| "x".to_owned())).is_all());
    }

    #[test]
    fn a_tab_has_an_address_of_its_own() {
        for (tab, _) in Tab::ALL {
            let name = tab.as_str().to_owned();
            assert_eq!(Tab::read(|_| Some(name.clone())), tab);
        }
        assert_eq!(Tab::read(|_| None), Tab::Returned);
        assert_eq!(Tab::Sources.href(), SOURCES);
        assert_eq!(Tab::Returned.href(), PLAIN);
    }

    #[test]
    fn a_sheet_shows_a_new_one_or_one_that_is_named() {
        let id: HookId = "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap();
        assert_eq!(shown::<HookId>("hook", |_| Some(id.to_string())), Some(Shown::One(id)));
        assert_eq!(shown::<HookId>("hook", |_| Some("new".to_owned())), Some(Shown::New));
        assert_eq!(shown::<HookId>("hook", |_| Some("x".to_owned())), None);
        assert_eq!(shown::<HookId>("hook", |_| None), None);
        assert!(hook_address(id).ends_with(&id.to_string()));
    }
}
