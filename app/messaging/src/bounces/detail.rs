//! One thing that came back, in a sheet, and the way to let mail through again.

use super::asked::Asked;
use super::returned::shown;
use super::{api, words};
use crate::parts::{Arriving, Fetched, Hand};
use contract::bounces::{Bounce, BounceClass};
use contract::contacts::Suppressed;
use contract::{Capability, ContactId};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

/// Which bounce is looked at.
#[derive(Clone, Copy)]
pub struct Viewed {
    bounce: RwSignal<Option<Bounce>>,
    open: RwSignal<bool>,
}

impl Viewed {
    /// None.
    pub fn new() -> Self {
        Self { bounce: RwSignal::new(None), open: RwSignal::new(false) }
    }

    /// Shows this one.
    pub fn show(self, bounce: Bounce) {
        self.bounce.set(Some(bounce));
        self.open.set(true);
    }
}

/// The sheet.
#[component]
pub fn Detail(
    /// Which.
    viewed: Viewed,
) -> impl IntoView {
    let Viewed { bounce, open } = viewed;
    let title = Signal::derive(move || bounce.with(|b| b.as_ref().map(shown).unwrap_or_default()));
    let body = move || bounce.get().map(|bounce| view! { <One bounce /> });
    view! { <Sheet open title>{body}</Sheet> }.into_any()
}

#[component]
fn One(bounce: Bounce) -> impl IntoView {
    let said = words::said(&bounce.code, &bounce.words);
    let said = if said.is_empty() { "The report has no words.".to_owned() } else { said };
    let (status, effect) = (words::class_status(bounce.class), words::effect(&bounce.effect));
    let sentence = format!("{}. {}", words::class_words(bounce.class), words::effect_sentence(&bounce.effect));
    let (facts, links) = (facts(&bounce), links(&bounce));
    view! {
        <Stack>
            <Line apart=true>
                {status}
                <Faint tiny=true>{effect}</Faint>
            </Line>
            <p>{sentence}</p>
            <Card title="What was said">
                <CardBody>
                    <code>{said}</code>
                </CardBody>
            </Card>
            {facts}
            {links}
            <Withheld bounce />
        </Stack>
    }
    .into_any()
}

fn facts(bounce: &Bounce) -> AnyView {
    let viewer = Viewer::here();
    let campaign = match bounce.campaign {
        Some(_) => bounce.campaign_name.clone(),
        None => "No message of a campaign was found for it".to_owned(),
    };
    let all = [
        ("Address", shown(bounce)),
        ("Campaign", campaign),
        ("Code", bounce.code.clone()),
        ("Told by", bounce.source.clone()),
        ("Happened", viewer.full(bounce.at)),
        ("Learned of", viewer.full(bounce.received)),
    ];
    let told = all.into_iter().filter(|(_, text)| !text.is_empty());
    let facts = told.map(|(name, text)| view! { <Fact name>{text}</Fact> }).collect_view();
    view! { <Facts>{facts}</Facts> }.into_any()
}

fn links(bounce: &Bounce) -> Option<AnyView> {
    if bounce.contact.is_none() && bounce.campaign.is_none() {
        return None;
    }
    let contact = bounce.contact.map(|id| {
        view! { <LinkButton href=format!("/contacts/{id}") size=Size::Small icon=IconName::Person>"Open contact"</LinkButton> }
    });
    let campaign = bounce.campaign.map(|id| {
        let same = Asked { campaign: Some(id), ..Asked::default() }.address();
        view! {
            <LinkButton href=format!("/campaigns/{id}") size=Size::Small icon=IconName::Campaign>"Open campaign"</LinkButton>
            <LinkButton href=same size=Size::Small icon=IconName::Filter>"All of this campaign"</LinkButton>
        }
    });
    Some(view! { <Line>{contact} {campaign}</Line> }.into_any())
}

/// Whether mail to the address is withheld now. Of a contact that is known; else what the report led to stands.
#[component]
fn Withheld(bounce: Bounce) -> impl IntoView {
    let address = StoredValue::new(bounce.address.clone());
    let is_complaint = bounce.class == BounceClass::Complaint;
    match bounce.contact.filter(|_| !bounce.address.is_empty()) {
        Some(contact) => view! { <OfContact contact address is_complaint /> }.into_any(),
        None if bounce.effect == "suppressed" => view! { <Release address is_complaint /> }.into_any(),
        None => ().into_any(),
    }
}

#[component]
fn OfContact(contact: ContactId, address: StoredValue<String>, is_complaint: bool) -> impl IntoView {
    let viewer = Viewer::here();
    let changed = use_stream().changes("contact.");
    let fetched = Fetched::new(move || changed.get(), move |_| api::why_withheld(contact, address.get_value()));
    let drawn = move |why: Signal<Option<Suppressed>>| {
        let why = Memo::new(move |_| why.get());
        move || match why.get() {
            Some(why) => {
                let (said, reported) = (words::withheld(viewer, &why), is_complaint || why.reason == "complained");
                view! {
                    <Notice tone=Tone::Bad>{said}</Notice>
                    <Release address is_complaint=reported />
                }
                .into_any()
            }
            None => view! { <Notice tone=Tone::Good>"Mail may go to this address."</Notice> }.into_any(),
        }
    };
    view! {
        <Arriving fetched bones=Bones::Text(2) let:why>
            {drawn(why)}
        </Arriving>
    }
    .into_any()
}

#[component]
fn Release(address: StoredValue<String>, is_complaint: bool) -> impl IntoView {
    if !Viewer::here().may(Capability::CampaignsSend) {
        return ().into_any();
    }
    let (problems, hand) = (Problems::new(), Hand::here());
    let reason = RwSignal::new(String::new());
    let send = Action::new(move |(): &()| {
        let (address, reason) = (address.get_value(), reason.get_untracked());
        async move {
            if problems.keep(api::release_address(address.clone(), reason).await).is_some() {
                hand.toasts.ok(format!("Mail to {address} may go out again"));
                hand.touch("contact.released");
                hand.touch("bounce.released");
            }
        }
    });
    let warning = if is_complaint {
        "This person reported a message as spam. Release the address only if they asked you for mail again."
    } else {
        "Release the address only if you know that it works again. If mail to it comes back once more, it is withheld at once."
    };
    view! {
        <Card title="Release this address">
            <CardBody>
                <Soft>{warning}</Soft>
                {move || problems.besides(&["reason"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { send.dispatch(()); }>
                    <Field
                        label="Why mail may go there again"
                        name="release-reason"
                        help="It is kept on the contact's timeline."
                        error=problems.of("reason")
                    >
                        <TextInput value=reason />
                    </Field>
                    <Line>
                        <Button submit=true busy=send.pending()>"Release address"</Button>
                    </Line>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}
