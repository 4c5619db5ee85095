use super::page::Parts;
use super::*;

/// Through what it goes and whose name it bears.
#[component]
pub fn SenderCard(parts: Parts) -> impl IntoView {
    let senders = parts.stock.senders;
    view! {
        <Card title="3. Who it comes from">
            <CardBody>
                <Suspended
                    resource=senders
                    bones=Bones::Form(3)
                    is_empty=Callback::new(|all: Vec<Sender>| all.is_empty())
                    empty=|| view! { <NoSender /> }
                    let:all
                >
                    <SenderFields all parts />
                </Suspended>
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn NoSender() -> impl IntoView {
    let may = Viewer::here().may(Capability::SendersManage);
    let text = if may {
        "Campaigns go out through a sender: your mail server with the name and address people see."
    } else {
        "Campaigns go out through a sender. An admin of your company can add one in the settings."
    };
    view! {
        <Empty title="No sender yet" text icon=IconName::Send>
            {may.then(|| view! { <LinkButton href="/settings/senders?new=1">"Add a sender"</LinkButton> })}
        </Empty>
    }
    .into_any()
}

#[component]
fn SenderFields(all: Vec<Sender>, parts: Parts) -> impl IntoView {
    let work = parts.work;
    let all = StoredValue::new(all);
    let options = all.with_value(|all| {
        all.iter().map(|s| Choice::new(s.id.to_string(), format!("{}, {}", s.name, s.from_email))).collect::<Vec<_>>()
    });
    let chosen =
        move || work.sender.with(|id| all.with_value(|all| all.iter().find(|s| s.id.to_string() == *id).cloned()));
    // With only one to choose from there is nothing to ask.
    Effect::new(move |was_here: Option<()>| {
        let only = all.with_value(|all| if let [one] = all.as_slice() { Some(one.id.to_string()) } else { None });
        if let Some(id) =
            only.filter(|_| was_here.is_none() && !parts.is_locked && work.sender.with_untracked(String::is_empty))
        {
            work.sender.set(id);
        }
    });
    let own_name = Signal::derive(move || chosen().map(|s| s.from_name));
    let own_reply =
        Signal::derive(move || chosen().map(|s| if s.reply_to.is_empty() { s.from_email } else { s.reply_to }));
    let trouble = move || {
        chosen().filter(|s| s.health.state == "failing" || s.health.state == "untested").map(|s| {
            let (tone, text) = match s.health.state.as_str() {
                "failing" => (Tone::Bad, format!("This sender fails now: {}", s.health.detail)),
                _ => (Tone::Warn, "This sender was never tested. Send a test to see that it works.".to_owned()),
            };
            view! { <Notice tone>{text}</Notice> }
        })
    };
    let disabled = parts.is_locked;
    let fixed = parts.is_locked || parts.is_fixed;
    view! {
        <Field label="Sender" name="sender" error=work.refused.of("sender")>
            <Select value=work.sender options placeholder="Choose a sender" disabled />
        </Field>
        {trouble}
        <Columns min=200>
            <Field label="From name" name="from_name" optional=true help="Empty takes the sender’s." error=work.refused.of("from_name")>
                <TextInput value=work.from_name placeholder=own_name disabled />
            </Field>
            <Field label="Replies go to" name="reply_to" optional=true help="Empty takes the sender’s." error=work.refused.of("reply_to")>
                <TextInput value=work.reply_to kind=InputKind::Email placeholder=own_reply disabled />
            </Field>
        </Columns>
        <Stack gap=Gap::Small>
            <Switch value=work.track_opens disabled=fixed>"Count opens with an invisible picture"</Switch>
            <Switch value=work.track_clicks disabled=fixed>"Count clicks by leading links through Lux"</Switch>
        </Stack>
    }
    .into_any()
}
