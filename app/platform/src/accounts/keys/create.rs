use super::*;

/// Asks for a name and scopes, then shows the key once.
#[component]
pub fn CreateKey(open: RwSignal<bool>, keys: Resource<Result<Vec<ApiKey>, Fault>>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let picked: Vec<(Capability, RwSignal<bool>)> =
        Capability::ALL.into_iter().map(|c| (c, RwSignal::new(false))).collect();
    let picked = StoredValue::new(picked);
    let made = RwSignal::new(None::<ApiKeyMade>);
    let problems = Problems::new();
    let send = Action::new(move |(): &()| {
        let scopes =
            picked.with_value(|all| all.iter().filter(|(_, on)| on.get_untracked()).map(|(c, _)| *c).collect());
        let name = name.get_untracked();
        async move {
            if let Some(key) = problems.keep(api::create_api_key(name, scopes).await) {
                made.set(Some(key));
                keys.refetch();
            }
        }
    });
    // A closed form forgets the key for good.
    Effect::new(move |_| {
        if !open.get() {
            made.set(None);
            name.set(String::new());
            problems.clear();
        }
    });
    let form = move || {
        let boxes = picked
            .get_value()
            .into_iter()
            .map(|(c, on)| view! { <Checkbox value=on><span><code>{c.name()}</code>" "{c.verb()}</span></Checkbox> })
            .collect_view();
        view! {
            {move || problems.besides(&["name", "scopes"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Form on_send=move |()| { send.dispatch(()); }>
                <Field label="What it is for" name="key-name" error=problems.of("name")>
                    <TextInput value=name placeholder="Shop import" autocomplete="off" />
                </Field>
                <Field label="What it may do" name="key-scopes" help="Only what the program needs." error=problems.of("scopes")>
                    <Stack gap=Gap::Small>{boxes}</Stack>
                </Field>
                <Line>
                    <Button kind=ButtonKind::Primary submit=true busy=send.pending()>"Make key"</Button>
                </Line>
            </Form>
        }
        .into_any()
    };
    let shown = move |key: ApiKeyMade| {
        let secret = key.secret.0;
        view! {
            <Notice tone=Tone::Warn>"Copy the key now. It is not shown again."</Notice>
            <Line>
                <code>{secret.clone()}</code>
                <CopyButton text=secret label="Copy the key" />
            </Line>
        }
        .into_any()
    };
    view! {
        <Modal open title="Make an API key">
            <Stack>{move || made.get().map_or_else(form, shown)}</Stack>
        </Modal>
    }
}
