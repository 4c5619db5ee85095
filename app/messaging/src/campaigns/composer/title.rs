use super::super::moves::Moves;
use super::page::Parts;
use super::send::TestDialog;
use super::work::Saving;
use super::*;
use crate::templates::api::{all_templates, create_template, get_template};
use contract::TemplateId;
use contract::templates::TemplateRow;

/// Name, state, how saving stands, and what else can be done.
#[component]
pub fn ComposerTitle(parts: Parts) -> impl IntoView {
    let (viewer, work) = (Viewer::here(), parts.work);
    let title = Signal::derive(move || {
        Some(work.name.get()).filter(|n| !n.trim().is_empty()).unwrap_or_else(|| "No name yet".to_owned())
    });
    let detail = Signal::derive(move || {
        let at = work.stored.with(|c| c.updated);
        Some(saved_words(&work.saving.get(), work.is_dirty() && !parts.is_locked, &viewer.brief(at)))
    });
    let state = move || words::state(work.stored.with(|c| c.state));
    let failed = move || matches!(work.saving.get(), Saving::Failed(_));
    let testing = RwSignal::new(false);
    view! {
        <PageTitle title detail mark=move || state>
            {(!parts.is_locked)
                .then(|| {
                    view! {
                        <When is=failed>
                            <Button icon=IconName::Retry on_press=move |()| work.save_now()>"Save again"</Button>
                        </When>
                        <Button icon=IconName::Mail on_press=move |()| testing.set(true)>"Send a test"</Button>
                        <More parts />
                    }
                })}
        </PageTitle>
        <TestDialog parts open=testing />
    }
    .into_any()
}

/// How saving stands, in words.
fn saved_words(saving: &Saving, is_dirty: bool, at: &str) -> String {
    match saving {
        Saving::Busy => "Saving".to_owned(),
        Saving::Failed(why) => format!("Not saved: {why}"),
        Saving::Conflict(_) => "Not saved: somebody else changed it".to_owned(),
        Saving::Quiet if is_dirty => "Not saved yet".to_owned(),
        Saving::Quiet => format!("Saved {at}"),
    }
}

#[component]
fn More(parts: Parts) -> impl IntoView {
    let (work, moves) = (parts.work, Moves::here());
    let (choosing, naming) = (RwSignal::new(false), RwSignal::new(false));
    let items = Signal::derive(move || {
        let (name, state, counts) = work.stored.with(|c| (c.draft.name.clone(), c.state, c.counts));
        let mut items = Vec::new();
        if !parts.is_fixed {
            items.push(MenuItem::run("Start over from a template", move || choosing.set(true)).icon(IconName::Box));
        }
        items.push(MenuItem::run("Save as a template", move || naming.set(true)).icon(IconName::Folder));
        if state != CampaignState::Draft {
            items.push(MenuItem::link("Show the campaign", format!("/campaigns/{}", work.id)).icon(IconName::Chart));
        }
        items.extend(moves.menu(work.id, &name, state, counts, Some("/campaigns")));
        items
    });
    view! {
        <Menu label="More actions" items />
        <ChooseTemplate parts open=choosing />
        <NameTemplate parts open=naming />
    }
    .into_any()
}

#[component]
fn ChooseTemplate(parts: Parts, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Modal open title="Start over from a template">
            <TemplateRows parts open />
        </Modal>
    }
    .into_any()
}

#[component]
fn TemplateRows(parts: Parts, open: RwSignal<bool>) -> impl IntoView {
    let (hand, work) = (Hand::here(), parts.work);
    let templates = Resource::new(|| (), |()| all_templates());
    let choose = move |id: TemplateId| {
        let before = untrack(|| work.desk.read());
        hand.call("template.read", get_template(id), move |template| {
            work.start_over(template.content, Some(id));
            open.set(false);
            hand.toasts.undo("Words replaced", move || work.start_over(before.clone(), None));
        });
    };
    let row = move |template: TemplateRow| {
        let id = template.id;
        view! {
            <Row title=template.name detail=template.subject>
                <Button size=Size::Small on_press=move |()| choose(id)>"Use"</Button>
            </Row>
        }
    };
    view! {
        <Stack>
            <Soft>"Subject, preview text, source and text part are replaced."</Soft>
            <Suspended
                resource=templates
                bones=Bones::Rows(4)
                is_empty=Callback::new(|all: Vec<TemplateRow>| all.is_empty())
                empty=|| view! { <Empty title="No templates yet" text="Save the words of a campaign as a template to use them again." icon=IconName::Box /> }
                let:all
            >
                <Rows label="Templates">{all.into_iter().map(row).collect_view()}</Rows>
            </Suspended>
        </Stack>
    }
    .into_any()
}

#[component]
fn NameTemplate(parts: Parts, open: RwSignal<bool>) -> impl IntoView {
    let (hand, work, problems) = (Hand::here(), parts.work, Problems::new());
    let name = RwSignal::new(String::new());
    Effect::new(move |_| {
        if open.get() {
            name.set(work.name.get_untracked());
            problems.clear();
        }
    });
    let save = Action::new(move |(): &()| {
        let (name, content) = (name.get_untracked(), untrack(|| work.desk.read()));
        async move {
            if problems.keep(create_template(name, content).await).is_some() {
                open.set(false);
                hand.toasts.ok("Template saved");
                hand.touch("template.created");
            }
        }
    });
    view! {
        <Modal open title="Save as a template">
            <Stack>
                {move || problems.besides(&["name"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { save.dispatch(()); }>
                    <Field label="Name" name="as-template" error=problems.of("name")>
                        <TextInput value=name />
                    </Field>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=save.pending()>"Save template"</Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_saving_stands() {
        assert_eq!(saved_words(&Saving::Quiet, false, "10:42"), "Saved 10:42");
        assert_eq!(saved_words(&Saving::Quiet, true, "10:42"), "Not saved yet");
        assert_eq!(saved_words(&Saving::Failed("Give it a name.".into()), true, "10:42"), "Not saved: Give it a name.");
    }
}
