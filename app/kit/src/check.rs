//! Checkboxes, switches, radios and the segmented control.

use crate::{Bind, Choice, field::Wiring};
use leptos::{html, prelude::*};

/// A box to tick.
#[component]
pub fn Checkbox(
    /// Whether it is ticked.
    #[prop(into)]
    value: Bind<bool>,
    /// Half ticked: some of what it stands for.
    #[prop(optional, into)]
    partly: Signal<bool>,
    /// The name where no words stand beside it.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The words beside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let wire = Wiring::take();
    let place = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let partly = partly.get();
        if let Some(input) = place.get() {
            input.set_indeterminate(partly);
        }
    });
    view! {
        <label class="check">
            <input
                type="checkbox"
                node_ref=place
                id=wire.id()
                name=wire.name()
                checked=value.get_untracked()
                prop:checked=move || value.get()
                aria-label=move || label.get()
                aria-describedby=move || wire.described_by()
                disabled=move || disabled.get()
                on:change:target=move |event| value.set(event.target().checked())
            />
            {children.map(|children| view! { <span>{children()}</span> })}
        </label>
    }
}

/// On or off, at once: no save button follows it.
#[component]
pub fn Switch(
    /// Whether it is on.
    #[prop(into)]
    value: Bind<bool>,
    /// The name where no words stand beside it.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// While true the change is being saved.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The words beside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let wire = Wiring::take();
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                id=wire.id()
                name=wire.name()
                checked=value.get_untracked()
                prop:checked=move || value.get()
                aria-label=move || label.get()
                aria-busy=move || busy.get().then_some("true")
                aria-describedby=move || wire.described_by()
                disabled=move || disabled.get() || busy.get()
                on:change:target=move |event| value.set(event.target().checked())
            />
            {children.map(|children| view! { <span>{children()}</span> })}
        </label>
    }
}

/// One out of a few, each with its own line of help.
#[component]
pub fn RadioGroup(
    /// The chosen value.
    #[prop(into)]
    value: Bind<String>,
    /// Shared by the radios; unique on the page.
    #[prop(into)]
    name: String,
    /// What is being chosen.
    #[prop(into)]
    label: Signal<String>,
    /// The choices.
    #[prop(into)]
    options: Signal<Vec<Choice>>,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let radio = move |choice: Choice| {
        let (own, mine) = (choice.value.clone(), choice.value.clone());
        let is_blocked = choice.blocked.is_some();
        let small = choice.blocked.or(choice.help);
        view! {
            <label class="check">
                <input
                    type="radio"
                    name=name.clone()
                    value=choice.value
                    checked=value.get_untracked() == own
                    prop:checked=move || value.signal().with(|now| *now == own)
                    disabled=move || is_blocked || disabled.get()
                    on:change=move |_| value.set(mine.clone())
                />
                <span>{choice.label} {small.map(|text| view! { <small>{text}</small> })}</span>
            </label>
        }
    };
    view! {
        <fieldset class="stack choices">
            <legend class="label">{move || label.get()}</legend>
            {move || options.get().into_iter().map(&radio).collect_view()}
        </fieldset>
    }
}

/// One out of a few short words, side by side.
#[component]
pub fn Segmented(
    /// The chosen value.
    #[prop(into)]
    value: Bind<String>,
    /// What is being chosen.
    #[prop(into)]
    label: Signal<String>,
    /// The choices.
    #[prop(into)]
    options: Signal<Vec<Choice>>,
) -> impl IntoView {
    let part = move |choice: Choice| {
        let (own, mine) = (choice.value.clone(), choice.value);
        let is_on = move || value.signal().with(|now| *now == own);
        view! {
            <button
                type="button"
                aria-pressed=move || if is_on() { "true" } else { "false" }
                disabled=choice.blocked.is_some()
                title=choice.blocked
                on:click=move |_| value.set(mine.clone())
            >
                {choice.label}
                {choice.help.map(|count| view! { <span class="faint">{count}</span> })}
            </button>
        }
    };
    view! {
        <div class="seg" role="group" aria-label=move || label.get()>
            {move || options.get().into_iter().map(part).collect_view()}
        </div>
    }
}
