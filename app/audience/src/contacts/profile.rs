use super::api;
use super::editor::{ContactEditor, shown_value};
use super::words::{consent_words, mail_status};
use contract::contacts::{BulkAct, Channel, ConsentState, Contact, Moment, Selection as Picked};
use contract::{Capability, ContactId, Fault, Page};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::{use_navigate, use_params_map};
use leptos_router::lazy_route;
use session::Viewer;

mod facts;
mod history;
use facts::{ConsentCard, Profile};
use history::History;

/// `/contacts/:id`
#[derive(Debug)]
pub struct ContactRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct ContactReads {
    contact: Resource<Result<Contact, Fault>>,
    history: Resource<Result<Page<Moment>, Fault>>,
}

impl ContactReads {
    fn new() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse::<ContactId>().ok()));
        let changed = use_stream().changes("contact");
        Self {
            contact: Resource::new(
                move || (id.get(), changed.get()),
                |(id, _)| async move { api::get_contact(id.ok_or_else(|| Fault::missing("Contact"))?).await },
            ),
            history: Resource::new(
                move || (id.get(), changed.get()),
                |(id, _)| async move { api::timeline(id.ok_or_else(|| Fault::missing("Contact"))?, None).await },
            ),
        }
    }
}

#[lazy_route]
impl LazyRoute for ContactRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = ContactReads::new();
        let ContactReads { contact, history } = this;
        view! {
            <Suspended resource=contact bones=Bones::Form(6) let:shown>
                <ContactPage shown contact history />
            </Suspended>
        }
        .into_any()
    }
}

#[component]
fn ContactPage(
    shown: Contact,
    contact: Resource<Result<Contact, Fault>>,
    history: Resource<Result<Page<Moment>, Fault>>,
) -> impl IntoView {
    let viewer = Viewer::here();
    let editing = RwSignal::new(false);
    let reload = Callback::new(move |_: Contact| {
        contact.refetch();
        history.refetch();
    });
    let id = shown.id;
    let name = shown.shown();
    let detail = [shown.organisation.clone(), shown.email.clone()]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    let (consent, suppressed) = (email_consent(&shown), shown.suppressed.is_some());
    let name_for_delete = name.clone();
    let (facts, consents) = (shown.clone(), shown.clone());
    view! {
        <PageTitle title=name.clone() detail mark=move || mail_status(consent, suppressed)>
            {viewer
                .may(Capability::ContactsDelete)
                .then(|| view! { <DeleteButton id name=name_for_delete /> })}
            {viewer
                .may(Capability::ContactsWrite)
                .then(|| view! { <Button kind=ButtonKind::Primary icon=IconName::Pencil on_press=move |()| editing.set(true)>"Edit"</Button> })}
        </PageTitle>
        <Split side=360>
            <History history id />
            <Stack>
                <Profile contact=facts />
                <ConsentCard contact=consents on_saved=reload />
            </Stack>
        </Split>
        <ContactEditor open=editing contact=shown on_saved=reload />
    }
    .into_any()
}

fn email_consent(contact: &Contact) -> ConsentState {
    contact.consents.iter().find(|c| c.channel == Channel::Email).map_or(ConsentState::None, |c| c.state)
}

#[component]
fn DeleteButton(id: ContactId, name: String) -> impl IntoView {
    let (toasts, read, confirm, stream) = (use_toasts(), use_fault_words::<Fault>(), use_confirm(), use_stream());
    let go = StoredValue::new(use_navigate());
    let ask = move |()| {
        let question = Question::danger(
            format!("Delete {name}?"),
            "They get no more mail. You can take it back for 15 minutes.",
            "Delete",
        );
        confirm.ask(question, move || {
            leptos::task::spawn_local(async move {
                match api::bulk(Picked::Ids(vec![id]), BulkAct::Delete).await {
                    Ok(done) => {
                        go.with_value(|go| go("/contacts", Default::default()));
                        let undo = done.undo.unwrap_or_default();
                        toasts.undo("Contact deleted", move || {
                            let token = undo.clone();
                            leptos::task::spawn_local(async move {
                                match api::undo(token).await {
                                    Ok(_) => {
                                        toasts.ok("Contact back as before");
                                        stream.touch("contact.changed");
                                    }
                                    Err(fault) => toasts.fault(read.read(&fault)),
                                }
                            });
                        });
                    }
                    Err(fault) => toasts.fault(read.read(&fault)),
                }
            });
        });
    };
    view! { <Button icon=IconName::Trash on_press=ask>"Delete"</Button> }
}
