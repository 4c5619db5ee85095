//! The frame of the application: rail, top bar, bottom bar. It knows no place by name; the nav is data.

mod places;
mod theme;

pub use places::{NavGroup, Place};
pub use theme::{Contrast, Look, Theme, ThemeSwitch};

use crate::{Avatar, Count, Crumb, Crumbs, Icon, IconName, Mark, Menu, MenuItem, Sheet, When, dom};
use leptos::prelude::*;

/// What stands at the fixed places of the shell. Each part is drawn where it belongs on a desk and on a phone.
#[derive(Clone, Default)]
pub struct ShellSlots {
    /// At the top of the rail: a `FirmMenu`.
    pub firm: ViewFn,
    /// At the foot of the rail: a `UserMenu`.
    pub user: ViewFn,
    /// In the top bar: work in the background, the bell, the emergency stop.
    pub bar: ViewFn,
    /// At the foot of the sheet on phones: the emergency stop again.
    pub sheet: ViewFn,
}

/// The frame around every page.
#[component]
pub fn Shell(
    /// All places, in groups.
    #[prop(into)]
    nav: Signal<Vec<NavGroup>>,
    /// The addresses of the four places in the bottom bar of phones; the fifth opens the rest.
    short: Vec<&'static str>,
    /// The path shown now.
    #[prop(into)]
    path: Signal<String>,
    /// The way up from this page.
    #[prop(into)]
    crumbs: Signal<Vec<Crumb>>,
    /// Opens the search.
    #[prop(into)]
    on_search: Callback<()>,
    /// What stands at the fixed places.
    slots: ShellSlots,
    /// The page.
    children: Children,
) -> impl IntoView {
    let more = RwSignal::new(false);
    let short = StoredValue::new(short);
    let ShellSlots { firm, user, bar, sheet } = slots;
    let (firm, user, sheet) = (StoredValue::new(firm), StoredValue::new(user), StoredValue::new(sheet));
    // A place was chosen: the sheet has done its work, and the keyboard starts at the top of the new page.
    Effect::new(move |before: Option<String>| {
        let now = path.with(|path| path.split('?').next().unwrap_or_default().to_owned());
        if before.is_some_and(|before| before != now) {
            more.set(false);
            dom::focus_id("main");
        }
        now
    });
    view! {
        <a class="skip" href="#main" rel="external">"Skip to content"</a>
        <div class="app">
            <nav class="rail" aria-label="Main">
                {firm.with_value(ViewFn::run)}
                <SearchButton on_search />
                {move || nav.get().into_iter().map(|group| rail_group(group, path)).collect_view()}
                <div class="me">{user.with_value(ViewFn::run)}</div>
            </nav>
            <div class="side">
                <header class="head">
                    <Crumbs items=crumbs />
                    <button
                        type="button"
                        class="btn quiet only hand"
                        aria-label="Search"
                        on:click=move |_| on_search.run(())
                    >
                        <Icon name=IconName::Search big=true />
                    </button>
                    {bar.run()}
                </header>
                <main id="main" tabindex="-1">{children()}</main>
            </div>
            <BottomBar nav short path more />
        </div>
        <Sheet open=more title="All places">
            <div class="places">
                {move || {
                    nav.get()
                        .into_iter()
                        .flat_map(|group| group.places)
                        .map(|place| place_link(place, path, true))
                        .collect_view()
                }}
            </div>
            <div class="stack">
                {sheet.with_value(ViewFn::run)} {firm.with_value(ViewFn::run)} {user.with_value(ViewFn::run)}
            </div>
        </Sheet>
    }
    .into_any()
}

#[component]
fn SearchButton(on_search: Callback<()>) -> impl IntoView {
    view! {
        <button type="button" class="find" title="Search or jump to" on:click=move |_| on_search.run(())>
            <Icon name=IconName::Search />
            <span class="grow clip">"Search or jump to"</span>
            <kbd>"⌘K"</kbd>
        </button>
    }
}

fn rail_group(group: NavGroup, path: Signal<String>) -> AnyView {
    let links =
        group.places.into_iter().map(|place| view! { <li>{place_link(place, path, false)}</li> }).collect_view();
    view! {
        {group.title.map(|title| view! { <h2>{title}</h2> })}
        <ul>{links}</ul>
    }
    .into_any()
}

fn place_link(place: Place, path: Signal<String>, big: bool) -> AnyView {
    let own = place.home;
    let current = move || path.with(|path| places::is_in(path, own)).then_some("page");
    let (count, hot) = (place.count, place.is_hot);
    view! {
        <a href=place.href title=place.label aria-current=current>
            <Icon name=place.icon big />
            <span class="words">{place.label}</span>
            {move || count.get().filter(|count| *count > 0).map(|value| view! { <Count value hot /> })}
        </a>
    }
    .into_any()
}

#[component]
fn BottomBar(
    nav: Signal<Vec<NavGroup>>,
    short: StoredValue<Vec<&'static str>>,
    path: Signal<String>,
    more: RwSignal<bool>,
) -> impl IntoView {
    let places = move || {
        let all: Vec<Place> = nav.get().into_iter().flat_map(|group| group.places).collect();
        short
            .get_value()
            .into_iter()
            .filter_map(|href| all.iter().find(|place| place.href == href).cloned())
            .collect::<Vec<_>>()
    };
    let is_elsewhere = move || {
        let now = path.get();
        !short.with_value(|short| short.iter().any(|href| places::is_in(&now, href)))
    };
    view! {
        <nav class="bottom" aria-label="Main, short">
            {move || places().into_iter().map(|place| place_link(place, path, true)).collect_view()}
            <button
                type="button"
                aria-haspopup="dialog"
                aria-expanded=move || if more.get() { "true" } else { "false" }
                aria-current=move || is_elsewhere().then_some("true")
                on:click=move |_| more.set(true)
            >
                <Icon name=IconName::More big=true />
                "More"
            </button>
        </nav>
    }
}

/// The company one works in, and the way to another.
#[component]
pub fn FirmMenu(
    /// The company's name.
    #[prop(into)]
    name: Signal<String>,
    /// The other companies and what can be done with them.
    #[prop(into)]
    items: Signal<Vec<MenuItem>>,
) -> impl IntoView {
    let trigger = move || {
        view! {
            <Mark />
            <span class="grow clip">{move || name.get()}</span>
            <Icon name=IconName::Down />
        }
    };
    let label = Signal::derive(move || format!("{}: change company", name.get()));
    view! { <Menu label items trigger class="firm" /> }
}

/// Who is signed in, and their own menu.
#[component]
pub fn UserMenu(
    /// The person's name.
    #[prop(into)]
    name: Signal<String>,
    /// Their role in this company.
    #[prop(into)]
    role: Signal<String>,
    /// Profile, look, sign out.
    #[prop(into)]
    items: Signal<Vec<MenuItem>>,
) -> impl IntoView {
    let trigger = move || {
        view! {
            <Avatar name />
            <span class="grow clip">
                {move || name.get()} <span class="sub">{move || role.get()}</span>
            </span>
            <Icon name=IconName::Dots />
        }
    };
    let label = Signal::derive(move || format!("{} {}: your menu", name.get(), role.get()));
    view! { <Menu label items trigger class="who" is_worded=true /> }
}

/// The bell: what needs a person.
#[component]
pub fn BellButton(
    /// How many.
    #[prop(into)]
    count: Signal<u64>,
    /// Opens the list.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let label = move || match count.get() {
        0 => "Nothing needs a person".to_owned(),
        1 => "1 thing needs a person".to_owned(),
        many => format!("{many} things need a person"),
    };
    view! {
        <button type="button" class="btn quiet only bell" aria-label=label title=label on:click=move |_| on_press.run(())>
            <Icon name=IconName::Bell big=true />
            {move || {
                (count.get() > 0)
                    .then(|| view! { <span aria-hidden="true"><Count value=count hot=true /></span> })
            }}
        </button>
    }
}

/// Work in the background: how much runs, how far it is.
#[component]
pub fn WorkButton(
    /// How many jobs run.
    #[prop(into)]
    running: Signal<u64>,
    /// How far the furthest-reaching one is, 0 to 100.
    #[prop(into)]
    percent: Signal<u8>,
    /// Opens the list.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let label = move || format!("{} running in the background", running.get());
    view! {
        <When is=move || { running.get() > 0 }>
            <button type="button" class="btn quiet" aria-label=label on:click=move |_| on_press.run(())>
                <crate::Ring percent />
                <span class="desk">{move || format!("{} running", running.get())}</span>
            </button>
        </When>
    }
}
