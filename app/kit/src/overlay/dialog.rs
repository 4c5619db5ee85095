//! Modal, sheet and floating panel, all on the browser's own `dialog`: it keeps the focus inside, makes the page behind
//! inert, and gives the focus back.

use crate::{Icon, IconName, When, dom};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// How a dialog looks and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) class: &'static str,
    pub(crate) role: &'static str,
}

/// Opens and closes the element as the signal says, and reports every way of closing back to the signal.
#[component]
pub(crate) fn Dialog(
    frame: Frame,
    open: RwSignal<bool>,
    label: Signal<String>,
    guard: Signal<bool>,
    children: ChildrenFn,
) -> impl IntoView {
    let place = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = open.get();
        let Some(dialog) = place.get() else { return };
        // One frame later the content is in place, so that the focus finds its first control.
        request_animation_frame(move || match (wanted, dialog.open()) {
            (true, false) if dialog.show_modal().is_ok() => dom::focus_inside(&dialog),
            (false, true) => dialog.close(),
            _ => {}
        });
    });
    let cancel = move |event: ev::Event| {
        if guard.get_untracked() {
            event.prevent_default();
        }
    };
    let backdrop = move |event: ev::MouseEvent| {
        let outside = event.target().zip(place.get_untracked()).is_some_and(|(target, dialog)| {
            target.dyn_ref::<web_sys::Element>() == dialog.dyn_ref::<web_sys::Element>()
        });
        if outside && !guard.get_untracked() {
            open.set(false);
        }
    };
    view! {
        <dialog
            class=frame.class
            role=frame.role
            aria-label=move || label.get()
            node_ref=place
            on:cancel=cancel
            on:close=move |_| open.set(false)
            on:mousedown=backdrop
        >
            <When is=move || open.get()>{children()}</When>
        </dialog>
    }
}

/// A question or a short form over the page; a sheet on phones. Closes by Esc, by the cross and by a press outside,
/// except while `guard` says that something would be lost.
#[component]
pub fn Modal(
    /// Whether it is open. Closing sets it to false.
    open: RwSignal<bool>,
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// The buttons at the end.
    #[prop(optional, into)]
    footer: Option<ViewFn>,
    /// True while closing would lose something; Esc and a press outside then do nothing.
    #[prop(optional, into)]
    guard: Signal<bool>,
    /// It interrupts with a grave question.
    #[prop(optional)]
    alert: bool,
    /// 760 px in place of 520 px.
    #[prop(optional)]
    wide: bool,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let frame =
        Frame { class: if wide { "modal wide" } else { "modal" }, role: if alert { "alertdialog" } else { "dialog" } };
    view! {
        <Dialog frame open label=title guard>
            <header class="line apart">
                <h2>{move || title.get()}</h2>
                <CloseButton open />
            </header>
            <div class="body">{children()}</div>
            {footer.clone().map(|footer| view! { <footer>{footer.run()}</footer> })}
        </Dialog>
    }
    .into_any()
}

/// A panel from the side on a desk, from below on a phone: for editing beside a list.
#[component]
pub fn Sheet(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// True while closing would lose something.
    #[prop(optional, into)]
    guard: Signal<bool>,
    /// The buttons at the end.
    #[prop(optional, into)]
    footer: Option<ViewFn>,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Dialog frame=Frame { class: "sheet", role: "dialog" } open label=title guard>
            <header class="line apart">
                <h2>{move || title.get()}</h2>
                <CloseButton open />
            </header>
            <div class="body">{children()}</div>
            {footer.clone().map(|footer| view! { <footer>{footer.run()}</footer> })}
        </Dialog>
    }
    .into_any()
}

/// A panel under the top bar, for glances: work in the background, what needs a person.
#[component]
pub fn Float(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// Beside the heading: until when it counts.
    #[prop(optional, into)]
    note: MaybeProp<String>,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Dialog frame=Frame { class: "float", role: "dialog" } open label=title guard=Signal::stored(false)>
            <header class="line apart">
                <h3>{move || title.get()}</h3>
                <span class="line">
                    {move || note.get().map(|note| view! { <span class="tiny faint">{note}</span> })}
                    <CloseButton open />
                </span>
            </header>
            {children()}
        </Dialog>
    }
    .into_any()
}

#[component]
fn CloseButton(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <button type="button" class="btn only quiet small" aria-label="Close" on:click=move |_| open.set(false)>
            <Icon name=IconName::X />
        </button>
    }
}
