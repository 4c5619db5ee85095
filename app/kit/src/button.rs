//! Buttons and links that look like buttons.

use crate::{Icon, IconName, tone::classes};
use leptos::{ev, prelude::*};

/// What a button is for. One `Primary` per page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The ordinary button.
    #[default]
    Plain,
    /// The one thing this page is for.
    Primary,
    /// Beside others, without a frame.
    Quiet,
    /// Takes something away.
    Danger,
}

impl ButtonKind {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Primary => "primary",
            Self::Quiet => "quiet",
            Self::Danger => "danger",
        }
    }
}

/// How much room a button takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 32 px, 44 px on touch.
    #[default]
    Normal,
    /// 28 px, for rows and cards.
    Small,
    /// The whole width.
    Wide,
}

impl Size {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Small => "small",
            Self::Wide => "wide",
        }
    }
}

/// A button. It says what it does: “Send to 12,480 people”, not “OK”.
#[component]
pub fn Button(
    /// What it is for.
    #[prop(optional)]
    kind: ButtonKind,
    /// How much room it takes.
    #[prop(optional)]
    size: Size,
    /// A drawing before the words.
    #[prop(optional, into)]
    icon: MaybeProp<IconName>,
    /// Submits the form around it.
    #[prop(optional)]
    submit: bool,
    /// While true it spins, keeps its width and takes no press.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// The reason why it cannot be pressed now. It stays focusable, so that the reason can be read.
    #[prop(optional, into)]
    blocked: MaybeProp<String>,
    /// Runs on press, not while busy or blocked.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let is_off = move || busy.get() || blocked.get().is_some();
    let press = move |event: ev::MouseEvent| {
        if busy.get_untracked() || blocked.get_untracked().is_some() {
            event.prevent_default();
            event.stop_propagation();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=classes(&["btn", kind.class(), size.class()])
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || is_off().then_some("true")
            title=move || blocked.get()
            on:click=press
        >
            {move || icon.get().map(|name| view! { <Icon name /> })}
            {children()}
        </button>
    }
}

/// A button that is a drawing only; the label names it.
#[component]
pub fn IconButton(
    /// Which drawing.
    #[prop(into)]
    icon: Signal<IconName>,
    /// Its name for everybody who does not see the drawing; also the tooltip.
    #[prop(into)]
    label: Signal<String>,
    /// What it is for.
    #[prop(default = ButtonKind::Quiet)]
    kind: ButtonKind,
    /// How much room it takes.
    #[prop(optional)]
    size: Size,
    /// For a toggle: whether it is on.
    #[prop(optional, into)]
    pressed: MaybeProp<bool>,
    /// The reason why it cannot be pressed now.
    #[prop(optional, into)]
    blocked: MaybeProp<String>,
    /// Runs on press.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=classes(&["btn only", kind.class(), size.class()])
            aria-label=move || label.get()
            aria-pressed=move || pressed.get().map(|on| if on { "true" } else { "false" })
            aria-disabled=move || blocked.get().map(|_| "true")
            title=move || blocked.get().unwrap_or_else(|| label.get())
            on:click=move |_| {
                if blocked.get_untracked().is_none() {
                    on_press.run(());
                }
            }
        >
            {move || view! { <Icon name=icon /> }}
        </button>
    }
}

/// A link dressed as a button: for what is an address.
#[component]
pub fn LinkButton(
    /// Where it goes.
    #[prop(into)]
    href: Signal<String>,
    /// What it is for.
    #[prop(optional)]
    kind: ButtonKind,
    /// How much room it takes.
    #[prop(optional)]
    size: Size,
    /// A drawing before the words.
    #[prop(optional, into)]
    icon: MaybeProp<IconName>,
    /// The file name, if following it downloads a file.
    #[prop(optional, into)]
    download: MaybeProp<String>,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a
            class=classes(&["btn", kind.class(), size.class()])
            href=move || href.get()
            download=move || download.get()
            rel=move || download.get().map(|_| "external")
        >
            {move || icon.get().map(|name| view! { <Icon name /> })}
            {children()}
        </a>
    }
}

/// Names a key on the keyboard.
#[component]
pub fn Key(
    /// As printed on the key.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! { <kbd>{name}</kbd> }
}
