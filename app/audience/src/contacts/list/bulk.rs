use super::*;
use contract::contacts::{BulkAct, Selection as Picked};

/// What can be done with the chosen contacts, each with an undo.
#[component]
pub fn Bulk(
    selection: Selection,
    asked: Memo<Asked>,
    total: u64,
    first: Resource<Result<Page<ContactRow>, Fault>>,
    tags: Resource<Result<Vec<Tag>, Fault>>,
    lists: Resource<Result<Vec<List>, Fault>>,
) -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read, confirm) = (use_toasts(), use_fault_words::<Fault>(), use_confirm());
    let naming = RwSignal::new(false);
    let picked = move || {
        if selection.is_all() {
            Picked::Filter(asked.get_untracked().filter)
        } else {
            Picked::Ids(selection.keys().iter().filter_map(|k| k.parse().ok()).collect())
        }
    };
    let act = Callback::new(move |(what, words): (BulkAct, &'static str)| {
        let picked = picked();
        leptos::task::spawn_local(async move {
            match api::bulk(picked, what).await {
                Ok(done) => {
                    selection.clear();
                    first.refetch();
                    tags.refetch();
                    lists.refetch();
                    let text = format!("{} {words}", format::count(done.changed, "contact", "contacts"));
                    match done.undo {
                        Some(token) => toasts.undo(text, move || undo(token.clone(), toasts, first)),
                        None => toasts.ok(text),
                    }
                }
                Err(fault) => toasts.fault(read.read(&fault)),
            }
        });
    });
    let delete = move |()| {
        let count = format::count(selection.count(total), "contact", "contacts");
        let question = Question::danger(
            format!("Delete {count}?"),
            "They get no more mail. You can take it back for 15 minutes; a person who unsubscribed stays unsubscribed.",
            "Delete",
        );
        confirm.ask(question, move || act.run((BulkAct::Delete, "deleted")));
    };
    let list_items = Signal::derive(move || {
        let lists = lists.get().and_then(Result::ok).unwrap_or_default();
        let puts = lists.iter().map(|l| {
            let id = l.id;
            MenuItem::run(format!("Put on {}", l.name), move || act.run((BulkAct::AddToList(id), "put on the list")))
        });
        let takes = lists.iter().enumerate().map(|(at, l)| {
            let id = l.id;
            let item = MenuItem::run(format!("Take off {}", l.name), move || {
                act.run((BulkAct::RemoveFromList(id), "taken off the list"))
            });
            if at == 0 { item.rule() } else { item }
        });
        puts.chain(takes).collect::<Vec<_>>()
    });
    let tag_items = Signal::derive(move || {
        let tags = tags.get().and_then(Result::ok).unwrap_or_default();
        let mut items = vec![MenuItem::run("New tag", move || naming.set(true)).icon(IconName::Plus)];
        items.extend(tags.iter().map(|t| {
            let name = t.name.clone();
            MenuItem::run(format!("Add {}", t.name), move || act.run((BulkAct::AddTag(name.clone()), "tagged")))
        }));
        items.extend(tags.iter().enumerate().map(|(at, t)| {
            let id = t.id;
            let item =
                MenuItem::run(format!("Remove {}", t.name), move || act.run((BulkAct::RemoveTag(id), "untagged")));
            if at == 0 { item.rule() } else { item }
        }));
        items
    });
    let may_delete = viewer.may(Capability::ContactsDelete);
    view! {
        <BulkBar selection total>
            <Menu label="Lists" items=list_items trigger=|| view! { <span class="btn small">"Lists"</span> } />
            <Menu label="Tags" items=tag_items trigger=|| view! { <span class="btn small">"Tags"</span> } />
            <Button size=Size::Small on_press=move |()| act.run((BulkAct::Unsubscribe, "unsubscribed"))>"Unsubscribe"</Button>
            {may_delete.then(|| view! { <Button size=Size::Small kind=ButtonKind::Danger on_press=delete>"Delete"</Button> })}
        </BulkBar>
        <NewTag open=naming on_name=Callback::new(move |name: String| act.run((BulkAct::AddTag(name), "tagged"))) />
    }
    .into_any()
}

fn undo(token: String, toasts: ToastBox, first: Resource<Result<Page<ContactRow>, Fault>>) {
    leptos::task::spawn_local(async move {
        match api::undo(token).await {
            Ok(count) => {
                toasts.ok(format!("{} back as before", format::count(count, "contact", "contacts")));
                first.refetch();
            }
            Err(fault) => toasts.fault(FaultWords::new("Could not be taken back", fault.to_string())),
        }
    });
}

#[component]
fn NewTag(open: RwSignal<bool>, on_name: Callback<String>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let send = move |()| {
        let text = name.get_untracked().trim().to_owned();
        if !text.is_empty() {
            on_name.run(text);
            name.set(String::new());
            open.set(false);
        }
    };
    view! {
        <Modal open title="New tag">
            <Form on_send=send>
                <Field label="Name" name="tag-name" help="Given to all selected contacts.">
                    <TextInput value=name autocomplete="off" />
                </Field>
                <Line>
                    <Button kind=ButtonKind::Primary submit=true>"Add tag"</Button>
                </Line>
            </Form>
        </Modal>
    }
}
