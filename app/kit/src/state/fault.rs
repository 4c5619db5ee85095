//! Faults in words a person can use.

use crate::{Button, CopyButton, Icon, IconName, Size};
use leptos::prelude::*;

/// What a fault says to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultWords {
    /// What happened: “The list could not be read”.
    pub title: String,
    /// What it means and what to do: “Nothing was changed.”
    pub detail: String,
    /// What support needs to find it.
    pub trace: Option<String>,
    /// Whether trying again may help.
    pub is_retryable: bool,
}

impl FaultWords {
    /// What happened, and what to do.
    pub fn new(title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { title: title.into(), detail: detail.into(), trace: None, is_retryable: true }
    }
}

impl Default for FaultWords {
    fn default() -> Self {
        Self::new("This could not be loaded", "Nothing was changed. Try again in a moment.")
    }
}

/// How faults of type `F` are put into words. Given once at the root, so that the kit needs to know no fault type and
/// the fault type need not know the kit.
pub struct FaultReader<F>(fn(&F) -> FaultWords);

impl<F> Clone for FaultReader<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for FaultReader<F> {}

impl<F> FaultReader<F> {
    /// Puts one fault into words.
    #[must_use]
    pub fn read(self, fault: &F) -> FaultWords {
        (self.0)(fault)
    }
}

/// Teaches the kit to read faults of type `F`; call it once in the root component.
pub fn provide_fault_words<F: 'static>(read: fn(&F) -> FaultWords) {
    provide_context(FaultReader(read));
}

/// The reader for `F`. Take it while the component is made, use it in handlers.
#[must_use]
pub fn use_fault_words<F: 'static>() -> FaultReader<F> {
    fn unknown<F>(_: &F) -> FaultWords {
        FaultWords::default()
    }
    use_context::<FaultReader<F>>().unwrap_or(FaultReader(unknown))
}

/// What happened, what to do, the trace id, and a way to try again.
#[component]
pub fn FaultView(
    /// The words.
    #[prop(into)]
    words: Signal<FaultWords>,
    /// Tries again; the button shows when the fault may pass.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
    /// While true the retry runs.
    #[prop(optional, into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let trace = move || {
        words.get().trace.map(|trace| {
            view! {
                <p class="tiny faint line">
                    "Trace " <code>{trace.clone()}</code>
                    <CopyButton text=trace label="Copy the trace id" />
                </p>
            }
        })
    };
    let retry = move || {
        words.get().is_retryable.then_some(on_retry).flatten().map(|on_retry| {
            view! {
                <Button size=Size::Small icon=IconName::Retry busy on_press=on_retry>
                    "Try again"
                </Button>
            }
        })
    };
    view! {
        <div class="fault" role="alert">
            <Icon name=IconName::Alert big=true />
            <h3>{move || words.get().title}</h3>
            <p>{move || words.get().detail}</p>
            {trace}
            {retry}
        </div>
    }
}
