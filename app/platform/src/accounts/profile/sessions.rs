use super::*;

/// Every browser one is signed in with.
#[component]
pub fn Sessions(sessions: Resource<Result<Vec<SessionRow>, Fault>>) -> impl IntoView {
    let toasts = use_toasts();
    let read = use_fault_words::<Fault>();
    let end_others = Action::new(move |(): &()| async move {
        match api::revoke_other_sessions().await {
            Ok(count) => {
                toasts.ok(format!("{} ended", format::count(count.unsigned_abs(), "session", "sessions")));
                sessions.refetch();
            }
            Err(fault) => toasts.fault(read.read(&fault)),
        }
    });
    let aside = move || {
        view! {
            <Button size=Size::Small busy=end_others.pending() on_press=move |()| { end_others.dispatch(()); }>"End all others"</Button>
        }
    };
    view! {
        <Card title="Where you are signed in" aside=aside bleed=true>
            <Suspended resource=sessions bones=Bones::Table(2, 4) let:all>
                <SessionTable all sessions />
            </Suspended>
        </Card>
    }
    .into_any()
}

#[component]
fn SessionTable(all: Vec<SessionRow>, sessions: Resource<Result<Vec<SessionRow>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let (toasts, read) = (use_toasts(), use_fault_words::<Fault>());
    let end = move |id| {
        leptos::task::spawn_local(async move {
            match api::revoke_session(id).await {
                Ok(()) => {
                    toasts.ok("Session ended");
                    sessions.refetch();
                }
                Err(fault) => toasts.fault(read.read(&fault)),
            }
        });
    };
    let columns = vec![
        Column::named(
            "Device",
            |s: &SessionRow| s.device.clone(),
            |s: &SessionRow| view! { <Named title=s.device.clone() detail=s.address.clone() /> }.into_any(),
        ),
        Column::wide("Signed in", move |s: &SessionRow| viewer.full(s.created).into_any()),
        Column::new("Last seen", move |s: &SessionRow| viewer.brief(s.seen).into_any()),
        Column::act("End", move |s: &SessionRow| {
            let id = s.id;
            if s.current {
                view! { <Status tone=Tone::Good>"This one"</Status> }.into_any()
            } else {
                view! { <Button size=Size::Small on_press=move |()| end(id)>"End"</Button> }.into_any()
            }
        }),
    ];
    view! { <Table label="Sessions" columns rows=all key=|s: &SessionRow| s.id.to_string() /> }.into_any()
}
