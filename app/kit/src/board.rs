//! The tile board: tiles are moved by drag, by arrow keys and by a menu, made wider, hidden and shown again. The board
//! keeps nothing: it hands the new layout to its owner.

mod layout;
mod tile;

pub use layout::TilePlace;
pub use tile::{Tile, TileAsk};

use crate::{dom, tone::slug, use_live};
use layout::TileAct;
use leptos::{context::Provider, ev, prelude::*};
use std::hash::Hash;

/// What a tile learns from the board around it.
#[derive(Clone, Copy)]
pub(crate) struct TileSlot {
    pub(crate) name: StoredValue<String>,
    pub(crate) at: Signal<usize>,
    pub(crate) count: Signal<usize>,
    pub(crate) is_wide: Signal<bool>,
    pub(crate) act: Callback<TileAct>,
    pub(crate) dragged: RwSignal<Option<usize>>,
}

impl TileSlot {
    pub(crate) fn grip_id(&self) -> String {
        grip_id(&self.name.get_value())
    }
}

fn grip_id(name: &str) -> String {
    format!("grip-{}", slug(name))
}

/// The board. Children draw the tile of an id: `<Board .. let:id>{tile(id)}</Board>`.
#[component]
pub fn Board<I, V, C>(
    /// Names the board.
    #[prop(into)]
    label: Signal<String>,
    /// The tiles in their order, hidden ones too.
    #[prop(into)]
    tiles: Signal<Vec<TilePlace<I>>>,
    /// The name of a tile, as its heading has it.
    name: fn(&I) -> String,
    /// Gets the new layout after every change.
    #[prop(into)]
    on_change: Callback<Vec<TilePlace<I>>>,
    /// Draws a tile.
    children: C,
) -> impl IntoView
where
    I: Clone + Eq + Hash + Send + Sync + 'static,
    V: IntoView + 'static,
    C: Fn(I) -> V + Send + Sync + 'static,
{
    let live = use_live();
    let children = StoredValue::new(children);
    let dragged = RwSignal::new(None::<usize>);
    let over = RwSignal::new(None::<usize>);
    let shown = Memo::new(move |_| tiles.with(|tiles| layout::shown(tiles)));
    let count = Signal::derive(move || shown.with(Vec::len));
    let act = move |id: &I, wish: TileAct| {
        let before = tiles.get_untracked();
        let after = layout::apply(&before, id, wish);
        live.say(layout::said(&name(id), &after, id, wish));
        on_change.run(after);
        let grip = grip_id(&name(id));
        // Moving the element drops its focus; give it back once the new order is drawn.
        request_animation_frame(move || dom::focus_id(&grip));
    };
    let slot = move |id: I| {
        let (own, mine, target) = (id.clone(), id.clone(), id.clone());
        let at = Signal::derive(move || shown.with(|ids| ids.iter().position(|id| *id == own)).unwrap_or_default());
        let is_wide =
            Signal::derive(move || tiles.with(|tiles| tiles.iter().any(|tile| tile.id == mine && tile.is_wide)));
        let this = id.clone();
        let link = TileSlot {
            name: StoredValue::new(name(&id)),
            at,
            count,
            is_wide,
            act: Callback::new(move |wish| act(&this, wish)),
            dragged,
        };
        let drop_here = move |event: ev::DragEvent| {
            event.prevent_default();
            over.set(None);
            let from = dragged.get_untracked().and_then(|from| shown.with_untracked(|ids| ids.get(from).cloned()));
            dragged.set(None);
            if let Some(moved) = from.filter(|moved| *moved != target) {
                act(&moved, TileAct::To(at.get_untracked()));
            }
        };
        let hover = move |event: ev::DragEvent| {
            if dragged.get_untracked().is_some() {
                event.prevent_default();
                over.set(Some(at.get_untracked()));
            }
        };
        view! {
            <div
                class="slot"
                class:wide=move || is_wide.get()
                class:from=move || dragged.get() == Some(at.get())
                class:over=move || over.get() == Some(at.get()) && dragged.get() != over.get()
                on:dragover=hover
                on:drop=drop_here
                on:dragend=move |_| {
                    dragged.set(None);
                    over.set(None);
                }
            >
                <Provider value=link>{children.with_value(|draw| draw(id)).into_any()}</Provider>
            </div>
        }
        .into_any()
    };
    let hidden = move || {
        tiles.with(|tiles| tiles.iter().filter(|tile| tile.is_hidden).map(|tile| tile.id.clone()).collect::<Vec<_>>())
    };
    let show_again = move |id: I| {
        let words = format!("Show {}", name(&id));
        view! {
            <button type="button" class="btn small quiet" on:click=move |_| act(&id, TileAct::Show)>
                {words}
            </button>
        }
    };
    view! {
        <section class="board-box" aria-label=move || label.get()>
            <div class="board">
                <For each=move || shown.get() key=|id| id.clone() let:id>{slot(id)}</For>
            </div>
            {move || {
                let hidden = hidden();
                (!hidden.is_empty())
                    .then(|| view! {
                        <div class="line wrap board-foot">
                            <span class="tiny faint">"Hidden tiles"</span>
                            {hidden.into_iter().map(show_again).collect_view()}
                        </div>
                    })
            }}
        </section>
    }
    .into_any()
}
