use super::api;
use contract::contacts::{List, Tag};
use contract::{Capability, Fault, ListId, TagId};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::lazy_route;
use session::{Problems, Viewer};

/// `/lists`
#[derive(Debug)]
pub struct ListsRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct ListsReads {
    lists: Resource<Result<Vec<List>, Fault>>,
    tags: Resource<Result<Vec<Tag>, Fault>>,
}

impl ListsReads {
    fn new() -> Self {
        let changed = use_stream().changes("contact");
        Self {
            lists: Resource::new(move || changed.get(), |_| api::lists()),
            tags: Resource::new(move || changed.get(), |_| api::tags()),
        }
    }
}

#[lazy_route]
impl LazyRoute for ListsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = ListsReads::new();
        view! { <ListsPage route=this /> }.into_any()
    }
}

/// What the form edits: a new list, a list, or a tag.
#[derive(Clone, Debug, PartialEq)]
enum Edited {
    NewList,
    List(List),
    Tag(Tag),
}

#[component]
fn ListsPage(route: ListsReads) -> impl IntoView {
    let viewer = Viewer::here();
    let ListsReads { lists, tags } = route;
    let edited = RwSignal::new(None::<Edited>);
    view! {
        <PageTitle title="Lists and tags" detail="Lists are whom you write to. Tags are what you know about people.">
            <When is=move || viewer.may(Capability::ContactsWrite)>
                <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| edited.set(Some(Edited::NewList))>"New list"</Button>
            </When>
        </PageTitle>
        <Card title="Lists" bleed=true>
            <Suspended
                resource=lists
                bones=Bones::Table(3, 4)
                is_empty=Callback::new(|all: Vec<List>| all.is_empty())
                empty=|| {
                    view! {
                        <Empty title="No lists yet" text="A list is a group of people you write to, such as newsletter readers." icon=IconName::Rings />
                    }
                }
                let:all
            >
                <ListTable all lists edited />
            </Suspended>
        </Card>
        <Card title="Tags" bleed=true>
            <Suspended
                resource=tags
                bones=Bones::Table(3, 2)
                is_empty=Callback::new(|all: Vec<Tag>| all.is_empty())
                empty=|| view! { <Empty title="No tags yet" text="Give tags to contacts in the contact table or with an import." icon=IconName::Tag /> }
                let:all
            >
                <TagTable all tags edited />
            </Suspended>
        </Card>
        <NameForm edited lists tags />
    }
    .into_any()
}

#[component]
fn ListTable(
    all: Vec<List>,
    lists: Resource<Result<Vec<List>, Fault>>,
    edited: RwSignal<Option<Edited>>,
) -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read, confirm) = (use_toasts(), use_fault_words::<Fault>(), use_confirm());
    let delete = move |id: ListId, name: String| {
        let question = Question::danger(
            format!("Delete the list {name}?"),
            "Its people stay in your contacts. A list cannot come back.",
            "Delete list",
        );
        confirm.ask(question, move || {
            leptos::task::spawn_local(async move {
                match api::delete_list(id).await {
                    Ok(()) => {
                        toasts.ok("List deleted");
                        lists.refetch();
                    }
                    Err(fault) => toasts.fault(read.read(&fault)),
                }
            });
        });
    };
    let menu = move |list: List| {
        let (id, name) = (list.id, list.name.clone());
        let mut items = vec![MenuItem::link("Show people", format!("/contacts?list={id}")).icon(IconName::People)];
        if viewer.may(Capability::ContactsWrite) {
            items.push(
                MenuItem::run("Rename", move || edited.set(Some(Edited::List(list.clone())))).icon(IconName::Pencil),
            );
        }
        if viewer.may(Capability::ContactsDelete) {
            items.push(MenuItem::run("Delete", move || delete(id, name.clone())).danger().rule());
        }
        items
    };
    let columns = vec![
        Column::named(
            "List",
            |l: &List| l.name.clone(),
            |l: &List| {
                view! { <Named title=l.name.clone() detail=l.description.clone() href=format!("/contacts?list={}", l.id) /> }
            },
        ),
        Column::num("People", |l: &List| format::number(l.contacts)),
        Column::num("Can be mailed", |l: &List| format::number(l.subscribed)),
        Column::wide("Made", move |l: &List| viewer.brief(l.created)),
    ];
    view! { <Table label="Lists" columns rows=all key=|l: &List| l.id.to_string() menu=menu /> }.into_any()
}

#[component]
fn TagTable(all: Vec<Tag>, tags: Resource<Result<Vec<Tag>, Fault>>, edited: RwSignal<Option<Edited>>) -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read, confirm) = (use_toasts(), use_fault_words::<Fault>(), use_confirm());
    let delete = move |id: TagId, name: String, people: i64| {
        let question = Question::danger(
            format!("Delete the tag {name}?"),
            format!("It is taken off {}. A tag cannot come back.", format::count(people, "contact", "contacts")),
            "Delete tag",
        );
        confirm.ask(question, move || {
            leptos::task::spawn_local(async move {
                match api::delete_tag(id).await {
                    Ok(()) => {
                        toasts.ok("Tag deleted");
                        tags.refetch();
                    }
                    Err(fault) => toasts.fault(read.read(&fault)),
                }
            });
        });
    };
    let menu = move |tag: Tag| {
        let (id, name, people) = (tag.id, tag.name.clone(), tag.contacts);
        let mut items = vec![MenuItem::link("Show people", format!("/contacts?tag={id}")).icon(IconName::People)];
        if viewer.may(Capability::ContactsWrite) {
            items.push(
                MenuItem::run("Rename", move || edited.set(Some(Edited::Tag(tag.clone())))).icon(IconName::Pencil),
            );
            items.push(MenuItem::run("Delete", move || delete(id, name.clone(), people)).danger().rule());
        }
        items
    };
    let columns = vec![
        Column::named(
            "Tag",
            |t: &Tag| t.name.clone(),
            |t: &Tag| {
                view! { <Named title=t.name.clone() href=format!("/contacts?tag={}", t.id) /> }
            },
        ),
        Column::num("People", |t: &Tag| format::number(t.contacts)),
    ];
    view! { <Table label="Tags" columns rows=all key=|t: &Tag| t.id.to_string() menu=menu /> }.into_any()
}

#[component]
fn NameForm(
    edited: RwSignal<Option<Edited>>,
    lists: Resource<Result<Vec<List>, Fault>>,
    tags: Resource<Result<Vec<Tag>, Fault>>,
) -> impl IntoView {
    let (name, description) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (open, problems, toasts) = (RwSignal::new(false), Problems::new(), use_toasts());
    // What is edited decides what the form shows; closing it forgets both.
    Effect::new(move |_| {
        let (text, more) = match edited.get() {
            Some(Edited::List(list)) => (list.name, list.description),
            Some(Edited::Tag(tag)) => (tag.name, String::new()),
            Some(Edited::NewList) | None => (String::new(), String::new()),
        };
        name.set(text);
        description.set(more);
        problems.clear();
        open.set(edited.with_untracked(Option::is_some));
    });
    Effect::new(move |_| {
        if !open.get() && edited.with_untracked(Option::is_some) {
            edited.set(None);
        }
    });
    let save = Action::new(move |(): &()| {
        let (what, name, description) = (edited.get_untracked(), name.get_untracked(), description.get_untracked());
        async move {
            let answer = match what {
                Some(Edited::List(list)) => api::update_list(list.id, name, description).await.map(|_| ()),
                Some(Edited::Tag(tag)) => api::rename_tag(tag.id, name).await,
                Some(Edited::NewList) | None => api::create_list(name, description).await.map(|_| ()),
            };
            if problems.keep(answer).is_some() {
                toasts.ok("Saved");
                edited.set(None);
                lists.refetch();
                tags.refetch();
            }
        }
    });
    let title = Signal::derive(move || match edited.get() {
        Some(Edited::List(_)) => "Rename list".to_owned(),
        Some(Edited::Tag(_)) => "Rename tag".to_owned(),
        Some(Edited::NewList) | None => "New list".to_owned(),
    });
    let is_list = move || !matches!(edited.get(), Some(Edited::Tag(_)));
    view! {
        <Modal open title>
            <Stack>
                {move || problems.besides(&["name", "description"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field label="Name" name="list-name" error=problems.of("name")>
                        <TextInput value=name autocomplete="off" />
                    </Field>
                    <When is=is_list>
                        <Field label="What it is for" name="list-description" optional=true error=problems.of("description")>
                            <TextInput value=description autocomplete="off" />
                        </Field>
                    </When>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save"</Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
    .into_any()
}
