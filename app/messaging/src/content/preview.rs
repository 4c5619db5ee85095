use super::Desk;
use super::person::PersonPicker;
use crate::parts::{Arriving, Fetched, settled};
use crate::templates::api::render_preview;
use contract::templates::{ContentProblem, PreviewRequest, Rendered};
use contract::{CampaignId, ContactId};
use kit::*;
use leptos::prelude::*;

/// How the content reads for one person, kept up while it is written.
#[derive(Clone, Copy)]
pub struct Preview {
    contact: RwSignal<Option<ContactId>>,
    answer: Fetched<Rendered>,
    last: RwSignal<Option<Rendered>>,
}

impl Preview {
    /// The preview of what stands on the desk.
    pub fn of(desk: Desk, campaign: Option<CampaignId>) -> Self {
        let contact = RwSignal::new(None);
        let asked = settled(move || PreviewRequest { content: desk.read(), contact: contact.get(), campaign }, 400);
        let answer = Fetched::new(move || asked.get(), render_preview);
        let last = RwSignal::new(None);
        // A source that does not compile leaves the last good picture standing; its problems are listed.
        Effect::new(move |_| {
            if let Some(Ok(rendered)) = answer.value().get() {
                last.set(Some(rendered));
            }
        });
        Self { contact, answer, last }
    }

    /// For whom it is written; `None` is an example person.
    pub fn contact(self) -> RwSignal<Option<ContactId>> {
        self.contact
    }

    /// What is wrong with it.
    pub fn problems(self) -> Signal<Vec<ContentProblem>> {
        let last = self.last;
        Signal::derive(move || last.with(|r| r.as_ref().map(|r| r.problems.clone()).unwrap_or_default()))
    }

    /// The text part as this person gets it, also when it is made from the HTML.
    pub fn text(self) -> Signal<String> {
        let last = self.last;
        Signal::derive(move || last.with(|r| r.as_ref().map(|r| r.text.clone()).unwrap_or_default()))
    }
}

/// The message as one person sees it, wide or on a phone.
#[component]
pub fn PreviewCard(
    /// What to show.
    preview: Preview,
    /// Who it is from, as the inbox shows it.
    #[prop(into)]
    from: Signal<String>,
    /// Height of the letter in px.
    #[prop(default = 560)]
    height: u32,
) -> impl IntoView {
    let last = preview.last;
    let picking = RwSignal::new(false);
    let phone = RwSignal::new(false);
    let title = Signal::derive(move || {
        Some(last.with(|r| r.as_ref().map_or_else(|| "Preview".to_owned(), |r| format!("As {} sees it", r.person))))
    });
    view! {
        <Card
            title
            aside=move || {
                view! {
                    <Line>
                        <IconButton icon=IconName::Desk label="Wide" size=Size::Small pressed=Signal::derive(move || Some(!phone.get())) on_press=move |()| phone.set(false) />
                        <IconButton icon=IconName::Phone label="As on a phone" size=Size::Small pressed=phone on_press=move |()| phone.set(true) />
                        <Button size=Size::Small kind=ButtonKind::Quiet icon=IconName::Person on_press=move |()| picking.set(true)>"Preview as"</Button>
                    </Line>
                }
            }
        >
            <Arriving fetched=preview.answer bones=Bones::Text(8) let:now>
                <Paper now from phone height />
            </Arriving>
        </Card>
        <PersonPicker open=picking contact=preview.contact />
    }
    .into_any()
}

#[component]
fn Paper(now: Signal<Rendered>, from: Signal<String>, phone: RwSignal<bool>, height: u32) -> impl IntoView {
    let part = move |get: fn(&Rendered) -> String| Signal::derive(move || now.with(get));
    let or = |text: Signal<String>, words: &'static str| {
        Signal::derive(move || Some(text.get()).filter(|t| !t.trim().is_empty()).unwrap_or_else(|| words.to_owned()))
    };
    let title = part(|r| format!("Preview as {}", r.person));
    let html = part(|r| r.html.clone());
    let note = part(|r| {
        let size = format::bytes(format::whole(r.bytes));
        format!("{size}. Pictures from other hosts are not loaded here, so that nobody learns of the preview.")
    });
    view! {
        <InboxLine from subject=or(part(|r| r.subject.clone()), "No subject yet") preview=or(part(|r| r.preheader.clone()), "No preview text") />
        <CardBody>
            <HtmlPreview title html=Signal::derive(move || Some(html.get())) height phone />
            <Faint tiny=true>{move || note.get()}</Faint>
        </CardBody>
    }
    .into_any()
}
