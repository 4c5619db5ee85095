//! One message, in a sheet: what became of it, step by step.

use super::list::Asked;
use super::{api, words};
use crate::campaigns::recipient_status;
use crate::parts::{Arriving, Fetched};
use contract::messages::Message;
use contract::{MessageId, Micros};
use kit::*;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use session::Viewer;

/// Opens with the address and gives the address of the list back when it closes.
#[component]
pub(super) fn MessageSheet(
    /// Which list it lies over.
    asked: Memo<Asked>,
    /// Which message.
    shown: Memo<Option<MessageId>>,
) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(shown.get().is_some()));
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is && shown.with_untracked(Option::is_some) {
            let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
            go.with_value(|go| go(&asked.with_untracked(|asked| asked.address(None)), options));
        }
        is
    });
    let body = move || shown.get().map(|id| view! { <Detail id /> });
    view! { <Sheet open title="Message">{body}</Sheet> }.into_any()
}

#[component]
fn Detail(id: MessageId) -> impl IntoView {
    let changed = use_stream().changes("message.");
    let fetched = Fetched::new(move || changed.get(), move |_| api::get_message(id));
    view! {
        <Arriving fetched bones=Bones::Rows(6) let:message>
            {move || facts(message.get())}
        </Arriving>
    }
    .into_any()
}

fn facts(message: Message) -> AnyView {
    let viewer = Viewer::here();
    let at = move |name: &'static str, at: Option<Micros>| at.map(|at| view! { <Fact name>{viewer.full(at)}</Fact> });
    let (status, tries) = (recipient_status(message.state), words::tries(&message));
    let Message { to, subject, detail, message_id, sender_name, template_name, .. } = message;
    let said = (!detail.is_empty()).then(|| view! { <Notice>{detail}</Notice> });
    let template = message.template.map(|id| match template_name.is_empty() {
        true => view! { <Fact name="Template">"It was deleted"</Fact> }.into_any(),
        false => {
            view! { <Fact name="Template"><a href=format!("/templates/{id}")>{template_name}</a></Fact> }.into_any()
        }
    });
    let sender = if sender_name.is_empty() { "It was deleted".to_owned() } else { sender_name };
    let message_id = message_id.map(|id| view! { <Fact name="Message-ID"><code>{id}</code></Fact> });
    view! {
        <Stack>
            <Line>
                {status}
                <Faint tiny=true>{tries}</Faint>
            </Line>
            {said}
            <Facts>
                <Fact name="To">{to}</Fact>
                <Fact name="Subject">{subject}</Fact>
                {template}
                <Fact name="Sender">{sender}</Fact>
                {at("Taken in", Some(message.created))}
                {at("Handed over", message.handed)}
                {at("Settled", message.settled)}
                {at("Next try", message.next)}
                <Fact name="If no answer comes">{words::certainty(message.certainty)}</Fact>
                {message_id}
                <Fact name="Id"><code>{message.id.to_string()}</code></Fact>
            </Facts>
        </Stack>
    }
    .into_any()
}
