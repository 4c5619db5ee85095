//! What a test of a sender found, and the test mail.

use super::api;
use crate::parts::Hand;
use contract::Fault;
use contract::senders::{Sender, TestStep};
use kit::*;
use leptos::prelude::*;
use session::{Problems, Viewer};

/// The steps of a test, in order; a failed one says what to do.
#[component]
pub fn Steps(#[prop(into)] steps: Signal<Vec<TestStep>>) -> impl IntoView {
    let row = |step: TestStep| {
        let (icon, tint, said) =
            if step.ok { (IconName::Check, "good", "Worked") } else { (IconName::Alert, "bad", "Failed") };
        let detail = (!step.detail.is_empty()).then_some(step.detail);
        let tone = if step.ok { Tone::Good } else { Tone::Bad };
        let shape = if step.ok { Shape::Full } else { Shape::Stop };
        view! {
            <Row title=step.name detail before=move || view! { <Icon name=icon tint=tint /> }>
                <Status tone shape>{said}</Status>
            </Row>
        }
    };
    view! { <Rows label="Steps of the test">{move || steps.get().into_iter().map(row).collect_view()}</Rows> }
        .into_any()
}

/// Sends one short mail through the chosen sender.
#[component]
pub fn TestMail(sender: RwSignal<Option<Sender>>) -> impl IntoView {
    let viewer = Viewer::here();
    let (hand, problems, open) = (Hand::here(), Problems::new(), RwSignal::new(false));
    let to = RwSignal::new(viewer.0.with_untracked(|me| me.email.clone()));
    let steps = RwSignal::new(Vec::<TestStep>::new());
    Effect::new(move |_| {
        let is_chosen = sender.with(Option::is_some);
        steps.set(Vec::new());
        problems.clear();
        open.set(is_chosen);
    });
    Effect::new(move |_| {
        if !open.get() && sender.with_untracked(Option::is_some) {
            sender.set(None);
        }
    });
    let send = Action::new(move |(): &()| {
        let (id, address) = (sender.with_untracked(|s| s.as_ref().map(|s| s.id)), to.get_untracked());
        async move {
            let answer = match id {
                Some(id) => api::send_test(id, address).await,
                None => Err(Fault::missing("Sender")),
            };
            if let Some(done) = problems.keep(answer) {
                steps.set(done);
                hand.touch("sender.tested");
            }
        }
    });
    let title = Signal::derive(move || {
        sender.with(|s| {
            s.as_ref().map_or_else(|| "Send a test mail".to_owned(), |s| format!("Test mail through {}", s.name))
        })
    });
    view! {
        <Modal open title>
            <Stack>
                {move || problems.besides(&["to"]).get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                <Form on_send=move |()| { send.dispatch(()); }>
                    <Field label="Send it to" name="test-to" help="One short mail that says it is a test." error=problems.of("to")>
                        <TextInput value=to kind=InputKind::Email autocomplete="email" />
                    </Field>
                    <Line>
                        <Button kind=ButtonKind::Primary submit=true icon=IconName::Send busy=send.pending()>"Send test mail"</Button>
                    </Line>
                </Form>
                <When is=move || steps.with(|s| !s.is_empty())>
                    <Steps steps />
                </When>
            </Stack>
        </Modal>
    }
    .into_any()
}
