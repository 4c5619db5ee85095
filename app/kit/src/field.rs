//! Label, help and error around any input, wired for assistive technology.

use crate::{Icon, IconName};
use leptos::{context::Provider, html, prelude::*};

/// What an input learns from the field around it.
#[derive(Clone, Copy)]
pub struct FieldLink {
    name: StoredValue<String>,
    has_help: Signal<bool>,
    error: Signal<Option<String>>,
}

impl FieldLink {
    /// The id of the input, made from the field's name so that server and browser agree.
    #[must_use]
    pub fn id(&self) -> String {
        field_id(&self.name.get_value())
    }

    /// The form name.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.get_value()
    }

    /// Whether there is an error now.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.error.with(Option::is_some)
    }

    /// The ids of the help and the error, for `aria-describedby`.
    #[must_use]
    pub fn described_by(&self) -> Option<String> {
        let id = self.id();
        match (self.has_help.get(), self.is_invalid()) {
            (true, true) => Some(format!("{id}-error {id}-help")),
            (true, false) => Some(format!("{id}-help")),
            (false, true) => Some(format!("{id}-error")),
            (false, false) => None,
        }
    }
}

/// The id of the input in the field called `name`.
#[must_use]
pub fn field_id(name: &str) -> String {
    format!("f-{name}")
}

/// The attributes an input takes from its field: id, name, described-by, invalid.
#[derive(Clone, Copy)]
pub(crate) struct Wiring(Option<FieldLink>);

impl Wiring {
    pub(crate) fn take() -> Self {
        Self(use_context::<FieldLink>())
    }
    pub(crate) fn id(self) -> Option<String> {
        self.0.map(|link| link.id())
    }
    pub(crate) fn name(self) -> Option<String> {
        self.0.map(|link| link.name())
    }
    pub(crate) fn described_by(self) -> Option<String> {
        self.0.and_then(|link| link.described_by())
    }
    pub(crate) fn invalid(self) -> Option<&'static str> {
        self.0.filter(FieldLink::is_invalid).map(|_| "true")
    }
}

/// Label above, help and error below; one input inside.
#[component]
pub fn Field(
    /// The words above the input.
    #[prop(into)]
    label: Signal<String>,
    /// The form name, unique on the page; the input's id is `f-` + name, and the error summary links to it.
    #[prop(into)]
    name: String,
    /// Stays below the input.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong and how to put it right; shown below, announced, and marked on the input.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Marks a field that may stay empty.
    #[prop(optional)]
    optional: bool,
    /// The input.
    children: Children,
) -> impl IntoView {
    let id = field_id(&name);
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    let error = Signal::derive(move || error.get().filter(|text| !text.is_empty()));
    let link =
        FieldLink { name: StoredValue::new(name), has_help: Signal::derive(move || help.get().is_some()), error };
    view! {
        <div class="field">
            <label for=id>
                {move || label.get()}
                {optional.then(|| view! { <span class="faint">" (optional)"</span> })}
            </label>
            <Provider value=link>{children()}</Provider>
            <span class="error" id=error_id role="alert" hidden=move || error.get().is_none()>
                <Icon name=IconName::Alert />
                <span>{move || error.get()}</span>
            </span>
            {move || {
                help.get().map(|text| view! { <span class="help" id=help_id.clone()>{text}</span> })
            }}
        </div>
    }
}

/// One line of the error summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the field.
    pub name: String,
    /// Its label, as the person reads it.
    pub label: String,
    /// What is wrong.
    pub message: String,
}

impl FieldError {
    /// Joins the three parts.
    pub fn new(name: impl Into<String>, label: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), message: message.into() }
    }
}

/// All errors of a form, each a link to its field. Takes focus when errors appear.
#[component]
pub fn ErrorSummary(
    /// The errors; nothing is drawn while empty.
    #[prop(into)]
    errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |before: Option<usize>| {
        let now = errors.with(Vec::len);
        if now > 0 && before.unwrap_or(0) == 0 {
            request_animation_frame(move || {
                if let Some(place) = place.get_untracked() {
                    let _ = place.focus();
                }
            });
        }
        now
    });
    let head = move || match errors.with(Vec::len) {
        1 => "One thing to put right".to_owned(),
        many => format!("{many} things to put right"),
    };
    view! {
        <div class="summary" role="alert" tabindex="-1" node_ref=place hidden=move || errors.with(Vec::is_empty)>
            <b>{head}</b>
            <ul>
                {move || {
                    errors
                        .get()
                        .into_iter()
                        .map(|error| {
                            view! {
                                <li>
                                    <a href=format!("#{}", field_id(&error.name)) rel="external">
                                        {format!("{}: {}", error.label, error.message)}
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </div>
    }
}
