use super::api;
use contract::contacts::{Field as CustomField, FieldDraft, FieldKind};
use contract::{Capability, Fault};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::{Problems, SETTINGS, Viewer};

/// `/settings/fields`
#[derive(Debug)]
pub struct FieldsRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct FieldsReads {
    fields: Resource<Result<Vec<CustomField>, Fault>>,
}

impl FieldsReads {
    fn new() -> Self {
        Self { fields: Resource::new(|| (), |()| api::fields()) }
    }
}

#[lazy_route]
impl LazyRoute for FieldsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = FieldsReads::new();
        view! { <FieldsPage fields=this.fields /> }.into_any()
    }
}

#[component]
fn FieldsPage(fields: Resource<Result<Vec<CustomField>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let edited = RwSignal::new(None::<Option<CustomField>>);
    view! {
        <PageTitle title="Settings">
            <When is=move || viewer.may(Capability::FieldsManage)>
                <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| edited.set(Some(None))>"New field"</Button>
            </When>
        </PageTitle>
        <Tabs label="Settings" items=TabLink::of(&SETTINGS, "/settings/fields") />
        <Suspended
            resource=fields
            bones=Bones::Table(3, 4)
            is_empty=Callback::new(|all: Vec<CustomField>| all.is_empty())
            empty=|| {
                view! {
                    <Card>
                        <Empty
                            title="No custom fields"
                            text="A custom field holds what you know about people beyond name and address, such as a birthday or a favourite glaze."
                            icon=IconName::Sliders
                        />
                    </Card>
                }
            }
            let:all
        >
            <Card bleed=true>
                <FieldTable all fields edited />
            </Card>
        </Suspended>
        <FieldForm edited fields />
    }
    .into_any()
}

fn kind_words(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "Text",
        FieldKind::Number => "Number",
        FieldKind::Date => "Date",
        FieldKind::Boolean => "Yes or no",
        FieldKind::Choice => "Choice",
        FieldKind::Url => "Web address",
    }
}

#[component]
fn FieldTable(
    all: Vec<CustomField>,
    fields: Resource<Result<Vec<CustomField>, Fault>>,
    edited: RwSignal<Option<Option<CustomField>>>,
) -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read, confirm) = (use_toasts(), use_fault_words::<Fault>(), use_confirm());
    let menu = move |field: CustomField| {
        if !viewer.may(Capability::FieldsManage) {
            return Vec::new();
        }
        let (id, label) = (field.id, field.label.clone());
        let delete = move || {
            let question = Question::danger(
                format!("Delete the field {label}?"),
                "Its values are removed from every contact. They cannot come back.",
                "Delete field",
            )
            .type_first(label.clone());
            confirm.ask(question, move || {
                leptos::task::spawn_local(async move {
                    match api::delete_field(id).await {
                        Ok(()) => {
                            toasts.ok("Field deleted");
                            fields.refetch();
                        }
                        Err(fault) => toasts.fault(read.read(&fault)),
                    }
                });
            });
        };
        vec![
            MenuItem::run("Edit", move || edited.set(Some(Some(field.clone())))).icon(IconName::Pencil),
            MenuItem::run("Delete", delete).danger().rule(),
        ]
    };
    let columns = vec![
        Column::named(
            "Field",
            |f: &CustomField| f.label.clone(),
            |f: &CustomField| view! { <Named title=f.label.clone() detail=f.options.join(", ") /> },
        ),
        Column::new("Type", |f: &CustomField| kind_words(f.kind)),
        Column::new(
            "In templates",
            |f: &CustomField| view! { <code>{format!("{{{{ contact.fields.{} }}}}", f.key)}</code> },
        ),
    ];
    view! { <Table label="Custom fields" columns rows=all key=|f: &CustomField| f.id.to_string() menu=menu /> }
        .into_any()
}

#[component]
fn FieldForm(
    edited: RwSignal<Option<Option<CustomField>>>,
    fields: Resource<Result<Vec<CustomField>, Fault>>,
) -> impl IntoView {
    let text = || RwSignal::new(String::new());
    let (label, key, kind, options) = (text(), text(), text(), text());
    let (open, problems, toasts) = (RwSignal::new(false), Problems::new(), use_toasts());
    // What is edited decides what the form shows; closing it forgets both.
    Effect::new(move |_| {
        let old = edited.get().flatten();
        label.set(old.as_ref().map(|f| f.label.clone()).unwrap_or_default());
        key.set(old.as_ref().map(|f| f.key.clone()).unwrap_or_default());
        kind.set(old.as_ref().map_or(FieldKind::Text, |f| f.kind).as_str().to_owned());
        options.set(old.map(|f| f.options.join("\n")).unwrap_or_default());
        problems.clear();
        open.set(edited.with_untracked(Option::is_some));
    });
    Effect::new(move |_| {
        if !open.get() && edited.with_untracked(Option::is_some) {
            edited.set(None);
        }
    });
    let is_new = move || edited.with(|e| !matches!(e, Some(Some(_))));
    let save = Action::new(move |(): &()| {
        let old = edited.get_untracked().flatten();
        let wanted = kind.get_untracked();
        let typed = key.get_untracked();
        let draft = FieldDraft {
            key: if typed.trim().is_empty() { key_of(&label.get_untracked()) } else { typed.trim().to_owned() },
            label: label.get_untracked(),
            kind: FieldKind::ALL.into_iter().find(|k| k.as_str() == wanted).unwrap_or(FieldKind::Text),
            options: options.get_untracked().lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect(),
        };
        async move {
            let answer = match old {
                Some(field) => api::update_field(field.id, draft).await,
                None => api::create_field(draft).await,
            };
            if problems.keep(answer).is_some() {
                toasts.ok("Field saved");
                edited.set(None);
                fields.refetch();
            }
        }
    });
    let kinds: Vec<Choice> = FieldKind::ALL.into_iter().map(|k| Choice::new(k.as_str(), kind_words(k))).collect();
    let kinds = StoredValue::new(kinds);
    view! {
        <Modal open title=Signal::derive(move || if is_new() { "New field".to_owned() } else { "Edit field".to_owned() })>
            <Stack>
                {move || problems.besides(&["label", "key", "kind", "options"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field label="Label" name="field-label" error=problems.of("label")>
                        <TextInput value=label autocomplete="off" />
                    </Field>
                    <When is=is_new>
                        <Field
                            label="Key"
                            name="field-key"
                            help="How templates and the API call it. Left empty, it is made from the label. It cannot change later."
                            error=problems.of("key")
                        >
                            <TextInput value=key kind=InputKind::Text autocomplete="off" />
                        </Field>
                        <Field label="Type" name="field-kind" help="It cannot change later." error=problems.of("kind")>
                            <Select value=kind options=kinds.get_value() />
                        </Field>
                    </When>
                    <When is=move || kind.get() == FieldKind::Choice.as_str()>
                        <Field label="Choices" name="field-options" help="One on each line." error=problems.of("options")>
                            <TextArea value=options rows=4 />
                        </Field>
                    </When>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save field"</Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
    .into_any()
}

/// `Favourite glaze` → `favourite_glaze`
fn key_of(label: &str) -> String {
    let text: String =
        label.trim().to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    text.split('_').filter(|p| !p.is_empty()).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn a_label_becomes_a_key() {
        assert_eq!(key_of(" Favourite  glaze! "), "favourite_glaze");
        assert_eq!(key_of("Ærø"), "r");
    }
}
