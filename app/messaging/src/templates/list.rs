use super::api;
use super::new::NewTemplate;
use crate::content::kind_words;
use crate::parts::{Hand, Steady, address, opened_by_address};
use contract::templates::TemplateRow;
use contract::{Capability, Fault};
use kit::*;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::lazy_route;
use session::Viewer;

/// `/templates`
#[derive(Debug)]
pub struct TemplatesRoute;

/// What the page reads. Made in the view, so that its code comes with the page's own chunk.
struct TemplatesReads {
    templates: Resource<Result<Vec<TemplateRow>, Fault>>,
}

impl TemplatesReads {
    fn new() -> Self {
        let changed = use_stream().changes("template.");
        Self { templates: Resource::new(move || changed.get(), |_| api::all_templates()) }
    }
}

#[lazy_route]
impl LazyRoute for TemplatesRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let this = TemplatesReads::new();
        view! { <TemplatesPage templates=this.templates /> }.into_any()
    }
}

#[component]
fn TemplatesPage(templates: Resource<Result<Vec<TemplateRow>, Fault>>) -> impl IntoView {
    let viewer = Viewer::here();
    let may = viewer.may(Capability::CampaignsWrite);
    let open = opened_by_address("/templates");
    view! {
        <PageTitle title="Templates" detail="Designs that campaigns start from. A campaign keeps its own copy.">
            {may
                .then(|| {
                    view! { <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| open.set(true)>"New template"</Button> }
                })}
        </PageTitle>
        <Steady resource=templates bones=Bones::Table(6, 4) let:all>
            <TemplateBody all open />
        </Steady>
        {may.then(|| view! { <NewTemplate open /> })}
    }
    .into_any()
}

#[component]
fn TemplateBody(all: Signal<Vec<TemplateRow>>, open: RwSignal<bool>) -> impl IntoView {
    let may = Viewer::here().may(Capability::CampaignsWrite);
    let is_empty = Memo::new(move |_| all.with(Vec::is_empty));
    move || {
        if !is_empty.get() {
            return view! { <TemplateTable all /> }.into_any();
        }
        let button = may.then(|| {
            view! { <Button kind=ButtonKind::Primary icon=IconName::Plus on_press=move |()| open.set(true)>"New template"</Button> }
        });
        view! {
            <Card>
                <Empty
                    title="No templates yet"
                    text="A template holds the look of your emails, in HTML or MJML. Begin with a layout that reads well on phones and change it."
                    icon=IconName::Box
                >
                    {button}
                </Empty>
            </Card>
        }
        .into_any()
    }
}

#[component]
fn TemplateTable(all: Signal<Vec<TemplateRow>>) -> impl IntoView {
    let viewer = Viewer::here();
    let query = use_query_map();
    let go = StoredValue::new(use_navigate());
    let text = RwSignal::new(query.with_untracked(|q| q.get("q")).unwrap_or_default());
    let typed = Bind::new(text, move |now: String| {
        text.set(now.clone());
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        go.with_value(|go| go(&address("/templates", &[("q", &now)]), options));
    });
    // A few hundred at most, all of them here: the search needs no server.
    let rows = Memo::new(move |_| all.with(|all| matching(all, &text.get())));
    let columns = vec![
        Column::named(
            "Template",
            |t: &TemplateRow| t.name.clone(),
            |t: &TemplateRow| {
                view! { <Named title=t.name.clone() detail=t.subject.clone() href=format!("/templates/{}", t.id) /> }
            },
        ),
        Column::new("Source", |t: &TemplateRow| {
            let words = kind_words(t.kind);
            view! { <Badge>{words}</Badge> }
        }),
        Column::new("Changed", move |t: &TemplateRow| viewer.brief(t.updated)),
    ];
    let menu = menu(viewer);
    view! {
        <ToolsRow>
            <AffixInput icon=IconName::Search value=typed kind=InputKind::Search placeholder="Name or subject" label="Search templates" />
        </ToolsRow>
        <Card bleed=true>
            <Table label="Templates" columns rows key=|t: &TemplateRow| t.id.to_string() menu=menu />
            <When is=move || rows.with(Vec::is_empty)>
                <Empty title="No template matches" text="No name or subject has these words." icon=IconName::Search />
            </When>
        </Card>
    }
    .into_any()
}

fn matching(all: &[TemplateRow], text: &str) -> Vec<TemplateRow> {
    let text = text.trim().to_lowercase();
    all.iter()
        .filter(|t| {
            text.is_empty() || t.name.to_lowercase().contains(&text) || t.subject.to_lowercase().contains(&text)
        })
        .cloned()
        .collect()
}

fn menu(viewer: Viewer) -> impl Fn(TemplateRow) -> Vec<MenuItem> + Send + Sync + 'static {
    let (hand, confirm) = (Hand::here(), use_confirm());
    let go = StoredValue::new(use_navigate());
    move |template: TemplateRow| {
        if !viewer.may(Capability::CampaignsWrite) {
            return Vec::new();
        }
        let (id, name) = (template.id, template.name);
        let duplicate = move || {
            hand.call("template.created", api::duplicate_template(id), move |made| {
                hand.toasts.ok("Template duplicated");
                go.with_value(|go| go(&format!("/templates/{}", made.id), Default::default()));
            });
        };
        let delete = move || {
            let question = Question::danger(
                format!("Delete the template {name}?"),
                "Campaigns that began with it keep their content. The template cannot come back.",
                "Delete template",
            );
            confirm.ask(question, move || {
                hand.call("template.deleted", api::delete_template(id), move |()| hand.toasts.ok("Template deleted"))
            });
        };
        vec![
            MenuItem::link("Use in a campaign", format!("/campaigns?new=1&template={id}")).icon(IconName::Campaign),
            MenuItem::run("Duplicate", duplicate).icon(IconName::Copy),
            MenuItem::run("Delete", delete).icon(IconName::Trash).danger(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Micros;
    use contract::templates::SourceKind;

    #[test]
    fn the_search_looks_at_names_and_subjects() {
        let row = |name: &str, subject: &str| TemplateRow {
            id: "0198a3f2-5b1c-7000-8000-000000000001".parse().unwrap(),
            name: name.into(),
            subject: subject.into(),
            kind: SourceKind::Html,
            updated: Micros(0),
        };
        let all = [row("Winter", "Glaze"), row("Spring", "Bowls")];
        assert_eq!(matching(&all, " gLAZ ").len(), 1);
        assert_eq!(matching(&all, "spring").len(), 1);
        assert_eq!(matching(&all, "").len(), 2);
        assert!(matching(&all, "autumn").is_empty());
    }
}
