use super::api;
use crate::content::{Desk, InboxFields, Preview, PreviewCard, ProblemCard, SourceFields};
use crate::parts::Hand;
use contract::templates::Template;
use contract::{Capability, Fault, TemplateId};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::{use_navigate, use_params_map};
use leptos_router::lazy_route;
use session::{Problems, Viewer};

/// `/templates/:id`
#[derive(Debug)]
pub struct TemplateRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct TemplateReads {
    template: Resource<Result<Template, Fault>>,
}

impl TemplateReads {
    fn new() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse::<TemplateId>().ok()));
        let get = |id: Option<TemplateId>| async move {
            api::get_template(id.ok_or_else(|| Fault::missing("Template"))?).await
        };
        Self { template: Resource::new(move || id.get(), get) }
    }
}

#[lazy_route]
impl LazyRoute for TemplateRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = TemplateReads::new();
        let template = this.template;
        view! {
            <Suspended resource=template bones=Bones::Form(8) let:stored>
                <EditorPage stored template />
            </Suspended>
        }
        .into_any()
    }
}

#[component]
fn EditorPage(stored: Template, template: Resource<Result<Template, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let (hand, problems, confirm) = (Hand::here(), Problems::new(), use_confirm());
    let id = stored.id;
    let (name, desk) = (RwSignal::new(stored.name.clone()), Desk::of(&stored.content));
    let saved = RwSignal::new(stored);
    let preview = Preview::of(desk, None);
    let locked = !viewer.may(Capability::CampaignsWrite);
    let dirty = Memo::new(move |_| {
        let (name, content) = (name.get(), desk.read());
        saved.with(|s| s.name != name || s.content != content)
    });
    let conflict = RwSignal::new(None::<String>);
    let save = Action::new(move |is_forced: &bool| {
        let seen = (!*is_forced).then(|| saved.with_untracked(|s| s.updated));
        let (name, content) = (name.get_untracked(), untrack(|| desk.read()));
        async move {
            match api::update_template(id, name, content, seen).await {
                Err(Fault::Conflict { message }) => conflict.set(Some(message)),
                answer => {
                    if let Some(now) = problems.keep(answer) {
                        conflict.set(None);
                        saved.set(now);
                        hand.toasts.ok("Template saved");
                        hand.touch("template.changed");
                    }
                }
            }
        }
    });
    if !locked {
        use_shortcut("mod+s", "Save", move || {
            save.dispatch(false);
        });
    }
    let reload = move |()| {
        confirm
            .ask(Question::danger("Load the other version?", "What you changed here is lost.", "Load it"), move || {
                template.refetch()
            });
    };
    let detail = Signal::derive(move || Some(saved.with(|s| format!("Changed {}", viewer.full(s.updated)))));
    let title = Signal::derive(move || saved.with(|s| s.name.clone()));
    view! {
        <PageTitle title detail mark=move || move || dirty.get().then(|| view! { <Status tone=Tone::Warn shape=Shape::Wait>"Not saved"</Status> })>
            {(!locked).then(|| view! { <TitleButtons id name=title save dirty=dirty.into() /> })}
        </PageTitle>
        <UnsavedGuard dirty text="The template has changes that are not saved." />
        {move || conflict.get().map(|text| view! { <ConflictNotice text on_keep=Callback::new(move |()| { save.dispatch(true); }) on_load=Callback::new(reload) /> })}
        {move || problems.besides(&["name", "subject", "preheader", "source", "text"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <Split side=480>
            <Stack>
                <Card>
                    <CardBody>
                        <Field label="Name" name="template-name" help="For your colleagues; no reader sees it." error=problems.of("name")>
                            <TextInput value=name disabled=locked />
                        </Field>
                        <InboxFields desk preview refused=problems disabled=locked />
                    </CardBody>
                </Card>
                <Card>
                    <CardBody>
                        <SourceFields desk preview refused=problems disabled=locked />
                    </CardBody>
                </Card>
                <ProblemCard problems=preview.problems() />
            </Stack>
            <Sticky>
                <PreviewCard preview from=viewer.0.with_untracked(|me| me.company.name.clone()) />
            </Sticky>
        </Split>
    }
    .into_any()
}

#[component]
fn TitleButtons(id: TemplateId, name: Signal<String>, save: Action<bool, ()>, dirty: Signal<bool>) -> impl IntoView {
    let (hand, confirm) = (Hand::here(), use_confirm());
    let go = StoredValue::new(use_navigate());
    let duplicate = move || {
        hand.call("template.created", api::duplicate_template(id), move |made| {
            hand.toasts.ok("Template duplicated");
            go.with_value(|go| go(&format!("/templates/{}", made.id), Default::default()));
        });
    };
    let delete = move || {
        let question = Question::danger(
            format!("Delete the template {}?", name.get_untracked()),
            "Campaigns that began with it keep their content. The template cannot come back.",
            "Delete template",
        );
        confirm.ask(question, move || {
            hand.call("template.deleted", api::delete_template(id), move |()| {
                hand.toasts.ok("Template deleted");
                go.with_value(|go| go("/templates", Default::default()));
            });
        });
    };
    let items = Signal::derive(move || {
        vec![
            MenuItem::link("Use in a campaign", format!("/campaigns?new=1&template={id}")).icon(IconName::Campaign),
            MenuItem::run("Duplicate", duplicate).icon(IconName::Copy),
            MenuItem::run("Delete", delete).icon(IconName::Trash).danger(),
        ]
    });
    let blocked = Signal::derive(move || (!dirty.get()).then(|| "There is nothing to save.".to_owned()));
    view! {
        <Button kind=ButtonKind::Primary busy=save.pending() blocked on_press=move |()| { save.dispatch(false); }>"Save template"</Button>
        <Menu label="More actions" items />
    }
    .into_any()
}

/// Somebody else saved first: whose words stay is a person's choice.
#[component]
pub fn ConflictNotice(text: String, on_keep: Callback<()>, on_load: Callback<()>) -> impl IntoView {
    view! {
        <Notice
            tone=Tone::Warn
            action=move || {
                view! {
                    <Line>
                        <Button size=Size::Small on_press=on_load>"Load the other version"</Button>
                        <Button size=Size::Small on_press=on_keep>"Keep mine"</Button>
                    </Line>
                }
            }
        >
            {text}
        </Notice>
    }
    .into_any()
}
