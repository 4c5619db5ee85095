use super::{Desk, Preview, hint, kind_words};
use contract::templates::SourceKind;
use kit::*;
use leptos::prelude::*;
use session::Problems;

/// Subject and preview text.
#[component]
pub fn InboxFields(
    /// What is written.
    desk: Desk,
    /// Its problems.
    preview: Preview,
    /// What the server refused when it was saved; the names begin with `prefix`.
    refused: Problems,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let error = |field: &'static str, nested: &'static str| {
        let (own, inner, found) = (refused.of(field), refused.of(nested), hint(preview.problems(), field));
        Signal::derive(move || own.get().or_else(|| inner.get()).or_else(|| found.get()))
    };
    let length = Signal::derive(move || Some(length_words(&desk.subject.get())));
    view! {
        <Field label="Subject" name="subject" help=length error=error("subject", "content.subject")>
            <TextInput value=desk.subject disabled />
        </Field>
        <Field
            label="Preview text"
            name="preheader"
            help="The first line that inboxes show after the subject."
            error=error("preheader", "content.preheader")
        >
            <TextInput value=desk.preheader disabled />
        </Field>
    }
    .into_any()
}

/// How long a subject is, and whether inboxes show all of it.
fn length_words(subject: &str) -> String {
    let length = subject.trim().chars().count();
    match length {
        0 => "Say in one line what is inside.".to_owned(),
        1..=60 => format!("{length} characters."),
        _ => format!("{length} characters. Many inboxes cut after about 60."),
    }
}

/// The source and the text part, one at a time.
#[component]
pub fn SourceFields(
    /// What is written.
    desk: Desk,
    /// How it reads.
    preview: Preview,
    /// What the server refused.
    refused: Problems,
    /// Takes no input.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let part = RwSignal::new("source".to_owned());
    let parts = Signal::derive(move || {
        vec![Choice::new("source", kind_words(desk.kind.get())), Choice::new("text", "Text part")]
    });
    let kind = Bind::new(Signal::derive(move || desk.kind.get().as_str().to_owned()), move |value: String| {
        desk.kind.set(if value == SourceKind::Mjml.as_str() { SourceKind::Mjml } else { SourceKind::Html })
    });
    let kinds = [SourceKind::Html, SourceKind::Mjml].map(|k| Choice::new(k.as_str(), kind_words(k))).to_vec();
    let is_source = move || part.with(|p| p == "source");
    let error = move |a: &'static str, b: &'static str| {
        let (own, inner) = (refused.of(a), refused.of(b));
        Signal::derive(move || own.get().or_else(|| inner.get()))
    };
    view! {
        <Line apart=true>
            <Line>
                <Segmented value=part label="What to edit" options=parts />
                <super::FieldHelp />
            </Line>
            <Line>
                <Select value=kind options=kinds label="Language of the source" disabled />
            </Line>
        </Line>
        <Show
            when=is_source
            fallback=move || view! { <TextPart desk preview error=error("text", "content.text") disabled /> }
        >
            <Field label="Source" name="source" error=error("source", "content.source")>
                <CodeField value=desk.source rows=24 disabled />
            </Field>
        </Show>
    }
    .into_any()
}

#[component]
fn TextPart(desk: Desk, preview: Preview, error: Signal<Option<String>>, disabled: Signal<bool>) -> impl IntoView {
    let own = RwSignal::new(desk.text.with_untracked(|text| !text.is_empty()));
    // Words that come from elsewhere, such as a template, may bring a text part of their own.
    Effect::new(move |_| {
        if desk.text.with(|text| !text.is_empty()) {
            own.set(true);
        }
    });
    let value = Bind::new(own, move |on: bool| {
        own.set(on);
        let text = if on { preview.text().get_untracked() } else { String::new() };
        desk.text.set(text);
    });
    view! {
        <Checkbox value disabled>"Write the text part myself"</Checkbox>
        <Show
            when=move || own.get()
            fallback=move || {
                view! {
                    <Field label="Text part" name="text-made" help="Made from the source. Mail programs that show no HTML show this.">
                        <TextArea value=Bind::new(preview.text(), |_| ()) rows=18 disabled=true />
                    </Field>
                }
            }
        >
            <Field label="Text part" name="text" help="Personal fields work here as well. Keep an address to unsubscribe in it." error>
                <TextArea value=desk.text rows=18 disabled />
            </Field>
        </Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::length_words;

    #[test]
    fn a_long_subject_says_that_it_is_cut() {
        assert_eq!(length_words("Hello"), "5 characters.");
        assert!(length_words(&"a".repeat(61)).contains("cut after about 60"));
    }
}
