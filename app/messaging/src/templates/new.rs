use super::api;
use crate::content::kind_words;
use crate::parts::Hand;
use contract::templates::SourceKind;
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use session::Problems;

/// Asks for a name and a language, then begins with the starter layout.
#[component]
pub fn NewTemplate(open: RwSignal<bool>) -> impl IntoView {
    let (name, kind) = (RwSignal::new(String::new()), RwSignal::new(SourceKind::Html.as_str().to_owned()));
    let (problems, hand) = (Problems::new(), Hand::here());
    let go = StoredValue::new(use_navigate());
    let make = Action::new(move |(): &()| {
        let (name_now, is_mjml) = (name.get_untracked(), kind.with_untracked(|k| k == SourceKind::Mjml.as_str()));
        let kind = if is_mjml { SourceKind::Mjml } else { SourceKind::Html };
        async move {
            let answer = match api::starter(kind).await {
                Ok(content) => api::create_template(name_now, content).await,
                Err(fault) => Err(fault),
            };
            if let Some(made) = problems.keep(answer) {
                // Leaving the page closes the dialog; closing it first would lead to the plain address instead.
                hand.touch("template.created");
                go.with_value(|go| go(&format!("/templates/{}", made.id), Default::default()));
            }
        }
    });
    let kinds = vec![
        Choice::new(SourceKind::Html.as_str(), kind_words(SourceKind::Html))
            .help("You know HTML, or paste what another tool made."),
        Choice::new(SourceKind::Mjml.as_str(), kind_words(SourceKind::Mjml))
            .help("Short tags that become HTML which every mail program shows well."),
    ];
    let kinds = StoredValue::new(kinds);
    view! {
        <Modal open title="New template">
            <Stack>
                {move || problems.besides(&["name"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { make.dispatch(()); }>
                    <Field label="Name" name="template-name" error=problems.of("name")>
                        <TextInput value=name />
                    </Field>
                    <RadioGroup value=kind name="template-kind" label="Source" options=kinds.get_value() />
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=make.pending()>"Create template"</Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
    .into_any()
}
