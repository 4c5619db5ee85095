//! Text, long text, choices from a list, and text with a drawing inside.

use crate::{Bind, Icon, IconName, field::Wiring};
use leptos::{ev, prelude::*};

/// What may be typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputKind {
    /// Anything.
    #[default]
    Text,
    /// An email address.
    Email,
    /// A secret.
    Password,
    /// A number; brings the number keys on phones.
    Number,
    /// A search term.
    Search,
    /// A web address.
    Url,
    /// A phone number.
    Tel,
    /// `2025-11-20`
    Date,
    /// `09:30`
    Time,
    /// `2025-11-20T09:30`
    DateTime,
    /// Digits of a one-time code.
    Code,
}

impl InputKind {
    const fn html(self) -> &'static str {
        match self {
            Self::Text | Self::Code => "text",
            Self::Email => "email",
            Self::Password => "password",
            Self::Number => "number",
            Self::Search => "search",
            Self::Url => "url",
            Self::Tel => "tel",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime-local",
        }
    }

    const fn mode(self) -> Option<&'static str> {
        match self {
            Self::Code => Some("numeric"),
            _ => None,
        }
    }
}

/// One line of text. Inside a `Field` it takes id, name and errors from it; elsewhere give it a `label`.
#[component]
pub fn TextInput(
    /// The text.
    #[prop(into)]
    value: Bind<String>,
    /// What may be typed.
    #[prop(optional)]
    kind: InputKind,
    /// Shown while empty; never in place of a label.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// The browser's autocomplete hint.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The name for assistive technology where no `Field` is around.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Runs when the person is done with it: Enter or leaving.
    #[prop(optional, into)]
    on_commit: Option<Callback<String>>,
) -> impl IntoView {
    let wire = Wiring::take();
    view! {
        <input
            class="input"
            type=kind.html()
            inputmode=kind.mode()
            id=wire.id()
            name=wire.name()
            value=value.get_untracked()
            prop:value=move || value.get()
            placeholder=move || placeholder.get()
            autocomplete=autocomplete
            aria-label=move || label.get()
            aria-describedby=move || wire.described_by()
            aria-invalid=move || wire.invalid()
            disabled=move || disabled.get()
            on:input:target=move |event| value.set(event.target().value())
            on:change:target=move |event| {
                if let Some(done) = on_commit {
                    done.run(event.target().value());
                }
            }
        />
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The text.
    #[prop(into)]
    value: Bind<String>,
    /// How many lines it shows.
    #[prop(default = 4)]
    rows: u32,
    /// Shown while empty.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// The name where no `Field` is around.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// The most characters; a count is shown when given.
    #[prop(optional)]
    limit: Option<u32>,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let wire = Wiring::take();
    let used = move || u32::try_from(value.get().chars().count()).unwrap_or(u32::MAX);
    view! {
        <textarea
            class="input"
            id=wire.id()
            name=wire.name()
            rows=rows
            prop:value=move || value.get()
            placeholder=move || placeholder.get()
            aria-label=move || label.get()
            aria-describedby=move || wire.described_by()
            aria-invalid=move || wire.invalid()
            disabled=move || disabled.get()
            on:input:target=move |event| value.set(event.target().value())
        >
            {value.get_untracked()}
        </textarea>
        {limit
            .map(|limit| {
                view! {
                    <span class="help" class:bad=move || { used() > limit }>
                        {move || format!("{} of {limit} characters", used())}
                    </span>
                }
            })}
    }
}

/// One thing that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A line below the label, for radios.
    pub help: Option<String>,
    /// Why it cannot be chosen now.
    pub blocked: Option<String>,
    /// The heading it stands under, for selects.
    pub group: Option<String>,
}

impl Choice {
    /// Value and label.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says why it cannot be chosen.
    #[must_use]
    pub fn blocked(mut self, why: impl Into<String>) -> Self {
        self.blocked = Some(why.into());
        self
    }

    /// Puts it under a heading.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }
}

/// One out of a list, with the browser's own picker.
#[component]
pub fn Select(
    /// The chosen value.
    #[prop(into)]
    value: Bind<String>,
    /// What can be chosen; choices with the same `group` in a row stand under one heading.
    #[prop(into)]
    options: Signal<Vec<Choice>>,
    /// A first line that stands for nothing chosen.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// The name where no `Field` is around.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let wire = Wiring::take();
    let line = move |choice: Choice| {
        let own = choice.value.clone();
        view! {
            <option
                value=choice.value
                disabled=choice.blocked.is_some()
                selected=move || value.signal().with(|now| *now == own)
            >
                {choice.label}
            </option>
        }
    };
    let body = move || {
        grouped(options.get())
            .into_iter()
            .map(|(group, choices)| {
                let lines = choices.into_iter().map(line).collect_view();
                match group {
                    Some(group) => view! { <optgroup label=group>{lines}</optgroup> }.into_any(),
                    None => lines.into_any(),
                }
            })
            .collect_view()
    };
    view! {
        <select
            class="select"
            id=wire.id()
            name=wire.name()
            aria-label=move || label.get()
            aria-describedby=move || wire.described_by()
            aria-invalid=move || wire.invalid()
            disabled=move || disabled.get()
            on:change:target=move |event| value.set(event.target().value())
        >
            {move || {
                placeholder
                    .get()
                    .map(|text| {
                        view! {
                            <option value="" selected=move || value.signal().with(String::is_empty)>
                                {text}
                            </option>
                        }
                    })
            }}
            {body}
        </select>
    }
}

fn grouped(choices: Vec<Choice>) -> Vec<(Option<String>, Vec<Choice>)> {
    let mut out: Vec<(Option<String>, Vec<Choice>)> = Vec::new();
    for choice in choices {
        match out.last_mut() {
            Some((group, list)) if *group == choice.group => list.push(choice),
            _ => out.push((choice.group.clone(), vec![choice])),
        }
    }
    out
}

/// One line of text with a drawing inside: search boxes, handles, amounts.
#[component]
pub fn AffixInput(
    /// The drawing at the start.
    icon: IconName,
    /// The text.
    #[prop(into)]
    value: Bind<String>,
    /// What may be typed.
    #[prop(default = InputKind::Search)]
    kind: InputKind,
    /// Shown while empty.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// The name where no `Field` is around.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// Runs on Enter.
    #[prop(optional, into)]
    on_enter: Option<Callback<String>>,
) -> impl IntoView {
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter"
            && let Some(done) = on_enter
        {
            event.prevent_default();
            done.run(value.get_untracked());
        }
    };
    view! {
        <span class="affix" on:keydown=keys>
            <Icon name=icon />
            <TextInput value kind placeholder label />
        </span>
    }
}
