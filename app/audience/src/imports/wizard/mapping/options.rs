use super::*;

/// How the file is read and what happens to its people.
#[component]
pub fn Options(
    choices: Choices,
    lists: Resource<Result<Vec<List>, Fault>>,
    problems: Problems,
    seen: RwSignal<Option<Preview>>,
    shown: Signal<Option<Import>>,
) -> impl IntoView {
    let boxes = move || {
        lists
            .get()
            .and_then(Result::ok)
            .unwrap_or_default()
            .into_iter()
            .map(|list| {
                let (own, mine) = (list.id.to_string(), list.id.to_string());
                let on = Signal::derive(move || choices.lists.with(|l| l.contains(&own)));
                let value = Bind::new(on, move |on: bool| {
                    choices.lists.update(|l| {
                        l.retain(|x| *x != mine);
                        if on {
                            l.push(mine.clone());
                        }
                    });
                });
                view! { <Checkbox value>{list.name}</Checkbox> }
            })
            .collect_view()
    };
    let has_lists = move || lists.get().and_then(Result::ok).is_some_and(|l| !l.is_empty());
    view! {
        <Card title="People">
            <CardBody>
                <Stack>
                    <Transition>
                        <When is=has_lists>
                            <Field label="Put everybody on" name="import-lists">
                                <Stack gap=Gap::Small>{boxes}</Stack>
                            </Field>
                        </When>
                    </Transition>
                    <Field
                        label="New list"
                        name="import-new-list"
                        optional=true
                        help="Made with this name when the import starts; everybody is put on it."
                        error=problems.of("name")
                    >
                        <TextInput value=choices.new_list placeholder="Stockists" autocomplete="off" />
                    </Field>
                    <Field label="Give everybody these tags" name="import-tags" optional=true help="Separated by commas.">
                        <TextInput value=choices.tags autocomplete="off" />
                    </Field>
                    <Checkbox value=choices.skip_known>"Leave contacts alone that are there already"</Checkbox>
                    <Checkbox value=choices.consent>"These people agreed to marketing email"</Checkbox>
                    <When is=move || choices.consent.get()>
                        <Field
                            label="Where they agreed"
                            name="consent_source"
                            help="Kept as proof with each person. Who unsubscribed earlier stays unsubscribed."
                            error=problems.of("consent_source")
                        >
                            <TextInput value=choices.source placeholder="Stockist fair 2025, paper form" autocomplete="off" />
                        </Field>
                    </When>
                </Stack>
            </CardBody>
        </Card>
        <Card title="File">
            <CardBody>
                <Reading choices seen shown />
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn Reading(choices: Choices, seen: RwSignal<Option<Preview>>, shown: Signal<Option<Import>>) -> impl IntoView {
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let look_again = move |edit: &dyn Fn(&mut Dialect)| {
        let (Some(mut dialect), Some(id)) = (choices.dialect.get_untracked(), shown.get_untracked().map(|i| i.id))
        else {
            return;
        };
        edit(&mut dialect);
        choices.dialect.set(Some(dialect.clone()));
        leptos::task::spawn_local(async move {
            match api::look_into(id, Some(dialect)).await {
                Ok(found) => {
                    choices.targets.set(found.columns.iter().map(|c| c.guess.clone()).collect());
                    seen.set(Some(found));
                }
                Err(fault) => toasts.fault(read.read(&fault)),
            }
        });
    };
    let part = move |get: fn(&Dialect) -> String| {
        Signal::derive(move || choices.dialect.with(|d| d.as_ref().map(get).unwrap_or_default()))
    };
    let delimiter = Bind::new(part(|d| d.delimiter.to_string()), move |v: String| {
        look_again(&|d| d.delimiter = v.chars().next().unwrap_or(','))
    });
    let encoding = Bind::new(part(|d| d.encoding.clone()), move |v: String| look_again(&|d| d.encoding.clone_from(&v)));
    let header = Bind::new(
        Signal::derive(move || choices.dialect.with(|d| d.as_ref().is_none_or(|d| d.header))),
        move |on: bool| {
            look_again(&|d| d.header = on);
        },
    );
    let delimiters = vec![
        Choice::new(",", "Comma"),
        Choice::new(";", "Semicolon"),
        Choice::new("\t", "Tab"),
        Choice::new("|", "Bar"),
    ];
    let encodings = vec![
        Choice::new("utf-8", "UTF-8"),
        Choice::new("windows-1252", "Windows or Latin-1"),
        Choice::new("utf-16le", "UTF-16, little end first"),
        Choice::new("utf-16be", "UTF-16, big end first"),
    ];
    view! {
        <Stack>
            <Field label="Cells are separated by" name="import-delimiter">
                <Select value=delimiter options=delimiters />
            </Field>
            <Field label="Characters" name="import-encoding">
                <Select value=encoding options=encodings />
            </Field>
            <Checkbox value=header>"The first row names the columns"</Checkbox>
        </Stack>
    }
    .into_any()
}
