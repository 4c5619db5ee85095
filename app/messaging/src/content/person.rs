use crate::parts::settled;
use crate::people;
use contract::ContactId;
use contract::contacts::ContactRow;
use kit::*;
use leptos::prelude::*;

/// A dialog that finds the person for whom the preview is written.
#[component]
pub fn PersonPicker(open: RwSignal<bool>, contact: RwSignal<Option<ContactId>>) -> impl IntoView {
    view! {
        <Modal open title="Preview as">
            <Finder open contact />
        </Modal>
    }
    .into_any()
}

#[component]
fn Finder(open: RwSignal<bool>, contact: RwSignal<Option<ContactId>>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let asked = settled(move || text.get(), 250);
    let found = Resource::new(move || asked.get(), people::find_people);
    let choose = Callback::new(move |id: Option<ContactId>| {
        contact.set(id);
        open.set(false);
    });
    let row = move |person: ContactRow| {
        let id = person.id;
        let (name, detail) =
            if person.name.is_empty() { (person.email, person.organisation) } else { (person.name, person.email) };
        let said = format!("Preview as {name}");
        view! {
            <Row title=name detail>
                <IconButton icon=IconName::Eye label=said size=Size::Small on_press=move |()| choose.run(Some(id)) />
            </Row>
        }
    };
    view! {
        <Stack>
            <AffixInput icon=IconName::Search value=text kind=InputKind::Search placeholder="Name or email" label="Search people" />
            <Suspended
                resource=found
                bones=Bones::Rows(4)
                is_empty=Callback::new(|all: Vec<ContactRow>| all.is_empty())
                empty=|| view! { <Soft>"Nobody matches."</Soft> }
                let:all
            >
                <Rows label="People">{all.into_iter().map(row).collect_view()}</Rows>
            </Suspended>
            <Line>
                <Button on_press=move |()| choose.run(None)>"Use an example person"</Button>
            </Line>
        </Stack>
    }
    .into_any()
}
