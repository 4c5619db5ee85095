//! One tile: one figure, its trend, and what wants attention, each a link to the place that answers it.

use super::{TileSlot, layout::TileAct};
use crate::{Icon, IconName, Menu, MenuItem, Shape, Tone, tone::classes};
use leptos::{ev, prelude::*};

/// A tile. Inside a `Board` it gets its grip and its menu.
#[component]
pub fn Tile(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// The drawing of its kind.
    icon: IconName,
    /// Where the heading leads.
    #[prop(optional, into)]
    href: MaybeProp<String>,
    /// Something in it happens now; its edge glows.
    #[prop(optional, into)]
    live: Signal<bool>,
    /// `TileAsk`s.
    #[prop(optional, into)]
    asks: Option<ViewFnOnce>,
    /// The lead: a big `Figure` and a `Spark`.
    children: Children,
) -> impl IntoView {
    let slot = use_context::<TileSlot>();
    let heading = move || match href.get() {
        Some(href) => view! { <a href=href>{move || title.get()}</a> }.into_any(),
        None => (move || title.get()).into_any(),
    };
    view! {
        <article class="tile" class:live=move || live.get() aria-label=move || title.get()>
            <header>
                <Icon name=icon />
                <h2>{heading}</h2>
                {slot.map(|slot| view! { <Tools link=slot /> })}
            </header>
            <div class="lead">{children()}</div>
            {asks.map(|asks| view! { <div class="asks">{asks.run()}</div> })}
        </article>
    }
    .into_any()
}

#[component]
fn Tools(link: TileSlot) -> impl IntoView {
    let act = link.act;
    let keys = move |event: ev::KeyboardEvent| {
        let wish = match event.key().as_str() {
            "ArrowLeft" | "ArrowUp" => TileAct::Earlier,
            "ArrowRight" | "ArrowDown" => TileAct::Later,
            "Home" => TileAct::To(0),
            "End" => TileAct::To(link.count.get_untracked()),
            _ => return,
        };
        event.prevent_default();
        act.run(wish);
    };
    let lift = move |event: ev::DragEvent| {
        link.dragged.set(Some(link.at.get_untracked()));
        if let Some(data) = event.data_transfer() {
            data.set_effect_allowed("move");
            // Firefox starts no drag without data.
            let _ = data.set_data("text/plain", &link.name.get_value());
        }
    };
    let items = move || {
        let at = link.at.get();
        let end = |blocked: bool, item: MenuItem| if blocked { item.blocked("It is there already") } else { item };
        vec![
            end(at == 0, MenuItem::run("Move earlier", move || act.run(TileAct::Earlier)).icon(IconName::Left)),
            end(
                at + 1 == link.count.get(),
                MenuItem::run("Move later", move || act.run(TileAct::Later)).icon(IconName::Right),
            ),
            MenuItem::run(if link.is_wide.get() { "Make narrower" } else { "Make wider" }, move || {
                act.run(TileAct::Resize)
            })
            .icon(IconName::Wider),
            MenuItem::run("Hide this tile", move || act.run(TileAct::Hide)).icon(IconName::Hide).rule(),
        ]
    };
    let name = link.name.get_value();
    view! {
        <span class="tools">
            <button
                type="button"
                class="btn only quiet small grip"
                id=link.grip_id()
                draggable="true"
                aria-label=format!("Move {name}; arrow keys move it")
                on:keydown=keys
                on:dragstart=lift
            >
                <Icon name=IconName::Grip />
            </button>
            <Menu label=format!("{name} tile: move, resize, hide") items />
        </span>
    }
}

/// One thing a tile wants attention for.
#[component]
pub fn TileAsk(
    /// The place that answers it.
    #[prop(into)]
    href: Signal<String>,
    /// How good.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// How sure.
    #[prop(optional, into)]
    shape: Signal<Shape>,
    /// The words.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <a href=move || href.get()>
            <span class=move || classes(&["status", tone.get().class(), shape.get().class()])>
                <span>{move || text.get()}</span>
            </span>
            <Icon name=IconName::Right />
        </a>
    }
}
