use super::*;
use contract::contacts::ConsentState;
use contract::imports::{Column as FileColumn, Dialect, Existing, ImportPlan};
use session::Problems;

mod options;
use options::Options;

/// What the form holds.
#[derive(Clone, Copy)]
pub(super) struct Choices {
    pub dialect: RwSignal<Option<Dialect>>,
    pub targets: RwSignal<Vec<String>>,
    pub skip_known: RwSignal<bool>,
    pub lists: RwSignal<Vec<String>>,
    /// Name of a list that is made when the import starts; empty for none.
    pub new_list: RwSignal<String>,
    pub tags: RwSignal<String>,
    pub consent: RwSignal<bool>,
    pub source: RwSignal<String>,
}

impl Choices {
    fn new() -> Self {
        Self {
            dialect: RwSignal::new(None),
            targets: RwSignal::new(Vec::new()),
            skip_known: RwSignal::new(false),
            lists: RwSignal::new(Vec::new()),
            new_list: RwSignal::new(String::new()),
            tags: RwSignal::new(String::new()),
            consent: RwSignal::new(false),
            source: RwSignal::new(String::new()),
        }
    }

    fn plan(&self) -> Option<ImportPlan> {
        let consent = self.consent.get_untracked();
        Some(ImportPlan {
            dialect: self.dialect.get_untracked()?,
            targets: self.targets.get_untracked(),
            existing: if self.skip_known.get_untracked() { Existing::Skip } else { Existing::Update },
            lists: self.lists.get_untracked().iter().filter_map(|l| l.parse().ok()).collect(),
            tags: self
                .tags
                .get_untracked()
                .split([',', ';'])
                .map(|t| t.trim().to_owned())
                .filter(|t| !t.is_empty())
                .collect(),
            consent: if consent { ConsentState::Subscribed } else { ConsentState::None },
            consent_source: if consent { self.source.get_untracked() } else { String::new() },
        })
    }
}

/// Makes the new list, if one is named, and picks it. False when it was refused.
async fn make_list(choices: Choices, lists: Resource<Result<Vec<List>, Fault>>, problems: Problems) -> bool {
    let name = choices.new_list.get_untracked().trim().to_owned();
    if name.is_empty() {
        return true;
    }
    let Some(made) = problems.keep(crate::contacts::api::create_list(name, String::new()).await) else { return false };
    choices.lists.update(|picked| picked.push(made.id.to_string()));
    choices.new_list.set(String::new());
    lists.refetch();
    true
}

/// Which column is what, what to do with the people, and the try before the run.
#[component]
pub fn Mapping(
    shown: Signal<Option<Import>>,
    import: Resource<Result<Import, Fault>>,
    look: Resource<Result<Preview, Fault>>,
    fields: Resource<Result<Vec<CustomField>, Fault>>,
    lists: Resource<Result<Vec<List>, Fault>>,
) -> impl IntoView {
    let choices = Choices::new();
    let seen = RwSignal::new(None::<Preview>);
    // The first look fills the form once; a changed delimiter asks again.
    Effect::new(move |_| {
        if let Some(Ok(found)) = look.get() {
            choices.dialect.set(Some(found.dialect.clone()));
            choices.targets.set(found.columns.iter().map(|c| c.guess.clone()).collect());
            seen.set(Some(found));
        }
    });
    let problems = Problems::new();
    let run = Action::new(move |start: &bool| {
        let (start, id) = (*start, shown.get_untracked().map(|i| i.id));
        async move {
            // A check needs no list; the real run makes it first, so that a name that is taken stops it.
            if start && !make_list(choices, lists, problems).await {
                return;
            }
            let (Some(plan), Some(id)) = (choices.plan(), id) else { return };
            let answer = if start { api::start_import(id, plan).await } else { api::try_import(id, plan).await };
            if problems.keep(answer).is_some() {
                import.refetch();
            }
        }
    });
    let state = move || shown.with(|i| i.as_ref().map(|i| i.state));
    let is_trying = move || state() == Some(ImportState::Trying);
    let was_tried = move || state() == Some(ImportState::Tried);
    view! {
        {move || problems.besides(&["consent_source", "name"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Suspended resource=look bones=Bones::Table(6, 3) let:found>
            {found.warnings.clone().into_iter().map(|w| view! { <Notice tone=Tone::Warn>{w}</Notice> }).collect_view()}
        </Suspended>
        <Split side=360>
            <Card title="Columns" bleed=true>
                {move || seen.get().map(|found| view! { <ColumnRows found choices fields /> })}
            </Card>
            <Stack>
                <Options choices lists problems seen shown />
                {move || (is_trying() || was_tried()).then(|| view! { <Tried shown /> })}
                <Line>
                    <Button busy=Signal::derive(move || run.pending().get() || is_trying()) on_press=move |()| { run.dispatch(false); }>
                        {move || if was_tried() { "Check again" } else { "Check the file" }}
                    </Button>
                    <Button
                        kind=ButtonKind::Primary
                        busy=run.pending()
                        blocked=Signal::derive(move || is_trying().then(|| "The file is being checked.".to_owned()))
                        on_press=move |()| { run.dispatch(true); }
                    >
                        {move || start_words(shown.get())}
                    </Button>
                </Line>
            </Stack>
        </Split>
    }
    .into_any()
}

/// Names the number once a try has counted it.
fn start_words(import: Option<Import>) -> String {
    match import {
        Some(i) if i.state == ImportState::Tried => {
            format!("Import {}", format::count(i.counts.created + i.counts.updated, "contact", "contacts"))
        }
        _ => "Import now".to_owned(),
    }
}

#[component]
fn ColumnRows(found: Preview, choices: Choices, fields: Resource<Result<Vec<CustomField>, Fault>>) -> impl IntoView {
    let options = Signal::derive(move || target_choices(&fields.get().and_then(Result::ok).unwrap_or_default()));
    let rows = found
        .columns
        .into_iter()
        .enumerate()
        .map(|(at, column)| column_row(at, column, choices, options))
        .collect_view();
    view! {
        <Transition>
            <Rows label="Columns of the file">{rows}</Rows>
        </Transition>
    }
    .into_any()
}

fn column_row(at: usize, column: FileColumn, choices: Choices, options: Signal<Vec<Choice>>) -> AnyView {
    let value = Bind::new(
        Signal::derive(move || choices.targets.with(|t| t.get(at).cloned().unwrap_or_default())),
        move |target: String| {
            choices.targets.update(|t| {
                if let Some(slot) = t.get_mut(at) {
                    *slot = target;
                }
            });
        },
    );
    let samples = column.samples.join(" · ");
    let label = format!("{} goes to", column.name);
    view! {
        <Row title=column.name detail=format::clip(&samples, 90)>
            <Select value options label />
        </Row>
    }
    .into_any()
}

fn target_choices(custom: &[CustomField]) -> Vec<Choice> {
    let own = [
        ("", "Leave out"),
        ("email", "Email"),
        ("first_name", "First name"),
        ("last_name", "Last name"),
        ("name", "Full name"),
        ("phone", "Phone"),
        ("organisation", "Organisation"),
        ("language", "Language"),
        ("zone", "Time zone"),
        ("tags", "Tags"),
    ];
    own.into_iter()
        .map(|(value, label)| Choice::new(value, label))
        .chain(custom.iter().map(|f| Choice::new(format!("field:{}", f.key), f.label.clone()).group("Custom fields")))
        .collect()
}

/// What a run would do, as the try counted it.
#[component]
fn Tried(shown: Signal<Option<Import>>) -> impl IntoView {
    let body = move || {
        shown.get().map(|i| match i.state {
            ImportState::Trying => view! {
                <Progress
                    label="Checking the file"
                    parts=Part::done_of(format::whole(i.bytes_done), format::whole(i.bytes))
                    words=Some(words::progress(&i))
                />
            }
            .into_any(),
            _ => view! { <super::super::run::CountFacts import=i is_try=true /> }.into_any(),
        })
    };
    view! {
        <Card title="What would happen">
            <CardBody>{body}</CardBody>
        </Card>
    }
    .into_any()
}
