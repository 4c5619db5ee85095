//! A list whose order matters: message blocks, journey steps, form fields. Moved by drag, by arrow keys, by menu.

use crate::{Icon, IconName, Menu, MenuItem, dom, tone::slug, use_live};
use leptos::{ev, prelude::*};

/// One thing in an ordered list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArrangeItem {
    /// Tells items apart; stays with the item when it moves.
    pub key: String,
    /// What it is called: “Heading”.
    pub name: String,
    /// The drawing of its kind.
    pub icon: IconName,
}

/// An ordered list. The owner does the moving: `on_move` gets the places before and after.
#[component]
pub fn Arrange<V, C>(
    /// Names the list.
    #[prop(into)]
    label: Signal<String>,
    /// The items in their order.
    #[prop(into)]
    items: Signal<Vec<ArrangeItem>>,
    /// Gets the place an item is moved from and the place it is moved to.
    #[prop(into)]
    on_move: Callback<(usize, usize)>,
    /// The key of the open item; a press on a name opens and closes it.
    open: RwSignal<Option<String>>,
    /// Further lines for the menu of an item: duplicate, remove.
    #[prop(optional, into)]
    menu: Option<Callback<String, Vec<MenuItem>>>,
    /// Draws the inside of the open item: `let:key`.
    children: C,
) -> impl IntoView
where
    V: IntoView + 'static,
    C: Fn(String) -> V + Send + Sync + 'static,
{
    let draw = StoredValue::new(move |key: String| children(key).into_any());
    let hand = Hand { items, on_move, dragged: RwSignal::new(None), live: use_live(), tag: label.get_untracked() };
    let hand = StoredValue::new(hand);
    let block = move |item: ArrangeItem| {
        let key = StoredValue::new(item.key.clone());
        let is_open = Signal::derive(move || open.with(|open| open.as_deref() == Some(key.get_value().as_str())));
        let inside = move || {
            is_open.get().then(|| draw.with_value(|draw| view! { <div class="edit">{draw(key.get_value())}</div> }))
        };
        let toggle =
            move |_| open.update(|open| *open = if is_open.get_untracked() { None } else { Some(key.get_value()) });
        let hand = hand.get_value();
        let at = hand.place(&item.key);
        let drop_hand = hand.clone();
        view! {
            <li class="block" class:on=move || is_open.get() on:dragover=|event| event.prevent_default() on:drop=move |event: ev::DragEvent| {
                event.prevent_default();
                drop_hand.drop_on(at.get_untracked());
            }>
                <div class="line">
                    <Grip hand=hand.clone() item=item.clone() at />
                    <button type="button" class="opener grow" aria-expanded=move || if is_open.get() { "true" } else { "false" } on:click=toggle>
                        <Icon name=item.icon tint="faint" />
                        <span class="clip">{item.name.clone()}</span>
                    </button>
                    <Menu label=format!("{} menu", item.name) items=hand.lines(at, key.get_value(), menu) />
                </div>
                {inside}
            </li>
        }
        .into_any()
    };
    view! {
        <ol class="blocks" aria-label=move || label.get()>
            <For each=move || items.get() key=|item| item.clone() let:item>{block(item)}</For>
        </ol>
    }
    .into_any()
}

/// What moving needs.
#[derive(Clone)]
struct Hand {
    items: Signal<Vec<ArrangeItem>>,
    on_move: Callback<(usize, usize)>,
    dragged: RwSignal<Option<usize>>,
    live: crate::Live,
    tag: String,
}

impl Hand {
    fn place(&self, key: &str) -> Signal<usize> {
        let (items, key) = (self.items, key.to_owned());
        Signal::derive(move || items.with(|items| items.iter().position(|item| item.key == key)).unwrap_or_default())
    }

    fn grip_id(&self, key: &str) -> String {
        format!("grip-{}-{key}", slug(&self.tag))
    }

    fn shift(&self, from: usize, to: usize) {
        let count = self.items.with_untracked(Vec::len);
        let to = to.min(count.saturating_sub(1));
        let Some(item) = self.items.with_untracked(|items| items.get(from).cloned()).filter(|_| from != to) else {
            return;
        };
        self.on_move.run((from, to));
        self.live.say(format!("{} is at place {} of {count}", item.name, to + 1));
        let grip = self.grip_id(&item.key);
        request_animation_frame(move || dom::focus_id(&grip));
    }

    fn drop_on(&self, to: usize) {
        if let Some(from) = self.dragged.get_untracked() {
            self.dragged.set(None);
            self.shift(from, to);
        }
    }

    fn lines(
        &self,
        at: Signal<usize>,
        key: String,
        more: Option<Callback<String, Vec<MenuItem>>>,
    ) -> Signal<Vec<MenuItem>> {
        let hand = self.clone();
        Signal::derive(move || {
            let (up, down, place) = (hand.clone(), hand.clone(), at.get());
            let last = hand.items.with(Vec::len).saturating_sub(1);
            let end = |is_end: bool, item: MenuItem| if is_end { item.blocked("It is there already") } else { item };
            let mut lines = vec![
                end(
                    place == 0,
                    MenuItem::run("Move up", move || up.shift(place, place.saturating_sub(1))).icon(IconName::Up),
                ),
                end(
                    place == last,
                    MenuItem::run("Move down", move || down.shift(place, place + 1)).icon(IconName::Down),
                ),
            ];
            lines.extend(more.map(|more| more.run(key.clone())).unwrap_or_default());
            lines
        })
    }
}

#[component]
fn Grip(hand: Hand, item: ArrangeItem, at: Signal<usize>) -> impl IntoView {
    let id = hand.grip_id(&item.key);
    let (lift, keyed) = (hand.dragged, hand);
    let keys = move |event: ev::KeyboardEvent| {
        let now = at.get_untracked();
        let to = match event.key().as_str() {
            "ArrowUp" => now.saturating_sub(1),
            "ArrowDown" => now + 1,
            "Home" => 0,
            "End" => usize::MAX,
            _ => return,
        };
        event.prevent_default();
        keyed.shift(now, to);
    };
    let start = move |event: ev::DragEvent| {
        lift.set(Some(at.get_untracked()));
        if let Some(data) = event.data_transfer() {
            data.set_effect_allowed("move");
            let _ = data.set_data("text/plain", "");
        }
    };
    view! {
        <button
            type="button"
            class="btn only quiet small grip"
            id=id
            draggable="true"
            aria-label=format!("Move {}; arrow keys move it", item.name)
            on:keydown=keys
            on:dragstart=start
        >
            <Icon name=IconName::Grip />
        </button>
    }
}
