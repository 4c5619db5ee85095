use super::*;

/// Search, tag, list and status; all of it lives in the address.
#[component]
pub fn Filters(
    asked: Memo<Asked>,
    tags: Resource<Result<Vec<Tag>, Fault>>,
    lists: Resource<Result<Vec<List>, Fault>>,
) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let change = move |edit: &dyn Fn(&mut Asked)| {
        let mut next = asked.get_untracked();
        edit(&mut next);
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        go.with_value(|go| go(&address(&next), options));
    };
    let search = RwSignal::new(asked.with_untracked(|a| a.filter.search.clone()));
    let typed = Bind::new(search, move |text: String| {
        search.set(text.clone());
        change(&|a| a.filter.search.clone_from(&text));
    });
    let tag = Bind::new(
        Signal::derive(move || asked.with(|a| a.filter.tag.map(|t| t.to_string()).unwrap_or_default())),
        move |value: String| change(&|a| a.filter.tag = value.parse().ok()),
    );
    let list = Bind::new(
        Signal::derive(move || asked.with(|a| a.filter.list.map(|t| t.to_string()).unwrap_or_default())),
        move |value: String| change(&|a| a.filter.list = value.parse().ok()),
    );
    let status = Bind::new(
        Signal::derive(move || asked.with(|a| a.filter.status.clone().unwrap_or_default())),
        move |value: String| change(&|a| a.filter.status = (!value.is_empty()).then(|| value.clone())),
    );
    let all_tags = Signal::derive(move || {
        let tags = tags.get().and_then(Result::ok).unwrap_or_default();
        std::iter::once(Choice::new("", "Any tag"))
            .chain(tags.into_iter().map(|t| Choice::new(t.id.to_string(), t.name)))
            .collect::<Vec<_>>()
    });
    let all_lists = Signal::derive(move || {
        let lists = lists.get().and_then(Result::ok).unwrap_or_default();
        std::iter::once(Choice::new("", "Any list"))
            .chain(lists.into_iter().map(|l| Choice::new(l.id.to_string(), l.name)))
            .collect::<Vec<_>>()
    });
    view! {
        <ToolsRow>
            <AffixInput icon=IconName::Search value=typed kind=InputKind::Search placeholder="Name, email or organisation" label="Search contacts" />
            <Transition>
                <Select value=list options=all_lists label="List" />
                <Select value=tag options=all_tags label="Tag" />
            </Transition>
            <Select value=status options=statuses() label="Email status" />
        </ToolsRow>
    }
    .into_any()
}

fn statuses() -> Vec<Choice> {
    vec![
        Choice::new("", "Any status"),
        Choice::new("subscribed", "Subscribed"),
        Choice::new("unsubscribed", "Unsubscribed"),
        Choice::new("none", "No consent"),
        Choice::new("suppressed", "Suppressed"),
    ]
}
