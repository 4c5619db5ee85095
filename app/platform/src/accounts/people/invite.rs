use super::*;

/// Asks for address and role, then shows the link once.
#[component]
pub fn InviteForm(open: RwSignal<bool>, people: Resource<Result<People, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let email = RwSignal::new(String::new());
    let role = RwSignal::new(Role::Editor.as_str().to_owned());
    let made = RwSignal::new(None::<Invited>);
    let problems = Problems::new();
    let send = Action::new(move |(): &()| {
        let (email, role) = (email.get_untracked(), role.get_untracked().parse().unwrap_or(Role::Viewer));
        async move {
            if let Some(invited) = problems.keep(api::invite(email, role).await) {
                made.set(Some(invited));
                people.refetch();
            }
        }
    });
    // A closed form forgets the last link and address.
    Effect::new(move |_| {
        if !open.get() {
            made.set(None);
            email.set(String::new());
            problems.clear();
        }
    });
    let highest = viewer.0.with_untracked(|me| me.role);
    let form = move || {
        view! {
            {move || problems.besides(&["email", "role"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <Form on_send=move |()| { send.dispatch(()); }>
                <Field label="Email" name="invite-email" error=problems.of("email")>
                    <TextInput value=email kind=InputKind::Email autocomplete="off" />
                </Field>
                <Field label="Role" name="invite-role" error=problems.of("role")>
                    <Select value=role options=role_choices(highest) />
                </Field>
                <Line>
                    <Button kind=ButtonKind::Primary submit=true busy=send.pending()>"Invite"</Button>
                </Line>
            </Form>
        }
        .into_any()
    };
    let shown = move |invited: Invited| {
        let words = if invited.mailed {
            "A mail is on its way. The link also works if you hand it over yourself."
        } else {
            "No sender is set up yet, so no mail was sent. Hand over this link yourself."
        };
        let link = invited.link;
        view! {
            <Notice tone=Tone::Good>{words}</Notice>
            <Line>
                <code>{link.clone()}</code>
                <CopyButton text=link label="Copy the link" />
            </Line>
            <Faint tiny=true>{format!("Works once, until {}.", viewer.full(invited.invitation.expires))}</Faint>
        }
        .into_any()
    };
    view! {
        <Modal open title="Invite a person">
            <Stack>{move || made.get().map_or_else(form, shown)}</Stack>
        </Modal>
    }
}
