//! Tabs that are addresses, and the way up.

use crate::Count;
use leptos::{html::Nav, prelude::*};

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabLink {
    /// Its address.
    pub href: String,
    /// Its words.
    pub label: String,
    /// How many are behind it.
    pub count: Option<u64>,
    /// Shown now.
    pub is_current: bool,
}

impl TabLink {
    /// Address, words, and whether it is shown now.
    pub fn new(href: impl Into<String>, label: impl Into<String>, is_current: bool) -> Self {
        Self { href: href.into(), label: label.into(), count: None, is_current }
    }

    /// Tabs of these addresses and words, of which one is shown now.
    #[must_use]
    pub fn of(places: &[(&'static str, &'static str)], current: &str) -> Vec<Self> {
        places.iter().map(|(href, label)| Self::new(*href, *label, *href == current)).collect()
    }

    /// Adds how many are behind it.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Tabs. Each is a link, so that the shown tab lives in the address.
#[component]
pub fn Tabs(
    /// What the tabs are of.
    #[prop(into)]
    label: Signal<String>,
    /// The tabs.
    #[prop(into)]
    items: Signal<Vec<TabLink>>,
    /// Boxed and side by side, for views of the same thing (month, week, day).
    #[prop(optional)]
    segmented: bool,
) -> impl IntoView {
    let tab = |item: TabLink| {
        view! {
            <a href=item.href aria-current=item.is_current.then_some("page")>
                {item.label}
                {item.count.map(|count| view! { <Count value=count /> })}
            </a>
        }
    };
    let bar = NodeRef::<Nav>::new();
    // On a phone the row scrolls: the tab that is shown is brought into sight.
    Effect::new(move |_| {
        items.track();
        let Some(bar) = bar.get() else { return };
        if let Some(current) = bar.query_selector("[aria-current]").ok().flatten() {
            // only the row: the page itself stays where it is
            let (row, tab) = (bar.get_bounding_client_rect(), current.get_bounding_client_rect());
            let off = tab.left() - row.left() - (row.width() - tab.width()) / 2.0;
            bar.scroll_by_with_x_and_y(off, 0.0);
        }
    });
    view! {
        <nav class=if segmented { "seg" } else { "tabs" } aria-label=move || label.get() node_ref=bar>
            {move || items.get().into_iter().map(tab).collect_view()}
        </nav>
    }
}

/// A place on the way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// Its words.
    pub label: String,
    /// Its address; the last crumb has none.
    pub href: Option<String>,
}

impl Crumb {
    /// A place above this one.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()) }
    }

    /// This place.
    pub fn here(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None }
    }
}

/// The way up from this page.
#[component]
pub fn Crumbs(
    /// From the top to this place.
    #[prop(into)]
    items: Signal<Vec<Crumb>>,
) -> impl IntoView {
    let part = |crumb: Crumb| match crumb.href {
        Some(href) => view! { <a href=href>{crumb.label}</a> }.into_any(),
        None => view! { <span aria-current="page">{crumb.label}</span> }.into_any(),
    };
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            {move || items.get().into_iter().map(part).collect_view()}
        </nav>
    }
}
