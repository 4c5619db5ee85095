//! Frames: cards, lists of rows, pairs of facts, things to ask a person.

use crate::{Count, Icon, IconName, tone::classes};
use leptos::prelude::*;

/// A framed part of a page. Put a `CardBody` inside for padding; lists and tables go edge to edge.
#[component]
pub fn Card(
    /// The heading; also names the section.
    #[prop(optional, into)]
    title: MaybeProp<String>,
    /// Beside the heading: a count, a button.
    #[prop(optional, into)]
    aside: Option<ViewFnOnce>,
    /// Below a line at the end.
    #[prop(optional, into)]
    footer: Option<ViewFnOnce>,
    /// Something is happening in it now.
    #[prop(optional)]
    hot: bool,
    /// From edge to edge on phones.
    #[prop(optional)]
    bleed: bool,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let class = classes(&["card", if hot { "hot" } else { "" }, if bleed { "bleed" } else { "" }]);
    let has_head = aside.is_some();
    let aside = aside.map(ViewFnOnce::run);
    let head = match (title.get_untracked().is_some(), has_head) {
        (false, false) => None,
        _ => Some(view! {
            <header>
                <h2>{move || title.get()}</h2>
                {aside}
            </header>
        }),
    };
    view! {
        <section class=class aria-label=move || title.get()>
            {head}
            {children()}
            {footer.map(|footer| view! { <footer>{footer.run()}</footer> })}
        </section>
    }
}

/// The padded inside of a card.
#[component]
pub fn CardBody(
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! { <div class="body stack">{children()}</div> }
}

/// A list with hairlines; holds `Row`s.
#[component]
pub fn Rows(
    /// Names the list.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// `Row`s.
    children: Children,
) -> impl IntoView {
    view! { <ul class="rows" aria-label=move || label.get()>{children()}</ul> }
}

/// One row. With a `href` the whole row is a link named by `title`; other buttons stay outside of it.
#[component]
pub fn Row(
    /// The main words.
    #[prop(optional, into)]
    title: MaybeProp<String>,
    /// A fainter line below them.
    #[prop(optional, into)]
    detail: MaybeProp<String>,
    /// Where the row leads.
    #[prop(optional, into)]
    href: MaybeProp<String>,
    /// A drawing, time or swatch before the words.
    #[prop(optional, into)]
    before: Option<ViewFnOnce>,
    /// Chosen now.
    #[prop(optional, into)]
    on: Signal<bool>,
    /// What stands after the words: a status, a number, a button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let words = move || {
        let text = title.get();
        let small = detail.get().map(|detail| view! { <span class="sub">{detail}</span> });
        match href.get() {
            Some(href) => view! { <a class="cover grow" href=href>{text}{small}</a> }.into_any(),
            None => view! { <span class="grow">{text}{small}</span> }.into_any(),
        }
    };
    view! {
        <li class:on=move || on.get()>
            {before.map(ViewFnOnce::run)}
            {move || (title.get().is_some() || href.get().is_some()).then(words)}
            {children.map(|children| children())}
        </li>
    }
}

/// Name and value pairs; holds `Fact`s.
#[component]
pub fn Facts(
    /// `Fact`s.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One pair.
#[component]
pub fn Fact(
    /// The name.
    #[prop(into)]
    name: Signal<String>,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <dt>{move || name.get()}</dt>
        <dd>{children()}</dd>
    }
}

/// What needs a person, under one heading; holds `Ask`s.
#[component]
pub fn AskList(
    /// The heading: “Needs you”.
    #[prop(into)]
    title: Signal<String>,
    /// How many.
    #[prop(into)]
    count: Signal<u64>,
    /// `Ask`s.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card bleed ask-list" aria-label=move || title.get()>
            <h2>{move || title.get()} " " <Count value=count hot=true /></h2>
            <ul class="rows">{children()}</ul>
        </section>
    }
}

/// One thing that needs a person: what, why, and the button that answers it.
#[component]
pub fn Ask(
    /// The drawing of its kind.
    icon: IconName,
    /// What.
    #[prop(into)]
    what: Signal<String>,
    /// Why, since when, until when.
    #[prop(into)]
    why: Signal<String>,
    /// One small `Button` or `LinkButton`.
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <Icon name=icon tint="faint" />
            <span class="what clip">{move || what.get()}</span>
            <span class="why tiny faint clip">{move || why.get()}</span>
            {children()}
        </li>
    }
}

/// Title, one line below it, and the page's buttons.
#[component]
pub fn PageTitle(
    /// The heading of the page.
    #[prop(into)]
    title: Signal<String>,
    /// A line below: what, until when, in which zone.
    #[prop(optional, into)]
    detail: MaybeProp<String>,
    /// Beside the heading: a `Status`.
    #[prop(optional, into)]
    mark: Option<ViewFnOnce>,
    /// The page's buttons, one of them primary.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="title">
            <div>
                <div class="line wrap">
                    <h1>{move || title.get()}</h1>
                    {mark.map(ViewFnOnce::run)}
                </div>
                {move || detail.get().map(|detail| view! { <p>{detail}</p> })}
            </div>
            {children.map(|children| view! { <div class="acts">{children()}</div> })}
        </div>
    }
}
