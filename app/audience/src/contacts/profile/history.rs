use super::*;

/// What happened with this person, newest first.
#[component]
pub fn History(history: Resource<Result<Page<Moment>, Fault>>, id: ContactId) -> impl IntoView {
    view! {
        <Card title="Timeline">
            <CardBody>
                <Suspended
                    resource=history
                    bones=Bones::Rows(6)
                    is_empty=Callback::new(|page: Page<Moment>| page.items.is_empty())
                    empty=|| view! { <Empty title="Nothing happened yet" text="What is sent to this person and what they do shows here." /> }
                    let:page
                >
                    <Moments page id />
                </Suspended>
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn Moments(page: Page<Moment>, id: ContactId) -> impl IntoView {
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let moments = RwSignal::new(page.items);
    let next = RwSignal::new(page.next);
    let more = Action::new(move |(): &()| {
        let cursor = next.get_untracked();
        async move {
            match api::timeline(id, cursor).await {
                Ok(page) => {
                    moments.update(|all| all.extend(page.items));
                    next.set(page.next);
                }
                Err(fault) => toasts.fault(read.read(&fault)),
            }
        }
    });
    let viewer = Viewer::here();
    let rows = move || {
        moments
            .get()
            .into_iter()
            .map(|m| {
                let detail =
                    [m.detail, viewer.full(m.at)].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ");
                let href = (!m.href.is_empty()).then_some(m.href);
                let icon = icon_of(&m.kind);
                view! { <Row title=m.title detail href before=move || view! { <Icon name=icon tint="faint" /> } /> }
            })
            .collect_view()
    };
    view! {
        <Rows label="Timeline">{rows}</Rows>
        <When is=move || next.with(Option::is_some)>
            <Line>
                <Button busy=more.pending() on_press=move |()| { more.dispatch(()); }>"Show earlier"</Button>
            </Line>
        </When>
    }
    .into_any()
}

fn icon_of(kind: &str) -> IconName {
    match kind {
        "sent" | "failed" => IconName::Mail,
        "opened" => IconName::Eye,
        "clicked" => IconName::Link,
        "subscribed" | "unsubscribed" => IconName::Check,
        "imported" => IconName::Upload,
        "list_added" | "list_removed" | "tag_added" | "tag_removed" => IconName::Rings,
        _ => IconName::Person,
    }
}
