use super::api;
use crate::content::kind_words;
use crate::parts::Hand;
use crate::templates::api::{get_template, starter};
use contract::campaigns::CampaignDraft;
use contract::templates::{Content, SourceKind, TemplateRow};
use contract::{Fault, TemplateId};
use kit::*;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use session::Problems;

/// Asks for a name and what to start from, then opens the composer.
#[component]
pub fn NewCampaign(open: RwSignal<bool>, templates: Resource<Result<Vec<TemplateRow>, Fault>>) -> impl IntoView {
    let (name, from) = (RwSignal::new(String::new()), RwSignal::new(SourceKind::Html.as_str().to_owned()));
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(|q| q.get("template")));
    Effect::new(move |_| {
        if let Some(template) = wanted.get() {
            from.set(template);
        }
    });
    let (problems, hand) = (Problems::new(), Hand::here());
    let go = StoredValue::new(use_navigate());
    let make = Action::new(move |(): &()| {
        let (name_now, from) = (name.get_untracked(), from.get_untracked());
        async move {
            let answer = match beginning(&from).await {
                Ok((content, template)) => {
                    api::create_campaign(CampaignDraft {
                        name: name_now,
                        content,
                        template,
                        track_opens: true,
                        track_clicks: true,
                        ..CampaignDraft::default()
                    })
                    .await
                }
                Err(fault) => Err(fault),
            };
            if let Some(made) = problems.keep(answer) {
                // Leaving the page closes the dialog; closing it first would lead to the plain address instead.
                hand.touch("campaign.created");
                go.with_value(|go| go(&format!("/campaigns/{}/edit", made.id), Default::default()));
            }
        }
    });
    let options = Signal::derive(move || choices(templates.get().and_then(Result::ok).unwrap_or_default()));
    view! {
        <Modal open title="New campaign">
            <Stack>
                {move || problems.besides(&["name"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { make.dispatch(()); }>
                    <Field label="Name" name="campaign-name" help="For your colleagues; no reader sees it." error=problems.of("name")>
                        <TextInput value=name />
                    </Field>
                    <Field label="Start from" name="campaign-from" help="The content is copied; a template does not change with it.">
                        <Transition>
                            <Select value=from options />
                        </Transition>
                    </Field>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true busy=make.pending()>"Create draft"</Button>
                    </Line>
                </Form>
            </Stack>
        </Modal>
    }
    .into_any()
}

fn choices(templates: Vec<TemplateRow>) -> Vec<Choice> {
    let starters = [SourceKind::Html, SourceKind::Mjml]
        .into_iter()
        .map(|kind| Choice::new(kind.as_str(), format!("Simple layout, {}", kind_words(kind))).group("Layouts"));
    starters.chain(templates.into_iter().map(|t| Choice::new(t.id.to_string(), t.name).group("Templates"))).collect()
}

async fn beginning(from: &str) -> Result<(Content, Option<TemplateId>), Fault> {
    match from.parse::<TemplateId>() {
        Ok(id) => get_template(id).await.map(|t| (t.content, Some(id))),
        Err(_) if from == SourceKind::Mjml.as_str() => starter(SourceKind::Mjml).await.map(|content| (content, None)),
        Err(_) => starter(SourceKind::Html).await.map(|content| (content, None)),
    }
}
