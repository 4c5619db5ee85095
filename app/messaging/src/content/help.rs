use crate::people;
use contract::contacts::Field as CustomField;
use kit::*;
use leptos::prelude::*;

/// Placeholders that always exist, with what they become.
const KNOWN: [(&str, &str); 11] = [
    ("{{ contact.first_name | default(\"there\") }}", "First name, or the word in quotes for people without one"),
    ("{{ contact.last_name }}", "Last name"),
    ("{{ contact.email }}", "Email address"),
    ("{{ contact.organisation }}", "Organisation"),
    ("{{ contact.phone }}", "Phone number"),
    ("{{ contact.language }}", "Language, such as en"),
    ("{{ company.name }}", "Your company’s name"),
    ("{{ company.address }}", "Your company’s postal address, required by law in many places"),
    ("{{ campaign.name }}", "Name of the campaign"),
    ("{{ view_url }}", "Address of the email as a page; put it into a link"),
    ("{{ unsubscribe_url }}", "Address that unsubscribes this person; put it into a link"),
];

/// A button that shows every placeholder, each ready to be copied.
#[component]
pub fn FieldHelp() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Person on_press=move |()| open.set(true)>"Personal fields"</Button>
        <Sheet open title="Personal fields">
            <HelpBody />
        </Sheet>
    }
    .into_any()
}

#[component]
fn HelpBody() -> impl IntoView {
    let fields = Resource::new(|| (), |()| people::all_fields());
    let known = KNOWN.into_iter().map(|(code, what)| line(code.to_owned(), what.to_owned())).collect_view();
    view! {
        <Soft>"Copy one into the subject, the preview text or the source. It becomes what you know about each person."</Soft>
        <Rows label="Always there">{known}</Rows>
        <Heading text="Your custom fields" />
        <Suspended
            resource=fields
            bones=Bones::Rows(3)
            is_empty=Callback::new(|all: Vec<CustomField>| all.is_empty())
            empty=|| view! { <Soft>"There are none yet. An admin adds them in the settings, under custom fields."</Soft> }
            let:all
        >
            <Rows label="Custom fields">
                {all.into_iter().map(|f| line(format!("{{{{ contact.fields.{} }}}}", f.key), f.label)).collect_view()}
            </Rows>
        </Suspended>
        <Heading text="Show only to some people" />
        <Soft>"A part between these two lines is sent only to people who have a value there."</Soft>
        <Rows label="Conditions">{line("{% if contact.organisation %} … {% endif %}".to_owned(), "Any field works here, also else and elif".to_owned())}</Rows>
    }
    .into_any()
}

fn line(code: String, what: String) -> impl IntoView {
    let label = format!("Copy {code}");
    view! {
        <Row title=what detail=code.clone()>
            <CopyButton text=code label />
        </Row>
    }
}
