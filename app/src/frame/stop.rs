//! The emergency stop, for those who may send.

use crate::api;
use contract::{Capability, Fault};
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// The button: in the top bar, and in the sheet of phones.
#[component]
pub fn StopButton(open: RwSignal<bool>) -> impl IntoView {
    let viewer = Viewer::here();
    view! {
        <When is=move || viewer.may(Capability::CampaignsSend)>
            <Button size=Size::Small icon=IconName::Stop on_press=move |()| open.set(true)>"Emergency stop"</Button>
        </When>
    }
}

/// The question behind it.
#[lazy]
pub fn stop_dialog(open: RwSignal<bool>) -> ViewFn {
    ViewFn::from(move || view! { <StopDialog open /> })
}

#[component]
fn StopDialog(open: RwSignal<bool>) -> impl IntoView {
    let (toasts, read, stream) = (use_toasts(), use_fault_words::<Fault>(), use_stream());
    let reason = RwSignal::new(String::new());
    let stop = Action::new(move |(): &()| {
        let reason = reason.get_untracked();
        async move {
            match api::stop_everything(reason).await {
                Ok(0) => toasts.ok("Sending is stopped; no campaign was going out"),
                Ok(count) => toasts.ok(format!("{} stopped", format::count(count, "campaign", "campaigns"))),
                Err(fault) => toasts.fault(read.read(&fault)),
            }
            open.set(false);
            stream.touch("campaign.stopped");
            stream.touch("sending.stopped");
        }
    });
    view! {
        <Modal open title="Stop everything that goes out?" alert=true>
            <Stack>
                <p>
                    "Campaigns that are going out are held, scheduled ones go back to drafts. Nothing new is handed to any mail server from the moment you confirm; what is being handed over right now finishes. Nothing goes out until an admin allows it again; held campaigns are then resumed one by one."
                </p>
                <Field label="Reason" name="stop-reason" optional=true help="Shown with each campaign that is held.">
                    <TextInput value=reason autocomplete="off" />
                </Field>
                <Line>
                    <Button kind=ButtonKind::Danger busy=stop.pending() on_press=move |()| { stop.dispatch(()); }>"Stop everything"</Button>
                    <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>"Keep sending"</Button>
                </Line>
            </Stack>
        </Modal>
    }
    .into_any()
}
