//! Adds and changes a contact, in a sheet.

use super::api;
use contract::contacts::{ConsentState, Contact, ContactDraft, Field as CustomField, FieldKind, List};
use contract::{ContactId, Fault};
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use serde_json::Value;
use session::{Fetched, Problems};
use std::collections::BTreeMap;

/// What the form holds, all as text.
#[derive(Clone, Copy)]
struct Draft {
    email: RwSignal<String>,
    first_name: RwSignal<String>,
    last_name: RwSignal<String>,
    phone: RwSignal<String>,
    organisation: RwSignal<String>,
    language: RwSignal<String>,
    tags: RwSignal<String>,
    lists: RwSignal<Vec<String>>,
    consent: RwSignal<bool>,
    source: RwSignal<String>,
    fields: RwSignal<BTreeMap<String, String>>,
}

impl Draft {
    fn of(contact: Option<&Contact>) -> Self {
        let text = |get: fn(&Contact) -> &String| RwSignal::new(contact.map(get).cloned().unwrap_or_default());
        Self {
            email: text(|c| &c.email),
            first_name: text(|c| &c.first_name),
            last_name: text(|c| &c.last_name),
            phone: text(|c| &c.phone),
            organisation: text(|c| &c.organisation),
            language: text(|c| &c.language),
            tags: RwSignal::new(contact.map(|c| c.tags.join(", ")).unwrap_or_default()),
            lists: RwSignal::new(
                contact.map(|c| c.lists.iter().map(|l| l.id.to_string()).collect()).unwrap_or_default(),
            ),
            consent: RwSignal::new(false),
            source: RwSignal::new(String::new()),
            fields: RwSignal::new(
                contact
                    .map(|c| c.fields.iter().map(|(k, v)| (k.clone(), shown_value(v))).collect())
                    .unwrap_or_default(),
            ),
        }
    }

    fn read(&self, custom: &[CustomField]) -> ContactDraft {
        let some = |s: RwSignal<String>| Some(s.get_untracked().trim().to_owned());
        let values = self.fields.get_untracked();
        ContactDraft {
            email: some(self.email),
            first_name: some(self.first_name),
            last_name: some(self.last_name),
            phone: some(self.phone),
            organisation: some(self.organisation),
            zone: None,
            language: some(self.language),
            fields: custom
                .iter()
                .map(|f| (f.key.clone(), typed(f.kind, values.get(&f.key).map_or("", String::as_str))))
                .collect(),
            tags: Some(
                self.tags
                    .get_untracked()
                    .split([',', ';'])
                    .map(|t| t.trim().to_owned())
                    .filter(|t| !t.is_empty())
                    .collect(),
            ),
            lists: Some(self.lists.get_untracked().iter().filter_map(|l| l.parse().ok()).collect()),
            consent: self.consent.get_untracked().then_some(ConsentState::Subscribed),
            consent_source: self.consent.get_untracked().then(|| self.source.get_untracked()),
        }
    }
}

/// A custom value as text.
pub fn shown_value(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Text as the field's type; what does not fit goes as text, so that the server can say what is wrong with it.
fn typed(kind: FieldKind, text: &str) -> Value {
    let text = text.trim();
    match kind {
        _ if text.is_empty() => Value::Null,
        FieldKind::Number => {
            text.replace(',', ".").parse::<serde_json::Number>().map_or_else(|_| Value::from(text), Value::Number)
        }
        FieldKind::Boolean => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => Value::from(other),
        },
        FieldKind::Text | FieldKind::Date | FieldKind::Choice | FieldKind::Url => Value::from(text),
    }
}

const SHOWN: [&str; 9] =
    ["email", "first_name", "last_name", "phone", "organisation", "language", "tags", "lists", "consent_source"];

/// A sheet that adds a contact, or changes the one given.
#[component]
pub fn ContactEditor(
    /// Whether it shows.
    open: RwSignal<bool>,
    /// The contact to change.
    #[prop(optional)]
    contact: Option<Contact>,
    /// Runs when it was changed.
    #[prop(optional, into)]
    on_saved: Option<Callback<Contact>>,
) -> impl IntoView {
    let id = contact.as_ref().map(|c| c.id);
    let contact = StoredValue::new(contact);
    let title = if id.is_some() { "Edit contact" } else { "Add contact" };
    view! {
        <Sheet open title>
            {move || {
                open.get()
                    .then(|| {
                        let draft = contact.with_value(|c| Draft::of(c.as_ref()));
                        view! { <EditorForm open id draft on_saved=on_saved /> }
                    })
            }}
        </Sheet>
    }
    .into_any()
}

#[component]
fn EditorForm(
    open: RwSignal<bool>,
    id: Option<ContactId>,
    draft: Draft,
    on_saved: Option<Callback<Contact>>,
) -> impl IntoView {
    let custom = Fetched::new(|| (), |()| api::fields()).value();
    let lists = Fetched::new(|| (), |()| api::lists()).value();
    let problems = Problems::new();
    let (toasts, stream, go) = (use_toasts(), use_stream(), StoredValue::new(use_navigate()));
    let save = Action::new(move |(): &()| {
        let written = draft.read(&custom.get_untracked().and_then(Result::ok).unwrap_or_default());
        async move {
            let answer = match id {
                Some(id) => api::update_contact(id, written).await,
                None => api::create_contact(written).await,
            };
            let Some(saved) = problems.keep(answer) else { return };
            open.set(false);
            stream.touch("contact.changed");
            toasts.ok(format!("{} saved", saved.shown()));
            match on_saved {
                Some(tell) => tell.run(saved),
                None => go.with_value(|go| go(&format!("/contacts/{}", saved.id), Default::default())),
            }
        }
    });
    view! {
        {move || problems.besides(&SHOWN).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Form on_send=move |()| { save.dispatch(()); }>
            <Field label="Email" name="email" error=problems.of("email")>
                <TextInput value=draft.email kind=InputKind::Email autocomplete="off" />
            </Field>
            <Columns min=160>
                <Field label="First name" name="first_name" error=problems.of("first_name")>
                    <TextInput value=draft.first_name autocomplete="off" />
                </Field>
                <Field label="Last name" name="last_name" error=problems.of("last_name")>
                    <TextInput value=draft.last_name autocomplete="off" />
                </Field>
            </Columns>
            <Columns min=160>
                <Field label="Phone" name="phone" help="With country code, such as +45 12 34 56 78." error=problems.of("phone")>
                    <TextInput value=draft.phone kind=InputKind::Tel autocomplete="off" />
                </Field>
                <Field label="Organisation" name="organisation" error=problems.of("organisation")>
                    <TextInput value=draft.organisation autocomplete="off" />
                </Field>
            </Columns>
            <Field label="Tags" name="tags" help="Separated by commas." error=problems.of("tags")>
                <TextInput value=draft.tags autocomplete="off" />
            </Field>
            {move || lists.get().and_then(Result::ok).filter(|l| !l.is_empty()).map(|all| view! { <ListBoxes all picked=draft.lists /> })}
            {move || custom.get().and_then(Result::ok).map(|all| all.into_iter().map(|field| view! { <CustomInput field values=draft.fields problems /> }).collect_view())}
            {id.is_none().then(|| view! { <ConsentFields draft problems /> })}
            <Line>
                <Button kind=ButtonKind::Primary submit=true busy=save.pending()>{if id.is_some() { "Save contact" } else { "Add contact" }}</Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
            </Line>
        </Form>
    }
    .into_any()
}

#[component]
fn ConsentFields(draft: Draft, problems: Problems) -> impl IntoView {
    view! {
        <Checkbox value=draft.consent>"This person agreed to marketing email"</Checkbox>
        <When is=move || draft.consent.get()>
            <Field
                label="Where they agreed"
                name="consent_source"
                help="Kept as proof, for example: Stockist fair 2025, paper form."
                error=problems.of("consent_source")
            >
                <TextInput value=draft.source autocomplete="off" />
            </Field>
        </When>
    }
    .into_any()
}

#[component]
fn ListBoxes(all: Vec<List>, picked: RwSignal<Vec<String>>) -> impl IntoView {
    let boxes = all
        .into_iter()
        .map(|list| {
            let (own, mine) = (list.id.to_string(), list.id.to_string());
            let on = Signal::derive(move || picked.with(|p| p.contains(&own)));
            let value = Bind::new(on, move |on: bool| {
                picked.update(|p| {
                    p.retain(|l| *l != mine);
                    if on {
                        p.push(mine.clone());
                    }
                });
            });
            view! { <Checkbox value>{list.name}</Checkbox> }
        })
        .collect_view();
    view! {
        <Field label="Lists" name="lists">
            <Stack gap=Gap::Small>{boxes}</Stack>
        </Field>
    }
    .into_any()
}

#[component]
fn CustomInput(field: CustomField, values: RwSignal<BTreeMap<String, String>>, problems: Problems) -> impl IntoView {
    let (key, mine, wanted) = (field.key.clone(), field.key.clone(), format!("fields.{}", field.key));
    let value = Bind::new(
        Signal::derive(move || values.with(|v| v.get(&key).cloned().unwrap_or_default())),
        move |text: String| {
            values.update(|v| {
                v.insert(mine.clone(), text);
            });
        },
    );
    let error = Signal::derive(move || {
        problems.fault().with(|f| f.as_ref().and_then(|f: &Fault| f.field(&wanted)).map(str::to_owned))
    });
    let choices = |options: Vec<String>| {
        std::iter::once(Choice::new("", "Not set"))
            .chain(options.into_iter().map(|o| Choice::new(o.clone(), o)))
            .collect::<Vec<_>>()
    };
    let input = match field.kind {
        FieldKind::Choice => view! { <Select value options=choices(field.options) /> }.into_any(),
        FieldKind::Boolean => {
            let options = vec![Choice::new("", "Not set"), Choice::new("true", "Yes"), Choice::new("false", "No")];
            view! { <Select value options /> }.into_any()
        }
        FieldKind::Date => view! { <TextInput value kind=InputKind::Date /> }.into_any(),
        FieldKind::Url => view! { <TextInput value kind=InputKind::Url /> }.into_any(),
        FieldKind::Text | FieldKind::Number => view! { <TextInput value /> }.into_any(),
    };
    view! {
        <Field label=field.label name=format!("field-{}", field.key) error>
            {input}
        </Field>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_the_type_of_its_field() {
        assert_eq!(typed(FieldKind::Number, "3,5"), serde_json::json!(3.5));
        assert_eq!(typed(FieldKind::Number, "many"), serde_json::json!("many"));
        assert_eq!(typed(FieldKind::Boolean, "true"), serde_json::json!(true));
        assert_eq!(typed(FieldKind::Text, "  "), Value::Null);
        assert_eq!(typed(FieldKind::Date, "2026-01-31"), serde_json::json!("2026-01-31"));
    }
}
