use super::*;

/// Everything known about the person.
#[component]
pub fn Profile(contact: Contact) -> impl IntoView {
    let viewer = Viewer::here();
    let custom = session::Fetched::new(|| (), |()| api::fields()).value();
    let values = StoredValue::new(contact.fields.clone());
    let pairs = [
        ("Email", contact.email.clone()),
        ("Phone", contact.phone.clone()),
        ("Organisation", contact.organisation.clone()),
        ("Language", contact.language.clone()),
        ("Time zone", contact.zone.clone()),
    ];
    let facts = pairs
        .into_iter()
        .filter(|(_, v)| !v.is_empty())
        .map(|(name, value)| view! { <Fact name>{value}</Fact> })
        .collect_view();
    let own = move || {
        custom
            .get()
            .and_then(Result::ok)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|field| {
                let value = values.with_value(|v| v.get(&field.key).map(shown_value)).filter(|v| !v.is_empty())?;
                Some(view! { <Fact name=field.label>{value}</Fact> })
            })
            .collect_view()
    };
    let tags = contact.tags.iter().map(|t| view! { <Tag name=t.clone() /> }).collect_view();
    let lists = contact
        .lists
        .iter()
        .map(|l| view! { <a href=format!("/contacts?list={}", l.id)>{l.name.clone()}</a> })
        .collect_view();
    let (has_tags, has_lists) = (!contact.tags.is_empty(), !contact.lists.is_empty());
    view! {
        <Card title="Profile">
            <CardBody>
                <Facts>
                    {facts} {own}
                    {has_tags.then(|| view! { <Fact name="Tags"><Line>{tags}</Line></Fact> })}
                    {has_lists.then(|| view! { <Fact name="Lists"><Line gap=Gap::Small>{lists}</Line></Fact> })}
                    <Fact name="Came from">{contact.source.clone()}</Fact>
                    <Fact name="Added">{viewer.full(contact.created)}</Fact>
                    <Fact name="Changed">{viewer.full(contact.updated)}</Fact>
                </Facts>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// Consent per channel with its proof, and the way to record a new one.
#[component]
pub fn ConsentCard(contact: Contact, on_saved: Callback<Contact>) -> impl IntoView {
    let viewer = Viewer::here();
    let recording = RwSignal::new(None::<ConsentState>);
    let id = contact.id;
    let rows = contact
        .consents
        .clone()
        .into_iter()
        .map(|c| {
            let channel = match c.channel {
                Channel::Email => "Email",
                Channel::Sms => "Text messages",
            };
            let since = c.at.map(|at| viewer.full(at)).unwrap_or_default();
            let proof = [c.source.clone(), since].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ");
            view! { <Fact name=channel>{consent_words(c.state)} " " <Faint tiny=true>{proof}</Faint></Fact> }
        })
        .collect_view();
    let suppressed = contact.suppressed.clone().map(|s| {
        let words = format!("No mail goes to this address: {} since {}.", s.reason, viewer.full(s.at));
        view! { <Notice tone=Tone::Bad>{words}</Notice> }
    });
    let is_subscribed = email_consent(&contact) == ConsentState::Subscribed;
    let may = viewer.may(Capability::ContactsWrite) && !contact.email.is_empty();
    view! {
        <Card title="Consent">
            <CardBody>
                <Stack>
                    {suppressed} <Facts>{rows}</Facts>
                    {may
                        .then(|| {
                            let (words, next) = if is_subscribed {
                                ("Unsubscribe from email", ConsentState::Unsubscribed)
                            } else {
                                ("Record email consent", ConsentState::Subscribed)
                            };
                            view! {
                                <Line>
                                    <Button size=Size::Small on_press=move |()| recording.set(Some(next))>{words}</Button>
                                </Line>
                            }
                        })}
                </Stack>
            </CardBody>
        </Card>
        <RecordConsent id recording on_saved />
    }
    .into_any()
}

#[component]
fn RecordConsent(
    id: ContactId,
    recording: RwSignal<Option<ConsentState>>,
    on_saved: Callback<Contact>,
) -> impl IntoView {
    let source = RwSignal::new(String::new());
    let problems = session::Problems::new();
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    // The modal wants a bool of its own; what is recorded decides it.
    Effect::new(move |_| open.set(recording.get().is_some()));
    Effect::new(move |_| {
        if !open.get() && recording.with_untracked(Option::is_some) {
            recording.set(None);
        }
    });
    let save = Action::new(move |(): &()| {
        let (state, source) = (recording.get_untracked().unwrap_or(ConsentState::None), source.get_untracked());
        async move {
            if let Some(saved) = problems.keep(api::set_consent(id, Channel::Email, state, source).await) {
                toasts.ok("Consent recorded");
                recording.set(None);
                on_saved.run(saved);
            }
        }
    });
    view! {
        <Modal open title="Record consent">
            <Stack>
                {move || problems.besides(&["source"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field
                        label="Where this comes from"
                        name="source"
                        help="Kept as proof, for example: asked by phone on 3 May."
                        error=problems.of("source")
                    >
                        <TextInput value=source autocomplete="off" />
                    </Field>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=save.pending()>
                            {move || if recording.get() == Some(ConsentState::Subscribed) { "Record consent" } else { "Unsubscribe" }}
                        </Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
    .into_any()
}
