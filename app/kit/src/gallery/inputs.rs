//! Buttons and inputs.

use super::Exhibit;
use crate::*;
use leptos::prelude::*;

#[component]
pub(super) fn Buttons() -> impl IntoView {
    let clicks = RwSignal::new(0_u64);
    let press = move |()| clicks.update(|clicks| *clicks += 1);
    view! {
        <Exhibit title="Button">
            <Line>
                <Button kind=ButtonKind::Primary on_press=press>"Primary"</Button>
                <Button on_press=press>"Second"</Button>
                <Button kind=ButtonKind::Quiet on_press=press>"Quiet"</Button>
                <Button kind=ButtonKind::Danger on_press=press>"Danger"</Button>
                <Button size=Size::Small on_press=press>"Small"</Button>
                <Faint tiny=true>{move || format::count(clicks.get(), "press", "presses")}</Faint>
            </Line>
            <Line>
                <Button kind=ButtonKind::Primary busy=true>"Saving"</Button>
                <Button busy=true icon=IconName::Retry>"Checking"</Button>
                <Button kind=ButtonKind::Primary blocked="Choose an audience first">"Send"</Button>
                <Button blocked="You need the right to export">"Export"</Button>
            </Line>
            <Line>
                <Button icon=IconName::Plus>"With icon"</Button>
                <LinkButton href="#main" icon=IconName::Right>"Link"</LinkButton>
                <IconButton icon=IconName::Dots label="More" on_press=|()| () />
                <IconButton icon=IconName::Bell label="Notices" kind=ButtonKind::Plain on_press=|()| () />
                <IconButton icon=IconName::Eye label="Show the preview" kind=ButtonKind::Plain pressed=true on_press=|()| () />
                <CopyButton text="01J9-7Q4K" label="Copy the trace id" />
                <Key name="⌘K" />
            </Line>
        </Exhibit>
    }
    .into_any()
}

#[component]
pub(super) fn Fields(tag: &'static str) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let from = RwSignal::new("winter@emberfold".to_owned());
    let topic = RwSignal::new("new".to_owned());
    let note = RwSignal::new("Fired twice at 1,240 °C.".to_owned());
    let find = RwSignal::new(String::new());
    let wrong = "The part after @ is not a domain";
    let from_name = format!("from-{tag}");
    let errors = vec![FieldError::new(from_name.clone(), "From address", wrong)];
    view! {
        <Exhibit title="Field and select">
            <ErrorSummary errors />
            <Columns min=200>
                <Field label="Name" name=format!("name-{tag}") help="Help stays below.">
                    <TextInput value=name placeholder="Placeholder" />
                </Field>
                <Field label="From address" name=from_name error=wrong>
                    <TextInput value=from kind=InputKind::Email />
                </Field>
                <Field label="Topic" name=format!("topic-{tag}")>
                    <Select
                        value=topic
                        options=vec![
                            Choice::new("new", "New work").group("Letters"),
                            Choice::new("sale", "Sales").group("Letters"),
                            Choice::new("shop", "Workshops").group("Studio"),
                        ]
                    />
                </Field>
                <Field label="Locked" name=format!("locked-{tag}") optional=true>
                    <TextInput value=RwSignal::new("Set by the owner".to_owned()) disabled=true />
                </Field>
            </Columns>
            <Field label="Note" name=format!("note-{tag}")>
                <TextArea value=note rows=3 limit=120 />
            </Field>
            <AffixInput icon=IconName::Search value=find placeholder="Name or address" label="Search people" />
        </Exhibit>
    }
    .into_any()
}

#[component]
pub(super) fn Checks(tag: &'static str) -> impl IntoView {
    let (off, on) = (RwSignal::new(false), RwSignal::new(true));
    let pace = RwSignal::new("even".to_owned());
    let span = RwSignal::new("month".to_owned());
    view! {
        <Exhibit title="Check, radio, switch">
            <Line gap=Gap::Normal>
                <Checkbox value=off>"Off"</Checkbox>
                <Checkbox value=on>"On"</Checkbox>
                <Checkbox value=off partly=true>"Partly"</Checkbox>
                <Checkbox value=off disabled=true>"Disabled"</Checkbox>
            </Line>
            <Line gap=Gap::Normal>
                <Switch value=off>"Off"</Switch>
                <Switch value=on>"On"</Switch>
                <Switch value=on busy=true>"Saving"</Switch>
                <Switch value=off disabled=true>"Locked off"</Switch>
            </Line>
            <RadioGroup
                value=pace
                name=format!("pace-{tag}")
                label="Pace"
                options=vec![
                    Choice::new("even", "Evenly").help("120 per minute, as the mailboxes allow"),
                    Choice::new("window", "In a window").help("Only from 09:00 to 17:00 CET"),
                    Choice::new("now", "At once").blocked("Needs a provider without a limit"),
                ]
            />
            <Segmented
                value=span
                label="Span"
                options=vec![Choice::new("month", "Month"), Choice::new("week", "Week"), Choice::new("day", "Day")]
            />
        </Exhibit>
    }
    .into_any()
}
