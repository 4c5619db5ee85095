//! Asking before something is done that cannot be undone.

use super::{Later, LaterCode, Modal};
use crate::{Button, ButtonKind, Field, TextInput};
use leptos::prelude::*;
use std::sync::Arc;

/// A question with one dangerous or plain answer and a way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// “Cancel ‘Winter glaze launch’?”
    pub title: String,
    /// What it does, to how many, and what it cannot undo.
    pub text: String,
    /// What the button does: “Cancel for 4,216 people”.
    pub action: String,
    /// What staying does: “Keep sending”.
    pub stay: String,
    /// The action takes something away.
    pub is_danger: bool,
    /// Words to be typed first; only where nothing can undo it.
    pub type_first: Option<String>,
}

impl Question {
    /// A question about taking something away.
    pub fn danger(title: impl Into<String>, text: impl Into<String>, action: impl Into<String>) -> Self {
        Self { is_danger: true, ..Self::plain(title, text, action) }
    }

    /// A question about going on.
    pub fn plain(title: impl Into<String>, text: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            text: text.into(),
            action: action.into(),
            stay: "Go back".to_owned(),
            ..Self::default()
        }
    }

    /// Names the way out.
    #[must_use]
    pub fn stay(mut self, words: impl Into<String>) -> Self {
        self.stay = words.into();
        self
    }

    /// Asks for these words to be typed first.
    #[must_use]
    pub fn type_first(mut self, words: impl Into<String>) -> Self {
        self.type_first = Some(words.into());
        self
    }
}

/// Asks questions. Take it with `use_confirm` while the component is made.
#[derive(Clone, Copy)]
pub struct Confirm {
    open: RwSignal<bool>,
    question: RwSignal<Question>,
    answer: StoredValue<Option<Arc<dyn Fn() + Send + Sync>>>,
}

impl Confirm {
    /// Shows the question; `yes` runs only if the person agrees. It is kept here, since what asks (a line of a menu) may be
    /// gone by then, and its `Callback`s with it.
    pub fn ask(&self, question: Question, yes: impl Fn() + Send + Sync + 'static) {
        self.answer.set_value(Some(Arc::new(yes)));
        self.question.set(question);
        self.open.set(true);
    }
}

/// Puts a `Confirm` in reach of everything below. `KitRoot` does it.
pub fn provide_confirm() -> Confirm {
    let confirm = Confirm {
        open: RwSignal::new(false),
        question: RwSignal::new(Question::default()),
        answer: StoredValue::new(None),
    };
    provide_context(confirm);
    confirm
}

/// The `Confirm` in reach, or a new one without a host if the root provided none.
#[must_use]
pub fn use_confirm() -> Confirm {
    use_context::<Confirm>().unwrap_or_else(provide_confirm)
}

/// Draws the question of a `Confirm`. `KitRoot` holds it.
#[component]
pub fn ConfirmHost(
    /// Whose questions.
    confirm: Confirm,
) -> impl IntoView {
    view! { <Later open=confirm.open code=LaterCode::new(move || question_dialog(confirm)) /> }
}

#[lazy]
fn question_dialog(confirm: Confirm) -> ViewFn {
    ViewFn::from(move || view! { <QuestionDialog confirm /> })
}

#[component]
fn QuestionDialog(
    /// Whose questions.
    confirm: Confirm,
) -> impl IntoView {
    let Confirm { open, question, answer } = confirm;
    let typed = RwSignal::new(String::new());
    let blocked = Signal::derive(move || {
        question
            .with(|question| question.type_first.clone())
            .filter(|words| typed.with(|typed| typed.trim() != words))
            .map(|words| format!("Type “{words}” first"))
    });
    let agree = Callback::new(move |()| {
        open.set(false);
        typed.set(String::new());
        if let Some(answer) = answer.get_value() {
            answer();
        }
    });
    let title = Signal::derive(move || question.with(|question| question.title.clone()));
    let go = move || {
        let danger = question.with(|question| question.is_danger);
        let kind = if danger { ButtonKind::Danger } else { ButtonKind::Primary };
        view! {
            <Button kind blocked on_press=agree>
                {move || question.with(|question| question.action.clone())}
            </Button>
        }
    };
    let footer = move || {
        view! {
            <Button on_press=move |()| open.set(false)>
                {move || question.with(|question| question.stay.clone())}
            </Button>
            {go}
        }
    };
    view! {
        <Modal open title footer alert=true>
            <p class="soft">{move || question.with(|question| question.text.clone())}</p>
            {move || {
                question
                    .with(|question| question.type_first.clone())
                    .map(|words| {
                        view! {
                            <Field label=format!("Type “{words}” to go on") name="confirm-words">
                                <TextInput value=typed />
                            </Field>
                        }
                    })
            }}
        </Modal>
    }
}
